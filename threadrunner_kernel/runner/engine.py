"""The engine: one decode thread, requests in by queue, events out by callback; and the seam that a backend fills.

Nobody but the decode thread calls into the backend, except for ``Backend.abort``.
"""

from __future__ import annotations

import concurrent.futures
import importlib
import logging
import queue
import threading
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import Cancelled, ModelLoadFailed, QueueFull, ThreadRunnerError
from threadrunner_kernel.messages import ChatRequest, Event, Message, Progress, Vector
from threadrunner_kernel.request_ids import on_behalf_of, request_id
from threadrunner_kernel.token_rate import TokenRate

logger = logging.getLogger("threadrunner.runner")

# Chosen by name and imported late: only the one in use costs its import.
BACKENDS = {
    "llama-cpp-python": "threadrunner_kernel.runner.backend:LlamaBackend",
    "dummy": "threadrunner_kernel.runner.dummy:DummyBackend",
}


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What to load and how."""

    path: str | None
    settings: Settings
    extra_buffers: bool = True
    name: str | None = None
    is_forced: bool = False


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A loaded model: its name, the most tokens of a prompt and its answer together, a line for the log, and where."""

    name: str
    context: int
    description: str
    device: str = "CPU"


@dataclass(eq=False)
class Generation:
    """One answer to be made. ``emit`` is called on the decode thread: events, then an error or ``None`` at the end."""

    request: ChatRequest
    emit: Callable[[Event | ThreadRunnerError | None], None]
    index: int = 0
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex[:24]}")
    cancelled: threading.Event = field(default_factory=threading.Event)
    place: int = 0
    # Of the request, for the log: the decode thread works for many.
    request_id: str = field(default_factory=request_id.get)

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled.is_set()


