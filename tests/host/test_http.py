"""The host's HTTP API as any program sees it: raw requests over its socket, real runners behind it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import model_files
from tests.conftest import SCRIPT, processes_of, shut_down, wait_until
from threadrunner_kernel import __version__, config
from threadrunner_kernel.endpoint import Endpoint, HttpConnection
from threadrunner_kernel.launcher import ensure_host
from threadrunner_kernel.messages import WIRE_VERSION

CHAT = "/v1/chat/completions"
# The model that takes seconds for a long prompt, by its file's name.
READER = f"small-f16-v{model_files.WRITER_VERSION}"
ANSWER_TIMEOUT_SECONDS = 200
Chunk = dict[str, Any]


@pytest.fixture(scope="module")
def host(
    scripted: Path, slow: Path, small_random: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoint]:
    """One host for these tests, with some models in its folder; it is not harmed by any of them."""
    folder = tmp_path_factory.mktemp("http") / "home"
    models = folder / "models"
    models.mkdir(parents=True)
    for path in (scripted, slow, small_random):
        (models / path.name).symlink_to(path)
    # As download caches have them: a telling name that links to a file without one.
    (models / "telling.gguf").symlink_to(shutil.copy(scripted, folder / "0a1b2c3d"))
    model_files.write_truncated(models / "truncated.gguf", scripted)
    model_files.write_not_gguf(models / "page.gguf")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("THREADRUNNER_"):
                patch.delenv(name)
        patch.setenv("THREADRUNNER_HOME", str(folder))
        patch.setenv("THREADRUNNER_PARALLEL", "1")  # so that a second request waits
        endpoint = ensure_host(config.load()).endpoint
    yield endpoint
    shut_down(folder)
    wait_until(lambda: not processes_of(folder), what="the end of all processes")


@pytest.fixture(autouse=True)
def _idle(host: Endpoint) -> Iterator[None]:
    """Each test ends with nothing being generated, whatever it did to a generation."""
    yield
    wait_until(lambda: not get(host, "/status")[1]["generations"], what="the end of all generations")
    wait_until(lambda: not runners_active(host), what="idle runners")


def runners_active(host: Endpoint) -> int:
    """The generations that the runners themselves say they work on."""
    count = 0
    for path in host.path.parent.glob(f"runner-{get(host, '/health')[1]['pid']}-*.sock"):
        try:
            count += Endpoint(path).get_json("/health")[1].get("active", 0)
        except OSError:
            continue
    return count


def get(host: Endpoint, path: str) -> tuple[int, dict[str, Any]]:
    return host.get_json(path)


def post(host: Endpoint, path: str, body: object) -> tuple[int, dict[str, Any]]:
    """Status and JSON of one POST; ``body`` is sent as it is if it is bytes."""
    with closing(HttpConnection(host, ANSWER_TIMEOUT_SECONDS)) as connection:
        connection.request("POST", path, body if isinstance(body, bytes) else json.dumps(body))
        response = connection.getresponse()
        return response.status, json.loads(response.read())


@contextmanager
def streaming(host: Endpoint, body: dict[str, Any]) -> Iterator[http.client.HTTPResponse]:
    """A streamed answer with its headers read; leaving the block drops the connection."""
    with closing(HttpConnection(host, ANSWER_TIMEOUT_SECONDS)) as connection:
        connection.request("POST", CHAT, json.dumps(body))
        with closing(connection.getresponse()) as response:
            yield response


def chunks_of(response: http.client.HTTPResponse) -> Iterator[Chunk | None]:
    """The objects of an event stream; ``[DONE]`` is None."""
    for line in response:
        if line.strip():
            assert line.startswith(b"data: ")
            yield None if line == b"data: [DONE]\n" else json.loads(line[6:])


def stream(host: Endpoint, body: dict[str, Any]) -> list[Chunk | None]:
    with streaming(host, body) as response:
        assert response.status == 200
        return list(chunks_of(response))


def next_text(chunks: Iterator[Chunk | None]) -> Chunk:
    """The next chunk with text."""
    return next(chunk for chunk in chunks if chunk and text_of([chunk]))


def text_of(chunks: list[Chunk | None]) -> str:
    return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk)


def chat(prompt: str, model: str = "scripted", **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": prompt}], **fields}


def model_of(host: Endpoint, name: str) -> dict[str, Any]:
    """A model's row in the status."""
    rows: list[dict[str, Any]] = get(host, "/status")[1]["models"]
    return next((row for row in rows if row["name"] == name), {"state": "stopped", "active": 0, "pid": None})


