"""``threadrunner status``: what the host and its runners use and do, once or again and again."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli.control import settings_to_find_it
from threadrunner_kernel.client import HostGone
from threadrunner_kernel.launcher import find_host
from threadrunner_kernel.memory import text_size
from threadrunner_kernel.status import (
    generation_lines,
    holder_lines,
    host_lines,
    status_lines,
    text_cores,
    upstream_lines,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

STOPPED: dict[str, Any] = {"state": "stopped", "model_loaded": False, "models": []}
NO_HOST = "The host is not running; the first prompt starts it."


@click.command()
@click.option("-w", "--watch", is_flag=True, help="go on with what comes, until Ctrl-C")
@click.option(
    "--interval",
    metavar="SECONDS",
    type=click.FloatRange(0.1),
    default=1.0,
    show_default=True,
    help="how long from one look to the next",
)
@click.option("--json", "as_json", is_flag=True, help="as JSON; with --watch one line for each look")
def status(*, watch: bool, interval: float, as_json: bool) -> None:
    """Show what is loaded, what it uses and what it does.

    It starts no host, and with --watch waits for one.
    """
    settings = settings_to_find_it()
    if not watch:
        _show(_look(settings), as_json=as_json)
        return
    reports = _looks(settings, interval)
    with contextlib.suppress(KeyboardInterrupt):  # its way to end
        if as_json:
            for report in reports:
                click.echo(json.dumps(report))
        elif sys.stdout.isatty():
            _watch_on_a_terminal(reports)
        else:
            for report in reports:
                click.echo("\n".join(lines_of(report)) + "\n")


def _look(settings: config.Settings) -> dict[str, Any]:
    host = find_host(settings)
    if host is None:
        return STOPPED
    try:
        return host.get("/status")
    except HostGone:  # just now
        return STOPPED


def _looks(settings: config.Settings, interval_seconds: float) -> Iterator[dict[str, Any]]:
    while True:
        yield _look(settings)
        time.sleep(interval_seconds)


def _show(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, indent=2))
    elif sys.stdout.isatty() and report is not STOPPED:
        from rich.console import Console

        console = Console()
        for part in parts_of(report):
            console.print(part)
    else:
        click.echo("\n".join(lines_of(report)))


def _watch_on_a_terminal(reports: Iterator[dict[str, Any]]) -> None:
    from rich.console import Group
    from rich.live import Live

    with Live(screen=True, auto_refresh=False) as live:
        for report in reports:
            live.update(Group(*parts_of(report)), refresh=True)


def lines_of(report: dict[str, Any]) -> list[str]:
    """A report as plain lines."""
    if report is STOPPED:
        return [NO_HOST]
    models = status_lines(report) or ["No model is loaded."]
    return [*host_lines(report), *models, *generation_lines(report), *holder_lines(report)]


def parts_of(report: dict[str, Any]) -> list[RenderableType]:
    """A report for a terminal: lines and tables."""
    from rich.text import Text

    if report is STOPPED:
        return [Text(NO_HOST)]
    tables = [table for table in (_models(report), _generations(report)) if table.row_count]
    below = [*holder_lines(report), *upstream_lines(report)]
    return [*map(Text, host_lines(report)), *tables, *map(Text, below)]


def _models(report: dict[str, Any]) -> Any:
    """A table that fits into 80 columns: a long name is folded, and a number never."""
    from rich.table import Table
    from rich.text import Text

    rows = [_cells(model, has_gpu=bool(report["gpus"])) for model in report["models"]]
    models = Table(box=None, collapse_padding=True)
    for name in rows[0] if rows else ():
        is_name = name == "model"
        models.add_column(name, overflow="fold", no_wrap=not is_name, min_width=None if is_name else len(name))
    for row in rows:
        models.add_row(*map(Text, row.values()))
    return models


def _cells(model: dict[str, Any], *, has_gpu: bool) -> dict[str, str]:
    left = model["expires_in_seconds"]
    gpu = {"GPU memory": text_size(model["gpu_memory_bytes"] or 0)} if has_gpu else {}
    return {
        "model": model["name"],
        "state": model["state"],
        "process": str(model["pid"] or ""),
        "memory": text_size(model["memory_bytes"]) if model["memory_bytes"] else "",
        **gpu,
        "cores": text_cores(model["cpu_usage"]) if model["pid"] else "",
        "active": str(max(0, model["active"] - model["queued"])),
        "waiting": str(model["queued"]),
        "tokens/s": f"{model['tokens_per_second']:.1f}" if model["tokens_per_second"] else "",
        "goes in": "" if left is None else f"{left:.0f} s",
    }


def _generations(report: dict[str, Any]) -> Any:
    from rich.table import Table

    generations = Table("generation", "model", "for", box=None)
    for generation in report["generations"]:
        generations.add_row(generation["id"], generation["model"], f"{generation['seconds']:.0f} s")
    return generations