@dataclass(eq=False)
class Task:
    """Something that only the decode thread may do, between two steps: ``work`` gets the backend and this task."""

    work: Callable[[Backend, Task], Any]
    done: concurrent.futures.Future[Any] = field(default_factory=concurrent.futures.Future)
    cancelled: threading.Event = field(default_factory=threading.Event)
    request_id: str = field(default_factory=request_id.get)


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step leaves: the generations that ended by themselves, and the seconds until there is something to do.

    0: at once; more: to keep a pace; ``None``: nothing runs. ``tokens`` counts those that were made.
    """

    pause: float | None = None
    ended: tuple[Generation, ...] = ()
    tokens: int = 0


class Backend(Protocol):
    """What makes the tokens of many generations at once, step by step."""

    def load(self, options: LoadOptions, report: Callable[[float], None]) -> ModelInfo:
        """Load the model; ``report`` gets 0.0 to 1.0.

        Raises:
            ModelLoadFailed
        """

    def prepare(self, generation: Generation) -> None:
        """Look at a request when it comes, however long it may then wait.

        Raises:
            PromptTooLong, BadRequest
        """

    def begin(self, generation: Generation) -> bool:
        """Take a prepared generation among the running ones; False when there is no room for it yet."""

    def step(self) -> Stepped:
        """Compute once for the running generations and emit what came of it."""

    def end(self, generation: Generation) -> None:
        """Let a running generation go, wherever it is."""

    def abort(self) -> None:
        """End the computation under way; called from any thread, after a generation was marked cancelled."""

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        """The tokens of a text; ``add_special`` puts those before it that a prompt begins with."""

    def render(self, messages: tuple[Message, ...]) -> str:
        """The prompt that these messages become.

        Raises:
            BadRequest
        """

    def read_inputs(self, inputs: Sequence[str | Sequence[int]]) -> list[list[int]]:
        """The tokens of texts to embed.

        Raises:
            BadRequest, PromptTooLong
        """

    def embed(self, inputs: Sequence[Sequence[int]], is_cancelled: Callable[[], bool]) -> list[Vector]:
        """The embeddings of the first of these inputs, as many as one step makes; ``abort`` ends it.

        Raises:
            Cancelled
        """

    def close(self) -> None:
        """Free the model, and save what is to be found again."""


class Engine:
    """One model and its decode thread. Requests begin in the order in which they come, as there is room for them."""

    def __init__(self, backend: Backend, options: LoadOptions) -> None:
        self._backend = backend
        self._options = options
        self._inbox: queue.SimpleQueue[Generation | Task | None] = queue.SimpleQueue()
        self._waiting: list[Generation] = []
        self._running: list[Generation] = []
        self._tasks: deque[Task] = deque()
        self._lock = threading.Lock()
        self._task: Task | None = None
        self._active: set[Generation | Task] = set()
        self._leaving = threading.Event()
        self._closed = threading.Event()
        self._rate = TokenRate()
        self.state: Literal["loading", "ready", "failed"] = "loading"
        self.progress = 0.0
        self.info: ModelInfo | None = None
        self.failure: ThreadRunnerError | None = None

    def start(self) -> None:
        threading.Thread(target=self._decode_thread, name="decode", daemon=True).start()

    @property
    def active(self) -> int:
        """Generations and tasks that run or wait."""
        return len(self._active)

    @property
    def queued(self) -> int:
        """Those of the active ones that wait for their turn."""
        return max(0, len(self._active) - len(self._running) - (self._task is not None))

    @property
    def tokens_per_second(self) -> float:
        """What all running generations make together, just now."""
        return self._rate.per_second()

    def submit(self, generation: Generation) -> None:
        """Queue a generation; its events come through ``generation.emit``.

        Raises:
            QueueFull
        """
        waiting = self._admit_one(generation)
        if waiting >= 0:
            generation.place = waiting + 1
            generation.emit(Event(progress=Progress("queue", generation.place)))
        self._inbox.put(generation)

    def submit_task(self, task: Task, *, is_new: bool = True) -> None:
        """Queue a task; its result or error is in ``task.done``. One that continues a request is never refused.

        Raises:
            QueueFull
        """
        self._admit_one(task, is_new=is_new)
        self._inbox.put(task)

    def _admit_one(self, job: Generation | Task, *, is_new: bool = True) -> int:
        """Count one more; how many wait before it (negative: none, and there is room)."""
        settings = self._options.settings
        with self._lock:
            waiting = len(self._active) - settings.parallel
            if is_new and waiting >= settings.max_queue:
                raise QueueFull(f"{waiting} requests are waiting for this model already: ask again later.")
            self._active.add(job)
        return waiting

    def cancel(self, job: Generation | Task) -> None:
        """End a generation or a task, running or waiting; harmless when it has ended."""
        job.cancelled.set()
        if job in self._running or job is self._task:
            self._backend.abort()
        if job in self._active:
            self._inbox.put(None)

    def close(self, timeout_seconds: float) -> None:
        """Have the decode thread end what runs and close the backend; wait for it so long at most."""
        self._leaving.set()
        for generation in list(self._running):
            self.cancel(generation)
        self._inbox.put(None)
        if self.state == "ready":
            self._closed.wait(timeout_seconds)

    def _decode_thread(self) -> None:
        try:
            self.info = self._backend.load(self._options, self._report_load)
        except ThreadRunnerError as exc:
            self.failure, self.state = exc, "failed"
            return
        except Exception as exc:
            logger.exception("loading failed")
            self.failure, self.state = ModelLoadFailed(f"Loading failed ({type(exc).__name__}: {exc})."), "failed"
            return
        logger.info("loaded: %s", self.info.description)
        self.state = "ready"
        pause: float | None = None
        while not self._leaving.is_set():
            self._take_arrivals(0 if self._tasks else pause)
            self._do_one_task()
            self._drop_cancelled()
            self._admit()
            pause = self._step()
        try:
            self._backend.close()
        finally:
            self._closed.set()

    def _report_load(self, value: float) -> None:
        self.progress = value

    def _take_arrivals(self, pause: float | None) -> None:
        """Take in what has come; with nothing to do wait for it, at most ``pause`` seconds."""
        if pause is not None:
            pause = min(pause, threading.TIMEOUT_MAX)
        try:
            arrival = self._inbox.get(timeout=pause) if pause != 0 else self._inbox.get_nowait()
            while True:
                if isinstance(arrival, Task):
                    self._tasks.append(arrival)
                elif arrival is not None:
                    with on_behalf_of(arrival.request_id):
                        self._arrive(arrival)
                arrival = self._inbox.get_nowait()
        except queue.Empty:
            return

    def _arrive(self, generation: Generation) -> None:
        try:
            self._backend.prepare(generation)
        except ThreadRunnerError as exc:
            self._finish(generation, exc)
        except Exception as exc:
            self._finish(generation, _own_error(exc))
        else:
            self._waiting.append(generation)

    def _do_one_task(self) -> None:
        """One a round: those who ask for one after the other must not keep the generations from their steps."""
        if not self._tasks:
            return
        task = self._task = self._tasks.popleft()
        try:
            if task.cancelled.is_set():
                raise Cancelled("It was stopped.")
            task.done.set_result(task.work(self._backend, task))
        except Exception as exc:
            with on_behalf_of(task.request_id):
                task.done.set_exception(exc if isinstance(exc, ThreadRunnerError) else _own_error(exc))
        finally:
            self._task = None
            with self._lock:
                self._active.discard(task)

    def _drop_cancelled(self) -> None:
        for generation in [g for g in self._running if g.is_cancelled]:
            self._running.remove(generation)
            self._backend.end(generation)
            self._finish(generation, Cancelled("The generation was stopped."))
        for generation in [g for g in self._waiting if g.is_cancelled]:
            self._waiting.remove(generation)
            self._backend.end(generation)
            self._finish(generation, Cancelled("The generation was stopped."))

    def _admit(self) -> None:
        """Begin what there is room for. One that must wait for a lane of its own does not hold up the others."""
        held_up: set[bool] = set()
        for generation in list(self._waiting):
            kind = generation.request.is_reproducible
            try:
                has_begun = kind not in held_up and self._backend.begin(generation)
            except ThreadRunnerError as exc:
                self._waiting.remove(generation)
                self._finish(generation, exc)
                continue
            if not has_begun:
                held_up.add(kind)
                continue
            self._waiting.remove(generation)
            self._running.append(generation)
        for place, generation in enumerate(self._waiting, start=1):
            if generation.place != place:
                generation.place = place
                generation.emit(Event(progress=Progress("queue", place)))

    def _step(self) -> float | None:
        try:
            stepped = self._backend.step()
        except Exception as exc:
            # What failed for one step failed for all that were in it.
            with on_behalf_of(",".join(generation.request_id for generation in self._running)):
                error = exc if isinstance(exc, ThreadRunnerError) else _own_error(exc)
            for generation in self._running:
                self._backend.end(generation)
                self._finish(generation, error)
            self._running.clear()
            return 0
        self._rate.note(stepped.tokens)
        for generation in stepped.ended:
            self._running.remove(generation)
            self._finish(generation, None)
        if not self._running:
            self._rate.pause()
        return stepped.pause

    def _finish(self, generation: Generation, error: ThreadRunnerError | None) -> None:
        with self._lock:
            self._active.discard(generation)
        generation.emit(error)


def _own_error(exc: Exception) -> ThreadRunnerError:
    logger.exception("a generation failed")
    return ThreadRunnerError(f"The runner met an error of its own ({type(exc).__name__}: {exc}).")


def make_backend(engine: str) -> Backend:
    """The backend of that name."""
    module, name = BACKENDS[engine].split(":")
    backend: Any = getattr(importlib.import_module(module), name)()
    return backend  # type: ignore[no-any-return]
