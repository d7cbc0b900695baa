"""A prompt's answer for programs, its numbers, and what becomes of mistakes of ours."""

from __future__ import annotations

import json
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import THREADRUNNER, in_terminal, run

BOOM = """
from threadrunner_kernel.cli import commands, main
commands.ROWS["boom"] = commands.Row("nowhere:boom", "A command whose module is not there.")
main.main(["boom"])
"""


def test_json_is_one_object_with_the_text_and_the_numbers(dummy: Path) -> None:
    done = run("--json", "--seed", "7", "-n", "4", "one", "two")
    body = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "\n[ended at the token limit]\n")
    assert body["text"] == "This is the dummy"
    assert (body["model"], body["seed"], body["finish_reason"]) == ("dummy", 7, "length")
    assert body["usage"]["prompt_tokens"] == 2
    assert body["timings"]["predicted_n"] == 4


def test_raw_sends_the_text_as_it_stands(dummy: Path) -> None:
    assert run("--raw", "Once upon").stdout.endswith("You said: Once upon\n")


def test_the_numbers_are_on_stderr_for_who_asks(dummy: Path) -> None:
    done = run("-v", "one")
    assert done.stdout.endswith("You said: one\n")
    assert done.stderr.startswith("dummy · 12 tokens · ")
    assert "prompt tokens warm" in done.stderr
    assert run("-v", "-q", "one").stderr == ""


def test_a_terminal_shows_the_numbers_and_a_file_does_not_get_them(dummy: Path, tmp_path: Path) -> None:
    shown = in_terminal(f"{shlex.quote(THREADRUNNER)} one > {tmp_path / 'out'}")
    assert "tokens/s" not in shown.rpartition("\x1b[K")[2]
    assert (tmp_path / "out").read_text().endswith("You said: one\n")


def test_a_word_that_is_nearly_a_command_is_asked_and_explained_when_it_fails(dummy: Path) -> None:
    assert run("statuss").stdout.endswith("You said: statuss\n")
    done = run("statuss", THREADRUNNER_ENGINE="nothing")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "('statuss' was taken as a prompt. The command is `threadrunner status`.)"


@pytest.mark.parametrize("is_debugging", [False, True])
def test_a_mistake_of_ours_is_a_sentence_and_a_log(
    home: Path, is_debugging: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_debugging:
        monkeypatch.setenv("THREADRUNNER_DEBUG", "1")
    done = subprocess.run([sys.executable, "-c", BOOM], capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stdout) == (1, "")
    log = home / "logs" / "cli.log"
    if is_debugging:
        assert "Traceback" in done.stderr
        assert not log.exists()
        return
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "ModuleNotFoundError" in done.stderr
    assert str(log) in done.stderr
    assert "Traceback" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_mistake_of_ours_is_told_where_no_log_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("THREADRUNNER_HOME", str(tmp_path / "file" / "home"))
    done = subprocess.run([sys.executable, "-c", BOOM], capture_output=True, text=True, timeout=200)
    assert done.returncode == 1
    assert "THREADRUNNER_DEBUG=1 shows the details" in done.stderr
