"""The value of a cell: the text itself, a line of numbers, and shown once."""

from __future__ import annotations

import html

import pytest

from threadrunner_kernel.messages import Timings, Usage
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.markdown import characters


def test_an_answer_is_the_text_as_the_model_wrote_it() -> None:
    text = "  <b>raw</b> ![x](y)\n"
    assert str(Answer(text)) == text
    assert f"{Answer(text)}" == text


def test_its_repr_is_short_and_names_the_model() -> None:
    assert repr(Answer("Hi.", "qwen")) == "<Answer 'Hi.' from qwen>"
    assert repr(Answer("Hi.", "qwen", interrupted=True)) == "<Answer 'Hi.' from qwen, interrupted>"
    assert len(repr(Answer("x" * 1000, "qwen"))) < 100
    assert "xxx…'" in repr(Answer("x" * 1000, "qwen"))


def test_its_summary_has_model_tokens_speed_first_token_and_what_was_warm() -> None:
    answer = Answer(
        "Hi.",
        "qwen",
        Usage(7, 50, 5),
        Timings(7, 100, 50, 2000),
        finish_reason="stop",
        first_token_seconds=1.234,
    )
    assert answer.summary() == "qwen · 50 tokens · 25.0 tokens/s · first token after 1.23 s · 5 of 7 prompt tokens warm"


def test_its_summary_says_which_engine_answered_where_that_is_not_our_own_runner() -> None:
    assert Answer("Hi.", "qwen", engine="llama-server").summary() == "qwen through llama-server"
    far = Answer("Hi.", "far/large", engine="openai, example.org, outside this machine")
    assert far.summary().startswith("far/large through openai, example.org, outside this machine")
    demo = Answer("Hi.", "demo", timings=Timings(predicted_n=30, predicted_ms=500), is_demo=True, pace=60.0)
    assert demo.summary() == "demo model · 30 tokens · 60.0 tokens/s · paced to 60 tokens/s"


@pytest.mark.parametrize(
    ("answer", "summary"),
    [
        (Answer(""), ""),
        (Answer("Hi.", "qwen"), "qwen"),
        (Answer("Hi.", "qwen", finish_reason="length"), "qwen · ended at the token limit"),
        (Answer("Hi.", "qwen", interrupted=True), "qwen · interrupted"),
        (Answer("Hi.", first_token_seconds=0.0), "first token after 0.00 s"),
    ],
)
def test_its_summary_leaves_out_what_is_not_known(answer: Answer, summary: str) -> None:
    assert answer.summary() == summary


def test_its_durable_form_is_harmless_markdown_and_the_plain_text() -> None:
    text = "<script>alert(1)</script> **bold**\n\nmore"
    raw = characters(text)
    assert not set("<>\n&") & set(raw.replace("&#", ""))
    assert Answer(text, "qwen").mime_bundle() == {
        "text/markdown": "&lt;script>alert(1)&lt;/script> **bold**\n\nmore\n\n<details><summary><small>qwen</small>"
        f"</summary><pre><code>{raw}</code></pre></details>",
        "text/plain": f"{text}\n\n[qwen]",
    }


def test_an_answer_of_nothing_has_a_line_but_nothing_to_open() -> None:
    assert Answer("", "qwen").mime_bundle()["text/markdown"] == "<p><small>qwen</small></p>"


@pytest.mark.parametrize("name", ["a*b_c", "<img src=x>", "[x](javascript:alert(1))", "$x$ `y` \n\n# z"])
def test_a_models_name_cannot_break_the_footer(name: str) -> None:
    markdown = Answer("Hi.", name).mime_bundle()["text/markdown"]
    line = markdown.removeprefix("Hi.\n\n<details><summary><small>").partition("</small>")[0]
    assert html.unescape(line) == name
    assert not set("<*_[`$\n") & set(line)


def test_what_its_own_cell_has_shown_is_not_shown_again_but_later_is() -> None:
    answer = Answer("Hi.", "qwen")
    with pytest.raises(NotImplementedError):
        answer._ipython_display_()
    answer.mark_on_screen()
    answer._ipython_display_()
    with pytest.raises(NotImplementedError):
        answer._ipython_display_()


def test_two_answers_with_the_same_text_are_two_answers() -> None:
    assert Answer("Hi.") != Answer("Hi.")
