"""What the runners use of the machine: processor, memory, a GPU's memory. Looked up when asked, off the loop."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from threadrunner_kernel.memory import memory_bytes

# Two looks that are closer than this have too few ticks of the processor's clock between them.
SHORTEST_SECONDS = 0.2
ASK_GPU_SECONDS = 5.0
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Use:
    """What one process uses; ``cpu_percent`` is of one core, since the last look or, at the first, all its life."""

    memory_bytes: int = 0
    cpu_percent: float = 0.0
    gpu_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """How much processor time a process had used at a ``time.monotonic`` moment."""

    moment: float
    cpu_seconds: float
    percent: float


class Resources:
    """See the module. It may be asked by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: dict[int, Sample] = {}
        psutil.cpu_percent()  # the next call tells of the time since this one

    def look(self, pids: Iterable[int]) -> dict[int, Use]:
        """What each process uses now; one that has gone uses nothing."""
        pids = list(pids)
        gpu = gpu_bytes() if pids else {}
        with self._lock:
            percents = {pid: self._cpu_percent(pid) for pid in pids}
            self._samples = {pid: sample for pid, sample in self._samples.items() if pid in percents}
        return {pid: Use(memory_bytes(pid), round(percents[pid], 1), gpu.get(pid, 0)) for pid in pids}

    def _cpu_percent(self, pid: int) -> float:
        now, before = time.monotonic(), self._samples.get(pid)
        if before and now - before.moment < SHORTEST_SECONDS:
            return before.percent
        try:
            process = psutil.Process(pid)
            used = sum(process.cpu_times()[:2])
            begun = before or Sample(now - max(SHORTEST_SECONDS, time.time() - process.create_time()), 0.0, 0.0)
        except psutil.Error:
            return 0.0
        percent = max(0.0, 100 * (used - begun.cpu_seconds) / (now - begun.moment))
        self._samples[pid] = Sample(now, used, percent)
        return percent


def gpu_bytes() -> dict[int, int]:
    """Memory of NVIDIA's GPUs by process, as ``nvidia-smi`` says; nothing where it is missing or does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return {}
    command = [program, "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]
    used: dict[int, int] = {}
    with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=ASK_GPU_SECONDS).stdout
        for line in said.splitlines():
            pid, size = (int(word) for word in line.split(","))
            used[pid] = used.get(pid, 0) + size * MIB
    return used