# Answers


def test_a_streamed_answer_is_openais(host: Endpoint) -> None:
    with streaming(host, chat("hi", stream=True)) as response:
        assert response.status == 200
        assert response.headers.get_content_type() == "text/event-stream"
        *chunks, done = list(chunks_of(response))
    assert done is None
    assert text_of(chunks) == SCRIPT[""]
    *others, last = [chunk for chunk in chunks if chunk]
    assert {chunk["object"] for chunk in chunks if chunk} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks if chunk}) == 1
    assert {chunk["choices"][0]["finish_reason"] for chunk in others} == {None}
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["usage"]["total_tokens"] == last["timings"]["prompt_n"] + last["timings"]["predicted_n"]


def test_a_client_that_did_not_ask_never_sees_a_chunk_it_does_not_know(host: Endpoint) -> None:
    """Not while the model is loaded, nor while a prompt is read."""
    post(host, "/models/unload", {"model": READER})
    chunks = stream(host, chat("word " * 60, READER, stream=True, max_tokens=3))
    known = {"id", "object", "created", "model", "choices", "usage", "timings"}
    assert all(chunk is None or chunk.keys() <= known for chunk in chunks)
    assert all(chunk is None or text_of([chunk]) or chunk["choices"][0]["finish_reason"] for chunk in chunks)


def test_who_asks_for_progress_sees_the_load_then_the_prompt_then_the_text(host: Endpoint) -> None:
    post(host, "/models/unload", {"model": READER})
    body = chat("word " * 60, READER, stream=True, return_progress=True, max_tokens=3)
    chunks = [chunk for chunk in stream(host, body) if chunk]
    kinds = [next((kind for kind in ("load_progress", "prompt_progress") if kind in chunk), "text") for chunk in chunks]
    assert list(dict.fromkeys(kinds)) == ["load_progress", "prompt_progress", "text"]
    loads = [chunk["load_progress"]["progress"] for chunk in chunks if "load_progress" in chunk]
    assert loads == sorted(loads)
    assert all(0 <= value <= 1 for value in loads)
    reads = [chunk["prompt_progress"] for chunk in chunks if "prompt_progress" in chunk]
    total = chunks[-1]["usage"]["prompt_tokens"]
    assert {read["total"] for read in reads} == {total}
    assert (reads[0]["processed"], reads[-1]["processed"]) == (0, total)
    assert all(chunk["choices"][0]["delta"] == {} for chunk, kind in zip(chunks, kinds, strict=True) if kind != "text")


def test_a_stream_comes_while_it_is_made(host: Endpoint) -> None:
    with streaming(host, chat("count", "slow", stream=True)) as response:
        first = next_text(chunks_of(response))
        assert SCRIPT["count"].startswith(text_of([first]))
        assert model_of(host, "slow")["active"] == 1


def test_a_whole_answer_is_openais(host: Endpoint) -> None:
    status, body = post(host, CHAT, chat("markdown"))
    assert status == 200
    assert body["object"] == "chat.completion"
    (choice,) = body["choices"]
    assert choice["message"] == {"role": "assistant", "content": SCRIPT["markdown"]}
    assert choice["finish_reason"] == "stop"
    assert body["usage"]["completion_tokens"] == body["timings"]["predicted_n"]


def test_openais_other_spellings_are_understood(host: Endpoint) -> None:
    body = chat("count", stop=", 9, 10", max_completion_tokens=200, n=1, user="somebody", presence_penalty=0)
    assert post(host, CHAT, body)[1]["choices"][0]["message"]["content"] == "1, 2, 3, 4, 5, 6, 7, 8"
    body = chat("count", max_completion_tokens=2)
    assert post(host, CHAT, body)[1]["choices"][0]["finish_reason"] == "length"


