"""``threadrunner logs``: what the host and its runners wrote."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli import offers
from threadrunner_kernel.cli.commands import HELP
from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.launcher import log_folder
from threadrunner_kernel.terminal import printable

POLL_SECONDS = 0.2
# Read from the end: what a screen shows is near it.
LONGEST_TAIL_BYTES = 4_000_000


@click.command(context_settings=HELP)
@click.argument("name", required=False, shell_complete=offers.logs)
@click.option("-n", "--lines", type=click.IntRange(0), default=50, show_default=True, help="how many of the last")
@click.option("-f", "--follow", is_flag=True, help="go on with what comes, until Ctrl-C")
@click.option("--json", "as_json", is_flag=True, help="where the logs are, with their sizes")
def logs(name: str | None, lines: int, follow: bool, as_json: bool) -> None:
    """Show the host's log, or the one of the model with this NAME."""
    known = known_logs()
    if as_json and follow:
        raise click.UsageError("--json lists the logs, and -f shows what comes in one: leave one of them out.")
    if as_json:
        known = {name: _find(name, known)} if name else known
        rows = [{"name": n, "path": str(path), "size_bytes": path.stat().st_size} for n, path in known.items()]
        click.echo(json.dumps(rows, indent=2))
        return
    path = _find(name or "host", known)
    clean = printable if sys.stdout.isatty() else str
    text, position = _tail(path, lines)
    click.echo(clean(text), nl=False)
    if follow:
        for more in _following(path, position):
            click.echo(clean(more), nl=False)


def known_logs() -> dict[str, Path]:
    """The logs by the name of what wrote them: ``host``, or a model."""
    files = sorted(log_folder().glob("*.log")) if log_folder().is_dir() else []
    return {path.stem.removeprefix("runner-"): path for path in files}


def _find(name: str, known: dict[str, Path]) -> Path:
    if name in known:
        return known[name]
    if not known:
        raise BadRequest(f"There is no log in {log_folder()} yet: the first prompt begins one.")
    raise BadRequest(f"There is no log of {name!r}.{config.nearest(name, known)}")


def _tail(path: Path, lines: int) -> tuple[str, int]:
    """The last lines, and where the file ends."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        file.seek(max(0, end - LONGEST_TAIL_BYTES))
        last = file.read().decode(errors="replace").splitlines(keepends=True)[-lines or sys.maxsize :]
    return "".join(last), end


def _following(path: Path, position: int) -> Iterator[str]:
    """What is written to the file from now on; a file that was begun anew is read from its start."""
    while True:
        with path.open("rb") as file:
            if file.seek(0, 2) < position:
                position = 0
            file.seek(position)
            text = file.read()
            position = file.tell()
        if text:
            yield text.decode(errors="replace")
        time.sleep(POLL_SECONDS)
