"""How a notebook shows the progress of a pull: a bar where there are widgets, else a line updated in place."""

from __future__ import annotations

import sys
from typing import Any, Protocol

from threadrunner_kernel.notebook.view import Throttle
from threadrunner_kernel.terminal import printable


class ProgressView(Protocol):
    def show(self, text: str, share: float) -> None:
        """Show how far it is, in words and as a share of 1."""

    def close(self) -> None:
        """Leave the last words, where there is a place for them."""


class Progress:
    """One view, which is told at most about ten times a second, and of the end in any case."""

    def __init__(self, kind: str) -> None:
        self._throttle = Throttle()
        self._view: ProgressView = BarView() if kind == "widget" else TextView() if kind == "markdown" else LineView()

    def update(self, text: str, share: float) -> None:
        if self._throttle.is_due(share == 1):
            self._view.show(printable(text), share)

    def close(self) -> None:
        self._view.close()


class LineView:
    """One line of a terminal, which is gone at the end."""

    def __init__(self) -> None:
        self._is_shown = False

    def show(self, text: str, share: float) -> None:
        sys.stdout.write(f"\r\x1b[K{text}")
        sys.stdout.flush()
        self._is_shown = True

    def close(self) -> None:
        if self._is_shown:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()


class TextView:
    """One display, updated in place."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, text: str, share: float) -> None:
        if self._handle is None:
            from IPython.display import display

            self._handle = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self._handle.update({"text/plain": text}, raw=True)

    def close(self) -> None:
        """The last words stay."""


class BarView:
    """A bar with the words beside it; the words take its place at the end, since a widget leaves nothing behind."""

    def __init__(self) -> None:
        self._text = ""
        self._widgets: list[Any] = []
        self._handle: Any = None

    def show(self, text: str, share: float) -> None:
        self._text = text
        if self._handle is None:
            self._open()
        _, bar, label = self._widgets
        bar.value, label.value = share, text

    def close(self) -> None:
        if self._handle is None:
            return
        self._handle.update({"text/plain": self._text}, raw=True)
        for widget in self._widgets:
            for part in (widget, widget.layout, getattr(widget, "style", None)):
                if part is not None:
                    part.close()

    def _open(self) -> None:
        import ipywidgets
        from IPython.display import display

        bar, label = ipywidgets.FloatProgress(max=1.0), ipywidgets.Label()
        box = ipywidgets.HBox([bar, label])
        self._widgets = [box, bar, label]
        self._handle = display(box._repr_mimebundle_() | {"text/plain": self._text}, raw=True, display_id=True)
