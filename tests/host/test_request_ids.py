"""One request through host and runner: every line that is logged for it has its id, and no other line has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import lease, own_home, wait_until
from threadrunner_kernel import config
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.endpoint import HttpConnection
from threadrunner_kernel.launcher import ensure_host
from threadrunner_kernel.messages import ChatRequest
from threadrunner_kernel.request_ids import log_words, on_behalf_of, request_id
from threadrunner_kernel.runner.engine import Generation

HI = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_home(tmp_path_factory.mktemp("ids")) as folder:
        yield folder


@pytest.fixture
def host(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostClient]:
    """One host with the dummy, which is not loaded yet."""
    monkeypatch.setenv("THREADRUNNER_HOME", str(home))
    monkeypatch.setenv("THREADRUNNER_ENGINE", "dummy")
    running = ensure_host(config.load())
    with lease(running):
        running.post("/models/unload", {"model": "dummy"})
        yield running


def ask(host: HostClient, id: str, **fields: Any) -> str:
    """The raw answer to a request of this id."""
    with closing(HttpConnection(host.endpoint, 60)) as connection:
        body = json.dumps({"messages": HI, **fields})
        connection.request("POST", "/v1/chat/completions", body, {"X-Request-Id": id})
        response = connection.getresponse()
        assert response.getheader("x-request-id") == id
        return response.read().decode()


def lines(home: Path, log: str, id: str) -> list[str]:
    """What a log has of a request."""
    text = (home / "logs" / f"{log}.log").read_text()
    return [line.partition(" request=")[2] for line in text.splitlines() if f" request={id} " in line]


@pytest.mark.parametrize(("id", "stream"), [("abc.1", False), ("abc.2", True)])
def test_the_load_and_the_answer_are_logged_with_the_requests_id(
    host: HostClient, home: Path, id: str, *, stream: bool
) -> None:
    answer = ask(host, id, stream=stream)
    generation = json.loads(answer.removeprefix("data: ").splitlines()[0])["id"]
    wait_until(lambda: len(lines(home, "host", id)) == 3, what="the host's lines")
    started, ready, summed_up = lines(home, "host", id)
    assert started == f"{id} starting a runner of dummy"
    assert ready.startswith(f"{id} dummy is ready in process ")
    assert f" generation={generation}" in summed_up
    wait_until(lambda: lines(home, "runner-dummy", id), what="the runner's line")
    (line,) = lines(home, "runner-dummy", id)
    assert line.startswith(f"{id} path=/v1/chat/completions status=200 generation={generation} seconds=")


def test_what_a_lease_opens_is_not_logged_as_its_request(host: HostClient, home: Path) -> None:
    with host.stream("GET", "/lease?port=0", None, Cancellation()) as chunks:
        port = next(chunks)["port"]
        wait_until(lambda: any(each["port"] == port for each in host.get("/status")["served"]), what="the port")

    def of_the_server() -> list[str]:
        said = (home / "logs" / "host.log").read_text().splitlines()
        return [line for line in said if line.endswith("Shutting down")]

    wait_until(of_the_server, what="the server's end")
    assert all(" request=- " in line for line in of_the_server())


def test_the_decode_thread_knows_whose_generation_it_works_on() -> None:
    with on_behalf_of("abc.3"):
        generation = Generation(ChatRequest(), lambda _: None)
    assert (generation.request_id, request_id.get()) == ("abc.3", "-")


@pytest.mark.parametrize(
    ("value", "word"), [("POST", "POST"), (200, "200"), ("two words", '"two words"'), ("a=b", '"a=b"'), ("", '""')]
)
def test_a_fact_stays_one_word_of_its_line(value: object, word: str) -> None:
    assert log_words({"fact": value, "other": 1}) == f"fact={word} other=1"
