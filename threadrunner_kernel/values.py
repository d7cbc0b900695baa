"""What counts as a value of a setting's type: text, or what TOML made of it. It knows no setting."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

SWITCHES = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def unwrap(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A hint such as ``Annotated[float, Ge(0)] | None`` as (float, (Ge(0),))."""
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if get_origin(hint) is Annotated:
        base, *bounds = get_args(hint)
        return base, tuple(bounds)
    return hint, ()


def convert(kind: Any, value: object) -> Any:
    """A value as this type.

    Raises:
        TypeError, ValueError, OverflowError, KeyError: it is none.
    """
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError
        return value
    if get_origin(kind) is tuple:
        items = [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]
        if not items or not all(isinstance(item, str) and item for item in items):
            raise ValueError
        return tuple(items)
    if kind is str:
        if not isinstance(value, str):
            raise TypeError
        return value
    if kind is bool:
        return SWITCHES[str(value).lower()]
    if isinstance(value, bool) or (kind is int and isinstance(value, float) and value != int(value)):
        raise TypeError
    result = kind(value)
    if result != result or result in (float("inf"), float("-inf")):
        raise ValueError
    return result


def expected(kind: Any) -> str:
    """What would fit, in words."""
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    if get_origin(kind) is tuple:
        return "a text (or several)"
    return {int: "a whole number", float: "a number", bool: "true or false"}.get(kind, "a text")
