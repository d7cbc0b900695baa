"""The engine with a backend that does what the test tells it: order, places, being cancelled, failing."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.conftest import wait_until
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import (
    BadRequest,
    Cancelled,
    ModelLoadFailed,
    PromptTooLong,
    QueueFull,
    ThreadRunnerError,
)
from threadrunner_kernel.messages import ChatRequest, Event, Message, Progress
from threadrunner_kernel.runner.dummy import DummyBackend
from threadrunner_kernel.runner.engine import (
    BACKENDS,
    Engine,
    Generation,
    LoadOptions,
    ModelInfo,
    Stepped,
    Task,
    make_backend,
)

WAIT_SECONDS = 60.0
STEP_SECONDS = 0.005
Emitted = Event | ThreadRunnerError | None


class Puppet:
    """A backend that loads when it may and says the prompt's words, each one when it may."""

    def __init__(self) -> None:
        self.may_load = threading.Event()
        self.load_error: Exception | None = None
        self.errors: dict[str, Exception] = {}
        self.served: list[str] = []
        self.running: queue.Queue[str] = queue.Queue()
        self.words: queue.Queue[str | None] = queue.Queue()
        self.aborted: list[str] = []
        self.is_closed = False
        # Once the first is set, the next step is a long one: it sets the second, and ends by an abort alone.
        self.shall_compute = threading.Event()
        self.computes = threading.Event()
        self.was_aborted = threading.Event()
        self._now: Generation | None = None

    def load(self, options: LoadOptions, report: Callable[[float], None]) -> ModelInfo:
        report(0.5)
        assert self.may_load.wait(WAIT_SECONDS)
        if self.load_error:
            raise self.load_error
        report(1.0)
        return ModelInfo("puppet", 100, "a puppet")

    def prepare(self, generation: Generation) -> None:
        """Nothing is looked at before its turn."""

    def begin(self, generation: Generation) -> bool:
        if self._now is not None:
            return False
        self._now = generation
        self.served.append(name_of(generation))
        self.running.put(name_of(generation))
        return True

    def step(self) -> Stepped:
        if self._now is None:
            return Stepped()
        generation = self._now
        if name_of(generation) in self.errors:
            raise self.errors[name_of(generation)]
        if self.shall_compute.is_set():
            self.shall_compute.clear()
            self.computes.set()
            assert self.was_aborted.wait(WAIT_SECONDS)
            return Stepped(0)
        try:
            word = self.words.get(timeout=STEP_SECONDS)
        except queue.Empty:
            return Stepped(0)
        if generation.is_cancelled:
            return Stepped(0)
        if word is not None:
            generation.emit(Event(text=word))
            return Stepped(0)
        generation.emit(Event(finish_reason="stop"))
        self._now = None
        return Stepped(0, (generation,))

    def end(self, generation: Generation) -> None:
        if self._now is generation:
            self._now = None

    def abort(self) -> None:
        self.aborted.append(name_of(self._now) if self._now else "nobody")
        self.was_aborted.set()

    def close(self) -> None:
        self.is_closed = True


def name_of(generation: Generation) -> str:
    return generation.request.messages[0].content


@dataclass
class Asked:
    """One generation and what it was told."""

    generation: Generation
    told: queue.Queue[Emitted]
    kept: list[Emitted] = field(default_factory=list)

    def next(self) -> Emitted:
        return self.told.get(timeout=WAIT_SECONDS)

    def to_the_end(self) -> list[Emitted]:
        """Everything until the end, without the end when it is a good one."""
        while not isinstance(item := self.next(), ThreadRunnerError | None):
            self.kept.append(item)
        return [*self.kept, item] if item else self.kept


def ask(engine: Engine, name: str) -> Asked:
    told: queue.Queue[Emitted] = queue.Queue()
    generation = Generation(ChatRequest(messages=(Message("user", name),)), told.put)
    engine.submit(generation)
    return Asked(generation, told)


def say(puppet: Puppet, *words: str) -> None:
    """Let what runs say these words and end."""
    for word in (*words, None):
        puppet.words.put(word)


@pytest.fixture
def puppet() -> Puppet:
    return Puppet()


def make_engine(puppet: Puppet, **settings: int) -> Engine:
    return Engine(puppet, LoadOptions(None, Settings(**{"parallel": 1, **settings})))  # type: ignore[arg-type]  # only numbers are given


@pytest.fixture
def engine(puppet: Puppet) -> Engine:
    """A loaded engine."""
    return ready(make_engine(puppet), puppet)


def ready(engine: Engine, puppet: Puppet) -> Engine:
    engine.start()
    puppet.may_load.set()
    wait_until(lambda: engine.state == "ready", what="the load")
    return engine


STOPPED = Event(finish_reason="stop")


# Loading


