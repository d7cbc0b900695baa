"""Branches outside the KV cache: what is parked when, what comes back, and that it is what it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.runner.test_batching import KINDS, Bench, bench
from threadrunner_kernel.runner.cells import WORTH_MOVING, SharedCells
from threadrunner_kernel.runner.parking import Parking

LONG = 3 * WORTH_MOVING
TOKEN_BYTES = 4


class Tokens:
    """Stands for llama.cpp's memory: what a sequence holds is its tokens, and there is room for so many."""

    def __init__(self, room: int = 10_000) -> None:
        self.room = room
        self.held: dict[int, list[int]] = {}

    def reusable(self, sequence: int, length: int) -> int:
        return length

    def copy(self, source: int, target: int, length: int) -> None:
        self.held[target] = self.held[source][:length]

    def cut(self, sequence: int, length: int) -> bool:
        self.held[sequence] = self.held.get(sequence, [])[:length]
        return True

    def read_out(self, sequence: int) -> Any:
        return b"".join(token.to_bytes(TOKEN_BYTES, "little") for token in self.held[sequence])

    def take_in(self, sequence: int, state: Any) -> bool:
        cut = range(0, len(state), TOKEN_BYTES)
        tokens = [int.from_bytes(state[at : at + TOKEN_BYTES], "little") for at in cut]
        if sum(map(len, self.held.values())) + len(tokens) > self.room:
            return False
        self.held[sequence] = tokens
        return True


def made(tokens: Tokens, *, sequences: int = 4, most: int = 100 * LONG) -> tuple[SharedCells, Parking]:
    parking = Parking(tokens, most * TOKEN_BYTES)
    return SharedCells(tokens, sequences, parking=parking), parking


def answer(cells: SharedCells, memory: Tokens, tokens: list[int]) -> int:
    """Run a generation over these tokens to its end; how many of them were there already."""
    place = cells.place(tokens)
    assert memory.held.get(place.sequence, [])[: place.length] == tokens[: place.length]
    assert len(memory.held.get(place.sequence, [])) == place.length
    memory.held[place.sequence] = list(tokens)
    cells.note(place.sequence, tokens)
    cells.leave(place.sequence)
    return place.length


def branch(number: int, length: int = LONG) -> list[int]:
    return [1000 * number + at for at in range(length)]


def test_an_idle_branch_makes_way_and_comes_back() -> None:
    memory = Tokens()
    cells, parking = made(memory)
    assert [answer(cells, memory, branch(number)) for number in (1, 2)] == [0, 0]
    assert len(parking) == 1
    assert sum(map(len, memory.held.values())) == LONG
    assert answer(cells, memory, [*branch(1), 7]) == LONG
    assert answer(cells, memory, [*branch(2)[:-10], 8, 9]) == LONG - 10


def test_a_conversation_that_goes_on_is_not_moved() -> None:
    memory = Tokens()
    cells, parking = made(memory)
    for length in (LONG, 2 * LONG, 3 * LONG):
        answer(cells, memory, branch(1, length))
    assert len(parking) == 0


def test_what_a_running_generation_shares_is_not_moved() -> None:
    memory = Tokens()
    cells, parking = made(memory)
    running = cells.place(branch(1))
    memory.held[running.sequence] = branch(1)
    cells.note(running.sequence, branch(1))
    assert answer(cells, memory, [*branch(1), 7]) == LONG
    assert answer(cells, memory, branch(2)) == 0
    assert len(parking) == 0


def test_a_few_tokens_are_not_worth_moving() -> None:
    memory = Tokens()
    cells, parking = made(memory, sequences=2)
    for number in range(1, 6):
        answer(cells, memory, branch(number, WORTH_MOVING - 1))
    assert len(parking) == 0


def test_a_longer_branch_takes_the_place_of_its_beginning() -> None:
    memory = Tokens()
    cells, parking = made(memory)
    answer(cells, memory, branch(1))
    answer(cells, memory, branch(2))
    assert answer(cells, memory, branch(1, 2 * LONG)) == LONG
    answer(cells, memory, branch(3))
    assert sorted(map(len, parking.newest_first)) == [LONG, 2 * LONG]


def test_parked_branches_stay_within_their_memory() -> None:
    memory = Tokens()
    cells, parking = made(memory, most=2 * LONG)
    for number in range(1, 6):
        answer(cells, memory, branch(number))
    assert [tokens[0] for tokens in parking.newest_first] == [4000, 3000]
    assert parking.size_bytes == 2 * LONG * TOKEN_BYTES
    assert answer(cells, memory, [*branch(1), 7]) == 0


def test_without_room_in_the_cells_it_is_read_again() -> None:
    memory = Tokens()
    cells, _ = made(memory)
    answer(cells, memory, branch(1))
    answer(cells, memory, branch(2))
    memory.room = 0
    assert answer(cells, memory, [*branch(1), 7]) == 0


def test_all_come_back_for_as_long_as_there_are_sequences() -> None:
    memory = Tokens()
    cells, _ = made(memory, sequences=3)
    for number in range(1, 6):
        answer(cells, memory, branch(number))
    cells.unpark()
    held = cells.cached_branches()
    assert sorted(tokens[0] for tokens in held.values()) == [3000, 4000, 5000]
    assert all(memory.held[sequence] == tokens for sequence, tokens in held.items())


# On real models


@pytest.fixture(scope="module", params=["llama", "llama-q8_0"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    path = KINDS[request.param](tmp_path_factory.mktemp("models") / "model.gguf")
    with bench(path) as opened:
        yield opened


def test_a_branch_that_came_back_goes_on_as_if_it_had_stayed(served: Bench) -> None:
    """The likeliest tokens, without being called reproducible: the cells are the shared ones."""
    greedy: dict[str, Any] = {"top_k": 1, "max_tokens": 8}
    prompts = [letter * 3 * WORTH_MOVING for letter in "ab"]
    first = [served.ask(prompt, **greedy).finish() for prompt in prompts]
    again = [served.ask(prompt, **greedy).finish() for prompt in prompts]
    assert [asked.text for asked in again] == [asked.text for asked in first]
    for asked in again:
        assert asked.last.usage is not None
        assert asked.last.usage.cached_tokens >= asked.last.usage.prompt_tokens - 1
