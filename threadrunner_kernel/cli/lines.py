"""What the user types in a chat: edited and remembered in a terminal, read as it is from a pipe."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from threadrunner_kernel import config

PROMPT, MORE = "> ", "… "
QUOTES = '"""'


class Lines:
    """``read`` gives one prompt at a time; one that begins with three quotes goes on until it ends with three."""

    def __init__(self, read_line: Callable[[str], str], *, is_terminal: bool) -> None:
        self._read_line = read_line
        self.is_terminal = is_terminal

    @classmethod
    def open(cls, *, is_kept: bool) -> Lines:
        """The terminal's lines, with a history that is kept or not; without a terminal what is piped in."""
        if not sys.stdin.isatty():
            return cls(lambda _: _piped_line(sys.stdin), is_terminal=False)
        return cls(_editor(history_path() if is_kept else None), is_terminal=True)

    def read(self) -> str:
        """The next prompt.

        Raises:
            EOFError: there is none.
            KeyboardInterrupt: Ctrl-C in the middle of it.
        """
        text = self._read_line(PROMPT)
        if not text.lstrip().startswith(QUOTES):
            return text
        text = text.lstrip()
        while not is_closed(text):
            text += "\n" + self._read_line(MORE)
        return text.strip().removeprefix(QUOTES).removesuffix(QUOTES).strip("\n")


def is_closed(text: str) -> bool:
    """Whether a text that begins with three quotes ends with three others."""
    stripped = text.strip()
    return len(stripped) >= 2 * len(QUOTES) and stripped.endswith(QUOTES)


def history_path() -> Path:
    return config.home() / "chat_history"


def _piped_line(stream: TextIO) -> str:
    line = stream.readline()
    if not line:
        raise EOFError
    return line.removesuffix("\n")


def _editor(history: Path | None) -> Callable[[str], str]:
    """A line editor with a history; the file is its owner's alone."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory
    from prompt_toolkit.output import create_output

    from threadrunner_kernel.cli.slash import COMMANDS

    kept: History = InMemoryHistory()
    if history is not None:
        with contextlib.suppress(OSError):  # a home that cannot be written costs the history
            history.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(history, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
            kept = FileHistory(str(history))
    session: PromptSession[str] = PromptSession(
        history=kept,
        completer=WordCompleter([f"/{name}" for name in COMMANDS], sentence=True),
        complete_while_typing=False,
        key_bindings=_keys(),
        prompt_continuation=MORE,
        output=create_output(stdout=sys.stderr),  # stdout is for answers alone
    )
    return session.prompt


def _keys() -> Any:
    """Alt-Enter, and Enter within three quotes, begin a new line."""
    from prompt_toolkit.application import get_app
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    def is_within_quotes() -> bool:
        text = get_app().current_buffer.text
        return text.lstrip().startswith(QUOTES) and not is_closed(text)

    def new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    bindings = KeyBindings()
    bindings.add("escape", "enter")(new_line)
    bindings.add("enter", filter=Condition(is_within_quotes))(new_line)
    return bindings
