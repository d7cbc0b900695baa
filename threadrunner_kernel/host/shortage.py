"""When memory is short although all was reckoned: a runner that has outgrown its share ends, before the system chooses.

Part of the model table: it decides in the table's one task, and changes a row by the table's own methods only.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from threadrunner_kernel.host.policy import Holding, relieving
from threadrunner_kernel.host.records import Record
from threadrunner_kernel.host.runs import Run
from threadrunner_kernel.memory import available_bytes, memory_kills, own_bytes, text_size

logger = logging.getLogger("threadrunner.host")

POLL_SECONDS = 1.0
# So many polls the system may need to end a large process that it has chosen.
ENDING_POLLS = 5
# Below this the system itself soon ends a process, and it may be the wrong one.
RESERVE_BYTES = 256_000_000


class Rows(Protocol):
    """What the table does for it."""

    def snapshot(self) -> list[Record]: ...
    def post(self, act: Callable[[], None]) -> None: ...
    def end_for_memory(self, record: Record, cause: str) -> None: ...


class Shortage:
    """See the module. ``limit_bytes`` is what all runners together may take, where somebody has set that."""

    def __init__(self, table: Rows, limit_bytes: int | None) -> None:
        self._table = table
        self._limit_bytes = limit_bytes
        self._kills: deque[int] = deque(maxlen=ENDING_POLLS)

    async def run(self) -> None:
        """Measure all runners again and again."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            runs = [record.run for record in self._table.snapshot() if record.run]
            if runs:
                held = await asyncio.to_thread(self._measure, runs)
                if self._is_short(held):
                    self._table.post(partial(self._relieve, held))

    def _measure(self, runs: Sequence[Run]) -> dict[Run, int]:
        """What each holds; and what the system killed some time ago was none of them."""
        self._kills.append(memory_kills())
        for run in runs:
            run.system_kills = max(run.system_kills, self._kills[0])
        return {run: own_bytes(run.process.pid) for run in runs}

    def _is_short(self, held: Mapping[Run, int]) -> bool:
        is_limit_passed = self._limit_bytes is not None and sum(held.values()) > self._limit_bytes
        return is_limit_passed or available_bytes() < RESERVE_BYTES

    def _relieve(self, held: Mapping[Run, int]) -> None:
        """End what is to end for it, in the table's task: as things are there by now."""
        records = [record for record in self._table.snapshot() if record.run in held]
        runners = [
            Holding(occupant=record.occupant(), held_bytes=held[record.run], most_bytes=record.most_bytes)
            for record in records
            if record.run
        ]
        relief = relieving(runners)
        if relief is None:
            return
        grown = runners[relief.outgrown]
        why = (
            f"the runner of {grown.occupant.name} had come to hold {text_size(grown.held_bytes)} "
            f"(at most {text_size(grown.most_bytes)} were reckoned) and memory was short"
        )
        self._table.end_for_memory(records[relief.leaving], why)
