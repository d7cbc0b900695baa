"""What a page that is opened anew finds in the place of a live view, which may have ended while no page was there.

The notebook's file then has the live view, a widget that lives no longer than its answer or its kernel, and JupyterLab
can only say that it was not found. But it asks for the kernel's widgets when a page is opened: so the answer, or a
sentence, becomes the widget that the file names.
"""

from __future__ import annotations

import contextlib
import json
from collections import deque
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
# What a notebook that was saved before the end shows where there are no widgets; in a file it marks our live views.
UNFINISHED = "This answer was still being made when the notebook was saved: see %llm last."
LOST = "This answer was cut off when its kernel ended: run the cell again."
# A page was saved with one live view; that the tab was closed and opened again takes a few cells at most.
MOST_KEPT = 8
# What is read of a notebook's file, which anybody may have written.
MOST_LOST = 100
LARGEST_FILE_BYTES = 50_000_000


@dataclass(slots=True)
class Remains:
    """An answer that has ended: the id of the widget that showed it, and the output that stays.

    ``widget`` is there while a page may show it.
    """

    model_id: str
    output: dict[str, Any]
    widget: Any = None


class Reopenings:
    """Of one kernel: the live views that want to know, and the last answers that have ended."""

    def __init__(self, notebook: Path | None) -> None:
        self._notebook = notebook
        self._notices: list[Callable[[], None]] = []
        self._kept: deque[Remains] = deque()

    def watch(self, notice: Callable[[], None]) -> Callable[[], None]:
        """Have ``notice`` called, on any thread, when a page asks for the widgets; the result ends that."""
        self._notices.append(notice)
        return partial(self._notices.remove, notice)

    def tell(self) -> None:
        """A page asks for the widgets; from any thread."""
        for notice in list(self._notices):
            notice()

    def keep(self, remains: Remains) -> None:
        """Have what an answer came to at hand; the oldest such is let go."""
        self._kept.append(remains)
        if len(self._kept) > MOST_KEPT and (widget := self._kept.popleft().widget):
            _close(widget)

    def bring_back(self, living: Container[str]) -> None:
        """Make the widgets that pages may look for, unless they live. It may be a subshell that asks."""
        ended = [remains for remains in list(self._kept) if remains.widget is None]
        kept = {remains.model_id for remains in list(self._kept)}
        lost = [id for id in self._lost() if id not in living and id not in kept]
        if not ended and not lost:
            return
        import ipywidgets  # 100 ms, which the opening of a page shall not wait for without need

        for remains in ended:
            output = ipywidgets.Output(outputs=(remains.output,))
            remains.widget = ipywidgets.VBox([output], layout={"margin": "0"}, model_id=remains.model_id)
        for model_id in lost:
            ipywidgets.HTML(f'<span style="opacity:.7">{LOST}</span>', model_id=model_id)

    def _lost(self) -> list[str]:
        return list(islice(lost_views(self._notebook), MOST_LOST)) if self._notebook else []


def lost_views(notebook: Path) -> Iterator[str]:
    """The ids of the live views that a notebook's file was saved with."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):  # whatever is in that file
        if notebook.suffix != ".ipynb" or notebook.stat().st_size > LARGEST_FILE_BYTES:
            return
        text = notebook.read_text("utf-8")
        if UNFINISHED not in text:
            return
        for cell in json.loads(text)["cells"]:
            for output in cell.get("outputs", ()):
                data = output.get("data", {})
                if "".join(data.get("text/plain", ())) == UNFINISHED:
                    yield str(data[WIDGET_MIME]["model_id"])


def _close(box: Any) -> None:
    for widget in (*box.children, box):
        widget.layout.close()
        widget.close()
