"""The prompt cache on disk, by real runner processes that stop and start: found again, or not used at all."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import model_files
from tests.conftest import processes_of, shut_down, wait_until
from tests.runner.test_batching import KINDS
from tests.runner.test_llama import runner_of
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.messages import ChatRequest, Message, chat_request
from threadrunner_kernel.process import ChildProcess

QUESTION = "You are the system text of a conversation that is worth a cache. " * 6
# The likeliest token without "temperature 0": such a request is not called reproducible and so shares the cells.
GREEDY: dict[str, Any] = {"top_k": 1, "max_tokens": 16}


def conversation(*turns: str, **fields: Any) -> ChatRequest:
    """The user's and the assistant's turns, to be answered."""
    roles = ("user", "assistant")
    messages = tuple(Message(roles[number % 2], turn) for number, turn in enumerate(turns))  # type: ignore[arg-type]
    return ChatRequest(messages=messages, **{**GREEDY, **fields})


def asked(client: HostClient, *turns: str) -> tuple[str, int]:
    """The answer, and how many of the prompt's tokens were in the cache already."""
    body = client.post("/v1/chat/completions", conversation(*turns).to_wire())
    return body["choices"][0]["message"]["content"], body["usage"]["prompt_tokens_details"]["cached_tokens"]


# Cells that do not depend on the memory which is free at the moment.
SETTINGS = {
    "THREADRUNNER_PROMPT_CACHE": "disk",
    "THREADRUNNER_CONTEXT": "1024",
    "THREADRUNNER_KV_CELLS": "2048",
    "THREADRUNNER_THREADS": "1",
}


@contextmanager
def running(model: Path, folder: Path, **variables: str) -> Iterator[tuple[ChildProcess, HostClient]]:
    """A runner with its prompt cache below ``folder``, and its client."""
    with runner_of(model, folder, **{**SETTINGS, **variables}) as process:
        process.wait_ready(timeout_seconds=60)
        yield process, HostClient(process.endpoint)


@contextmanager
def caching(model: Path, folder: Path, **variables: str) -> Iterator[HostClient]:
    """The client of a runner that is stopped in good order, and so saves, when the block is left."""
    with running(model, folder, **variables) as (process, client):
        yield client
        process.stop(grace_seconds=20)
        assert process.exit is not None
        assert process.exit.code == 0


def fresh(model: Path, folder: Path, *turns: str, **variables: str) -> str:
    """What a runner says that has nothing in its cache."""
    with caching(model, folder, THREADRUNNER_PROMPT_CACHE="memory", **variables) as client:
        answer, cached = asked(client, *turns)
    assert cached == 0
    return answer


def saved(folder: Path) -> list[Path]:
    return sorted(folder.glob("cache/*/*"))


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return KINDS["llama"](tmp_path_factory.mktemp("models") / "llama.gguf")


@pytest.mark.parametrize("kind", ["llama", "window", "recurrent", "hybrid"])
def test_what_was_read_is_found_again_and_gone_on_from(kind: str, tmp_path: Path) -> None:
    model = KINDS[kind](tmp_path / "model.gguf")
    with caching(model, tmp_path) as client:
        answer, cached = asked(client, QUESTION)
        assert cached == 0
    next_turn = (QUESTION, answer, "And then?")
    with caching(model, tmp_path) as client:
        said, cached = asked(client, *next_turn)
        again = asked(client, QUESTION)[0]
    assert cached > len(QUESTION)
    assert said == fresh(model, tmp_path, *next_turn)
    assert again == answer


@pytest.mark.parametrize("kind", ["llama", "recurrent", "hybrid"])
def test_a_stop_in_mid_answer_saves_what_can_be_gone_on_from(kind: str, tmp_path: Path) -> None:
    """Also when older branches have gone for want of sequences."""
    model = KINDS[kind](tmp_path / "model.gguf")
    with running(model, tmp_path, THREADRUNNER_PARALLEL="2") as (process, client):
        endless = conversation(QUESTION, max_tokens=900, stream=True)
        with client.chat(endless, Cancellation()) as events:
            next(event for event in events if event.text)
            for number in range(3):
                asked(client, f"Something else, number {number}.")
            process.stop(grace_seconds=20)
    other = (QUESTION, "Some words.", "And then?")
    with caching(model, tmp_path, THREADRUNNER_PARALLEL="2") as client:
        said, _ = asked(client, *other)
        again, _ = asked(client, QUESTION)
    assert said == fresh(model, tmp_path, *other)
    assert again == fresh(model, tmp_path, QUESTION)


def test_only_its_user_can_read_what_was_said(llama: Path, tmp_path: Path) -> None:
    with caching(llama, tmp_path) as client:
        asked(client, QUESTION)
    assert [path.name for path in saved(tmp_path)] == ["prompts.json", "prompts.state"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in saved(tmp_path)} == {0o600}
    assert stat.S_IMODE(saved(tmp_path)[0].parent.stat().st_mode) == 0o700


def test_nothing_is_saved_unless_it_is_asked_for(llama: Path, tmp_path: Path) -> None:
    with caching(llama, tmp_path, THREADRUNNER_PROMPT_CACHE="memory") as client:
        asked(client, QUESTION)
    assert not saved(tmp_path)


def flip(path: Path, place: float) -> None:
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= 0xFF
    path.write_bytes(data)


