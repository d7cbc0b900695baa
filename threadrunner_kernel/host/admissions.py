"""The models that are to be loaded and have no runner yet: reckoned, and let in when there is room.

Part of the model table: it runs in the table's one task, and changes a row by the table's own methods only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from threadrunner_kernel.errors import ModelLoadFailed, ThreadRunnerError
from threadrunner_kernel.host.policy import make_room
from threadrunner_kernel.host.records import Record, Wishes
from threadrunner_kernel.host.room import Memory, Needs, too_large
from threadrunner_kernel.models import ModelRef
from threadrunner_kernel.models.space import Space

logger = logging.getLogger("threadrunner.host")


class Rows(Protocol):
    """What the table does for it."""

    def snapshot(self) -> list[Record]: ...
    def post(self, act: Callable[[], None]) -> None: ...
    def evict(self, record: Record, newcomer: Record) -> None: ...
    def launch(self, record: Record, needs: Needs, free_bytes: int) -> None: ...
    def refuse(self, record: Record, error: ThreadRunnerError) -> None: ...


class Admissions:
    """See the module. ``holder`` says in words who is behind a lease."""

    def __init__(self, table: Rows, memory: Memory, holder: Callable[[str], str]) -> None:
        self._table = table
        self._memory = memory
        self._holder = holder
        # In the order they were asked for; ``None`` while they are reckoned, or refused.
        self._coming: dict[ModelRef, tuple[Record, Needs | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, record: Record) -> None:
        self._coming[record.ref] = (record, None)
        self._spawn(self._reckon(record))

    def drop(self, ref: ModelRef) -> None:
        """The model is not wanted any more."""
        self._coming.pop(ref, None)

    def look_again(self) -> None:
        """There is more room than before: whose turn is it?"""
        for record, needs in list(self._coming.values()):
            if needs:
                self._find_room(record, needs)

    async def _reckon(self, record: Record) -> None:
        wishes = record.wishes
        try:
            needs = await asyncio.to_thread(self._memory.needs, record.ref, wishes, self._table.snapshot())
        except Exception as exc:  # whatever it is, somebody waits for an answer
            error = _in_a_sentence(exc, record.ref)
            self._table.post(lambda: self._give_up(record, error))
        else:
            self._table.post(lambda: self._reckoned(record, wishes, needs))

    def _reckoned(self, record: Record, wishes: Wishes, needs: Needs) -> None:
        # It may have been dropped, and begun again otherwise.
        if self._coming.get(record.ref) == (record, None) and record.wishes is wishes:
            self._coming[record.ref] = (record, needs)
            self._find_room(record, needs)

    def _find_room(self, record: Record, needs: Needs) -> None:
        """Have it started, or have others go first, or refuse it."""
        others = [other for other in self._table.snapshot() if other.run]
        free = self._memory.free(needs, others)
        occupants = [other.occupant() for other in others]
        for estimate in (needs.good, needs.least):
            room = make_room(needs.split.space(estimate), free, occupants)
            if not room.fits:
                continue
            for place in room.leaving:
                self._table.evict(others[place], record)
            if not room.leaving and not room.is_waiting:
                self._let_in(record, needs, needs.usable_bytes(free))
            return
        if record.wishes.is_forced:
            self._let_in(record, needs, needs.usable_bytes(free))
            return
        self._coming[record.ref] = (record, None)
        could_be_free = sum((each.space for each in occupants if not each.is_busy or each.is_leaving), free)
        self._spawn(self._refuse(record, needs, could_be_free))

    def _let_in(self, record: Record, needs: Needs, free_bytes: int) -> None:
        del self._coming[record.ref]
        self._table.launch(record, needs, free_bytes)

    async def _refuse(self, record: Record, needs: Needs, free: Space) -> None:
        try:
            instead = await asyncio.to_thread(self._memory.alternatives, needs, free)
        except Exception:
            logger.exception("what would fit instead of %s cannot be told", record.ref.name)
            instead = []
        self._table.post(lambda: self._give_up(record, too_large(needs, free, instead, self.busy())))

    def _give_up(self, record: Record, error: ThreadRunnerError) -> None:
        if self._coming.pop(record.ref, None):
            self._table.refuse(record, error)

    def busy(self) -> list[str]:
        """Who is in the way: the models that do not go, and for whom they generate."""
        sentences = []
        for record in self._table.snapshot():
            if record.active:
                holders = sorted({self._holder(lease) for lease, count in record.generating.items() if lease and count})
                sentences.append(f"{record.ref.name} is generating{' for ' if holders else ''}{', '.join(holders)}")
            elif record.run and record.state == "starting":
                sentences.append(f"{record.ref.name} is being loaded")
        return sentences

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _in_a_sentence(exc: Exception, ref: ModelRef) -> ThreadRunnerError:
    if isinstance(exc, ThreadRunnerError):
        return exc
    logger.error("%s cannot be reckoned", ref.name, exc_info=exc)
    return ModelLoadFailed(f"The header of {ref.name} could not be read ({type(exc).__name__}: {exc}).")
