"""Hosts and runners that run on although nobody can reach them or wait for them any more."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import psutil

from threadrunner_kernel.doctor.finding import Finding, ok, warn
from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.errors import ThreadRunnerError

HOST = "threadrunner_kernel.host"
# Every engine's process has the name of its socket, of its port's file or of its key in its command (host/children.py).
RUNNERS_FILE = re.compile(r"runner-\d+-\d+\.(sock|json|key)")
# A host that has just started does not listen yet.
YOUNG_SECONDS = 60.0
# A host that leaves may still be waiting for a runner that saves its prompt cache (host/daemon.py).
HOST_GRACE_SECONDS = 40.0
RUNNER_GRACE_SECONDS = 3.0
KILL_SECONDS = 10.0
POLL_SECONDS = 0.05


def processes() -> Iterator[Finding]:
    """Those of this user, whatever their home folder is."""
    count = 0
    for process, command in _ours():
        runs_host = HOST in command
        count += 1
        if runs_host and _is_unreachable(process, command):
            what, grace = "a host that has lost its socket", HOST_GRACE_SECONDS
        elif not runs_host and _is_orphan(process):
            what, grace = "a runner whose host has ended", RUNNER_GRACE_SECONDS
        else:
            continue
        found = warn("processes", f"process {process.pid} is {what}", f"It holds memory for nobody: kill {process.pid}")
        yield found.mended_by(f"End process {process.pid}, {what}", partial(end, process.pid, grace))
        count -= 1
    yield ok(
        "processes", f"{count} hosts and runners, each as it should be" if count else "no host or runner is running"
    )


def end(pid: int, grace_seconds: float) -> str:
    """Ask it to end, and end it after the grace.

    Raises:
        ThreadRunnerError: it may not be ended from here.
    """
    try:
        process = psutil.Process(pid)
        process.terminate()
        process.resume()  # one that was stopped hears nothing
        if not _ends(process, grace_seconds):
            process.kill()
            if not _ends(process, KILL_SECONDS):
                raise ThreadRunnerError(f"Process {pid} does not end: the system holds it, in a driver or for a disk.")
    except psutil.NoSuchProcess:
        return f"process {pid} has ended by itself"
    except psutil.Error as exc:
        raise ThreadRunnerError(f"Process {pid} could not be ended: {exc}.") from exc
    return f"process {pid} has ended"


def _ends(process: psutil.Process, timeout_seconds: float) -> bool:
    """Whether it ends in this time. One that only waits for its parent to notice has ended."""
    deadline = time.monotonic() + timeout_seconds
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
    return True


def _ours() -> Iterator[tuple[psutil.Process, list[str]]]:
    """This user's hosts and the processes that models run in, with their commands."""
    user = psutil.Process().username()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            command = process.cmdline()  # a zombie has none
            is_ours = HOST in command or any(RUNNERS_FILE.fullmatch(Path(word).name) for word in command)
            if is_ours and process.username() == user and _is_in_our_world(process.pid):
                yield process, command


def _is_in_our_world(pid: int) -> bool:
    """Whether it sees our files and process numbers: one in a container has others of the same names."""
    if sys.platform != "linux":
        return True
    return all(os.readlink(f"/proc/{pid}/ns/{kind}") == os.readlink(f"/proc/self/ns/{kind}") for kind in ("mnt", "pid"))


def _is_unreachable(process: psutil.Process, command: Sequence[str]) -> bool:
    with contextlib.suppress(psutil.Error, ValueError, IndexError):
        if time.time() - process.create_time() < YOUNG_SECONDS:
            return False
        path = Path(command[command.index("--endpoint") + 1])
        endpoint = Endpoint(path, "unix" if path.suffix == ".sock" else "tcp")
        listener = endpoint.listener_pid()
        return listener != process.pid if listener is not None else not endpoint.is_served()
    return False


def _is_orphan(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        parent = process.parent()
        return parent is None or HOST not in parent.cmdline()
    return False