def test_a_load_tells_its_progress_and_then_what_was_loaded(puppet: Puppet) -> None:
    engine = make_engine(puppet)
    assert (engine.state, engine.progress, engine.info) == ("loading", 0.0, None)
    engine.start()
    wait_until(lambda: engine.progress == 0.5, what="the progress")
    assert engine.state == "loading"
    puppet.may_load.set()
    wait_until(lambda: engine.state != "loading", what="the load")
    assert (engine.state, engine.progress, engine.failure) == ("ready", 1.0, None)
    assert engine.info == ModelInfo("puppet", 100, "a puppet")


def test_a_load_that_is_refused_fails_with_the_backends_own_words(puppet: Puppet) -> None:
    puppet.load_error = ModelLoadFailed("The file is broken.")
    engine = make_engine(puppet)
    engine.start()
    puppet.may_load.set()
    wait_until(lambda: engine.state == "failed", what="the failure")
    assert engine.failure is puppet.load_error


def test_a_load_that_meets_a_bug_fails_with_its_name(puppet: Puppet, caplog: pytest.LogCaptureFixture) -> None:
    puppet.load_error = ZeroDivisionError("by zero")
    engine = make_engine(puppet)
    with caplog.at_level(logging.ERROR):
        engine.start()
        puppet.may_load.set()
        wait_until(lambda: engine.state == "failed", what="the failure")
    assert isinstance(engine.failure, ModelLoadFailed)
    assert "ZeroDivisionError: by zero" in engine.failure.message
    assert "ZeroDivisionError" in caplog.text


def test_what_is_asked_while_it_loads_is_answered_after_the_load(puppet: Puppet) -> None:
    engine = make_engine(puppet)
    engine.start()
    first, second = ask(engine, "first"), ask(engine, "second")
    assert second.next() == Event(progress=Progress("queue", 1))
    assert puppet.served == []
    puppet.may_load.set()
    say(puppet)
    say(puppet)
    assert first.to_the_end() == [STOPPED]
    assert second.to_the_end()[-1] == STOPPED
    assert puppet.served == ["first", "second"]


# Order


def test_a_generation_gets_its_events_in_order_and_then_the_end(engine: Engine, puppet: Puppet) -> None:
    asked = ask(engine, "only")
    say(puppet, "one", "two")
    assert asked.to_the_end() == [Event(text="one"), Event(text="two"), STOPPED]
    assert asked.told.empty()
    wait_until(lambda: engine.active == 0, what="the end")


def test_who_asks_first_is_served_first(engine: Engine, puppet: Puppet) -> None:
    names = ["a", "b", "c", "d"]
    asked = [ask(engine, name) for name in names]
    for _ in names:
        say(puppet)
    for each in asked:
        assert each.to_the_end()[-1] == STOPPED
    assert puppet.served == names


def test_who_waits_learns_each_new_place(engine: Engine, puppet: Puppet) -> None:
    first = ask(engine, "first")
    puppet.running.get(timeout=WAIT_SECONDS)
    second, third = ask(engine, "second"), ask(engine, "third")
    assert engine.active == 3
    say(puppet)
    assert first.to_the_end() == [STOPPED]
    say(puppet)
    say(puppet)
    places = [[event.progress for event in each.to_the_end() if event and event.progress] for each in (second, third)]  # type: ignore[union-attr]
    assert places == [[Progress("queue", 1)], [Progress("queue", 2), Progress("queue", 1)]]
    assert not any(event.progress for event in first.kept if isinstance(event, Event))


def test_the_queue_has_a_limit_beside_what_runs(puppet: Puppet) -> None:
    engine = ready(make_engine(puppet, max_queue=2), puppet)
    asked = [ask(engine, "runs")]
    puppet.running.get(timeout=WAIT_SECONDS)
    asked += [ask(engine, "waits"), ask(engine, "waits too")]
    with pytest.raises(QueueFull, match="2 requests"):
        ask(engine, "one too many")
    assert engine.active == 3
    for _ in asked:
        say(puppet)
    assert [each.to_the_end()[-1] for each in asked] == [STOPPED] * 3
    say(puppet)
    assert ask(engine, "there is room again").to_the_end()[-1] == STOPPED


def test_with_no_queue_at_all_one_may_run(puppet: Puppet) -> None:
    engine = ready(make_engine(puppet, max_queue=0), puppet)
    runs = ask(engine, "runs")
    with pytest.raises(QueueFull):
        ask(engine, "waits")
    say(puppet)
    assert runs.to_the_end() == [STOPPED]


# Being cancelled


