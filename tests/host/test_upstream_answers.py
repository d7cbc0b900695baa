"""Upstreams as they are: servers without numbers, with other names, with errors, and ones that are not there."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import lease, processes_of, shut_down, wait_until
from tests.host.test_http import CHAT, chat, get, post, stream, text_of
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import HostClient
from threadrunner_kernel.endpoint import Endpoint

KEY = "a key of no worth"
# The ends of lines that Unicode has and JSON does not; a character that is cut in two on its way.
TEXTS = ["One\u2028two", "\x85three ", "naïve 🙂"]


class Server(ThreadingHTTPServer):
    """An OpenAI-compatible server with the least that one has; ``asked`` are the bodies that it got."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []


class Handler(BaseHTTPRequestHandler):
    """The model's name says what it does."""

    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        self.server.keys.append(self.headers["Authorization"])
        if self.path == "/v1/embeddings":
            self._answer(200, {"object": "list", "data": [{"index": 0, "embedding": [0.5]}], "model": "x", "usage": {}})
            return
        model = body["model"]
        if model.isdecimal():
            self._answer(int(model), {"error": {"message": f"status {model} it is", "type": "some_error"}})
        elif model == "page":
            self._send(200, "text/html", b"<!DOCTYPE html><title>It works!</title>")
        else:
            self._stream(model)

    def _stream(self, model: str) -> None:
        key = "reasoning" if model == "thinks" else "content"
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{key: text} for text in TEXTS] + ([{"content": "So."}] if model == "thinks" else [])
        chunks: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        if model == "fails":
            chunks.append({"error": {"message": "out of something", "code": 429}})
        elif model != "breaks":
            chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]})
        if model == "counts":
            chunks.append({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 22}})
        lines = [f"data: {json.dumps(chunk, ensure_ascii=False)}\r\n\r\n".encode() for chunk in chunks]
        lines = [b": a comment\n\n", *lines] + ([] if model == "breaks" else [b"data: [DONE]\n\n"])
        self._send(200, "text/event-stream", b"".join(lines))

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for start in range(0, len(content), 7):  # never a whole character for long
            self.wfile.write(content[start : start + 7])
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nothing: the tests read what it was asked."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def config_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("upstreams") / "home"
    folder.mkdir()
    return folder / "config.toml"


