"""``threadrunner service``: a systemd user unit that serves the port from login on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli.commands import HELP
from threadrunner_kernel.cli.serve import DEFAULT_PORT
from threadrunner_kernel.errors import ThreadRunnerError

UNIT = "threadrunner.service"
as_json_option = click.option("--json", "as_json", is_flag=True, help="as JSON")


@click.group(context_settings=HELP)
def service() -> None:
    """Serve the port from login on, as a systemd user service."""


@service.command(context_settings=HELP)
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True)
@click.option("--no-token", is_flag=True, help="let every program on this machine ask, of any user")
@as_json_option
def install(port: int, no_token: bool, as_json: bool) -> None:
    """Write the unit and start it."""
    path = unit_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(unit_text(port, no_token))
    except OSError as exc:
        raise ThreadRunnerError(f"The unit cannot be written to {path} ({exc.strerror}).") from exc
    is_started = _systemctl("daemon-reload") and _systemctl("enable", "--now", UNIT) and _systemctl("restart", UNIT)
    url = f"http://127.0.0.1:{port}/v1"
    if as_json:
        click.echo(json.dumps({**_facts(path), "is_started": is_started, "url": url}))
    else:
        click.echo(f"Wrote {path}")
    if not is_started:
        click.echo(f"systemd does not answer here. Where it does: systemctl --user enable --now {UNIT}", err=True)
    elif not as_json:
        click.echo(f"It is served at {url} from now on, and from each login on.")


@service.command(context_settings=HELP)
@as_json_option
def uninstall(as_json: bool) -> None:
    """Stop the service and remove the unit."""
    path = unit_path()
    was_installed = path.exists()
    if was_installed:
        _remove(path)
    if as_json:
        click.echo(json.dumps({**_facts(path), "was_installed": was_installed}))
    else:
        click.echo(f"Removed {path}" if was_installed else "The service is not installed.")


def _remove(path: Path) -> None:
    _systemctl("disable", "--now", UNIT)
    try:
        path.unlink()
    except OSError as exc:
        raise ThreadRunnerError(f"{path} cannot be removed ({exc.strerror}).") from exc
    _systemctl("daemon-reload")


@service.command(context_settings=HELP)
@as_json_option
def status(as_json: bool) -> None:
    """Say whether the service is installed and runs."""
    facts = _facts(unit_path())
    if as_json:
        click.echo(json.dumps(facts))
    elif facts["is_installed"]:
        click.echo(f"The service is installed in {facts['path']}: {facts['state']}.")
    else:
        click.echo("The service is not installed: `threadrunner service install` does that.")


def _facts(path: Path) -> dict[str, Any]:
    """For programs."""
    is_installed = path.exists()
    return {
        "is_installed": is_installed,
        "state": _state() if is_installed else "not installed",
        "path": str(path),
    }


def unit_path() -> Path:
    folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(folder).expanduser() / "systemd" / "user" / UNIT


def unit_text(port: int, no_token: bool) -> str:
    """The unit. What it serves is the user's one host, which other programs use too and which outlives the service."""
    command = [sys.executable, "-m", "threadrunner_kernel.cli", "serve", "--port", str(port)]
    command += ["--no-token"] if no_token else []
    return f"""[Unit]
Description=ThreadRunner: local language models on port {port}

[Service]
ExecStart={" ".join(quoted(word).replace("$", "$$") for word in command)}
Environment={quoted(f"THREADRUNNER_HOME={config.home()}")}
Restart=on-failure
RestartSec=5
KillMode=process

[Install]
WantedBy=default.target
"""


def quoted(word: str) -> str:
    """A word as systemd reads it in a unit (systemd.syntax(7), systemd.unit(5) on specifiers)."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return escaped if re.fullmatch(r"[\w./:=+-]+", word) else f'"{escaped}"'


def _state() -> str:
    """systemd's word for it: active, inactive, failed."""
    program = shutil.which("systemctl")
    if program is None:
        return "unknown, there is no systemd here"
    done = subprocess.run([program, "--user", "is-active", UNIT], capture_output=True, text=True)
    return done.stdout.strip() or "unknown, systemd does not answer"


def _systemctl(*words: str) -> bool:
    program = shutil.which("systemctl")
    return program is not None and subprocess.run([program, "--user", *words], capture_output=True).returncode == 0
