"""What ``%llm help`` and Shift-Tab show: made from the commands' and options' own declarations."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping
from dataclasses import fields

from threadrunner_kernel import config
from threadrunner_kernel.config import Sampling
from threadrunner_kernel.notebook.options import OptionParser, actions

COLUMNS = 98
USAGE = "%%llm [options]    below it the prompt; {{ expression }} is filled in from the notebook"
SAMPLING = {field.name for field in fields(Sampling)}


def short_help(commands: Mapping[str, str], parser: OptionParser) -> str:
    """One screen: every command with its line, every option by its names."""
    width = max(len(name) for name in commands)
    lines = [f"  %llm {name:{width}}  {text}" for name, text in commands.items()]
    own = [_names(action) for action in actions(parser) if action.dest not in SAMPLING]
    sampling = [_names(action) for action in actions(parser) if action.dest in SAMPLING]
    return "\n".join([USAGE, *_wrapped("", own), *_wrapped("sampling: ", sampling), *lines])


def options_help(parser: OptionParser) -> str:
    """Every option with what it does and what it takes."""
    groups: dict[str, list[str]] = {"Options": [], "Sampling": []}
    for action in actions(parser):
        groups["Sampling" if action.dest in SAMPLING else "Options"].append(_described(action))
    parts = [f"{title}\n" + "\n".join(lines) for title, lines in groups.items()]
    return "\n\n".join([USAGE, *parts])


def _names(action: argparse.Action) -> str:
    return "/".join(action.option_strings)


def _wrapped(label: str, names: list[str]) -> list[str]:
    text = label + ", ".join(names)
    return textwrap.wrap(text, COLUMNS, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _value(action: argparse.Action) -> str:
    """What an option takes, as a word: its own, the choices if they are short, or N where that is a number."""
    choices = "|".join(config.choices(action.dest)) if action.dest in config.FIELDS else ""
    if 0 < len(choices) < 28:
        return choices
    return "N" if action.metavar == action.dest.upper() else str(action.metavar)


def _described(action: argparse.Action) -> str:
    takes = f" {_value(action)}" if action.nargs != 0 else ""
    text = f"{', '.join(action.option_strings)}{takes}"
    about = str(action.help).replace("%%", "%")
    indent = " " * 34
    lines = textwrap.wrap(about, COLUMNS, initial_indent=indent, subsequent_indent=indent)
    if len(text) < len(indent) - 3:
        lines[0] = f"  {text}".ljust(len(indent)) + lines[0].strip()
        return "\n".join(lines)
    return "\n".join([f"  {text}", *lines])
