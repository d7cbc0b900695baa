"""A child process with a life that can be read: start, wait until ready, watch, stop, die with its parent.

One class for every child (the host, a runner, llama.cpp's own server). It reports; what to do next is the owner's.
It blocks: asynchronous owners call ``wait_ready`` and ``stop`` on a thread.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from threadrunner_kernel.endpoint import Endpoint

State = Literal["stopped", "starting", "ready", "stopping", "failed"]
HealthReport = Callable[[dict[str, Any]], None]

POLL_SECONDS = 0.03
TAIL_BYTES = 4000
LARGEST_LOG_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Exit:
    """How a child ended: its return code (negative: the signal) and the last lines that it wrote.

    ``cause`` is for its owner, where he knows why.
    """

    code: int
    tail: str = ""
    cause: str = ""

    @property
    def is_native_crash(self) -> bool:
        """Whether the machine code itself failed: a bad instruction, a bad address, an assertion."""
        crashes = {signal.SIGILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, getattr(signal, "SIGBUS", None)}
        return -self.code in crashes

    def __str__(self) -> str:
        if self.code >= 0:
            return f"ended with exit code {self.code}"
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-self.code).name}"
        return f"was ended by signal {-self.code}"


class ChildExited(Exception):
    """The child ended before it was ready."""

    def __init__(self, report: Exit) -> None:
        super().__init__(str(report))
        self.report = report


class ChildFailed(Exception):
    """The child says itself, by its ``/health``, that it can never be ready."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.body = body


class ChildProcess:
    """One child. ``on_exit`` is called once, on a thread of its own, with how it ended.

    ``is_private`` gives it a pipe on stdin that ends with this process, which a program of ours watches
    (``die_with_parent``); otherwise it outlives this process.
    """

    def __init__(
        self,
        command: Sequence[str],
        endpoint: Endpoint,
        *,
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
        is_private: bool = True,
        on_exit: Callable[[Exit], None] | None = None,
    ) -> None:
        self.command = list(command)
        self.endpoint = endpoint
        self.log = log
        self.environment = environment
        self.is_private = is_private
        self.on_exit = on_exit
        self.state: State = "stopped"
        self.exit: Exit | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._ended = threading.Event()

    def __repr__(self) -> str:
        return f"<ChildProcess pid={self.pid} {self.state}>"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it, in a session of its own: a Ctrl-C in a terminal or a kernel is not meant for it.

        Raises:
            OSError: the program cannot be run.
        """
        with self._open_log() as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE if self.is_private else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.environment) if self.environment is not None else None,
                cwd=Path(sys.prefix),  # never the folder of a notebook, which may go away
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
            )
        self.state = "starting"
        threading.Thread(target=self._watch, name=f"watch-{self.pid}", daemon=True).start()

    def wait_ready(
        self,
        report: HealthReport | None = None,
        timeout_seconds: float | None = None,
        check: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        """Poll ``/health`` until it answers 200, with that body; ``report`` gets every body before it.

        ``check`` is called at each poll and may raise, to end the wait and leave the child as it is.

        Raises:
            ChildExited: it ended first.
            ChildFailed: it says that it failed.
            TimeoutError: it was not ready in time.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while not self._ended.wait(POLL_SECONDS):
            health = self._health()
            if check:
                check()
            if health and health[0] == 200:
                self.state = "ready"
                return health[1]
            if health and health[1].get("status") == "failed":
                raise ChildFailed(health[1])
            if health and report:
                report(health[1])
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"process {self.pid} was not ready after {timeout_seconds:.0f} s")
        assert self.exit is not None
        raise ChildExited(self.exit)

    def stop(self, grace_seconds: float = 3.0) -> None:
        """Ask it to end, and end it after the grace; returns when it is gone."""
        if self._process is None or self._ended.is_set():
            return
        self.state = "stopping"
        self._signal(terminate=True)
        if not self._ended.wait(grace_seconds):
            self.kill()

    def kill(self) -> None:
        """End it now; returns when it is gone."""
        if self._process is not None and not self._ended.is_set():
            self._signal(terminate=False)
            self._ended.wait()

    def is_busy(self) -> bool:
        """Whether it computes for somebody, by its own word.

        Raises:
            OSError, ValueError, http.client.HTTPException: it does not say.
        """
        return int(self.work(2.0).get("active", 0)) > 0

    def work(self, timeout_seconds: float) -> dict[str, Any]:
        """What it does, by its own word: ``active``, ``queued``, ``tokens_per_second``, as far as it counts them.

        Raises:
            OSError, ValueError, http.client.HTTPException: it does not say.
        """
        return self.endpoint.get_json("/health", timeout_seconds)[1]

    def tail(self) -> str:
        """The last lines it wrote."""
        if self.log is None:
            return ""
        try:
            with self.log.open("rb") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(max(self._log_start, end - TAIL_BYTES))
                return file.read().decode(errors="replace").strip()
        except OSError:
            return ""

    def _open_log(self) -> IO[bytes]:
        """The log to append to; a full or read-only disk costs the log, not the child."""
        if self.log is not None:
            with contextlib.suppress(OSError):
                self.log.parent.mkdir(parents=True, exist_ok=True)
                if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
                    self.log.replace(self.log.with_suffix(".log.1"))
                file = self.log.open("ab")
                self._log_start = file.tell()
                return file
        return open(os.devnull, "wb")

    def _health(self) -> tuple[int, dict[str, Any]] | None:
        try:
            return self.endpoint.get_json("/health", 2.0)
        except (OSError, http.client.HTTPException, ValueError):
            return None

    def _signal(self, *, terminate: bool) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate() if terminate else self._process.kill()

    def _watch(self) -> None:
        assert self._process is not None
        code = self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self.exit = Exit(code, self.tail())
        self.state = "stopped"
        self._ended.set()
        if self.on_exit:
            self.on_exit(self.exit)


def die_with_parent(last_act: Callable[[], None]) -> None:
    """In a private child: end this process when its parent does, whatever else it is doing, after ``last_act``.

    The parent holds the other end of our stdin. A process that the parent forked may hold it too and live on, so the
    parent's own end is watched as well, where the system can (Linux 5.3 and later).
    """
    watched: list[int] = [sys.stdin.fileno()]
    with contextlib.suppress(AttributeError, OSError):
        watched.append(os.pidfd_open(os.getppid()))

    def wait() -> None:
        _wait_for_parents_end(watched)
        try:
            last_act()
        finally:
            os._exit(0)

    threading.Thread(target=wait, name="die-with-parent", daemon=True).start()


def _wait_for_parents_end(descriptors: list[int]) -> None:
    if sys.platform == "win32":
        while os.read(descriptors[0], 1024):
            pass
        return
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN | select.POLLHUP)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor != descriptors[0] or not os.read(descriptor, 1024):
                return
