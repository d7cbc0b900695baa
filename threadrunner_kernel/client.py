"""The client of a host: blocking, light to import, and every wait in it can be cancelled from another thread."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from threadrunner_kernel.endpoint import CONNECT_TIMEOUT_SECONDS, Endpoint, HttpConnection
from threadrunner_kernel.errors import Cancelled, HostUnavailable, from_wire
from threadrunner_kernel.messages import ChatRequest, Event, event_from_chunk

LEASE_HEADER = "X-ThreadRunner-Lease"
ANSWER_TIMEOUT_SECONDS = 60.0


class Cancellation:
    """One thing that may be cancelled, from any thread, once."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def is_cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        with self._lock:
            self._event.set()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    def wait(self, seconds: float) -> None:
        """Wait, but not past the cancel.

        Raises:
            Cancelled
        """
        self._event.wait(seconds)
        self.check()

    def check(self) -> None:
        if self.is_cancelled:
            raise Cancelled("Stopped.")

    @contextlib.contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Within the block a cancel calls ``callback``; one that came before calls it at once."""
        with self._lock:
            self._callbacks.append(callback)
        try:
            if self.is_cancelled:
                callback()
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)


class HostGone(HostUnavailable):
    """The connection ended before any header: nothing was done, and a new host may be asked."""

    code = "host_gone"


class JsonStream:
    """The JSON objects of one event stream. ``shut`` ends it from any thread, also while it waits."""

    def __init__(self, connection: HttpConnection, response: http.client.HTTPResponse, sock: socket.socket) -> None:
        self._connection = connection
        self._response = response
        self._socket = sock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each ``data:`` object until ``[DONE]``.

        Raises:
            ThreadRunnerError: the one that the stream carries.
            HostUnavailable: the stream broke off.
        """
        while line := self._line():
            if not line.startswith(b"data:"):
                continue
            data = line[5:].strip()
            if data == b"[DONE]":
                return
            try:
                body = json.loads(data)
            except ValueError:
                break  # cut off in mid-line
            if "error" in body:
                raise from_wire(body, body["error"].get("status", 500))
            yield body
        raise HostUnavailable("The ThreadRunner host ended in the middle of the answer. Ask again: it is started anew.")

    def _line(self) -> bytes:
        try:
            return self._response.readline()
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            # AttributeError, ValueError: the response was closed by `shut` on another thread in mid-read.
            return b""

    def shut(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.shut()
        self._response.close()
        self._connection.close()


class HostClient:
    """Requests to the host at ``endpoint``; ``lease`` is the id that they are made under."""

    def __init__(self, endpoint: Endpoint, lease: str | None = None) -> None:
        self.endpoint = endpoint
        self.lease = lease

    def get(self, path: str) -> dict[str, Any]:
        return self._json("GET", path)

    def post(
        self, path: str, body: dict[str, Any] | None = None, cancellation: Cancellation | None = None
    ) -> dict[str, Any]:
        """The answer to a request; with a ``cancellation`` it may take as long as it takes.

        Raises:
            Cancelled, ThreadRunnerError
        """
        return self._json("POST", path, body or {}, cancellation)

    @contextlib.contextmanager
    def chat(self, request: ChatRequest, cancellation: Cancellation) -> Iterator[Iterator[Event]]:
        """The events of one generation. Leaving the block, or the cancel, ends the generation.

        Raises:
            Cancelled: by ``cancellation``, or by somebody through ``POST /stop``.
            ThreadRunnerError: what the host or the runner refused or met.
        """
        path = "/v1/chat/completions" if request.prompt is None else "/v1/completions"
        with self.stream("POST", path, request.to_wire(), cancellation) as chunks:
            yield (event_from_chunk(chunk) for chunk in chunks)

    @contextlib.contextmanager
    def stream(
        self, method: str, path: str, body: dict[str, Any] | None, cancellation: Cancellation
    ) -> Iterator[Iterator[dict[str, Any]]]:
        """The JSON objects of an event stream, as ``chat``."""
        connection = HttpConnection(self.endpoint, CONNECT_TIMEOUT_SECONDS)
        with contextlib.closing(connection), _shutting(connection, cancellation):
            # Connecting is bounded; an answer may take as long as a model takes.
            response, sock = self._open(connection, method, path, body, cancellation, answer_timeout_seconds=None)
            with JsonStream(connection, response, sock) as stream, cancellation.calling(stream.shut):
                yield _until_cancelled(stream, cancellation)

    def _json(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        cancellation: Cancellation | None = None,
    ) -> dict[str, Any]:
        timeout_seconds = ANSWER_TIMEOUT_SECONDS if cancellation is None else None
        cancellation = cancellation or Cancellation()
        connection = HttpConnection(self.endpoint, CONNECT_TIMEOUT_SECONDS)
        with contextlib.closing(connection), _shutting(connection, cancellation):
            response, _ = self._open(
                connection, method, path, body, cancellation, answer_timeout_seconds=timeout_seconds
            )
            try:
                content: dict[str, Any] = json.loads(response.read() or b"{}")
            except (OSError, http.client.HTTPException, ValueError) as exc:
                raise HostUnavailable("The ThreadRunner host ended in the middle of its answer. Ask again.") from exc
            return content

    def _open(
        self,
        connection: HttpConnection,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        cancellation: Cancellation,
        *,
        answer_timeout_seconds: float | None,
    ) -> tuple[http.client.HTTPResponse, socket.socket]:
        """Send a request and read its status.

        Raises:
            HostGone: nobody listens, or the connection ended before any header.
            ThreadRunnerError: the status is not 200.
        """
        payload = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if self.lease:
            headers[LEASE_HEADER] = self.lease
        try:
            connection.connect()
            cancellation.check()  # a cancel until now had no socket to shut
            sock = connection.sock
            sock.settimeout(answer_timeout_seconds)
            connection.request(method, quote(path, safe="/?=&-_."), payload, {**headers, **self.endpoint.headers()})
            response = connection.getresponse()
        except (ConnectionError, FileNotFoundError, http.client.HTTPException) as exc:
            raise HostGone("The ThreadRunner host does not answer. Ask again: it is started anew.") from exc
        except OSError as exc:
            raise HostUnavailable(f"The ThreadRunner host cannot be reached ({exc}).") from exc
        if response.status != 200:
            raise from_wire(_body(response), response.status)
        return response, sock


@contextlib.contextmanager
def _shutting(connection: HttpConnection, cancellation: Cancellation) -> Iterator[None]:
    """Within the block a cancel shuts the connection, and what then breaks is the cancel's doing."""

    def shut() -> None:
        sock = connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    try:
        with cancellation.calling(shut):
            yield
    except HostUnavailable:
        cancellation.check()
        raise


def _until_cancelled(stream: JsonStream, cancellation: Cancellation) -> Iterator[dict[str, Any]]:
    try:
        for body in stream:
            yield body
            cancellation.check()
    except HostUnavailable:
        cancellation.check()
        raise


def _body(response: http.client.HTTPResponse) -> object:
    text = response.read()
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")
