"""What the engine offers beside a chat, through the host: completions, samples, embeddings, tokens, templates."""

from __future__ import annotations

import base64
import json
import math
import os
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import model_files
from tests.conftest import SCRIPT, processes_of, shut_down, wait_until
from tests.host.test_http import chat, chunks_of, get, model_of, next_text, post, runners_active, streaming
from threadrunner_kernel import config
from threadrunner_kernel.endpoint import Endpoint, HttpConnection
from threadrunner_kernel.launcher import ensure_host

CHAT = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"
EMBEDDINGS = "/v1/embeddings"
READER = f"small-f16-v{model_files.WRITER_VERSION}"


@pytest.fixture(scope="module")
def host(
    scripted: Path, slow: Path, small_random: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoint]:
    """One host for these tests, with models that speak, one that rambles and one that only reads."""
    folder = tmp_path_factory.mktemp("routes") / "home"
    models = folder / "models"
    models.mkdir(parents=True)
    for path in (scripted, slow, small_random):
        (models / path.name).symlink_to(path)
    model_files.write_embedding_model(models / "encoder.gguf", "encoder")
    model_files.write_random_model(models / "rambling.gguf", model_files.TINY, attentive=True)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("THREADRUNNER_"):
                patch.delenv(name)
        patch.setenv("THREADRUNNER_HOME", str(folder))
        patch.setenv("THREADRUNNER_CONTEXT", "2048")
        endpoint = ensure_host(config.load()).endpoint
    yield endpoint
    shut_down(folder)
    wait_until(lambda: not processes_of(folder), what="the end of all processes")


@pytest.fixture(autouse=True)
def _idle(host: Endpoint) -> Iterator[None]:
    yield
    wait_until(lambda: not get(host, "/status")[1]["generations"], what="the end of all generations")
    wait_until(lambda: not runners_active(host), what="idle runners")


def said(host: Endpoint, path: str, **body: Any) -> dict[str, Any]:
    status, content = post(host, path, body)
    assert status == 200, content
    return content


def streamed(host: Endpoint, path: str, **body: Any) -> list[dict[str, Any]]:
    """The chunks of a stream that ends well."""
    with closing(HttpConnection(host, 60)) as connection:
        connection.request("POST", path, json.dumps({**body, "stream": True}))
        *chunks, done = list(chunks_of(connection.getresponse()))
    assert done is None
    return [chunk for chunk in chunks if chunk]


# Completions


def test_a_completion_goes_on_from_the_prompt_as_it_stands(host: Endpoint) -> None:
    body = said(host, COMPLETIONS, model="scripted", prompt="Once upon a time")
    assert body["object"] == "text_completion"
    (choice,) = body["choices"]
    assert (choice["text"], choice["finish_reason"]) == (SCRIPT[""], "stop")
    assert "message" not in choice
    # A token for each byte, and no template around them.
    assert body["usage"]["prompt_tokens"] == len("Once upon a time")


def test_a_streamed_completion_is_openais(host: Endpoint) -> None:
    chunks = streamed(host, COMPLETIONS, model="scripted", prompt="Once")
    assert {chunk["object"] for chunk in chunks} == {"text_completion"}
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == SCRIPT[""]
    assert not any("delta" in chunk["choices"][0] for chunk in chunks)
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks][-1] == "stop"
    assert chunks[-1]["usage"]["completion_tokens"] == chunks[-1]["timings"]["predicted_n"]


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_completion_ends_before_a_stop_text_and_at_its_limit(host: Endpoint, is_streamed: bool) -> None:
    def text(**fields: Any) -> tuple[str, str]:
        asked = {"model": "scripted", "prompt": "Once", **fields}
        parts = streamed(host, COMPLETIONS, **asked) if is_streamed else [said(host, COMPLETIONS, **asked)]
        choices = [part["choices"][0] for part in parts]
        return "".join(choice["text"] for choice in choices), choices[-1]["finish_reason"]

    assert text(stop=", naïve") == ("The scripted answer", "stop")
    assert text(stop=["never said", " short"]) == (SCRIPT[""][: SCRIPT[""].index(" short")], "stop")
    short, reason = text(max_tokens=2)
    assert reason == "length"
    assert SCRIPT[""].startswith(short)


