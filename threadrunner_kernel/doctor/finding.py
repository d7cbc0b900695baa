"""What a check has found, how it reads, and what would mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Repair:
    """Something that ``--fix`` can do: ``what``, said as a question without its mark, and the act itself.

    ``act`` returns what it has done, and raises ``ThreadRunnerError`` when it cannot.
    """

    what: str
    act: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Finding:
    """``what`` was looked at, how it stands, and what to do about it; with ``fail`` something will not work."""

    what: str
    level: Level
    text: str
    advice: str = ""
    repair: Repair | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "level": self.level,
            "text": self.text,
            "advice": self.advice,
            "repair": self.repair.what if self.repair else None,
        }

    def mended_by(self, what: str, act: Callable[[], str]) -> Finding:
        """The same, with its repair."""
        return replace(self, repair=Repair(what, act))


def ok(what: str, text: str) -> Finding:
    return Finding(what, "ok", text)


def warn(what: str, text: str, advice: str = "") -> Finding:
    return Finding(what, "warn", text, advice)


def fail(what: str, text: str, advice: str) -> Finding:
    return Finding(what, "fail", text, advice)


def lines_of(finding: Finding) -> list[str]:
    """The finding in lines for people."""
    return [
        f"{finding.level:<5} {finding.what:<12} {finding.text}",
        *([" " * 19 + finding.advice] * bool(finding.advice)),
    ]
