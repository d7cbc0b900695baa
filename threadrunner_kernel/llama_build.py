"""The build of llama.cpp in this Python: how it is tried out in a process of its own, and what is remembered of that.

It never imports llama.cpp: a build for another CPU may end the process that does.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import sys
from pathlib import Path

from threadrunner_kernel.endpoint import socket_folder
from threadrunner_kernel.errors import ThreadRunnerError

# It prints what it found as JSON, and ends with 0 when models can run here.
PROBE = [sys.executable, "-m", "threadrunner_kernel.runner.probe"]


def is_here() -> bool:
    """Whether llama-cpp-python is installed, working or not."""
    found = importlib.util.find_spec("llama_cpp")
    return found is not None and found.origin is not None


def is_known_to_work() -> bool:
    """Whether this very build has computed on this CPU since the last boot, so that it need not be tried again."""
    note = _note()
    with contextlib.suppress(OSError):
        return note is not None and note.exists()
    return False


def remember() -> None:
    """Note that this build works on this CPU. A failure is never noted: what it lacked may come back."""
    note = _note()
    if note is not None:
        with contextlib.suppress(OSError):
            note.touch(mode=0o600)


def forget() -> None:
    """It does not work any more."""
    note = _note()
    if note is not None:
        with contextlib.suppress(OSError):
            note.unlink(missing_ok=True)


def cpu_flags() -> set[str]:
    """What the CPU has, as Linux tells; empty where it does not."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), []))


def _note() -> Path | None:
    """The file that says so, beside the sockets: closed to others, and gone at the next boot."""
    build = _build()
    if build is None:
        return None
    known = json.dumps([build, sys.version, platform.machine(), platform.node(), sorted(cpu_flags())])
    with contextlib.suppress(ThreadRunnerError):
        return socket_folder() / f"works-{hashlib.sha256(known.encode()).hexdigest()[:16]}"
    return None


def _build() -> list[tuple[str, int, int]] | None:
    """The build's files, with their sizes and times; ``None`` where they cannot be told (an editable one)."""
    found = importlib.util.find_spec("llama_cpp")
    if found is None or found.origin is None:
        return None
    package = Path(found.origin).parent
    libraries = Path(os.environ.get("LLAMA_CPP_LIB_PATH") or package / "lib")
    try:
        files = sorted(file for file in libraries.iterdir() if file.is_file())
        stats = [(str(file), file.stat()) for file in (*package.glob("*.py"), *files)]
    except OSError:
        return None
    return sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats) if files else None
