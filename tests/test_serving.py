"""The servers' own patience: with heads and bodies that do not come, and with too many connections."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from fastapi.responses import JSONResponse

from tests.conftest import wait_until
from threadrunner_kernel import serving
from threadrunner_kernel.errors import TookTooLong
from threadrunner_kernel.serving import BoundedBody, Server, error_response

WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def echo(scope: object, receive: object, send: object) -> None:
    """Reads the whole body, and says that all is well."""
    body = BoundedBody(scope, receive)
    try:
        while (await body()).get("more_body"):
            pass
    except TookTooLong as exc:
        await error_response(exc)(scope, receive, send)  # type: ignore[arg-type]
        return
    await JSONResponse({})(scope, receive, send)  # type: ignore[arg-type]


@pytest.fixture(params=[0.2])
def port(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server with so much patience, in seconds."""
    monkeypatch.setattr(serving, "REQUEST_SECONDS", request.param)
    monkeypatch.setattr(serving, "MOST_CONNECTIONS", 5)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(echo)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        yield listening.getsockname()[1]
        server.leave()
        thread.join()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 60)


def answer(connection: socket.socket) -> bytes:
    """One whole answer of ``echo``."""
    connection.sendall(WHOLE)
    said = b""
    while not said.endswith(b"{}") and (part := connection.recv(4096)):
        said += part
    return said


def rest_of(connection: socket.socket) -> bytes:
    """All that still comes, until the other side closes."""
    said = b""
    while part := connection.recv(4096):
        said += part
    return said


@pytest.mark.parametrize("beginning", [b"", b"G", WHOLE[:-2]])
def test_a_head_that_does_not_come_ends_the_connection(port: int, beginning: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(beginning)
        assert rest_of(connection) == b""


@pytest.mark.parametrize("port", [3], indirect=True)
def test_a_later_head_that_does_not_come_ends_the_connection_too(port: int) -> None:
    with connected(port) as connection:
        for _ in range(2):
            assert b" 200 OK" in answer(connection)
        connection.sendall(WHOLE[:-2])
        assert rest_of(connection) == b""


def test_a_body_that_does_not_come_is_told(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
        assert b" 408 " in connection.recv(4096)


@pytest.mark.parametrize("port", [60], indirect=True)
def test_a_connection_too_many_is_closed_and_the_others_are_served(port: int) -> None:
    with ExitStack() as open_ones:
        patient = [open_ones.enter_context(connected(port)) for _ in range(5)]
        for connection in patient:
            assert b" 200 OK" in answer(connection)
        with connected(port) as refused:
            assert rest_of(refused) == b""
        assert b" 200 OK" in answer(patient[0])
    wait_until(lambda: is_served(port), what="room again")


def is_served(port: int) -> bool:
    with connected(port) as connection:
        try:
            return b" 200 OK" in answer(connection)
        except ConnectionError:
            return False
