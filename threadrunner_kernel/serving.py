"""What the host and the runner share as servers: uvicorn on an endpoint, errors, event streams, leaving clients."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import re
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from uvicorn.protocols.http.h11_impl import H11Protocol

from threadrunner_kernel.config import nearest
from threadrunner_kernel.errors import (
    BadRequest,
    BodyTooLarge,
    Cancelled,
    Forbidden,
    ThreadRunnerError,
    TookTooLong,
    Unauthorized,
)
from threadrunner_kernel.request_ids import request_id

logger = logging.getLogger("threadrunner")
# What anybody can cause, a page in a browser too.
refusals = logging.getLogger("threadrunner.refused")
T = TypeVar("T")

DONE = b"data: [DONE]\n\n"
SHUTDOWN_GRACE_SECONDS = 1
LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")
# 2,000 long texts to embed fit, a thousand times the longest prompt too.
LARGEST_BODY_BYTES = 32_000_000
# pydantic's words for it, of a model and of a dataclass.
UNKNOWN_FIELD = ("extra_forbidden", "unexpected_keyword_argument")
# What it expected, by its name for the mistake.
EXPECTED = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "a text",
    "list_type": "a list",
    "tuple_type": "a list",
    "literal_error": "one of {expected}",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
}
# How long the head of a request may take, and its body.
REQUEST_SECONDS = 60.0
# Files that a process may have open are often 1,024, and each request to a runner needs one more.
MOST_CONNECTIONS = 400
LONGEST_ECHO = 200
REFUSALS_A_MINUTE = 100


class PeerAwareProtocol(H11Protocol):
    """Puts the process id at the other end of a Unix socket into the request's state, as ``peer_pid``.

    A connection of which no whole head of a request comes is closed, and so is one too many.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "peer_pid": peer_pid(transport.get_extra_info("socket"))}
        self._head_limit: asyncio.TimerHandle | None = None
        self._await_head()
        if len(self.connections) > MOST_CONNECTIONS:
            refusals.warning("a connection is refused: %d are open", MOST_CONNECTIONS)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._head_has_come()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # uvicorn's own limit between two requests ends with the first byte of the next.
        if self.cycle is not None and not self.cycle.response_complete:
            self._head_has_come()
        elif self._head_limit is None and self.timeout_keep_alive_task is None:
            self._await_head()

    def _await_head(self) -> None:
        self._head_limit = self.loop.call_later(REQUEST_SECONDS, self.transport.close)

    def _head_has_come(self) -> None:
        if self._head_limit is not None:
            self._head_limit.cancel()
            self._head_limit = None


def peer_pid(connection: Any) -> int | None:
    """Who is at the other end of a Unix socket (SO_PEERCRED; LOCAL_PEERPID on macOS); ``None`` with TCP."""
    if connection is None or connection.family != getattr(socket, "AF_UNIX", None):
        return None
    if sys.platform == "darwin":
        return int(connection.getsockopt(0, 2))
    return int(struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0])


