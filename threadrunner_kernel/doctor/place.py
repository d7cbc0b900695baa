"""Where ThreadRunner lives: the home folder, its settings, the socket, and the host behind it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from threadrunner_kernel import __version__, config
from threadrunner_kernel.doctor.finding import Finding, fail, ok, warn
from threadrunner_kernel.endpoint import Endpoint, host_endpoint, socket_folder
from threadrunner_kernel.errors import BadSetting, HostUnavailable
from threadrunner_kernel.launcher import differing_host_settings, find_host
from threadrunner_kernel.memory import text_size
from threadrunner_kernel.messages import WIRE_VERSION

LEAST_DISK_BYTES = 2_000_000_000


def home() -> Iterator[Finding]:
    folder = config.home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as exc:
        advice = "Make it yours, or set THREADRUNNER_HOME to a folder that is."
        yield fail("home", f"{folder} cannot be written ({exc.strerror})", advice)
    else:
        yield ok("home", f"{folder} can be written")
    yield _settings()


def _settings() -> Finding:
    try:
        origins = config.merged()
    except BadSetting as exc:
        return fail("settings", exc.message, "`threadrunner config edit` opens the file.")
    return ok("settings", f"{len(origins)} set; `threadrunner config` lists them" if origins else "none set")


def disk() -> Iterator[Finding]:
    folder = next(folder for folder in (config.home(), *config.home().parents) if folder.is_dir())
    free = shutil.disk_usage(folder).free
    text = f"{text_size(free)} free for models in {folder}"
    if free < LEAST_DISK_BYTES:
        yield warn("disk", text, "A model needs some gigabytes: make room, or set THREADRUNNER_HOME to a larger disk.")
    else:
        yield ok("disk", text)


def socket() -> Iterator[Finding]:
    folder = socket_folder()
    stale = [path.name for path in folder.glob("*.sock") if not Endpoint(path).is_served()]
    if stale:
        advice = f"They do no harm, and may be removed: {folder}"
        yield warn("socket", f"{folder} has {len(stale)} sockets that nobody answers on", advice)
    else:
        yield ok("socket", f"{folder}, closed to everybody else")


def host() -> Iterator[Finding]:
    settings = config.load()
    endpoint = host_endpoint(config.home(), WIRE_VERSION, settings.transport)
    client = find_host(settings)
    if client is None:
        pid = endpoint.listener_pid()
        if pid is not None:
            yield fail("host", f"process {pid} has the socket and does not answer", "`threadrunner stop` ends it.")
        else:
            yield ok("host", "not running; the first prompt starts it")
        return
    try:
        health = client.get("/health")
    except HostUnavailable:
        yield ok("host", "was just leaving")
        return
    text = f"process {health['pid']}, version {health['version']}"
    differing = ", ".join(differing_host_settings(settings, health))
    stop = "`threadrunner stop` lets the next prompt start one that has."
    if health["version"] != __version__:
        yield warn("host", f"{text}, and this is version {__version__}", stop)
    elif Path(health["executable"]) != Path(sys.executable):
        yield warn(
            "host",
            f"{text}, of another Python: {health['executable']}",
            "`threadrunner stop` ends it, if that is not meant.",
        )
    elif differing:
        yield warn("host", f"{text}, started without your {differing}", stop)
    else:
        yield ok("host", text)
