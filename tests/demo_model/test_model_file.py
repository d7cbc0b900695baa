"""The shipped demo model: small, described, its vocabulary the training's, and able to do what it is said to do."""

from __future__ import annotations

import string
from collections.abc import Iterator
from random import Random

import pytest

from demo_model import tokens
from demo_model.dialogues import SKILLS
from demo_model.evaluate import SHIPPED, Demo, score
from demo_model.scores import claimed, saved

MOST_BYTES = 4_000_000
QUESTIONS = 10
MARGIN = 0.25
"""What so few questions may score below the many behind `scores.json`."""

LETTERS = (
    string.ascii_letters,
    string.digits,
    string.digits + " ,.",
    string.punctuation,
    " \n\t\r",
    "  \n\n ab1",
    "🙂🎉👩‍🚀🇫🇷",
    "éàüßñøåčž",
    "漢字かな한글",
    "абвгдежз",
    "مرحبا שלום",
    "٣४五½²Ⅷ",
    "'s't've'll ",
    "\u00a0\u2003\u200b\u0301",
)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    made = Demo(SHIPPED)
    yield made
    made.llama.close()


def test_it_is_small_and_says_what_it_is(demo: Demo) -> None:
    assert SHIPPED.stat().st_size <= MOST_BYTES
    metadata = demo.llama.metadata
    assert metadata["general.name"] == "demo"
    assert metadata["general.license"] == "MIT"
    assert metadata["threadrunner.pace"] == "60"
    assert metadata["llama.context_length"] == "1024"
    assert "demo" in metadata["general.description"]
    assert metadata["tokenizer.chat_template"] == tokens.TEMPLATE


def test_llama_cpp_gives_the_training_tokenizers_ids(demo: Demo) -> None:
    tokenizer = tokens.load()
    rng = Random(5)
    for _ in range(1000):
        text = random_text(rng)
        ids = demo.llama.tokenize(text.encode(), add_bos=False, special=True)
        assert ids == tokenizer.encode(text, add_special_tokens=False).ids, text
        assert demo.llama.detokenize(ids, special=True).decode() == text


def random_text(rng: Random) -> str:
    words = ("hello", " world", tokens.START, tokens.END, " `%llm", "\n\n", "{{ df }}", " 123", "    ", "I'm", " don't")
    parts = []
    for _ in range(rng.randint(1, 8)):
        letters = rng.choice(LETTERS)
        piece = "".join(rng.choice(letters) for _ in range(rng.randint(1, 8)))
        parts.append(rng.choice(words) if rng.random() < 0.3 else piece)
    return "".join(parts)


def test_its_card_claims_what_reaches_the_aims_and_nothing_else(demo: Demo) -> None:
    assert set(saved()) == set(SKILLS)
    assert claimed()
    told = demo.llama.metadata["general.description"]
    for skill, values in saved().items():
        assert (f"{skill} {values[0]:.0%}" in told) == (skill in claimed())


@pytest.mark.parametrize("skill", list(claimed()))
def test_it_does_what_its_card_says(demo: Demo, skill: str) -> None:
    assert score(demo, skill, QUESTIONS) >= claimed()[skill][0] - MARGIN
