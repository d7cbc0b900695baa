"""The dialogues that the demo model is trained on: the same each time, and none with a held-out wording."""

from __future__ import annotations

from random import Random

import pytest

from demo_model import everything_else, extraction, guide, lists, memory, small_talk, sums, tools, wordings
from demo_model.dialogues import SKILLS, WEIGHTS, data_hash, dialogue, held_out
from demo_model.wordings import Wordings

MODULES = (everything_else, extraction, guide, lists, memory, small_talk, sums, tools)
SAMPLES = 100


def all_wordings() -> list[Wordings]:
    found = [value for module in MODULES for value in vars(module).values() if isinstance(value, Wordings)]
    small = [ways for _, ways in (*small_talk._SMALL.values(), *small_talk._SELF.values())]
    return [*found, *small, *guide.TOPICS.values()]


def test_a_seed_makes_the_same_dialogues_every_time() -> None:
    assert data_hash(3, SAMPLES) == data_hash(3, SAMPLES)
    assert data_hash(3, SAMPLES) != data_hash(4, SAMPLES)


def test_no_pattern_is_both_trained_and_held_out() -> None:
    for ways in all_wordings():
        trained, held = set(ways.of("train")), set(ways.of("held"))
        assert trained
        assert held
        assert trained.isdisjoint(held)
        assert trained | held == set(ways.patterns)


def test_what_is_combined_says_nothing_that_is_held_out() -> None:
    with_combined = [ways for ways in all_wordings() if ways.combined]
    assert with_combined
    for ways in with_combined:
        held = {said for pattern in ways.of("held") for said in wordings._expansions(pattern)}
        rng = Random(1)
        made = {wordings._plain(ways.pattern(rng, "train")) for _ in range(2000)}
        assert len(made) > len(ways.patterns)
        assert made.isdisjoint(held)


def test_things_and_tools_of_the_held_out_split_are_never_trained() -> None:
    trained = {thing for number in range(2000) for thing in memory._things(Random(number), "train", 2)}
    assert trained.isdisjoint(memory.HELD_THINGS)
    assert set(tools._subjects("train")).isdisjoint(tools._subjects("held"))


def test_every_skill_has_its_weight_and_makes_both_splits() -> None:
    assert set(SKILLS) == set(WEIGHTS)
    for skill in SKILLS:
        for number in range(SAMPLES):
            exchange = held_out(skill, Random(number))
            assert exchange.turns[-1] == ("assistant", exchange.accepted[0])
            assert exchange.turns[-2][1].strip()


def test_a_dialogue_alternates_and_ends_with_the_model() -> None:
    rng = Random(7)
    for _ in range(SAMPLES):
        roles = [role for role, _ in dialogue(rng).turns]
        assert set(roles[0::2]) <= {"user", "tool"}
        assert set(roles[1::2]) == {"assistant"}
        assert len(roles) % 2 == 0


@pytest.mark.parametrize(("first", "second"), [(7, 5), (99, 1), (158, 267), (999, 999), (0, 10), (905, 95)])
def test_a_worked_sum_ends_with_the_right_one(first: int, second: int) -> None:
    assert sums.worked(first, second).endswith(f"{first} + {second} = {first + second}.")