def change_header(path: Path, name: str, value: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a wrong byte": lambda folder: flip(folder / "prompts.state", 0.5),
    "half the cells": lambda folder: os.truncate(
        folder / "prompts.state", (folder / "prompts.state").stat().st_size // 2
    ),
    "no cells": lambda folder: (folder / "prompts.state").unlink(),
    "half the header": lambda folder: os.truncate(folder / "prompts.json", 100),
    "no header": lambda folder: (folder / "prompts.json").unlink(),
    "a header of another kind": lambda folder: (folder / "prompts.json").write_text("[]"),
    "branches of another kind": lambda folder: change_header(folder / "prompts.json", "branches", [7]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_not_used(llama: Path, tmp_path: Path, damage: str) -> None:
    with caching(llama, tmp_path) as client:
        answer, _ = asked(client, QUESTION)
    DAMAGES[damage](saved(tmp_path)[0].parent)
    with caching(llama, tmp_path) as client:
        assert asked(client, QUESTION) == (answer, 0)
    # What this one saved is whole again.
    with caching(llama, tmp_path) as client:
        assert asked(client, QUESTION)[1] > len(QUESTION)


@pytest.mark.parametrize(
    "changed",
    [
        {"THREADRUNNER_CONTEXT": "512"},
        {"THREADRUNNER_KV_CELLS": "1024"},
        {"THREADRUNNER_PARALLEL": "3"},
        {"THREADRUNNER_KV_TYPE": "f32"},
        {"THREADRUNNER_FLASH_ATTENTION": "on"},
    ],
    ids=lambda changed: next(iter(changed)).removeprefix("THREADRUNNER_").lower(),
)
def test_what_another_context_has_saved_is_not_used_where_its_cells_differ(
    llama: Path, tmp_path: Path, changed: dict[str, str]
) -> None:
    with caching(llama, tmp_path) as client:
        asked(client, QUESTION)
    with caching(llama, tmp_path, **changed) as client:
        answer, cached = asked(client, QUESTION)
    # A smaller limit of one generation leaves the cells what they are.
    assert (cached > 0) == (changed.keys() == {"THREADRUNNER_CONTEXT"})
    assert answer == fresh(llama, tmp_path, QUESTION, **changed)


def test_what_another_model_of_the_same_name_has_saved_is_not_used(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    model_files.write_random_model(model, model_files.TINY, attentive=True, seed=1)
    with caching(model, tmp_path) as client:
        asked(client, QUESTION)
    model_files.write_random_model(model, model_files.TINY, attentive=True, seed=2)
    with caching(model, tmp_path) as client:
        answer, cached = asked(client, QUESTION)
    assert cached == 0
    assert answer == fresh(model, tmp_path, QUESTION)


def test_where_nothing_can_be_written_the_runner_works_all_the_same(llama: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    for _ in range(2):
        with caching(llama, tmp_path) as client:
            assert asked(client, QUESTION)[1] == 0
    assert "the prompt cache could not be saved" in (tmp_path / "runner.log").read_text()


def test_a_runner_that_is_killed_leaves_the_cache_of_the_one_before(llama: Path, tmp_path: Path) -> None:
    with caching(llama, tmp_path) as client:
        answer, _ = asked(client, QUESTION)
    before = [path.read_bytes() for path in saved(tmp_path)]
    with running(llama, tmp_path) as (process, client):
        asked(client, "Something else.")
        process.kill()
    assert [path.read_bytes() for path in saved(tmp_path)] == before
    with caching(llama, tmp_path) as client:
        assert asked(client, QUESTION)[0] == answer
        assert asked(client, "Something else.")[0] == fresh(llama, tmp_path, "Something else.")


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_runner_that_is_killed_while_it_saves_leaves_no_wrong_cache(
    llama: Path, tmp_path: Path, is_begun: bool
) -> None:
    with caching(llama, tmp_path) as client:
        answer, _ = asked(client, QUESTION)
    with running(llama, tmp_path) as (process, client):
        other, _ = asked(client, "Something else.")
        assert process.pid is not None
        os.kill(process.pid, signal.SIGTERM)
        if is_begun:  # the header goes first, and comes back last
            wait_until(lambda: process.exit or len(saved(tmp_path)) != 2, what="the save")
        process.kill()
    with caching(llama, tmp_path) as client:
        assert asked(client, QUESTION)[0] == answer
        assert asked(client, "Something else.")[0] == other


@pytest.mark.parametrize("end", ["shutdown", "unload", "keep-alive"])
def test_the_host_lets_a_runner_save_however_it_ends(
    home: Path, llama: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    for name, value in {**SETTINGS, "THREADRUNNER_MAX_TOKENS": "4"}.items():
        monkeypatch.setenv(name, value)
    settings = config.load(overrides={"model": str(llama), "keep_alive": 0 if end == "keep-alive" else -1})

    def is_loaded(host: HostClient) -> bool:
        return host.endpoint.is_served() and any(row["pid"] for row in host.get("/status")["models"])

    def ask() -> int:
        host = launcher.ensure_host(settings)
        with host.chat(chat_request(QUESTION, settings), Cancellation()) as events:
            *_, last = events
        if end == "unload":
            host.post("/models/unload", {"model": str(llama)})
        elif end == "shutdown":
            shut_down(home)
            wait_until(lambda: not processes_of(home), what="the end of all processes")
        wait_until(lambda: not is_loaded(host), what="the end of the runner")
        assert last.usage is not None
        return last.usage.cached_tokens

    assert ask() == 0
    assert len(saved(home)) == 2
    assert ask() > len(QUESTION)
