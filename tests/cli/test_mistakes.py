"""What the commands about the host say when something that they are told is wrong."""

from __future__ import annotations

from pathlib import Path

from tests.cli.program import run


def test_a_mistake_in_the_file_hides_no_host_and_keeps_none_alive(home: Path) -> None:
    assert run("hi", "--engine", "dummy").returncode == 0
    (home / "config.toml").write_text("temprature = 1\n")
    for words, said in (
        (["status"], "dummy: warm"),
        (["ps"], "dummy"),
        (["cancel"], "0 gen"),
        (["stop"], "is stopped"),
    ):
        done = run(*words)
        assert (done.returncode, said in done.stdout) == (0, True)
        assert "'temprature'. Did you mean 'temperature'" in done.stderr
    assert run("hi", "--engine", "dummy").returncode == 1
    assert run("config", "unset", "temprature").returncode == 0
    assert run("status").stderr == ""


def test_a_generation_that_is_not_there_cannot_be_cancelled(home: Path) -> None:
    done = run("cancel", "chatcmpl-no")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no generation 'chatcmpl-no'" in done.stderr