@pytest.mark.parametrize("path", [CHAT, COMPLETIONS])
def test_log_probabilities_come_with_each_token(host: Endpoint, path: str) -> None:
    prompt = {"prompt": "Once"} if path == COMPLETIONS else {"messages": [{"role": "user", "content": "Once"}]}
    asked = {"model": "rambling", **prompt, "logprobs": True, "top_logprobs": 3, "temperature": 0, "max_tokens": 6}
    (choice,) = said(host, path, **asked)["choices"]
    text = choice["text"] if path == COMPLETIONS else choice["message"]["content"]
    rows = choice["logprobs"]["content"]
    assert "".join(row["token"] for row in rows) == text
    assert [bytes(row["bytes"]).decode() for row in rows] == [row["token"] for row in rows]
    for row in rows:
        # Without randomness it is the likeliest that is taken.
        assert (row["token"], row["logprob"]) == (row["top_logprobs"][0]["token"], row["top_logprobs"][0]["logprob"])
        assert len(row["top_logprobs"]) == 3
        assert sum(math.exp(other["logprob"]) for other in row["top_logprobs"]) <= 1.000001
    chunks = streamed(host, path, **asked)
    assert [row for chunk in chunks for row in chunk["choices"][0].get("logprobs", {"content": []})["content"]] == rows


def test_a_chats_prompt_as_a_completion_says_the_same(host: Endpoint) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
    prompt = said(host, "/apply-template", model="rambling", messages=turns)["prompt"]
    assert prompt == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"
    )
    options = {"model": "rambling", "temperature": 0, "max_tokens": 12}
    talked, went_on = said(host, CHAT, messages=turns, **options), said(host, COMPLETIONS, prompt=prompt, **options)
    assert went_on["choices"][0]["text"] == talked["choices"][0]["message"]["content"] != ""
    assert went_on["usage"]["prompt_tokens"] == talked["usage"]["prompt_tokens"]


# Several answers to one prompt


def test_n_answers_are_those_of_n_seeds_and_the_prompt_counts_once(host: Endpoint) -> None:
    options = {"temperature": 1.5, "max_tokens": 8}
    one_by_one = [said(host, CHAT, **chat("Hi", "rambling", seed=seed, **options)) for seed in (5, 6, 7)]
    expected = [body["choices"][0]["message"]["content"] for body in one_by_one]
    body = said(host, CHAT, **chat("Hi", "rambling", seed=5, n=3, **options))
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    assert [choice["message"]["content"] for choice in body["choices"]] == expected
    assert len(set(expected)) == 3
    assert body["usage"]["prompt_tokens"] == one_by_one[0]["usage"]["prompt_tokens"]
    assert body["usage"]["completion_tokens"] == 24


@pytest.mark.parametrize("path", [CHAT, COMPLETIONS])
def test_n_streamed_answers_tell_whose_a_text_is(host: Endpoint, path: str) -> None:
    prompt = {"prompt": "Hi"} if path == COMPLETIONS else {"messages": [{"role": "user", "content": "Hi"}]}
    asked = {"model": "rambling", **prompt, "seed": 5, "temperature": 1.5, "max_tokens": 8, "n": 3}
    texts, reasons = ["", "", ""], []
    chunks = streamed(host, path, **asked)
    for choice in (chunk["choices"][0] for chunk in chunks):
        texts[choice["index"]] += choice["text"] if path == COMPLETIONS else choice["delta"].get("content", "")
        reasons += [choice["index"]] if choice["finish_reason"] else []
    whole = said(host, path, **asked)["choices"]
    assert texts == [choice["text"] if path == COMPLETIONS else choice["message"]["content"] for choice in whole]
    assert sorted(reasons) == [0, 1, 2]
    assert [chunk["usage"]["completion_tokens"] for chunk in chunks if "usage" in chunk] == [24]


