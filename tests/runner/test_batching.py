"""Many generations on real llama.cpp: what is repeatable is the very text of a fresh context, whatever else goes on."""

from __future__ import annotations

import contextlib
import queue
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as C
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import model_files
from tests.conftest import wait_until
from threadrunner_kernel import config
from threadrunner_kernel.errors import (
    BadRequest,
    Cancelled,
    ModelLoadFailed,
    PromptTooLong,
    QueueFull,
    ThreadRunnerError,
)
from threadrunner_kernel.messages import ChatRequest, Event, Message
from threadrunner_kernel.runner.backend import LlamaBackend
from threadrunner_kernel.runner.engine import Engine, Generation, LoadOptions

TOKENS = 12
WIDE = model_files.Shape(vocabulary=512, width=64, layers=2, heads=2, kv_heads=1, feed_forward=128)
SYSTEM = "You are the system text that every prompt shares, long enough to be worth a cache. " * 3
PROMPTS = [SYSTEM + "One.", SYSTEM + "One. And then some more of it.", SYSTEM + "Two.", "Something else.", "S"]


@dataclass(eq=False)
class Asked:
    """A generation and what came of it."""

    generation: Generation
    events: queue.SimpleQueue[Event | ThreadRunnerError | None] = field(default_factory=queue.SimpleQueue)
    text: str = ""
    last: Event = field(default_factory=Event)
    error: ThreadRunnerError | None = None
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def until(self, is_enough: Callable[[Event], bool]) -> None:
        """Read events until one is enough, or the end."""
        while isinstance(event := self.events.get(timeout=60), Event):
            self.text += event.text
            self.last = event
            if is_enough(event):
                return
        self.error = event

    def finish(self) -> Asked:
        self.until(lambda _: False)
        return self


class Bench:
    """An engine on one model, and its backend to look into."""

    def __init__(self, path: Path, *, has_abort_flag: bool = True, **options: Any) -> None:
        self.backend = LlamaBackend(has_abort_flag=has_abort_flag)
        values = {"context": 1024, "threads": 1, "step_tokens": 32, **options}
        self.engine = Engine(self.backend, LoadOptions(str(path), config.load({}, values)))
        self.engine.start()
        wait_until(lambda: self.engine.state != "loading", what="the load")

    def ask(
        self, prompt: str, *, index: int = 0, held_at: Callable[[Event], bool] = lambda _: False, **options: Any
    ) -> Asked:
        """Submit a prompt. In an event that is ``held_at`` the engine stands still until the generation may go on."""
        request = ChatRequest(**{"messages": (Message("user", prompt),), "max_tokens": TOKENS, **options})

        def emit(event: Event | ThreadRunnerError | None) -> None:
            asked.events.put(event)
            if isinstance(event, Event) and held_at(event):
                assert asked.may_go_on.wait(60)

        asked = Asked(Generation(request, emit, index))
        self.engine.submit(asked.generation)
        return asked

    def answer(self, prompt: str, **options: Any) -> Asked:
        return self.ask(prompt, **options).finish()

    def check_nothing_leaked(self) -> None:
        """Each sequence is free and without cells, or a cached branch with just its own."""
        wait_until(lambda: self.engine.active == 0, what="an idle engine")
        batch = self.backend._batch
        assert batch is not None
        shared, memory = batch._shared, C.llama_get_memory(batch._context.handle)
        branches = shared.cache.branches
        assert sorted(shared._free + branches) == list(range(len(shared._free) + len(branches)))
        assert not shared._running
        for sequence in shared._free:
            assert C.llama_memory_seq_pos_max(memory, sequence) == -1
        for branch in branches:
            assert C.llama_memory_seq_pos_max(memory, branch) == shared.cache.length_of(branch) - 1


@contextlib.contextmanager
def bench(path: Path, **options: Any) -> Iterator[Bench]:
    made = Bench(path, **options)
    try:
        yield made
        made.check_nothing_leaked()
    finally:
        made.engine.close(60)


KINDS: dict[str, Callable[[Path], Path]] = {
    # Attentive: what it says depends on every earlier token, so that a wrong cell is noticed.
    "llama": lambda path: model_files.write_random_model(path, model_files.TINY, attentive=True),
    "llama-q8_0": lambda path: model_files.write_random_model(
        path, model_files.TINY, quantisation="q8_0", attentive=True
    ),
    # Heads of 32 values, a whole block of the quantised types of keys and values.
    "wide": lambda path: model_files.write_random_model(path, WIDE, attentive=True),
    "window": model_files.write_window_model,
    "recurrent": model_files.write_recurrent_model,
    "hybrid": model_files.write_hybrid_model,
}


