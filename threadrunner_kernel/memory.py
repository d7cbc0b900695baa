"""What the machine has free, and what our processes use."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")
COUNTERS = Path("/proc/vmstat")


def available_bytes(limit: int | None = None) -> int:
    """Memory that a new process can really have: the machine's, within the control groups' limits and ``limit``."""
    import psutil  # 6 ms, and a kernel's start shall not wait for it

    free = [int(psutil.virtual_memory().available), *cgroup_free_bytes()]
    return max(0, min(free if limit is None else [*free, limit]))


def cgroup_free_bytes(root: Path = CGROUPS, own: Path = OWN_CGROUP) -> list[int]:
    """What each control group that this process is in may still have, where it has a limit.

    The kernel counts cached pages of files as used, and takes them back when memory is short: they are free.
    """
    free = []
    for folder, limit_name, used_name in _cgroup_folders(root, own):
        with contextlib.suppress(OSError, ValueError):
            limit, used = (int((folder / name).read_text()) for name in (limit_name, used_name))
            free.append(limit - used + _cached_bytes(folder))
    return free


def _cgroup_folders(root: Path, own: Path) -> list[tuple[Path, str, str]]:
    """The folders with the limits, and the names of the files (version 2, or 1) that hold them."""
    lines = []
    with contextlib.suppress(OSError):
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    path = next((Path(line[2]) for line in lines if line[0] == "0" and len(line) == 3), Path("/"))
    inner = [root.joinpath(*part.parts[1:]) for part in (path, *path.parents)]
    second = [(folder, "memory.max", "memory.current") for folder in dict.fromkeys([*inner, root])]
    return [*second, (root / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes")]


def _cached_bytes(folder: Path) -> int:
    """Pages of files in a control group's memory."""
    with contextlib.suppress(OSError, ValueError):
        counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return int(counts.get("inactive_file", 0)) + int(counts.get("active_file", 0))
    return 0


def memory_kills(counters: Path = COUNTERS) -> int:
    """How many processes the system has killed since its start because memory ran out; 0 where it does not count."""
    with contextlib.suppress(OSError, ValueError):
        counts = dict(line.split(maxsplit=1) for line in counters.read_text().splitlines())
        return int(counts.get("oom_kill", 0))
    return 0


def memory_bytes(pid: int | None) -> int:
    """Resident memory of a process; 0 when it is gone."""
    info = _memory_info(pid)
    return int(info.rss) if info else 0


def own_bytes(pid: int | None) -> int:
    """As ``memory_bytes``, without the pages of files (a mapped model), which the system counts as available."""
    info = _memory_info(pid)
    return max(0, int(info.rss) - int(getattr(info, "shared", 0))) if info else 0  # only Linux tells them apart


def _memory_info(pid: int | None) -> Any:
    import psutil

    if pid is not None:  # psutil takes None for this very process
        with contextlib.suppress(psutil.Error):
            return psutil.Process(pid).memory_info()
    return None


def text_size(size_bytes: float) -> str:
    """A size for people."""
    for unit in ("bytes", "KB", "MB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB"
