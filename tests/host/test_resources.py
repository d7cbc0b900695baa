"""What ``/status`` says of processor, memory, GPU, speed and queue: of real processes, and of a runner that speaks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import lease, own_environment, own_home, wait_until
from threadrunner_kernel import config
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.host.gpu_use import MIB, Gpu, look, read_gpus, read_processes
from threadrunner_kernel.host.resources import CpuMeter
from threadrunner_kernel.launcher import ensure_host
from threadrunner_kernel.messages import chat_request

PARALLEL = 2


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostClient]:
    """One host with the dummy, held for these tests, which answers two at once."""
    with (
        own_home(tmp_path_factory.mktemp("resources")) as home,
        own_environment(home, THREADRUNNER_ENGINE="dummy", THREADRUNNER_PARALLEL=str(PARALLEL)),
    ):
        running = ensure_host(config.load())
        with lease(running):
            yield running


@contextmanager
def generating(host: HostClient, count: int) -> Iterator[None]:
    """So many long answers under way or waiting; the first has begun."""
    request = chat_request("word " * 3000, config.load(overrides={"engine": "dummy"}))
    with ExitStack() as running:
        for number in range(count):
            events = running.enter_context(host.chat(request, Cancellation()))
            next(event for event in events if event.text or (number >= PARALLEL and event.progress))
        yield
    wait_until(lambda: not host.get("/status")["generations"], what="the end of all generations")


def row(host: HostClient) -> dict[str, Any]:
    (model,) = host.get("/status")["models"]
    return dict(model)


def test_while_answers_are_made_the_status_has_their_speed_and_the_queue(host: HostClient) -> None:
    with generating(host, PARALLEL + 3):
        wait_until(lambda: row(host)["tokens_per_second"] > 0, what="the speed")
        wait_until(lambda: row(host)["queued"] == 3, what="the queue")
        status = host.get("/status")
        (model,) = status["models"]
        assert (model["active"], model["queued"], status["queued"]) == (PARALLEL + 3, 3, 3)
        assert status["tokens_per_second"] == model["tokens_per_second"]
    wait_until(lambda: (row(host)["tokens_per_second"], row(host)["queued"]) == (0, 0), what="rest")


def test_the_processor_time_is_the_hosts_and_its_runners(host: HostClient) -> None:
    with generating(host, 1):
        wait_until(lambda: row(host)["cpu_usage"] > 0, what="a runner that computes")
        status = host.get("/status")
    (model,) = status["models"]
    assert status["cpu_usage"] >= model["cpu_usage"]
    assert status["cpu_usage"] <= 100 * status["cpu_count"] + 50  # two moments of one clock are not quite the same
    assert status["memory_usage"] > model["memory_bytes"] > 0


def test_a_busy_process_uses_a_core_and_one_that_waits_none() -> None:
    meter = CpuMeter()
    code = "import sys\nif sys.argv[1] == 'busy':\n    while True: pass\nsys.stdin.read()"
    with ExitStack() as running:
        busy, idle = (
            running.enter_context(subprocess.Popen([sys.executable, "-c", code, word], stdin=subprocess.PIPE))
            for word in ("busy", "idle")
        )
        try:
            meter.sample([busy.pid, idle.pid])
            assert meter.percent(os.getpid()) == 0.0
            wait_until(lambda: meter.percent(busy.pid) > 10, what="a share for the busy one")
            first = meter.percent(busy.pid)
            meter.sample([busy.pid])
            assert meter.percent(idle.pid) == 0.0
            assert first <= 150
        finally:
            busy.kill()
            idle.kill()
        busy.wait()
        assert meter.percent(busy.pid) == 0.0


def test_a_runner_that_does_not_answer_holds_up_nobody(host: HostClient) -> None:
    """The numbers that only it knows are missing then; the others are there."""
    with generating(host, 1):
        runner = psutil.Process(row(host)["pid"])
        runner.suspend()
        try:
            model = row(host)
        finally:
            runner.resume()
        assert (model["active"], model["queued"], model["tokens_per_second"]) == (1, 0, 0)
        assert model["memory_bytes"] > 0


# GPUs


def test_the_gpus_and_their_processes_are_read_from_nvidias_words() -> None:
    assert read_gpus("3021, 24564, NVIDIA GeForce RTX 4090\n0, 8192, Tesla, odd\n[N/A], [N/A], Orin\n") == (
        Gpu("NVIDIA GeForce RTX 4090", 3021 * MIB, 24564 * MIB),
        Gpu("Tesla, odd", 0, 8192 * MIB),
    )
    assert read_processes("12, 500\n13, [N/A]\n12, 100\n\nNo running processes found\n") == {12: 600 * MIB}
    assert read_gpus("") == ()


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for nvidia-smi")
def test_nvidias_program_is_asked_for_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text('#!/bin/sh\ncase "$1" in *gpu=*) echo "100, 200, Card";; *apps=*) echo "7, 50";; esac\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    use = look()
    assert (use.gpus, use.by_process) == ((Gpu("Card", 100 * MIB, 200 * MIB),), {7: 50 * MIB})
    program.write_text("#!/bin/sh\nexit 9\n")
    assert (look().gpus, look().by_process) == ((), {})