class Server(uvicorn.Server):
    """uvicorn without its handling of signals, which its owner does: it would raise them again at the end."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(
            app,
            http=PeerAwareProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=SHUTDOWN_GRACE_SECONDS,
            timeout_keep_alive=60,
            proxy_headers=False,  # who asks is who is connected
        )
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def leave(self) -> None:
        self.should_exit = True


class Guard:
    """Before an application on an endpoint: over TCP only programs on this machine that have the token may ask."""

    def __init__(self, app: Any, token: str | None) -> None:
        self.app = app
        self.token = token

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = headers_of(scope)
        error = self.token and (foreign(headers) or without_token(headers, self.token))
        await (error_response(error) if error else self.app)(scope, receive, send)


def headers_of(scope: Any) -> dict[str, str]:
    """The headers by name. One that comes twice has both values: what is checked is not what happens to be last."""
    headers: dict[str, str] = {}
    for key, value in scope["headers"]:
        name, text = key.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


def foreign(headers: Mapping[str, str]) -> ThreadRunnerError | None:
    """The refusal of a request that names another machine, or that a page of another machine makes."""
    host, origin = headers.get("host", ""), headers.get("origin")
    is_ours = is_loopback(host) and (origin is None or is_loopback(re.sub(r"^https?://", "", origin)))
    # A page's image or link sends no Origin, but browsers say where it comes from.
    if is_ours and headers.get("sec-fetch-site") != "cross-site":
        return None
    return Forbidden("Only programs on this machine may ask.")


def without_token(headers: Mapping[str, str], token: str) -> ThreadRunnerError | None:
    """The refusal of a request that does not carry the token."""
    if hmac.compare_digest(headers.get("authorization", "").encode(), f"Bearer {token}".encode()):
        return None
    return Unauthorized("The token is missing or wrong: send it as `Authorization: Bearer …`.")


def is_loopback(host: str) -> bool:
    """Whether ``name[:port]`` names this machine itself; a name that only resolves to it does not (DNS rebinding)."""
    return LOOPBACK.fullmatch(host.lower()) is not None


class BoundedBody:
    """A request's ``receive`` with limits: how large its body may be, and how long it may take to come.

    Raises:
        BodyTooLarge, TookTooLong, Cancelled: from ``__call__``; the last when the client leaves before its end.
    """

    def __init__(self, scope: Any, receive: Any) -> None:
        headers = headers_of(scope)
        declared = headers.get("content-length", "0")
        self._receive = receive
        self._size_bytes = int(declared) if declared.isdecimal() else 0
        self._received_bytes = 0
        self._began = asyncio.get_running_loop().time()
        self._is_whole = not self._size_bytes and "transfer-encoding" not in headers

    async def __call__(self) -> Any:
        if self._is_whole:
            return await self._receive()  # at last the client's leaving
        self._check_size()
        try:
            # Not wait_for: it has a task of its own, and a cancel could lose what that has received.
            async with asyncio.timeout_at(self._began + REQUEST_SECONDS):
                message = await self._receive()
        except TimeoutError:
            raise TookTooLong(f"The request was not complete after {REQUEST_SECONDS:.0f} s: send it faster.") from None
        if message["type"] == "http.disconnect":
            raise Cancelled("The client left.")
        self._received_bytes += len(message.get("body", b""))
        self._check_size()
        self._is_whole = not message.get("more_body")
        return message

    def _check_size(self) -> None:
        if max(self._size_bytes, self._received_bytes) > LARGEST_BODY_BYTES:
            raise BodyTooLarge(f"The body is larger than {LARGEST_BODY_BYTES:,} bytes: send less at once.")


def install_error_handlers(app: FastAPI) -> None:
    """Every failure leaves in OpenAI's shape with its status."""

    async def known(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, ThreadRunnerError)
        return error_response(exc)

    async def http(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, HTTPException)
        error = BadRequest(f"{exc.detail}.")
        return JSONResponse(error.to_wire(), exc.status_code)

    async def invalid(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, RequestValidationError)
        return error_response(BadRequest(first_problem(exc.errors())))

    async def unknown(_: Request, exc: Exception) -> Response:
        logger.error("a request failed", exc_info=exc)
        return error_response(ThreadRunnerError(f"Internal error ({type(exc).__name__}); the log has the details."))

    app.add_exception_handler(ThreadRunnerError, known)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unknown)


def error_response(error: ThreadRunnerError) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse(error.to_wire(), error.status, headers)


def first_problem(errors: Any) -> str:
    """pydantic's first complaint as a sentence that names the field."""
    error = errors[0]
    where = ".".join(str(part) for part in error["loc"] if part != "body")
    if error["type"] == "missing":
        return f"{clipped(where)} is missing."
    expected = EXPECTED.get(error["type"])
    if not (where and expected):
        return f"{clipped(where) or 'the body'}: {error['msg']}."
    given = error["input"]
    # A text of any length, or a list of them, may be a prompt: it is not repeated.
    is_short = given is None or isinstance(given, bool | int | float) or (isinstance(given, str) and len(given) <= 20)
    return (
        f"{clipped(where)} must be {expected.format(**error.get('ctx', {}))}{f', not {given!r}' if is_short else ''}."
    )


