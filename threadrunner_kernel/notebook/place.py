"""Where in a cell the cursor is: on the magic's name, among its options, in a prompt or in one of its expressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

PlaceKind = Literal["name", "options", "command", "expression", "body"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place that is not Python's.

    ``text`` is what stands before the cursor: after the magic's name, or after the ``{{`` of an expression.
    """

    kind: PlaceKind
    text: str = ""


def find_place(code: str, cursor: int, is_prompt: Callable[[str], bool]) -> Place | None:
    """The place of the cursor, ``None`` where it is Python's; ``is_prompt`` knows the bare cells that are prompts."""
    before = code[:cursor]
    if re.match(r"\s*%%llm\b", code):
        found = re.match(r"\s*%%llm(?P<text>[ \t][^\n]*)?(?P<body>\n)?", before)
        if found is None or (not found["body"] and found["text"] is None):
            return Place("name")
        return _in_prompt(before[found.end() :]) if found["body"] else Place("options", found["text"].lstrip())
    line = before.rpartition("\n")[2]
    if re.match(r"\s*%llm\b", code[len(before) - len(line) :]):
        found = re.match(r"\s*%llm\s+", line)
        return Place("command", line[found.end() :]) if found else Place("name")
    return _in_prompt(before) if is_prompt(code) else None


def _in_prompt(text: str) -> Place:
    _, opened, expression = text.rpartition("{{")
    return Place("expression", expression) if opened and "}}" not in expression else Place("body")
