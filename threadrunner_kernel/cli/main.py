"""``threadrunner``: a prompt in the terminal, and a few commands around the host."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from threadrunner_kernel import __version__
from threadrunner_kernel.cli.ask import ask
from threadrunner_kernel.errors import ThreadRunnerError

INTERRUPTED = 130


class Commands(click.Group):
    """The commands; a first argument that is none of them begins a prompt."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("threadrunner", '"PROMPT" [OPTIONS]  |  COMMAND [ARGS]')


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="threadrunner")
def commands() -> None:
    """A local language model in the terminal, warm between calls.

    \b
    threadrunner "Why is the sky blue?"   ask; piped text is added to the prompt
    threadrunner -- status                ask, although that is a command's name
    threadrunner ask --help               the options of a prompt
    """


commands.add_command(ask)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def status(as_json: bool) -> None:
    """Show what is loaded and what it uses."""
    from threadrunner_kernel.cli.control import show_status

    show_status(as_json)


@commands.command()
@click.argument("id", required=False)
def cancel(id: str | None) -> None:
    """Cancel the running generations, or the one with this ID."""
    from threadrunner_kernel.cli.control import cancel_generations

    cancel_generations(id)


@commands.command()
def stop() -> None:
    """Stop the host and its runners."""
    from threadrunner_kernel.cli.control import stop_host

    stop_host()


@commands.command()
@click.option("--user", "where", flag_value="user", help="for this user (default)")
@click.option("--sys-prefix", "where", flag_value="sys-prefix", help="into this Python's environment")
@click.option("--prefix", metavar="P", help="into share/jupyter/kernels below P")
@click.option("--quiet", is_flag=True, help="print nothing")
def install(where: str | None, prefix: str | None, quiet: bool) -> None:
    """Let Jupyter know the ThreadRunner kernel of this Python."""
    from threadrunner_kernel.cli.install import install_kernelspec

    if where and prefix:
        raise click.UsageError("--prefix does not go together with --user or --sys-prefix.")
    place = install_kernelspec(sys.prefix if where == "sys-prefix" else prefix)
    if not quiet:
        click.echo(f"Installed the kernel in {place}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code: 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # A terminal or a pipe that cannot show a character costs that character only.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    is_command = bool(words) and words[0] in {*commands.commands, "-h", "--help", "--version"}
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
