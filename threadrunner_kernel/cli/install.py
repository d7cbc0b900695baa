"""``threadrunner install`` and ``uninstall``: the kernelspec, with this very Python in its command."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from jupyter_client.kernelspec import KernelSpecManager

from threadrunner_kernel.cli.offers import folders
from threadrunner_kernel.errors import ThreadRunnerError

NAME = "threadrunner"


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of where a kernelspec is."""
    for add in (
        click.option("--json", "as_json", is_flag=True, help="as JSON"),
        click.option("--quiet", is_flag=True, help="print nothing"),
        click.option("--prefix", metavar="P", help="in share/jupyter/kernels below P", shell_complete=folders),
        click.option("--sys-prefix", "where", flag_value="sys-prefix", help="in this Python's environment"),
        click.option("--user", "where", flag_value="user", help="for this user (default)"),
    ):
        command = add(command)
    return command


@click.command()
@place_options
def install(where: str | None, prefix: str | None, quiet: bool, as_json: bool) -> None:
    """Let Jupyter know the ThreadRunner kernel of this Python."""
    place = install_kernelspec(_prefix(where, prefix))
    if as_json:
        click.echo(json.dumps({"is_installed": True, "path": place, "python": sys.executable}))
    elif not quiet:
        click.echo(f"Installed the kernel in {place}")


@click.command()
@place_options
def uninstall(where: str | None, prefix: str | None, quiet: bool, as_json: bool) -> None:
    """Take the ThreadRunner kernel away from Jupyter.

    The settings and models in the home folder stay, and so does the program: `pip uninstall threadrunner-kernel`.
    """
    folder = kernelspec_folder(_prefix(where, prefix))
    was_there = uninstall_kernelspec(folder)
    if as_json:
        click.echo(json.dumps({"is_installed": False, "was_installed": was_there, "path": str(folder)}))
    elif not quiet:
        click.echo(f"Removed {folder}" if was_there else f"There was no ThreadRunner kernel in {folder}.")


def _prefix(where: str | None, prefix: str | None) -> str | None:
    """The prefix that the options mean; ``None`` is the user's own folder."""
    if where and prefix:
        raise click.UsageError("--prefix does not go together with --user or --sys-prefix.")
    return sys.prefix if where == "sys-prefix" else prefix


def kernelspec_folder(prefix: str | None) -> Path:
    """Where ``install`` puts the kernelspec."""
    if prefix is None:
        return Path(KernelSpecManager().user_kernel_dir) / NAME
    return Path(prefix) / "share" / "jupyter" / "kernels" / NAME


def uninstall_kernelspec(folder: Path) -> bool:
    """Remove a kernelspec of ours; whether there was one.

    Raises:
        ThreadRunnerError: it cannot be removed.
    """
    if not (folder / "kernel.json").exists():
        return False
    try:
        folder.unlink() if folder.is_symlink() else shutil.rmtree(folder)
    except OSError as exc:
        raise ThreadRunnerError(f"The kernel could not be removed: {exc}.") from exc
    return True


def install_kernelspec(prefix: str | None) -> str:
    """Install for the user, or below ``prefix``; the folder it went to.

    Raises:
        ThreadRunnerError: the folder cannot be written.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / NAME
        shutil.copytree(resources(), folder)
        spec = json.loads((folder / "kernel.json").read_text())
        # The wheel's own "python" means the Jupyter server's interpreter, which may be another.
        spec["argv"][0] = sys.executable
        (folder / "kernel.json").write_text(json.dumps(spec, indent=1) + "\n")
        try:
            manager = KernelSpecManager()
            return str(manager.install_kernel_spec(str(folder), NAME, user=prefix is None, prefix=prefix))
        except OSError as exc:
            raise ThreadRunnerError(f"The kernel could not be installed: {exc}.") from exc


def resources() -> Path:
    """The folder with kernel.json and the logos: in the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "kernelspec"
    return inside if inside.is_dir() else package.parent / "kernelspec" / NAME
