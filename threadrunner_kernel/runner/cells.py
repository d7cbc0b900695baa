"""Where generations keep their tokens: the shared cells with their prefix cache, and the lanes of the exact ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from threadrunner_kernel.runner.parking import Parking
from threadrunner_kernel.runner.prefix_cache import PrefixCache, common_length
from threadrunner_kernel.runner.scheduler import SMALLEST_LAST_CHUNK

# Tokens of idle branches that slow nobody down, and that are read again as soon as they are moved.
WORTH_MOVING = 64


class Cells(Protocol):
    """What is asked of a context here (``LlamaContext`` is one)."""

    def reusable(self, sequence: int, length: int) -> int: ...
    def copy(self, source: int, target: int, length: int) -> None: ...
    def cut(self, sequence: int, length: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A sequence to go on with, and how many of the tokens are in its cells already."""

    sequence: int
    length: int


class SharedCells:
    """Sequences over one unified KV cache. A finished one stays as a cached branch until room is needed.

    With ``parking``, branches that no running generation shares are moved there when a generation begins, unless they
    are few tokens. ``is_cuttable``: a prefix of a branch can be gone on from; else (a recurrent state) only all of it.
    """

    def __init__(
        self, cells: Cells, sequences: int, *, is_cuttable: bool = True, parking: Parking | None = None
    ) -> None:
        self._cells = cells
        self._is_cuttable = is_cuttable
        self._parking = parking
        self._free = list(range(sequences))
        self._running: set[int] = set()
        self.cache = PrefixCache()

    def place(self, tokens: Sequence[int]) -> Place:
        """A sequence with the longest prefix that any earlier one left; at least one token stays to be read."""
        if self._parking is not None and self.cache.tokens_apart(tokens, self._running) > WORTH_MOVING:
            while self.evict():
                pass
        if not self._free:
            self.evict()
        sequence = self._free.pop()
        self._running.add(sequence)
        length = self._bring_back(sequence, tokens[:-1]) or self._share(sequence, tokens[:-1])
        if length:
            self.cache.insert(sequence, tokens[:length])
        return Place(sequence, length)

    def _share(self, sequence: int, tokens: Sequence[int]) -> int:
        """Give the sequence the longest prefix that is in the cells; its length."""
        match = (self.cache.match if self._is_cuttable else self.cache.match_whole)(tokens)
        if match.branch is None:
            return 0
        length = self._cells.reusable(match.branch, match.length)
        if length:
            self._cells.copy(match.branch, sequence, length)
        return length

    def _bring_back(self, sequence: int, tokens: Sequence[int]) -> int:
        """Give the sequence a parked prefix, where that is worth it; its length."""
        if self._parking is None:
            return 0
        parked = self._parking.match(tokens)
        if parked.branch is None or parked.length < self.cache.match(tokens).length + WORTH_MOVING:
            return 0
        is_back = self._parking.bring_back(parked.branch, sequence)
        length = self._cells.reusable(sequence, parked.length) if is_back else 0
        return length if self._cells.cut(sequence, length) else 0

    def adopt(self, branches: Mapping[int, list[int]]) -> None:
        """Take in cached branches whose cells are there already."""
        for sequence, tokens in branches.items():
            self._free.remove(sequence)
            self.cache.insert(sequence, tokens)

    def unpark(self) -> None:
        """Bring parked branches back, as there are sequences and cells for them."""
        for tokens in self._parking.newest_first if self._parking is not None else ():
            if not self._free:
                return
            sequence = self._free.pop()
            if self._bring_back(sequence, tokens) == len(tokens):
                self.cache.insert(sequence, tokens)
            else:
                self._drop(sequence)

    def cached_branches(self) -> dict[int, list[int]]:
        """The tokens of each cached branch, by its sequence."""
        return {branch: self.cache.tokens_of(branch) for branch in self.cache.branches}

    def note(self, sequence: int, tokens: Sequence[int]) -> None:
        """The sequence's cells hold these tokens now: others may share them."""
        self.cache.insert(sequence, tokens)

    def forget(self, sequence: int) -> None:
        """What was noted of the sequence holds no longer: others may not share it."""
        self.cache.remove(sequence)

    def checkpoint(self, sequence: int, tokens: Sequence[int]) -> None:
        """Keep what the sequence holds now as a branch of its own, for where a state cannot be cut back to it."""
        if not self._free and not self.evict():
            return
        kept = self._free.pop()
        self._cells.copy(sequence, kept, len(tokens))
        self.cache.insert(kept, tokens)

    def leave(self, sequence: int) -> None:
        """The sequence's generation has ended; what was noted of it stays as a branch."""
        self._running.discard(sequence)
        if sequence not in self.cache:
            self._drop(sequence)

    def give_up(self, sequence: int) -> None:
        """Free a running sequence's cells."""
        self._running.discard(sequence)
        self._drop(sequence)

    def evict(self) -> bool:
        """Free the cells of the branch used longest ago, parked if much would have to be read again; is there one?"""
        for branch in self.cache.branches:
            if branch not in self._running:
                if self._parking is not None and self.cache.own_length(branch) >= WORTH_MOVING:
                    self._parking.park(branch, self.cache.tokens_of(branch))
                self._drop(branch)
                return True
        return False

    @property
    def free_sequences(self) -> int:
        return len(self._free)

    def _drop(self, sequence: int) -> None:
        self._cells.cut(sequence, 0)
        self.cache.remove(sequence)
        self._free.append(sequence)


