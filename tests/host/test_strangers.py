"""The served port as somebody who means no good, or whose program is broken, finds it: refused, and it serves on."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SCRIPT, own_environment, own_home, wait_until
from tests.host.served import Served, serving

CHAT = "/v1/chat/completions"
MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, scripted: Path, slow: Path) -> Iterator[Path]:
    with own_home(tmp_path_factory.mktemp("strangers")) as folder:
        (folder / "models").mkdir(parents=True)
        for path in (scripted, slow):
            (folder / "models" / path.name).symlink_to(path)
        yield folder


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with (
        own_environment(folder),
        serving(folder, THREADRUNNER_MODEL="scripted", THREADRUNNER_CONTEXT="2048") as one,
    ):
        yield one


@pytest.fixture(autouse=True)
def _no_bug(served: Served, folder: Path) -> Iterator[None]:
    """Whatever was sent: the next request is answered, and nothing failed that nobody had thought of."""
    yield
    log = (folder / "logs" / "host.log").read_text()
    assert "Traceback" not in log, log[log.index("Traceback") :]
    asked = {"messages": MESSAGES, "stream": True}
    assert json.loads('"' + "".join(texts_of(served.ask(CHAT, asked)[1])) + '"') == SCRIPT[""]


def texts_of(stream: str) -> list[str]:
    """The texts of an event stream, as they stand in its JSON."""
    lines = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: {")]
    return [json.dumps(line["choices"][0]["delta"].get("content", ""))[1:-1] for line in lines]


def head(served: Served, first: str, *lines: str) -> bytes:
    said = [
        first,
        f"Host: localhost:{served.port}",
        f"Authorization: Bearer {served.token}",
        "Connection: close",
        *lines,
    ]
    return "\r\n".join([*said, "", ""]).encode("latin-1")


def say(served: Served, data: bytes) -> tuple[int, bytes]:
    """What is answered to these bytes: the status (0: nothing), and all of it."""
    with closing(socket.create_connection(("127.0.0.1", served.port), 100)) as connection:
        said = b""
        try:
            connection.sendall(data)
            while part := connection.recv(65536):
                said += part
        except ConnectionError:
            pass
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.1 ") else 0, said


def post(served: Served, path: str, body: object) -> tuple[int, dict[str, Any]]:
    """Status and error of a body that does not fit; it is one sentence of a bearable length, not the body again."""
    status, answer, _ = served.ask(path, body)
    if status >= 400:
        message = answer["error"]["message"]
        assert len(message) < 5000
        assert "\n" not in message.strip()
    return status, answer


# Heads


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Host: evil.example"], 400),
        (["Origin: http://evil.example", "Origin: http://localhost"], 403),
        (["Origin: http://localhost", "Origin: http://evil.example"], 403),
        (["Origin: http://localhost.evil.example"], 403),
        (["Origin: file://"], 403),
        (["Authorization: Bearer other"], 401),
        (["Content-Length: 5", "Content-Length: 6"], 400),
        (["Content-Length: -1"], 400),
        (["Content-Length: " + "9" * 30], 400),
        (["Transfer-Encoding: gzip, chunked"], 400),
        (["X-Long: " + "a" * 2_000_000], 400),
        (["X : space"], 400),
        (["Upgrade: websocket", "Sec-WebSocket-Key: x"], 200),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_head_that_is_odd(served: Served, lines: list[str], status: int) -> None:
    assert say(served, head(served, "GET /v1/models HTTP/1.1", *lines))[0] == status


@pytest.mark.parametrize(
    "host", ["127.1", "0.0.0.0", "localhost.", "[::ffff:127.0.0.1]", "localhost:80:80", "a@localhost"]
)
def test_a_host_that_is_only_like_ours_is_refused(served: Served, host: str) -> None:
    data = (
        f"GET /v1/models HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {served.token}\r\nConnection: close\r\n\r\n"
    )
    assert say(served, data.encode())[0] == 403


def test_without_a_host_nobody_is_let_in(served: Served) -> None:
    lines = f"Authorization: Bearer {served.token}\r\n\r\n"
    assert say(served, f"GET /v1/models HTTP/1.0\r\n{lines}".encode())[0] == 403
    assert say(served, f"GET /v1/models HTTP/1.1\r\n{lines}".encode())[0] == 400


@pytest.mark.parametrize(
    "line", ["Cookie: token={}", "Authorization: Basic {}", "X-Api-Key: {}", "Authorization: Bearer \xe9\xff", "X: y"]
)
def test_a_token_in_the_wrong_place_is_none(served: Served, line: str) -> None:
    line = line.format(served.token)
    data = f"GET /v1/models?token={served.token} HTTP/1.1\r\nHost: localhost\r\n{line}\r\nConnection: close\r\n\r\n"
    assert say(served, data.encode("latin-1"))[0] == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("//v1/models", 404),
        ("/v1/%2e%2e/health", 404),
        ("/docs/..%2fshutdown", 404),
        ("/shutdow%6e", 403),
        ("http://evil.example/v1/models", 404),
        ("*", 404),
        ("/v1/models/..%2f..%2f..%2fetc%2fnowhere", 404),
        ("/v1/models/%00", 404),
        ("/v1/models/~%00", 404),
        ("/v1/models/%ff%fe", 404),
        ("/v1/models/%2f" + "a" * 300, 404),
        ("/v1/models/" + "a" * 5000, 400),
        ("/v1/models/%2froot%2fsecret.gguf", 404),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_path_that_leads_nowhere(served: Served, path: str, status: int) -> None:
    assert say(served, head(served, f"GET {path} HTTP/1.1"))[0] == status


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "FOO"])
def test_another_method_is_refused_and_says_nothing_to_other_pages(served: Served, method: str) -> None:
    lines = ("Origin: http://localhost", "Access-Control-Request-Method: POST")
    status, said = say(served, head(served, f"{method} {CHAT} HTTP/1.1", *lines))
    assert status == 405
    assert b"access-control" not in said.lower()


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01\x02\x00\x01\xff\xff", b"GET /\r\n\r\n", b"\r\n\r\n\r\n\x00", b"a" * 100_000]
)
def test_what_is_no_http_is_refused(served: Served, data: bytes) -> None:
    assert say(served, data)[0] == 400


@pytest.mark.parametrize("pid", ["0", "-1", "1.5", "x", "9" * 20, "9" * 5000, "%D9%A3"])
def test_a_lease_of_no_possible_process_is_refused(served: Served, pid: str) -> None:
    status, answer, _ = served.ask(f"/lease?pid={pid}")
    assert (status, answer["error"]["param"]) == (400, "pid")


def test_the_name_of_a_lease_cannot_write_on_other_terminals(served: Served) -> None:
    with closing(socket.create_connection(("127.0.0.1", served.port), 60)) as connection:
        connection.sendall(head(served, "GET /lease?name=a%1b%5b2Jb%0d%0ac%e2%80%ae HTTP/1.1"))
        assert connection.recv(64).startswith(b"HTTP/1.1 200")
        names = [lease["name"] for lease in served.ask("/status")[1]["leases"]]
    assert "a[2Jbc" in names


# Bodies


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'{"messages": "\xff"}',
        b'{"temperature": NaN}',
        b'{"temperature": 1e400}',
        b'{"max_tokens": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_body_that_is_no_json_is_refused(served: Served, body: bytes) -> None:
    assert post(served, CHAT, body)[0] == 400


@pytest.mark.parametrize("depth", [100, 400, 900, 935, 940, 945, 950])
@pytest.mark.parametrize("field", ["json_schema", "metadata", "unknown"])
def test_json_in_json_in_json_is_read_or_refused(served: Served, field: str, depth: int) -> None:
    deep = f'{{"messages": {json.dumps(MESSAGES)}, "max_tokens": 1, "{field}": {{"items":'
    body = deep + '{"items":' * depth + "{}" + "}" * depth + "}}"
    status, answer = post(served, CHAT, body.encode())
    assert status in (200, 400), answer


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"n": 10**9}, 400, "n"),
        ({"max_tokens": 10**30}, 200, None),
        ({"seed": 10**30}, 400, "seed"),
        ({"top_k": 2**40}, 400, "top_k"),
        ({"repeat_last_n": 2**31 - 1, "repeat_penalty": 1.5}, 400, "repeat_last_n"),
        ({"dry_penalty_last_n": 2**31 - 1, "dry_multiplier": 1}, 400, "dry_penalty_last_n"),
        ({"keep_alive": "x" * 1_000_000}, 400, "keep_alive"),
        ({"engine": "x" * 1_000_000}, 400, "model"),
        ({"model": "x" * 1_000_000}, 400, "model"),
        ({"model": "x" * 4000}, 404, "model"),
        ({"model": "/" + "x" * 300}, 404, "model"),
        ({"model": "/a\0b"}, 404, "model"),
        ({"model": "~a\0b"}, 404, "model"),
        ({"model": "a\0b"}, 404, "model"),
        ({"model": "~nobody-of-this-name/x.gguf"}, 404, "model"),
        ({"model": "/dev/zero"}, 404, "model"),
        ({"model": "/proc/self/mem"}, 503, None),
        ({"model": "../../../etc/nowhere"}, 404, "model"),
        ({"x" * 1_000_000: 1}, 400, None),
        ({f"x{number}": 1 for number in range(10_000)}, 400, "x0"),
        ({"messages": [{"role": "x" * 1_000_000, "content": "hi"}]}, 400, "messages"),
        ({"messages": MESSAGES * 20_000}, 400, "messages"),
        ({"stop": ["a"] * 10_000, "max_tokens": 1}, 200, None),
        ({"logit_bias": {"9" * 5000: 1}}, 400, "logit_bias"),
        ({"logit_bias": {"1": 10**300}}, 400, "logit_bias"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_value_beyond_all_measure(served: Served, fields: dict[str, Any], status: int, param: str | None) -> None:
    answered, answer = post(served, CHAT, {"messages": MESSAGES, **fields})
    assert answered == status, answer
    assert param is None or answer["error"]["param"] == param


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/stop", {"id": [1]}, 400),
        ("/stop", {"id": {}}, 400),
        ("/v1/embeddings", {"input": [10**30]}, 400),
        ("/v1/embeddings", {"input": [-1]}, 400),
        ("/v1/embeddings", {"input": [[1]] * 2049}, 400),
        ("/models/load", {"context": 10**40}, 400),
        ("/models/load", {"model": "/" + "x" * 300}, 404),
        ("/models/unload", {"model": "/a\0"}, 404),
        ("/load_model", {"path": "~a\0b"}, 404),
        ("/models/pull", {"model": "a/" + "b" * 1_000_000}, 400),
        ("/models/pull", {"model": "a/b\0c"}, 400),
        ("/run_prompt", {"prompt": "hi", "stream": "yes"}, 400),
        ("/tokenize", {"content": ["x"] * 100_000}, 400),
    ],
    ids=lambda value: str(value)[:40],
)
def test_other_routes_are_no_softer(served: Served, path: str, body: object, status: int) -> None:
    assert post(served, path, body)[0] == status


def test_a_body_without_end_is_cut_off(served: Served) -> None:
    data = head(served, "POST /tokenize HTTP/1.1", "Transfer-Encoding: chunked")
    status, _ = say(served, data + (b"10000\r\n" + b"a" * 65536 + b"\r\n") * 600)
    assert status in (413, 0)  # the connection may break before the answer is read


# Many, and those that leave


def test_requests_one_after_the_other_without_waiting_are_answered_in_order(served: Served) -> None:
    first = head(served, "GET /health HTTP/1.1").replace(b"Connection: close\r\n", b"")
    other = head(served, "GET /v1/models HTTP/1.1").replace(b"Connection: close\r\n", b"")
    _, said = say(served, (first + other) * 20 + head(served, "GET /nowhere HTTP/1.1"))
    assert said.count(b"HTTP/1.1 200 OK") == 40
    assert said.count(b"HTTP/1.1 404") == 1
    assert said.index(b'"wire"') < said.index(b'"object":"list"')


def test_who_is_refused_again_and_again_does_not_fill_the_log(served: Served, folder: Path) -> None:
    log = folder / "logs" / "host.log"
    before = log.stat().st_size
    _, said = say(served, b"GET /status HTTP/1.1\r\nHost: evil.example\r\n\r\n" * 1000 + b"no HTTP\r\n\r\n")
    assert said.count(b"HTTP/1.1 403 ") == 1000
    # A minute may end in between.
    assert log.read_bytes()[before:].count(b"status=403") <= 200


def test_a_hundred_silent_connections_keep_nobody_out(served: Served) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            connection = stack.enter_context(closing(socket.create_connection(("127.0.0.1", served.port), 60)))
            connection.sendall(b"POST /tokenize HTTP/1.1\r\nHost: local")
        assert served.ask("/v1/models")[0] == 200


def test_who_breaks_off_in_the_middle_of_anything_leaves_nothing_behind(served: Served) -> None:
    body = json.dumps({"model": "slow", "messages": [{"role": "user", "content": "endless"}], "stream": True}).encode()
    whole = head(served, f"POST {CHAT} HTTP/1.1", f"Content-Length: {len(body)}") + body
    for length in (1, 40, len(whole) - len(body), len(whole) - 1, len(whole)):
        for is_reset in (False, True):
            connection = socket.create_connection(("127.0.0.1", served.port), 60)
            connection.sendall(whole[:length])
            if length == len(whole):
                assert connection.recv(64)
            if is_reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
    wait_until(lambda: not served.ask("/status")[1]["generations"], what="the end of the generations")
