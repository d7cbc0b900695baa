"""Bad luck: crashes, kills, full disks, no memory. One sentence says what happened, and the next request works."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import model_files
from tests.conftest import SCRIPT, is_gone, lease, processes_of, shut_down, wait_until
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import host_endpoint
from threadrunner_kernel.errors import (
    BadSetting,
    HostUnavailable,
    ModelLoadFailed,
    ModelNotFound,
    RunnerDied,
    ThreadRunnerError,
    Unavailable,
)
from threadrunner_kernel.messages import WIRE_VERSION, Event, chat_request

WITHOUT_REPACKING = "without llama.cpp's repacked weights"


@pytest.fixture
def speaking(home: Path, slow: Path) -> Settings:
    """The settings for a scripted model that can be met in the middle of an answer."""
    return config.load(overrides={"model": str(slow)})


@pytest.fixture
def reading(home: Path, small_random: Path) -> Settings:
    """The settings for the model that takes seconds for a long prompt."""
    return config.load(overrides={"model": str(small_random), "max_tokens": 3, "temperature": 0})


@pytest.fixture
def host(home: Path) -> Iterator[HostClient]:
    """The host, which stays also while no model is loaded: what it knows of crashes goes with it."""
    running = launcher.ensure_host(config.load())
    with lease(running):
        yield running


LONG = "a long prompt " * 100


def ask(prompt: str, settings: Settings) -> str:
    return "".join(event.text for event in asking(prompt, settings))


def asking(prompt: str, settings: Settings) -> Iterator[Event]:
    return launcher.ask(chat_request(prompt, settings), Cancellation(), lambda: launcher.ensure_host(settings))


def refusal(prompt: str, settings: Settings) -> ThreadRunnerError:
    """The error that the prompt meets, on one line."""
    with pytest.raises(ThreadRunnerError) as caught:
        ask(prompt, settings)
    assert "\n" not in caught.value.message
    return caught.value


def the_model(host: HostClient) -> dict[str, Any]:
    """The one model's row in the status; without a pid when it has no runner."""
    rows = host.get("/status")["models"]
    return rows[0] if rows else {"pid": None, "state": "stopped"}


def runner_pid(settings: Settings) -> int:
    return int(the_model(launcher.ensure_host(settings))["pid"])


def wait_until_reading(events: Iterator[Event]) -> None:
    """Until some of the prompt is read, and no text has come."""
    for event in events:
        assert not event.text
        if event.progress and event.progress.kind == "prompt" and event.progress.done > 0:
            return


# A runner's end


def test_a_runner_killed_in_mid_answer_is_told_and_the_next_request_has_a_new_one(speaking: Settings) -> None:
    events = asking("endless", speaking)
    assert next(event.text for event in events if event.text) == "on"
    pid = runner_pid(speaking)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(RunnerDied, match=r"^The runner of slow was killed from outside.*Ask again[^\n]*$"):
        list(events)
    assert ask("hi", speaking) == SCRIPT[""]
    assert runner_pid(speaking) != pid


def test_a_request_without_a_text_yet_is_made_again_once(reading: Settings) -> None:
    events = asking(LONG, reading)
    wait_until_reading(events)
    first = runner_pid(reading)
    os.kill(first, signal.SIGKILL)
    rest = list(events)
    assert rest[-1].finish_reason == "length"
    assert rest[-1].usage is not None
    assert rest[-1].usage.completion_tokens == 3
    assert runner_pid(reading) != first


def test_a_request_is_not_made_a_third_time(reading: Settings) -> None:
    events = asking(LONG, reading)
    for _ in range(2):
        wait_until_reading(events)
        os.kill(runner_pid(reading), signal.SIGKILL)
    with pytest.raises(RunnerDied, match="killed from outside"):
        list(events)


def test_a_whole_answer_is_made_again_too(reading: Settings) -> None:
    host = launcher.ensure_host(reading)
    body = replace(chat_request(LONG, reading), stream=False, return_progress=False).to_wire()
    with later(lambda: host.post("/v1/chat/completions", body)) as result:
        wait_until(lambda: the_model(host)["state"] == "ready", what="the load")
        wait_until(lambda: the_model(host)["active"], what="the generation's start")
        first = runner_pid(reading)
        os.kill(first, signal.SIGKILL)
        assert result()["usage"]["completion_tokens"] == 3
    assert runner_pid(reading) != first


