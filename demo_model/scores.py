"""What `python -m demo_model.evaluate --save` found, and which of the skills the project may claim."""

from __future__ import annotations

import json
from pathlib import Path

SCORES = Path(__file__).with_name("scores.json")
AIMS = (0.95, 0.90)
"""The share of right answers at temperature 0 and at 0.7 from which on a skill is claimed."""

Scores = dict[str, list[float]]
"""Of each skill, its share of right answers in each of `demo_model.evaluate.TRIALS`; first at T=0, then at T=0.7."""


def saved() -> Scores:
    scores: Scores = json.loads(SCORES.read_text(encoding="utf-8"))
    return scores


def claimed() -> Scores:
    """The skills that reach both aims."""
    return {
        skill: values
        for skill, values in saved().items()
        if all(value >= aim for value, aim in zip(values, AIMS, strict=False))
    }
