"""A runner's end, whatever ends it: told in one sentence, and the next request works. One host lives through it all."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import SCRIPT, is_gone, lease, own_home, wait_until
from tests.host.test_bad_luck import LONG, ask, asking, later, refusal, wait_until_reading
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import HostClient
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import RunnerDied, Unavailable
from threadrunner_kernel.messages import chat_request

WITHOUT_REPACKING = "without llama.cpp's repacked weights"


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home for all these tests."""
    with own_home(tmp_path_factory.mktemp("ends")) as folder:
        yield folder


@pytest.fixture
def host(lasting: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostClient]:
    """Its host, with nothing loaded; an unload by hand forgives what was."""
    monkeypatch.setenv("THREADRUNNER_HOME", str(lasting))
    running = launcher.ensure_host(config.load())
    with lease(running):
        yield running
        running.post("/stop", {})
        wait_until(lambda: not any(row["active"] for row in rows(running)), what="the end of all generations")
        for row in rows(running):
            running.post("/models/unload", {"model": row["path"]})


@pytest.fixture
def speaking(host: HostClient, slow: Path) -> Settings:
    """The settings for a scripted model that can be met in the middle of an answer."""
    return config.load(overrides={"model": str(slow)})


@pytest.fixture
def reading(host: HostClient, small_random: Path) -> Settings:
    """The settings for the model that takes seconds for a long prompt."""
    return config.load(overrides={"model": str(small_random), "max_tokens": 3, "temperature": 0})


