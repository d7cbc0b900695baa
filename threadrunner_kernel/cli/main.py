"""``threadrunner``: a prompt in the terminal, or one of the commands; and how each of them ends."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from threadrunner_kernel import __version__
from threadrunner_kernel.cli.ask import ask
from threadrunner_kernel.cli.commands import HELP, ROWS, Commands
from threadrunner_kernel.errors import ThreadRunnerError

INTERRUPTED = 130


@click.group(cls=Commands, context_settings=HELP)
@click.version_option(__version__, prog_name="threadrunner")
def commands() -> None:
    """A local language model in the terminal, warm between calls.

    \b
    threadrunner "Why is the sky blue?"   ask; piped text is added to the prompt
    threadrunner -- status                ask, although that is a command's name
    threadrunner ask --help               the options of a prompt
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code: 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # A terminal or a pipe that cannot show a character costs that character only.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    is_command = bool(words) and words[0] in {*ROWS, "-h", "--help", "--version"}
    if not words and sys.stdin.isatty():
        words, is_command = ["--help"], True
    run: Callable[..., Any] = commands.main if is_command else ask.main
    try:
        sys.exit(run(words, prog_name="threadrunner", standalone_mode=False) or 0)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except ThreadRunnerError as exc:
        click.echo(f"threadrunner: {exc.message}", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
