"""How a command that failed ends: the sentence on stderr, with ``--json`` the same for programs, and the exit code."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Sequence

import click

from threadrunner_kernel.cli.commands import ROWS
from threadrunner_kernel.errors import BadRequest, Cancelled, ThreadRunnerError

FAILED, INTERRUPTED = 1, 130
CANNOT_WRITE = errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE


def end(exc: BaseException, words: Sequence[str]) -> int:
    """Say what went wrong with the command of these words; its exit code."""
    if _is_of_the_output(exc):
        _end_without_output(exc)
        return FAILED
    error, code = _told(exc, words)
    if is_for_programs(words):
        import json

        with contextlib.suppress(OSError):
            click.echo(json.dumps(error.to_wire()))
    return code


def _told(exc: BaseException, words: Sequence[str]) -> tuple[ThreadRunnerError, int]:
    """Tell people; the error as programs know it, and the exit code."""
    if isinstance(exc, click.ClickException):
        exc.show()
        cause = exc.__cause__
        error = cause if isinstance(cause, ThreadRunnerError) else BadRequest(exc.format_message())
        return error, exc.exit_code
    if isinstance(exc, ThreadRunnerError):
        click.echo(f"threadrunner: {exc.message}", err=True)
        _hint(words)
        return exc, FAILED
    if isinstance(exc, (click.Abort, KeyboardInterrupt)):
        return Cancelled("Stopped."), INTERRUPTED
    from threadrunner_kernel.cli.crash import report

    return ThreadRunnerError(report(exc)), FAILED


def is_for_programs(words: Sequence[str]) -> bool:
    """Whether a command was asked for JSON; after two dashes all is a prompt."""
    return "--json" in words[: words.index("--") if "--" in words else None]


def _is_of_the_output(exc: BaseException) -> bool:
    """Whether what was to be written could not be; a file that cannot be opened is named in its error."""
    return isinstance(exc, OSError) and exc.errno in CANNOT_WRITE and exc.filename is None


def _end_without_output(exc: BaseException) -> None:
    """The disk is full, or the reader has left, who need not be told."""
    if not isinstance(exc, BrokenPipeError):
        reason = getattr(exc, "strerror", exc)
        click.echo(f"threadrunner: The output cannot be written ({reason}): make room, or send it elsewhere.", err=True)
    # Else Python tries once more at its end, and complains.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _hint(words: Sequence[str]) -> None:
    """A prompt of one word that failed and is nearly a command was perhaps meant as one."""
    if len(words) == 1 and words[0] not in ROWS:
        import difflib

        for name in difflib.get_close_matches(words[0], ROWS, n=1, cutoff=0.75):
            click.echo(f"({words[0]!r} was taken as a prompt. The command is `threadrunner {name}`.)", err=True)
