"""Where a growing answer is cut, so that what came before is settled and need not be sent again.

Each chunk is Markdown that is complete by itself. A border does not matter for safety, since every chunk is made safe
alone; it matters for looks, and only until the answer is whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from threadrunner_kernel.notebook.markdown import top_blocks

if TYPE_CHECKING:
    from markdown_it.token import Token

# From this length on a border between blocks is looked for; a code block or a list is cut at twice, ...
SETTLE_CHARACTERS = 1_000
# ... a paragraph or a table at this length, and whatever it is at the last.
LONG_CHARACTERS = 4_000
LONGEST_CHARACTERS = 8_000
# What is opened again comes with every chunk: no opening may be most of it.
LONGEST_OPENING_CHARACTERS = 400

_LINE_END = re.compile(r"\r\n?|\n")
_DELIMITER_ROW = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_MATH_ENVIRONMENT = re.compile(r"\\(begin|end)\{")


@dataclass(frozen=True, slots=True)
class Cut:
    """``settled`` is complete Markdown of the text before ``end``; the rest means the same after ``opening``."""

    settled: str
    end: int
    opening: str = ""


def cut(tail: str) -> Cut | None:
    """Where to cut the growing end of an answer, or ``None`` while it is short or in the middle of something."""
    if len(tail) < SETTLE_CHARACTERS:
        return None
    starts = [0, *(match.end() for match in _LINE_END.finditer(tail))]
    blocks = top_blocks(tail)
    found = _between_blocks(tail, starts, blocks) or _within(tail, starts, blocks[-1] if blocks else None)
    return found or (_anywhere(tail) if len(tail) >= LONGEST_CHARACTERS else None)


def _between_blocks(tail: str, starts: Sequence[int], blocks: Sequence[Token]) -> Cut | None:
    """Before the last block: the others cannot change any more."""
    for block in reversed(blocks[1:]):
        begin = _begin(block)
        end = starts[begin]
        if end < SETTLE_CHARACTERS // 2:
            break
        if not tail[starts[begin - 1] : end].strip() and not _is_math_open(tail[:end], blocks, begin):
            return Cut(tail[:end], end)
    return None


def _within(tail: str, starts: Sequence[int], block: Token | None) -> Cut | None:
    """In the middle of a long block, if it is of a kind that can go on as another of its kind."""
    if block is None or len(tail) < 2 * SETTLE_CHARACTERS:
        return None
    match block.type:
        case "fence":
            return _within_fence(tail, starts, block)
        case "code_block":
            return _at_line(tail, starts, "    ")
        case "bullet_list_open" | "ordered_list_open":
            return _at_line(tail, starts)
        case _:
            return _within_paragraph(tail, starts, _begin(block)) if len(tail) >= LONG_CHARACTERS else None


def _within_fence(tail: str, starts: Sequence[int], fence: Token) -> Cut | None:
    """The fence is closed and opened again. One whole line stays, so that none opens just to be closed."""
    begin = _begin(fence)
    lines = [tail[start:end].strip() for start, end in pairwise([*starts[begin + 1 :], len(tail)])]
    if any(set(line) == {fence.markup[0]} and len(line) >= len(fence.markup) for line in lines):
        return None
    opening = tail[starts[begin] : starts[begin + 1]] if lines else ""
    if not 0 < len(opening) <= LONGEST_OPENING_CHARACTERS:
        return None
    if len(lines) > 3:
        return Cut(f"{tail[: starts[-2]]}{fence.markup}\n", starts[-2], opening)
    if len(tail) >= LONGEST_CHARACTERS:
        return Cut(f"{tail}\n{fence.markup}\n", len(tail), opening)
    return None


def _within_paragraph(tail: str, starts: Sequence[int], begin: int) -> Cut | None:
    """At a line's end; a table's rows go on below the same head."""
    if len(starts) > begin + 3:
        head = tail[starts[begin] : starts[begin + 2]]
        is_table = "|" in head and _DELIMITER_ROW.fullmatch(tail[starts[begin + 1] : starts[begin + 2]].rstrip())
        if is_table and len(head) <= LONGEST_OPENING_CHARACTERS:
            return Cut(tail[: starts[-1]], starts[-1], head)
    return _at_line(tail, starts) or _anywhere(tail)


def _at_line(tail: str, starts: Sequence[int], beginning: str = "") -> Cut | None:
    """Before the last line that begins like this, or by default with no white space."""
    for start in reversed(starts[1:]):
        if start < SETTLE_CHARACTERS // 2:
            break
        line = tail[start : start + 5]
        if line.strip() and (line.startswith(beginning) if beginning else not line[0].isspace()):
            return Cut(tail[:start], start)
    return None


def _anywhere(tail: str) -> Cut:
    """After the last white space, if there is any near the end."""
    space = max(tail.rfind(" "), tail.rfind("\n"))
    end = space + 1 if space >= len(tail) // 2 else len(tail)
    return Cut(tail[:end], end)


def _begin(block: Token) -> int:
    assert block.map is not None
    return block.map[0]


def _is_math_open(text: str, blocks: Sequence[Token], line: int) -> bool:
    """Whether display math has begun in the blocks before a line, and not ended: it goes on over blank lines."""
    if "$$" not in text and r"\begin{" not in text:
        return False
    lines = _LINE_END.split(text)
    code = [block for block in blocks if block.type in {"fence", "code_block"} and _begin(block) < line]
    for block in code:
        assert block.map is not None
        lines[slice(*block.map)] = [""] * (block.map[1] - block.map[0])
    prose = "\n".join(lines)
    marks = [match[1] for match in _MATH_ENVIRONMENT.finditer(prose)]
    return prose.count("$$") % 2 == 1 or marks.count("begin") > marks.count("end")
