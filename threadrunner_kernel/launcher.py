"""Find the user's host, or start one: ten programs that start at once get one host."""

from __future__ import annotations

import contextlib
import http.client
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadrunner_kernel import config
from threadrunner_kernel.client import Cancellation, HostClient, HostGone
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import Endpoint, choose_transport, host_endpoint, socket_folder
from threadrunner_kernel.errors import HostUnavailable
from threadrunner_kernel.messages import WIRE_VERSION, ChatRequest, Event

if TYPE_CHECKING:
    from threadrunner_kernel.process import ChildProcess

START_TIMEOUT_SECONDS = 60.0
LOCK_POLL_SECONDS = 0.05
ALREADY_RUNNING = 75  # EX_TEMPFAIL, a host's exit code: another host has this socket


def find_host(settings: Settings) -> HostClient | None:
    """A client of the host that runs already, or ``None``; never starts one."""
    endpoint = host_endpoint(config.home(), WIRE_VERSION, settings.transport)
    return HostClient(endpoint) if _health(endpoint) else None


def ensure_host(settings: Settings, cancellation: Cancellation | None = None) -> HostClient:
    """A client of the user's host, started if there is none.

    Raises:
        Cancelled: while it started; the host goes on starting.
        HostUnavailable: it could not be started, with what it wrote.
    """
    return reach_host(settings, cancellation or Cancellation())[0]


def reach_host(settings: Settings, cancellation: Cancellation) -> tuple[HostClient, Mapping[str, Any]]:
    """As ``ensure_host``, with the host's ``/health``."""
    endpoint = host_endpoint(config.home(), WIRE_VERSION, settings.transport)
    health = _health(endpoint)
    if not health:
        with launch_lock(endpoint, cancellation):
            health = _health(endpoint)
            if not health:
                _start(endpoint, settings, cancellation, is_private=False)
    client = HostClient(endpoint)
    return client, health or client.get("/health")


def ask(request: ChatRequest, cancellation: Cancellation, host: Callable[[], HostClient]) -> Iterator[Event]:
    """The events of one generation; a host that was just leaving is replaced once.

    Raises:
        ThreadRunnerError
    """
    for is_last in (False, True):
        try:
            with host().chat(request, cancellation) as events:
                yield from events
            return
        except HostGone:
            if is_last:
                raise


def start_private_host(settings: Settings, cancellation: Cancellation | None = None) -> tuple[HostClient, ChildProcess]:
    """A host for this process alone, which ends with it."""
    kind = choose_transport(settings.transport)
    endpoint = Endpoint(socket_folder() / f"private-{os.getpid()}-{time.monotonic_ns():x}.sock", kind)
    child = _start(endpoint, settings, cancellation or Cancellation(), is_private=True)
    return HostClient(endpoint), child


@contextlib.contextmanager
def launch_lock(endpoint: Endpoint, cancellation: Cancellation) -> Iterator[None]:
    """Held by who starts a host or takes its socket away."""
    from filelock import FileLock, Timeout  # 15 ms, and only who starts a host needs it

    # Not bound to a thread: the host takes it on one and gives it back on another.
    lock = FileLock(endpoint.path.with_suffix(".lock"), thread_local=False)
    while True:
        try:
            lock.acquire(timeout=LOCK_POLL_SECONDS)
            break
        except Timeout:
            cancellation.check()
    try:
        yield
    finally:
        lock.release()


def host_command(endpoint: Endpoint, *, is_private: bool) -> list[str]:
    command = [sys.executable, "-m", "threadrunner_kernel.host", "--endpoint", str(endpoint.path)]
    return [*command, "--transport", endpoint.transport, *(["--private"] if is_private else [])]


def host_environment(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """This process's environment, with the host settings as they are in force here."""
    environment = {key: value for key, value in environ.items() if not key.startswith("JPY_")}
    for name in config.names("host"):
        value, variable = getattr(settings, name), f"THREADRUNNER_{name.upper()}"
        environment.pop(variable, None)
        if value is not None:
            environment[variable] = ",".join(value) if isinstance(value, tuple) else str(value)
    # Profiles have settings of requests only; one that is gone from config.toml is no reason not to start.
    environment.pop("THREADRUNNER_PROFILE", None)
    environment["THREADRUNNER_HOME"] = str(config.home(environ))
    return environment


def differing_host_settings(settings: Settings, health: Mapping[str, Any]) -> dict[str, tuple[object, object]]:
    """Host settings asked for here that the running host was not started with: name → (here, there)."""
    # JSON knows no tuples.
    there = {name: tuple(v) if isinstance(v, list) else v for name, v in health.get("settings", {}).items()}
    mine = {name: getattr(settings, name) for name in config.names("host")}
    default = Settings()
    return {
        name: (value, there[name])
        for name, value in mine.items()
        if name in there and value != there[name] and value != getattr(default, name)
    }


def host_notices(settings: Settings, health: Mapping[str, Any]) -> list[str]:
    """What the user should know of the running host once, from its ``/health``."""
    return [
        *health.get("notices", []),
        *(
            f"The running host has {name} = {there}, asked for is {here}: "
            "`threadrunner stop` lets the next one start with it."
            for name, (here, there) in differing_host_settings(settings, health).items()
        ),
    ]


def _health(endpoint: Endpoint) -> dict[str, Any] | None:
    """What a host of this wire version says of itself; ``None`` when none answers."""
    try:
        status, body = endpoint.get_json("/health", 5.0)
    except (OSError, http.client.HTTPException, ValueError):
        return None
    return body if status == 200 and body.get("wire") == WIRE_VERSION else None


def _start(endpoint: Endpoint, settings: Settings, cancellation: Cancellation, *, is_private: bool) -> ChildProcess:
    from threadrunner_kernel.process import ChildExited, ChildProcess  # 5 ms, and most find a host that runs

    child = ChildProcess(
        host_command(endpoint, is_private=is_private),
        endpoint,
        log=log_folder() / "host.log",
        environment=host_environment(settings),
        is_private=is_private,
    )
    try:
        child.start()
        child.wait_ready(None, START_TIMEOUT_SECONDS, cancellation.check)
    except ChildExited as exc:
        if exc.report.code == ALREADY_RUNNING:
            _wait_for(endpoint, cancellation)
            return child
        tail = exc.report.tail.splitlines()[-1:] or ["it wrote nothing"]
        raise HostUnavailable(
            f"The ThreadRunner host could not start: it {exc.report} ({tail[0]}). Its log: {child.log}"
        ) from exc
    except (OSError, TimeoutError) as exc:
        raise HostUnavailable(f"The ThreadRunner host could not start: {exc}. Its log: {child.log}") from exc
    return child


def _wait_for(endpoint: Endpoint, cancellation: Cancellation) -> None:
    """Wait for a host that somebody else started on this socket and that does not answer yet."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not _health(endpoint):
        if time.monotonic() > deadline:
            raise HostUnavailable("The ThreadRunner host runs but does not answer: `threadrunner stop` ends it.")
        cancellation.wait(LOCK_POLL_SECONDS)


def log_folder() -> Path:
    return config.home() / "logs"
