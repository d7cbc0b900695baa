"""What an engine is asked, out of JSON: nothing is ignored, and nothing is read as something else."""

from __future__ import annotations

from typing import Any

import pytest

from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.requests import check, parse_generation

CHAT = "/v1/chat/completions"
HI = [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        (CHAT, {}, "messages"),
        (CHAT, {"messages": []}, "messages"),
        (CHAT, {"messages": HI, "prompt": "x"}, "prompt"),
        (CHAT, {"messages": HI, "temperature": "hot"}, "temperature"),
        (CHAT, {"messages": HI, "temperature": "0.5"}, "temperature"),
        (CHAT, {"messages": HI, "temperature": True}, "temperature"),
        (CHAT, {"messages": HI, "stream": "no"}, "stream"),
        (CHAT, {"messages": HI, "stream": 1}, "stream"),
        (CHAT, {"messages": HI, "grammar": "root ::= []", "json_schema": {}}, "json_schema"),
        (CHAT, {"messages": HI, "response_format": {"type": "json_schema"}}, "response_format"),
        (CHAT, {"messages": HI, "top_logprobs": 2}, "top_logprobs"),
        (CHAT, {"messages": HI, "stream_options": {"include_usage": 0}}, "stream_options"),
        (CHAT, {"messages": HI, "logit_bias": {"5": "1"}}, "logit_bias"),
        (CHAT, {"messages": HI, "max_completion_tokens": 5, "max_tokens": 6}, "max_completion_tokens"),
        (CHAT, {"messages": HI, "max_completion_tokens": "x", "max_tokens": None}, "max_completion_tokens"),
        ("/v1/completions", {"prompt": "x", "max_completion_tokens": 5}, "max_completion_tokens"),
        ("/v1/completions", {"prompt": " "}, "prompt"),
        ("/v1/embeddings", {"input": []}, "input"),
        ("/v1/embeddings", {"input": "x", "dimensions": 3}, "dimensions"),
        ("/tokenize", {"content": "x", "add_special": "no"}, "add_special"),
        ("/apply-template", {"messages": [{"role": "user"}]}, "messages"),
    ],
)
def test_what_no_model_can_answer_is_refused_by_its_field(path: str, body: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as refused:
        check(path, body)
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, {"messages": HI, "temperature": 1, "max_tokens": 5.0, "stop": "x", "seed": None, "user": "me"}),
        (CHAT, {"messages": HI, "json_schema": {"type": "object", "minProperties": 1}, "logit_bias": {"5": -1}}),
        ("/v1/completions", {"prompt": "Once", "stream": True, "return_progress": False}),
        ("/v1/embeddings", {"input": ["a", "b"], "encoding_format": "base64"}),
        ("/tokenize", {"content": "x", "parse_special": False}),
        ("/apply-template", {"messages": HI}),
    ],
)
def test_what_fits_is_let_pass(path: str, body: dict[str, Any]) -> None:
    check(path, body)


@pytest.mark.parametrize("others", [{}, {"max_tokens": None}, {"max_tokens": 5}])
def test_the_newer_name_of_a_limit_counts(others: dict[str, Any]) -> None:
    chat = parse_generation({"messages": HI, "max_completion_tokens": 5, **others}, is_chat=True)
    assert chat.max_tokens == 5


def test_an_unknown_field_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(BadRequest, match=r"no field 'temperatur' here\. Did you mean 'temperature'\?") as refused:
        check(CHAT, {"messages": HI, "temperatur": 1})
    assert refused.value.param == "temperatur"
