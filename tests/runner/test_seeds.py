"""Seeds that hold: what was said alone is said again, to the letter, under random load."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.runner.test_batching import KINDS, PROMPTS, TOKENS, Asked, Bench, bench
from threadrunner_kernel.errors import Cancelled

CHOICES: list[dict[str, Any]] = [
    {},
    {"temperature": 1.3, "top_p": 0.9},
    {"temperature": 0},
    {"mirostat": 2},
    {"repeat_penalty": 1.2, "min_p": 0.02},
    {"dry_multiplier": 0.8},
]

OTHERS: list[dict[str, Any]] = [{}, {"seed": 1}, {"temperature": 0}]


def seeded(count: int) -> list[tuple[str, dict[str, Any]]]:
    """Prompts with their parameters; many begin alike."""
    chance = random.Random(3)
    return [
        (chance.choice(PROMPTS) + f" {number % 7}", {**chance.choice(CHOICES), "seed": chance.randrange(1000)})
        for number in range(count)
    ]


def check_seeds(model: Path, count: int) -> None:
    """Ask ``count`` seeded requests alone, then again among others of which many are cancelled."""
    requests = seeded(count)
    with bench(model) as engine:
        alone = [engine.answer(prompt, **options).text for prompt, options in requests]
    assert len(set(alone)) > count / 3
    chance, again, others = random.Random(4), dict[int, str](), list[Asked]()
    with bench(model, parallel=5, kv_cells=2048, max_queue=10_000) as engine:
        running: list[tuple[int, list[Asked]]] = []
        for number in chance.sample(range(count), count):
            others += bother(engine, chance)
            prompt, options = requests[number]
            # As one of several samples, too: the first has the request's own seed.
            samples = [engine.ask(prompt, index=index, **options) for index in range(chance.choice([1, 1, 3]))]
            running.append((number, samples))
            if chance.random() < 0.5:
                engine.engine.cancel(chance.choice(others).generation)
        for number, samples in running:
            again[number] = samples[0].finish().text
            assert all(one.finish().error is None for one in samples[1:])
        for one in others:
            engine.engine.cancel(one.generation)
            assert isinstance(one.finish().error, Cancelled | None)
    assert [again[number] for number in range(count)] == alone
    assert count == len(alone)


def bother(engine: Bench, chance: random.Random) -> list[Asked]:
    """Other people's requests, seeded and not, short and long."""
    return [
        engine.ask(
            chance.choice(PROMPTS) * chance.choice([1, 1, 2]),
            max_tokens=chance.choice([1, TOKENS, 60]),
            **chance.choice(OTHERS),
        )
        for _ in range(chance.choice([1, 2]))
    ]


@pytest.mark.parametrize("kind", ["llama", "hybrid"])
def test_a_hundred_seeded_requests_say_the_same_alone_and_under_load(tmp_path: Path, kind: str) -> None:
    check_seeds(KINDS[kind](tmp_path / "model.gguf"), 100)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_seeded_requests_of_every_kind_of_model_say_the_same(tmp_path: Path, kind: str) -> None:
    check_seeds(KINDS[kind](tmp_path / "model.gguf"), 1000)
