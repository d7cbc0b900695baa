"""Embeddings by a real runner process: llama.cpp's own vectors, beside generations, or refused by name."""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, get_args

import pytest
from llama_cpp import Llama

from tests import model_files
from tests.conftest import wait_until
from tests.model_files import EMBEDDING_CONTEXT, EmbeddingKind
from tests.runner.test_batching import KINDS, Bench, bench
from tests.runner.test_llama import active, answer, events_of, ready_runner, request, stopped
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.endpoint import HttpConnection
from threadrunner_kernel.errors import BadRequest, PromptTooLong
from threadrunner_kernel.runner.engine import Backend, Task

EMBEDDINGS = "/v1/embeddings"
TEXTS = ["a", "hello big world", "hello world big", "The quick brown fox jumps over the lazy dog. " * 4, "b c d"]
POOLING: tuple[EmbeddingKind, ...] = ("encoder", "last", "mean")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[EmbeddingKind, Path]:
    folder = tmp_path_factory.mktemp("embedding")
    return {
        kind: model_files.write_embedding_model(folder / f"{kind}.gguf", kind)
        for kind in get_args(model_files.EmbeddingKind)
    }


@pytest.fixture(scope="module")
def runners(
    files: dict[EmbeddingKind, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[EmbeddingKind, HostClient]]:
    """A runner of each kind that has vectors."""
    folder = tmp_path_factory.mktemp("runners")
    with (
        ready_runner(files["encoder"], folder) as encoder,
        ready_runner(files["last"], folder) as last,
        ready_runner(files["mean"], folder) as mean,
    ):
        yield {"encoder": encoder, "last": last, "mean": mean}


@pytest.fixture(params=POOLING)
def kind(request: pytest.FixtureRequest) -> EmbeddingKind:
    chosen: EmbeddingKind = request.param
    return chosen


@pytest.fixture(scope="module")
def busy(small_random: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostClient]:
    """A runner of a chat model that takes seconds for thousands of tokens."""
    with ready_runner(small_random, tmp_path_factory.mktemp("busy"), THREADRUNNER_CONTEXT="4096") as client:
        yield client


def vectors_of(client: HostClient, given: Any, **fields: Any) -> list[list[float]]:
    body = client.post(EMBEDDINGS, {"input": given, **fields})
    assert [row["index"] for row in body["data"]] == list(range(len(body["data"])))
    return [row["embedding"] for row in body["data"]]


def cosine(first: Sequence[float], second: Sequence[float]) -> float:
    products = sum(a * b for a, b in zip(first, second, strict=True))
    return products / (math.hypot(*first) * math.hypot(*second))


def assert_close(first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]) -> None:
    assert len(first) == len(second)
    assert all(cosine(a, b) > 0.9999 for a, b in zip(first, second, strict=True))


# What they are


def test_a_vector_is_llama_cpps_own_with_length_1(
    runners: dict[EmbeddingKind, HostClient], files: dict[EmbeddingKind, Path], kind: EmbeddingKind
) -> None:
    with closing(Llama(str(files[kind]), embedding=True, n_ctx=EMBEDDING_CONTEXT, verbose=False)) as model:
        expected = [model.embed(text, normalize=True) for text in TEXTS]
    vectors = vectors_of(runners[kind], TEXTS)
    assert_close(vectors, expected)
    assert all(math.hypot(*vector) == pytest.approx(1) for vector in vectors)
    # The order of the words is in it, so that equal vectors above say something.
    assert cosine(vectors[1], vectors[2]) < 0.99


def test_many_inputs_are_those_one_by_one(runners: dict[EmbeddingKind, HostClient], kind: EmbeddingKind) -> None:
    """More than one step holds, by tokens and by number, and of any length."""
    texts = [f"{number} " + "word " * (number * 7 % 40) for number in range(70)]
    assert_close(vectors_of(runners[kind], texts), [vectors_of(runners[kind], text)[0] for text in texts])


def test_base64_says_the_same_numbers(runners: dict[EmbeddingKind, HostClient], kind: EmbeddingKind) -> None:
    floats = vectors_of(runners[kind], TEXTS, encoding_format="float")
    texts: list[Any] = vectors_of(runners[kind], TEXTS, encoding_format="base64")
    decoded = [base64.b64decode(text) for text in texts]
    assert [list(struct.unpack(f"<{len(data) // 4}f", data)) for data in decoded] == floats


