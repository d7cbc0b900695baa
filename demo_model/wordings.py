"""A request's wordings: patterns, the split that keeps whole ones away from the training, and how people type."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Literal

Split = Literal["train", "held", "mistyped"]
"""What is trained; what is never trained; and that with a typing mistake in it."""


HELD_OUT_EVERY = 5
"""One pattern of so many, at most, is never trained."""
COMBINED = 0.4
"""Where a list has combinations, so many of its trained wordings are taken from them."""
SEEN_ELSEWHERE = 2
"""So many trained patterns have each word of a held-out one: a model knows no word that it never saw."""

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_NAMED = re.compile(r"(\w+) = (.*)")
_PART = re.compile(r"<(\w+)>")
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

_MISTAKES = {"train": 0.12, "held": 0.0, "mistyped": 1.0}
_FRAMES = (
    "how do I ", "how can I ", "how to ", "can I ", "I want to ", "is it possible to ", "what is the way to ",
    "show me how to ", "is there a way to ", "I would like to ", "how could I ", "tell me how to ", "how does one ",
    "do you know how to ", "I need to ", "what do I do to ", "explain how to ", "may I ", "I have to ",
)  # fmt: skip
"""What may stand before "stop an answer": each says the same with all of them."""
_WORDS_OF_THE_USER = ("{text}", "{long}", "{noise}", "{noise2}", "{foreign}", "{code}", "{table}")
_SMALL_WORDS = frozenset({"a", "an", "the", "do", "I", "is", "to", "of", "my", "you", "it"})

Kind = Literal["command", "question", "plain"]


@dataclass(frozen=True, slots=True)
class Wordings:
    """The ways to say one thing: ``[a|b]`` in a pattern is a choice, ``{name}`` a value that is put in unchanged.

    ``combined`` are patterns of many choices, which say thousands of things. They are trained and never asked, and what
    a held-out pattern says they do not say.
    """

    patterns: tuple[str, ...]
    kind: Kind = "plain"
    combined: tuple[str, ...] = ()

    def of(self, split: Split) -> tuple[str, ...]:
        return _others(self.patterns) if split == "train" else _held_out(self.patterns)

    def pattern(self, rng: Random, split: Split) -> str:
        while split == "train" and self.combined and rng.random() < COMBINED:
            made = expand(rng, rng.choice(self.combined))
            if _unframed(_plain(made)) not in _never_trained(self.patterns):
                return made
        return rng.choice(self.of(split))

    def say(self, rng: Random, split: Split, values: Mapping[str, object] | None = None) -> str:
        """One wording, typed as people type, with its values."""
        return fill(self.typed(rng, split, self.pattern(rng, split)), values or {})

    def typed(self, rng: Random, split: Split, pattern: str) -> str:
        text = expand(rng, pattern)
        if split == "train":
            text = _terse(rng, text)
        has_slot_at_end = text.endswith("}")
        if self.kind == "question":
            text = _framed_anew(rng, text)
        if self.kind != "plain":
            if rng.random() < 0.3:
                text = rng.choice(_OPENERS[self.kind]) + _lower_first(text)
            if self.kind == "command" and not has_slot_at_end and rng.random() < 0.25:
                text = text.rstrip(".") + rng.choice(_CLOSERS)
        text = _cased(rng, text)
        if not _ends_in_words(text):
            text = _ended(rng, text, self.kind)
        return mistyped(rng, text) if rng.random() < _MISTAKES[split] else text


def wordings(kind: Kind, text: str, combined: str = "") -> Wordings:
    """The patterns of a text, one a line; of ``combined``, one a paragraph.

    A paragraph ``part = one|another`` names choices, which a pattern takes by ``<part>``.
    """
    lines = (line.strip() for line in text.splitlines())
    parts: dict[str, str] = {}
    patterns = []
    for paragraph in re.split(r"\n\s*\n", combined.strip()):
        whole = " ".join(line.strip() for line in paragraph.splitlines())
        named = _NAMED.fullmatch(whole)
        if named:
            parts[named[1]] = f"[{named[2]}]"
        elif whole:
            patterns.append(_PART.sub(lambda found: parts[found[1]], whole))
    return Wordings(tuple(line for line in lines if line), kind, tuple(patterns))


@cache
def _held_out(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns whose every word stands in others too, and of whose wordings none is a trained one's."""
    words = {pattern: set(re.findall(r"[^\s\[\]|:,]+", pattern.lower())) for pattern in patterns}
    said = {pattern: set(_expansions(pattern)) for pattern in patterns}
    seen = Counter(word for pattern in patterns for word in words[pattern])
    times_said = Counter(wording for pattern in patterns for wording in said[pattern])
    held: set[str] = set()
    for pattern in Random(0).sample(patterns, len(patterns)):
        is_known = all(seen[word] > SEEN_ELSEWHERE for word in words[pattern])
        is_new = all(times_said[wording] == 1 for wording in said[pattern])
        if is_known and is_new and len(held) < len(patterns) // HELD_OUT_EVERY:
            held.add(pattern)
            seen.subtract(words[pattern])
    trained = {_unframed(wording) for pattern in patterns if pattern not in held for wording in said[pattern]}
    return tuple(
        pattern
        for pattern in patterns
        if pattern in held and trained.isdisjoint(_unframed(wording) for wording in said[pattern])
    )


