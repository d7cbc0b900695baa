"""A request's wordings: patterns, the split that keeps whole ones away from the training, and how people type."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

Split = Literal["train", "held"]

HELD_OUT_EVERY = 5
"""One pattern of so many is never trained."""

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_OPENERS = {
    "command": [
        "please ",
        "can you ",
        "could you ",
        "now ",
        "ok, ",
        "ok now ",
        "would you ",
        "I want you to ",
        "hey, ",
    ],
    "question": [
        "tell me, ",
        "hey, ",
        "hi, ",
        "hello! ",
        "hi! ",
        "hello, ",
        "please, ",
        "ok, ",
        "and ",
        "so ",
        "one question: ",
        "quick question: ",
    ],
    "plain": [],
}
_CLOSERS = ["", "", "", "", "", " please", ", please", " thanks", " now", " for me", " :)"]

Kind = Literal["command", "question", "plain"]


@dataclass(frozen=True, slots=True)
class Wordings:
    """The ways to say one thing: ``[a|b]`` in a pattern is a choice, ``{name}`` a value that is put in unchanged."""

    patterns: tuple[str, ...]
    kind: Kind = "plain"

    def of(self, split: Split) -> tuple[str, ...]:
        held = self.patterns[HELD_OUT_EVERY - 2 :: HELD_OUT_EVERY]
        return held if split == "held" else tuple(pattern for pattern in self.patterns if pattern not in held)

    def say(self, rng: Random, split: Split, values: Mapping[str, object] | None = None) -> str:
        """One wording, typed as people type, with its values."""
        return fill(self.typed(rng, rng.choice(self.of(split))), values or {})

    def typed(self, rng: Random, pattern: str) -> str:
        text = expand(rng, pattern)
        has_slot_at_end = text.endswith("}")
        if self.kind != "plain":
            if rng.random() < 0.3:
                text = rng.choice(_OPENERS[self.kind]) + _lower_first(text)
            if self.kind == "command" and not has_slot_at_end and rng.random() < 0.25:
                text = text.rstrip(".") + rng.choice(_CLOSERS)
        text = _cased(rng, text)
        if not has_slot_at_end:
            text = _ended(rng, text, self.kind)
        return mistyped(rng, text) if rng.random() < 0.12 else text


def wordings(kind: Kind, text: str) -> Wordings:
    """The patterns of a text, one a line."""
    return Wordings(tuple(line.strip() for line in text.strip().splitlines() if line.strip()), kind)


def expand(rng: Random, pattern: str) -> str:
    """A pattern with its choices made, inner ones first."""
    while "[" in pattern:
        made = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), pattern)
        if made == pattern:
            break
        pattern = made
    return re.sub(" {2,}", " ", pattern).strip()


def fill(text: str, values: Mapping[str, object]) -> str:
    return _SLOT.sub(lambda found: str(values.get(found[1], found[0])), text)


def mistyped(rng: Random, text: str) -> str:
    """One letter of one longer word left out, doubled or swapped; never inside a slot."""
    words = text.split(" ")
    fitting = [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not fitting:
        return text
    at = rng.choice(fitting)
    word, i = words[at], rng.randrange(1, len(words[at]) - 1)
    words[at] = rng.choice(
        [
            word[:i] + word[i + 1 :],
            word[:i] + word[i] + word[i:],
            word[:i] + word[i + 1] + word[i] + word[i + 2 :],
        ]
    )
    return " ".join(words)


def random_word(rng: Random) -> str:
    """Letters that mean nothing, so that copying them is copying."""
    if rng.random() < 0.85:
        syllables = (rng.choice("bcdfghjklmnprstvwz") + rng.choice("aeiou") for _ in range(rng.randint(1, 3)))
        return "".join(syllables) + rng.choice(["", "n", "r", "s", "k", "x"])
    return "".join(rng.choice(string.ascii_lowercase) for _ in range(rng.randint(2, 5)))


def _lower_first(text: str) -> str:
    return text if text.startswith(("I ", "I'", "JSON", "{")) else text[:1].lower() + text[1:]


def _cased(rng: Random, text: str) -> str:
    roll = rng.random()
    if roll < 0.45:
        return text if text.startswith("{") else text[:1].upper() + text[1:]
    if roll < 0.55:
        return _outside_slots(text, str.lower)
    if roll < 0.58:
        return _outside_slots(text, str.upper)
    return text


def _outside_slots(text: str, change: Callable[[str], str]) -> str:
    return "".join(part if part.startswith("{") else change(part) for part in re.split(r"(\{\w+\})", text))


def _ended(rng: Random, text: str, kind: Kind) -> str:
    if text[-1] in ".!?:":
        return text if rng.random() < 0.6 else text[:-1]
    roll = rng.random()
    if kind == "question":
        return text + ("?" if roll < 0.6 else "??" if roll < 0.62 else "")
    return text + ("." if roll < 0.25 else "!" if roll < 0.32 else "")
