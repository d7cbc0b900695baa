"""How many threads to compute with: the cores that this process is really given."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

import psutil


def default_threads() -> int:
    """Physical cores, within the affinity mask and the control group's quota; at least one."""
    logical = os.cpu_count() or 1
    physical = psutil.cpu_count(logical=False) or logical
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else logical
    return max(1, min(physical, usable, cgroup_cpus()))


def cgroup_cpus(root: Path = Path("/sys/fs/cgroup")) -> int:
    """The control group's CPU quota in whole CPUs; a large number where there is none."""
    with contextlib.suppress(OSError, ValueError):
        quota, period = (root / "cpu.max").read_text().split()
        if quota != "max":
            return max(1, math.floor(int(quota) / int(period)))
    return 1 << 16
