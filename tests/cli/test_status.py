"""What `threadrunner status` and `ps` tell, on a terminal and to programs, once and while it changes."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

import pexpect

from tests.cli.program import THREADRUNNER, in_terminal, run, running
from tests.conftest import wait_until
from threadrunner_kernel import config, launcher

COMMAND = shlex.quote(THREADRUNNER)
UPSTREAM = '[upstreams.box]\nurl = "https://api.example.org/v1"\n'
BOX = "box/…: an upstream at api.example.org, outside this machine"


def next_report(watching: subprocess.Popen[bytes]) -> dict[str, object]:
    assert watching.stdout is not None
    line = b""
    while not line.endswith(b"\n"):
        byte = watching.stdout.read(1)
        assert byte, "it has ended"
        line += byte
    report: dict[str, object] = json.loads(line)
    return report


def test_a_model_is_told_with_its_engine_and_the_upstreams_are_named(home: Path, slow: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text(UPSTREAM)
    with running("endless", "-m", str(slow)) as process:
        assert process.stdout is not None
        process.stdout.read(20)
        for table in (in_terminal(f"{COMMAND} status"), in_terminal(f"{COMMAND} ps"), run("ps").stdout):
            assert "llama-cpp-python" in table
            assert BOX in table
            assert "slow" in table
        lines = run("status").stdout.splitlines()
        assert any(line.startswith("slow: warm, ") and "1 generating" in line for line in lines)
        assert any(line.startswith("generating chatcmpl-") and line.endswith(" tokens/s") for line in lines)
        (model,) = json.loads(run("status", "--json").stdout)["models"]
        assert model["tokens_per_second"] > 0
        assert model["cpu_percent"] > 0
        assert model["waiting"] == model["gpu_bytes"] == 0
        process.send_signal(signal.SIGINT)
        process.wait(200)


def test_a_watch_follows_what_happens_until_ctrl_c_and_keeps_no_host(home: Path) -> None:
    with running("status", "--watch", "--json") as watching:
        assert next_report(watching)["state"] == "stopped"
        assert run("hi", "--engine", "dummy", "--keep-alive", "0").returncode == 0
        # Nobody needs the host any more, and being looked at is no reason to stay.
        wait_until(lambda: launcher.find_host(config.load()) is None, what="the end of the host")
        while next_report(watching)["models"]:
            pass
        watching.send_signal(signal.SIGINT)
        _, err = watching.communicate(timeout=200)
    assert (watching.returncode, err) == (0, b"")


def test_a_watch_on_a_terminal_begins_at_its_top_again(home: Path) -> None:
    child = pexpect.spawn(
        THREADRUNNER, ["status", "--watch"], encoding="utf-8", timeout=200, env={**os.environ, "TERM": "xterm"}
    )
    try:
        for _ in range(2):
            child.expect_exact("\x1b[2J")
            child.expect_exact("The host is not running")
        child.sendintr()
        child.expect(pexpect.EOF)
    finally:
        child.close()
    assert child.exitstatus == 0


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
