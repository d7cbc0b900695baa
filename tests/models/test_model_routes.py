"""The host's routes about model files as any program sees them: what there is, and a pull that streams its progress."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import lease, own_home, wait_until
from tests.models.files import put, put_in_ollama
from tests.models.hub_server import FakeHub, serving
from threadrunner_kernel import config
from threadrunner_kernel.endpoint import Endpoint, HttpConnection
from threadrunner_kernel.launcher import ensure_host

CONTENT = b"GGUF\x03\x00\x00\x00" + bytes(range(256)) * 12_000


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeHub]:
    files = {f"tiny-{name}.gguf": CONTENT for name in ("Q4_K_M", "Q8_0", "Q6_K", "Q5_K_M")}
    with serving(FakeHub({"org/Tiny-GGUF": files})) as hub:
        yield hub


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_home(tmp_path_factory.mktemp("routes")) as home:
        yield home


@pytest.fixture
def host(hub: FakeHub, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """A host that asks our hub and sees a model of Ollama's."""
    ollama = home.parent / "ollama"
    put_in_ollama(ollama, "llama3.2:1b")
    put(home / "models" / "own-Q8_0.gguf")
    (home / "config.toml").write_text('[models]\nshort = "llama3.2:1b"\n')
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    monkeypatch.setenv("OLLAMA_MODELS", str(ollama))
    monkeypatch.setenv("THREADRUNNER_HOME", str(home))
    client = ensure_host(config.load())
    with lease(client):
        yield client.endpoint


def post(host: Endpoint, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    with closing(HttpConnection(host, 100)) as connection:
        connection.request("POST", "/models/pull", json.dumps(body))
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def stream(host: Endpoint, model: str) -> list[dict[str, Any] | None]:
    """The chunks of a streamed pull; ``[DONE]`` is None."""
    with closing(HttpConnection(host, 100)) as connection:
        connection.request("POST", "/models/pull", json.dumps({"model": model, "stream": True}))
        response = connection.getresponse()
        assert response.status == 200
        lines = [line[6:].strip() for line in response if line.startswith(b"data: ")]
    return [None if line == b"[DONE]" else json.loads(line) for line in lines]


def test_everything_known_is_listed_with_its_origin(host: Endpoint, home: Path) -> None:
    rows = {row["id"]: row for row in host.get_json("/v1/models")[1]["data"]}
    assert {name: rows[name].get("origin") for name in ("short", "own-Q8_0", "llama3.2:1b", "demo", "dummy")} == {
        "short": "config.toml",
        "own-Q8_0": "models folder",
        "llama3.2:1b": "Ollama",
        "demo": "built in",
        "dummy": None,
    }
    assert rows["own-Q8_0"]["quantization"] == "Q8_0"
    assert rows["own-Q8_0"]["path"] == str(home / "models" / "own-Q8_0.gguf")
    assert all(row["object"] == "model" and row["owned_by"] == "local" for row in rows.values())


def test_a_pull_is_answered_when_it_is_whole(host: Endpoint, home: Path) -> None:
    path = home / "models" / "org" / "Tiny-GGUF" / "tiny-Q4_K_M.gguf"
    told = {"success": True, "message": "tiny-Q4_K_M is here.", "name": "tiny-Q4_K_M", "path": str(path)}
    assert post(host, {"model": "org/Tiny-GGUF"}) == (200, told)
    assert path.read_bytes() == CONTENT
    assert "tiny-Q4_K_M" in {row["id"] for row in host.get_json("/v1/models")[1]["data"]}


def test_a_streamed_pull_tells_how_far_it_is(host: Endpoint, home: Path) -> None:
    *chunks, result, done = stream(host, "org/Tiny-GGUF:Q8_0")
    assert done is None
    assert result is not None
    assert (result["success"], result["name"]) == (True, "tiny-Q8_0")
    progress = [chunk["pull_progress"] for chunk in chunks if chunk]
    assert progress
    assert progress[-1] == {
        "file": "tiny-Q8_0.gguf",
        "done_bytes": len(CONTENT),
        "total_bytes": len(CONTENT),
        "is_checking": False,
    }
    assert all(chunk and chunk["choices"][0]["delta"] == {} for chunk in [*chunks, result])


def test_a_failure_has_its_status(host: Endpoint) -> None:
    status, body = post(host, {"model": "org/Nothing"})
    assert (status, body["error"]["code"]) == (404, "model_not_found")
    (chunk,) = stream(host, "org/Nothing")
    assert chunk is not None
    assert (chunk["error"]["status"], chunk["error"]["code"]) == (404, "model_not_found")
    for wrong in ({}, {"model": 3}, {"model": "no-repository"}):
        assert post(host, wrong)[0] == 400


@pytest.mark.skipif(not hasattr(psutil, "RLIMIT_FSIZE"), reason="only Linux limits another process")
def test_a_disk_that_fills_up_meanwhile_is_told_and_the_host_goes_on(host: Endpoint, home: Path) -> None:
    process = psutil.Process(host.get_json("/health")[1]["pid"])
    usual = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (1 << 20, usual[1]))
    status, body = post(host, {"model": "org/Tiny-GGUF:Q5_K_M"})
    process.rlimit(psutil.RLIMIT_FSIZE, usual)
    assert (status, body["error"]["code"]) == (503, "download_failed")
    assert "The disk is full" in body["error"]["message"]
    assert post(host, {"model": "org/Tiny-GGUF:Q5_K_M"})[0] == 200
    assert (home / "models" / "org" / "Tiny-GGUF" / "tiny-Q5_K_M.gguf").read_bytes() == CONTENT


def test_a_client_that_leaves_ends_the_pull_and_what_came_is_kept(host: Endpoint, hub: FakeHub, home: Path) -> None:
    hub.pauses_after = 1_000_000
    place = home / "models" / "org" / "Tiny-GGUF"
    with closing(HttpConnection(host, 100)) as connection:
        connection.request("POST", "/models/pull", json.dumps({"model": "org/Tiny-GGUF:Q6_K", "stream": True}))
        lines = (line for line in connection.getresponse() if b"pull_progress" in line)
        assert b"tiny-Q6_K.gguf" in next(lines)
    hub.pauses_after = None
    hub.may_go_on.set()
    # The next pull begins when the one that was left has ended.
    wait_until(lambda: post(host, {"model": "org/Tiny-GGUF:Q6_K"})[0] == 200, what="the pull that goes on")
    assert (place / "tiny-Q6_K.gguf").read_bytes() == CONTENT
    starts = [asked for path, asked, _ in hub.seen if path.endswith("/tiny-Q6_K.gguf")]
    assert starts[0] is None
    assert starts[-1] is not None
