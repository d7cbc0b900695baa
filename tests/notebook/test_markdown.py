"""What a model writes must not act: whichever Markdown parser reads it, no tag, no image, no doubtful link, no script.

Three parsers read every sample, all with raw HTML allowed: markdown-it as CommonMark and with GitHub's extensions, and
nbconvert's (mistune). JupyterLab's own runs in a browser only; what it does otherwise is held here as rules: it takes
math out of the text first and puts it back into the finished page without escaping quotes; it writes a fence's whole
info string into an attribute as it is; it draws mermaid diagrams, which load what they name; and see `marked`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath, markdown2html_mistune

from threadrunner_kernel.notebook.markdown import safe_markdown

COMMONMARK = MarkdownIt("commonmark", {"html": True})
GITHUB = MarkdownIt("js-default", {"html": True})
WITHOUT_ANCHORS = MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True))
RENDERERS: dict[str, Callable[[str], str]] = {
    "commonmark": COMMONMARK.render,
    "github": GITHUB.render,
    "nbconvert": markdown2html_mistune,
    "jupyterlab": lambda text: with_math_put_back(text, WITHOUT_ANCHORS.render),
}

TAGS = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "hr", "div"),
    *("code", "em", "strong", "del", "s", "a", "br", "span", "input", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    "a": {"href", "title", "class"},
    "code": {"class"},
    "div": {"class"},
    "span": {"class"},
    "li": {"class"},
    "ol": {"start"},
    "th": {"style"},
    "td": {"style"},
    "input": {"type", "class", "disabled", "checked"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
SAFE_LINK = re.compile(r"https?://|mailto:", re.IGNORECASE)
# nbconvert's own mark beside a heading; a model cannot set a class.
ANCHOR = ("class", "anchor-link")
LANGUAGE = re.compile(r"(?!mermaid)[\w+#.-]*", re.ASCII)
TEX_COMMAND = re.compile(r"(?<!\\)(?:\\\\)*\\(?:href|url|style|class|cssId|require|csname|bbox|html\w*)(?![A-Za-z])")


class Page(HTMLParser):
    """What is in a page: everything that should not be, the visible text, and the text with the tags around it."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.text = ""
        self.outline: list[tuple[tuple[str, ...], str]] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"br", "hr", "input"}:
            self._open.append(tag)
        if tag not in TAGS:
            self.problems.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, set()):
                self.problems.append(f"<{tag} {name}={value!r}>")
            if name == "href" and not SAFE_LINK.match(value or "") and ANCHOR not in attrs:
                self.problems.append(f"link to {value!r}")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.text += data
        tags = tuple(tag for tag in self._open if tag not in {"p", "div", "span"})
        if self.outline and self.outline[-1][0] == tags:
            data = self.outline.pop()[1] + data
        self.outline.append((tags, data))

    def handle_comment(self, data: str) -> None:
        self.problems.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.problems.append(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self.problems.append(f"<![{data}")

    def handle_pi(self, data: str) -> None:
        self.problems.append(f"<?{data}>")


MATH = re.compile(
    r"\$\$[^\n$]+\$\$|\$[^\n$]+\$|\\\\\([^\n]*?\\\\\)|\\\\\[[^\n]*?\\\\\]|\\begin\{(\w*)\}[^\n]*?\\end\{\1\}"
)


def with_math_put_back(text: str, render: Callable[[str], str]) -> str:
    """The page of a front end that hides math from its Markdown parser, as JupyterLab does."""
    hidden: list[str] = []

    def hide(math: re.Match[str]) -> str:
        hidden.append(html.escape(math[0], quote=False))
        return f"MATH{len(hidden) - 1}HIDDEN"

    page = render(MATH.sub(hide, text))
    return re.sub(r"MATH(\d+)HIDDEN", lambda mark: hidden[int(mark[1])], page)


def tokens_of(parser: MarkdownIt, text: str) -> Iterable[Token]:
    for token in parser.parse(text):
        yield token
        yield from token.children or ()


def token_problems(parser: MarkdownIt, text: str) -> list[str]:
    """Tokens that can act, and what JupyterLab would do more."""
    problems = []
    for token in tokens_of(parser, text):
        match token.type:
            case "html_inline" if token.content not in {"<code>", "</code>"}:
                problems.append(f"raw {token.content!r}")
            case "html_block" if not re.fullmatch(r"<pre><code>[^<>]*</code></pre>", token.content.strip()):
                problems.append(f"raw {token.content!r}")
            case "image":
                problems.append(f"image {token.attrs}")
            case "link_open" if not SAFE_LINK.match(str(token.attrs["href"])):
                problems.append(f"link {token.attrs}")
            case "fence" if not LANGUAGE.fullmatch(token.info):
                problems.append(f"info {token.info!r}")
    return problems


def marked(safe: str) -> list[str]:
    """What JupyterLab's parser would make of the text otherwise than the others do, each seen in marked 16."""
    env: dict[str, object] = {}
    tokens = COMMONMARK.parse(safe, env)
    problems = []
    if env.get("references"):
        problems.append("a reference's title may go on over blank lines and swallow a fence's first line")
    if re.search(r"!\\*\[", outside_fences(safe, tokens)):
        problems.append("a backslash before a bracket in a link's text is dropped, and an image is one again")
    if any(token.type == "fence" and token.level for token in tokens):
        problems.append("a fence in a list item that begins with an empty line is no part of it")
    if re.search(r"`{3}|~{3}", outside_fences(safe, tokens)):
        problems.append("what is no fence to the others may be one")
    return problems


def outside_fences(safe: str, tokens: Iterable[Token]) -> str:
    lines = safe.split("\n")
    for token in tokens:
        if token.type == "fence" and token.map:
            lines[slice(*token.map)] = [""] * (token.map[1] - token.map[0])
    return "\n".join(lines)


def problems(safe: str) -> dict[str, list[str]]:
    """Everything in the text that acts, by the parser that sees it."""
    found = {name: Page(render(safe)).problems for name, render in RENDERERS.items()}
    found |= {"commonmark tokens": token_problems(COMMONMARK, safe), "github tokens": token_problems(GITHUB, safe)}
    found |= {"marked": marked(safe)}
    return {name: what for name, what in found.items() if what}


IMG = "<img src=x onerror=alert(1)>"
HOSTILE = {
    # Raw HTML
    "script": "<script>alert(1)</script>",
    "script in words": "before <script>alert(1)</script> after",
    "image with handler": f"a {IMG} b",
    "open tag at the end": "text <img src=x onerror=alert(1) ",
    "tag over lines": "a <img\nsrc=x\nonerror=alert(1)\n> b",
    "tag over a blank line": "<div\n\nonclick=alert(1)>",
    "block": '<div onclick="alert(1)">\n\ntext\n\n</div>',
    "svg": "<svg><script>alert(1)</script></svg>",
    "style": "<style>@import url(http://e/x.css)</style>",
    "iframe": '<iframe src="https://e/"></iframe>',
    "our own tags": '<code onclick="alert(1)">x</code><pre onclick="alert(1)">y</pre>',
    "closing our own tags": "`<b>`</code></pre><b>",
    "comment": "<!-- a --> <!-- b\n\nc -->",
    "comment never closed": f"<!--\n\n```\n-->\n{IMG}\n```",
    "cdata": f"<![CDATA[ ]]> {IMG} ]]>",
    "processing instruction": "<?php x ?>",
    "declaration": "<!DOCTYPE html>",
    "autolink": "<javascript:alert(1)> <data:text/html,x> <vbscript:x> <https://a.b/>",
    "tag behind a backslash": rf"\{IMG} \\{IMG}",
    "tag after CR": f"a\r{IMG}\rb\r\n{IMG}",
    "tag after NUL": f"<\x00img src=x onerror=alert(1)>\x00{IMG}",
    "tag after unicode line ends": f"a\u2028{IMG}\u2029{IMG}\x85{IMG}\x0b{IMG}\x0c{IMG}",
    "full-width": "\uff1cimg src=x onerror=alert(1)\uff1e",
    # Images
    "image": "![x](http://e/x.png)",
    "image by reference": "![x][a]\n\n[a]: http://e/x.png",
    "image by its own name": "![a]\n\n[a]: http://e/x.png",
    "image in a link": "[![x](http://e/x.png)](https://a.b/)",
    "image in a link's text": "[a ![x](http://e/x.png) b](https://a.b/)",
    "image in a link's text between odd backticks": "[` ![x](http://e/x.png) ``](https://a.b/)",
    "image behind a backslash in a link's text": "[` !\\[x](http://e/x.png) ``](https://a.b/)",
    "image over lines": "!\n[x](http://e/x.png) !\\\n[x](http://e/x.png)",
    "image behind a backslash": r"\![x](http://e/x.png) \\![x](http://e/x.png)",
    "image with data": "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "image in a table": "| a |\n|---|\n| ![x](http://e/x.png) |",
    "image in a heading": "# ![x](http://e/x.png)\n\n![x](http://e/x.png)\n===",
    # Links
    "javascript": "[x](javascript:alert(1))",
    "javascript in capitals": "[x](JaVaScRiPt:alert(1))",
    "javascript with space before": "[x](  javascript:alert(1)) [x](\tjavascript:alert(1)) [x](\njavascript:alert(1))",
    "javascript with controls within": "[x](java\tscript:a) [x](java\nscript:a) [x](\x01javascript:a)",
    "javascript by entities": "[x](&#106;avascript:alert(1)) [x](javascript&colon;alert(1)) [x](&#x6A;avascript&#58;a)",
    "javascript in brackets": "[x](<javascript:alert(1)>) [x](< javascript:alert(1)>)",
    "javascript with a title": "[x](javascript:alert(1) \"title\") [x](javascript:alert(1) 't')",
    "javascript after a good link": "[a](https://a.b/ [x](javascript:alert(1)))",
    "javascript by reference": "[x][a] [a][] [a]\n\n[a]: javascript:alert(1)",
    "javascript by reference on the next line": "[a]\n\n[a]:\njavascript:alert(1)",
    "javascript by reference in brackets": "[a]\n\n[a]: <javascript:alert(1)>",
    "javascript by reference in a quote": "[a]\n\n> [a]: javascript:alert(1)",
    "javascript by reference in a list": "[a]\n\n- [a]: javascript:alert(1)",
    "reference with a bracket in its name": "[a\\]]\n\n[a\\]]: javascript:alert(1)",
    "data": "[x](data:text/html,<script>alert(1)</script>) [x](data:text/html;base64,PHM+)",
    "vbscript and file": "[x](vbscript:x) [x](file:///etc/passwd) [x](blob:https://a.b/x)",
    "relative": "[x](../../lab) [x](//e/x) [x](/api/shutdown) [x](#) [x]() [x](x:y)",
    "almost https": "[x](https:javascript) [x](https:/a.b) [x](xhttps://a.b) [x](httpss://a.b)",
    "https after a strange space": "[x](\u00a0https://a.b) [x](\ufeffhttps://a.b) [x](\x85https://a.b)",
    "email with headers": "[x](mailto:a@b.c?subject=x&body=y) a@b.c",
    # Code that is none, or not for everyone
    "span with a tag": f"`{IMG}` ``{IMG}`` ``` {IMG} ```",
    "spans that do not pair": f"`` {IMG} ` {IMG} ``` {IMG} `",
    "span behind a backslash": rf"\`{IMG}` {IMG}` \\`{IMG}`",
    "span over lines": f"`a\n{IMG}\nb`",
    "span over a blank line": f"`a\n\n{IMG}`",
    "span over list items": f"- `a\n- {IMG}`\n- b",
    "span over a heading": f"# `a\n{IMG}`",
    "span over table cells": f"| a | b |\n|---|---|\n| `x | {IMG}` |",
    "span in an attribute": '<a title="`">`" onclick=alert(1)>x</a>`',
    "span in a link": "[`x`](javascript:alert(1)) [`](javascript:alert(1))`",
    "fence": f"```html\n{IMG}\n```",
    "fence never closed": f"```html\n{IMG}",
    "fence closed by a shorter one": f"````\n```\n{IMG}\n````\n{IMG}",
    "fence closed by another kind": f"~~~\n```\n{IMG}\n```\n~~~\n{IMG}",
    "fence closed with words": f"```\n{IMG}\n``` x\n{IMG}\n```\n{IMG}",
    "fence in a list": f"- a\n\n  ```html\n  {IMG}\n  ```\n\n  {IMG}",
    "fence in a list, first": f"- ```\n  {IMG}\n  ```\n{IMG}",
    "fence in an empty list item": f"- \n  ```\n\n```\n{IMG}\n```",
    "fence in a list, left": f"- ```\n  a\n{IMG}\n```\n{IMG}",
    "fence in a quote": f"> ```\n> {IMG}\n> ```\n> {IMG}",
    "fence in a quote, left": f"> ```\n{IMG}\n```\n{IMG}",
    "fence in a quote in a list": f"1. > ```\n   > {IMG}\n   {IMG}",
    "fence in a comment": f"<!--\n```\n-->\n\n```\n{IMG}\n```",
    "fence in an HTML block": f"<div>\n```\n</div>\n\n```\n{IMG}\n```",
    "fence in a pre": f"<pre>\n```\n</pre>\n\n```\n{IMG}\n```",
    "fence after a line that only looks like one": f"``` a `<b>`\n\n```\n{IMG}\n```",
    "fence in a reference's title": f'[a]: http://e "\n\n```html\n"\n{IMG}\n```',
    "fence in a reference's title in brackets": f"[a]: http://e (\n\n```html\n)\n{IMG}\n```",
    "fence after a reference": f"[a]: javascript:alert(1)\n```\n{IMG}\n```\n[a]",
    "fence in display math": f"$$\n\n```\n$$\n{IMG}\n```",
    "fence in a math environment": f"\\begin{{a}}\n\n```\n\\end{{a}}\n{IMG}\n```",
    "fence in bracket math": f"\\\\[\n\n```\n\\\\]\n{IMG}\n```",
    "fence around math": f"```\n$\n```\n$ {IMG} $\n```\n$\n```",
    "fence with a tab": f"\t```\n{IMG}\n\t```\n  \t```\n{IMG}",
    "fence after unicode line ends": f"a\u2028```\n{IMG}\n\u2029```\n\n```\n{IMG}\n```",
    "fences side by side": f"```\na\n```\n```\n{IMG}\n```\n{IMG}\n```\n",
    "indented code": f"    {IMG}\n\n\t{IMG}",
    "indented code that is none": f"text\n    {IMG}",
    "indented code in a list": f"- a\n\n      {IMG}\n\n    {IMG}",
    "code as a setext heading": f"`a\n{IMG}`\n---\n{IMG}\n===",
    "mermaid": '```mermaid\nflowchart TD\n  A@{ img: "http://e/x.png" }\n```',
    "mermaid in a list": '- ```mermaid\n  flowchart TD\n    A["<img src=http://e/x.png>"]\n  ```',
    "mermaid with more": f"```mermaid2 x\n{IMG}\n```\n~~~ mermaid\n{IMG}\n~~~",
    "info with a quote": '```js" onmouseover="alert(1)\ncode\n```',
    "info with a quote in a list": '- ```js" onmouseover="alert(1)\n  code\n  ```',
    "info with a quote in a quote": '> ~~~js" onmouseover="alert(1)\n> code\n> ~~~',
    "info with entities": "```js&quot;onmouseover=alert(1)\ncode\n```",
    "raw block of other dialects": "```{raw} html\n<b>\n```\n```{=html}\n<b>\n```",
    # Math that JupyterLab puts back, and what TeX can do
    "quote by math in an address": 'https://a.b/$" onmouseover=alert(1) x="$',
    "quote by math in a link": '[x](https://a.b/$"onmouseover=alert(1)$)',
    "quote by math in a title": '[x](https://a.b "$" onmouseover=alert(1) x=$")',
    "quote by math in a title in brackets": '[x](https://a.b ($" onmouseover=alert(1) x="$))',
    "quote by double math in a link": '[x](https://a.b/$$"onmouseover=alert(1)$$)',
    "quote by bracket math in a link": '[x](https://a.b/\\\\("onmouseover=alert(1)\\\\))',
    "quote by an environment in a link": '[x](https://a.b/\\begin{a}"onmouseover=alert(1)\\end{a})',
    "quote by math in a span that is none": '`https://a.b/$" onmouseover=alert(1) x="$',
    "tag in math": f"${IMG}$ $$ {IMG} $$ $a {IMG}",
    "href in math": r"$\href{javascript:alert(1)}{x}$",
    "href after a line end in math": r"$\\href{javascript:alert(1)}{x} \\\href{javascript:alert(1)}{x}$",
    "other commands in math": r"$\style{x}{y} \class{x}{y} \cssId{x}{y} \require{x} \url{x} \htmlData{x}{y} \csname x$",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_that_a_model_writes_acts(name: str) -> None:
    assert problems(safe_markdown(HOSTILE[name])) == {}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_acts_while_the_text_is_still_coming(name: str) -> None:
    whole = HOSTILE[name]
    for end in range(2, len(whole), 4):
        assert problems(safe_markdown(whole[:end])) == {}, whole[:end]


@pytest.mark.parametrize(
    "before", ["text\n", "- item\n\n", "> quote\n", "```\n", "`", "<div>\n", "[a]: http://e '\n", "$$\n"]
)
def test_nothing_acts_after_what_is_left_open(before: str) -> None:
    for name, text in HOSTILE.items():
        assert problems(safe_markdown(f"{before}{text}\n\n{IMG}")) == {}, name


@pytest.mark.parametrize("name", [name for name in HOSTILE if "math" in name])
def test_no_tex_command_that_links_or_styles_is_left(name: str) -> None:
    assert not TEX_COMMAND.search(safe_markdown(HOSTILE[name]))


@pytest.mark.parametrize(
    "text",
    [
        r"\$\href{javascript:alert(1)}{x}\$",
        r"&#36;\href{javascript:alert(1)}{x}&#36;",
        r"\$\h&#114;ef{javascript:alert(1)}{x}\$",
        r"\$&#92;href{javascript:alert(1)}{x}\$",
        r"\$&bsol;href{javascript:alert(1)}{x}\$",
    ],
)
def test_no_such_command_appears_once_markdown_has_removed_its_escapes(text: str) -> None:
    for render in RENDERERS.values():
        assert not TEX_COMMAND.search(Page(render(safe_markdown(text))).text)


@pytest.mark.parametrize(
    "text", ["www.a.b/", "https://a.b/", "HTTPS://a.b/x?y=", "mailto:a@b.c?x=", "https://a.b/\x85"]
)
@pytest.mark.parametrize("math", ["$", "\\begin{a}", "\\\\(", "\\\\["])
def test_no_math_begins_in_an_address(text: str, math: str) -> None:
    # Every front end makes a link of a bare address, up to the next space.
    safe = safe_markdown(f'see {text}{math}" onmouseover=alert(1)')
    address = re.split(r'[ <"]', safe.removeprefix("see "))[0]
    assert len(address) > len(text)
    assert math not in address


@pytest.mark.parametrize("scheme", ["ftp", "FTP"])
def test_a_bare_address_of_another_kind_makes_no_link(scheme: str) -> None:
    # GitHub's rule for bare addresses has http, https and ftp.
    safe = safe_markdown(f"at {scheme}://a.b/c")
    assert f"{scheme}://" not in safe
    assert Page(COMMONMARK.render(safe)).text.strip() == f"at {scheme}://a.b/c"


FRAGMENTS = (
    *("<", ">", IMG, "<script>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", "<div>", "</div>", "<pre>", "</pre>"),
    *("<code>", "</code>", "<a href='javascript:a'>", "<https://a.b>", "<javascript:a>", "&lt;", "&#60;", "&colon;"),
    *("![", "!", "[", "](", "]", ")", "(", "[x]", "[a]", "[a]: ", "javascript:alert(1)", "https://a.b/", "www.a.b/"),
    *("[x](javascript:alert(1))", "![x](http://e/x.png)", "[x](https://a.b/", '[a]: http://e "', "[a]: http://e ("),
    *("[x](<javascript:a>)", '" onmouseover=alert(1) x="', '"', "'", "mailto:a@b.c", "data:text/html,x"),
    *("`", "``", "```", "````", "~~~", "\n```\n", "\n```html\n", "\n~~~\n", "```mermaid\n", "\n  ```\n", "html", " x"),
    *("\n", "\n\n", "\n", " ", "  ", "    ", "\t", "- ", "* ", "1. ", "> ", "# ", "---", "===", "| a |\n|---|\n|", "|"),
    *("$", "$$", "\\(", "\\\\(", "\\\\)", "\\\\[", "\\\\]", "\\begin{a}", "\\end{a}", "\\href{a}{b}", "\\", "{", "}"),
    *("a", "text", "_", "*", "**", "~~", ":", "\r", "\x00", "\u2028", "\x85", "\u00a0", "\ufeff", "\x0b", "\x0c"),
    *(f"\n\n```\n{IMG}\n```\n", f"\n\n{IMG}\n", "- ```\n  ", "> ```\n> ", "- \n  ```\n", "[` ", " ``](https://a.b/)"),
    *("!\\[x](http://e/x.png)", "[x\\](javascript:a)", "\\]", "\\["),
)
texts = st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join)


# The same samples every time: a search that never ends is `make test-long`'s.
@settings(max_examples=500)
@given(texts)
def test_no_mixture_of_markdown_and_html_acts(text: str) -> None:
    assert problems(safe_markdown(text)) == {}


@pytest.mark.long
@pytest.mark.timeout(1200)
@settings(max_examples=50_000, derandomize=False)
@given(texts)
def test_no_mixture_acts_in_a_long_search(text: str) -> None:
    assert problems(safe_markdown(text)) == {}


@settings(max_examples=300)
@given(st.text(alphabet="<>!`~[]()\"'\\$#-*_=|: \n\t\rabi/&;{}", max_size=60))
def test_no_mixture_of_single_characters_acts(text: str) -> None:
    assert problems(safe_markdown(text)) == {}


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "text",
    [
        "$" + "<" * 60_000,
        "$a<" * 20_000,
        "`" * 60_000,
        "`a " * 20_001,
        "[" * 60_000,
        "![" * 30_000,
        "](" * 30_000,
        "[x](https://a " * 5_000,
        "](https://a" + "(" * 60_000,
        "www." * 15_000,
        "a" * 60_000,
        "\\" * 60_000,
        "> " * 30_000,
    ],
    ids=lambda text: f"{text[:6]}…",
)
def test_a_long_hostile_line_takes_no_more_than_its_length(text: str) -> None:
    # Quadratic time would be minutes here, and the answer is shown ten times a second.
    assert "<" not in safe_markdown(text)


# What ordinary answers look like

ORDINARY = {
    "paragraphs": "One line\nand another.\n\nA second paragraph, with *emphasis*, **bold**, ***both*** and ~~not~~.",
    "headings": "# One\n\n## Two\n\nText\n====\n\nMore\n----\n\n***",
    "lists": "- a\n- b\n  - c\n\n    more of c\n- d\n\n1. one\n2. two\n\n3) three",
    "tasks": "- [ ] open\n- [x] done",
    "quotes": "> a quote\n> of **two** lines\n>\n> > within\n\nafter",
    "table": "| name | value |\n|:-----|------:|\n| a    | `x`   |\n| b    | **y** |",
    "links": "[docs](https://a.b/c_(d)?e=f#g), [mail](mailto:a@b.c), [http](http://a.b) and [`code`](https://a.b).",
    "breaks": "one  \ntwo\\\nthree",
    "entities and symbols": "AT&T &amp; &copy; 5 > 3, \"quoted\" 'single' \u2013 naïve 🙂 #1 $5 100% a_b_c 2*3*4",
    "inline code": "Use `print(x)`, ``a ` b`` and `dict[str, int]`.",
    "inline code with a tag": "Use `<b>`, `a < b`, `x <y> & z`, `Vec<T>` and `**kwargs <x>`.",
    "inline code with underscores and a tag": "Use `__init__ <x>` and `_a_ < *b*`.",
    "inline code in three ticks": "Use ```x = 1``` or ```` ``` ````.",
    "inline code with what is escaped in words": "Use `\\href{a}{b}`, `&#60;`, `&amp;` and `curl https://a.b/$HOME/x`.",
    "inline code with brackets": "Use `a[0](x)`, `![x](y)` and `d[k]: v`.",
    "fence": "Text:\n\n```python\ndef f(a: int) -> bool:\n    return a < 3 and [x for x in y][0](z)\n```\n\nAfter.",
    "fence without language": "```\n<html>\n  <body>\n\n  </body>\n</html>\n```",
    "fence right after text": "Text:\n```html\n<b>\n```\nAfter.",
    "fence of tildes": "~~~c++\nvector<int> v;\n~~~",
    "fence in a fence": "````markdown\n```html\n<b>\n```\n````",
    "fence with other languages": "```c#\nList<int> x;\n```\n\n```objective-c\nid<A> x;\n```\n\n```f90.x\n1\n```",
    "empty fence": "```\n```\n\n```python\n```",
    "fence in a list": "1. Install it:\n\n   ```bash\n   pip install x\n\n   pip list\n   ```\n\n2. Use it.",
    "fence in a tight list": "- a:\n  ```\n  x = 1\n  ```\n- b",
    "fence in a quote": "> So:\n>\n> ```python\n> x = 1\n> ```\n>\n> Done.",
    "indented code": "Text:\n\n    a < b\n    <c>\n\nAfter.",
    "indented code in a list": "- a\n\n      x = 1\n\n- b",
    "indented code with a fence": "Text:\n\n    ```\n    x = 1\n    ~~~\n\nAfter.",
}


def outline(page: str) -> list[tuple[tuple[str, ...], str]]:
    """The texts of a page with the tags around each, white space outside code aside."""
    found = []
    for tags, text in Page(page).outline:
        if "pre" in tags:
            tags = tuple(tag for tag in tags if tag != "code")  # nbconvert's highlighter has none
        shown = text.strip("\n") if "pre" in tags else " ".join(text.split())
        if shown:
            found.append((tags, shown))
    return found


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize("renderer", ["commonmark", "github", "nbconvert"])
def test_an_ordinary_answer_looks_as_it_was_meant(name: str, renderer: str) -> None:
    text, render = ORDINARY[name], RENDERERS[renderer]
    assert outline(render(safe_markdown(text))) == outline(render(text))


@pytest.mark.parametrize("name", [name for name in ORDINARY if name.startswith("fence")])
def test_code_at_the_left_margin_keeps_its_language_for_the_highlighter(name: str) -> None:
    def languages(text: str) -> list[str]:
        return [token.info for token in COMMONMARK.parse(text) if token.type == "fence" and token.level == 0]

    assert languages(safe_markdown(ORDINARY[name])) == languages(ORDINARY[name])


@pytest.mark.parametrize(
    "name", ["paragraphs", "headings", "lists", "quotes", "table", "links", "inline code", "breaks"]
)
def test_an_ordinary_text_is_not_even_touched(name: str) -> None:
    assert safe_markdown(ORDINARY[name]) == ORDINARY[name]


def test_code_in_a_list_keeps_every_character_also_when_it_holds_a_tag() -> None:
    code = "if a < b:\n\n    print('<b>', x[0](y))\n"
    listed = (
        "- So:\n\n  ```python\n" + "".join(f"  {line}\n" if line else "\n" for line in code.split("\n")[:-1]) + "  ```"
    )
    for renderer in ("commonmark", "github", "nbconvert"):
        shown = [text for tags, text in outline(RENDERERS[renderer](safe_markdown(listed))) if "pre" in tags]
        assert "".join(shown).strip("\n") == code.strip("\n"), renderer


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("$x$ and $$y$$", "$x$ and $$y$$"),
        (r"$\frac{1}{2} \le \sqrt{x}_1^2$", r"$\frac{1}{2} \le \sqrt{x}_1^2$"),
        ("so $a<b$ holds", r"so $a\lt b$ holds"),
        ("so $a < b <c$ holds", r"so $a \lt  b \lt c$ holds"),
        ("$$a<b$$", r"$$a\lt b$$"),
        ("$$\na < b\n$$", "$$\na \\lt  b\n$$"),
        ("$$\n\\begin{aligned}\na &< b \\\\\nc &> d\n\\end{aligned}\n$$", None),
    ],
)
def test_math_stays_math(text: str, safe: str | None) -> None:
    # Front ends escape what is inside math once more, so a character reference in it would be shown as one.
    result = safe_markdown(text)
    assert "&lt;" not in result
    assert "<" not in result
    assert result == (safe or text.replace("<", r"\lt "))


def test_every_kind_of_line_end_is_one_and_nul_is_replaced() -> None:
    assert safe_markdown("a\r\nb\rc\n\x00d") == "a\nb\nc\n\ufffdd"


def test_two_backticks_in_two_paragraphs_are_no_code() -> None:
    for renderer in ("commonmark", "github", "nbconvert"):
        shown = outline(RENDERERS[renderer](safe_markdown("A ` tick.\n\nAnother <b> ` tick.")))
        assert {tags for tags, _ in shown} == {()}
        assert " ".join(text for _, text in shown) == "A ` tick. Another <b> ` tick."


def test_a_single_dollar_is_no_math() -> None:
    assert safe_markdown("It costs $5, and 3 <b> 2") == "It costs $5, and 3 &lt;b> 2"


@given(st.text(alphabet=st.characters(exclude_characters="<>!`~[]()\\$&*_#|=-+.:/@\"'\r\n\t \x00"), max_size=40))
def test_plain_words_are_left_alone(text: str) -> None:
    assert safe_markdown(f"a {text} b") == f"a {text} b"


@pytest.mark.parametrize("text", ["", "\n\n", "word"])
def test_a_text_without_markup_is_itself(text: str) -> None:
    assert safe_markdown(text) == text.strip("\n")
