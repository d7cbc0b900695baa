"""``threadrunner service``: a systemd user unit that serves the port from login on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli.commands import HELP
from threadrunner_kernel.cli.serve import DEFAULT_PORT
from threadrunner_kernel.errors import ThreadRunnerError

UNIT = "threadrunner.service"


@click.group(context_settings=HELP)
def service() -> None:
    """Serve the port from login on, as a systemd user service."""


@service.command(context_settings=HELP)
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True)
@click.option("--no-token", is_flag=True, help="let every program on this machine ask, of any user")
def install(port: int, no_token: bool) -> None:
    """Write the unit and start it."""
    path = unit_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(unit_text(port, no_token))
    except OSError as exc:
        raise ThreadRunnerError(f"The unit cannot be written to {path} ({exc.strerror}).") from exc
    click.echo(f"Wrote {path}")
    if _systemctl("daemon-reload") and _systemctl("enable", "--now", UNIT) and _systemctl("restart", UNIT):
        click.echo(f"It is served at http://127.0.0.1:{port}/v1 from now on, and from each login on.")
    else:
        click.echo(f"systemd does not answer here. Where it does: systemctl --user enable --now {UNIT}", err=True)


@service.command(context_settings=HELP)
def uninstall() -> None:
    """Stop the service and remove the unit."""
    path = unit_path()
    if not path.exists():
        click.echo("The service is not installed.")
        return
    _systemctl("disable", "--now", UNIT)
    try:
        path.unlink()
    except OSError as exc:
        raise ThreadRunnerError(f"{path} cannot be removed ({exc.strerror}).") from exc
    _systemctl("daemon-reload")
    click.echo(f"Removed {path}")


@service.command(context_settings=HELP)
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def status(as_json: bool) -> None:
    """Say whether the service is installed and runs."""
    path = unit_path()
    is_installed = path.exists()
    state = _state() if is_installed else "not installed"
    if as_json:
        click.echo(json.dumps({"is_installed": is_installed, "state": state, "path": str(path)}))
    elif is_installed:
        click.echo(f"The service is installed in {path}: {state}.")
    else:
        click.echo("The service is not installed: `threadrunner service install` does that.")


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
