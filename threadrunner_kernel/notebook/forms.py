"""The forms in which an answer stays in the notebook, one for each ``--format``. Nothing in them runs or is fetched."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from threadrunner_kernel.notebook.markdown import characters, fenced, first_code, safe_markdown
from threadrunner_kernel.terminal import printable

if TYPE_CHECKING:
    from threadrunner_kernel.notebook.answer import Answer

Bundle = dict[str, Any]

# The frame's sandbox stops scripts, forms, pop-ups and refreshes; the policy stops whatever would be fetched.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_HEAD = (
    f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    '<meta http-equiv="x-dns-prefetch-control" content="off">'
)
_FRAME_STYLE = "width:100%;height:24em;border:1px solid #8886;background:#fff;resize:vertical"
# No policy covers the look-up of a host's name ahead of time, which such a tag can ask for.
_HEAD_TAG = re.compile(r"<(?=/?(?:link|meta|base))", re.IGNORECASE)


def bundle(answer: Answer) -> Bundle:
    """The answer as a display's data, in the form that was asked for."""
    return _FORMS[answer.format](answer)


def code_of(text: str) -> str:
    """The code in an answer: its first fenced block, or all of it."""
    code = first_code(text)
    return text.strip("\n") if code is None else code.rstrip("\n")


def _markdown(answer: Answer) -> Bundle:
    return _as_markdown(answer, answer.text)


def _text(answer: Answer) -> Bundle:
    return {"text/plain": _plain(answer, answer.summary())}


def _json(answer: Answer) -> Bundle:
    try:
        value = parse_json(answer.text)
    except ValueError as exc:
        return {"text/plain": _plain(answer, f"not valid JSON: {exc} · {answer.summary()}")}
    return {"application/json": value, "text/plain": _plain(answer, answer.summary())}


def _code(answer: Answer) -> Bundle:
    return _as_markdown(answer, answer.text if first_code(answer.text) is not None else fenced(answer.text))


def _html(answer: Answer) -> Bundle:
    return {
        "text/html": f"{_thought(answer)}{_frame(code_of(answer.text))}{_foot(answer)}",
        "text/plain": _plain(answer, answer.summary()),
    }


_FORMS: dict[str, Callable[[Answer], Bundle]] = {
    "markdown": _markdown,
    "text": _text,
    "json": _json,
    "code": _code,
    "html": _html,
}


def parse_json(text: str) -> Any:
    """The object or array that a text is, or that its first code block is.

    Raises:
        ValueError: saying what is wrong.
    """
    try:
        value = json.loads(code_of(text), parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("half a surrogate pair is no character") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(value, dict | list):
        raise ValueError("neither an object nor an array")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def _plain(answer: Answer, line: str) -> str:
    """The text and one line, without what a terminal would obey."""
    return printable(f"{answer.text}\n\n[{line}]")


def _as_markdown(answer: Answer, markdown: str) -> Bundle:
    parts = [_thought(answer), safe_markdown(markdown), _foot(answer)]
    return {
        "text/markdown": "\n\n".join(part for part in parts if part),
        "text/plain": _plain(answer, answer.summary()),
    }


def _thought(answer: Answer) -> str:
    """The reasoning, folded: one line of HTML, which every Markdown parser takes as it is."""
    if not answer.reasoning.strip():
        return ""
    lines = "<br>".join(characters(line) for line in answer.reasoning.strip().splitlines())
    seconds = characters(f"Thought for {answer.reasoning_seconds or 0:.1f} s")
    return f"<details><summary><small>{seconds}</small></summary><blockquote>{lines}</blockquote></details>"


def _foot(answer: Answer) -> str:
    """The small line; a click on it opens the text as the model wrote it."""
    line = f"<small>{characters(answer.summary())}</small>"
    if not answer.text:
        return f"<p>{line}</p>"
    return f"<details><summary>{line}</summary><pre><code>{characters(answer.text)}</code></pre></details>"


def _frame(page: str) -> str:
    source = html.escape(_HEAD + _HEAD_TAG.sub("&lt;", page))
    return f'<iframe sandbox="" referrerpolicy="no-referrer" srcdoc="{source}" style="{_FRAME_STYLE}"></iframe>'
