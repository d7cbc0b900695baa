"""A front end in a terminal under a pty: terminal IPython, or Jupyter's console."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.notebook.kernel_client import environment

pexpect = pytest.importorskip("pexpect", reason="pexpect needs a POSIX terminal")

ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[78=>])")
IPYTHON = ("IPython", "--no-banner", "--colors=NoColor", "--no-confirm-exit")
COLOURS = r"(?:\x1b\[[0-9;]*m)*"
SUBMIT = "\x1b\r"  # Alt-Enter, which runs a cell as it stands


class Terminal:
    """A front end, its prompt_toolkit and all."""

    def __init__(self, home: Path, command: Sequence[str], **settings: object) -> None:
        # Nobody answers prompt_toolkit's question where the cursor is.
        env = {**environment(home, **settings), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self._child: Any = pexpect.spawn(
            sys.executable,
            ["-m", *command],
            env=env,
            cwd=str(home.parent),
            encoding="utf-8",
            timeout=200,
            dimensions=(50, 200),
        )
        self.prompts = 0

    def wait_for_prompt(self) -> str:
        """What was written until the next prompt."""
        self.prompts += 1
        self._child.expect(rf"In \[{COLOURS}{self.prompts}{COLOURS}\]:")
        return self._cleaned(self._child.before)

    def run(self, line: str) -> str:
        """Run one line; what it wrote."""
        self.begin(line)
        return self.wait_for_prompt()

    def begin(self, *lines: str) -> None:
        """Type a cell and run it as it stands."""
        self._child.send("\r".join(lines))
        if len(lines) > 1:
            self._child.expect_exact(lines[-1])
        self._child.send(SUBMIT)
        self._child.expect(r"\?2004l")  # prompt_toolkit leaves: what comes now is the cell's own

    def type(self, keys: str, *, until: str) -> None:
        """Type, and wait until the screen shows what comes of it."""
        self._child.send(keys)
        self.wait_for(until)

    def wait_for(self, text: str) -> None:
        self._child.expect_exact(text)

    def press_control_c(self) -> None:
        self._child.sendintr()

    def close(self) -> None:
        self._child.send(f"exit{SUBMIT}")
        # One that hangs, of which a test has told already, is ended.
        with contextlib.suppress(pexpect.TIMEOUT):
            self._child.expect(pexpect.EOF, timeout=30)
        self._child.close(force=True)

    @staticmethod
    def _cleaned(text: str) -> str:
        """What stays on the screen: without escapes, and of a line that was written anew the last version."""
        lines = ESCAPES.sub("", text).replace("\r\n", "\n").split("\n")
        return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)


@contextlib.contextmanager
def terminal(home: Path, command: Sequence[str] = IPYTHON, **settings: object) -> Iterator[Terminal]:
    shell = Terminal(home, command, **settings)
    try:
        shell.wait_for_prompt()
        yield shell
    finally:
        shell.close()
