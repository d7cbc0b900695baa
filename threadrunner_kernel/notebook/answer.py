"""The value of an ``%%llm`` cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from IPython.core.getipython import get_ipython

from threadrunner_kernel.config import Format
from threadrunner_kernel.live import answered_by, numbers_line
from threadrunner_kernel.messages import FinishReason, Timings, Usage
from threadrunner_kernel.notebook import forms

INTERRUPTED = "interrupted"


@dataclass(eq=False)
class Answer:
    """What the model said: ``str(answer)`` is the text as the model wrote it.

    ``first_token_seconds`` counts from the request, the load included. ``finish_reason`` is ``None`` when the answer
    was interrupted. ``messages`` are those that were sent and the answer, ``seed`` is the one that was asked for;
    ``reasoning`` is what a model that thinks aloud wrote before the text; ``format`` is how the text is shown;
    ``engine`` is what answered, where that is not our own runner; ``pace`` is the most tokens a second that it got,
    where that was held down.
    """

    text: str
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    timings: Timings = field(default_factory=Timings)
    finish_reason: FinishReason | None = None
    interrupted: bool = False
    first_token_seconds: float | None = None
    reasoning: str = ""
    messages: list[dict[str, str]] = field(default_factory=list, repr=False)
    seed: int | None = None
    reasoning_seconds: float | None = None
    format: Format = "markdown"
    engine: str = ""
    is_demo: bool = False
    pace: float | None = None
    _is_on_screen: bool = field(default=False, repr=False)
    _shown_in_cell: int | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        shown = self.text if len(self.text) <= 60 else self.text[:57] + "…"
        mark = f", {INTERRUPTED}" if self.interrupted else ""
        return f"<Answer {shown!r} from {self.model}{mark}>"

    @property
    def answered_by(self) -> str:
        """See ``live.answered_by``."""
        return answered_by(self.model, self.engine, is_demo=self.is_demo)

    def summary(self) -> str:
        """One line: model, tokens, speed, time to the first token, how much of the prompt was in the cache."""
        line = numbers_line(
            self.answered_by, self.usage, self.timings, self.first_token_seconds, self.finish_reason, self.pace
        )
        return " · ".join(part for part in (line, INTERRUPTED if self.interrupted else "") if part)

    def mime_bundle(self) -> dict[str, Any]:
        """The durable form, in which nothing can run or be fetched."""
        return forms.bundle(self)

    def mark_on_screen(self) -> None:
        """The cell that runs has displayed it: its display hook shall not show it once more."""
        self._is_on_screen, self._shown_in_cell = True, _running_cell()

    def _ipython_display_(self) -> None:
        # NotImplementedError is IPython's way to say "use the other representations".
        if not self._is_on_screen or self._shown_in_cell != _running_cell():
            raise NotImplementedError
        self._is_on_screen = False

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.mime_bundle()


def _running_cell() -> int | None:
    """The number of the cell that runs; ``None`` outside IPython."""
    shell = get_ipython()
    return shell.execution_count if shell else None
