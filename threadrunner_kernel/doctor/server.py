"""llama.cpp's own server: tried as the host tries it, and installed."""

from __future__ import annotations

import importlib
import subprocess
import sys

from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest, ThreadRunnerError
from threadrunner_kernel.llama_server import XLLAMACPP, server_program

TRY_TIMEOUT_SECONDS = 60.0
INSTALL = f"{sys.executable} -m pip install {XLLAMACPP}"


def server_problem(settings: Settings) -> str | None:
    """Why llama.cpp's server cannot be had here; ``None`` when it runs."""
    try:
        program = server_program(settings)
    except BadRequest as exc:
        return exc.message.rstrip(".")
    if program is None:
        return f"there is no llama-server on PATH, and {XLLAMACPP} is not installed"
    try:
        done = subprocess.run(
            [*program, "--version"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TRY_TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        return str(exc)
    last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
    return f"{program[0]} does not run ({last[-200:]})" if done.returncode else None


def server_place(settings: Settings) -> str:
    """What it is called to people: its path, or the package that it is in."""
    program = server_program(settings) or ["llama-server"]
    return XLLAMACPP if program[0] == sys.executable else program[0]


def install_server() -> str:
    """Install it from the package index that pip uses.

    Raises:
        ThreadRunnerError: with pip's last words.
    """
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", XLLAMACPP]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    if done.returncode:
        lines = [line for line in done.stderr.strip().splitlines() if line.strip()] or ["it wrote nothing"]
        raise ThreadRunnerError(
            f"pip could not install {XLLAMACPP}: {lines[-1]} Where another tool keeps this Python's packages, "
            f"let that one install {XLLAMACPP}."
        )
    importlib.invalidate_caches()  # this process has already looked for it
    return f"installed {XLLAMACPP}; a running host finds it after `threadrunner stop`"
