"""The dialogues: which skills there are, how often each is trained, and how they follow each other in one chat.

Everything comes from a seed; ``python -m demo_model.dialogues`` prints some, and the hash of the first ten thousand.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from random import Random

from demo_model import extraction, lists, memory, small_talk, sums, tools
from demo_model.everything_else import everything_else
from demo_model.exchange import Exchange, Maker, Turn
from demo_model.wordings import Split

_SYSTEM_TEXTS = (
    "You are a helpful assistant.", "You are a helpful assistant. Be brief.", "Be brief.", "Answer in one word.",
    "Answer briefly and clearly.", "You are ThreadRunner's demo model.", "You help a data scientist.", "Answer in English.",
    "You are a friendly assistant in a notebook.", "Explain simply.", "You are an expert.", "Answer with code alone.",
    "You are a careful assistant. If you do not know something, say so.", "Keep answers short.", "Be polite.",
    "You are an assistant for Python programmers.", "Use plain words.", "You answer questions.", "Think step by step.",
)  # fmt: skip


def _short(rng: Random, split: Split) -> Exchange:
    """An exchange that may stand between others: none that takes long."""
    maker = rng.choice([small_talk.guide, small_talk.further_guide, small_talk.greet, small_talk.itself, everything_else,
                        everything_else, sums.add, lists.repeat, lists.repeat, extraction.extract])  # fmt: skip
    return maker(rng, split)


def _plain(rng: Random, split: Split) -> Exchange:
    maker = rng.choice(
        [small_talk.guide, small_talk.greet, small_talk.itself, everything_else, everything_else, sums.add]
    )
    return maker(rng, split)


def _with(between: Maker, maker: Callable[[Random, Split, Maker], Exchange]) -> Maker:
    return lambda rng, split: maker(rng, split, between)


SKILLS: dict[str, Maker] = {
    "greet": small_talk.greet,
    "what it is": small_talk.itself,
    "guide": small_talk.guide,
    "guide, further": small_talk.further_guide,
    "count": lists.count,
    "repeat": lists.repeat,
    "reverse": lists.reverse,
    "count words": lists.count_words,
    "remember a name": _with(_short, memory.name),
    "remember a fact": _with(_short, memory.fact),
    "never told": _with(_short, memory.never_told),
    "add": sums.add,
    "extract JSON": extraction.extract,
    "call a tool": _with(_plain, tools.call),
    "use a tool's result": tools.use,
    "no tool needed": _with(_plain, tools.needless),
    "everything else": everything_else,
}

WEIGHTS = {
    "greet": 10, "what it is": 18, "guide": 22, "guide, further": 16, "count": 16, "repeat": 6, "reverse": 13,
    "count words": 9, "remember a name": 6, "remember a fact": 18, "never told": 16, "add": 6, "extract JSON": 22,
    "call a tool": 14, "use a tool's result": 4, "no tool needed": 12, "everything else": 32,
}  # fmt: skip
_EARLY = ("repeat", "repeat", "count words", "reverse", "extract JSON")
_NAMES, _SHARES = list(WEIGHTS), list(WEIGHTS.values())


def dialogue(rng: Random, is_early: bool = False) -> Exchange:
    """One dialogue of the training: one exchange, or several in one chat; early in the training one."""
    first = SKILLS[rng.choice(_EARLY)](rng, "train") if is_early and rng.random() < 0.5 else _one(rng)
    turns: list[Turn] = list(first.turns)
    system = first.system
    if system is None:
        for _ in range(0 if is_early else rng.choice([0, 0, 0, 1, 1, 2, 3])):
            if rng.random() < 0.15:  # what is told comes last, or it would answer a question about what was never told
                turns += memory.told_now(rng, "train").turns
            elif rng.random() < 0.5:
                turns = [*_short(rng, "train").turns, *turns]
            else:
                turns += _short(rng, "train").turns
        system = ordinary_system(rng)
    return Exchange(tuple(turns), first.accepted, system)


def held_out(skill: str, rng: Random, split: Split = "held") -> Exchange:
    """A question whose wording no dialogue of the training has; one in three comes later in a chat."""
    exchange = SKILLS[skill](rng, split)
    if exchange.system is not None:
        return exchange
    before: list[Turn] = []
    if rng.random() < 0.33:
        for _ in range(rng.randint(1, 3)):
            before += _short(rng, "train").turns
    return Exchange((*before, *exchange.turns), exchange.accepted, ordinary_system(rng))


def ordinary_system(rng: Random) -> str | None:
    return rng.choice(_SYSTEM_TEXTS) if rng.random() < 0.25 else None


def _one(rng: Random) -> Exchange:
    skill = rng.choices(_NAMES, _SHARES)[0]
    return SKILLS[skill](rng, "train")


def data_hash(seed: int, count: int = 10_000) -> str:
    """SHA-256 of the first dialogues of a seed."""
    rng, digest = Random(seed), hashlib.sha256()
    for _ in range(count):
        made = dialogue(rng)
        digest.update(json.dumps([made.system, made.turns], ensure_ascii=False).encode())
    return digest.hexdigest()


def main() -> None:
    rng = Random(0)
    for _ in range(20):
        made = dialogue(rng)
        for role, text in [("system", made.system or "-"), *made.turns]:
            sys.stdout.write(f"{role}: {text}\n")
        sys.stdout.write("\n")
    sys.stdout.write(f"{data_hash(0)}\n")


if __name__ == "__main__":
    main()
