"""The live view for front ends with widgets: state, reasoning, text and buttons, until the answer takes their place."""

from __future__ import annotations

import html
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets
from IPython.display import display

from threadrunner_kernel.config import Format
from threadrunner_kernel.live import Live
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.chunks import cut
from threadrunner_kernel.notebook.markdown import safe_markdown
from threadrunner_kernel.notebook.reopening import UNFINISHED, Remains, Reopenings
from threadrunner_kernel.notebook.view import Throttle, final_bundle, is_rendered, output_metadata, stage_of

# Boxes within boxes: a list of children is sent whole at each change.
OUTPUTS_PER_BOX = 16
# What is out of sight costs the browser nothing, and keeps the height that it had: else each new word is dearer.
PART_CLASS = "threadrunner-part"
THINKING_CLASS = "threadrunner-thinking"
# Plain text breaks between words where it can. The thinking looks as the fold that stays, so that nothing jumps.
STYLE = f"""<style>
.{PART_CLASS} {{ content-visibility: auto; contain-intrinsic-size: auto 20em; }}
.{PART_CLASS} .jp-OutputArea-output pre {{ white-space: pre-wrap; overflow-wrap: anywhere; word-break: normal; }}
.{THINKING_CLASS} .jupyter-widget-Collapse-header {{
  padding: 0; border: 0; background: none; color: inherit; font-size: smaller; font-weight: normal; cursor: pointer;
}}
.{THINKING_CLASS} .jupyter-widget-Collapse-contents {{
  margin: .5em 2em; padding: 0 1em; border: 0; border-left: 5px solid var(--jp-border-color2, #ccc); background: none;
}}
.{THINKING_CLASS} .jp-OutputArea-output pre {{
  font-family: var(--jp-content-font-family); font-size: var(--jp-content-font-size1);
  line-height: var(--jp-content-line-height);
}}
</style>"""

Watch = Callable[[ipywidgets.Button, Callable[[], None]], None]


class WidgetView:
    """A widget under one display id, which becomes the durable answer at the end.

    A widget leaves nothing in a saved notebook; what takes its place does. ``watch`` is a kernel's way to hear of a
    button's press while the cell runs; without it there are no buttons.
    """

    def __init__(self, stop: Callable[[], None], watch: Watch | None, form: Format = "markdown") -> None:
        self._throttle = Throttle()
        self._state = ipywidgets.HTML()
        self._answer = GrowingText(is_markdown=is_rendered(form))
        self._reasoning: Reasoning | None = None
        self.stop_button = _button("Stop", "stop", watch, stop)
        self.raw_button = _button("Raw", "code", watch, self.toggle_raw)
        self._wants_raw = False
        self._leaving = ExitStack()
        self._reopenings: Reopenings | None = None
        self.is_reopened = False
        # Below the text, in the place of the line that stays: nothing moves at the end.
        buttons = (self.stop_button, self.raw_button) if is_rendered(form) else (self.stop_button,)
        self._foot = ipywidgets.HBox([*buttons, self._state], layout={"align_items": "center", "margin": "0 0 0 -2px"})
        self._style = ipywidgets.HTML(STYLE, layout={"display": "none"})
        self._box = ipywidgets.VBox([self._answer.box, self._foot, self._style], layout={"margin": "0"})
        data = self._box._repr_mimebundle_() | {"text/plain": UNFINISHED}
        self._handle: Any = display(data, raw=True, display_id=True)

    def watch_reopening(self, reopenings: Reopenings) -> None:
        """Have the widget keep the answer if the page is opened anew: what comes for the cell is lost there."""
        self._reopenings = reopenings
        self._leaving.callback(reopenings.watch(partial(setattr, self, "is_reopened", True)))

    def toggle_raw(self) -> None:
        """Show the text as the model writes it, or as Markdown again; from any thread, seen at the next update."""
        self._wants_raw = not self._wants_raw

    def update(self, live: Live) -> None:
        if not self._throttle.is_due((stage_of(live), self._wants_raw)):
            return
        self._state.value = f'<span style="opacity:.7">{html.escape(live.state())}</span>'
        if live.reasoning.strip():
            self._show_reasoning(live)
        self._answer.show(live.text, as_raw=self._wants_raw)

    def finish(self, live: Live, answer: Answer | None) -> None:
        # A long answer takes a front end a while to render anew: its last words are to be seen before.
        self._answer.show(live.text, as_raw=self._wants_raw)
        bundle, metadata = final_bundle(live, answer), output_metadata(live, answer)
        self._leaving.close()
        self._handle.update(bundle, raw=True, metadata=metadata)
        self._answer.close()
        if self._reasoning:
            self._reasoning.close()
        self._leave_box(_shown(bundle, metadata))
        for widget in (self.stop_button, self.raw_button, self._state, self._foot, self._style):
            _close(widget)

    def _leave_box(self, output: dict[str, Any]) -> None:
        """Gone, or with the answer in it for a page that was opened anew."""
        remains = Remains(str(self._box.model_id), output)
        if self.is_reopened:
            self._box.children = (ipywidgets.Output(outputs=(output,)),)
            remains.widget = self._box
        else:
            _close(self._box)
        if self._reopenings:
            self._reopenings.keep(remains)

    def _show_reasoning(self, live: Live) -> None:
        if self._reasoning is None:
            self._reasoning = Reasoning()
            self._box.children = (self._reasoning.fold, *self._box.children)
        self._reasoning.show(live)


