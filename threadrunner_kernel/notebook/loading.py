"""The options of ``%llm load`` that say how a model is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from threadrunner_kernel.config import parse
from threadrunner_kernel.notebook.options import OptionParser

VALUES = {
    "context": "this model's context, instead of the host's setting",
    "kv_type": "this model's KV cache, instead of the host's setting",
}
SWITCHES = {"force": "load it even if it does not fit", "estimate": "only reckon what it would take"}


def with_wishes(parser: OptionParser) -> OptionParser:
    """The parser with these options, too."""
    for name, text in VALUES.items():
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar=name.upper(), help=text)
    for name, text in SWITCHES.items():
        parser.add_argument(f"--{name}", action="store_true", help=text)
    return parser


def split_wishes(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings among the options, and what the host's route is asked beside them.

    Raises:
        BadSetting: naming what does not fit.
    """
    wishes = {name: value for name, value in options.items() if name in (*VALUES, *SWITCHES)}
    wishes |= {name: parse(name, value, "%llm load") for name, value in wishes.items() if name in VALUES and value}
    return {name: value for name, value in options.items() if name not in wishes}, wishes