def test_one_connection_serves_many_requests(host: Endpoint) -> None:
    with closing(HttpConnection(host, ANSWER_TIMEOUT_SECONDS)) as connection:
        for body, expected in ((chat("hi"), 200), (chat(""), 400), (chat("hi"), 200)):
            connection.request("POST", CHAT, json.dumps(body))
            response = connection.getresponse()
            response.read()
            assert response.status == expected


def test_two_clients_share_one_runner_and_the_second_waits(host: Endpoint) -> None:
    with streaming(host, chat("count", "slow", stream=True)) as running:
        first = chunks_of(running)
        next_text(first)
        pid = model_of(host, "slow")["pid"]
        with streaming(host, chat("hi", "slow", stream=True, return_progress=True, max_tokens=3)) as waiting:
            second = chunks_of(waiting)
            place = next(chunk for chunk in second if chunk and "queue_progress" in chunk)
            assert place["queue_progress"] == {"position": 1}
            assert (model_of(host, "slow")["active"], model_of(host, "slow")["pid"]) == (2, pid)
            # The first goes, and it is the second one's turn.
            post(host, "/stop", {"id": get(host, "/status")[1]["generations"][0]["id"]})
            assert text_of([next_text(second)])


def test_the_place_in_the_queue_is_told_again_when_it_changes(host: Endpoint) -> None:
    def position(chunks: Iterator[Chunk | None]) -> int:
        return next(int(c["queue_progress"]["position"]) for c in chunks if c and "queue_progress" in c)

    waiter = chat("hi", "slow", stream=True, return_progress=True, max_tokens=3)
    with streaming(host, chat("count", "slow", stream=True)) as running:
        next_text(chunks_of(running))
        with streaming(host, waiter) as second, streaming(host, waiter) as third:
            chunks = chunks_of(second)
            assert position(chunks) == 1
            behind = chunks_of(third)
            assert position(behind) == 2
            post(host, "/stop", {"id": get(host, "/status")[1]["generations"][0]["id"]})
            assert position(behind) == 1
            assert text_of(list(chunks)) == text_of(list(behind)) != ""


# Refusals