@pytest.fixture(scope="module", params=[kind for kind in KINDS if kind != "wide"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("models") / f"{request.param}.gguf"
    return KINDS[request.param](path)


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return KINDS["llama"](tmp_path_factory.mktemp("models") / "llama.gguf")


@pytest.fixture(scope="module")
def references(model: Path) -> dict[tuple[str, int | None], str]:
    return answers_of(model)


def answers_of(model: Path, **settings: Any) -> dict[tuple[str, int | None], str]:
    """What a fresh context says to each prompt, without randomness and with a seed."""
    found = {}
    for prompt in PROMPTS:
        for seed in (None, 7):
            options = {"temperature": 0.0} if seed is None else {"seed": seed}
            with bench(model, **settings) as engine:
                found[prompt, seed] = engine.answer(prompt, **options).text
    return found


OPTIONS: dict[str, dict[str, Any]] = {"greedy": {"temperature": 0.0}, "seeded": {"seed": 7}, "free": {}}
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(PROMPTS),
        st.sampled_from(["greedy", "seeded", "free"]),
        st.one_of(st.none(), st.integers(0, 6)),
    ),
    min_size=1,
    max_size=10,
)


@given(requests=REQUESTS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_repeatable_requests_say_what_a_fresh_context_says_and_the_others_lose_nothing(
    model: Path,
    references: dict[tuple[str, int | None], str],
    requests: list[tuple[str, str, int | None]],
) -> None:
    check_requests(model, references, requests)


def check_requests(
    model: Path,
    references: dict[tuple[str, int | None], str],
    requests: list[tuple[str, str, int | None]],
    **settings: Any,
) -> None:
    """Ask all at once, cancel some, and hold what the others say against ``references``."""
    with bench(model, parallel=3, kv_cells=1024, **settings) as engine:
        asked = []
        for prompt, kind, cancel_after in requests:
            one = engine.ask(prompt, **OPTIONS[kind])
            asked.append((one, prompt, kind, cancel_after))
        for one, prompt, kind, cancel_after in asked:
            if cancel_after is not None:
                seen = iter(range(cancel_after))
                one.until(lambda _, seen=seen: next(seen, None) is None)  # type: ignore[misc]
                engine.engine.cancel(one.generation)
                one.finish()
                assert one.error is None or isinstance(one.error, Cancelled)
                continue
            one.finish()
            assert one.error is None
            assert one.last.usage is not None
            assert one.last.finish_reason == "length"
            assert one.last.usage.completion_tokens == TOKENS
            if kind != "free":
                assert one.text == references[prompt, None if kind == "greedy" else 7]


def test_two_hundred_random_cancels_leak_no_sequence_and_no_cell(model: Path) -> None:
    moments, cancelled = random.Random(1), 0
    with bench(model, parallel=4, kv_cells=1024) as engine:
        for number in range(200):
            options: dict[str, Any] = {"seed": 1} if number % 3 == 0 else {}
            one = engine.ask(moments.choice(PROMPTS) + str(number), max_tokens=700, **options)
            threading.Event().wait(moments.random() * 0.01)
            engine.engine.cancel(one.generation)
            cancelled += isinstance(one.finish().error, Cancelled)
        assert cancelled > 150
        assert engine.answer(PROMPTS[0]).error is None


def test_a_prefix_that_any_earlier_request_had_is_not_read_again(llama: Path) -> None:
    with bench(llama) as engine:
        first = engine.answer(PROMPTS[0]).last.usage
        again = engine.answer(PROMPTS[0]).last.usage
        other = engine.answer(PROMPTS[2]).last.usage
        back = engine.answer(PROMPTS[1]).last.usage
        assert first
        assert again
        assert other
        assert back
        assert first.cached_tokens == 0
        assert again.cached_tokens == again.prompt_tokens - 1
        assert other.cached_tokens > len(SYSTEM)
        assert back.cached_tokens > len(SYSTEM)


def test_requests_that_come_together_read_what_they_share_once(llama: Path) -> None:
    with bench(llama, parallel=8) as engine:
        asked = [engine.ask(SYSTEM + str(number)) for number in range(8)]
        usages = [one.finish().last.usage for one in asked]
        read = [usage.prompt_tokens - usage.cached_tokens for usage in usages if usage]
        assert len(read) == 8
        assert read[0] > len(SYSTEM)
        assert all(tokens < 60 for tokens in read[1:])


def test_what_a_cancelled_prompt_had_read_stays(llama: Path) -> None:
    with bench(llama) as engine:
        one = engine.ask(SYSTEM * 3)
        one.until(lambda event: event.progress is not None and event.progress.done > 200)
        engine.engine.cancel(one.generation)
        one.finish()
        usage = engine.answer(SYSTEM * 3).last.usage
        assert usage
        assert usage.cached_tokens > 200


def test_a_long_prompt_does_not_stall_the_stream_of_another(llama: Path) -> None:
    with bench(llama) as engine:
        talking = engine.ask("S", max_tokens=400)
        talking.until(lambda event: bool(event.text))
        long = engine.ask(SYSTEM * 3)
        long.until(lambda event: bool(event.text))
        talked = talking.events.qsize()
        # The long prompt takes two dozen steps of 32; each gave the stream its row.
        assert talked >= 15
        engine.engine.cancel(talking.generation)
        talking.finish()
        long.finish()


def test_a_step_may_have_fewer_rows_than_there_are_sequences(llama: Path) -> None:
    with bench(llama, step_tokens=16) as small, bench(llama, step_tokens=128) as large:
        expected = large.answer(SYSTEM, temperature=0)
        assert expected.error is None
        assert small.answer(SYSTEM, temperature=0).text == expected.text != ""


def test_out_of_cells_in_mid_answer_nobody_fails(llama: Path) -> None:
    with bench(llama, context=512, kv_cells=512, parallel=3) as engine:
        asked = [engine.ask(f"{number}", max_tokens=300) for number in range(3)]
        for one in asked:
            one.finish()
            assert one.error is None
            assert one.last.usage
            assert one.last.usage.completion_tokens == 300


def test_without_the_abort_flag_small_steps_do_and_nothing_changes_in_what_is_said(llama: Path) -> None:
    with bench(llama) as engine, bench(llama, has_abort_flag=False) as flagless:
        long = SYSTEM * 3
        expected = engine.answer(long, temperature=0).text

        def is_reading(event: Event) -> bool:
            return event.progress is not None and event.progress.done > 0

        cancelled = flagless.ask(long, held_at=is_reading, temperature=0)
        cancelled.until(is_reading)
        flagless.engine.cancel(cancelled.generation)
        cancelled.may_go_on.set()
        assert isinstance(cancelled.finish().error, Cancelled)
        assert flagless.answer(long, temperature=0).text == expected


def test_more_requests_than_may_wait_are_refused(llama: Path) -> None:
    with bench(llama, parallel=1, max_queue=1) as engine:
        running = engine.ask("S", held_at=lambda _: True, max_tokens=300)
        running.until(lambda _: True)
        asked = [running, engine.ask("S", max_tokens=300)]
        with pytest.raises(QueueFull):
            engine.ask("S")
        running.may_go_on.set()
        for one in asked:
            engine.engine.cancel(one.generation)
            one.finish()


def test_a_prompt_that_is_too_long_is_refused_with_both_numbers_while_others_run(llama: Path) -> None:
    with bench(llama, context=256) as engine:
        error = engine.answer("x" * 1000).error
        assert isinstance(error, PromptTooLong)
        assert "256" in error.message


def test_a_grammar_is_kept_and_a_wrong_one_refused(llama: Path) -> None:
    with bench(llama) as engine:
        assert engine.answer("S", grammar='root ::= "yes" | "no"', max_tokens=50).text in {"yes", "no"}
        assert isinstance(engine.answer("S", grammar="root ::= (").error, BadRequest)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"mirostat": 2, "top_k": 5}, "top_k"),
        ({"grammar": 'root ::= "a"', "json_schema": {}}, "json_schema"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logit_bias": {"999999": 1.0}}, "logit_bias"),
        ({"response_format": {"type": "poem"}}, "response_format"),
    ],
)
def test_contradictory_and_impossible_parameters_are_refused_by_name(
    llama: Path, options: dict[str, Any], named: str
) -> None:
    with bench(llama) as engine:
        error = engine.answer("S", **options).error
        assert isinstance(error, BadRequest)
        assert error.param == named


