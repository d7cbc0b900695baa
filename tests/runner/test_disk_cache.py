"""The prompt cache on disk, by engines and runner processes that stop and start: found again, or not used at all."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import model_files
from tests.conftest import processes_of, shut_down, wait_until
from tests.runner.test_batching import KINDS, Bench, bench
from tests.runner.test_llama import runner_of
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.messages import ChatRequest, Message, chat_request
from threadrunner_kernel.process import ChildProcess

QUESTION = "You are the system text of a conversation that is worth a cache. " * 6
# The likeliest token without "temperature 0": such a request is not called reproducible and so shares the cells.
GREEDY: dict[str, Any] = {"top_k": 1, "max_tokens": 16}


OPTIONS: dict[str, Any] = {"prompt_cache": "disk", "kv_cells": 2048, "parallel": 2}


def asked(runner: Bench | HostClient, *turns: str) -> tuple[str, int]:
    """The answer to these turns (the user's and the assistant's), and how much of the prompt was in the cache."""
    roles = ("user", "assistant")
    messages = tuple(Message(roles[number % 2], turn) for number, turn in enumerate(turns))  # type: ignore[arg-type]
    if isinstance(runner, Bench):
        one = runner.answer("", messages=messages, **GREEDY)
        assert one.last.usage is not None
        return one.text, one.last.usage.cached_tokens
    body = runner.post("/v1/chat/completions", ChatRequest(messages=messages, **GREEDY).to_wire())
    return body["choices"][0]["message"]["content"], body["usage"]["prompt_tokens_details"]["cached_tokens"]


@contextmanager
def caching(model: Path, **options: Any) -> Iterator[Bench]:
    """An engine in this process; what it has read is saved in the home when the block is left."""
    engine = Bench(model, **{**OPTIONS, **options})
    yield engine
    engine.engine.close(timeout_seconds=20)


@contextmanager
def running(model: Path, home: Path) -> Iterator[tuple[ChildProcess, HostClient]]:
    """A runner's process and its client; it saves when it is stopped."""
    variables = {f"THREADRUNNER_{name.upper()}": str(value) for name, value in OPTIONS.items()}
    with runner_of(model, home, THREADRUNNER_THREADS="1", THREADRUNNER_CONTEXT="1024", **variables) as process:
        process.wait_ready(timeout_seconds=60)
        yield process, HostClient(process.endpoint)


def fresh(model: Path, *turns: str, **options: Any) -> str:
    """What is said by an engine that has nothing in its cache."""
    with bench(model, **{**OPTIONS, **options, "prompt_cache": "memory"}) as engine:
        answer, cached = asked(engine, *turns)
    assert cached == 0
    return answer


