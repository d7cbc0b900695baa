"""``threadrunner install``: the kernelspec, with this very Python in its command."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import click
from jupyter_client.kernelspec import KernelSpecManager

from threadrunner_kernel.errors import ThreadRunnerError

NAME = "threadrunner"


@click.command()
@click.option("--user", "where", flag_value="user", help="for this user (default)")
@click.option("--sys-prefix", "where", flag_value="sys-prefix", help="into this Python's environment")
@click.option("--prefix", metavar="P", help="into share/jupyter/kernels below P")
@click.option("--quiet", is_flag=True, help="print nothing")
def install(where: str | None, prefix: str | None, quiet: bool) -> None:
    """Let Jupyter know the ThreadRunner kernel of this Python."""
    if where and prefix:
        raise click.UsageError("--prefix does not go together with --user or --sys-prefix.")
    place = install_kernelspec(sys.prefix if where == "sys-prefix" else prefix)
    if not quiet:
        click.echo(f"Installed the kernel in {place}")


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
