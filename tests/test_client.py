"""The client against a real server: what it asks, what it makes of the answers, and how it is stopped."""

from __future__ import annotations

import json
import queue
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Literal

import pytest

from threadrunner_kernel.client import Cancellation, HostClient, HostGone
from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.errors import Cancelled, HostUnavailable, ModelNotFound, QueueFull, ThreadRunnerError
from threadrunner_kernel.messages import ChatRequest, Event, Message, Progress, Usage

DONE = b"data: [DONE]\n\n"
REQUEST = ChatRequest(messages=(Message("user", "Hi"),), stream=True)


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Reply(BaseHTTPRequestHandler):
    """One connection at the server; a test's answer writes through it."""

    protocol_version = "HTTP/1.1"

    def json(self, body: Any, status: int = 200) -> None:
        self.whole(json.dumps(body).encode(), status)

    def whole(self, payload: bytes, status: int = 200, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(payload) if length is None else length))
        self.end_headers()
        self.wfile.write(payload)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def part(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def event(self, body: Any) -> None:
        self.part(b"data: " + json.dumps(body).encode() + b"\n\n")

    def end_stream(self, last: bytes = DONE) -> None:
        self.part(last)
        self.part(b"")

    def wait_for_client_to_leave(self) -> bool:
        self.connection.settimeout(10)
        return not self.connection.recv(1)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


Answer = Callable[[Reply], None]


@contextmanager
def serving(endpoint: Endpoint, answer: Answer) -> Iterator[queue.Queue[Asked]]:
    """Answer every connection by ``answer``; what was asked comes through the queue."""
    asked: queue.Queue[Asked] = queue.Queue()

    class Handler(Reply):
        def handle_request(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.put(Asked(self.command, self.path, dict(self.headers), json.loads(body) if body else None))
            self.close_connection = True
            answer(self)

        do_GET = do_POST = handle_request

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(ConnectionError):  # a client may leave in mid-answer
                Handler(connection, ("", 0), None)  # type: ignore[arg-type]  # it asks its server for nothing

    server = endpoint.listen()
    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield asked
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        server.close()
        assert not thread.is_alive()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with tempfile.TemporaryDirectory(prefix="tr-") as folder:
        yield Endpoint(Path(folder) / "sock")


# Single answers


@pytest.mark.parametrize("transport", ["unix", "tcp"])
def test_a_request_carries_body_lease_and_token(tmp_path: Path, transport: Literal["unix", "tcp"]) -> None:
    with tempfile.TemporaryDirectory(prefix="tr-") as folder:
        endpoint = Endpoint(Path(folder) / "sock", transport)
        with serving(endpoint, lambda reply: reply.json({"x": 1})) as asked:
            assert HostClient(endpoint, lease="l-1").post("/models/load", {"model": "m"}) == {"x": 1}
            request = asked.get(timeout=10)
            token = endpoint.token()
    assert (request.method, request.path, request.body) == ("POST", "/models/load", {"model": "m"})
    assert request.headers["X-ThreadRunner-Lease"] == "l-1"
    assert request.headers.get("Authorization") == (f"Bearer {token}" if token else None)


def test_a_get_has_no_body_and_without_a_lease_no_header(endpoint: Endpoint) -> None:
    with serving(endpoint, lambda reply: reply.json({})) as asked:
        assert HostClient(endpoint).get("/status?x=1&y=a b") == {}
    request = asked.get(timeout=10)
    assert (request.method, request.path, request.body) == ("GET", "/status?x=1&y=a%20b", None)
    assert "X-ThreadRunner-Lease" not in request.headers


def test_a_post_without_a_body_sends_an_empty_object(endpoint: Endpoint) -> None:
    with serving(endpoint, lambda reply: reply.json({})) as asked:
        HostClient(endpoint).post("/stop")
    assert asked.get(timeout=10).body == {}


def test_a_refusal_is_raised_as_the_error_it_was(endpoint: Endpoint) -> None:
    error = ModelNotFound("There is no model 'x'.", param="model")
    with serving(endpoint, lambda reply: reply.json(error.to_wire(), 404)), pytest.raises(ModelNotFound) as caught:
        HostClient(endpoint).get("/status")
    assert (caught.value.message, caught.value.param) == (error.message, "model")


def test_a_refusal_that_is_not_json_is_quoted(endpoint: Endpoint) -> None:
    with (
        serving(endpoint, lambda reply: reply.whole(b"Bad \xff gateway", 502)),
        pytest.raises(ThreadRunnerError) as got,
    ):
        HostClient(endpoint).get("/status")
    assert "502" in got.value.message
    assert "gateway" in got.value.message


@pytest.mark.parametrize("transport", ["unix", "tcp"])
def test_where_nobody_listens_the_host_is_gone(endpoint: Endpoint, transport: Literal["unix", "tcp"]) -> None:
    with pytest.raises(HostGone):
        HostClient(Endpoint(endpoint.path, transport)).get("/status")
    Endpoint(endpoint.path, transport).listen().close()
    with pytest.raises(HostGone):
        HostClient(Endpoint(endpoint.path, transport)).get("/status")


def test_a_connection_that_ends_before_any_header_means_the_host_is_gone(endpoint: Endpoint) -> None:
    with serving(endpoint, lambda reply: None), pytest.raises(HostGone):
        HostClient(endpoint).get("/status")


def test_an_answer_that_is_cut_off_is_no_answer(endpoint: Endpoint) -> None:
    with serving(endpoint, lambda reply: reply.whole(b'{"a": ', length=100)), pytest.raises(HostUnavailable):
        HostClient(endpoint).get("/status")


# Streams


def test_a_generation_comes_as_its_events_until_done(endpoint: Endpoint) -> None:
    def answer(reply: Reply) -> None:
        reply.begin_stream()
        reply.part(b": a comment\n\nevent: x\n\n")
        reply.event({"choices": [{"index": 0, "delta": {}}], "prompt_progress": {"processed": 1, "total": 2}})
        reply.part(b'data: {"choices": [{"delta": {"content":')  # an event may come in pieces
        reply.part(' "né"}}]}\n\n'.encode())
        reply.event({"choices": [], "usage": {"prompt_tokens": 2, "completion_tokens": 1}})
        reply.part(DONE)
        reply.event({"choices": [{"delta": {"content": "after the end"}}]})

    with serving(endpoint, answer) as asked, HostClient(endpoint).chat(REQUEST, Cancellation()) as events:
        assert list(events) == [
            Event(progress=Progress("prompt", 1, 2)),
            Event(text="né"),
            Event(usage=Usage(2, 1)),
        ]
    request = asked.get(timeout=10)
    assert (request.path, request.body) == ("/v1/chat/completions", json.loads(json.dumps(REQUEST.to_wire())))


def test_an_error_in_a_stream_is_raised_after_what_came_before(endpoint: Endpoint) -> None:
    def answer(reply: Reply) -> None:
        reply.begin_stream()
        reply.event({"choices": [{"delta": {"content": "so far"}}]})
        body = QueueFull("Too many wait.").to_wire()
        body["error"]["status"] = 429
        reply.event(body)
        reply.end_stream(b"")

    said: list[str] = []
    with (
        serving(endpoint, answer),
        pytest.raises(QueueFull, match="Too many wait"),
        HostClient(endpoint).chat(REQUEST, Cancellation()) as events,
    ):
        said.extend(event.text for event in events)
    assert said == ["so far"]


def test_a_stream_refused_before_it_begins_raises_the_refusal(endpoint: Endpoint) -> None:
    with (
        serving(endpoint, lambda reply: reply.json(QueueFull("Too many wait.").to_wire(), 429)),
        pytest.raises(QueueFull),
        HostClient(endpoint).chat(REQUEST, Cancellation()),
    ):
        pytest.fail("there is no stream")


@pytest.mark.parametrize(
    ("last", "is_chunked"),
    [(b"", True), (b'data: {"choi', True), (b"", False), (b'data: {"choi', False), (b"data:", False)],
)
def test_a_stream_that_breaks_off_is_not_taken_for_its_end(endpoint: Endpoint, last: bytes, is_chunked: bool) -> None:
    def answer(reply: Reply) -> None:
        if is_chunked:
            reply.begin_stream()
            reply.event({"choices": [{"delta": {"content": "so far"}}]})
            reply.wfile.write(b"40\r\n" + last)
        else:
            reply.send_response(200)
            reply.end_headers()
            reply.wfile.write(b'data: {"choices": [{"delta": {"content": "so far"}}]}\n\n' + last)

    said: list[str] = []
    with (
        serving(endpoint, answer),
        pytest.raises(HostUnavailable) as caught,
        HostClient(endpoint).chat(REQUEST, Cancellation()) as events,
    ):
        said.extend(event.text for event in events)
    assert said == ["so far"]
    assert not isinstance(caught.value, HostGone)


def test_leaving_a_stream_closes_its_connection(endpoint: Endpoint) -> None:
    has_left: queue.Queue[bool] = queue.Queue()

    def answer(reply: Reply) -> None:
        reply.begin_stream()
        reply.event({"choices": [{"delta": {"content": "a"}}]})
        has_left.put(reply.wait_for_client_to_leave())

    with serving(endpoint, answer):
        with HostClient(endpoint).chat(REQUEST, Cancellation()) as events:
            assert next(events) == Event(text="a")
        assert has_left.get(timeout=10)


def test_an_error_of_the_reader_closes_the_connection_and_is_his_own(endpoint: Endpoint) -> None:
    has_left: queue.Queue[bool] = queue.Queue()

    def answer(reply: Reply) -> None:
        reply.begin_stream()
        has_left.put(reply.wait_for_client_to_leave())

    with serving(endpoint, answer):
        with pytest.raises(ZeroDivisionError), HostClient(endpoint).chat(REQUEST, Cancellation()):
            raise ZeroDivisionError
        assert has_left.get(timeout=10)


# Being stopped


def test_a_cancel_ends_the_wait_for_the_first_header(endpoint: Endpoint) -> None:
    cancellation = Cancellation()
    has_left: queue.Queue[bool] = queue.Queue()

    def answer(reply: Reply) -> None:
        cancellation.cancel()
        has_left.put(reply.wait_for_client_to_leave())

    with serving(endpoint, answer):
        with pytest.raises(Cancelled), HostClient(endpoint).chat(REQUEST, cancellation):
            pytest.fail("there is no stream")
        assert has_left.get(timeout=10)


def test_a_cancel_ends_the_wait_for_the_next_event(endpoint: Endpoint) -> None:
    cancellation = Cancellation()
    has_left: queue.Queue[bool] = queue.Queue()
    is_reading = threading.Event()

    def answer(reply: Reply) -> None:
        reply.begin_stream()
        reply.event({"choices": [{"delta": {"content": "a"}}]})
        is_reading.wait(10)
        cancellation.cancel()
        has_left.put(reply.wait_for_client_to_leave())

    with serving(endpoint, answer):
        with HostClient(endpoint).chat(REQUEST, cancellation) as events:
            assert next(events).text == "a"
            is_reading.set()
            with pytest.raises(Cancelled):
                next(events)
        assert has_left.get(timeout=10)


def test_a_cancel_in_the_middle_of_an_event_is_a_cancel(endpoint: Endpoint) -> None:
    cancellation = Cancellation()

    def answer(reply: Reply) -> None:
        reply.begin_stream()
        reply.wfile.write(b'40\r\ndata: {"choi')
        cancellation.cancel()
        reply.wait_for_client_to_leave()

    with (
        serving(endpoint, answer),
        pytest.raises(Cancelled),
        HostClient(endpoint).chat(REQUEST, cancellation) as events,
    ):
        next(events)


def test_events_that_came_before_the_cancel_but_were_not_read_are_not_delivered(endpoint: Endpoint) -> None:
    cancellation = Cancellation()

    def answer(reply: Reply) -> None:
        reply.begin_stream()
        reply.event({"choices": [{"delta": {"content": "a"}}]})
        reply.event({"choices": [{"delta": {"content": "b"}}]})
        reply.end_stream()

    with serving(endpoint, answer), HostClient(endpoint).chat(REQUEST, cancellation) as events:
        assert next(events).text == "a"
        cancellation.cancel()
        with pytest.raises(Cancelled):
            next(events)


def test_what_was_cancelled_before_is_not_even_asked(endpoint: Endpoint) -> None:
    cancellation = Cancellation()
    cancellation.cancel()

    def answer(reply: Reply) -> None:
        reply.begin_stream()
        reply.end_stream()

    with (
        serving(endpoint, answer) as asked,
        pytest.raises(Cancelled),
        HostClient(endpoint).chat(REQUEST, cancellation) as events,
    ):
        list(events)
    assert asked.empty()


def test_a_failure_without_a_cancel_is_not_taken_for_one(endpoint: Endpoint) -> None:
    with (
        serving(endpoint, lambda reply: None),
        pytest.raises(HostGone),
        HostClient(endpoint).chat(REQUEST, Cancellation()),
    ):
        pytest.fail("there is no stream")


def test_a_cancel_calls_what_is_registered_at_that_time() -> None:
    cancellation = Cancellation()
    called: list[str] = []
    with cancellation.calling(lambda: called.append("left before")):
        pass
    with cancellation.calling(lambda: called.append("outer")), cancellation.calling(lambda: called.append("inner")):
        assert called == []
        cancellation.cancel()
    assert called == ["outer", "inner"]


def test_what_registers_after_the_cancel_is_called_at_once() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    called: list[str] = []
    with cancellation.calling(lambda: called.append("late")):
        assert called == ["late"]


def test_a_wait_ends_with_the_cancel_and_raises() -> None:
    cancellation = Cancellation()
    cancellation.wait(0)
    cancellation.check()
    thread = threading.Thread(target=cancellation.cancel)
    thread.start()
    with pytest.raises(Cancelled):
        cancellation.wait(60)
    thread.join()
    with pytest.raises(Cancelled):
        cancellation.check()
    assert cancellation.is_cancelled
