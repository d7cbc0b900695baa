"""The commands about model files: models, show, pull, rm."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli import offers
from threadrunner_kernel.cli.commands import HELP
from threadrunner_kernel.errors import BadRequest, HostUnavailable
from threadrunner_kernel.launcher import find_host
from threadrunner_kernel.memory import text_size
from threadrunner_kernel.models import description
from threadrunner_kernel.models.catalogue import Catalogue
from threadrunner_kernel.models.names import find
from threadrunner_kernel.models.pulling import PullLine, pull_by_name, what_was_done
from threadrunner_kernel.models.removal import plan, remove
from threadrunner_kernel.terminal import printable

as_json_option = click.option("--json", "as_json", is_flag=True, help="as JSON")
PROGRESS_SECONDS = 0.1


def catalogue() -> Catalogue:
    return Catalogue(config.home() / "models")


def print_json(body: object) -> None:
    click.echo(json.dumps(body, indent=2))


@click.command(context_settings=HELP)
@as_json_option
def models(as_json: bool) -> None:
    """List the models that are on this machine.

    Also those that other programs have downloaded: the Hugging Face cache, llama.cpp, LM Studio, Ollama.
    """
    there = catalogue()
    entries = there.listed()
    if as_json:
        print_json([entry.to_wire() for entry in entries])
    elif not entries:
        click.echo(there.what_there_is())
    elif sys.stdout.isatty():
        print_table(description.HEAD, description.rows(entries))
    else:
        click.echo(description.table(entries))


def print_table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(*head, box=None)
    for row in rows:
        shown.add_row(*map(Text, row))
    Console().print(shown)


@click.command(context_settings=HELP)
@click.argument("name", shell_complete=offers.models)
@as_json_option
def show(name: str, as_json: bool) -> None:
    """Show what a model is and what it can do.

    NAME is a path, or a name that `threadrunner models` lists.
    """
    name = config.parse("model", name, "threadrunner show")
    known = description.facts(find(name, catalogue()))
    if as_json:
        print_json(known)
    else:
        click.echo(description.sheet(known))


@click.command(context_settings=HELP)
@click.argument("name", metavar="ORG/REPO[:QUANTISATION]")
@as_json_option
@click.option("-q", "--quiet", is_flag=True, help="show no progress")
def pull(name: str, as_json: bool, quiet: bool) -> None:
    """Fetch a model from huggingface.co.

    Without a quantisation it is Q4_K_M, or what is nearest to it. A pull that
    was stopped goes on where it was.

    HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE mean what they mean elsewhere.
    """
    line = PullLine()
    show = _Bar(line) if sys.stderr.isatty() and not quiet else None
    try:
        entry, pulled = pull_by_name(name, config.home() / "models", show or line.update)
    except KeyboardInterrupt:
        if show:
            show.close()
        click.echo(line.stopped(), err=True)
        raise
    finally:
        if show:
            show.close()
    if as_json:
        print_json({**entry.to_wire(), "was_there": pulled.was_there})
    else:
        size = text_size(entry.size_bytes())
        click.echo(f'{what_was_done(entry, pulled)} ({size}): threadrunner -m {printable(entry.name)} "…"')


class _Bar:
    """The progress as a bar on stderr."""

    def __init__(self, line: PullLine) -> None:
        self._line = line
        self._next = 0.0
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, progress: Any) -> None:
        self._line.update(progress)
        is_end = progress.done_bytes == progress.total_bytes
        if time.monotonic() < self._next and not is_end:
            return
        self._next = time.monotonic() + PROGRESS_SECONDS
        if self._bar is None:
            self._open(progress.total_bytes)
        what = "checking" if progress.is_checking else printable(progress.name)
        self._bar.update(self._task, completed=progress.done_bytes, description=what)

    def _open(self, total_bytes: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
        from rich.progress import TransferSpeedColumn as Speed

        columns = (BarColumn(), DownloadColumn(), Speed(), TimeRemainingColumn())
        text = TextColumn("{task.description}", markup=False)
        self._bar = Progress(text, *columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=total_bytes)
        self._bar.start()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


@click.command(context_settings=HELP)
@click.argument("name", shell_complete=offers.own_models)
@click.option("-y", "--yes", is_flag=True, help="do not ask")
@as_json_option
def rm(name: str, yes: bool, as_json: bool) -> int:
    """Remove a model from the models folder.

    What another program has downloaded is that program's to remove.
    """
    there = catalogue()
    removal = plan(config.parse("model", name, "threadrunner rm"), there, loaded_files())
    size = text_size(removal.size_bytes)
    if not yes and not _is_confirmed(f"Remove {printable(removal.entry.name)} ({size})?"):
        click.echo(f"{printable(removal.entry.name)} stays.", err=True)
        if as_json:
            print_json({"name": removal.entry.name, "removed": []})
        return 1
    remove(removal, there.folder)
    if as_json:
        print_json({"name": removal.entry.name, "removed": [str(file) for file in removal.files]})
    else:
        click.echo(f"{printable(removal.entry.name)} is removed ({size}).")
    return 0


def _is_confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise BadRequest("Nobody is there to be asked: give --yes to remove it.")
    return click.confirm(question, err=True)


def loaded_files() -> set[str]:
    """The paths of the model files that the host has in use."""
    host = find_host(config.load())
    if host is None:
        return set()
    try:
        rows = host.get("/status")["models"]
    except HostUnavailable:
        return set()
    return {row["path"] for row in rows if row["path"] and row["state"] not in ("stopped", "failed")}
