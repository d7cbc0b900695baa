"""What hosts and runners that ended leave in the folder of sockets: sockets that nobody answers on, locks nobody holds.

A host removes them when it starts, ``threadrunner doctor`` tells of them.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from threadrunner_kernel.endpoint import Endpoint

# The shared and the private hosts' files (endpoint.py, launcher.py), and those of the runners of the host PID.
HOST_FILE = re.compile(r"(?P<stem>host-[0-9a-f]{16}|private-\d+-[0-9a-f]+)\.(sock|json|owner|lock)(\.\d+)?")
RUNNER_FILE = re.compile(r"(?P<stem>runner-(?P<pid>\d+)-\d+)\.(sock|json|key)(\.\d+)?")


def leftovers(folder: Path) -> list[Path]:
    """Those files of ours in ``folder`` that belong to nobody any more. Nothing is changed."""
    return [path for files in _groups(folder) if not _is_used(files) for path in files]


def sweep(folder: Path) -> int:
    """Remove them; how many there were. What begins to be used meanwhile stays."""
    return sum(_remove(files) for files in _groups(folder))


def _groups(folder: Path) -> Iterator[list[Path]]:
    """The files of each host and of each runner."""

    def stem(path: Path) -> str:
        match = HOST_FILE.fullmatch(path.name) or RUNNER_FILE.fullmatch(path.name)
        return match["stem"] if match else ""

    for name, files in groupby(sorted(folder.iterdir(), key=stem), key=stem):
        if name:
            yield list(files)


def _is_used(files: list[Path]) -> bool:
    with contextlib.ExitStack() as held:
        return not _is_nobodys(files, held)


def _remove(files: list[Path]) -> int:
    with contextlib.ExitStack() as held:
        locked = files
        if host := HOST_FILE.fullmatch(files[0].name):
            # Its lock may be gone before its socket: no host may take that while we look.
            owner = files[0].with_name(f"{host['stem']}.owner")
            locked = [*files, *([owner] if owner not in files else [])]
        # A lock is removed while it is held. Who waits for it notices that, and makes a new one.
        if not _is_nobodys(locked, held):
            return 0
        for path in locked:
            with contextlib.suppress(OSError):  # Windows: somebody has it open
                path.unlink(missing_ok=True)
    return len(files)


def _is_nobodys(files: list[Path], held: contextlib.ExitStack) -> bool:
    """Whether these files of one process belong to nobody; its locks are then held by us until ``held`` is closed."""
    runner = RUNNER_FILE.fullmatch(files[0].name)
    if (runner and _has_process(int(runner["pid"]), files)) or any(map(_answers, files)):
        return False
    # A host holds the first for life, and who starts one the second.
    if not all(_take(path, held) for path in sorted(files, key=lambda path: path.suffix != ".owner") if _is_lock(path)):
        return False
    return not any(map(_answers, files))  # nobody began in between


def _is_lock(path: Path) -> bool:
    return path.suffix in (".owner", ".lock")


def _take(path: Path, held: contextlib.ExitStack) -> bool:
    from filelock import FileLock, Timeout  # 15 ms, and a client that finds its host needs none

    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return False
    held.callback(lock.release)
    return True


def _has_process(pid: int, files: list[Path]) -> bool:
    """Whether the host that made these files lives; a younger process only has its number."""
    import psutil

    try:
        return psutil.Process(pid).create_time() <= max(path.lstat().st_mtime for path in files) + 1
    except psutil.NoSuchProcess:
        return False
    except (psutil.Error, OSError):  # it may not be looked at; a file has just gone
        return True


def _answers(path: Path) -> bool:
    """Whether somebody may listen there: only a refusal, or a file that names no port, says that nobody does."""
    if path.suffix not in (".sock", ".json"):
        return False
    try:
        Endpoint(path, "unix" if path.suffix == ".sock" else "tcp").connect(1.0).close()
    except (ConnectionRefusedError, FileNotFoundError, KeyError):
        return False
    except OSError:
        return True
    return True
