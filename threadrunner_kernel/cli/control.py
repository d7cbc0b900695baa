"""The commands that speak to the running host: status, cancel, stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from typing import Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli import offers
from threadrunner_kernel.client import HostGone
from threadrunner_kernel.endpoint import host_endpoint
from threadrunner_kernel.errors import HostUnavailable
from threadrunner_kernel.launcher import find_host
from threadrunner_kernel.memory import text_size
from threadrunner_kernel.messages import WIRE_VERSION
from threadrunner_kernel.status import status_lines, upstream_lines

STOP_TIMEOUT_SECONDS = 10.0
POLL_SECONDS = 0.05


@click.command()
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def status(as_json: bool) -> None:
    """Show what is loaded and what it uses."""
    host = find_host(config.load())
    stopped: dict[str, Any] = {"state": "stopped", "model_loaded": False, "models": []}
    report = host.get("/status") if host else stopped
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    if host is None:
        click.echo("The host is not running; the first prompt starts it.")
        return
    click.echo(
        f"The host (process {report['pid']}, version {report['version']}) and its runners use "
        f"{text_size(report['memory_usage'])}; {text_size(report['memory_available'])} are free."
    )
    if sys.stdout.isatty():
        print_tables(report)
        for line in upstream_lines(report):
            click.echo(line)
        return
    for line in status_lines(report) or ["No model is loaded."]:
        click.echo(line)
    for generation in report["generations"]:
        click.echo(f"generating {generation['id']} with {generation['model']} for {generation['seconds']:.0f} s")


def print_tables(report: dict[str, Any]) -> None:
    """The models and the running generations, for a terminal."""
    from rich.console import Console
    from rich.table import Table

    models = Table("model", "state", "process", "memory", "generating", "leases", "unloaded in", box=None)
    for model in report["models"]:
        left = model["expires_in_seconds"]
        models.add_row(
            model["name"],
            model["state"],
            str(model["pid"] or ""),
            text_size(model["memory_bytes"]) if model["memory_bytes"] else "",
            str(model["active"]),
            str(len(model["leases"])),
            "" if left is None else f"{left:.0f} s",
        )
    generations = Table("generation", "model", "for", box=None)
    for generation in report["generations"]:
        generations.add_row(generation["id"], generation["model"], f"{generation['seconds']:.0f} s")
    for table in (models, generations):
        if table.row_count:
            Console().print(table)


@click.command()
@click.argument("id", required=False, shell_complete=offers.generations)
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def cancel(id: str | None, as_json: bool) -> None:
    """Cancel the running generations, or the one with this ID."""
    host = find_host(config.load())
    count = host.post("/stop", {"id": id} if id else {})["cancelled"] if host else 0
    _say(f"{count} generation{'' if count == 1 else 's'} cancelled.", {"cancelled": count}, as_json)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def stop(as_json: bool) -> None:
    """Stop the host and its runners."""
    settings = config.load()
    host = find_host(settings)
    if host is None:
        pid = host_endpoint(config.home(), WIRE_VERSION, settings.transport).listener_pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        said = "The host is not running." if pid is None else "The host did not answer and was killed."
        _say(said, {"stopped": pid is not None}, as_json)
        return
    with contextlib.suppress(HostGone):
        host.post("/shutdown")
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while host.endpoint.is_served():
        if time.monotonic() > deadline:
            raise HostUnavailable("The host was asked to stop and still answers.")
        time.sleep(POLL_SECONDS)
    _say("The host is stopped.", {"stopped": True}, as_json)


def _say(text: str, facts: dict[str, Any], as_json: bool) -> None:
    """What was done, for people or for programs."""
    click.echo(json.dumps(facts) if as_json else text)