def test_a_cancel_ends_what_runs_and_the_next_is_served(engine: Engine, puppet: Puppet) -> None:
    first = ask(engine, "first")
    puppet.running.get(timeout=WAIT_SECONDS)
    second = ask(engine, "second")
    puppet.words.put("said before")
    assert first.next() == Event(text="said before")
    # Between two steps the cancel would be seen at once, and there could be nothing to abort any more.
    puppet.shall_compute.set()
    assert puppet.computes.wait(WAIT_SECONDS)
    engine.cancel(first.generation)
    assert isinstance(first.next(), Cancelled)
    assert puppet.aborted == ["first"]
    say(puppet, "word")
    assert second.to_the_end()[-2:] == [Event(text="word"), STOPPED]


def test_what_is_cancelled_while_it_waits_is_never_served(engine: Engine, puppet: Puppet) -> None:
    first = ask(engine, "first")
    puppet.running.get(timeout=WAIT_SECONDS)
    second, third = ask(engine, "second"), ask(engine, "third")
    engine.cancel(second.generation)
    wait_until(lambda: engine.active == 2, what="the end of the second")
    say(puppet)
    say(puppet)
    assert first.to_the_end() == [STOPPED]
    assert third.to_the_end()[-1] == STOPPED
    assert puppet.served == ["first", "third"]
    assert puppet.aborted == []


def test_what_is_cancelled_while_it_waits_is_told_its_end(engine: Engine, puppet: Puppet) -> None:
    ask(engine, "first")
    puppet.running.get(timeout=WAIT_SECONDS)
    second = ask(engine, "second")
    engine.cancel(second.generation)
    assert second.next() == Event(progress=Progress("queue", 1))
    say(puppet)
    # The third's end comes after everything that the second can be told.
    say(puppet)
    assert ask(engine, "third").to_the_end()[-1] == STOPPED
    assert not second.told.empty()
    assert isinstance(second.next(), Cancelled)


def test_a_late_or_a_second_cancel_hits_nobody_else(engine: Engine, puppet: Puppet) -> None:
    first = ask(engine, "first")
    say(puppet)
    assert first.to_the_end() == [STOPPED]
    second = ask(engine, "second")
    assert puppet.running.get(timeout=WAIT_SECONDS) == "first"
    assert puppet.running.get(timeout=WAIT_SECONDS) == "second"
    engine.cancel(first.generation)
    engine.cancel(first.generation)
    assert puppet.aborted == []
    say(puppet, "word")
    assert second.to_the_end() == [Event(text="word"), STOPPED]


# Failing


@pytest.mark.parametrize("error", [PromptTooLong("Too long."), BadRequest("Refused."), ThreadRunnerError("Broken.")])
def test_a_refusal_ends_the_generation_and_the_next_is_served(
    engine: Engine, puppet: Puppet, error: ThreadRunnerError
) -> None:
    puppet.errors["refused"] = error
    assert ask(engine, "refused").to_the_end() == [error]
    say(puppet)
    assert ask(engine, "next").to_the_end()[-1] == STOPPED
    assert engine.state == "ready"


def test_a_bug_ends_the_generation_with_its_name_and_the_next_is_served(
    engine: Engine, puppet: Puppet, caplog: pytest.LogCaptureFixture
) -> None:
    puppet.errors["bug"] = ZeroDivisionError("by zero")
    with caplog.at_level(logging.ERROR):
        (end,) = ask(engine, "bug").to_the_end()
    assert type(end) is ThreadRunnerError
    assert "ZeroDivisionError: by zero" in end.message
    assert "ZeroDivisionError" in caplog.text
    say(puppet)
    assert ask(engine, "next").to_the_end()[-1] == STOPPED


# Backends


# Tasks


def submit(engine: Engine, work: Callable[[Task], object]) -> Task:
    task = Task(lambda _, task: work(task))
    engine.submit_task(task)
    return task


def test_a_task_is_done_on_the_decode_thread_while_a_generation_runs(engine: Engine, puppet: Puppet) -> None:
    asked = ask(engine, "first")
    puppet.running.get(timeout=WAIT_SECONDS)
    task = submit(engine, lambda _: (threading.current_thread().name, engine.active))
    assert task.done.result(timeout=WAIT_SECONDS) == ("decode", 2)
    wait_until(lambda: engine.active == 1, what="the task's end")
    say(puppet, "word")
    assert asked.to_the_end()[-2:] == [Event(text="word"), STOPPED]


def test_tasks_without_end_do_not_keep_a_generation_from_its_steps(engine: Engine, puppet: Puppet) -> None:
    """The next task is there before the one before it is done, as when several programs ask for many embeddings."""
    asked, most, done = ask(engine, "first"), 500, list[Task]()
    say(puppet, *"abcd")

    def work(task: Task) -> None:
        done.append(task)
        if len(done) < most and asked.generation in engine._active:
            submit(engine, work)

    submit(engine, work)
    assert asked.to_the_end()[-1] == STOPPED
    wait_until(lambda: engine.active == 0, what="the last task")
    assert len(done) < most


