"""The options of ``%%llm``, made from the settings' own declarations."""

from __future__ import annotations

import argparse
import keyword
import shlex
from typing import Any, NoReturn

from threadrunner_kernel import config
from threadrunner_kernel.errors import BadSetting

OPTIONS = (*config.names("request"), "view", "format")


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
        parser.add_argument("-o", "--out", metavar="NAME", help="also keep the answer in this variable")
    return parser


def parse_line(parser: OptionParser, line: str) -> dict[str, Any]:
    """The options given in a magic's line, as settings' values (and ``out``).

    Raises:
        BadSetting: unknown, with the nearest; or a value that does not fit.
    """
    try:
        words = shlex.split(line)
    except ValueError as exc:
        raise BadSetting(f"%%{parser.prog}: the options cannot be read ({exc}).") from exc
    known, rest = parser.parse_known_args(words)
    if rest:
        flags = [flag for action in parser._actions for flag in action.option_strings]
        raise BadSetting(f"%%{parser.prog} does not know {rest[0]!r}.{config.nearest(rest[0], flags)}")
    values = {name: value for name, value in vars(known).items() if value is not None}
    out = values.pop("out", None)
    if out is not None and (not out.isidentifier() or keyword.iskeyword(out)):
        raise BadSetting(f"-o {out}: that is no name for a variable.")
    parsed = {name: config.parse(name, value, f"option --{name}") for name, value in values.items()}
    return {**parsed, **({"out": out} if out else {})}
