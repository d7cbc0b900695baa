"""What a value becomes in a prompt: a table, a source, an array's head. It imports none of the libraries it knows."""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
import textwrap
import types
from collections.abc import Callable, Iterator
from typing import Any

MOST_ROWS = 30
MOST_COLUMNS = 12
MOST_CELL_CHARACTERS = 200
# Of an array: so many values along each of the last two axes, and so few along those before.
ARRAY_VALUES = 8
ARRAY_OUTER_VALUES = 2


class Texts:
    """Called with a value it gives its text; ``register`` says what a value of some type becomes."""

    def __init__(self) -> None:
        self._registered: dict[type, Callable[[Any], object]] = {}

    def register(self, kind: type, function: Callable[[Any], object]) -> None:
        """Have values of this type, and of types derived from it, become ``str(function(value))`` in a prompt."""
        if not isinstance(kind, type) or not callable(function):
            raise TypeError("llm.register(type, function) needs a type and a function that makes a text of its values.")
        self._registered[kind] = function

    def __call__(self, value: object) -> str:
        for kind in type(value).__mro__:
            if kind in self._registered:
                return str(self._registered[kind](value))
        if _is_of(value, "pandas", "DataFrame"):
            return _table(value)
        if _is_of(value, "pandas", "Series"):
            return _table(value.to_frame(value.name if value.name is not None else "value"))  # type: ignore[attr-defined]
        if isinstance(value, (type, types.FunctionType, types.MethodType)):
            return source(value)
        if _is_array(value):
            return _array(value)
        return str(value)


def _is_of(value: object, module: str, name: str) -> bool:
    """Whether a value is of a library's class; one that is not imported has no values."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(value, kind)


# Tables.


def _table(frame: Any) -> str:
    """A Markdown table of a DataFrame's first rows and columns, and what was left out."""
    rows, columns = frame.shape
    if not rows or not columns:
        return f"(an empty table: {rows} rows, columns: {', '.join(map(_label, frame.columns)) or 'none'})"
    part = frame.iloc[:MOST_ROWS, :MOST_COLUMNS]
    # An index that only counts says nothing.
    has_index = not _is_of(frame.index, "pandas", "RangeIndex")
    index = [" / ".join(str(name) for name in frame.index.names if name is not None)] if has_index else []
    lines = [_row([*index, *(_label(column) for column in part.columns)])]
    lines.append("|" + " --- |" * (len(index) + len(part.columns)))
    for label, values in zip(part.index, part.itertuples(index=False, name=None), strict=True):
        lines.append(_row([*([_label(label)] if has_index else []), *map(_cell, values)]))
    left_out = [
        f"the first {most} of {count} {what}"
        for most, count, what in ((MOST_ROWS, rows, "rows"), (MOST_COLUMNS, columns, "columns"))
        if count > most
    ]
    return "\n".join([*lines, *([f"({' and '.join(left_out)})"] if left_out else [])])


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _label(value: object) -> str:
    return _cell(" / ".join(map(str, value)) if isinstance(value, tuple) else value)


def _cell(value: object) -> str:
    """A value as one cell: a border or an end of line in it would break the table."""
    text = _number(value) if isinstance(value, float) else str(value)
    if len(text) > MOST_CELL_CHARACTERS:
        text = f"{text[:MOST_CELL_CHARACTERS]}… ({len(text)} characters)"
    return " ".join(text.splitlines()).replace("|", r"\|").strip()


def _number(value: float) -> str:
    """A float as pandas shows it, with six decimals at most."""
    if value == 0 or 1e-4 <= abs(value) < 1e15:
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return f"{value:.6g}"


# Arrays.


def _is_array(value: object) -> bool:
    """Whether a value looks like an array of numpy's, torch's and their like: a shape with axes, a dtype, a list."""
    kind = type(value)
    if not all(hasattr(kind, name) for name in ("shape", "dtype", "tolist", "__getitem__")):
        return False
    return bool(tuple(value.shape))  # type: ignore[attr-defined]


def _array(value: Any) -> str:
    shape = tuple(int(size) for size in value.shape)
    most = [ARRAY_OUTER_VALUES] * (len(shape) - 2) + [ARRAY_VALUES] * min(2, len(shape))
    axes = tuple(slice(0, limit) for limit in most)
    head = value[axes if len(axes) > 1 else axes[0]].tolist()
    is_whole = all(size <= limit for size, limit in zip(shape, most, strict=True))
    what = "all values" if is_whole else "its first values along each axis"
    return f"{type(value).__name__} of shape {shape} and dtype {value.dtype}, {what}:\n{_nested(head)}"


def _nested(value: Any, depth: int = 0) -> str:
    """Nested lists, a line for each row."""
    if not isinstance(value, list):
        return _number(value) if isinstance(value, float) else repr(value)
    if not any(isinstance(item, list) for item in value):
        return "[" + ", ".join(_nested(item) for item in value) + "]"
    return "[" + (",\n" + " " * (depth + 1)).join(_nested(item, depth + 1) for item in value) + "]"


# Sources.


def source(value: Any) -> str:
    """The source of a function or a class; what has none, being compiled, is named."""
    try:
        return textwrap.dedent(inspect.getsource(value)).rstrip()
    except (OSError, TypeError):
        found = next(_class_sources(value), None) if isinstance(value, type) else None
        return found or repr(value)


def _class_sources(kind: type) -> Iterator[str]:
    """Of a class that a cell made, which Python looks for in a file: the newest cell that defines it comes first."""
    if kind.__module__ != "__main__":
        return
    for entry in reversed(list(linecache.cache.values())):
        lines = entry[2] if len(entry) == 4 else []
        if not any(f"class {kind.__name__}" in line for line in lines):
            continue
        try:
            tree = ast.parse("".join(lines))
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                yield textwrap.dedent("".join(lines[first - 1 : node.end_lineno])).rstrip()
