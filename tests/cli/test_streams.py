"""The ends that a terminal or a script has for the command: nobody reads, a stream is closed, Ctrl-C at its start."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import THREADRUNNER, run

COMMAND = shlex.quote(THREADRUNNER)
ANSWER = "This is the dummy engine, no model was asked. You said: hi\n"
# As if Ctrl-C came while the libraries are imported.
INTERRUPTED_IMPORT = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from threadrunner_kernel.cli.entry import main
main()
"""


def in_shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=200
    )


def test_a_ctrl_c_while_it_starts_ends_it_in_silence() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_IMPORT, "hi"], capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize(
    ("closed", "out"), [("<&-", ANSWER), (">&-", ""), ("2>&-", ANSWER), ("<&- >&- 2>&-", "")], ids=str
)
def test_a_stream_that_is_closed_is_no_failure(dummy: Path, closed: str, out: str) -> None:
    done = in_shell(f"{COMMAND} hi {closed}")
    assert (done.returncode, done.stdout, done.stderr) == (0, out, "")


@pytest.mark.parametrize("words", ["hi", "hi --json", "status", "status --json", "ps", "config show --all"])
def test_who_reads_no_more_ends_it_in_silence(dummy: Path, words: str) -> None:
    assert run("hi").returncode == 0
    done = in_shell(f"{COMMAND} {words} | true")
    assert done.stderr == ""


def test_without_a_place_for_the_token_no_port_is_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("serve", "--port", "0", THREADRUNNER_HOME=str(tmp_path / "file"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "token cannot be kept" in done.stderr
