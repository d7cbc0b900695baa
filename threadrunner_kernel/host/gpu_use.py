"""What NVIDIA's GPUs hold, in all and for each process, as far as ``nvidia-smi`` tells.

A machine without it has no numbers here: on Apple's the GPU has the processor's own memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import time
from dataclasses import dataclass, field

MIB = 1 << 20
ANSWER_SECONDS = 10.0
# It takes a moment to answer: who watches gets what was there just now, and nobody gets what was there long ago.
FRESH_SECONDS = 2.0
STALE_SECONDS = 10.0
WAIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU."""

    name: str
    used_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class GpuUse:
    """``by_process`` has those processes that hold memory of a GPU; a container may hide them."""

    gpus: tuple[Gpu, ...] = ()
    by_process: dict[int, int] = field(default_factory=dict)


class GpuMeter:
    """Asks when it is asked, beside the event loop, and never twice at once."""

    def __init__(self) -> None:
        self._known = GpuUse()
        self._moment = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def now(self) -> GpuUse:
        """The numbers of this moment, or nearly so; none where there is no GPU, or no answer yet."""
        if shutil.which("nvidia-smi") is None:
            return GpuUse()
        age_seconds = time.monotonic() - self._moment
        if age_seconds > FRESH_SECONDS and (self._asking is None or self._asking.done()):
            self._asking = asyncio.create_task(self._ask())
        if age_seconds > STALE_SECONDS and self._asking:
            await asyncio.wait({self._asking}, timeout=WAIT_SECONDS)
        return self._known if time.monotonic() - self._moment <= STALE_SECONDS else GpuUse()

    async def _ask(self) -> None:
        self._known = await asyncio.to_thread(look)
        self._moment = time.monotonic()


def look() -> GpuUse:
    """Ask ``nvidia-smi``; it blocks."""
    gpus = _answer("--query-gpu=memory.used,memory.total,name")
    return GpuUse(read_gpus(gpus), read_processes(_answer("--query-compute-apps=pid,used_gpu_memory")))


def read_gpus(said: str) -> tuple[Gpu, ...]:
    """The GPUs in lines of ``used, total, name``; numbers are MiB, and one that is not a number is not there."""
    rows = [[cell.strip() for cell in line.split(",", 2)] for line in said.splitlines()]
    return tuple(
        Gpu(row[2], int(row[0]) * MIB, int(row[1]) * MIB)
        for row in rows
        if len(row) == 3 and row[0].isdecimal() and row[1].isdecimal()
    )


def read_processes(said: str) -> dict[int, int]:
    """Bytes by process, in lines of ``pid, MiB``, of which a process has one for each GPU that it uses."""
    held: dict[int, int] = {}
    for line in said.splitlines():
        pid, _, size = (cell.strip() for cell in line.partition(","))
        if pid.isdecimal() and size.isdecimal():
            held[int(pid)] = held.get(int(pid), 0) + int(size) * MIB
    return held


def _answer(question: str) -> str:
    command = ["nvidia-smi", question, "--format=csv,noheader,nounits"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=True, timeout=ANSWER_SECONDS
        ).stdout
    return ""
