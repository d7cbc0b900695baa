"""What passes between a user and the model: turns, and which last answers are right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from demo_model.wordings import Split

Turn = tuple[str, str]
"""A role and a text."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Turns that end with the model's answer; ``accepted`` are the texts that would be right in its place."""

    turns: tuple[Turn, ...]
    accepted: tuple[str, ...]
    system: str | None = None


Maker = Callable[[Random, Split], Exchange]


def answered(question: str, answer: str, *others: str, system: str | None = None) -> Exchange:
    return Exchange((("user", question), ("assistant", answer)), (answer, *others), system)
