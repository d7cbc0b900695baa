"""What crosses the wire comes out as it went in, also beside what other versions and other servers add."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadrunner_kernel.config import Sampling, Settings
from threadrunner_kernel.messages import (
    ChatRequest,
    ChunkHead,
    Event,
    Message,
    Progress,
    Timings,
    Usage,
    chat_request,
    event_from_chunk,
    model_label,
)

HEAD = ChunkHead("chatcmpl-1", "a-model", 1_700_000_000)

counts = st.integers(0, 2**31)
# The wire keeps a microsecond.
milliseconds = st.integers(0, 10**12).map(lambda microseconds: microseconds / 1000)
usages = st.builds(Usage, counts, counts, counts)
timings = st.builds(Timings, counts, milliseconds, counts, milliseconds, counts)
progresses = st.one_of(
    st.builds(lambda share: Progress("load", share / 1000), st.integers(0, 1000)),
    st.builds(lambda place: Progress("queue", place), counts),
    st.builds(Progress, st.just("prompt"), counts, counts, counts, milliseconds),
)
events = st.builds(
    Event,
    text=st.text(),
    reasoning=st.text(),
    finish_reason=st.sampled_from([None, "stop", "length"]),
    usage=st.none() | usages,
    timings=st.none() | timings,
    progress=st.none() | progresses,
    notice=st.none() | st.text(min_size=1),
)


@given(events)
def test_an_event_crosses_the_wire_unchanged(event: Event) -> None:
    assert event_from_chunk(json.loads(json.dumps(HEAD.chunk(event)))) == replace(event, model=HEAD.model)


def test_a_chunk_has_openais_shape() -> None:
    assert HEAD.chunk(Event(text="Hi")) == {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "a-model",
        "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}],
    }


def test_a_continued_prompts_chunk_has_openais_older_shape() -> None:
    chunk = ChunkHead("cmpl-1", "a-model", 1_700_000_000, is_chat=False).chunk(Event(text="Hi"))
    assert chunk["object"] == "text_completion"
    assert chunk["choices"] == [{"index": 0, "text": "Hi", "finish_reason": None}]
    assert event_from_chunk(chunk) == Event(text="Hi", model="a-model")


def test_a_chunk_without_text_has_an_empty_delta() -> None:
    assert HEAD.chunk(Event(progress=Progress("queue", 2)))["choices"][0]["delta"] == {}


@pytest.mark.parametrize(
    "chunk",
    [
        {},
        {"choices": []},
        {"choices": [{"index": 0}]},
        {"choices": [{"delta": None, "finish_reason": None}]},
        {"choices": [{"delta": {"role": "assistant", "content": None}}], "usage": None, "timings": None},
        {"choices": [{"delta": {"refusal": "hm"}}], "system_fingerprint": "b1", "unheard_of": {}},
    ],
)
def test_what_is_missing_or_unknown_in_a_chunk_is_no_event(chunk: dict[str, Any]) -> None:
    assert event_from_chunk(chunk) == Event()


def test_llama_servers_usage_and_timings_are_understood() -> None:
    chunk = {
        "choices": [],
        "usage": {"completion_tokens": 5, "prompt_tokens": 7, "total_tokens": 12},
        "timings": {"prompt_n": 7, "prompt_ms": 3.5, "prompt_per_token_ms": 0.5, "predicted_n": 5, "predicted_ms": 2.5},
    }
    event = event_from_chunk(chunk)
    assert event.usage == Usage(7, 5)
    assert event.timings == Timings(7, 3.5, 5, 2.5)


def test_llama_servers_prompt_progress_is_understood() -> None:
    chunk = {"prompt_progress": {"total": 900, "cache": 100, "processed": 300, "time_ms": 12}}
    assert event_from_chunk(chunk).progress == Progress("prompt", 300, 900, 100, 12)


def test_usage_has_its_total_and_the_cached_tokens_where_openai_has_them() -> None:
    assert Usage(7, 5, 3).to_wire() == {
        "prompt_tokens": 7,
        "completion_tokens": 5,
        "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 3},
    }


def test_rates_are_tokens_per_second_and_zero_without_a_time() -> None:
    measured = Timings(prompt_n=100, prompt_ms=500, predicted_n=10, predicted_ms=2000)
    assert (measured.prompt_per_second, measured.predicted_per_second) == (200, 5)
    assert measured.to_wire()["predicted_per_second"] == 5
    assert (Timings(5).prompt_per_second, Timings(5).predicted_per_second) == (0, 0)


def test_a_request_sends_what_is_set_and_that_no_model_is() -> None:
    assert ChatRequest(messages=(Message("user", "Hi"),)).to_wire() == {
        "model": None,
        "messages": [{"role": "user", "content": "Hi"}],
        "engine": "auto",
        "stream": False,
        "return_progress": False,
    }


def test_a_request_loses_no_setting() -> None:
    sampling: dict[str, Any] = {
        "temperature": 0.0,
        "max_tokens": 3,
        "top_p": 0.5,
        "top_k": 0,
        "min_p": 0.0,
        "typical_p": 0.5,
        "dynatemp_range": 0.5,
        "dynatemp_exponent": 1.0,
        "xtc_probability": 0.0,
        "xtc_threshold": 0.1,
        "repeat_penalty": 1.5,
        "repeat_last_n": -1,
        "presence_penalty": 0.0,
        "frequency_penalty": -1.0,
        "dry_multiplier": 0.0,
        "dry_base": 2.0,
        "dry_allowed_length": 0,
        "dry_penalty_last_n": -1,
        "mirostat": 0,
        "mirostat_tau": 5.0,
        "mirostat_eta": 0.1,
        "seed": 0,
        "stop": ("END", "\n\n"),
        "pace": 0.0,
    }
    assert sampling.keys() == {field.name for field in fields(Sampling)}
    others: dict[str, Any] = {"model": "m", "engine": "dummy", "keep_alive": 0.0}
    body = chat_request("Hi", Settings(system="Be short.", **sampling, **others)).to_wire()
    assert body == {
        **sampling,
        **others,
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}],
        "stream": True,
        "return_progress": True,
    }


@pytest.mark.parametrize("system", [None, ""])
def test_without_a_system_text_the_prompt_is_the_only_message(system: str | None) -> None:
    assert chat_request("Hi", Settings(system=system)).messages == (Message("user", "Hi"),)


@pytest.mark.parametrize(
    ("settings", "label"),
    [
        (Settings(), ""),
        (Settings(engine="dummy"), "dummy"),
        (Settings(engine="dummy", model="/m/a.gguf"), "dummy"),
        (Settings(model="a-name"), "a-name"),
        (Settings(model="/m/a.b.gguf"), "a.b"),
    ],
)
def test_the_models_label_is_its_file_without_folder_and_suffix(settings: Settings, label: str) -> None:
    assert model_label(settings) == label
