"""Thinking and answer are told apart, however the stream is cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadrunner_kernel.runner.reasoning import ReasoningSplitter


def split(*pieces: str, starts_inside: bool = False) -> tuple[str, str]:
    splitter = ReasoningSplitter(starts_inside)
    parts = [*(splitter.feed(piece) for piece in pieces), splitter.finish()]
    return "".join(reasoning for reasoning, _ in parts), "".join(text for _, text in parts)


@pytest.mark.parametrize(
    ("said", "reasoning", "text"),
    [
        ("", "", ""),
        ("Hello.", "", "Hello."),
        ("<think>Hm.</think>Yes.", "Hm.", "Yes."),
        ("\n <think>\nHm.\n\n</think>\n\n  Yes.\n", "Hm.\n\n", "Yes.\n"),
        ("<think>\n\n</think>\n\nYes.", "", "Yes."),
        ("<think>Never ended </thi", "Never ended </thi", ""),
        ("<think>a < b </b></think>c", "a < b </b>", "c"),
        ("<thin", "", "<thin"),
        ("<thinking>x</thinking>", "", "<thinking>x</thinking>"),
        ("Use <think>x</think> so.", "", "Use <think>x</think> so."),
        ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
        ("  indented", "", "  indented"),
        (" \n", "", " \n"),
    ],
)
def test_only_what_is_between_the_first_tags_is_reasoning(said: str, reasoning: str, text: str) -> None:
    assert split(said) == (reasoning, text)
    assert split(*said) == (reasoning, text)


@pytest.mark.parametrize(
    ("said", "reasoning", "text"),
    [
        ("\nHm.</think>\n\nYes.", "Hm.", "Yes."),
        ("Never ended", "Never ended", ""),
        ("</think>Yes.", "", "Yes."),
        ("", "", ""),
    ],
)
def test_a_prompt_that_opened_the_tag_starts_inside(said: str, reasoning: str, text: str) -> None:
    assert split(said, starts_inside=True) == (reasoning, text)
    assert split(*said, starts_inside=True) == (reasoning, text)


def test_what_is_certain_is_given_at_once() -> None:
    splitter = ReasoningSplitter(starts_inside=False)
    assert splitter.feed("<thi") == ("", "")
    assert splitter.feed("nk>So ") == ("So ", "")
    assert splitter.feed("<b") == ("<b", "")
    assert splitter.feed("</th") == ("", "")
    assert splitter.feed("is") == ("</this", "")
    assert splitter.feed("</think> ") == ("", "")
    assert splitter.feed(" Yes") == ("", "Yes")
    assert splitter.feed(" </think>") == ("", " </think>")


SHAPE = re.compile(r"\s*<think>\s*(?P<reasoning>.*?)(?:</think>\s*(?P<text>.*))?", re.DOTALL)
PIECES = st.lists(st.sampled_from(["<think>", "</think>", "<", "/", "th", "ink", ">", " ", "\n", "word"]), max_size=12)


@given(PIECES, st.booleans())
def test_the_cuts_of_a_stream_change_nothing(pieces: list[str], starts_inside: bool) -> None:
    said = "".join(pieces)
    whole = f"<think>{said}" if starts_inside else said
    found = SHAPE.fullmatch(whole)
    expected = (found["reasoning"], found["text"] or "") if found else ("", said)
    assert split(*pieces, starts_inside=starts_inside) == expected
    assert split(*said, starts_inside=starts_inside) == expected
