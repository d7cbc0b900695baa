"""``threadrunner status``: what it says of a host at work, and ``--watch``, which goes on until Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect

from tests.cli.program import THREADRUNNER, run, running
from tests.conftest import lease, wait_until
from threadrunner_kernel import config
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.launcher import ensure_host
from threadrunner_kernel.messages import chat_request

NO_HOST = "The host is not running; the first prompt starts it."


@contextmanager
def generating() -> Iterator[HostClient]:
    """A long answer of the dummy under way, and a host that is held by this process."""
    settings = config.load()
    host = ensure_host(settings)
    with lease(host) as held:
        holder = HostClient(host.endpoint, held)
        with holder.chat(chat_request("word " * 3000, settings), Cancellation()) as events:
            next(event for event in events if event.text)
            wait_until(lambda: host.get("/status")["tokens_per_second"] > 0, what="the speed")
            yield host
        wait_until(lambda: not host.get("/status")["generations"], what="the end of the answer")


def interrupted(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The exit code after a Ctrl-C, and what it said on stderr."""
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    return process.returncode, err.decode()


def test_the_status_says_what_is_done_and_by_whom_the_model_is_held(dummy: Path) -> None:
    with generating():
        lines = run("status").stdout.splitlines()
    assert re.fullmatch(r"The host \(process \d+, .+ use .+ and \d+\.\d of \d+ cores; .+ are free\.", lines[0])
    assert re.fullmatch(r"dummy: warm, .+, 1 generating at \d+\.\d tokens/s", lines[1])
    assert lines[2].startswith("generating chatcmpl-")
    assert re.fullmatch(r"process \d+ holds dummy", lines[3])


def test_a_watch_for_programs_is_a_line_for_each_look_until_ctrl_c(dummy: Path) -> None:
    with generating(), running("status", "--watch", "--json", "--interval", "0.1") as process:
        assert process.stdout is not None
        looks: list[dict[str, Any]] = [json.loads(process.stdout.readline()) for _ in range(3)]
        assert interrupted(process) == (0, "")
    assert {look["models"][0]["active"] for look in looks} == {1}


def test_a_watch_on_a_terminal_shows_the_newest_look_in_place(dummy: Path) -> None:
    with generating():
        child = pexpect.spawn(
            THREADRUNNER, ["status", "-w", "--interval", "0.1"], encoding="utf-8", timeout=60, dimensions=(30, 80)
        )
        try:
            for _ in range(2):
                for word in ("tokens/s", " dummy ", "holds dummy"):
                    child.expect_exact(word)
            child.sendintr()
            child.expect(pexpect.EOF)
        finally:
            child.close()
        assert child.exitstatus == 0


def test_a_watch_waits_for_a_host_and_starts_none(home: Path) -> None:
    with running("status", "--watch", "--interval", "0.1") as process:
        assert process.stdout is not None
        assert [process.stdout.readline().decode() for _ in range(4)] == [f"{NO_HOST}\n", "\n"] * 2
        assert interrupted(process) == (0, "")


def test_an_interval_that_does_not_fit_is_refused() -> None:
    done = run("status", "--watch", "--interval", "0")
    assert done.returncode == 2
    assert "--interval" in done.stderr
