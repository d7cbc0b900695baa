"""Where generations keep their tokens: the tables by themselves, and on real models what their branches lead to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runner.test_batching import KINDS, Asked, Bench, bench
from threadrunner_kernel.errors import Cancelled
from threadrunner_kernel.messages import Message
from threadrunner_kernel.runner.cells import SharedCells

SYSTEM = "You are the system text that the turns of this conversation share. " * 3
# The likeliest token without "temperature 0": such a request is not called reproducible and so shares the cells.
GREEDY: dict[str, Any] = {"top_k": 1, "max_tokens": 10}
Turns = tuple[str, ...]


class States:
    """Stands for llama.cpp's memory where a state is all that a sequence has: the tokens that made it."""

    def __init__(self) -> None:
        self.held: dict[int, list[int]] = {}

    def reusable(self, sequence: int, length: int, held: int = 0) -> int:
        return length

    def copy(self, source: int, target: int, length: int) -> None:
        self.held[target] = list(self.held[source])  # a state is copied whole, whatever length is said

    def cut(self, sequence: int, length: int) -> bool:
        self.held.pop(sequence, None)
        return length == 0


def read(cells: SharedCells, states: States, sequence: int, tokens: list[int]) -> None:
    """The tokens are read: cells, note and checkpoint as a batch makes them."""
    states.held[sequence] = tokens
    cells.note(sequence, tokens)
    cells.checkpoint(sequence, tokens)


def test_a_state_is_gone_on_from_where_a_branch_ends_and_nowhere_else() -> None:
    states = States()
    cells = SharedCells(states, 4, is_cuttable=False)
    first = cells.place([1, 2, 3])
    read(cells, states, first.sequence, [1, 2, 3])
    cells.note(first.sequence, [1, 2, 3, 4])
    states.held[first.sequence] = [1, 2, 3, 4]
    cells.leave(first.sequence)
    for tokens, length in (([1, 2, 3, 4, 5], 4), ([1, 2, 3, 9], 3), ([1, 2, 9], 0), ([1, 2, 3], 0)):
        place = cells.place(tokens)
        assert place.length == length
        assert states.held.get(place.sequence, []) == tokens[:length]
        cells.give_up(place.sequence)


def test_without_a_sequence_for_it_there_is_no_checkpoint() -> None:
    states = States()
    cells = SharedCells(states, 1, is_cuttable=False)
    place = cells.place([1, 2])
    read(cells, states, place.sequence, [1, 2])
    assert cells.cached_branches() == {place.sequence: [1, 2]}


# On real models


@pytest.fixture(scope="module", params=["window", "recurrent", "hybrid"])
def stateful(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("models") / f"{request.param}.gguf"
    return KINDS[request.param](path)


@pytest.fixture(scope="module")
def fresh(stateful: Path) -> Callable[[Turns], str]:
    """What an engine says to these turns that has nothing in its cache."""

    @cache
    def said(turns: Turns) -> str:
        with bench(stateful) as engine:
            return ask(engine, turns).finish().text

    return said


def ask(engine: Bench, turns: Sequence[str], **options: Any) -> Asked:
    """The user's and the assistant's turns, to be answered."""
    roles = ("user", "assistant")
    messages = tuple(Message(roles[number % 2], turn) for number, turn in enumerate(turns))  # type: ignore[arg-type]
    return engine.ask("", messages=messages, **{**GREEDY, **options})


def cached_tokens(one: Asked) -> int:
    assert one.last.usage is not None
    return one.last.usage.cached_tokens


def test_a_next_turn_and_an_edited_one_go_on_from_the_turn_before(
    stateful: Path, fresh: Callable[[Turns], str]
) -> None:
    with bench(stateful) as engine:
        first = ask(engine, [SYSTEM]).finish()
        assert cached_tokens(first) == 0
        for last in ("And then?", "Or else? Something longer than that.", "And then?"):
            turns = (SYSTEM, first.text, last)
            one = ask(engine, turns).finish()
            assert cached_tokens(one) >= len(SYSTEM)
            assert one.text == fresh(turns)


def test_a_running_answer_is_not_gone_on_from_at_a_place_it_has_left(
    stateful: Path, fresh: Callable[[Turns], str]
) -> None:
    """Its own checkpoint has gone for want of sequences; what was noted of it when it was read is past."""
    with bench(stateful, parallel=2, context=4096) as engine:
        long = ask(engine, [SYSTEM], max_tokens=3500)
        long.until(lambda event: bool(event.text))
        for number in range(4):
            ask(engine, [f"Something else, number {number}."]).finish()
        turns = (SYSTEM, "Some words.", "And then?")
        one = ask(engine, turns).finish()
        assert one.error is None
        assert one.text == fresh(turns)
        engine.engine.cancel(long.generation)
        assert isinstance(long.finish().error, Cancelled)


OPENINGS = (SYSTEM + "One.", SYSTEM + "Two.", "Else.")
STEPS = st.lists(
    st.tuples(st.sampled_from(OPENINGS), st.integers(0, 2), st.one_of(st.none(), st.integers(0, 4))),
    min_size=2,
    max_size=9,
)


@given(steps=STEPS, are_together=st.booleans())
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_any_sequence_of_turns_cancels_and_evictions_says_what_a_fresh_context_says(
    stateful: Path,
    fresh: Callable[[Turns], str],
    steps: list[tuple[str, int, int | None]],
    are_together: bool,
) -> None:
    """Each step asks one conversation at its first, second or third turn; there are fewer sequences than branches."""
    with bench(stateful, parallel=2, kv_cells=1024) as engine:
        waiting: list[tuple[Asked, Turns]] = []
        for opening, more, cancel_after in steps:
            turns: Turns = (opening,)
            for number in range(more):
                turns = (*turns, fresh(turns), f"Turn {number}?")
            one = ask(engine, turns)
            if cancel_after is not None:
                seen = iter(range(cancel_after))
                one.until(lambda _, seen=seen: next(seen, None) is None)  # type: ignore[misc]
                engine.engine.cancel(one.generation)
                continue
            waiting.append((one, turns))
            if not are_together:
                one.finish()
        for one, turns in waiting:
            if are_together:
                one.finish()
            assert one.error is None
            assert one.text == fresh(turns)
