"""A growing answer in chunks: nothing is lost, nothing acts, each is complete, and the open end stays short."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.notebook.test_markdown import HOSTILE, IMG, RENDERERS, Page, problems
from threadrunner_kernel.notebook.chunks import LONGEST_CHARACTERS, SETTLE_CHARACTERS, Cut, cut
from threadrunner_kernel.notebook.markdown import safe_markdown

WORDS = "Some words of a paragraph that goes on for a while, as they do. "


def grown(text: str, step: int = 50) -> tuple[list[str], list[str]]:
    """A text that comes in steps: its chunks as Markdown, and as the slices of the text that they took."""
    chunks, slices = [], []
    start, opening = 0, ""
    for end in [*range(step, len(text), step), len(text)]:
        while found := cut(opening + text[start:end]):
            taken = found.end - len(opening)
            assert taken > 0
            chunks.append(found.settled)
            slices.append(text[start : start + taken])
            start, opening = start + taken, found.opening
        assert end - start <= LONGEST_CHARACTERS + step
    return [*chunks, opening + text[start:]], [*slices, text[start:]]


def words(markdown: str) -> list[str]:
    """What a reader sees, white space aside."""
    return Page(RENDERERS["commonmark"](safe_markdown(markdown))).text.split()


BLOCKS = {
    "paragraphs": "\n\n".join([WORDS * 3] * 40),
    "headings": "\n\n".join(f"## Part {n}\n{WORDS}" for n in range(100)),
    "tight list": "\n".join(f"- point {n} {WORDS}" for n in range(100)),
    "loose list": "\n\n".join(f"{n}. point {WORDS}\n\n   and more" for n in range(100)),
    "nested list": "\n".join(f"- point {n}\n  - {WORDS}\n  - {WORDS}" for n in range(60)),
    "quote": "\n".join(f"> {n} {WORDS}" for n in range(150)),
    "fence": "```python\n" + "\n".join(f"x{n} = {n}" for n in range(900)) + "\n```\n\nAfter it.",
    "fence with blank lines": "~~~~\n" + "\n\n".join(f"x{n} = {n}" for n in range(900)) + "\n~~~~\n\nAfter it.",
    "fence never closed": "  ```\n" + "\n".join(f"  x{n} = {n}" for n in range(900)),
    "fences": "\n\n".join(f"{WORDS}\n\n```\nx{n} = {n}\n```" for n in range(60)),
    "indented code": "Code:\n\n" + "\n".join(f"    x{n} = {n}" for n in range(900)),
    "one line": WORDS * 300,
    "one paragraph": "\n".join([WORDS] * 300),
    "one word": "x" * 30_000,
    "one line of code": "```\n" + "x" * 30_000,
    "numbers": ", ".join(map(str, range(8000))),
    "carriage returns": "\r\n\r\n".join([WORDS * 3] * 40),
    "nothing but line ends": "\n" * 20_000,
}


@pytest.mark.parametrize("name", BLOCKS)
def test_the_slices_of_the_chunks_are_the_text(name: str) -> None:
    assert "".join(grown(BLOCKS[name])[1]) == BLOCKS[name]


@pytest.mark.parametrize("name", [name for name in BLOCKS if not name.startswith("one ")])
def test_a_reader_sees_in_the_chunks_what_is_in_the_whole(name: str) -> None:
    chunks, _ = grown(BLOCKS[name])
    assert [word for chunk in chunks for word in words(chunk)] == words(BLOCKS[name])


@pytest.mark.parametrize("name", BLOCKS)
def test_what_settles_is_neither_tiny_nor_far_longer_than_its_kind_asks(name: str) -> None:
    sizes = [len(part) for part in grown(BLOCKS[name])[1][:-1]]
    assert sizes
    assert min(sizes) >= SETTLE_CHARACTERS // 3
    assert max(sizes) <= LONGEST_CHARACTERS + 50


@pytest.mark.parametrize("name", ["fence", "fence with blank lines", "fence never closed"])
def test_a_long_fence_is_closed_and_opened_again(name: str) -> None:
    chunks, _ = grown(BLOCKS[name])
    code = [Page(RENDERERS["commonmark"](chunk)).outline for chunk in map(safe_markdown, chunks)]
    assert all(outline[0][0] == ("pre", "code") for outline in code[:-1])
    assert len(code) > 5
    assert all(outline[0][1].strip() for outline in code), "a fence was opened just to be closed"


def test_a_long_table_goes_on_below_the_same_head() -> None:
    head = "| name | value |\n|------|------:|\n"
    chunks, slices = grown(head + "\n".join(f"| row {n} | {n} |" for n in range(1000)))
    assert len(chunks) > 3
    assert all(chunk.startswith(head) for chunk in chunks)
    assert "".join(slices).count("| row ") == 1000


@pytest.mark.parametrize(("begin", "end"), [("$$", "$$"), (r"\begin{aligned}", r"\end{aligned}")])
def test_open_display_math_is_not_cut(begin: str, end: str) -> None:
    before = f"{WORDS * 10}\n\n"
    math = f"{begin}\n{'x + ' * 250}\n\n{'y + ' * 50}"
    assert cut(f"{before}{math}") == Cut(before, len(before))
    assert cut(f"{math}\n\n{WORDS}") is None
    assert cut(f"{math}\n{end}\n\n{WORDS}") == Cut(f"{math}\n{end}\n\n", len(math) + len(end) + 3)


def test_dollars_in_code_are_no_math() -> None:
    text = f"```sh\necho $$ {WORDS * 16}\n```\n\n"
    assert cut(text + "Next.") == Cut(text, len(text))


@pytest.mark.parametrize("text", ["", "word", WORDS * 5, "\n\n".join([WORDS] * 10)])
def test_a_short_text_is_one_piece(text: str) -> None:
    assert cut(text) is None


FILLER = f"\n\n{WORDS * 8}\n\n"


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_acts_in_chunks(name: str) -> None:
    hostile = HOSTILE[name]
    for text in (f"{WORDS * 16}\n\n{hostile}{FILLER * 3}{hostile}", f"```html\n{hostile}\n{(IMG + chr(10)) * 100}"):
        chunks, _ = grown(text)
        assert problems("\n\n".join(map(safe_markdown, chunks))) == {}


PARTS = st.lists(
    st.sampled_from([*HOSTILE.values(), WORDS * 4, FILLER, "```\n", "- ", "> ", "    ", "$$\n", "\n", "x\n" * 300]),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(PARTS, st.integers(1, 997))
def test_any_mixture_in_chunks_is_whole_and_harmless(parts: list[str], step: int) -> None:
    text = "".join(parts)
    chunks, slices = grown(text, step)
    assert "".join(slices) == text
    assert problems("\n\n".join(map(safe_markdown, chunks))) == {}


PROSE = st.sampled_from([f"{WORDS}\n\n", f"# {WORDS}\n\n", f"- {WORDS}\n\n", f"```py\n{'x = 1' * 9}\n\ny\n```\n\n"])


@settings(max_examples=60, deadline=None)
@given(st.lists(PROSE, max_size=80))
def test_a_reader_of_any_ordinary_answer_misses_nothing(parts: list[str]) -> None:
    text = "".join(parts)
    chunks, _ = grown(text)
    assert [word for chunk in chunks for word in words(chunk)] == words(text)
    assert all(len(re.findall("^```", chunk, re.MULTILINE)) % 2 == 0 for chunk in chunks[:-1])
