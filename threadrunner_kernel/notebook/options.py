"""The options of ``%%llm``, made from the settings' own declarations."""

from __future__ import annotations

import argparse
import keyword
import shlex
from typing import Any, NoReturn

from threadrunner_kernel import config
from threadrunner_kernel.errors import BadSetting

OPTIONS = (*config.names("request"), "view", "format", "profile")

# What is no setting: it concerns one cell.
CELL_OPTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "out": (("-o", "--out"), {"metavar": "NAME", "help": "also keep the answer in this variable"}),
    "chat": (("--chat",), {"metavar": "NAME", "help": "continue the chat of this name, not the notebook's own"}),
    "new": (("--new",), {"action": "store_true", "help": "begin the chat afresh with this prompt"}),
    "no_history": (("--no-history",), {"action": "store_true", "help": "neither read the chat nor add to it"}),
    "raw": (("--raw",), {"action": "store_true", "help": "continue the text as it stands: no chat template, no chat"}),
    "no_template": (("--no-template",), {"action": "store_true", "help": "leave {{ }} in the prompt as plain text"}),
    "quiet": (("-q", "--quiet"), {"action": "store_true", "help": "show nothing"}),
}


class OptionParser(argparse.ArgumentParser):
    """argparse that raises instead of leaving the program, and names the nearest right option."""

    def error(self, message: str) -> NoReturn:
        raise BadSetting(f"%%{self.prog}: {message}.")


def make_parser(prog: str, *, with_out: bool) -> OptionParser:
    parser = OptionParser(prog=prog, add_help=False, allow_abbrev=False, exit_on_error=True)
    for name in OPTIONS:
        meta = config.FIELDS[name].metadata
        metavar = meta["metavar"] or name.upper()
        action = "append" if name == "stop" else "store"
        flags = (*meta["flags"], f"--{name.replace('_', '-')}")
        parser.add_argument(*flags, dest=name, metavar=metavar, action=action, help=meta["help"].replace("%", "%%"))
    if with_out:
        for flags, argument in CELL_OPTIONS.values():
            parser.add_argument(*flags, **argument)
    return parser


def actions(parser: OptionParser) -> list[argparse.Action]:
    """The options of a parser: their names, what they take and what they do."""
    return [action for action in parser._actions if action.option_strings]


def parse_line(parser: OptionParser, line: str) -> dict[str, Any]:
    """The options given in a magic's line: settings' values, and what is no setting as it is given.

    Raises:
        BadSetting: unknown, with the nearest; or a value that does not fit.
    """
    known = parse_words(parser, line)
    values = {name: value for name, value in vars(known).items() if value is not None and value is not False}
    cells_own = {name: values.pop(name) for name in list(values) if name not in config.FIELDS or name in CELL_OPTIONS}
    _check(cells_own)
    parsed = {name: config.parse(name, value, f"option --{name}") for name, value in values.items()}
    return {**parsed, **cells_own}


def parse_words(parser: OptionParser, line: str) -> argparse.Namespace:
    """The words of a line, quoted as in a shell.

    Raises:
        BadSetting
    """
    try:
        words = shlex.split(line)
    except ValueError as exc:
        raise BadSetting(f"%%{parser.prog}: the options cannot be read ({exc}).") from exc
    known, rest = parser.parse_known_args(words)
    if rest:
        flags = [flag for action in actions(parser) for flag in action.option_strings]
        raise BadSetting(f"%%{parser.prog} does not know {rest[0]!r}.{config.nearest(rest[0], flags)}")
    return known


def _check(options: dict[str, Any]) -> None:
    out = options.get("out")
    if out is not None and (not out.isidentifier() or keyword.iskeyword(out)):
        raise BadSetting(f"-o {out}: that is no name for a variable.")
    alone = next((name for name in ("raw", "no_history") if name in options), None)
    in_chat = next((name for name in ("chat", "new") if name in options), None)
    if alone and in_chat:
        flag = f"--{alone.replace('_', '-')}"
        raise BadSetting(f"{flag} has nothing to do with a chat and --{in_chat} is about one: leave one of them out.")
