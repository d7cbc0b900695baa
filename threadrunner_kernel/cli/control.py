"""The commands that end what the running host does: cancel, stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from typing import Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli import offers
from threadrunner_kernel.client import HostGone
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import host_endpoint
from threadrunner_kernel.errors import BadRequest, BadSetting, HostUnavailable
from threadrunner_kernel.launcher import find_host
from threadrunner_kernel.messages import WIRE_VERSION

STOP_TIMEOUT_SECONDS = 10.0
POLL_SECONDS = 0.05


@click.command()
@click.argument("id", required=False, shell_complete=offers.generations)
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


def _say(text: str, facts: dict[str, Any], as_json: bool) -> None:
    """What was done, for people or for programs."""
    click.echo(json.dumps(facts) if as_json else text)
