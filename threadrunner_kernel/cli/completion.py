"""``threadrunner completion``: what a shell runs to complete our commands, options and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from threadrunner_kernel.cli.commands import COMPLETION_VARIABLE, Commands
from threadrunner_kernel.errors import ThreadRunnerError


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the lines that let a shell complete with Tab.

    \b
    bash:  eval "$(threadrunner completion bash)"       in ~/.bashrc
    zsh:   eval "$(threadrunner completion zsh)"        in ~/.zshrc
    fish:  threadrunner completion fish | source        in config.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    try:
        click.echo(kind(Commands(), {}, "threadrunner", COMPLETION_VARIABLE).source())
    except RuntimeError as exc:
        raise ThreadRunnerError(f"This {shell} cannot be told how to complete: {exc}") from exc