@contextmanager
def later(work: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """Do ``work`` on a thread; what the block gets waits for its result."""
    with ThreadPoolExecutor(1) as threads:
        yield threads.submit(work).result


def test_a_runner_killed_while_it_loads_is_started_again(reading: Settings) -> None:
    host = launcher.ensure_host(reading)
    with later(lambda: ask("hi", reading)) as answer:
        wait_until(lambda: the_model(host)["pid"], what="the load's start")
        os.kill(runner_pid(reading), signal.SIGKILL)
        assert answer() != ""


def test_all_who_wait_for_a_runner_that_dies_are_answered(speaking: Settings) -> None:
    speaking = replace(speaking, parallel=1)
    running = asking("count", speaking)
    next(event for event in running if event.text)
    waiting = asking("hi", speaking)
    assert any(event.progress and event.progress.kind == "queue" for event in [next(waiting)])
    os.kill(runner_pid(speaking), signal.SIGKILL)
    with pytest.raises(RunnerDied):
        list(running)
    assert "".join(event.text for event in waiting) == SCRIPT[""]


def test_a_native_crash_in_the_first_prompt_is_survived_without_repacked_weights(reading: Settings) -> None:
    """What a CPU without the instructions of a native build does (llama.cpp issue 20824)."""
    events = asking(LONG, reading)
    wait_until_reading(events)
    crashed = runner_pid(reading)
    assert "--no-extra-buffers" not in psutil.Process(crashed).cmdline()
    os.kill(crashed, signal.SIGSEGV)
    rest = list(events)
    assert [WITHOUT_REPACKING in event.notice for event in rest if event.notice] == [True]
    assert rest[-1].finish_reason == "length"
    assert runner_pid(reading) != crashed
    assert "--no-extra-buffers" in psutil.Process(runner_pid(reading)).cmdline()
    # It is said once.
    assert [event.notice for event in asking("hi", reading) if event.notice] == []


def test_a_native_crash_later_is_an_end_like_any_other(speaking: Settings) -> None:
    assert ask("hi", speaking) == SCRIPT[""]
    events = asking("endless", speaking)
    next(event for event in events if event.text)
    os.kill(runner_pid(speaking), signal.SIGSEGV)
    with pytest.raises(RunnerDied, match=r"was ended by SIGSEGV.*Ask again"):
        list(events)
    assert ask("hi", speaking) == SCRIPT[""]
    assert "--no-extra-buffers" not in psutil.Process(runner_pid(speaking)).cmdline()


def test_three_crashes_in_a_row_are_a_failure_until_somebody_loads_it_again(
    speaking: Settings, host: HostClient
) -> None:
    for _ in range(2):
        events = asking("endless", speaking)
        next(event for event in events if event.text)
        os.kill(runner_pid(speaking), signal.SIGKILL)
        with pytest.raises(RunnerDied, match="Ask again"):
            list(events)
    events = asking("endless", speaking)
    next(event for event in events if event.text)
    os.kill(runner_pid(speaking), signal.SIGKILL)
    with pytest.raises(RunnerDied):
        list(events)
    wait_until(lambda: the_model(host)["state"] == "failed", what="the failure")

    failure = refusal("hi", speaking)
    assert isinstance(failure, Unavailable)
    assert "`%llm load`, `threadrunner load`" in failure.message  # the advice for a notebook, and for a terminal
    assert the_model(host)["failure"] == failure.message
    assert host.get("/status")["state"] == "failed"
    assert the_model(host)["pid"] is None

    assert host.post("/models/load", {"model": speaking.model})["success"] is True
    assert ask("hi", speaking) == SCRIPT[""]


def test_a_completed_answer_ends_the_row_of_crashes(speaking: Settings, host: HostClient) -> None:
    for _ in range(2):
        for _ in range(2):
            events = asking("endless", speaking)
            next(event for event in events if event.text)
            os.kill(runner_pid(speaking), signal.SIGKILL)
            with pytest.raises(RunnerDied):
                list(events)
        assert ask("hi", speaking) == SCRIPT[""]
    assert the_model(host)["state"] == "ready"


def test_a_model_file_that_crashes_llama_cpp_at_its_load_fails_for_good(
    scripted: Path, home: Path, host: HostClient
) -> None:
    """A real assertion of llama.cpp: a vocabulary that has one text twice."""
    path = home / "models" / "crashes.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(with_a_token_twice(scripted.read_bytes()))
    settings = config.load(overrides={"model": "crashes"})
    sentences = [refusal("hi", settings) for _ in range(3)]
    assert all(sentence.status == 503 for sentence in sentences)
    assert "SIGABRT" in sentences[0].message
    assert "%llm load" in sentences[-1].message
    assert the_model(host)["state"] == "failed"
    # The others are not concerned.
    assert ask("hi", replace(settings, model=str(scripted))) == SCRIPT[""]


def with_a_token_twice(model: bytes) -> bytes:
    """The model file with the token "b" written over by a second "a": GGUF has each text after its length."""

    def entry(letter: bytes) -> bytes:
        return (1).to_bytes(8, "little") + letter

    assert model.count(entry(b"a") + entry(b"b")) == 1
    return model.replace(entry(b"a") + entry(b"b"), 2 * entry(b"a"))


@pytest.mark.long
def test_a_runner_that_does_not_obey_a_cancel_is_killed(speaking: Settings) -> None:
    events = asking("endless", speaking)
    next(event for event in events if event.text)
    pid = runner_pid(speaking)
    os.kill(pid, signal.SIGSTOP)
    events.close()  # type: ignore[attr-defined]
    wait_until(lambda: is_gone(pid), what="the runner's end")
    assert ask("hi", speaking) == SCRIPT[""]


# A host's end


def test_a_host_killed_in_mid_answer_takes_its_runner_along_and_the_next_request_has_a_new_one(
    speaking: Settings, home: Path
) -> None:
    events = asking("endless", speaking)
    next(event for event in events if event.text)
    host = launcher.ensure_host(speaking)
    pid = host.get("/health")["pid"]
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(HostUnavailable, match=r"in the middle of the answer.*Ask again"):
        list(events)
    wait_until(lambda: not processes_of(home), what="the runner's end")
    assert host.endpoint.path.exists()  # nobody was left to take the socket away
    assert ask("hi", speaking) == SCRIPT[""]
    assert launcher.ensure_host(speaking).get("/health")["pid"] != pid


def test_a_host_killed_before_any_text_is_asked_again_once(reading: Settings, home: Path) -> None:
    request = replace(chat_request(LONG, reading), return_progress=False)
    host = launcher.ensure_host(reading)
    events = launcher.ask(request, Cancellation(), lambda: launcher.ensure_host(reading))
    with later(lambda: list(events)) as result:
        wait_until(lambda: the_model(host)["state"] == "ready" and the_model(host)["active"], what="the generation")
        os.kill(host.get("/health")["pid"], signal.SIGKILL)
        assert result()[-1].finish_reason == "length"


@pytest.mark.parametrize("kind", ["socket", "file", "dangling link"])
def test_a_stale_socket_is_replaced(speaking: Settings, home: Path, kind: str) -> None:
    path = host_endpoint(home, WIRE_VERSION, "unix").path
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
    elif kind == "file":
        path.write_text("not a socket")
    else:
        path.symlink_to(path.with_suffix(".nowhere"))
    assert ask("hi", speaking) == SCRIPT[""]


@pytest.mark.parametrize("content", ["{", '{"port": 1, "token": "left behind"}'])
def test_a_stale_token_file_is_replaced(speaking: Settings, home: Path, content: str) -> None:
    host_endpoint(home, WIRE_VERSION, "tcp").path.write_text(content)
    assert ask("hi", replace(speaking, transport="tcp")) == SCRIPT[""]


# Disks


@pytest.mark.parametrize("kind", ["below a file", "read-only"])
def test_a_home_that_cannot_be_written_costs_the_logs_and_says_so(
    slow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "home" if kind == "below a file" else Path(f"/proc/threadrunner-{os.getpid()}")
    monkeypatch.setenv("THREADRUNNER_HOME", str(folder))
    settings = config.load(overrides={"model": str(slow)})
    try:
        assert ask("hi", settings) == SCRIPT[""]
        (notice,) = launcher.ensure_host(settings).get("/health")["notices"]
        assert str(folder) in notice
        assert "without logs" in notice
        # A crash without a log is told all the same.
        events = asking("endless", settings)
        next(event for event in events if event.text)
        os.kill(runner_pid(settings), signal.SIGKILL)
        with pytest.raises(RunnerDied, match="Ask again"):
            list(events)
    finally:
        shut_down(folder)
        wait_until(lambda: not processes_of(folder), what="the end of all processes")


LIMITED = """
import resource, sys
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.errors import ThreadRunnerError
from threadrunner_kernel.messages import chat_request
resource.setrlimit(getattr(resource, sys.argv[1]), (int(sys.argv[2]), int(sys.argv[2])))
settings = config.load(overrides={"model": sys.argv[3]})
try:
    host = launcher.ensure_host(settings)
    for event in launcher.ask(chat_request("hi", settings), Cancellation(), lambda: host):
        print(event.text, end="")
    print("", *host.get("/health")["notices"])
except ThreadRunnerError as exc:
    print("refused:", exc.message)
"""


def limited(name: str, limit: int, model: Path) -> list[str]:
    """What a program says to whose host and runner this limit of the system applies."""
    command = [sys.executable, "-c", LIMITED, name, str(limit), str(model)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=200)
    return done.stdout.splitlines()


def test_a_disk_that_is_full_from_the_start_costs_the_logs_and_says_so(scripted: Path, home: Path) -> None:
    (line,) = limited("RLIMIT_FSIZE", 0, scripted)
    assert line.startswith(SCRIPT[""])
    assert str(home) in line


def test_a_disk_that_fills_up_costs_log_lines_only(scripted: Path, home: Path) -> None:
    limit = 200
    (line,) = limited("RLIMIT_FSIZE", limit, scripted)
    assert line.strip() == SCRIPT[""]
    sizes = [path.stat().st_size for path in (home / "logs").iterdir()]
    assert max(sizes) == limit  # a log did meet the end of the disk


# Memory


def test_a_context_that_memory_cannot_hold_is_refused_and_a_smaller_one_works(
    speaking: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADRUNNER_CONTEXT", "2000000000")
    failure = refusal("hi", config.load(overrides={"model": speaking.model}))
    assert isinstance(failure, ModelLoadFailed)
    assert "2000000000 tokens" in failure.message
    assert "smaller context" in failure.message
    shut_down(home)
    wait_until(lambda: not processes_of(home), what="the host's end")
    monkeypatch.setenv("THREADRUNNER_CONTEXT", "1024")
    assert ask("hi", config.load(overrides={"model": speaking.model})) == SCRIPT[""]


@pytest.mark.skipif(sys.platform != "linux", reason="no other system keeps to RLIMIT_AS")
def test_a_model_that_memory_cannot_hold_is_refused_in_a_sentence(small_random: Path, home: Path) -> None:
    """There is address space for the host, and too little for a runner and the 85 MB of its model."""
    (line,) = limited("RLIMIT_AS", 300 * 2**20, small_random)
    assert line.startswith("refused: ")


# Settings


@pytest.mark.parametrize(
    ("text", "fragments"),
    [
        ("keep_alive = ", ["config.toml is not valid TOML"]),
        ("keep_alve = 3", ["config.toml", "'keep_alve'", "Did you mean 'keep_alive'?"]),
        ("temperature = 'warm'", ["config.toml", "'warm'", "a number for temperature"]),
        ("context = -1", ["context must be at least 16"]),
    ],
)
def test_a_bad_config_file_is_told_and_starts_nothing(home: Path, text: str, fragments: list[str]) -> None:
    home.mkdir()
    (home / "config.toml").write_text(text)
    with pytest.raises(BadSetting) as refused:
        config.load()
    assert all(fragment in refused.value.message for fragment in fragments), refused.value.message


def test_a_config_file_that_broke_later_stops_only_new_hosts(speaking: Settings, home: Path) -> None:
    """The client has read it while it was whole; the host that it starts has not."""
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text("keep_alve = 3")
    failure = refusal("hi", speaking)
    assert isinstance(failure, HostUnavailable)
    assert "Did you mean 'keep_alive'?" in failure.message
    (home / "config.toml").write_text("keep_alive = 30")
    assert ask("hi", speaking) == SCRIPT[""]


def test_a_config_file_that_breaks_under_a_running_host_stops_no_request(speaking: Settings, home: Path) -> None:
    """Host settings are read when the host starts."""
    launcher.ensure_host(speaking)
    (home / "config.toml").write_text("keep_alve = 3")
    assert ask("hi", speaking) == SCRIPT[""]


def test_a_bad_variable_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADRUNNER_KEEP_ALIVE", "long")
    with pytest.raises(BadSetting, match=r"THREADRUNNER_KEEP_ALIVE: 'long' is not a number"):
        config.load()
    monkeypatch.delenv("THREADRUNNER_KEEP_ALIVE")
    monkeypatch.setenv("THREADRUNNER_KEEP_ALVE", "3")
    with pytest.raises(BadSetting, match="Did you mean 'keep_alive'"):
        config.load()


# Model files


def test_files_that_are_no_models_are_refused_and_the_next_request_works(
    speaking: Settings, scripted: Path, tmp_path: Path
) -> None:
    truncated = model_files.write_truncated(tmp_path / "half.gguf", scripted)
    page = model_files.write_not_gguf(tmp_path / "page.gguf")
    for path, kind, fragment in (
        (tmp_path / "missing.gguf", ModelNotFound, "There is no model file"),
        (truncated, ModelLoadFailed, "download it again"),
        (page, ModelLoadFailed, "is not a GGUF model file"),
    ):
        failure = refusal("hi", replace(speaking, model=str(path)))
        assert isinstance(failure, kind)
        assert path.name in failure.message
        assert fragment in failure.message
    # A truncated file that was downloaded again is a model.
    truncated.write_bytes(scripted.read_bytes())
    assert ask("hi", replace(speaking, model=str(truncated))) == SCRIPT[""]