# Tokens


def test_tokens_are_the_models_own(host: Endpoint) -> None:
    assert said(host, "/tokenize", model="rambling", content="Hi")["tokens"] == [ord("H"), ord("i")]
    control = said(host, "/tokenize", model="rambling", content="<|im_end|>")["tokens"]
    spelled = said(host, "/tokenize", model="rambling", content="<|im_end|>", parse_special=False)["tokens"]
    assert len(control) == 1
    assert spelled == list(b"<|im_end|>")
    assert said(host, "/tokenize", model="rambling", content="")["tokens"] == []
    plain, framed = (
        said(host, "/tokenize", model="encoder", content="a", add_special=special)["tokens"]
        for special in (False, True)
    )
    assert framed == [framed[0], *plain, framed[-1]]


def test_an_encoder_has_no_template(host: Endpoint) -> None:
    messages = [{"role": "user", "content": "Hi"}]
    status, body = post(host, "/apply-template", {"model": "encoder", "messages": messages})
    assert (status, "makes embeddings and no text" in body["error"]["message"]) == (400, True)


# Embeddings


def test_embeddings_come_through_the_host_under_the_models_name(host: Endpoint) -> None:
    body = said(host, EMBEDDINGS, model="encoder", input=["one text", "another"], keep_alive=600, user="somebody")
    assert (body["object"], body["model"]) == ("list", "encoder")
    vectors = [row["embedding"] for row in body["data"]]
    assert [math.hypot(*vector) for vector in vectors] == pytest.approx([1, 1])
    assert model_of(host, "encoder")["keep_alive"] == 600
    coded = said(host, EMBEDDINGS, model="encoder", input=["one text", "another"], encoding_format="base64")
    raw = [base64.b64decode(row["embedding"]) for row in coded["data"]]
    assert [list(struct.unpack(f"<{len(data) // 4}f", data)) for data in raw] == vectors


def test_a_model_that_nobody_keeps_goes_after_its_embedding(host: Endpoint) -> None:
    assert said(host, EMBEDDINGS, model="encoder", input="a", keep_alive=0)["data"]
    wait_until(lambda: model_of(host, "encoder")["state"] == "stopped", what="the unload")
    assert said(host, EMBEDDINGS, model="encoder", input="a")["data"]


def test_embeddings_and_a_chat_at_the_same_time(host: Endpoint) -> None:
    """With two models, and with one."""
    said(host, CHAT, **chat("hi", READER, max_tokens=1))
    with streaming(host, chat("count", "slow", stream=True)) as response:
        chunks = chunks_of(response)
        next_text(chunks)
        assert len(said(host, EMBEDDINGS, model="encoder", input=["a"] * 50)["data"]) == 50
        assert next_text(chunks)
    with streaming(host, chat("hi", READER, stream=True, max_tokens=1500)) as response:
        chunks = chunks_of(response)
        next_text(chunks)
        assert len(said(host, EMBEDDINGS, model=READER, input=["a b c"] * 50)["data"]) == 50
        assert next_text(chunks)


@pytest.mark.parametrize("way", ["stop", "leave"])
def test_embeddings_that_nobody_waits_for_end(host: Endpoint, way: str) -> None:
    said(host, CHAT, **chat("hi", READER, max_tokens=1))
    many = {"model": READER, "input": [f"{number} " + "word " * 80 for number in range(2000)]}
    with closing(HttpConnection(host, 60)) as connection:
        connection.request("POST", EMBEDDINGS, json.dumps(many))
        wait_until(lambda: runners_active(host) == 1, what="the request's start")
        if way == "stop":
            assert post(host, "/stop", {})[1]["cancelled"] == 1
            response = connection.getresponse()
            assert (response.status, json.loads(response.read())["error"]["code"]) == (499, "cancelled")
    # All of it would take minutes.
    wait_until(lambda: not runners_active(host), timeout=10, what="the idle runner")


