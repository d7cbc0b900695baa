"""The host's own routes and its door to the models: a field is understood or refused, and a refusal changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.conftest import lease, own_environment, own_home
from threadrunner_kernel import config
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.endpoint import HttpConnection
from threadrunner_kernel.launcher import ensure_host
from threadrunner_kernel.messages import chat_request

HI = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostClient]:
    """One host with the dummy, held for these tests."""
    with (
        own_home(tmp_path_factory.mktemp("strict")) as home,
        own_environment(home, THREADRUNNER_ENGINE="dummy", HF_HUB_OFFLINE="1"),
    ):
        running = ensure_host(config.load())
        with lease(running):
            yield running


def post(host: HostClient, path: str, body: object) -> tuple[int, dict[str, Any]]:
    """Status and JSON of one POST."""
    with closing(HttpConnection(host.endpoint, 60)) as connection:
        connection.request("POST", path, json.dumps(body))
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def runners(host: HostClient) -> list[int]:
    return [row["pid"] for row in host.get("/status")["models"] if row["pid"]]


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/models/load", {"contxt": 99}, "contxt"),
        ("/models/load", {"force": "no"}, "force"),
        ("/models/load", {"estimate": "no"}, "estimate"),
        ("/models/load", {"stream": "no"}, "stream"),
        ("/models/load", {"context": "4096"}, "context"),
        ("/models/load", {"context": 3}, "context"),
        ("/models/load", {"kv_type": "q3"}, "kv_type"),
        ("/models/load", {"keep_alive": True}, "keep_alive"),
        ("/models/load", {"path": "/a.gguf"}, "path"),
        ("/load_model", {"model": "dummy", "force": 1}, "force"),
        ("/load_model", {"modle": "dummy"}, "modle"),
        ("/load_model", {"path": 3}, "path"),
        ("/models/unload", {"model": "dummy", "keep_alive": 0}, "keep_alive"),
        ("/models/pull", {"model": "a/b", "quantization": "Q4_0"}, "quantization"),
        ("/models/pull", {"model": "a/b", "stream": "yes"}, "stream"),
        ("/models/pull", {"modle": "a/b"}, "modle"),
        ("/models/pull", {}, "model"),
        ("/stop", {"idd": "chatcmpl-1"}, "idd"),
        ("/stop", {"id": 1}, "id"),
        ("/run_prompt", {"prompt": "x", "logprobs": True}, "logprobs"),
        ("/run_prompt", {"prompt": "x", "temprature": 1}, "temprature"),
        ("/v1/chat/completions", {"messages": []}, "messages"),
        ("/v1/chat/completions", {"messages": HI, "temperature": "hot"}, "temperature"),
        ("/v1/chat/completions", {"messages": HI, "stream": "no"}, "stream"),
        ("/v1/chat/completions", {"messages": HI, "nonsense": 1}, "nonsense"),
        ("/v1/completions", {"prompt": ""}, "prompt"),
        ("/v1/completions", {"prompt": "x", "engine": {}}, "engine"),
        ("/v1/completions", {"prompt": "x", "model": False}, "model"),
        ("/v1/embeddings", {"input": []}, "input"),
        ("/tokenize", {"content": 3}, "content"),
        ("/apply-template", {"messages": 3}, "messages"),
    ],
)
def test_a_field_that_does_not_fit_is_refused_by_its_name_and_nothing_is_loaded(
    host: HostClient, path: str, body: dict[str, Any], param: str
) -> None:
    status, answer = post(host, path, body)
    assert (status, answer["error"]["param"]) == (400, param)
    assert runners(host) == []


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("prt=0", "prt"),
        ("port=0&is_token_neded=false", "is_token_neded"),
        ("port=x", "port"),
        ("time_limit_seconds=5", "port"),
    ],
)
def test_a_lease_that_is_misspelt_is_refused(host: HostClient, query: str, param: str) -> None:
    status, answer = host.endpoint.get_json(f"/lease?{query}")
    assert (status, answer["error"]["param"]) == (400, param)


def test_a_stop_that_is_misspelt_stops_nobody(host: HostClient) -> None:
    settings = config.load(overrides={"engine": "dummy"})
    with host.chat(chat_request("word " * 3000, settings), Cancellation()) as events:
        next(event for event in events if event.text)
        status, answer = post(host, "/stop", {"idd": "chatcmpl-1"})
        assert (status, answer["error"]["message"]) == (
            400,
            "There is no field 'idd' here. Did you mean 'id'? Known: id.",
        )
        assert post(host, "/stop", {"id": "chatcmpl-1"}) == (200, {"success": True, "cancelled": 0})
        assert len(host.get("/status")["generations"]) == 1
        assert post(host, "/stop", {}) == (200, {"success": True, "cancelled": 1})
    assert post(host, "/models/unload", {"model": "dummy"})[0] == 200
