"""What the machine has free, and what our processes use."""

from __future__ import annotations

import contextlib
from pathlib import Path


def available_bytes() -> int:
    """Memory that a new process can really have: the machine's, within this control group's limit."""
    import psutil  # 6 ms, and a kernel's start shall not wait for it

    free = int(psutil.virtual_memory().available)
    for limit_file, used_file in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        with contextlib.suppress(OSError, ValueError):
            free = min(free, int(Path(limit_file).read_text()) - int(Path(used_file).read_text()))
    return max(0, free)


def memory_bytes(pid: int | None) -> int:
    """Resident memory of a process; 0 when it is gone."""
    import psutil

    if pid is not None:  # psutil takes None for this very process
        with contextlib.suppress(psutil.Error):
            return int(psutil.Process(pid).memory_info().rss)
    return 0


def text_size(size_bytes: float) -> str:
    """A size for people."""
    for unit in ("bytes", "KB", "MB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB"
