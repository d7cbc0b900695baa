"""``threadrunner``: a prompt in the terminal, or one of the commands; and how each of them ends."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from threadrunner_kernel import __version__
from threadrunner_kernel.cli.ask import ask
from threadrunner_kernel.cli.commands import COMPLETION_VARIABLE, HELP, ROWS, Commands
from threadrunner_kernel.cli.failure import end


@click.group(cls=Commands, context_settings=HELP)
@click.version_option(__version__, prog_name="threadrunner")
def commands() -> None:
    """A local language model in the terminal, warm between calls.

    \b
    threadrunner "Why is the sky blue?"   ask; piped text is added to the prompt
    threadrunner -c "And at night?"       go on with the last conversation
    threadrunner -- status                ask, although that is a command's name
    threadrunner ask --help               the options of a prompt
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code: 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by the caller: it leads nowhere
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
        stream = getattr(sys, name)
        # A terminal or a pipe that cannot show a character costs that character only.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words and sys.stdin and sys.stdin.isatty():
        words = ["--help"]
    run: Callable[..., Any] = commands.main if _is_command(words, os.environ) else ask.main
    try:
        code = run(words, prog_name="threadrunner", complete_var=COMPLETION_VARIABLE, standalone_mode=False) or 0
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as exc:
        code = end(exc, words)
    sys.exit(code)


def _is_command(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether the words call a command; others are a prompt and its options."""
    if COMPLETION_VARIABLE in environ:
        # The shell asks for what may come next: after an option or a prompt that is an option.
        words = environ.get("COMP_WORDS", "").split()[1:]
        return not words or words[0] in ROWS or (len(words) == 1 and not words[0].startswith("-"))
    return bool(words) and words[0] in {*ROWS, "-h", "--help", "--version"}
