"""What stays of an answer in each format, and that nothing in it acts."""

from __future__ import annotations

import html
import json
import re
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notebook.test_markdown import HOSTILE, RENDERERS, Page
from threadrunner_kernel.config import Format
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.forms import code_of

ATTACKS = [*HOSTILE.values(), '"></iframe><script>alert(1)</script>', "'><img src=x onerror=alert(1)>", "]]>--><b>"]


def bundle(text: str, form: Format, **more: Any) -> dict[str, Any]:
    return Answer(text, "qwen", format=form, **more).mime_bundle()


@pytest.mark.parametrize("form", get_args(Format))
def test_every_format_has_plain_text_with_one_line(form: Format) -> None:
    plain = bundle('{"a": 1}', form)["text/plain"]
    assert plain == '{"a": 1}\n\n[qwen]'


@pytest.mark.parametrize("form", get_args(Format))
def test_plain_text_obeys_no_terminal_sequence(form: Format) -> None:
    assert "\x1b" not in bundle("\x1b[2Jgone", form)["text/plain"]


def test_text_is_nothing_but_text() -> None:
    assert set(bundle("**not bold**", "text")) == {"text/plain"}


# JSON


@pytest.mark.parametrize(
    "text", ['{"a": [1, null, "<b>"]}', ' \n[{"a": 1}]\n', 'Here:\n\n```json\n{"a": 1}\n```\n\nDone.', "[]"]
)
def test_json_is_parsed_also_out_of_a_fence(text: str) -> None:
    shown = bundle(text, "json")
    assert shown["application/json"] == json.loads(code_of(text))
    assert set(shown) == {"application/json", "text/plain"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": ', "Expecting value"),
        ("Sure!", "Expecting value"),
        ("", "Expecting value"),
        ("12", "neither an object nor an array"),
        ('"text"', "neither an object nor an array"),
        ("[NaN]", "NaN is no JSON value"),
        ('["\\ud800"]', "half a surrogate pair"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_json_is_text_and_says_so(text: str, why: str) -> None:
    shown = bundle(text, "json")
    assert set(shown) == {"text/plain"}
    assert shown["text/plain"].startswith(f"{text}\n\n[not valid JSON: ")
    assert why in shown["text/plain"].removeprefix(text)


@given(st.text())
def test_any_text_as_json_can_be_sent_to_a_front_end(text: str) -> None:
    json.dumps(bundle(text, "json"), allow_nan=False, ensure_ascii=False).encode()


# Code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 1\n", "x = 1"),
        ("So:\n\n```python\nx = 1\n\ny = 2\n```\n\nand\n\n```\nz\n```", "x = 1\n\ny = 2"),
        ("- in a list\n\n  ```\n  x = 1\n  ```", "x = 1"),
        ("```\n```", ""),
        ("    indented", "    indented"),
    ],
)
def test_the_code_is_the_first_block_or_all(text: str, code: str) -> None:
    assert code_of(text) == code


def test_code_without_a_fence_is_shown_as_code() -> None:
    assert bundle("x = '<b>'", "code")["text/markdown"].startswith("```\nx = '<b>'\n```\n\n<details>")


# HTML


def page_of(markup: str) -> str:
    """What the frame shows."""
    found = re.search(r'srcdoc="([^"]*)"', markup)
    assert found
    return html.unescape(found[1])


def test_html_is_in_a_frame_that_may_do_nothing() -> None:
    markup = bundle("```html\n<h1>Hi</h1>\n```", "html")["text/html"]
    assert re.match(r'<iframe sandbox="" referrerpolicy="no-referrer" srcdoc="', markup)
    assert page_of(markup).endswith("<h1>Hi</h1>")
    head = page_of(markup).removesuffix("<h1>Hi</h1>")
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in head
    assert head.index("Content-Security-Policy") < 80, "the policy comes before all that it shall cover"


@pytest.mark.parametrize("text", ATTACKS)
def test_no_html_leaves_its_frame(text: str) -> None:
    markup = bundle(text, "html", reasoning=text)["text/html"]
    tags = re.findall(r"<[^>]*>", re.sub(r'srcdoc="[^"]*"', "", markup))
    assert {re.sub(r"[ >].*", "", tag).strip("</") for tag in tags} <= {
        *("details", "summary", "small", "blockquote", "br", "iframe", "pre", "code", "p")
    }
    assert sum(tag.startswith("<iframe") for tag in tags) == 1


@pytest.mark.parametrize(
    "tag", ['<LINK rel="dns-prefetch" href="//e">', "<meta http-equiv=refresh content='0;url=//e'>", "<base href=//e>"]
)
def test_what_no_policy_covers_is_text(tag: str) -> None:
    assert page_of(bundle(f"a {tag} b", "html")["text/html"]).endswith(f"a &lt;{tag[1:]} b")


# Reasoning


@pytest.mark.parametrize("text", ATTACKS)
def test_reasoning_and_raw_text_are_inert_characters(text: str) -> None:
    markdown = bundle("Yes.", "markdown", reasoning=text)["text/markdown"]
    thought, _, rest = markdown.partition("\n\n")
    assert "\n" not in thought
    assert set(re.findall(r"</?\w+>", thought)) <= {
        *("<details>", "<summary>", "<small>", "<blockquote>", "<br>"),
        *("</details>", "</summary>", "</small>", "</blockquote>"),
    }
    assert not set("<>*_`[$!\\") & set(re.sub(r"</?\w+>", "", thought))
    assert rest.startswith("Yes.\n\n")


RAW = "Some **bold** text.\n\n- a\n\n```python\nprint('<b>')\n\n    $x$\n```\n\nThe end & all."


@pytest.mark.parametrize("renderer", ["commonmark", "github", "nbconvert"])
@pytest.mark.parametrize(
    "before", ["", "```\nnever closed", "> quote", "- item", "$$ x", "| a |\n|---|\n| b |", "<!--"]
)
def test_every_renderer_folds_reasoning_and_raw_text(renderer: str, before: str) -> None:
    text = f"{before}\n{RAW}" if before else RAW
    markdown = bundle(text, "markdown", reasoning="One\n\n    *two*", reasoning_seconds=1)["text/markdown"]
    folded = [(tags, part) for tags, part in Page(RENDERERS[renderer](markdown)).outline if "details" in tags]
    said = {
        tag: "".join(part for tags, part in folded if tag in tags).strip("\n") for tag in ("blockquote", "pre", "small")
    }
    assert said == {"blockquote": "One    *two*", "pre": text, "small": "Thought for 1.0 sqwen"}