REFUSALS: dict[str, tuple[object, int, str, str]] = {
    "unknown field": (chat("hi", grammer="x"), 400, "bad_request", "grammer"),
    "unknown field, streamed": (chat("hi", stream=True, grammer="x"), 400, "bad_request", "grammer"),
    "unsupported value": (chat("hi", top_logprobs=2), 400, "bad_request", "logprobs: true"),
    "unsupported format": (
        chat("hi", response_format={"type": "poem"}),
        400,
        "bad_request",
        "response_format",
    ),
    "wrong type": (chat("hi", temperature="warm"), 400, "bad_request", "temperature"),
    "out of bounds": (chat("hi", top_p=1.5), 400, "bad_request", "top_p"),
    "no token": (chat("hi", max_tokens=0), 400, "bad_request", "max_tokens"),
    "a constant that JSON has not": (chat("hi", temperature=float("nan")), 400, "bad_request", "JSON"),
    "empty prompt": (chat("  \n"), 400, "bad_request", "empty"),
    "empty prompt, streamed": (chat("", stream=True), 400, "bad_request", "empty"),
    "empty stop text": (chat("hi", stop=[""]), 400, "bad_request", "stop"),
    "no messages": ({"model": "scripted"}, 400, "bad_request", "messages"),
    "messages of another kind": ({"model": "scripted", "messages": "hi"}, 400, "bad_request", "messages"),
    "unknown role": (
        {"model": "scripted", "messages": [{"role": "boss", "content": "hi"}]},
        400,
        "bad_request",
        "role",
    ),
    "not JSON": (b"{", 400, "bad_request", "not JSON"),
    "not UTF-8": (b'{"model": "\xff"}', 400, "bad_request", "JSON"),
    "not an object": ([], 400, "bad_request", "object"),
    "keep_alive of another kind": (chat("hi", keep_alive="long"), 400, "bad_request", "keep_alive"),
    "keep_alive out of bounds": (chat("hi", keep_alive=-2), 400, "bad_request", "keep_alive"),
    "model of another kind": (chat("hi", model=3), 400, "bad_request", "model"),  # type: ignore[arg-type]
    "unknown engine": (chat("hi", engine="dumy"), 400, "bad_request", "Did you mean 'dummy'"),
    "unknown model": (chat("hi", "scriptd"), 404, "model_not_found", "There are: scripted, "),
    "no such file": (chat("hi", "/nowhere/model.gguf"), 404, "model_not_found", "/nowhere/model.gguf"),
    "a folder": (chat("hi", "/"), 404, "model_not_found", "There is no model file /"),
    "not a model file": (chat("hi", "page"), 503, "model_load_failed", "not a GGUF model file"),
    "half a model file": (chat("hi", "truncated"), 503, "model_load_failed", "download it again"),
    "half a model file, streamed": (
        chat("hi", "truncated", stream=True),
        503,
        "model_load_failed",
        "download it again",
    ),
    "too long": (chat("x" * 5000), 400, "context_length_exceeded", "context holds 4096"),
    "too long, streamed": (chat("x" * 5000, stream=True), 400, "context_length_exceeded", "has 5020 tokens"),
    "far too long": (chat("long " * 200_000), 400, "context_length_exceeded", "1000020"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_one_sentence_with_its_status(host: Endpoint, case: str) -> None:
    body, status, code, fragment = REFUSALS[case]
    answered, content = post(host, CHAT, body)
    assert (answered, content["error"]["code"]) == (status, code), content
    assert content["error"].keys() == {"message", "type", "code", "param"}
    assert content["error"]["type"] == ("invalid_request_error" if status < 500 else "server_error")
    assert fragment in content["error"]["message"]
    assert "\n" not in content["error"]["message"].strip()


def test_an_unknown_model_is_answered_with_the_known_ones(host: Endpoint) -> None:
    message = post(host, CHAT, chat("hi", "nothing-like-it"))[1]["error"]["message"]
    assert all(name in message for name in ("page", READER, "scripted", "slow", "truncated"))


def test_an_unknown_file_is_answered_with_the_known_models(host: Endpoint) -> None:
    message = post(host, CHAT, chat("hi", "/nowhere/model.gguf"))[1]["error"]["message"]
    assert all(name in message for name in (READER, "scripted", "slow"))


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", CHAT, 405), ("POST", "/health", 405)]
)
def test_an_unknown_route_is_refused_in_the_same_shape(host: Endpoint, method: str, path: str, status: int) -> None:
    with closing(HttpConnection(host, ANSWER_TIMEOUT_SECONDS)) as connection:
        connection.request(method, path)
        response = connection.getresponse()
        assert response.status == status
        assert json.loads(response.read())["error"].keys() == {"message", "type", "code", "param"}


def test_with_progress_a_failure_is_in_the_stream_with_its_status(host: Endpoint) -> None:
    for body, status, code in (
        (chat("hi", "truncated"), 503, "model_load_failed"),
        (chat("x" * 5000), 400, "context_length_exceeded"),
    ):
        *_, last = stream(host, {**body, "stream": True, "return_progress": True})
        assert last is not None
        assert (last["error"]["status"], last["error"]["code"]) == (status, code)


def test_a_prompt_with_half_a_character_is_read_or_refused(host: Endpoint) -> None:
    """JSON can hold a lone surrogate, which no UTF-8 text can."""
    status, body = post(host, CHAT, chat("half \ud83d of a smile"))
    assert status in (200, 400), body


# Stopping


def test_while_a_model_answers_the_status_has_its_speed(host: Endpoint) -> None:
    def speed() -> float:
        return float(model_of(host, "slow")["tokens_per_second"])

    with streaming(host, chat("endless", "slow", stream=True)) as response:
        next_text(chunks_of(response))
        wait_until(lambda: speed() > 0, what="the speed")
    wait_until(lambda: speed() == 0, what="rest")


def test_dropping_a_stream_in_mid_answer_frees_the_runner(host: Endpoint) -> None:
    with streaming(host, chat("endless", "slow", stream=True)) as response:
        next_text(chunks_of(response))
        assert runners_active(host) == 1
    wait_until(lambda: not runners_active(host), what="the idle runner")
    assert text_of(stream(host, chat("hi", "slow", stream=True))) == SCRIPT[""]


def test_dropping_a_whole_answer_frees_the_runner(host: Endpoint) -> None:
    with closing(HttpConnection(host, ANSWER_TIMEOUT_SECONDS)) as connection:
        connection.request("POST", CHAT, json.dumps(chat("endless", "slow")))
        wait_until(lambda: runners_active(host) == 1, what="the generation's start")
    wait_until(lambda: not runners_active(host), what="the idle runner")
    wait_until(lambda: model_of(host, "slow")["active"] == 0, what="the host's own count")


@pytest.mark.parametrize("is_streamed", [True, False])
def test_dropping_a_long_prompt_frees_the_runner(host: Endpoint, is_streamed: bool) -> None:
    """It is not read to its end: what was read of it is in the prefix cache, and that is not nearly all."""
    long = chat(f"{is_streamed} long prompt " * 160, READER, max_tokens=1)
    post(host, CHAT, chat("hi", READER, max_tokens=1))
    with closing(HttpConnection(host, ANSWER_TIMEOUT_SECONDS)) as connection:
        connection.request("POST", CHAT, json.dumps({**long, "stream": is_streamed}))
        wait_until(lambda: runners_active(host) == 1, what="the generation's start")
    wait_until(lambda: not runners_active(host), what="the idle runner")
    timings = post(host, CHAT, long)[1]["timings"]
    assert timings["prompt_n"] > config.Settings().step_tokens


def test_stop_ends_all_generations(host: Endpoint) -> None:
    with (
        streaming(host, chat("endless", "slow", stream=True)) as one,
        streaming(host, chat("word " * 1000, "dummy", stream=True, return_progress=True)) as other,
    ):
        streams = [chunks_of(one), chunks_of(other)]
        for chunks in streams:
            next_text(chunks)
        assert post(host, "/stop", {}) == (200, {"success": True, "cancelled": 2})
        for chunks in streams:
            *_, last = chunks
            assert last is not None
            assert (last["error"]["status"], last["error"]["code"]) == (499, "cancelled")
    assert post(host, "/stop", {})[1]["cancelled"] == 0


@pytest.mark.parametrize("return_progress", [True, False])
def test_stop_ends_the_generation_whose_id_its_chunks_carry(host: Endpoint, return_progress: bool) -> None:
    with (
        streaming(host, chat("endless", "slow", stream=True)) as one,
        streaming(host, chat("word " * 1000, "dummy", stream=True, return_progress=return_progress)) as other,
    ):
        kept, stopped = chunks_of(one), chunks_of(other)
        next_text(kept)
        id = next_text(stopped)["id"]
        assert id in {generation["id"] for generation in get(host, "/status")[1]["generations"]}
        assert post(host, "/stop", {"id": id})[1]["cancelled"] == 1
        *_, last = stopped
        assert last is not None
        assert last["error"]["code"] == "cancelled"
        assert next_text(kept)


def test_stop_with_an_unknown_id_ends_nothing(host: Endpoint) -> None:
    with streaming(host, chat("endless", "slow", stream=True)) as response:
        chunks = chunks_of(response)
        next_text(chunks)
        assert post(host, "/stop", {"id": "chatcmpl-unknown"})[1]["cancelled"] == 0
        assert next_text(chunks)


def test_a_stop_without_a_body_is_understood(host: Endpoint) -> None:
    assert post(host, "/stop", b"")[0] == 200


def test_a_stop_before_the_first_text_keeps_its_status(host: Endpoint) -> None:
    long = chat("nobody had this prompt before " * 70, READER, max_tokens=1)
    post(host, CHAT, chat("hi", READER, max_tokens=1))
    with closing(HttpConnection(host, ANSWER_TIMEOUT_SECONDS)) as connection:
        connection.request("POST", CHAT, json.dumps(long))
        wait_until(lambda: runners_active(host) == 1, what="the generation's start")
        assert post(host, "/stop", {})[1]["cancelled"] == 1
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["error"]["code"]) == (499, "cancelled")


