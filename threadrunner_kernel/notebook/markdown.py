"""What a model wrote, made safe to show as Markdown: JupyterLab trusts a live ``text/markdown`` output and runs it.

The rule: outside code no ``<`` survives, no image, and no link but http(s) and mailto. Two Markdown parsers could
disagree on what is code, so code is written anew in a form that leaves no doubt: a fence of its own at the left margin,
and the only fences there are; or ``<code>`` with every special character as a character reference.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_ACTIVE = re.compile(r"<|!\[|\]\(|\]:|\]\[|&#|://|www\.|mailto:|`{3}|~{3}", re.IGNORECASE)
# What ends display math for nbconvert even inside a fence.
_MATH_END = re.compile(r"\$\$|\\\\[\])]|\\end\{")
_FENCE_RUN = re.compile(r"(?<=``)`|(?<=~~)~")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_MATH = re.compile(r"(?<![\\$])(\$\$?)(?!\$)((?:[^$<\n]|\n(?!\s*\n))*<(?:[^$\n]|\n(?!\s*\n))*)(?<!\\)\1(?!\$)")
_IMAGE = re.compile(r"!(?=\\*\[)")
_TARGET = r"(?:https?://|mailto:)(?:[^\s()<>]|\([^\s()<>]*\))*"
_BAD_LINK = re.compile(rf'\](?=\((?![ \t]*\n?[ \t]*{_TARGET}(?:[ \t]+"[\w ,.;:!?\'/-]*")?[ \t]*\)))', re.IGNORECASE)
_REFERENCE = re.compile(r"\](?=:)")
# JupyterLab takes math out before it makes links and puts it back unescaped, quotes too: none may begin in a URL.
_URL = re.compile(r"(?:\w{1,12}://|www\.|mailto:)[^ \t\n\r\f\v<]*", re.IGNORECASE)
_MATH_START = re.compile(r"\$|\\(?=begin|\\[(\[])")
_FTP = re.compile(r"(?<=ftp):(?=//)", re.IGNORECASE)
# A reference to any character could write what is looked for here.
_NUMERIC_REFERENCE = re.compile(r"&(?=#|bsol;|dollar;)")
# TeX commands by which MathJax makes links, loads, or sets styles and attributes.
_TEX = re.compile(
    r"\\(?=(?:href|url|style|class|cssId|data|require|csname|catcode|includegraphics|bbox|mmlToken|html\w*)(?![A-Za-z]))"
)
_LANGUAGE = re.compile(r"(?!mermaid)[\w+#.-]*", re.IGNORECASE | re.ASCII)
_SPECIAL = re.compile(r"[^a-zA-Z0-9 ,;/=]")


def safe_markdown(text: str) -> str:
    """``text`` with nothing in it that a Markdown renderer would run, fetch, or turn into a doubtful link."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    lines = text.split("\n")
    out: list[str] = []
    at = 0
    for token in _code_blocks(text):
        assert token.map is not None
        begin, end = token.map
        if begin < at:
            continue
        out.append(_escape("\n".join(lines[at:begin])))
        out.append(_nested(token, lines[begin]) if token.level and token.markup else f"\n{_fence(token)}\n")
        at = end
    out.append(_escape("\n".join(lines[at:])))
    # A blank line around each fence: nothing before it can swallow it.
    return "\n".join(out).strip("\n")


def top_blocks(text: str) -> list[Token]:
    """The blocks that a text is made of, each with its lines in ``map``; of what is within them, nothing."""
    return [token for token in _parser().parse(text) if token.level == 0 and token.nesting >= 0 and token.map]


def characters(text: str) -> str:
    """``text`` as HTML in one line, every special character a character reference: nothing in it means anything."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", text)


def first_code(text: str) -> str | None:
    """The first fenced code block's content."""
    return next((token.content for token in _parser().parse(text) if token.type == "fence"), None)


def fenced(code: str, language: str = "") -> str:
    """``code`` as one fence, whatever is in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    ended = code if code.endswith("\n") or not code else code + "\n"
    return f"{fence}{language}\n{ended}{fence}"


def _code_blocks(text: str) -> list[Token]:
    """The code blocks that are written anew: every fence, and indented code that holds something active."""
    found = [token for token in _parser().parse(text) if token.type in {"fence", "code_block"}]
    return [t for t in found if t.type == "fence" or _ACTIVE.search(t.content) or _MATH_END.search(t.content)]


@lru_cache(1)
def _parser() -> MarkdownIt:
    """Only block structure is asked of it; what is inside a paragraph is handled by `_escape`.

    HTML blocks and reference definitions are paragraphs to it, because that is what escaping makes of them.
    """
    from markdown_it import MarkdownIt  # 12 ms, and a kernel's start shall not wait for it

    return MarkdownIt("commonmark").disable(["inline", "html_block", "reference"])


def _fence(token: Token) -> str:
    """The block as a fence that no parser can see otherwise: at the left margin, longer than any fence within."""
    if _MATH_END.search(token.content):
        return _pre(token)
    return fenced(token.content, _language(token))


def _nested(token: Token, line: str) -> str:
    """A fence in a list or a quote, in its place: parsers differ on where such a one ends, so it becomes one line."""
    return line[: line.index(token.markup)] + _pre(token)


def _pre(token: Token) -> str:
    return f"<pre><code>{characters(token.content)}</code></pre>"


def _language(token: Token) -> str:
    word = (token.info.split() or [""])[0]
    return word if _LANGUAGE.fullmatch(word) else ""


def _escape(text: str) -> str:
    """Text outside code blocks, with its code spans."""
    out, at = [], 0
    for span in _CODE_SPAN.finditer(text):
        if not (_ACTIVE.search(span[2]) or _TEX.search(span[2]) or len(span[1]) > 2) or "\n\n" in span[2]:
            continue
        out += [_escape_prose(text[at : span.start()]), _code(span[2])]
        at = span.end()
    return "".join([*out, _escape_prose(text[at:])])


def _code(content: str) -> str:
    """A code span as HTML of our own, in which no character means anything."""
    return f"<code>{characters(' '.join(content.split()))}</code>"


def _escape_prose(text: str) -> str:
    text = _NUMERIC_REFERENCE.sub("&amp;", text)
    text = _MATH.sub(lambda match: match[1] + match[2].replace("<", r"\lt ") + match[1], text)
    text = text.replace("<", "&lt;")
    text = _IMAGE.sub("&#33;", text)  # a backslash here is dropped again by marked, in a link's text
    text = _BAD_LINK.sub(r"]\\", text)
    text = _REFERENCE.sub(r"]\\", text)
    text = _URL.sub(lambda url: _MATH_START.sub(lambda match: f"%{ord(match[0]):X}", url[0]), text)
    text = _FENCE_RUN.sub(lambda match: f"&#{ord(match[0])};", text)
    text = _FTP.sub("&#58;", text)
    return _TEX.sub("\N{SET MINUS}", text)
