"""The ThreadRunner kernel: IPython's, with a model at hand and an interrupt that reaches it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from threadrunner_kernel import __version__
from threadrunner_kernel.notebook.extension import load, request_id
from threadrunner_kernel.notebook.reopening import Reopenings

# How long a cancelled cell has to end by itself before another press is passed on hard.
SECOND_PRESS_SECONDS = 1.0
# By opening a comm of this kind a page asks for the states of all widgets.
WIDGETS_TARGET = "jupyter.widget.control"


class ThreadRunnerKernel(IPythonKernel):
    """Python works as ever; ``%%llm`` and ``llm`` are there without an import."""

    implementation = "threadrunner"
    implementation_version = __version__

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        assert self.shell is not None
        magics = load(self.shell)
        self.llm_session = magics.session
        self._completer = magics.completer
        self._executing: list[int] = []  # the threads that run a cell: the main one, and those of subshells
        self._last_cancel = float("-inf")
        self._buttons: dict[str, Callable[[], None]] = {}
        self.shell_handlers["comm_open"] = self._comm_open
        # Jupyter's servers say so where the notebook is; others do not.
        notebook = os.environ.get("JPY_SESSION_NAME")
        self.reopenings = Reopenings(Path(notebook) if notebook else None)

    @property
    def banner(self) -> str:  # type: ignore[override]
        return f"ThreadRunner {__version__}: %%llm asks the model, %llm shows its state.\n{super().banner}"

    async def execute_request(self, stream: Any, ident: Any, parent: Any) -> None:
        thread = threading.get_ident()
        self._executing.append(thread)
        self._last_cancel = float("-inf")
        try:
            await super().execute_request(stream, ident, parent)
        finally:
            self._executing.remove(thread)

    def is_running_a_cell(self) -> bool:
        """Whether the calling thread does."""
        return threading.get_ident() in self._executing

    async def interrupt_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Cancel the cell's generations; without any, and at a later second press, the interrupt is Python's own."""
        request = request_id(self.get_parent("shell"))
        if self.llm_session.cancel(is_executing=bool(self._executing), request=request):
            self._last_cancel = time.monotonic()
        # A signal on the heels of the cancel would hit ipykernel itself, and the cell would never get its reply.
        if time.monotonic() < self._last_cancel + SECOND_PRESS_SECONDS:
            assert self.session is not None
            self.session.send(stream, "interrupt_reply", {"status": "ok"}, parent, ident=ident)
            return
        await super().interrupt_request(stream, ident, parent)
        # A cell in `await` sleeps in the event loop: without a nudge it sees the signal only when it ends anyway.
        if self.io_loop is not None:
            self.io_loop.add_callback(lambda: None)

    def do_complete(self, code: str, cursor_pos: int | None) -> Any:
        """On a magic's line and in a prompt nothing of Python's fires, unless in an expression."""
        cursor = len(code) if cursor_pos is None else cursor_pos
        offer = self._completer.complete(code, cursor)
        if offer is None:
            return super().do_complete(code, cursor_pos)
        start = cursor - len(offer.fragment)
        types = [{"start": start, "end": cursor, "text": text, "type": offer.kind} for text in offer.texts]
        return {
            "status": "ok",
            "matches": list(offer.texts),
            "cursor_start": start,
            "cursor_end": cursor,
            "metadata": {"_jupyter_types_experimental": types},
        }

    def do_inspect(
        self, code: str, cursor_pos: int | None, detail_level: int = 0, omit_sections: Sequence[str] = ()
    ) -> Any:
        """On a magic's line its options, in an expression what Python knows, in a prompt nothing."""
        cursor = len(code) if cursor_pos is None else cursor_pos
        place = self._completer.place(code, cursor)
        if place is not None and place.kind == "body":
            return {"status": "ok", "found": False, "data": {}, "metadata": {}}
        if place is not None and place.kind != "expression":
            code, cursor = "%%llm", len("%%llm")
            assert self.shell is not None
            data = self.shell.object_inspect_mime(code, detail_level=detail_level)
            return {"status": "ok", "found": True, "data": data, "metadata": {}}
        return super().do_inspect(code, cursor_pos, detail_level, omit_sections)

    def watch_button(self, button: Any, press: Callable[[], None]) -> None:
        """Have a press of this widget call ``press`` at once, on another thread, while the cell that shows it runs."""
        comm_id = button.model_id
        self._buttons[comm_id] = press

        def forget(_: Any) -> None:
            self._buttons.pop(comm_id, None)

        button.observe(forget, names="comm")

    async def comm_info_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """A page was opened and asks for the widgets, as some front ends do."""
        self._bring_back()
        await super().comm_info_request(stream, ident, parent)

    def _comm_open(self, stream: Any, ident: Any, parent: Any) -> None:
        """A page was opened and asks for the widgets, as JupyterLab does; or something else that is none of ours."""
        if parent["content"].get("target_name") == WIDGETS_TARGET:
            self._bring_back()
        self.comm_manager.comm_open(stream, ident, parent)

    def _bring_back(self) -> None:
        """Some widgets that the page's notebook names may have ended meanwhile."""
        with contextlib.suppress(Exception):  # the question shall be answered all the same
            self.reopenings.bring_back(self.comm_manager.comms)

    async def shell_channel_thread_main(self, msg: Any) -> None:
        """ipykernel would queue these behind the running cell: our buttons' messages, and older clients' interrupts."""
        with contextlib.suppress(Exception):  # what is wrong with a message is ipykernel's to say
            assert self.session is not None
            idents, frames = self.session.feed_identities(msg, copy=False)
            message = self.session.deserialize(frames, content=False, copy=False)
            if message["header"]["msg_type"] == "interrupt_request":
                await self.interrupt_request(self.shell_stream, idents, message)
                return
            self._look_at(message)
        await super().shell_channel_thread_main(msg)

    def _look_at(self, message: Any) -> None:
        assert self.session is not None
        kind = message["header"]["msg_type"]
        if kind not in ("comm_info_request", "comm_open", "comm_msg"):
            return
        content = self.session.unpack(message["content"])
        if kind == "comm_info_request" or content.get("target_name") == WIDGETS_TARGET:
            self.reopenings.tell()
        press = self._buttons.get(content.get("comm_id", ""))
        if press and content.get("data", {}).get("content", {}).get("event") == "click":
            press()


def launch() -> None:
    """Run the kernel, as the kernelspec's command does."""
    with contextlib.suppress(asyncio.CancelledError):
        IPKernelApp.launch_instance(kernel_class=ThreadRunnerKernel)