# What it says of itself


def test_health_says_who_it_is(host: Endpoint) -> None:
    status, body = get(host, "/health")
    assert status == 200
    assert (body["status"], body["version"], body["wire"]) == ("ok", __version__, WIRE_VERSION)
    assert Path(body["executable"]).exists()


def test_status_has_the_numbers(host: Endpoint) -> None:
    post(host, CHAT, chat("hi"))
    _, body = get(host, "/status")
    assert (body["state"], body["model_loaded"], body["leases"], body["generations"]) == ("ready", True, [], [])
    row = model_of(host, "scripted")
    assert (row["state"], row["active"], row["failure"]) == ("ready", 0, None)
    assert 0 < row["expires_in_seconds"] <= row["keep_alive"] == 300
    assert body["memory_usage"] > row["memory_bytes"] > 1_000_000


def test_the_models_folder_is_listed(host: Endpoint) -> None:
    body = get(host, "/v1/models")[1]
    assert body["object"] == "list"
    assert {"scripted", "slow", READER, "dummy"} <= {entry["id"] for entry in body["data"]}


def test_one_model_is_one_name_whatever_it_was_called(host: Endpoint, scripted: Path) -> None:
    """By its name, by its path and by a link to it: one runner."""
    post(host, CHAT, chat("hi"))
    pid = model_of(host, "scripted")["pid"]
    assert post(host, CHAT, chat("hi", str(scripted)))[0] == 200
    assert [row["pid"] for row in get(host, "/status")[1]["models"] if row["path"] == str(scripted)] == [pid]