@dataclass(slots=True, eq=False)
class Lane:
    """A stream for one exact generation at a time. Of its tokens the first ``exact`` were read as prompts."""

    sequence: int
    tokens: list[int] = field(default_factory=list)
    exact: int = 0
    used: int = 0
    is_taken: bool = False


class ExactCells:
    """Lanes in which a token's cell is its position and nobody else's tokens stand.

    What is computed there is the same, to the bit, as in a fresh context: the sums over a KV cache depend on where in
    it the cells lie, and a token that was made (a matrix times a vector) differs from the same token read (a matrix
    times a matrix). So a lane reuses only what was read.
    """

    def __init__(self, cells: Cells, lanes: int, *, is_reusing: bool) -> None:
        self._cells = cells
        self._is_reusing = is_reusing
        self._lanes = [Lane(number) for number in range(lanes)]
        self._clock = 0

    @property
    def has_room(self) -> bool:
        return any(not lane.is_taken for lane in self._lanes)

    def place(self, tokens: Sequence[int]) -> Place:
        """The free lane that has most of the tokens; enough stay to be read for a last chunk of the usual kind."""
        free = [lane for lane in self._lanes if not lane.is_taken]
        lane = max(free, key=lambda lane: (self._shared(lane, tokens), -lane.used))
        length = self._shared(lane, tokens)
        if not self._cells.cut(lane.sequence, length):
            length = 0
        lane.tokens, lane.exact, lane.is_taken = list(tokens[:length]), length, True
        return Place(lane.sequence, length)

    def note(self, sequence: int, tokens: Sequence[int], *, is_read: bool) -> None:
        """The lane's cells hold these tokens now; ``is_read``: the new ones were read in a chunk."""
        lane = self._lanes[sequence]
        if is_read and lane.exact == len(lane.tokens):
            lane.exact = len(tokens)
        lane.tokens = list(tokens)

    def leave(self, sequence: int) -> None:
        self._clock += 1
        lane = self._lanes[sequence]
        lane.is_taken, lane.used = False, self._clock

    def _shared(self, lane: Lane, tokens: Sequence[int]) -> int:
        if not self._is_reusing:
            return 0
        common = common_length(lane.tokens[: lane.exact], tokens)
        return max(0, min(common, len(tokens) - SMALLEST_LAST_CHUNK))
