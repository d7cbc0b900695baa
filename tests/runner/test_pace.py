"""A pace: no generation gets its tokens faster, none waits for another's, and a cancel does not wait for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import model_files
from tests.runner.test_batching import KINDS, PROMPTS, Asked, Bench, bench
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import Cancelled
from threadrunner_kernel.messages import ChatRequest, Event, Message
from threadrunner_kernel.runner.dummy import PACE, DummyBackend
from threadrunner_kernel.runner.engine import Generation, LoadOptions

# A token in a quarter of an hour: what waits for its second token waits longer than any test does. A power of two, as
# the file has 32 bits for it.
GLACIAL = 2.0**-10
FAST = 200.0
TOKENS = 30


@pytest.fixture(scope="module")
def glacial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A model that talks without end, whose file sets the pace that nobody can wait for."""
    path = tmp_path_factory.mktemp("models") / "glacial.gguf"
    answers = {"": "on and on and " + model_files.ENDLESS}
    with bench(model_files.write_scripted_model(path, answers, pace=GLACIAL), parallel=4) as engine:
        yield engine


@pytest.fixture(scope="module")
def brisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The same with a pace that can be waited for."""
    path = tmp_path_factory.mktemp("models") / "brisk.gguf"
    answers = {"": "on and on and " + model_files.ENDLESS}
    with bench(model_files.write_scripted_model(path, answers, pace=FAST), parallel=4) as engine:
        yield engine


def least_milliseconds(tokens: int, pace: float) -> float:
    """From the first token to the last at this pace; a clock's last digit aside."""
    return 1000 * (tokens - 1) / pace - 0.01


def check_pace(asked: Asked, pace: float) -> None:
    assert asked.error is None
    assert asked.last.timings
    assert asked.last.timings.predicted_n == TOKENS
    assert asked.last.timings.predicted_ms >= least_milliseconds(TOKENS, pace)
    assert asked.last.pace == pace


@pytest.mark.parametrize("options", [{}, {"seed": 1}, {"temperature": 0.0}], ids=["free", "seeded", "greedy"])
def test_the_files_pace_is_kept(brisk: Bench, options: dict[str, Any]) -> None:
    check_pace(brisk.answer("Go.", max_tokens=TOKENS, **options), FAST)


def test_a_requests_pace_is_kept_instead(brisk: Bench) -> None:
    check_pace(brisk.answer("Go.", max_tokens=TOKENS, pace=2 * FAST), 2 * FAST)
    check_pace(brisk.answer("Go.", max_tokens=TOKENS, pace=FAST / 2), FAST / 2)


def test_several_answers_have_the_pace_each(brisk: Bench) -> None:
    for one in [brisk.ask("Go.", index=index, max_tokens=TOKENS, seed=3) for index in range(3)]:
        check_pace(one.finish(), FAST)


def test_what_is_read_before_the_first_token_has_no_pace(glacial: Bench) -> None:
    one = glacial.answer("A prompt of many tokens. " * 20, max_tokens=1)
    assert one.last.usage
    assert one.last.usage.prompt_tokens > 100
    assert one.last.pace == GLACIAL


def test_nought_lifts_the_files_pace(glacial: Bench) -> None:
    one = glacial.answer("Go.", max_tokens=TOKENS, pace=0)
    assert one.last.usage
    assert one.last.usage.completion_tokens == TOKENS
    assert one.last.pace is None


@pytest.mark.parametrize(("seed", "pace"), [(None, None), (1, None), (None, 1e-9), (None, sys.float_info.min)], ids=str)
def test_a_cancel_does_not_wait_for_the_next_token(glacial: Bench, seed: int | None, pace: float | None) -> None:
    one = glacial.ask("Go.", max_tokens=TOKENS, seed=seed, pace=pace)
    one.until(lambda event: bool(event.text))
    glacial.engine.cancel(one.generation)
    assert isinstance(one.finish().error, Cancelled)


def test_no_other_waits_for_a_generation_that_waits(glacial: Bench) -> None:
    waiting = [glacial.ask("Go.", max_tokens=TOKENS, seed=seed) for seed in (None, 1)]
    for one in waiting:
        one.until(lambda event: bool(event.text))
    # They come while the decode thread has nothing to do for a quarter of an hour.
    check_pace(glacial.answer("Go on.", max_tokens=TOKENS, pace=FAST), FAST)
    assert glacial.answer("Go on.", max_tokens=TOKENS, seed=2, pace=0).last.finish_reason == "length"
    for one in waiting:
        assert one.events.empty()
        glacial.engine.cancel(one.generation)
        assert isinstance(one.finish().error, Cancelled)


def test_what_was_set_aside_is_read_again_without_waiting_for_its_pace(tmp_path: Path) -> None:
    with bench(KINDS["llama"](tmp_path / "llama.gguf"), context=512, kv_cells=512, parallel=3) as engine:
        prompt = "Something else. " * 6
        known = engine.answer(prompt, max_tokens=1).last.usage
        older = engine.ask("S", max_tokens=450, held_at=lambda event: bool(event.text))
        older.until(lambda event: bool(event.text))
        younger = engine.ask(prompt, max_tokens=TOKENS, pace=GLACIAL)
        older.may_go_on.set()
        younger.until(lambda event: bool(event.text))
        usage = older.finish().last.usage
        assert usage
        assert known
        # Both together have more tokens than there are cells: the younger was set aside, and has its place again now.
        assert usage.total_tokens + known.prompt_tokens > 512
        assert engine.answer("Another.", max_tokens=TOKENS).error is None
        engine.engine.cancel(younger.generation)
        assert isinstance(younger.finish().error, Cancelled)
        assert younger.events.empty()


def test_a_seed_says_the_same_at_any_pace_and_beside_others(tmp_path: Path) -> None:
    with bench(KINDS["llama"](tmp_path / "llama.gguf"), parallel=4) as engine:
        alone = engine.answer(PROMPTS[0], seed=7, max_tokens=TOKENS)
        beside = engine.ask(PROMPTS[1], pace=FAST, max_tokens=400)
        paced = [engine.ask(PROMPTS[0], seed=7, max_tokens=TOKENS, pace=pace) for pace in (FAST, 3 * FAST)]
        for one, pace in zip(paced, (FAST, 3 * FAST), strict=True):
            check_pace(one.finish(), pace)
            assert one.text == alone.text
        engine.engine.cancel(beside.generation)
        beside.finish()


@pytest.mark.parametrize(("asked", "pace"), [(None, PACE), (FAST, FAST), (0.0, None)])
def test_the_dummy_has_a_pace_of_its_own_and_takes_another(asked: float | None, pace: float | None) -> None:
    backend, events = DummyBackend(), list[Event]()
    backend.load(LoadOptions(None, Settings()), lambda _: None)
    request = ChatRequest(messages=(Message("user", "Hi"),), pace=asked)
    generation = Generation(request, lambda event: events.append(event) if isinstance(event, Event) else None)
    backend.prepare(generation)
    assert backend.begin(generation)
    while not backend.step().ended:
        pass
    timings = events[-1].timings
    assert timings
    assert (timings.predicted_n, events[0].pace, events[-1].pace) == (12, pace, pace)
    assert timings.predicted_ms >= (least_milliseconds(12, pace) if pace else 0)
