"""How many tokens a second are made just now, by a clock that the test sets."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from threadrunner_kernel.token_rate import WINDOW_SECONDS, TokenRate


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def noted(clock: Clock, *, steps: int, tokens: int, seconds: float) -> TokenRate:
    """A rate after steps of so many tokens, one every so many seconds."""
    rate = TokenRate(clock)
    for _ in range(steps):
        rate.note(tokens)
        clock.now += seconds
    clock.now -= seconds
    return rate


@pytest.mark.parametrize(
    ("steps", "tokens", "seconds", "per_second"),
    [(100, 1, 0.05, 20.0), (100, 4, 0.05, 80.0), (3, 1, 10.0, 0.1), (1000, 1, 0.001, 1000.0)],
)
def test_the_rate_is_that_of_the_last_seconds(steps: int, tokens: int, seconds: float, per_second: float) -> None:
    assert noted(Clock(), steps=steps, tokens=tokens, seconds=seconds).per_second() == pytest.approx(per_second)


def test_before_the_second_step_nothing_is_known() -> None:
    clock = Clock()
    rate = noted(clock, steps=1, tokens=5, seconds=1)
    assert rate.per_second() == 0.0
    assert TokenRate(clock).per_second() == 0.0


def test_two_tokens_at_once_are_no_speed_yet() -> None:
    clock = Clock()
    rate = noted(clock, steps=2, tokens=1, seconds=0.001)
    assert rate.per_second() == 0.0
    clock.now += 0.5
    assert 0 < rate.per_second() < 3


def test_what_was_made_earlier_counts_no_longer() -> None:
    clock = Clock()
    rate = noted(clock, steps=100, tokens=1, seconds=0.01)
    clock.now += WINDOW_SECONDS
    rate.note(1)
    clock.now += 1
    rate.note(1)
    assert rate.per_second() < 2.0


def test_a_model_that_stalls_makes_fewer_and_one_that_is_done_none() -> None:
    clock = Clock()
    rate = noted(clock, steps=11, tokens=1, seconds=0.1)
    assert rate.per_second() == pytest.approx(10.0)
    clock.now += 1.0
    assert rate.per_second() == pytest.approx(5.0)
    rate.pause()
    assert rate.per_second() == 0.0