def saved(home: Path) -> list[Path]:
    return sorted(home.glob("cache/*/*"))


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return KINDS["llama"](tmp_path_factory.mktemp("models") / "llama.gguf")


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whose heads are wide enough for quantised keys and values."""
    return KINDS["wide"](tmp_path_factory.mktemp("models") / "wide.gguf")


@pytest.mark.parametrize("kind", ["llama", "window", "recurrent", "hybrid"])
def test_what_was_read_is_found_again_and_gone_on_from(kind: str, tmp_path: Path) -> None:
    model = KINDS[kind](tmp_path / "model.gguf")
    with caching(model) as engine:
        answer, cached = asked(engine, QUESTION)
        assert cached == 0
    next_turn = (QUESTION, answer, "And then?")
    with caching(model) as engine:
        said, cached = asked(engine, *next_turn)
        again, _ = asked(engine, QUESTION)
        engine.check_nothing_leaked()
    assert cached > len(QUESTION)
    assert said == fresh(model, *next_turn)
    assert again == answer


@pytest.mark.parametrize("kind", ["llama", "window", "recurrent", "hybrid"])
def test_a_stop_in_mid_answer_saves_what_can_be_gone_on_from(kind: str, tmp_path: Path) -> None:
    """Also when older branches have gone for want of sequences."""
    model = KINDS[kind](tmp_path / "model.gguf")
    with caching(model) as engine:
        endless = engine.ask(QUESTION, max_tokens=600)
        endless.until(lambda event: bool(event.text))
        for number in range(3):
            asked(engine, f"Something else, number {number}.")
    other = (QUESTION, "Some words.", "And then?")
    with caching(model) as engine:
        said, again = asked(engine, *other)[0], asked(engine, QUESTION)[0]
        engine.check_nothing_leaked()
    assert (said, again) == (fresh(model, *other), fresh(model, QUESTION))


def test_a_runner_that_is_stopped_saves_for_its_users_eyes_only(llama: Path, home: Path) -> None:
    home.mkdir()
    with running(llama, home) as (process, client):
        answer, cached = asked(client, QUESTION)
        assert cached == 0
        process.stop(grace_seconds=20)
        assert process.exit is not None
        assert process.exit.code == 0
    assert [path.name for path in saved(home)] == ["prompts.json", "prompts.state"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in saved(home)} == {0o600}
    assert stat.S_IMODE(saved(home)[0].parent.stat().st_mode) == 0o700
    with running(llama, home) as (_, client):
        said, cached = asked(client, QUESTION)
    assert said == answer
    assert cached > len(QUESTION)


def test_nothing_is_saved_unless_it_is_asked_for(llama: Path, home: Path) -> None:
    with caching(llama, prompt_cache="memory") as engine:
        asked(engine, QUESTION)
    assert not saved(home)


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
def test_a_damaged_cache_is_not_used(llama: Path, home: Path, damage: str) -> None:
    with caching(llama) as engine:
        answer, _ = asked(engine, QUESTION)
    DAMAGES[damage](saved(home)[0].parent)
    with caching(llama) as engine:
        assert asked(engine, QUESTION) == (answer, 0)
    # What this one saved is whole again.
    with caching(llama) as engine:
        assert asked(engine, QUESTION)[1] > len(QUESTION)


@pytest.mark.parametrize(
    "changed",
    [
        {"parallel": 3},
        {"kv_type": "f32"},
        {"kv_type": "q8_0"},
        {"flash_attention": "on"},
    ],
    ids=str,
)
def test_what_another_context_has_saved_is_not_used(wide: Path, home: Path, changed: dict[str, Any]) -> None:
    with caching(wide) as engine:
        asked(engine, QUESTION)
    with caching(wide, **changed) as engine:
        answer, cached = asked(engine, QUESTION)
    assert cached == 0
    assert answer == fresh(wide, QUESTION, **changed)


def test_another_limit_of_one_generation_leaves_the_cells_what_they_are(llama: Path) -> None:
    with caching(llama) as engine:
        answer, _ = asked(engine, QUESTION)
    with caching(llama, context=900) as engine:
        said, cached = asked(engine, QUESTION)
    assert said == answer
    assert cached > len(QUESTION)


@pytest.mark.parametrize(("cells", "is_used"), [(4096, True), (1024, True), (512, False)])
def test_what_was_saved_is_used_if_it_fits_into_the_cells(llama: Path, home: Path, cells: int, is_used: bool) -> None:
    """By default the number of cells comes from the memory that is free, and so is another at each start."""
    with caching(llama, context=512) as engine:
        asked(engine, QUESTION)
        asked(engine, QUESTION[::-1])
    with caching(llama, context=512, kv_cells=cells) as engine:
        answer, cached = asked(engine, QUESTION)
        engine.check_nothing_leaked()
    assert (cached > len(QUESTION)) == is_used
    assert answer == fresh(llama, QUESTION, context=512)


def test_what_another_model_of_the_same_name_has_saved_is_not_used(tmp_path: Path) -> None:
    model = tmp_path / "model.gguf"
    model_files.write_random_model(model, model_files.TINY, attentive=True, seed=1)
    with caching(model) as engine:
        asked(engine, QUESTION)
    model_files.write_random_model(model, model_files.TINY, attentive=True, seed=2)
    with caching(model) as engine:
        answer, cached = asked(engine, QUESTION)
    assert cached == 0
    assert answer == fresh(model, QUESTION)


def test_where_nothing_can_be_written_it_works_all_the_same(
    llama: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home.mkdir()
    (home / "cache").write_text("a file where the folder should be")
    for _ in range(2):
        with caching(llama) as engine:
            assert asked(engine, QUESTION)[1] == 0
    assert "the prompt cache could not be saved" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of a file's size that stands for a full disk")
def test_a_disk_that_fills_up_while_it_saves_leaves_nothing_on_it(
    llama: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caching(llama) as engine:
        asked(engine, QUESTION)
    assert len(saved(home)) == 2
    limit = saved(home)[1].stat().st_size // 2
    with caching(llama) as engine, files_up_to(limit):
        asked(engine, QUESTION)
        engine.engine.close(timeout_seconds=20)
    assert "the prompt cache could not be saved" in caplog.text
    assert saved(home) == []
    with caching(llama) as engine:
        assert asked(engine, QUESTION)[1] == 0


@contextmanager
def files_up_to(size_bytes: int) -> Iterator[None]:
    """Within the block this process's files meet the end of the disk so early. Python ignores the signal for it."""
    import resource

    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_a_runner_that_is_killed_leaves_the_cache_of_the_one_before(llama: Path, home: Path) -> None:
    with caching(llama) as engine:
        answer, _ = asked(engine, QUESTION)
    before = [path.read_bytes() for path in saved(home)]
    with running(llama, home) as (process, client):
        other, _ = asked(client, "Something else.")
        process.kill()
    assert [path.read_bytes() for path in saved(home)] == before
    with caching(llama) as engine:
        assert [asked(engine, QUESTION)[0], asked(engine, "Something else.")[0]] == [answer, other]


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_runner_that_is_killed_while_it_saves_leaves_no_wrong_cache(llama: Path, home: Path, is_begun: bool) -> None:
    with caching(llama) as engine:
        answer, _ = asked(engine, QUESTION)
    with running(llama, home) as (process, client):
        other, _ = asked(client, "Something else.")
        assert process.pid is not None
        os.kill(process.pid, signal.SIGTERM)
        if is_begun:  # the header goes first, and comes back last
            wait_until(lambda: process.exit or len(saved(home)) != 2, what="the save")
        process.kill()
    with caching(llama) as engine:
        assert [asked(engine, QUESTION)[0], asked(engine, "Something else.")[0]] == [answer, other]


@pytest.mark.parametrize("end", ["stop", "unload", "keep-alive"])
def test_the_host_lets_a_runner_save_however_it_ends(
    home: Path, llama: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    for name, value in {**OPTIONS, "context": 1024, "max_tokens": 4}.items():
        monkeypatch.setenv(f"THREADRUNNER_{name.upper()}", str(value))
    settings = config.load(overrides={"model": str(llama), "keep_alive": 0 if end == "keep-alive" else -1})

    def is_loaded(host: HostClient) -> bool:
        return host.endpoint.is_served() and any(row["pid"] for row in host.get("/status")["models"])

    def ask() -> int:
        host = launcher.ensure_host(settings)
        with host.chat(chat_request(QUESTION, settings), Cancellation()) as events:
            *_, last = events
        if end == "unload":
            host.post("/models/unload", {"model": str(llama)})
        elif end == "stop":
            shut_down(home)
            wait_until(lambda: not processes_of(home), what="the end of all processes")
        wait_until(lambda: not is_loaded(host), what="the end of the runner")
        assert last.usage is not None
        return last.usage.cached_tokens

    assert ask() == 0
    assert len(saved(home)) == 2
    assert ask() > len(QUESTION)