def bad_request(exc: ValidationError, known: Iterable[str] = ()) -> BadRequest:
    """The refusal of a body: for an unknown field with the ``known`` ones, nearest first, else what does not fit."""
    problems = exc.errors()
    where = next((each["loc"] for each in problems if each["type"] in UNKNOWN_FIELD), ())
    if where:
        name = clipped(".".join(map(str, where)))
        closest = nearest(name, known) if len(where) == 1 else ""
        return BadRequest(f"There is no field {name!r} here.{closest}", param=clipped(str(where[0])))
    where = problems[0]["loc"]
    return BadRequest(first_problem(problems), param=clipped(str(where[0])) if where else None)


def clipped(text: str) -> str:
    """A client's own words, as long as a sentence bears it."""
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"


def sse(body: dict[str, Any]) -> bytes:
    """One server-sent event. Compact: the host recognises an empty ``"delta":{}``."""
    return b"data: " + json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def sse_error(error: ThreadRunnerError) -> bytes:
    """A failure after the headers: the error with its status inside."""
    body = error.to_wire()
    body["error"]["status"] = error.status
    return sse(body)


async def event_stream(request: Request, parts: AsyncIterator[bytes], *, wait_for_first: bool) -> Response:
    """``parts`` as a streamed response; with ``wait_for_first`` a failure before the first part keeps its status."""
    if not wait_for_first:
        return StreamingResponse(_with_error(parts), media_type="text/event-stream")
    first = await unless_disconnected(request, anext(parts))

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for part in _with_error(parts):
            yield part

    return StreamingResponse(whole(), media_type="text/event-stream")


async def _with_error(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async with contextlib.aclosing(parts):  # type: ignore[type-var]
        try:
            async for part in parts:
                yield part
        except ThreadRunnerError as exc:
            yield sse_error(exc)
        except Exception as exc:
            logger.exception("a stream failed")
            yield sse_error(ThreadRunnerError(f"Internal error ({type(exc).__name__}); the log has the details."))


async def unless_disconnected(request: Request, work: Awaitable[T]) -> T:
    """The result of ``work``, which is cancelled when the client leaves (a plain handler is not told).

    Raises:
        Cancelled: the client left; nobody reads the answer.
    """
    doing = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_disconnect(request))
    try:
        await asyncio.wait({doing, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise Cancelled("The client left.")
        return doing.result()
    finally:
        watching.cancel()
        if not doing.done():
            doing.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await doing


async def _disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Seldom(logging.Filter):
    """Lets so many lines a minute into the log: what strangers cause shall not fill the disk."""

    def __init__(self, lines_a_minute: int) -> None:
        super().__init__()
        self._lines_a_minute = lines_a_minute
        self._minute, self._lines = 0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute, self._lines = minute, 0
        self._lines += 1
        return self._lines <= self._lines_a_minute


def log_to_stderr(level: str) -> None:
    """Log lines to stderr, which the parent points at a file; a full disk must cost lines, not the process.

    Each line has its request's id, so that one can be followed from the client through host and runner.
    """
    logging.raiseExceptions = False
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_add_request_id)
    line = "%(asctime)s %(process)d %(levelname)s request=%(request)s %(message)s"
    logging.basicConfig(level=level.upper(), format=line, handlers=[handler])
    for each in (refusals, logging.getLogger("uvicorn.error")):
        each.addFilter(Seldom(REFUSALS_A_MINUTE))
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    logging.getLogger("httpcore2").setLevel(logging.WARNING)


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request = request_id.get()
    return True