# Refusals

HI = [{"role": "user", "content": "Hi"}]
REFUSALS: dict[str, tuple[str, dict[str, Any], str]] = {
    "completion": (COMPLETIONS, {"model": "scripted", "prompt": "a", "echo": True}, "echo"),
    "a stream": (
        COMPLETIONS,
        {"model": "scripted", "prompt": "a", "stream": True, "suffix": "b"},
        "suffix",
    ),
    "completion of messages": (COMPLETIONS, {"model": "scripted", "messages": HI}, "messages"),
    "completion of nothing": (COMPLETIONS, {"model": "scripted"}, "prompt"),
    "completion of an empty prompt": (COMPLETIONS, {"model": "scripted", "prompt": " "}, "prompt"),
    "completion of a list": (COMPLETIONS, {"model": "scripted", "prompt": ["a", "b"]}, "prompt"),
    "chat with a prompt": (CHAT, {"model": "scripted", "messages": HI, "prompt": "a"}, "prompt"),
    "no samples": (CHAT, {"model": "scripted", "messages": HI, "n": 0}, "n"),
    "too many samples": (CHAT, {"model": "scripted", "messages": HI, "n": 65}, "n"),
    "tokenize": ("/tokenize", {"model": "scripted", "content": "a", "with_peices": True}, "with_peices"),
    "tokenize nothing": ("/tokenize", {"model": "scripted"}, "content"),
    "tokenize a number": ("/tokenize", {"model": "scripted", "content": 3}, "content"),
    "template": ("/apply-template", {"model": "scripted", "messages": HI, "tools": []}, "tools"),
    "template of nothing": ("/apply-template", {"model": "scripted"}, "messages"),
    "embeddings": (EMBEDDINGS, {"model": "encoder", "input": "a", "dimension": 3}, "dimension"),
    "embeddings, streamed": (EMBEDDINGS, {"model": "encoder", "input": "a", "stream": True}, "stream"),
    "embeddings of nothing": (EMBEDDINGS, {"model": "encoder"}, "input"),
    "embeddings of the dummy": (EMBEDDINGS, {"model": "dummy", "input": "a"}, "model"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_not_understood_is_refused_by_name(host: Endpoint, case: str) -> None:
    path, body, name = REFUSALS[case]
    status, content = post(host, path, body)
    assert (status, content["error"]["code"]) == (400, "bad_request"), content
    assert content["error"]["param"] == name


# Numbers


def test_the_progress_of_a_prompt_has_llama_servers_numbers(host: Endpoint) -> None:
    asked = chat("word " * 120, "rambling", return_progress=True, max_tokens=2)
    first, second = (streamed(host, CHAT, **asked) for _ in range(2))
    for chunks in (first, second):
        rows = [chunk["prompt_progress"] for chunk in chunks if "prompt_progress" in chunk]
        assert all(row.keys() == {"total", "cache", "processed", "time_ms"} for row in rows)
        usage = chunks[-1]["usage"]
        assert {row["total"] for row in rows} == {usage["prompt_tokens"]}
        assert {row["cache"] for row in rows} == {usage["prompt_tokens_details"]["cached_tokens"]}
        assert (rows[0]["processed"], rows[-1]["processed"]) == (rows[0]["cache"], usage["prompt_tokens"])
        times = [row["time_ms"] for row in rows]
        assert times == sorted(times)
        assert times[-1] > 0
    assert first[-1]["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    assert second[-1]["usage"]["prompt_tokens_details"]["cached_tokens"] == second[-1]["usage"]["prompt_tokens"] - 1


def test_the_status_tells_each_models_context(host: Endpoint) -> None:
    said(host, CHAT, **chat("hi", max_tokens=1))
    said(host, EMBEDDINGS, model="encoder", input="a")
    assert model_of(host, "scripted")["context"] == 2048
    assert model_of(host, "encoder")["context"] == model_files.EMBEDDING_CONTEXT
