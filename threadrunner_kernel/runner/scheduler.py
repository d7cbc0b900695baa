"""What the next step computes, as pure functions over plain data: no threads, no llama.cpp, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# A last chunk of fewer rows may take another matrix kernel, whose sums round otherwise: what is repeatable must not.
SMALLEST_LAST_CHUNK = 8
# Without an abort flag a cancel waits for the step under way: so long may it take, and so small may it become.
STEP_SECONDS = 0.04
SMALLEST_BUDGET = 2 * SMALLEST_LAST_CHUNK


@dataclass(frozen=True, slots=True)
class Work:
    """One generation as the scheduler sees it. ``unread`` tokens of its prompt are still to be read."""

    id: int
    unread: int
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one generation in a step: ``rows`` tokens of its prompt, or one row that continues its answer."""

    id: int
    rows: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one ``llama_decode`` computes. An exact one serves a single generation."""

    parts: tuple[Part, ...]
    is_exact: bool = False

    @property
    def is_short(self) -> bool:
        """Whether every part is a single row: then it is over at once, and not worth an abort."""
        return all(part.rows == 1 for part in self.parts)


def plan(works: Sequence[Work], budget: int, grid: int | None = None) -> list[Step]:
    """The steps of one round, for works in the order of their arrival; each step has at most ``budget`` rows.

    Where an exact generation's prompt may be cut must be the same each time, ``grid`` is the rows of its steps.

    Every answer gets its next row first, then prompts share what is left, first come first served: a long prompt never
    stalls another's stream. An exact generation has a step of its own, once a round.
    """
    shared: list[Part] = [Part(work.id, 1) for work in works if not work.is_exact and not work.unread][:budget]
    room = budget - len(shared)
    for work in works:
        if work.is_exact or not work.unread or not room:
            continue
        rows = min(work.unread, room)
        shared.append(Part(work.id, rows))
        room -= rows
    steps = [Step(tuple(shared))] if shared else []
    exact = [work for work in works if work.is_exact]
    return steps + [Step((Part(work.id, exact_rows(work.unread, grid or budget)),), is_exact=True) for work in exact]


def exact_rows(unread: int, budget: int) -> int:
    """Rows of an exact generation's next step: its cuts never leave a last chunk that is too small."""
    if unread == 0:
        return 1
    if unread <= budget:
        return unread
    return budget if unread - budget >= SMALLEST_LAST_CHUNK else unread - SMALLEST_LAST_CHUNK


def next_budget(budget: int, rows: int, seconds: float, largest: int) -> int:
    """Rows for the next step so that it takes about ``STEP_SECONDS``, where nothing can end a step before its time.

    A step of few rows says little of the speed; growing is by half at a time, since speed is not linear in the rows.
    """
    if rows * 2 < budget:
        return budget
    fitting = int(rows * STEP_SECONDS / max(seconds, 1e-6))
    return max(SMALLEST_BUDGET, min(fitting, budget + budget // 2, largest))


def fits(needed: int, reserved: Sequence[int], cells: int) -> bool:
    """Whether a request that needs so many cells can join those that have ``reserved`` theirs.

    Sharing is not counted, so the answer errs on the safe side. Alone, a request fits by its own context limit.
    """
    return not reserved or needed + sum(reserved) <= cells


def reservation(prompt: int, max_tokens: int | None, context: int) -> int:
    """Cells that an admitted request counts as: its prompt and the beginning of its answer."""
    return min(context, prompt + min(max_tokens or 256, 256))