def test_a_linked_model_goes_by_the_name_it_was_asked_for(host: Endpoint) -> None:
    assert post(host, CHAT, chat("hi", "telling"))[1]["model"] == "telling"
    assert model_of(host, "telling")["state"] == "ready"
    assert "0a1b2c3d" not in {entry["id"] for entry in get(host, "/v1/models")[1]["data"]}


def test_the_dummy_needs_no_model(host: Endpoint) -> None:
    content = post(host, CHAT, chat("hello", "dummy"))[1]["choices"][0]["message"]["content"]
    assert content.endswith("hello")


# Loading and unloading


def test_a_model_is_loaded_and_unloaded_when_asked(host: Endpoint) -> None:
    assert post(host, "/models/unload", {"model": "scripted"})[0] == 200
    assert model_of(host, "scripted")["state"] == "stopped"
    assert post(host, "/models/load", {"model": "scripted"})[1]["success"] is True
    assert model_of(host, "scripted")["state"] == "ready"
    assert post(host, "/models/unload", {"model": "scripted"})[1]["message"] == "scripted is unloaded."
    assert post(host, "/models/unload", {"model": "scripted"})[1]["message"] == "scripted was not loaded."


def test_a_model_in_use_is_not_unloaded(host: Endpoint) -> None:
    with streaming(host, chat("endless", "slow", stream=True)) as response:
        chunks = chunks_of(response)
        next_text(chunks)
        status, body = post(host, "/models/unload", {"model": "slow"})
        assert (status, "generating" in body["error"]["message"]) == (400, True)
        assert next_text(chunks)


@pytest.mark.parametrize("path", ["/models/load", "/models/unload"])
def test_an_unknown_model_is_neither_loaded_nor_unloaded(host: Endpoint, path: str) -> None:
    assert post(host, path, {"model": "nothing-like-it"})[0] == 404


def test_who_leaves_while_a_model_loads_only_detaches(host: Endpoint) -> None:
    post(host, "/models/unload", {"model": READER})
    with closing(HttpConnection(host, ANSWER_TIMEOUT_SECONDS)) as connection:
        connection.request("POST", CHAT, json.dumps(chat("hi", READER)))
        wait_until(lambda: model_of(host, READER)["pid"], what="the load's start")
        pid = model_of(host, READER)["pid"]
    assert post(host, CHAT, chat("hi", READER, max_tokens=1))[0] == 200
    assert model_of(host, READER)["pid"] == pid


# Who may ask


def test_only_its_user_can_reach_the_socket(host: Endpoint) -> None:

    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    assert (mode(host.path.parent), mode(host.path)) == (0o700, 0o600)
    post(host, CHAT, chat("hi"))
    runners = list(host.path.parent.glob(f"runner-{get(host, '/health')[1]['pid']}-*"))
    assert runners
    assert {mode(path) for path in runners} == {0o600}
