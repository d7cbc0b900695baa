"""Prompt mode: a bare cell is a prompt, and ``%%py`` and ``%`` lead to Python. An input transformer of IPython's."""

from __future__ import annotations

import threading
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from threadrunner_kernel.config import nearest
from threadrunner_kernel.errors import BadSetting

COMMANDS = {"mode": "mode prompt: a bare cell is a prompt; mode python: back again"}
BANNERS = {
    "prompt": "Prompt mode: a cell is a prompt. A cell that begins with %%py is Python, one that begins with % works "
    "as ever. `%llm mode python` goes back.",
    "python": "Python mode: a cell is Python, and a prompt begins with %%llm.",
}
PYTHON = "%%py"
# How people leave a terminal: not a prompt, although these are words.
LEAVING = {"exit", "quit", "exit()", "quit()"}


class PromptMode:
    """Whether bare cells are prompts. In each mode a first line ``%%py`` is dropped, and what follows is Python."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.is_on = False
        self._shell = shell
        self._running = threading.local()  # a subshell runs its cells on a thread of its own
        shell.events.register("pre_execute", self._enter)
        shell.events.register("post_execute", self._leave)
        # First of all: leading lines, indentation and `>>>` in a prompt are the prompt's own.
        shell.input_transformers_cleanup.insert(0, self.transform)

    def command(self, line: str) -> str:
        """``%llm mode``: go to the mode that the line names; the banner of the mode in force.

        Raises:
            BadSetting: there is no such mode.
        """
        name = line.strip()
        if name and name not in BANNERS:
            raise BadSetting(f"%llm mode: there is no mode {name!r}.{nearest(name, BANNERS)}")
        if name:
            self.is_on = name == "prompt"
        return BANNERS["prompt" if self.is_on else "python"]

    def is_prompt(self, code: str) -> bool:
        """Whether a cell that a user types is a prompt although it does not say so."""
        text = code.strip()
        return self.is_on and bool(text) and not text.startswith("%") and text not in LEAVING

    def transform(self, lines: list[str]) -> list[str]:
        """The cell as the magic's call if it is a prompt; a Python cell without its ``%%py``."""
        code = "".join(lines)
        if self.is_prompt(code) and not self._is_within_a_cell() and not self._is_the_front_ends_own():
            return [f"get_ipython().run_cell_magic('llm', '', {code!r})\n"]
        first, _, body = code.lstrip().partition("\n")
        if first.rstrip() == PYTHON and body.strip():
            return body.splitlines(keepends=True)
        return lines

    def _is_within_a_cell(self) -> bool:
        """Whether a running cell wants its own code transformed, as ``%%time`` and ``%run`` do: that is Python."""
        return bool(getattr(self._running, "depth", 0))

    def _is_the_front_ends_own(self) -> bool:
        """Whether a front end runs code of its own, such as a variable inspector's: it says so by being silent."""
        kernel: Any = getattr(self._shell, "kernel", None)
        parent = kernel.get_parent() if kernel else None
        return bool((parent or {}).get("content", {}).get("silent"))

    def _enter(self) -> None:
        self._running.depth = getattr(self._running, "depth", 0) + 1

    def _leave(self) -> None:
        # Of an empty cell, IPython tells the end alone.
        self._running.depth = max(0, getattr(self._running, "depth", 0) - 1)
