"""The settings that stick to a notebook: ``%llm set``, ``unset``, ``get`` and ``use``, a line in and a text out."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from threadrunner_kernel import config
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadSetting

COMMANDS = {
    "set": "settings for this notebook: set temperature=0.2 model=NAME; NAME= puts one back",
    "unset": "put settings back: unset temperature",
    "get": "the settings and where each comes from: get, get temperature",
    "use": "a profile for this notebook: use NAME; without a name none",
}


class Sticky:
    """What this notebook has set: by ``%config`` and by ``%llm set``. It ends with the kernel."""

    def __init__(self) -> None:
        self.configured: dict[str, Any] = {}
        self.chosen: dict[str, Any] = {}
        # What ipython_config.py has wrong, by name.
        self.mistakes: dict[str, BadSetting] = {}

    def load(self, options: Mapping[str, Any] | None = None) -> Settings:
        """The settings in force for one cell or call with these options.

        Raises:
            BadSetting
        """
        self._refuse_mistakes()
        return config.load(overrides=options, configured=self.configured, chosen=self.chosen)

    def configure(self, name: str, value: Any) -> None:
        """Take over a value of IPython's configuration that fits; ``None`` puts the setting back."""
        self.mistakes.pop(name, None)
        self.configured[name] = value

    def set(self, line: str) -> str:
        """Take over ``name=value`` for each word of the line, all or none; ``name=`` puts one back.

        Raises:
            BadSetting: with nothing changed.
        """
        if not line.strip():
            return self.get("")
        given: dict[str, list[str]] = {}
        for word in _words("%llm set", line):
            name, equals, value = word.partition("=")
            if not equals or not name:
                raise BadSetting(f"%llm set: write name=value, without spaces around the =, and not {word!r}.")
            given.setdefault(_known(name), []).append(value)
        chosen = {name: _value(name, values) for name, values in given.items()}
        return self._choose(chosen)

    def unset(self, line: str) -> str:
        """Put back the settings that the line names.

        Raises:
            BadSetting
        """
        names = [_known(name) for name in _words("%llm unset", line)]
        if not names:
            raise BadSetting("%llm unset: name the settings to put back, such as %llm unset temperature.")
        return self._choose(dict.fromkeys(names))

    def get(self, line: str) -> str:
        """The settings that the line names, or all: value and where it comes from.

        Raises:
            BadSetting
        """
        return self._lines([_known(name) for name in _words("%llm get", line)] or list(config.FIELDS), self.chosen)

    def use(self, line: str) -> str:
        """Take over the profile that the line names, or none.

        Raises:
            BadSetting: there is no such profile, with the known ones.
        """
        # One that the file, the environment or %config names is ended by a profile of no name.
        return self._choose({"profile": line.strip()})

    def _choose(self, values: Mapping[str, Any]) -> str:
        """Take over values, of which ``None`` puts a setting back, if all goes well with them; their lines."""
        merged = {**self.chosen, **values}
        chosen = {name: value for name, value in merged.items() if value is not None}
        text = self._lines(list(values), chosen)
        self.chosen = chosen
        return text

    def _lines(self, names: list[str], chosen: Mapping[str, Any]) -> str:
        self._refuse_mistakes()
        origins = config.merged(configured=self.configured, chosen=chosen)
        width = max(len(name) for name in names)
        return "\n".join(_line(name.ljust(width), name, origins) for name in names)

    def _refuse_mistakes(self) -> None:
        for mistake in self.mistakes.values():
            raise mistake


def _line(label: str, name: str, origins: Mapping[str, tuple[Any, str]]) -> str:
    default = (getattr(Settings(), name), "default")
    value, source = origins.get(name, default)
    text = f"{label}  {_text(value):<20}  {source}"
    if config.FIELDS[name].metadata["scope"] == "host" and source in ("%llm set", "%config"):
        text += ", takes effect when the next host starts (`threadrunner stop` ends a running one)"
    return text


def _text(value: Any) -> str:
    """A value as it would be written after ``name=``; a dash where nobody has chosen one."""
    if value is None or value == "":
        return "-"
    if isinstance(value, tuple):
        return " ".join(shlex.quote(item) for item in value)
    if isinstance(value, str):
        return repr(value) if "\n" in value else shlex.quote(value)
    return str(value)


def _value(name: str, values: list[str]) -> Any:
    """The value of one setting; ``None`` puts it back."""
    if values == [""]:
        return None
    if len(values) > 1 and name != "stop":
        raise BadSetting(f"%llm set: {name} is given {len(values)} times.", param=name)
    return config.parse(name, values if name == "stop" else values[0], "%llm set")


def _known(name: str) -> str:
    known = name.lstrip("-").replace("-", "_")
    if known not in config.FIELDS:
        raise BadSetting(f"There is no setting {name!r}.{config.nearest(known, config.FIELDS)}", param=name)
    return known


def _words(command: str, line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as exc:
        raise BadSetting(f"{command}: the line cannot be read ({exc}).") from exc
