"""Where ThreadRunner lives: the home folder, its settings, the socket, and the host behind it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from threadrunner_kernel import __version__, config
from threadrunner_kernel.doctor.finding import Finding, fail, ok, warn
from threadrunner_kernel.doctor.processes import end
from threadrunner_kernel.endpoint import host_endpoint, socket_folder
from threadrunner_kernel.errors import BadSetting, HostUnavailable
from threadrunner_kernel.launcher import differing_host_settings, find_host
from threadrunner_kernel.leftovers import leftovers, sweep
from threadrunner_kernel.memory import text_size
from threadrunner_kernel.messages import WIRE_VERSION

LEAST_DISK_BYTES = 2_000_000_000
# It has had its chance to answer.
HUNG_GRACE_SECONDS = 3.0


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
    """The folder of sockets, and what ended hosts and runners have left in it."""
    folder = socket_folder()
    settings = config.load()
    mine = host_endpoint(config.home(), WIRE_VERSION, settings.transport).path.stem
    # The locks of this home's own host stay for the next one.
    left = [path for path in leftovers(folder) if not (path.stem == mine and path.suffix in (".lock", ".owner"))]
    if not left:
        yield ok("socket", f"{folder}, where nothing is left of those that ended")
        return
    text = f"{folder} has {len(left)} sockets and locks of hosts and runners that ended"
    found = warn("socket", text, "They do no harm; the next host that starts removes them.")
    yield found.mended_by(
        f"Remove the {len(left)} sockets and locks in {folder} that nobody uses", partial(_sweep, folder)
    )


def _sweep(folder: Path) -> str:
    return f"{sweep(folder)} files removed"


def host() -> Iterator[Finding]:
    settings = config.load()
    endpoint = host_endpoint(config.home(), WIRE_VERSION, settings.transport)
    client = find_host(settings)
    if client is None:
        pid = endpoint.listener_pid()
        if pid is not None:
            found = fail("host", f"process {pid} has the socket and does not answer", "`threadrunner stop` ends it.")
            yield found.mended_by(
                f"End process {pid}, a host that does not answer", partial(end, pid, HUNG_GRACE_SECONDS)
            )
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