class Reasoning:
    """What the model thinks before it answers, folded. Once opened it stays open."""

    def __init__(self) -> None:
        self._text = GrowingText(is_markdown=False)
        self.fold = ipywidgets.Accordion(
            [self._text.box],
            titles=("Thinking …",),
            selected_index=None,
            layout={"margin": "0 0 0.5em 0"},
            _dom_classes=(THINKING_CLASS,),
        )

    def show(self, live: Live) -> None:
        self._text.show(live.reasoning)
        ended = f"Thought for {live.thinking_seconds or 0:.1f} s"
        title = f"Thinking … {live.reasoning_tokens} tokens" if live.is_thinking else ended
        if self.fold.titles != (title,):
            self.fold.titles = (title,)

    def close(self) -> None:
        self._text.close()
        _close(self.fold)


@dataclass(slots=True)
class _Settled:
    """An output area that does not change any more but between its two forms."""

    output: ipywidgets.Output
    markdown: str
    raw: str


class GrowingText:
    """A text in output areas: what is settled was sent once, and only the end is sent at each update."""

    def __init__(self, *, is_markdown: bool) -> None:
        self._is_markdown = is_markdown
        # No margins: the text stands where the Markdown that takes its place will stand.
        self._layout = ipywidgets.Layout(margin="0")
        self._below_layout = ipywidgets.Layout(margin="0.5em 0 0 0")
        # Blocks and not flexible boxes, which are measured anew all the way down.
        self._box_layout = ipywidgets.Layout(margin="0", display="block", overflow="visible")
        self.box = ipywidgets.Box(layout=self._box_layout)
        self._boxes = [self.box]
        self._settled: list[_Settled] = []
        self._is_raw = False
        self._start = 0
        self._opening = ""
        self._shown = ""
        self._tail: ipywidgets.Output | None = None

    def show(self, text: str, *, as_raw: bool = False) -> None:
        """Show ``text``, which begins with all that was shown before."""
        if as_raw != self._is_raw:
            self._is_raw = as_raw
            self._shown = ""
            for chunk in self._settled:
                self._fill(chunk.output, chunk.markdown, chunk.raw)
        fresh = []
        while found := cut(self._opening + text[self._start :]):
            end = self._start + found.end - len(self._opening)
            fresh.append(_Settled(self._tail or self._new_output(), found.settled, text[self._start : end]))
            self._settled.append(fresh[-1])
            self._start, self._opening = end, found.opening
            self._tail, self._shown = None, ""
        tail = text[self._start :]
        if tail and tail != self._shown:
            self._tail = self._tail or self._new_output()
            self._fill(self._tail, self._opening + tail, tail)
            self._shown = tail
        # Only now does what came before lose the words that the new tail has: no frame is without them.
        for chunk in fresh:
            self._fill(chunk.output, chunk.markdown, chunk.raw)

    def close(self) -> None:
        outputs = [chunk.output for chunk in self._settled]
        for widget in (*outputs, *([self._tail] if self._tail else []), *self._boxes):
            widget.close()
        for layout in (self._layout, self._below_layout, self._box_layout):
            layout.close()

    def _fill(self, output: ipywidgets.Output, markdown: str, raw: str) -> None:
        is_plain = self._is_raw or not self._is_markdown
        data = {"text/plain": raw} if is_plain else {"text/markdown": safe_markdown(markdown)}
        output.outputs = (_shown(data, {}),)

    def _new_output(self) -> ipywidgets.Output:
        """At the end of the innermost box, or of a new one within that."""
        follows = self._settled and not self._opening and self._is_markdown
        layout = self._below_layout if follows else self._layout
        output = ipywidgets.Output(layout=layout, _dom_classes=(PART_CLASS,))
        innermost = self._boxes[-1]
        if len(innermost.children) == OUTPUTS_PER_BOX:
            self._boxes.append(ipywidgets.Box([output], layout=self._box_layout))
            innermost.children = (*innermost.children, self._boxes[-1])
        else:
            innermost.children = (*innermost.children, output)
        return output


def _shown(data: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """What an output area has as one of its outputs."""
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def _button(label: str, icon: str, watch: Watch | None, press: Callable[[], None]) -> ipywidgets.Button:
    """A button that is to be seen only if somebody hears its press."""
    button = ipywidgets.Button(
        description=label, icon=icon, layout={"width": "auto", "display": "" if watch else "none"}
    )
    if watch:
        watch(button, press)
    return button


def _close(widget: ipywidgets.Widget) -> None:
    for part in (widget, widget.layout, getattr(widget, "style", None)):
        if part is not None:
            part.close()