def rows(host: HostClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = host.get("/status")["models"]
    return found


def the_model(settings: Settings) -> dict[str, Any]:
    """The model's row in the status; without a pid when it has no runner."""
    there = [row for row in rows(launcher.ensure_host(settings)) if row["path"] == settings.model]
    return there[0] if there else {"pid": None, "state": "stopped", "active": 0}


def pid_of(settings: Settings) -> int:
    return int(the_model(settings)["pid"])


def test_a_runner_killed_in_mid_answer_is_told_and_the_next_request_has_a_new_one(speaking: Settings) -> None:
    events = asking("endless", speaking)
    assert next(event.text for event in events if event.text) == "on"
    pid = pid_of(speaking)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(RunnerDied, match=r"^The runner of slow was killed from outside.*Ask again[^\n]*$"):
        list(events)
    assert ask("hi", speaking) == SCRIPT[""]
    assert pid_of(speaking) != pid


def test_a_request_without_a_text_yet_is_made_again_once(reading: Settings) -> None:
    events = asking(LONG, reading)
    wait_until_reading(events)
    first = pid_of(reading)
    os.kill(first, signal.SIGKILL)
    rest = list(events)
    assert rest[-1].finish_reason == "length"
    assert rest[-1].usage is not None
    assert rest[-1].usage.completion_tokens == 3
    assert pid_of(reading) != first


def test_a_request_is_not_made_a_third_time(reading: Settings) -> None:
    events = asking(LONG, reading)
    for _ in range(2):
        wait_until_reading(events)
        os.kill(pid_of(reading), signal.SIGKILL)
    with pytest.raises(RunnerDied, match="killed from outside"):
        list(events)


def test_a_whole_answer_is_made_again_too(reading: Settings, host: HostClient) -> None:
    body = replace(chat_request(LONG, reading), stream=False, return_progress=False).to_wire()
    with later(lambda: host.post("/v1/chat/completions", body)) as result:
        wait_until(lambda: the_model(reading)["state"] == "ready", what="the load")
        wait_until(lambda: the_model(reading)["active"], what="the generation's start")
        first = pid_of(reading)
        os.kill(first, signal.SIGKILL)
        assert result()["usage"]["completion_tokens"] == 3
    assert pid_of(reading) != first


def test_a_runner_killed_while_it_loads_is_started_again(reading: Settings) -> None:
    with later(lambda: ask("hi", reading)) as answer:
        wait_until(lambda: the_model(reading)["pid"], what="the load's start")
        os.kill(pid_of(reading), signal.SIGKILL)
        assert answer() != ""


def test_a_native_crash_in_the_first_prompt_is_survived_without_repacked_weights(reading: Settings) -> None:
    """What a CPU without the instructions of a native build does (llama.cpp issue 20824)."""
    events = asking(LONG, reading)
    wait_until_reading(events)
    crashed = pid_of(reading)
    assert "--no-extra-buffers" not in psutil.Process(crashed).cmdline()
    os.kill(crashed, signal.SIGSEGV)
    rest = list(events)
    assert [WITHOUT_REPACKING in event.notice for event in rest if event.notice] == [True]
    assert rest[-1].finish_reason == "length"
    assert pid_of(reading) != crashed
    assert "--no-extra-buffers" in psutil.Process(pid_of(reading)).cmdline()
    # It is said once.
    assert [event.notice for event in asking("hi", reading) if event.notice] == []


def test_a_native_crash_later_is_an_end_like_any_other(speaking: Settings) -> None:
    assert ask("hi", speaking) == SCRIPT[""]
    events = asking("endless", speaking)
    next(event for event in events if event.text)
    os.kill(pid_of(speaking), signal.SIGSEGV)
    with pytest.raises(RunnerDied, match=r"was ended by SIGSEGV.*Ask again"):
        list(events)
    assert ask("hi", speaking) == SCRIPT[""]
    assert "--no-extra-buffers" not in psutil.Process(pid_of(speaking)).cmdline()


def test_three_crashes_in_a_row_are_a_failure_until_somebody_loads_it_again(
    speaking: Settings, host: HostClient
) -> None:
    for _ in range(2):
        events = asking("endless", speaking)
        next(event for event in events if event.text)
        os.kill(pid_of(speaking), signal.SIGKILL)
        with pytest.raises(RunnerDied, match="Ask again"):
            list(events)
    events = asking("endless", speaking)
    next(event for event in events if event.text)
    os.kill(pid_of(speaking), signal.SIGKILL)
    with pytest.raises(RunnerDied):
        list(events)
    wait_until(lambda: the_model(speaking)["state"] == "failed", what="the failure")

    failure = refusal("hi", speaking)
    assert isinstance(failure, Unavailable)
    assert "`%llm load`, `threadrunner load`" in failure.message  # the advice for a notebook, and for a terminal
    assert the_model(speaking)["failure"] == failure.message
    assert host.get("/status")["state"] == "failed"
    assert the_model(speaking)["pid"] is None

    assert host.post("/models/load", {"model": speaking.model})["success"] is True
    assert ask("hi", speaking) == SCRIPT[""]


def test_a_completed_answer_ends_the_row_of_crashes(speaking: Settings, host: HostClient) -> None:
    for _ in range(2):
        for _ in range(2):
            events = asking("endless", speaking)
            next(event for event in events if event.text)
            os.kill(pid_of(speaking), signal.SIGKILL)
            with pytest.raises(RunnerDied):
                list(events)
        assert ask("hi", speaking) == SCRIPT[""]
    assert the_model(speaking)["state"] == "ready"


def test_a_model_file_that_crashes_llama_cpp_at_its_load_fails_for_good(
    scripted: Path, host: HostClient, tmp_path: Path
) -> None:
    """A real assertion of llama.cpp: a vocabulary that has one text twice."""
    path = tmp_path / "crashes.gguf"
    path.write_bytes(with_a_token_twice(scripted.read_bytes()))
    settings = config.load(overrides={"model": str(path)})
    sentences = [refusal("hi", settings) for _ in range(3)]
    assert all(sentence.status == 503 for sentence in sentences)
    assert "SIGABRT" in sentences[0].message
    assert "%llm load" in sentences[-1].message
    assert the_model(settings)["state"] == "failed"
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
    pid = pid_of(speaking)
    os.kill(pid, signal.SIGSTOP)
    events.close()  # type: ignore[attr-defined]
    wait_until(lambda: is_gone(pid), what="the runner's end")
    assert ask("hi", speaking) == SCRIPT[""]
