"""The commands that speak to the running host: status, cancel, stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

import click

from threadrunner_kernel import config
from threadrunner_kernel.client import HostGone
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import host_endpoint
from threadrunner_kernel.errors import BadRequest, BadSetting, HostUnavailable
from threadrunner_kernel.launcher import find_host
from threadrunner_kernel.memory import text_size
from threadrunner_kernel.messages import WIRE_VERSION
from threadrunner_kernel.status import NO_MODEL, host_line, status_lines, upstream_lines

STOP_TIMEOUT_SECONDS = 10.0
POLL_SECONDS = 0.05
WATCH_SECONDS = 1.0
STOPPED: dict[str, Any] = {"state": "stopped", "model_loaded": False, "models": []}
NO_HOST = "The host is not running; the first prompt starts it."


@click.command()
@click.option("--watch", is_flag=True, help="again each second, until Ctrl-C")
@click.option("--json", "as_json", is_flag=True, help="as JSON; with --watch one line each time")
def status(*, watch: bool, as_json: bool) -> None:
    """Show what is loaded and what it uses."""
    settings = settings_to_find_it()
    if watch:
        with contextlib.suppress(KeyboardInterrupt):
            _watch(settings, _print_json if as_json else _print_for_people)
    elif as_json:
        click.echo(json.dumps(_report(settings) or STOPPED, indent=2))
    else:
        _print_for_people(_report(settings))


def settings_to_find_it() -> Settings:
    """Where the host is. A mistake in config.toml is told, and no reason not to find a host that runs.

    Raises:
        BadSetting: in the environment.
    """
    try:
        return config.load()
    except BadSetting as exc:
        settings = config.from_environment()
        click.echo(f"threadrunner: {exc.message}", err=True)
        return settings


def _report(settings: Settings) -> dict[str, Any] | None:
    """The host's status; ``None`` when there is no host, which this does not start."""
    try:
        host = find_host(settings)
        return host.get("/status") if host else None
    except HostGone:
        return None


def _watch(settings: Settings, show: Callable[[dict[str, Any] | None], None]) -> NoReturn:
    is_screen = show is _print_for_people and sys.stdout.isatty()
    while True:
        report = _report(settings)
        if is_screen:
            click.clear()
        show(report)
        sys.stdout.flush()
        time.sleep(WATCH_SECONDS)


def _print_json(report: dict[str, Any] | None) -> None:
    click.echo(json.dumps(report or STOPPED))


def _print_for_people(report: dict[str, Any] | None) -> None:
    if report is None:
        click.echo(NO_HOST)
        return
    click.echo(host_line(report))
    if not sys.stdout.isatty():
        click.echo("\n".join(status_lines(report)))
        return
    print_tables(report)
    for line in upstream_lines(report):
        click.echo(line)


def print_tables(report: dict[str, Any]) -> None:
    """The models and the running generations, for a terminal."""
    from rich.console import Console
    from rich.table import Table

    has_gpu = any(model["gpu_bytes"] for model in report["models"])
    models = Table(box=None, pad_edge=False)
    models.add_column("model", overflow="fold")
    for name in (
        "engine",
        "state",
        "memory",
        *(["GPU"] if has_gpu else []),
        "CPU",
        "tokens/s",
        "active",
        "leases",
        "left",
    ):
        models.add_column(name, no_wrap=True)
    for model in report["models"]:
        if model["state"] != "stopped":
            models.add_row(*_cells(model, has_gpu=has_gpu))
    generations = Table("generation", "model", "for", "tokens/s", box=None, pad_edge=False)
    for generation in report["generations"]:
        seconds, rate = f"{generation['seconds']:.0f} s", _number(generation["tokens_per_second"])
        generations.add_row(generation["id"], generation["model"], seconds, rate)
    for table in (models, generations):
        if table.row_count:
            Console().print(table)
    if not models.row_count:
        click.echo(NO_MODEL)


def _cells(model: dict[str, Any], *, has_gpu: bool) -> list[str]:
    """A model's row in the terminal's table."""
    left, waiting = model["expires_in_seconds"], f" +{model['waiting']}" if model["waiting"] else ""
    sizes = [model["memory_bytes"], *([model["gpu_bytes"]] if has_gpu else [])]
    return [
        model["name"],
        model["engine"],
        f"loading {100 * model['progress']:.0f} %" if model["state"] == "starting" else model["state"],
        *(text_size(size) if size else "" for size in sizes),
        f"{model['cpu_percent']:.0f} %",
        _number(model["tokens_per_second"]),
        f"{model['active']}{waiting}",
        str(len(model["leases"])),
        "" if left is None else f"{left:.0f} s",
    ]


def _number(rate: float) -> str:
    return f"{rate:.0f}" if rate else ""


@click.command()
@click.argument("id", required=False)
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def cancel(id: str | None, as_json: bool) -> None:
    """Cancel the running generations, or the one with this ID."""
    host = find_host(settings_to_find_it())
    count = host.post("/stop", {"id": id} if id else {})["cancelled"] if host else 0
    if id and not count:
        raise BadRequest(f"There is no generation {id!r}: `threadrunner status` lists those that run.")
    _say(f"{count} generation{'' if count == 1 else 's'} cancelled.", {"cancelled": count}, as_json)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def stop(as_json: bool) -> None:
    """Stop the host and its runners."""
    settings = settings_to_find_it()
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