@pytest.fixture(scope="module")
def host(server: Server, config_file: Path) -> Iterator[Endpoint]:
    folder = config_file.parent
    address = f"http://127.0.0.1:{server.server_port}"
    config_file.write_text(
        f'[upstreams.there]\nurl = "{address}"\napi_key_env = "THERE_KEY"\n'
        f'[upstreams.keyless]\nurl = "{address}/v1"\napi_key_env = "NOT_SET"\n'
        f'[upstreams.accepting]\nurl = "{address}/v1"\naccepts = ["top_k", "min_p"]\n'
        '[upstreams.nowhere]\nurl = "http://127.0.0.1:9/v1"\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("THREADRUNNER_"):
                patch.delenv(name)
        patch.setenv("THREADRUNNER_HOME", str(folder))
        patch.setenv("THERE_KEY", KEY)
        # It would lead every request astray, if a server on this machine were asked through it.
        patch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        endpoint = launcher.ensure_host(config.load()).endpoint
    with lease(HostClient(endpoint)):
        yield endpoint
    shut_down(folder)
    wait_until(lambda: not processes_of(folder), what="the end of all processes")


def answer(host: Endpoint, model: str, **fields: Any) -> dict[str, Any]:
    status, body = post(host, CHAT, chat("hi there", model, **fields))
    assert status == 200, body
    return body


def test_what_a_server_does_not_count_is_counted_and_measured(host: Endpoint) -> None:
    body = answer(host, "there/plain")
    assert body["choices"][0] == {
        "index": 0,
        "message": {"role": "assistant", "content": "".join(TEXTS)},
        "finish_reason": "length",
    }
    assert body["usage"]["completion_tokens"] == body["timings"]["predicted_n"] == len(TEXTS)
    assert body["timings"]["prompt_ms"] > 0
    assert body["timings"]["predicted_ms"] >= 0


def test_what_a_server_counts_is_taken(host: Endpoint) -> None:
    body = answer(host, "there/counts")
    assert (body["usage"]["prompt_tokens"], body["usage"]["completion_tokens"]) == (11, 22)
    assert (body["timings"]["prompt_n"], body["timings"]["predicted_n"]) == (11, 22)


def test_a_stream_ends_with_the_numbers(host: Endpoint) -> None:
    *chunks, done = stream(host, chat("hi there", "there/counts", stream=True))
    assert done is None
    assert text_of(chunks) == "".join(TEXTS)
    last = chunks[-1]
    assert last
    assert last["choices"][0]["finish_reason"] == "length"
    assert last["usage"]["total_tokens"] == 33


def test_what_a_model_thinks_is_not_its_answer(host: Endpoint) -> None:
    message = answer(host, "there/thinks")["choices"][0]["message"]
    assert message == {"role": "assistant", "content": "So.", "reasoning_content": "".join(TEXTS)}


def test_the_server_gets_the_request_in_openais_terms_and_its_key(host: Endpoint, server: Server) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    answer(host, "there/plain", temperature=0.5, max_tokens=9, seed=3, json_schema=schema, keep_alive=5)
    assert server.asked[-1] == {
        "model": "plain",
        "messages": [{"role": "user", "content": "hi there"}],
        "temperature": 0.5,
        "max_tokens": 9,
        "seed": 3,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": schema, "strict": True},
        },
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert server.keys[-1] == f"Bearer {KEY}"


def test_an_option_beyond_openais_goes_to_a_server_that_accepts_it(host: Endpoint, server: Server) -> None:
    answer(host, "accepting/plain", top_k=5, min_p=0.1)
    assert (server.asked[-1]["top_k"], server.asked[-1]["min_p"]) == (5, 0.1)
    assert server.keys[-1] is None


def test_embeddings_go_through_under_our_name(host: Endpoint, server: Server) -> None:
    status, body = post(host, "/v1/embeddings", {"model": "there/vectors", "input": ["x"]})
    assert status == 200
    assert (body["data"][0]["embedding"], body["model"]) == ([0.5], "there/vectors")
    assert server.asked[-1] == {"model": "vectors", "input": ["x"], "encoding_format": "float"}


@pytest.mark.parametrize(
    ("model", "status", "code", "words"),
    [
        ("there/400", 400, "bad_request", ["there", "status 400 it is"]),
        ("there/401", 503, "unavailable", ["refuses us", "THERE_KEY"]),
        ("there/404", 404, "model_not_found", ["status 404 it is"]),
        ("there/429", 429, "queue_full", ["status 429 it is"]),
        ("there/500", 503, "unavailable", ["status 500 it is"]),
        ("there/302", 503, "unavailable", ["there"]),
        ("there/page", 503, "unavailable", ["ended"]),
        ("there/breaks", 503, "unavailable", ["middle of the answer"]),
        ("there/fails", 429, "queue_full", ["out of something"]),
        ("keyless/plain", 503, "unavailable", ["NOT_SET", "threadrunner stop"]),
        ("nowhere/plain", 503, "unavailable", ["nowhere", "127.0.0.1:9", "cannot be reached"]),
    ],
)
def test_a_failure_is_one_sentence_with_its_status(
    host: Endpoint, model: str, status: int, code: str, words: list[str]
) -> None:
    got, body = post(host, CHAT, chat("hi", model))
    assert (got, body["error"]["code"]) == (status, code), body
    assert all(word in body["error"]["message"] for word in words), body
    assert KEY not in json.dumps(body)


def test_no_key_is_told_to_anybody(host: Endpoint) -> None:
    answer(host, "there/plain")
    assert KEY not in json.dumps([get(host, path)[1] for path in ("/status", "/health", "/v1/models")])


def test_a_new_upstream_needs_no_new_host(host: Endpoint, server: Server, config_file: Path) -> None:
    before = config_file.read_text()
    assert post(host, CHAT, chat("hi", "new/plain"))[0] == 404
    try:
        config_file.write_text(f'{before}[upstreams.new]\nurl = "http://127.0.0.1:{server.server_port}"\n')
        assert answer(host, "new/plain")
        config_file.write_text(f'{before}[upstreams.new]\nurl = "nonsense"\n')
        status, body = post(host, CHAT, chat("hi", "new/plain"))
        assert (status, body["error"]["code"]) == (400, "bad_setting")
        assert get(host, "/status")[1]["upstreams"] == []
    finally:
        config_file.write_text(before)
