"""The ``threadrunner`` command as a program: run to its end, while it runs, and on a terminal."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect

THREADRUNNER = str(Path(sysconfig.get_path("scripts")) / "threadrunner")


def run(*words: str, input: str | bytes = b"", **variables: str) -> subprocess.CompletedProcess[str]:
    """The command with ``input`` piped in, to its end."""
    data = input.encode() if isinstance(input, str) else input
    environment = {**os.environ, **variables}
    done = subprocess.run([THREADRUNNER, *words], input=data, capture_output=True, env=environment, timeout=200)
    out, err = (stream.decode(errors="replace") for stream in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command while it runs; it is killed at the end if it still does."""
    with subprocess.Popen(
        [THREADRUNNER, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # so that what was not read yet is still there for `communicate`
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def in_terminal(command: str, timeout: float = 200) -> str:
    """What a shell command shows on a terminal."""
    child = pexpect.spawn("/bin/sh", ["-c", command], encoding="utf-8", timeout=timeout)
    try:
        shown: str = child.read()
        return shown
    finally:
        child.close()
