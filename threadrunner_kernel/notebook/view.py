"""How an answer is shown while it is made, and what stays of it.

Every view gets the same calls from the session: ``update`` at each event, ``finish`` once.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from IPython.core.interactiveshell import InteractiveShell

from threadrunner_kernel.config import Format
from threadrunner_kernel.live import Live
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.forms import code_of
from threadrunner_kernel.notebook.markdown import characters, safe_markdown
from threadrunner_kernel.terminal import printable

SHORTEST_INTERVAL_SECONDS = 0.1
# What sends the whole text each time waits until this share is new: so all that is sent is in proportion to the text.
NEW_SHARE = 0.04


class View(Protocol):
    def update(self, live: Live) -> None:
        """Show the present state; called often, shows at most about ten times a second."""

    def finish(self, live: Live, answer: Answer | None) -> None:
        """Leave what stays: the answer, or nothing when there is none."""


class Throttle:
    """Says whether it is time to show again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = 0.0
        self._stage: object = None

    def is_due(self, stage: object = None) -> bool:
        """Another ``stage`` is always shown: nothing may come after it for long, such as in a queue."""
        now = self._clock()
        if now < self._next and stage == self._stage:
            return False
        self._stage = stage
        self._next = now + SHORTEST_INTERVAL_SECONDS
        return True


class MarkdownView:
    """One display, updated in place: for front ends without widgets, and for nbclient."""

    def __init__(self, form: Format = "markdown") -> None:
        self._form = form
        self._throttle = Throttle()
        self._handle: Any = None
        self._shown = 0

    def update(self, live: Live) -> None:
        length = len(live.text) + len(live.reasoning)
        if length and length < self._shown * (1 + NEW_SHARE):
            return
        if self._throttle.is_due(stage_of(live)):
            self._shown = length
            self._show(self._unfinished(live), {})

    def finish(self, live: Live, answer: Answer | None) -> None:
        bundle = final_bundle(live, answer)
        if self._handle is not None or any(bundle.values()):
            self._show(bundle, output_metadata(live, answer))

    def _unfinished(self, live: Live) -> dict[str, Any]:
        plain = {"text/plain": printable(live.text) or live.state()}
        if not is_rendered(self._form):
            return plain
        return {"text/markdown": f"{safe_markdown(live.text)}\n\n*{safe_markdown(live.state())} …*", **plain}

    def _show(self, bundle: dict[str, Any], metadata: dict[str, Any]) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(bundle, raw=True, metadata=metadata, display_id=True)
        else:
            self._handle.update(bundle, raw=True, metadata=metadata)


class StreamView:
    """Plain text as it comes, for a terminal; the state goes to stderr while nothing has come."""

    def __init__(self) -> None:
        self._throttle = Throttle()
        self._written = 0
        self._is_live = sys.stderr.isatty()

    def update(self, live: Live) -> None:
        if live.text[self._written :]:
            self._clear_state()
            sys.stdout.write(printable(live.text[self._written :]))
            sys.stdout.flush()
            self._written = len(live.text)
        elif self._is_live and not live.text and self._throttle.is_due(stage_of(live)):
            sys.stderr.write(f"\r\x1b[K{live.state()}")
            sys.stderr.flush()

    def finish(self, live: Live, answer: Answer | None) -> None:
        self._clear_state()
        if answer is not None:
            sys.stdout.write(printable(live.text[self._written :]) + f"\n[{answer.summary()}]\n")
        for notice in live.notices:
            sys.stderr.write(f"{notice}\n")
        sys.stdout.flush()

    def _clear_state(self) -> None:
        if self._is_live and self._written == 0:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class QuietView:
    """Shows nothing."""

    def update(self, live: Live) -> None:
        """Nothing to show."""

    def finish(self, live: Live, answer: Answer | None) -> None:
        """Nothing to leave."""


class NextCellView:
    """Another view, which at the end puts the answer's code into a next cell."""

    def __init__(self, view: View, shell: InteractiveShell) -> None:
        self._view = view
        self._shell = shell

    def update(self, live: Live) -> None:
        self._view.update(live)

    def finish(self, live: Live, answer: Answer | None) -> None:
        self._view.finish(live, answer)
        if answer is not None and answer.text.strip() and not answer.interrupted:
            self._shell.set_next_input(code_of(answer.text))


def stage_of(live: Live) -> object:
    """What of a state must not be missed: its kind, and the place in the queue."""
    if live.progress is None:
        return live.is_thinking
    return live.progress.kind, live.progress.done if live.progress.kind == "queue" else None


def is_rendered(form: Format) -> bool:
    """Whether an unfinished answer is shown as Markdown; half a JSON or HTML text is shown as it is."""
    return form in ("markdown", "code")


def output_metadata(live: Live, answer: Answer | None) -> dict[str, Any]:
    """The answer's numbers, as an output's metadata."""
    if answer is None:
        return {}
    numbers = {"model": answer.model, "usage": answer.usage.to_wire(), "timings": answer.timings.to_wire()}
    more = {"first_token_seconds": answer.first_token_seconds, "reasoning_seconds": answer.reasoning_seconds}
    end = {"finish_reason": answer.finish_reason, "interrupted": answer.interrupted}
    engine = {"engine": answer.engine} if answer.engine else {}
    pace = {"pace": answer.pace} if answer.pace else {}
    # The front end's name for a tree's root: the only place for a line beside it.
    line = " · ".join([answer.summary(), *live.notices])
    root = {"application/json": {"root": line}} if answer.format == "json" else {}
    return {"threadrunner": {**numbers, **more, **end, **engine, **pace}, **root}


def final_bundle(live: Live, answer: Answer | None) -> dict[str, Any]:
    """What stays: the answer's durable form, below what the user should know."""
    bundle = answer.mime_bundle() if answer else {"text/markdown": "", "text/plain": ""}
    if not live.notices:
        return bundle
    note = " ".join(live.notices)
    noted = {**bundle, "text/plain": f"{printable(note)}\n\n{bundle['text/plain']}"}
    if "text/markdown" in bundle:
        noted["text/markdown"] = f"> {safe_markdown(note)}\n\n{bundle['text/markdown']}"
    if "text/html" in bundle:
        noted["text/html"] = f"<p><small>{characters(note)}</small></p>{bundle['text/html']}"
    return noted
