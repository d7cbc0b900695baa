"""A runner whose memory grows without end, as a real process: it goes, its holder is told, nobody else is harmed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.conftest import SCRIPT, is_gone, lease, wait_until
from tests.host import leaking_server
from tests.host.leaking_server import LATER, NOW, SAYS
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.errors import RunnerDied
from threadrunner_kernel.messages import Event, chat_request

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the leaking server is a program for a shell")
WHY = r"the runner of leaking had come to hold [\d.]+ [MG]B \(at most \d+ MB were reckoned\) and memory was short"


@pytest.fixture(params=[700_000_000])
def host(
    request: pytest.FixtureRequest, home: Path, scripted: Path, slow: Path, tmp_path: Path
) -> Iterator[HostClient]:
    """A host with 700 MB for models; one of them is run by a llama-server that leaks."""
    (home / "models").mkdir(parents=True)
    (home / "models" / "leaking.gguf").symlink_to(scripted)
    (home / "models" / "slow.gguf").symlink_to(slow)
    program = leaking_server.program(tmp_path)
    settings = replace(config.load(), memory_limit=request.param, context=512, kv_cells=512, llama_server=str(program))
    running = launcher.ensure_host(settings)
    with lease(running):
        yield running


def asking(host: HostClient, model: str, prompt: str) -> Iterator[Event]:
    engine: Literal["llama-server", "llama-cpp-python"] = "llama-server" if model == "leaking" else "llama-cpp-python"
    request = chat_request(prompt, replace(config.load(), model=model, engine=engine))
    with host.chat(request, Cancellation()) as events:
        yield from events


def row(host: HostClient, name: str) -> dict[str, Any]:
    rows = [row for row in host.get("/status")["models"] if row["name"] == name]
    return rows[0] if rows else {"state": "stopped", "pid": None}


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events)


def test_an_idle_runner_that_leaks_goes_and_its_holder_is_told(host: HostClient) -> None:
    with lease(host) as held:
        holder = HostClient(host.endpoint, held)
        assert text_of(list(asking(holder, "leaking", LATER))) == SAYS
        pid = row(host, "leaking")["pid"]
        wait_until(lambda: row(host, "leaking")["state"] == "stopped", what="the end of what leaks")
        assert is_gone(pid)
        events = list(asking(holder, "leaking", "hi"))
        (notice,) = [event.notice for event in events if event.notice]
        assert re.fullmatch(f"leaking was unloaded: {WHY}; it is loaded again when it is asked next\\.", notice)
        assert text_of(events) == SAYS


def test_one_that_leaks_while_it_answers_ends_in_a_sentence_after_idle_ones_went_for_it(host: HostClient) -> None:
    with lease(host) as held:
        holder = HostClient(host.endpoint, held)
        assert text_of(list(asking(holder, "slow", "hi"))) == SCRIPT[""]
        with pytest.raises(RunnerDied, match=f"^The runner of leaking was ended: {WHY}\\. Ask again to start it anew"):
            list(asking(host, "leaking", NOW))
        assert row(host, "slow")["state"] == "stopped"
        events = list(asking(holder, "slow", "hi"))
        (notice,) = [event.notice for event in events if event.notice]
        assert re.match(f"slow was unloaded: {WHY}; ", notice)
        assert text_of(events) == SCRIPT[""]


def test_nobody_elses_generation_is_ended_for_one_that_leaks(host: HostClient) -> None:
    other = asking(host, "slow", "endless")
    next(event for event in other if event.text)
    pid = row(host, "slow")["pid"]
    with pytest.raises(RunnerDied, match="had come to hold"):
        list(asking(host, "leaking", NOW))
    assert next(event.text for event in other if event.text)
    assert row(host, "slow")["pid"] == pid


@pytest.fixture
def small_group() -> Iterator[Path]:
    """The file that takes a process into a control group with 300 MB; only root can make one."""
    for root in ("memory", ""):  # the first version of control groups, and the second
        group = Path("/sys/fs/cgroup", root, f"threadrunner-test-{os.getpid()}")
        try:
            group.mkdir()
            break
        except OSError:
            continue
    else:
        pytest.skip("no control group can be made here")
    members = group / "cgroup.procs"
    limits = [path for name in ("memory.limit_in_bytes", "memory.max") if (path := group / name).exists()]
    try:
        if not limits:
            pytest.skip("control groups do not limit memory here")
        limits[0].write_text("300000000")
        yield members
    finally:
        wait_until(lambda: not members.read_text(), what="the end of all in the group")
        group.rmdir()


@pytest.mark.parametrize("host", [None], indirect=True)
def test_one_that_the_system_kills_for_memory_is_told_as_such(host: HostClient, small_group: Path) -> None:
    assert text_of(list(asking(host, "leaking", "hi"))) == SAYS
    small_group.write_text(str(row(host, "leaking")["pid"]))
    said = r"^The runner of leaking was ended: memory ran out, and the system killed it \(SIGKILL\)\. Ask again"
    with pytest.raises(RunnerDied, match=said):
        list(asking(host, "leaking", NOW))
    assert text_of(list(asking(host, "leaking", "hi"))) == SAYS
