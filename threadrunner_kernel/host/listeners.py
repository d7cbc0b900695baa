"""The loopback ports that leases carry: opened when a lease asks for one, closed when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextvars import Context
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge, Le
from fastapi import Request
from pydantic import ConfigDict, TypeAdapter, ValidationError

from threadrunner_kernel.api_token import read_token
from threadrunner_kernel.errors import BadRequest, Forbidden, QueueFull, ThreadRunnerError, TookTooLong
from threadrunner_kernel.serving import (
    Server,
    bad_request,
    error_response,
    foreign,
    headers_of,
    sse_error,
    without_token,
)

MOST_OPEN_REQUESTS = 256
DAY_SECONDS = 86_400.0
# They say the same to everybody, and a browser has no token.
OPEN_PAGES = {"/", "/docs", "/openapi.json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedPort:
    """A port on loopback; 0 is any that is free. A request that takes longer than the limit is ended; 0 is no limit."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    port: Annotated[int, Ge(0), Le(65535)]
    is_token_needed: bool = True
    time_limit_seconds: Annotated[float, Ge(0), Le(DAY_SECONDS)] = 0.0


_adapter = TypeAdapter(ServedPort)


def asked_port(request: Request) -> ServedPort | None:
    """The port that a lease is to carry, if any.

    Raises:
        BadRequest: it does not fit.
        Forbidden: who came in by such a port cannot open another.
    """
    asked = {name: value for name, value in request.query_params.items() if name not in ("pid", "name")}
    if not asked:
        return None
    if is_served(request):
        raise Forbidden("A port is opened by `threadrunner serve`, not from another port.")
    try:
        return _adapter.validate_python(asked)
    except ValidationError as exc:
        raise bad_request(exc, ("pid", "name", *(f.name for f in fields(ServedPort)))) from exc


def is_served(request: Request) -> bool:
    """Whether a request came in by a port that a lease carries."""
    return bool(request.scope["state"].get("is_served"))


class Listeners:
    """The open ones, by port. ``door`` makes the application behind a port."""

    def __init__(self, door: Callable[[ServedPort], Any]) -> None:
        self._door = door
        self._closing: dict[int, asyncio.Task[None]] = {}
        self.open: dict[int, ServedPort] = {}

    @contextlib.asynccontextmanager
    async def opened(self, asked: ServedPort | None) -> AsyncIterator[dict[str, Any]]:
        """What a lease is told of its port, which is open within the block; nothing for ``None``.

        Raises:
            BadRequest: the port cannot be had.
        """
        if asked is None:
            yield {}
            return
        if asked.port in self._closing:
            await asyncio.wait([self._closing[asked.port]])
        listening = _listen(asked.port, is_ours=asked.port in self.open)
        served = replace(asked, port=listening.getsockname()[1])
        server = Server(self._door(served))
        # In a context of its own: what it logs does not belong to the request that opened it.
        task = asyncio.create_task(server.serve(sockets=[listening]), context=Context())
        self.open[served.port] = served
        try:
            yield {**asdict(served), "url": f"http://127.0.0.1:{served.port}"}
        finally:
            # Whoever holds this block may be cancelled at every await: the server closes by itself.
            del self.open[served.port]
            self._closing[served.port] = task
            task.add_done_callback(lambda _: self._closing.pop(served.port, None))
            server.leave()


def _listen(port: int, *, is_ours: bool) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port), backlog=128)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            ours, other = f"Port {port} is served by this host already", f"Port {port} is taken by another program"
            reason = ours if is_ours else other
        else:
            reason = f"Port {port} cannot be had ({exc.strerror})"
        raise BadRequest(f"{reason}: choose another one with --port.", param="port") from exc


class Door:
    """Before the host's application on a served port: who may come in, how many at once, and for how long."""

    def __init__(self, app: Any, served: ServedPort, home: Path) -> None:
        self.app = app
        self.served = served
        self.home = home
        self._open_requests = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            error = self._refusal(scope)
        except ThreadRunnerError as exc:  # the token cannot be read
            error = exc
        if error:
            await error_response(error)(scope, receive, send)
            return
        scope["state"]["is_served"] = True
        self._open_requests += 1
        try:
            await self._within_limit(scope, receive, send)
        finally:
            self._open_requests -= 1

    def _refusal(self, scope: Any) -> ThreadRunnerError | None:
        headers = headers_of(scope)
        if error := foreign(headers):
            return error
        # Read each time: a new token is the only one from then on.
        if self.served.is_token_needed and scope["path"] not in OPEN_PAGES:
            error = without_token(headers, read_token(self.home))
        if error is None and scope["path"] == "/shutdown":
            return Forbidden("The host is not stopped from a port: `threadrunner stop` does that.")
        if error is None and self._open_requests >= MOST_OPEN_REQUESTS:
            return QueueFull(f"{MOST_OPEN_REQUESTS} requests are open on this port already: ask again later.")
        return error

    async def _within_limit(self, scope: Any, receive: Any, send: Any) -> None:
        answer = Answer(send)
        limit = self.served.time_limit_seconds if scope["path"] != "/lease" else 0.0
        try:
            async with asyncio.timeout(limit or None):
                await self.app(scope, receive, answer.send)
        except TimeoutError:
            error = TookTooLong(f"The answer took longer than {limit:g} s, which is this port's limit: ask for less.")
            if not answer.is_begun:
                await error_response(error)(scope, receive, send)
            elif answer.is_event_stream:
                await send({"type": "http.response.body", "body": sse_error(error)})
            # Otherwise it is left incomplete, and the server breaks the connection.


class Answer:
    """What has been sent of an answer."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self.is_begun = False
        self.is_event_stream = False

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.is_begun = True
            kinds = [value for name, value in message.get("headers", ()) if name.lower() == b"content-type"]
            self.is_event_stream = any(kind.startswith(b"text/event-stream") for kind in kinds)
        await self._send(message)
