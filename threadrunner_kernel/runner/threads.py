"""How many threads to compute with: the cores that this process is really given, fewer while others need them."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

# Longer than the clock ticks that CPU time is counted in, by far.
SAMPLE_SECONDS = 0.5
# What llama.cpp's threads get done on shared cores, of what their share of the cores could do: they wait for each
# other at every operation, so that one which has lost its core holds up all.
SHARED_EFFICIENCY = 0.6


def default_threads() -> int:
    """Physical cores, within the affinity mask and the control group's quota; at least one."""
    logical = os.cpu_count() or 1
    physical = psutil.cpu_count(logical=False) or logical
    return max(1, min(physical, usable_cores(), cgroup_cpus()))


def usable_cores() -> int:
    """Logical cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cgroup_cpus(root: Path = Path("/sys/fs/cgroup")) -> int:
    """The control group's CPU quota in whole CPUs; a large number where there is none."""
    with contextlib.suppress(OSError, ValueError):
        quota, period = (root / "cpu.max").read_text().split()
        if quota != "max":
            return max(1, math.floor(int(quota) / int(period)))
    return 1 << 16


def hungry_threads(cores: int, threads: int, others: float, own: float) -> float:
    """Threads of other processes that would use a core of their own if they had one.

    ``others`` and ``own`` are the cores used, of ``cores``. While some are idle the others have what they want; else
    all share alike, ``threads`` of them ours.
    """
    if others + own < 0.9 * cores or others >= cores:
        return others
    return others * threads / (cores - others)


def fitting_threads(most: int, cores: int, hungry: float) -> int:
    """Threads that get most done, up to ``most``: those that have a core to themselves, or all on shared cores."""
    free = math.floor(cores - hungry + 0.5)
    shared = SHARED_EFFICIENCY * most * cores / (cores + hungry)
    return free if shared < free < most else most


class ThreadChooser:
    """Watches what other processes use of the cores while this one computes."""

    def __init__(
        self,
        most: int,
        cores: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        machine_seconds: Callable[[], float] | None = None,
        own_seconds: Callable[[], float] = time.process_time,
    ) -> None:
        self._most = most
        self._cores = cores
        self._clock = clock
        self._machine_seconds = machine_seconds or busy_seconds
        self._own_seconds = own_seconds
        self._sampled = (clock(), self._machine_seconds(), own_seconds())
        self._seen = most
        self.threads = most

    def choose(self) -> int:
        """Threads for the next step; cheap enough to ask before each."""
        now = self._clock()
        passed = now - self._sampled[0]
        if passed >= SAMPLE_SECONDS:
            before, self._sampled = self._sampled, (now, self._machine_seconds(), self._own_seconds())
            if passed < 4 * SAMPLE_SECONDS:  # after a rest the sample says little of now
                own = (self._sampled[2] - before[2]) / passed
                others = max(0.0, (self._sampled[1] - before[1]) / passed - own)
                fitting = fitting_threads(
                    self._most, self._cores, hungry_threads(self._cores, self.threads, others, own)
                )
                if fitting == self._seen:  # twice in a row: a passing moment changes nothing
                    self.threads = fitting
                self._seen = fitting
        return self.threads


def busy_seconds() -> float:
    """CPU seconds that all processes have used, since the machine's start, of the cores that this one may run on."""
    every = psutil.cpu_times(percpu=True)
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(len(every))
    return sum(_busy(every[core]) for core in allowed if core < len(every))


def _busy(times: Any) -> float:
    idle = times.idle + getattr(times, "iowait", 0.0)
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # counted as the user's already
    return float(sum(times) - idle - guests)
