"""Branches that are kept outside the KV cache: llama.cpp's state of a sequence, in this process's own memory.

Every token that is made is compared with all cells up to the highest one in use, whosever they are. A branch that
nobody goes on from would cost each answer of the others; parked it costs memory, and some milliseconds to bring back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from threadrunner_kernel.runner.prefix_cache import Match, PrefixCache


class Sequences(Protocol):
    """What is asked of a context here (``LlamaContext`` is one)."""

    def read_out(self, sequence: int) -> Any: ...
    def take_in(self, sequence: int, state: Any) -> bool: ...


@dataclass(frozen=True, slots=True)
class Parked:
    """A branch: its tokens, and the state of the sequence that held them (a buffer)."""

    tokens: list[int]
    state: Any


class Parking:
    """Parked branches, in ``most_bytes`` at most: the one used longest ago goes first."""

    def __init__(self, sequences: Sequences, most_bytes: int) -> None:
        self._sequences = sequences
        self._most_bytes = most_bytes
        self._parked: dict[int, Parked] = {}
        self._cache = PrefixCache()
        self._number = 0

    def __len__(self) -> int:
        return len(self._parked)

    @property
    def size_bytes(self) -> int:
        return sum(len(parked.state) for parked in self._parked.values())

    @property
    def newest_first(self) -> list[list[int]]:
        """The tokens of each branch, the one used last first."""
        return [self._parked[number].tokens for number in reversed(self._cache.branches)]

    def park(self, sequence: int, tokens: list[int]) -> None:
        """Keep what a sequence holds. Branches that are the beginning of this one are not needed any more."""
        while (begun := self._cache.match_whole(tokens)).branch is not None:
            self._remove(begun.branch)
        self._number += 1
        self._parked[self._number] = Parked(tokens, self._sequences.read_out(sequence))
        self._cache.insert(self._number, tokens)
        while self.size_bytes > self._most_bytes:
            self._remove(self._cache.branches[0])

    def match(self, tokens: Sequence[int]) -> Match:
        """The longest prefix of ``tokens`` that is parked; its branch is for ``bring_back``."""
        return self._cache.match(tokens)

    def bring_back(self, branch: int, sequence: int) -> bool:
        """Give an empty sequence what is parked; whether the cells had room for it."""
        return self._sequences.take_in(sequence, self._parked[branch].state)

    def _remove(self, branch: int) -> None:
        del self._parked[branch]
        self._cache.remove(branch)
