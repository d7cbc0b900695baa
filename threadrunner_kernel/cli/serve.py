"""``threadrunner serve``: the host's API on a loopback port for as long as this command runs; and its token."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.api_token import NAME, read_token, renew_token
from threadrunner_kernel.cli.commands import HELP
from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.errors import HostUnavailable
from threadrunner_kernel.launcher import ensure_host

DEFAULT_PORT = 3000
# A host that ends sooner than this is not started anew again and again.
STABLE_SECONDS = 10.0


@click.command(context_settings=HELP)
@click.option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0: any free one")
@click.option("--no-token", is_flag=True, help="let every program on this machine ask, of any user")
@click.option(
    "--time-limit", type=click.FloatRange(0, 86400), default=0, metavar="SECONDS", help="end answers that take longer"
)
@click.option("--json", "as_json", is_flag=True, help="what is served, as one line of JSON")
def serve(port: int, no_token: bool, time_limit: float, as_json: bool) -> None:
    """Serve OpenAI's API on a port of this machine, until Ctrl-C.

    Only programs on this machine can reach it, and they need the token that `threadrunner token` prints.
    """
    if not no_token:
        read_token(config.home())  # without a place to keep it nobody could ask
    query = {"is_token_needed": str(not no_token).lower(), "time_limit_seconds": time_limit}
    with _sigterm_as_interrupt():
        try:
            while True:
                port = _hold(port, query, _print_json if as_json else _print_advice)
                click.echo("The host ended; it is started anew.", err=True)
        except KeyboardInterrupt:
            click.echo("No longer served.", err=True)


def _hold(port: int, query: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> int:
    """Hold the port until the host breaks down; returns the port, to be had again.

    Raises:
        HostUnavailable: there is no host to be had, or it was stopped.
    """
    began = time.monotonic()
    host = ensure_host(config.load())
    asked = "&".join(f"{name}={value}" for name, value in {"port": port, "name": "threadrunner serve", **query}.items())
    try:
        with host.stream("GET", f"/lease?{asked}", None, Cancellation()) as chunks:
            for chunk in chunks:
                port = chunk["port"]
                tell(chunk)
    except HostUnavailable:
        if time.monotonic() - began < STABLE_SECONDS:
            raise
        return port
    raise HostUnavailable("The host was stopped, and with it the port is closed.")


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Within the block a service manager's way to end a program is as good as Ctrl-C."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _print_json(served: dict[str, Any]) -> None:
    click.echo(json.dumps({"url": served["url"], "port": served["port"], "is_token_needed": served["is_token_needed"]}))
    sys.stdout.flush()


def _print_advice(served: dict[str, Any]) -> None:
    url = served["url"]
    is_token_needed = served["is_token_needed"]
    header = ' -H "Authorization: Bearer $(threadrunner token)"' if is_token_needed else ""
    key = "$(threadrunner token)" if is_token_needed else "none"
    click.echo(f"ThreadRunner is served at {url}/v1; {url}/docs shows the routes.")
    click.echo(f"  curl{header} {url}/v1/models")
    click.echo(f'  export OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY="{key}"')
    if not is_token_needed:
        click.echo("Every program on this machine can ask, of any user.")
    click.echo("Ctrl-C ends it.", err=True)
    sys.stdout.flush()


@click.command(context_settings=HELP)
@click.option("--new", "is_new", is_flag=True, help="make another one; the old one is worth nothing from now on")
@click.option("--json", "as_json", is_flag=True, help="with the file that it is kept in, as JSON")
def token(is_new: bool, as_json: bool) -> None:
    """Print the token that programs need for the served port."""
    home = config.home()
    value = renew_token(home) if is_new else read_token(home)
    click.echo(json.dumps({"token": value, "path": str(home / NAME)}) if as_json else value)