@cache
def _others(patterns: tuple[str, ...]) -> tuple[str, ...]:
    held = set(_held_out(patterns))
    return tuple(pattern for pattern in patterns if pattern not in held)


@cache
def _never_trained(patterns: tuple[str, ...]) -> frozenset[str]:
    """All that the held-out ones can say."""
    return frozenset(_unframed(wording) for pattern in _held_out(patterns) for wording in _expansions(pattern))


def _expansions(pattern: str) -> list[str]:
    """All that a pattern can say, alike where only case, punctuation and openers differ."""
    found = _CHOICE.search(pattern)
    if found:
        every = (pattern[: found.start()] + choice + pattern[found.end() :] for choice in found[1].split("|"))
        return [wording for one in every for wording in _expansions(one)]
    return [_plain(pattern)]


def _plain(wording: str) -> str:
    plain = " ".join(re.sub(r"[:,.!?]", " ", wording.lower()).split())
    for opener in ("please", "can you", "could you", "tell me", "hi", "hello", "hey", "now", "and", "so", "ok"):
        plain = plain.removeprefix(f"{opener} ")
    return plain


def _unframed(wording: str) -> str:
    """What is asked, without the frame it is asked in."""
    for frame in _FRAMES:
        wording = wording.removeprefix(frame.lower())
    return wording


def _framed_anew(rng: Random, text: str) -> str:
    """Often in another frame: "how do I", "can I", "I want to" and their like say the same."""
    for frame in _FRAMES:
        if text.startswith(frame):
            return rng.choice(_FRAMES) + text.removeprefix(frame) if rng.random() < 0.4 else text
    return text


def expand(rng: Random, pattern: str) -> str:
    """A pattern with its choices made, inner ones first."""
    while "[" in pattern:
        made = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), pattern)
        if made == pattern:
            break
        pattern = made
    return re.sub(" +([,.] )", r"\1", re.sub(" {2,}", " ", pattern)).strip()


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


def _ends_in_words(text: str) -> bool:
    """Whether it ends in words that are the user's, of which a full stop would be a part."""
    return text.endswith(_WORDS_OF_THE_USER)


def _terse(rng: Random, text: str) -> str:
    """Now and then without one of the small words, as people in a hurry type."""
    words = text.split(" ")
    small = [i for i, word in enumerate(words) if word in _SMALL_WORDS]
    if len(words) > 4 and small and rng.random() < 0.1:
        del words[rng.choice(small)]
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
