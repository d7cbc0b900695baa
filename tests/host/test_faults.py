"""Faults at any moment: kill -9 under load, a runner that hangs or is out of memory, racing hosts, a clock that jumps.

Whatever happens: no variable of a notebook is lost, no host is wedged, no process stays behind, and every request ends
with its answer or with one sentence.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import SCRIPT, is_gone, lease, processes_of, wait_until
from tests.notebook.kernel_client import Cell, NotebookKernel, hosts_of, notebook, runners_of
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation, HostClient, HostGone
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import host_endpoint
from threadrunner_kernel.errors import (
    Cancelled,
    HostUnavailable,
    ModelLoadFailed,
    RunnerDied,
    ThreadRunnerError,
    Unavailable,
)
from threadrunner_kernel.messages import WIRE_VERSION, Event, chat_request

# What a request may end with when a process it needs is killed; any other error, such as one of ours, is a mistake.
ENDS = RunnerDied, HostUnavailable, HostGone, Unavailable


@pytest.fixture
def speaking(home: Path, slow: Path) -> Settings:
    """The settings for a model that speaks at 40 tokens a second."""
    return config.load(overrides={"model": str(slow)})


@pytest.fixture
def host(home: Path) -> Iterator[HostClient]:
    """The host, which stays also while no model is loaded."""
    running = launcher.ensure_host(config.load())
    with lease(running):
        yield running


def asking(prompt: str, settings: Settings) -> Iterator[Event]:
    return launcher.ask(chat_request(prompt, settings), Cancellation(), lambda: launcher.ensure_host(settings))


def ask(prompt: str, settings: Settings) -> str:
    return "".join(event.text for event in asking(prompt, settings))


def model(host: HostClient, path: Path) -> dict[str, Any]:
    rows = [row for row in host.get("/status")["models"] if row["path"] == str(path)]
    return rows[0] if rows else {"pid": None, "state": "stopped"}


# kill -9 under load


class Load:
    """Two programs that ask all the time, each on a thread; ``outcomes`` is what was wrong with any of it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._is_over = threading.Event()
        self._answers = 0
        self.outcomes: list[str] = []

    def __enter__(self) -> Load:
        self._threads = [threading.Thread(target=self._ask) for _ in range(2)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._is_over.is_set():
            try:
                text = ask("hi", self._settings)
            except ThreadRunnerError as exc:
                if type(exc) not in ENDS or "\n" in exc.message:
                    self.outcomes.append(f"{type(exc).__name__}: {exc.message}")
            except Exception as exc:
                self.outcomes.append(repr(exc))
            else:
                self._answers += 1
                if text != SCRIPT[""]:
                    self.outcomes.append(text)

    def wait_for_answers(self) -> None:
        """Until two more answers have come."""
        enough = self._answers + 2
        wait_until(lambda: self._answers >= enough, what="answers under load")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("count", [5, pytest.param(50, marks=pytest.mark.long)])
def test_any_of_the_three_killed_at_any_moment_under_load_loses_nothing(
    speaking: Settings, home: Path, count: int
) -> None:
    moments = random.Random(count)
    victims = ["runner", "host", "kernel"] * (count // 3 + 1)
    with Load(speaking) as load:
        while victims and count > 0:
            with notebook(home, model_path=speaking.model) as kernel:
                kernel.run("kept = 'still here'")
                while count > 0:
                    count -= 1
                    victim = victims.pop(0)
                    kill_in_mid_answer(kernel, home, victim, moments.uniform(0, 1.2))
                    if victim == "kernel":
                        break
                    check_notebook(kernel)
            load.wait_for_answers()
    assert load.outcomes == []
    wait_until(lambda: len(hosts_of(home)) <= 1 and len(runners_of(home)) <= 1, what="the end of what was replaced")
    assert ask("hi", speaking) == SCRIPT[""]


def kill_in_mid_answer(kernel: NotebookKernel, home: Path, victim: str, seconds: float) -> None:
    """Kill so long after a cell was sent, whatever it is at by then; the cell ends by itself in about a second."""
    cell = kernel.send("%%llm -n 40 -q\ncount")
    moment = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > moment, what="the moment")
    if victim == "kernel":
        kernel.kill()
        return
    for process in hosts_of(home) if victim == "host" else runners_of(home):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    kernel.finish(cell)
    check_end(cell)


def check_end(cell: Cell) -> None:
    """It was answered, or ended in one sentence of those that a kill explains."""
    if cell.status == "error":
        assert len(cell.traceback) == 1, cell.traceback
        assert cell.ename in [kind.__name__ for kind in ENDS], cell.reply


def check_notebook(kernel: NotebookKernel) -> None:
    """Its variables are there, and the next prompt is answered; it may still meet the end that was just made."""
    assert kernel.value("kept") == "still here"
    for _ in range(3):
        cell = kernel.run("%%llm --no-history -o answer\nhi")
        if cell.status == "ok":
            break
        check_end(cell)
    assert kernel.value("answer.text") == SCRIPT[""]


# A runner that hangs


def test_a_runner_that_hangs_holds_up_nobody_else_and_can_be_unloaded(
    speaking: Settings, host: HostClient, slow: Path, scripted: Path
) -> None:
    events = asking("endless", speaking)
    next(event for event in events if event.text)
    pid = model(host, slow)["pid"]
    os.kill(pid, signal.SIGSTOP)
    assert ask("hi", replace(speaking, model=str(scripted))) == SCRIPT[""]
    assert model(host, slow)["state"] == "ready"
    # Who generates with it keeps it until he goes.
    with pytest.raises(ThreadRunnerError, match="cancel that first"):
        host.post("/models/unload", {"model": speaking.model})
    events.close()  # type: ignore[attr-defined]
    wait_until(lambda: not model(host, slow)["active"], what="the end of the generation")
    host.post("/models/unload", {"model": speaking.model})
    assert is_gone(pid)
    assert ask("hi", speaking) == SCRIPT[""]


def test_a_runner_that_hangs_while_it_loads_can_be_unloaded_and_its_waiters_are_told(
    speaking: Settings, host: HostClient, small_random: Path
) -> None:
    body = {"model": str(small_random), "stream": True}
    with host.stream("POST", "/models/load", body, Cancellation()) as loading:
        wait_until(lambda: model(host, small_random)["pid"], what="the load's start")
        pid = model(host, small_random)["pid"]
        os.kill(pid, signal.SIGSTOP)
        host.post("/models/unload", {"model": str(small_random)})
        # It may have been ready just before.
        with suppress(Cancelled):
            list(loading)
    assert is_gone(pid)
    assert ask("hi", replace(speaking, model=str(small_random), max_tokens=2)) != ""


# A runner at the limit of its memory


@pytest.mark.skipif(not hasattr(psutil, "RLIMIT_AS"), reason="only Linux limits another process")
def test_a_runner_that_has_no_memory_left_ends_in_sentences_and_another_takes_over(
    host: HostClient, small_random: Path
) -> None:
    settings = config.load(overrides={"model": str(small_random), "max_tokens": 4})
    assert ask("hi", settings)
    process = psutil.Process(model(host, small_random)["pid"])
    taken = process.memory_info().vms
    process.rlimit(psutil.RLIMIT_AS, (taken, taken))
    failures: list[ThreadRunnerError] = []
    for seed in range(3):  # what is seeded needs memory of its own
        with suppress_into(failures):
            ask("a long prompt " * 100, replace(settings, seed=seed))
    assert failures
    assert {type(failure) for failure in failures} <= {RunnerDied, ModelLoadFailed}
    assert all("\n" not in failure.message for failure in failures)
    host.get("/status")
    host.post("/models/unload", {"model": settings.model})
    assert ask("a long prompt " * 100, replace(settings, seed=1))


@contextmanager
def suppress_into(failures: list[ThreadRunnerError]) -> Iterator[None]:
    try:
        yield
    except ThreadRunnerError as exc:
        failures.append(exc)


# A failure is remembered


def test_a_host_stays_to_remember_a_failure_that_nobody_waits_for(speaking: Settings, home: Path) -> None:
    """Else each new host would start the runner three more times."""
    for _ in range(3):
        events = asking("endless", speaking)
        next(event for event in events if event.text)
        for runner in runners_of(home):
            runner.kill()
        with pytest.raises(RunnerDied):
            list(events)
    running = launcher.find_host(speaking)
    assert running is not None
    pid = running.get("/health")["pid"]
    # Twice as long as a host stays that nobody needs; looking at its health does not keep it.
    moment = time.monotonic() + 5
    wait_until(lambda: time.monotonic() > moment, what="the moment")
    assert running.get("/health")["pid"] == pid
    with pytest.raises(Unavailable, match="%llm load"):
        ask("hi", speaking)
    # By hand it goes, and then nothing keeps the host.
    running.post("/models/unload", {"model": speaking.model})
    wait_until(lambda: not processes_of(home), what="the host's end")


# Racing hosts


def test_of_hosts_that_race_for_one_socket_one_serves_and_the_others_give_way(home: Path) -> None:
    settings = config.load()
    endpoint = host_endpoint(home, WIRE_VERSION, "unix")
    command = launcher.host_command(endpoint, is_private=False)
    environment = launcher.host_environment(settings)
    racing = [
        subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(6)
    ]
    try:
        wait_until(lambda: sum(host.poll() is not None for host in racing) == 5, what="the others' end")
        (serving,) = [host for host in racing if host.poll() is None]
        assert HostClient(endpoint).get("/health")["pid"] == serving.pid
        assert {host.returncode for host in racing} == {None, launcher.ALREADY_RUNNING}
        assert "You said" in ask("hi", replace(settings, engine="dummy"))
    finally:
        for host in racing:
            host.kill()
            host.wait()


# A clock that jumps


SHIFTED_CLOCK = r"""
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long shift(void) {
    long seconds = 0;
    FILE *file = fopen(getenv("SHIFT_FILE"), "r");
    if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
    return seconds;
}
int clock_gettime(clockid_t id, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, id, now);
    if (id == CLOCK_REALTIME) now->tv_sec += shift();
    return result;
}
time_t time(time_t *into) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *into, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    into->tv_sec = now.tv_sec;
    into->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""


@pytest.fixture
def set_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the clock of the processes that are started from here, while they run, by so many seconds."""
    if not shutil.which("cc") or not Path("/proc/self").exists():
        pytest.skip("there is no C compiler, or no LD_PRELOAD")
    (tmp_path / "clock.c").write_text(SHIFTED_CLOCK)
    library, shift = tmp_path / "clock.so", tmp_path / "shift"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(tmp_path / "clock.c")], check=True)
    shift.write_text("0")
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("SHIFT_FILE", str(shift))

    def jump(seconds: int) -> None:
        fresh = shift.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(shift)

    return jump


def test_a_clock_that_jumps_by_a_day_changes_no_life(home: Path, slow: Path, set_clock: Callable[[int], None]) -> None:
    settings = config.load(overrides={"model": str(slow)})
    host = launcher.ensure_host(settings)
    body = replace(chat_request("hi", settings), stream=False, return_progress=False).to_wire()
    before = host.post("/v1/chat/completions", body, Cancellation())["created"]
    pid = model(host, slow)["pid"]
    for seconds in (86_400, -86_400):
        events = asking("endless", settings)
        next(event for event in events if event.text)
        set_clock(seconds)
        assert [next(event.text for event in events if event.text) for _ in range(3)]
        status = host.get("/status")
        assert 0 <= status["generations"][0]["seconds"] < 1000
        assert 0 <= status["uptime_seconds"] < 1000
        events.close()  # type: ignore[attr-defined]
        # The clock did jump.
        after = host.post("/v1/chat/completions", body, Cancellation())["created"]
        assert abs(after - before) > 80_000
        wait_until(lambda: not model(host, slow)["active"], what="the end of the generation")
        row = model(host, slow)
        assert row["pid"] == pid
        assert 0 < row["expires_in_seconds"] <= 300