def test_tokens_are_as_good_as_their_text(runners: dict[EmbeddingKind, HostClient], kind: EmbeddingKind) -> None:
    runner = runners[kind]
    lists = [runner.post("/tokenize", {"content": text, "add_special": True})["tokens"] for text in TEXTS]
    by_text = vectors_of(runner, TEXTS)
    assert_close(vectors_of(runner, lists), by_text)
    assert_close(vectors_of(runner, lists[1]), by_text[1:2])


def test_the_answer_is_openais(runners: dict[EmbeddingKind, HostClient]) -> None:
    body = runners["encoder"].post(EMBEDDINGS, {"input": ["a b", "c"], "user": "somebody"})
    assert body["object"] == "list"
    assert body["model"] == "encoder"
    assert [row["object"] for row in body["data"]] == ["embedding"] * 2
    # Two tokens of the encoder's own around each.
    assert body["usage"] == {"prompt_tokens": 7, "total_tokens": 7}


def test_an_input_that_just_fits_is_embedded(runners: dict[EmbeddingKind, HostClient]) -> None:
    (vector,) = vectors_of(runners["encoder"], "x" * (EMBEDDING_CONTEXT - 2))
    assert math.hypot(*vector) == pytest.approx(1)


@pytest.mark.parametrize("memory", ["llama", "window", "recurrent", "hybrid"])
def test_a_chat_model_of_any_memory_has_vectors(tmp_path: Path, memory: str) -> None:
    path = KINDS[memory](tmp_path / "model.gguf")
    with closing(Llama(str(path), embedding=True, n_ctx=512, pooling_type=1, verbose=False)) as model:
        expected = [model.embed(text, normalize=True) for text in TEXTS]
    with bench(path) as engine:
        assert_close(embedded(engine, TEXTS), expected)
        assert_close([embedded(engine, [text])[0] for text in TEXTS], expected)


def embedded(engine: Bench, texts: list[str]) -> list[list[float]]:
    """The vectors by an engine in this process, made step by step as the runner's route does it."""
    inputs: list[list[int]] = done(engine, lambda backend, _: backend.read_inputs(texts))
    vectors: list[bytes] = []

    def embed_more(backend: Backend, task: Task) -> list[bytes]:
        return backend.embed(inputs[len(vectors) :], task.cancelled.is_set)

    while len(vectors) < len(inputs):
        vectors += done(engine, embed_more)
    return [list(struct.unpack(f"<{len(vector) // 4}f", vector)) for vector in vectors]


def done(engine: Bench, work: Callable[[Backend, Task], Any]) -> Any:
    """What ``work`` on the decode thread gives."""
    task = Task(work)
    engine.engine.submit_task(task)
    return task.done.result(timeout=60)


# What is refused

REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "empty text": ({"input": ["a", ""]}, "Input 1 is empty"),
    "one empty text": ({"input": ""}, "Input 0 is empty"),
    "empty token list": ({"input": [[1], []]}, "Input 1 is empty"),
    "unknown token": ({"input": [1, 999_999]}, "there is no token 999999"),
    "negative token": ({"input": [[-1]]}, "there is no token -1"),
    "no input": ({}, "input"),
    "an empty list": ({"input": []}, "input"),
    "a number": ({"input": 3}, "input"),
    "texts and tokens": ({"input": ["a", 1]}, "input"),
    "a token that is none": ({"input": [1.5]}, "input"),
    "too many": ({"input": ["a"] * 2049}, "input"),
    "another form": ({"input": "a", "encoding_format": "hex"}, "encoding_format"),
    "unknown field": ({"input": "a", "dimension": 8}, "dimension"),
    "other dimensions": ({"input": "a", "dimensions": 8}, "dimensions"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_embedded_is_refused_by_name(runners: dict[EmbeddingKind, HostClient], case: str) -> None:
    body, fragment = REFUSALS[case]
    with pytest.raises(BadRequest) as refusal:
        runners["encoder"].post(EMBEDDINGS, body)
    assert fragment in refusal.value.message
    assert "\n" not in refusal.value.message
    assert refusal.value.param == ("input" if "input" in fragment.lower() or "token" in fragment else fragment)


def test_an_input_that_is_too_long_is_refused_with_both_numbers(runners: dict[EmbeddingKind, HostClient]) -> None:
    with pytest.raises(PromptTooLong, match=rf"Input 1 has {EMBEDDING_CONTEXT + 1} tokens.*\b{EMBEDDING_CONTEXT}\b"):
        vectors_of(runners["encoder"], ["a", "x" * (EMBEDDING_CONTEXT - 1)])


def test_an_encoder_does_not_chat(runners: dict[EmbeddingKind, HostClient]) -> None:
    for path, asked in (("/v1/chat/completions", request("hi").to_wire()), ("/v1/completions", {"prompt": "hi"})):
        with pytest.raises(BadRequest, match="makes embeddings and no text") as refusal:
            runners["encoder"].post(path, asked)
        assert refusal.value.param == "model"
    assert active(runners["encoder"]) == 0


@pytest.mark.parametrize("kind", ["last", "mean"], indirect=True)
def test_a_model_that_pools_can_chat_as_well(runners: dict[EmbeddingKind, HostClient], kind: EmbeddingKind) -> None:
    chat = replace(request("hi"), max_tokens=8, temperature=0.0)
    before = answer(runners[kind], chat)
    vectors_of(runners[kind], TEXTS)
    assert before == answer(runners[kind], chat) != ""


@pytest.mark.parametrize("kind", ["ranking", "unpooled"])
def test_a_model_without_a_vector_for_a_text_is_refused(files: dict[EmbeddingKind, Path], kind: EmbeddingKind) -> None:
    with bench(files[kind]) as engine, pytest.raises(BadRequest) as refusal:
        embedded(engine, ["a"])
    assert refusal.value.param == "model"
    assert refusal.value.message.startswith("This model ")


# Beside generations, on a model that takes its time


LONG = "Nobody has embedded this text before. " * 12


@contextmanager
def embedding(client: HostClient, *inputs: list[str]) -> Iterator[list[Future[list[list[float]]]]]:
    """Requests to embed these inputs, each on a thread of its own."""
    with ThreadPoolExecutor(len(inputs)) as threads:
        yield [threads.submit(vectors_of, client, texts) for texts in inputs]


def test_embeddings_are_served_while_an_answer_streams_which_goes_on(busy: HostClient) -> None:
    """One step of the embeddings, one of the answer; also when two programs ask for many."""
    expected = vectors_of(busy, "a b c")
    many = [[f"{name} {number} {LONG}" for number in range(8)] for name in ("first", "second")]
    with busy.chat(replace(request("Talk to me."), max_tokens=2000), Cancellation()) as events:
        next(events)
        assert_close(vectors_of(busy, "a b c"), expected)
        with embedding(busy, *many) as asked:
            wait_until(lambda: active(busy) == 3, what="both requests")
            said = "".join(event.text for event in islice(events, 10))
            assert said
            assert not any(future.done() for future in asked)
            assert [len(future.result()) for future in asked] == [8, 8]
    wait_until(lambda: active(busy) == 0, what="the idle runner")


def test_embeddings_are_served_while_a_long_prompt_is_read(busy: HostClient) -> None:
    long = replace(request("A prompt nobody had before. " * 110), max_tokens=1, return_progress=True)
    with busy.chat(long, Cancellation()) as events:
        next(event for event in events if event.progress and event.progress.done > 0)
        assert len(vectors_of(busy, TEXTS)) == len(TEXTS)
        *_, last = events
    assert last.usage is not None
    assert last.usage.completion_tokens == 1


def test_a_generation_that_is_cancelled_takes_no_embedding_with_it(busy: HostClient) -> None:
    """Both are ended by one flag of llama.cpp's."""
    texts = [f"cancelled {number} {LONG}" for number in range(12)]
    talk = replace(request("Talk to me."), max_tokens=2000)
    with embedding(busy, texts) as (asked,):
        while not asked.done():
            stopped(busy, talk, lambda said, _: bool(said))
        assert len(asked.result()) == len(texts)


def test_who_leaves_ends_the_embeddings(busy: HostClient) -> None:
    with closing(HttpConnection(busy.endpoint, 60)) as connection:
        connection.request("POST", EMBEDDINGS, json.dumps({"input": [f"{n} {LONG}" for n in range(2000)]}))
        wait_until(lambda: active(busy) == 1, what="the request's start")
        assert len(vectors_of(busy, "a")) == 1  # it goes on, and lets others between
        wait_until(lambda: active(busy) == 1, what="the next of its steps")
    # All of it would take minutes.
    wait_until(lambda: active(busy) == 0, timeout=10, what="the idle runner")
    assert events_of(busy, replace(request("hi"), max_tokens=1))[-1].finish_reason == "length"