def test_every_sampler_makes_a_whole_answer(llama: Path) -> None:
    choices: list[dict[str, Any]] = [
        {"typical_p": 0.5},
        {"dynatemp_range": 0.5, "dynatemp_exponent": 1.2},
        {"xtc_probability": 0.5, "xtc_threshold": 0.05},
        {"dry_multiplier": 0.8, "dry_allowed_length": 1},
        {"mirostat": 1},
        {"mirostat": 2, "mirostat_tau": 3.0},
        {"repeat_penalty": 1.3, "presence_penalty": 0.5, "frequency_penalty": 0.5, "repeat_last_n": -1},
        {"min_p": 0.2, "top_k": 3, "top_p": 0.5},
    ]
    with bench(llama) as engine:
        for options in choices:
            first, second = (engine.answer("S", seed=3, **options) for _ in range(2))
            assert first.error is None, options
            assert first.text == second.text, options


def test_a_banned_token_does_not_come(llama: Path) -> None:
    with bench(llama) as engine:
        usual = engine.answer("S", temperature=0, max_tokens=1).text
        model = engine.backend._model
        token = next(id for id in range(model.vocabulary_size) if model.piece(id) == usual.encode())
        banned = engine.answer("S", temperature=0, max_tokens=1, logit_bias={str(token): -1000.0}).text
        assert banned != usual


def test_log_probabilities_are_those_of_a_distribution(llama: Path) -> None:
    with bench(llama) as engine:
        one = engine.ask("S", temperature=0, max_tokens=1, logprobs=True, top_logprobs=5)
        one.until(lambda event: bool(event.logprobs))
        token = one.last.logprobs[0]
        assert token.logprob == token.top[0].logprob
        assert len(token.top) == 5
        assert all(a.logprob >= b.logprob for a, b in zip(token.top, token.top[1:], strict=False))
        one.finish()


def test_a_context_beyond_the_memory_is_refused_in_a_sentence(llama: Path) -> None:
    made = Bench(llama, context=2_000_000_000)
    assert isinstance(made.engine.failure, ModelLoadFailed)
    assert "smaller context" in made.engine.failure.message
