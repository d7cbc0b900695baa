"""What a check has found, and how it reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``what`` was looked at, how it stands, and what to do about it; with ``fail`` something will not work."""

    what: str
    level: Level
    text: str
    advice: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


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