@pytest.mark.parametrize("error", [BadRequest("That cannot be."), ValueError("a bug")])
def test_a_task_that_fails_tells_why_and_the_next_is_done(engine: Engine, error: Exception) -> None:
    def fail(_: Task) -> None:
        raise error

    failed, next_one = submit(engine, fail), submit(engine, lambda _: "done")
    told = failed.done.exception(timeout=WAIT_SECONDS)
    assert isinstance(told, ThreadRunnerError)
    assert str(error) in told.message
    assert next_one.done.result(timeout=WAIT_SECONDS) == "done"
    wait_until(lambda: engine.active == 0, what="the idle engine")


def test_a_task_that_is_cancelled_is_told_and_one_that_waits_is_never_done(engine: Engine, puppet: Puppet) -> None:
    has_begun, done = threading.Event(), list[str]()

    def until_cancelled(task: Task) -> None:
        has_begun.set()
        assert task.cancelled.wait(WAIT_SECONDS)

    running, waiting = submit(engine, until_cancelled), submit(engine, lambda _: done.append("it"))
    assert has_begun.wait(WAIT_SECONDS)
    engine.cancel(waiting)
    assert puppet.aborted == []
    engine.cancel(running)
    assert puppet.aborted == ["nobody"]
    assert running.done.result(timeout=WAIT_SECONDS) is None
    assert isinstance(waiting.done.exception(timeout=WAIT_SECONDS), Cancelled)
    assert done == []


def test_tasks_count_in_the_queue(puppet: Puppet) -> None:
    engine = ready(make_engine(puppet, max_queue=1), puppet)
    may_end = threading.Event()
    tasks = [submit(engine, lambda _: may_end.wait(WAIT_SECONDS)) for _ in range(2)]
    with pytest.raises(QueueFull):
        submit(engine, lambda _: None)
    with pytest.raises(QueueFull):
        ask(engine, "too many")
    may_end.set()
    assert [task.done.result(timeout=WAIT_SECONDS) for task in tasks] == [True, True]


# Closing


def test_a_close_ends_what_runs_and_closes_the_backend(engine: Engine, puppet: Puppet) -> None:
    ask(engine, "endless")
    puppet.running.get(timeout=WAIT_SECONDS)
    engine.close(WAIT_SECONDS)
    assert puppet.is_closed


def test_a_close_does_not_wait_for_a_load(puppet: Puppet) -> None:
    engine = make_engine(puppet)
    engine.start()
    engine.close(WAIT_SECONDS)
    assert not puppet.is_closed
    puppet.may_load.set()
    wait_until(lambda: puppet.is_closed, what="the end of what was loaded for nobody")


def test_a_backend_is_made_by_name() -> None:
    assert isinstance(make_backend("dummy"), DummyBackend)
    assert set(BACKENDS) == {"dummy", "llama-cpp-python"}


def test_the_dummy_is_a_backend_like_any_other() -> None:
    engine = Engine(DummyBackend(), LoadOptions(None, Settings(context=64)))
    engine.start()
    wait_until(lambda: engine.state == "ready", what="the load")
    said = ask(engine, "Hi").to_the_end()
    assert "".join(event.text for event in said if event) == (  # type: ignore[union-attr]
        "This is the dummy engine, no model was asked. You said: Hi"
    )
    assert isinstance(said[-1], Event)
    assert said[-1].finish_reason == "stop"
    (end,) = ask(engine, "word " * 64).to_the_end()
    assert isinstance(end, PromptTooLong)


@pytest.mark.parametrize(
    ("options", "text", "reason"),
    [
        ({"max_tokens": 2}, "This is", "length"),
        ({"max_tokens": 11}, "This is the dummy engine, no model was asked. You said:", "length"),
        ({"max_tokens": 12}, "This is the dummy engine, no model was asked. You said: Hi", "stop"),
        ({"stop": ("model",)}, "This is the dummy engine, no ", "stop"),
    ],
)
def test_the_dummy_ends_by_limit_or_stop_text(options: dict[str, object], text: str, reason: str) -> None:
    backend = DummyBackend()
    backend.load(LoadOptions(None, Settings()), lambda _: None)
    request = ChatRequest(messages=(Message("user", "Hi"),), **options)  # type: ignore[arg-type]  # see the cases
    events: list[Event] = []
    generation = Generation(request, lambda event: events.append(event) if isinstance(event, Event) else None)
    backend.prepare(generation)
    assert backend.begin(generation)
    while not backend.step().ended:
        pass
    assert "".join(event.text for event in events) == text
    assert events[-1].finish_reason == reason
    assert events[-1].usage is not None
    assert events[-1].usage.prompt_tokens == 1
