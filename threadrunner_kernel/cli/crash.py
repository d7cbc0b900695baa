"""What the user sees of a mistake of ours: one sentence, and where the rest is."""

from __future__ import annotations

import os
import time
import traceback
from pathlib import Path

import click

from threadrunner_kernel import __version__, config

DEBUG_VARIABLE = "THREADRUNNER_DEBUG"


def report(exc: BaseException) -> str:
    """Say it on stderr, and write the traceback into the log; with ``THREADRUNNER_DEBUG`` it is shown instead."""
    what = f"{type(exc).__name__}: {exc}".splitlines()[0]
    log = config.home() / "logs" / "cli.log"
    said = f"Something failed that should not have ({what})."
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(exc)
        return said
    where = f"The details are in {log}" if _write(log, exc) else f"{DEBUG_VARIABLE}=1 shows the details"
    click.echo(f"threadrunner: {said} {where}.", err=True)
    return f"{said} {where}."


def _write(log: Path, exc: BaseException) -> bool:
    """Whether the traceback could be added to the log, which its owner alone can read."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} version {__version__}\n")
            file.writelines(traceback.format_exception(exc))
    except OSError:
        return False
    return True
