"""How an answer is shown while it is made, and what stays of it.

Every view gets the same calls from the session: ``update`` at each event, ``finish`` once.
"""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol

from threadrunner_kernel.live import Live
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.markdown import safe_markdown
from threadrunner_kernel.terminal import printable

ViewName = Literal["widget", "markdown", "stream"]

SHORTEST_INTERVAL_SECONDS = 0.1
LONGEST_INTERVAL_SECONDS = 0.9
# Each update sends the whole text: longer texts are sent less often.
CHARACTERS_PER_SECOND_OF_INTERVAL = 40_000


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

    def is_due(self, length: int, stage: object = None) -> bool:
        """Another ``stage`` is always shown: nothing may come after it for long, such as in a queue."""
        now = self._clock()
        if now < self._next and stage == self._stage:
            return False
        self._stage = stage
        interval = max(SHORTEST_INTERVAL_SECONDS, length / CHARACTERS_PER_SECOND_OF_INTERVAL)
        self._next = now + min(interval, LONGEST_INTERVAL_SECONDS)
        return True


class WidgetView:
    """A widget with state, text and stop button under one display id, which becomes plain Markdown at the end.

    A widget leaves nothing in a saved notebook; the Markdown that takes its place does.
    """

    def __init__(self, stop: Callable[[], None] | None) -> None:
        import ipywidgets
        from IPython.display import display

        self._throttle = Throttle()
        self._state = ipywidgets.HTML()
        # No margins: the text stands where the Markdown that takes its place will stand.
        self._output = ipywidgets.Output(layout={"margin": "0"})
        self.stop_button = ipywidgets.Button(
            description="Stop", icon="stop", layout={"width": "auto", "display": "" if stop else "none"}
        )
        if stop:
            self.stop_button.on_click(lambda _: stop())
        # Below the text, in the place of the line that stays: nothing moves at the end.
        foot = ipywidgets.HBox(
            [self.stop_button, self._state], layout={"align_items": "center", "margin": "0 0 0 -2px"}
        )
        self._box = ipywidgets.VBox([self._output, foot], layout={"margin": "0"})
        # What a notebook that was saved before the end shows where there are no widgets.
        unfinished = {"text/plain": "This answer was still being made when the notebook was saved: see %llm last."}
        self._handle: Any = display(self._box._repr_mimebundle_() | unfinished, raw=True, display_id=True)
        self._shown = ""

    def update(self, live: Live) -> None:
        if not self._throttle.is_due(len(live.text), _stage(live)):
            return
        self._state.value = f'<span style="opacity:.7">{html.escape(live.state())}</span>'
        if live.text != self._shown:
            self._shown = live.text
            data = {"text/markdown": safe_markdown(live.text), "text/plain": live.text}
            self._output.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)

    def finish(self, live: Live, answer: Answer | None) -> None:
        bundle = _final_bundle(live, answer)
        self._handle.update(bundle, raw=True, metadata=answer_metadata(answer))
        for widget in (self._box, *self._box.children, *self._box.children[1].children):
            for part in (widget, widget.layout, getattr(widget, "style", None)):
                if part is not None:
                    part.close()


class MarkdownView:
    """One ``text/markdown`` display, updated in place: for front ends without widgets, and for nbclient."""

    def __init__(self) -> None:
        self._throttle = Throttle()
        self._handle: Any = None

    def update(self, live: Live) -> None:
        if self._throttle.is_due(len(live.text), _stage(live)):
            shown = f"{safe_markdown(live.text)}\n\n*{safe_markdown(live.state())} …*"
            self._show({"text/markdown": shown, "text/plain": live.text or live.state()}, {})

    def finish(self, live: Live, answer: Answer | None) -> None:
        bundle = _final_bundle(live, answer)
        if self._handle is not None or bundle["text/markdown"]:
            self._show(bundle, answer_metadata(answer))

    def _show(self, bundle: dict[str, str], metadata: dict[str, Any]) -> None:
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
        elif self._is_live and not live.text and self._throttle.is_due(0, _stage(live)):
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


def _stage(live: Live) -> object:
    """What of a state must not be missed: its kind, and the place in the queue."""
    if live.progress is None:
        return None
    return live.progress.kind, live.progress.done if live.progress.kind == "queue" else None


def answer_metadata(answer: Answer | None) -> dict[str, Any]:
    """The answer's numbers, as an output's metadata."""
    if answer is None:
        return {}
    numbers = {"model": answer.model, "usage": answer.usage.to_wire(), "timings": answer.timings.to_wire()}
    return {"threadrunner": {**numbers, "finish_reason": answer.finish_reason, "interrupted": answer.interrupted}}


def _final_bundle(live: Live, answer: Answer | None) -> dict[str, str]:
    bundle = answer.mime_bundle() if answer else {"text/markdown": "", "text/plain": ""}
    if live.notices:
        note = " ".join(live.notices)
        bundle = {
            "text/markdown": f"> {safe_markdown(note)}\n\n{bundle['text/markdown']}",
            "text/plain": f"{note}\n\n{bundle['text/plain']}",
        }
    return bundle
