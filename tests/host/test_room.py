"""Several models in little memory: who goes, who stays, who is told, and what is refused with which numbers.

``memory_limit`` makes the memory small; all else is as ever: a real host, and a real runner for each model.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import model_files
from tests.conftest import SCRIPT, lease, processes_of, shut_down, wait_until
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest, ModelLoadFailed, ModelTooLarge
from threadrunner_kernel.messages import Event, chat_request
from threadrunner_kernel.models import fit
from threadrunner_kernel.models.metadata import read_metadata

CONTEXT = 512
NAMES = ("ada", "bert", "cleo", "dora")
HI = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts at 40 tokens a second, with contexts as long as one asks for."""
    path = tmp_path_factory.mktemp("models") / "m.gguf"
    return model_files.write_scripted_model(path, SCRIPT, pace=40, context_length=1 << 20)


def need(path: Path) -> int:
    """What the model is reckoned to take."""
    return fit.least(read_metadata(path), Settings(context=CONTEXT, kv_cells=CONTEXT)).total_bytes


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Iterator[Path]:
    """Four models, and a host with room for two of them."""
    folder = tmp_path_factory.mktemp("room") / "home"
    (folder / "models").mkdir(parents=True)
    for name in NAMES:
        shutil.copy(model, folder / "models" / f"{name}.gguf")
    yield folder
    shut_down(folder)
    wait_until(lambda: not processes_of(folder), what="the end of all processes")


@pytest.fixture
def host(small_home: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostClient]:
    """The host with nothing loaded; it stays from test to test."""
    monkeypatch.setenv("THREADRUNNER_HOME", str(small_home))
    running = launcher.ensure_host(Settings(context=CONTEXT, kv_cells=CONTEXT, memory_limit=int(2.5 * need(model))))
    with lease(running):
        for row in rows(running):
            running.post("/models/unload", {"model": row["name"]})
        yield running


def rows(host: HostClient) -> list[dict[str, Any]]:
    """The models that are not stopped."""
    return [row for row in host.get("/status")["models"] if row["state"] != "stopped"]


def loaded(host: HostClient) -> set[str]:
    return {row["name"] for row in rows(host)}


def load(host: HostClient, name: str, **options: Any) -> dict[str, Any]:
    return host.post("/models/load", {"model": name, **options}, Cancellation())


def ask(host: HostClient, name: str, prompt: str = "hi", **options: Any) -> list[Event]:
    settings = replace(config.load(), model=name, max_tokens=3, **options)
    with host.chat(chat_request(prompt, settings), Cancellation()) as events:
        return list(events)


@contextmanager
def generating(host: HostClient, name: str) -> Iterator[Iterator[Event]]:
    """A generation that has begun and has no end of its own."""
    request = chat_request("endless", replace(config.load(), model=name))
    with host.chat(request, Cancellation()) as events:
        next(event for event in events if event.text)
        yield events


def idle(host: HostClient) -> bool:
    return not any(row["active"] for row in rows(host))


# Who goes


def test_models_stay_warm_beside_each_other_and_the_one_used_longest_ago_goes(host: HostClient) -> None:
    load(host, "ada")
    load(host, "bert")
    pids = {row["name"]: row["pid"] for row in rows(host)}
    ask(host, "ada")
    assert {row["name"]: row["pid"] for row in rows(host)} == pids
    assert ask(host, "cleo")[-1].finish_reason
    assert loaded(host) == {"ada", "cleo"}
    assert not psutil.pid_exists(pids["bert"])


def test_an_idle_leased_model_goes_last_and_its_holder_is_told_once(host: HostClient) -> None:
    with lease(host) as held:
        holder = HostClient(host.endpoint, held)
        ask(holder, "ada")
        load(host, "bert")
        # "ada" was used before "bert", but somebody holds it.
        load(host, "cleo")
        assert loaded(host) == {"ada", "cleo"}
        with generating(host, "cleo"):
            load(host, "dora")
            assert loaded(host) == {"cleo", "dora"}
        wait_until(lambda: idle(host), what="the end of the generation")
        events = ask(holder, "dora")
        (notice,) = [event.notice for event in events if event.notice]
        assert notice == "ada was unloaded to make room for dora; it is loaded again when it is asked next."
        assert not [event for event in ask(holder, "dora") if event.notice]
        assert ask(holder, "ada")[-1].finish_reason


def test_what_an_unload_tells_nobody_else_is_told(host: HostClient) -> None:
    with lease(host) as held, lease(host) as other:
        ask(HostClient(host.endpoint, held), "ada")
        with generating(host, "bert"):
            load(host, "cleo")
        assert not [event for event in ask(HostClient(host.endpoint, other), "cleo") if event.notice]
        # A request that could not show it leaves it for the next that can.
        quiet = replace(chat_request("hi", replace(config.load(), model="cleo", max_tokens=1)), return_progress=False)
        with HostClient(host.endpoint, held).chat(quiet, Cancellation()) as events:
            list(events)
        assert [event for event in ask(HostClient(host.endpoint, held), "cleo") if event.notice]


def test_a_running_generation_is_never_ended_for_room_and_the_refusal_says_whose_it_is(host: HostClient) -> None:
    with ExitStack() as running:
        pid = os.getpid()
        with host.stream("GET", "/lease?name=report.ipynb", None, Cancellation()) as chunks:
            holder = HostClient(host.endpoint, str(next(chunks)["lease"]))
            mine = running.enter_context(generating(holder, "ada"))
            other = running.enter_context(generating(host, "bert"))
            before = {row["name"]: row["pid"] for row in rows(host)}
            with pytest.raises(ModelTooLarge) as refused:
                load(host, "cleo")
            message = refused.value.message
            assert message.startswith("cleo needs ")
            assert f"ada is generating for report.ipynb (process {pid})" in message
            assert "bert is generating" in message
            assert "--force" in message
            assert "\n" not in message
            assert (refused.value.status, refused.value.code) == (503, "model_too_large")
            assert {row["name"]: row["pid"] for row in rows(host)} == before
            for events in (mine, other):
                assert next(event for event in events if event.text)
    wait_until(lambda: idle(host), what="the end of both generations")
    load(host, "cleo")
    assert "cleo" in loaded(host)


def test_a_model_that_is_asked_for_while_it_goes_comes_back(host: HostClient) -> None:
    load(host, "ada")
    load(host, "bert")
    with host.stream("POST", "/models/load", {"model": "cleo", "stream": True}, Cancellation()) as loading:
        assert ask(host, "ada")[-1].finish_reason
        list(loading)
    assert "ada" in loaded(host)


@pytest.mark.parametrize("fields", [{"messages": []}, {"messages": HI, "temperature": "hot"}, {"messages": HI, "x": 1}])
def test_nobody_goes_for_a_request_that_does_not_fit(host: HostClient, fields: dict[str, Any]) -> None:
    load(host, "ada", keep_alive=-1)
    load(host, "bert")
    with pytest.raises(BadRequest):
        host.post("/v1/chat/completions", {"model": "cleo", **fields})
    assert loaded(host) == {"ada", "bert"}


# Will it fit?


def test_what_does_not_fit_is_refused_with_what_would_and_that_fits(host: HostClient) -> None:
    with pytest.raises(ModelTooLarge) as refused:
        load(host, "ada", context=1 << 22)
    message = refused.value.message
    assert f"f16 KV cache of {1 << 22} tokens" in message
    context = int(message.partition("--context ")[2].split()[0])
    assert CONTEXT <= context < 1 << 22
    assert "--kv-type q8_0" in message
    assert loaded(host) == set()
    # The next request is not taken for one with that context.
    ask(host, "ada")
    host.post("/models/unload", {"model": "ada"})
    load(host, "ada", context=context)
    (row,) = rows(host)
    assert row["context"] == context


def test_a_context_beyond_the_training_is_never_offered_and_told_where_it_is_taken(
    host: HostClient, small_home: Path, model: Path
) -> None:
    path = small_home / "models" / "short.gguf"
    model_files.write_scripted_model(path, SCRIPT, context_length=1024)
    try:
        with pytest.raises(ModelTooLarge, match=r"--context 1024 .*"):
            load(host, "short", context=1 << 22)
        told = "short was trained with contexts of 1024 tokens and has one of 2048: "
        assert told in load(host, "short", context=2048, estimate=True)["message"]
        assert load(host, "short", context=2048)["notice"].startswith(told)
        assert not [event for event in ask(host, "short") if event.notice]
        assert "notice" not in load(host, "ada", context=2048)
    finally:
        host.post("/models/unload", {"model": "short"})
        path.unlink()


def test_it_is_tried_all_the_same_when_that_is_forced(host: HostClient) -> None:
    load(host, "ada", context=1 << 16, kv_type="q4_0")
    with generating(host, "ada"), pytest.raises(ModelTooLarge):
        load(host, "bert", context=1 << 17)
    wait_until(lambda: idle(host), what="the end of the generation")
    with generating(host, "ada"):
        load(host, "bert", context=1 << 17, force=True)
    assert {row["name"]: row["context"] for row in rows(host)} == {"ada": 1 << 16, "bert": 1 << 17}


def test_an_estimate_says_what_a_load_would_do_and_does_nothing(host: HostClient, model: Path) -> None:
    said = load(host, "ada", estimate=True)
    assert (said["fits"], said["unloads"], said["estimate"]["total_bytes"]) == (True, [], need(model))
    assert "it fits" in said["message"]
    load(host, "ada")
    load(host, "bert")
    assert rows(host)[0]["reserved_bytes"] == need(model)
    said = load(host, "cleo", estimate=True)
    assert (said["fits"], said["unloads"]) == (True, ["ada"])
    assert "so ada would be unloaded for it" in said["message"]
    said = load(host, "cleo", estimate=True, context=1 << 22)
    assert said["fits"] is False
    assert said["alternatives"][0]["options"].startswith("--context ")
    assert loaded(host) == {"ada", "bert"}


def test_a_loaded_model_is_not_loaded_otherwise_in_silence(host: HostClient) -> None:
    load(host, "ada", context=1024, kv_type="q8_0")
    load(host, "ada")
    load(host, "ada", context=1024)
    with pytest.raises(BadRequest, match="unload it first"):
        load(host, "ada", context=2048)
    host.post("/models/unload", {"model": "ada"})
    load(host, "ada", context=2048)
    assert [row["context"] for row in rows(host)] == [2048]


@pytest.mark.parametrize(
    ("options", "fragment"),
    [({"context": 1}, "context must be at least 16"), ({"kv_type": "q9"}, "q8_0"), ({"context": "x"}, "whole number")],
)
def test_wishes_that_make_no_sense_are_refused_by_name(
    host: HostClient, options: dict[str, Any], fragment: str
) -> None:
    with pytest.raises(BadRequest, match=fragment):
        load(host, "ada", **options)


def test_a_damaged_file_is_refused_before_any_runner_starts(host: HostClient, small_home: Path) -> None:
    path = small_home / "models" / "damaged.gguf"
    path.write_bytes(b"GGUF" + (3).to_bytes(4, "little") + b"\xff" * 100)
    try:
        with pytest.raises(ModelLoadFailed):
            load(host, "damaged")
        assert loaded(host) == set()
    finally:
        path.unlink()


# How long


def test_a_models_keep_alive_is_its_loads_until_a_request_has_another(host: HostClient) -> None:
    load(host, "ada", keep_alive=-1)
    ask(host, "ada")
    assert [(row["keep_alive"], row["expires_in_seconds"]) for row in rows(host)] == [(-1, None)]
    ask(host, "ada", keep_alive=70.0)
    ask(host, "ada")
    assert [row["keep_alive"] for row in rows(host)] == [70]
    # It ends with the stay that it was for.
    ask(host, "ada", keep_alive=0.0)
    wait_until(lambda: not rows(host), what="the unload")
    ask(host, "ada")
    assert [row["keep_alive"] for row in rows(host)] == [300]


def test_preloaded_models_are_there_with_the_host_and_stay(home: Path, model: Path) -> None:
    (home / "models").mkdir(parents=True)
    for name in NAMES[:3]:
        shutil.copy(model, home / "models" / f"{name}.gguf")
    settings = config.load(overrides={"preload": f"ada, missing, {model}"})
    host = launcher.ensure_host(
        replace(settings, context=CONTEXT, kv_cells=CONTEXT, memory_limit=int(2.5 * need(model)))
    )
    wait_until(lambda: [row["state"] for row in rows(host)] == ["ready"] * 2, what="the models")
    assert {row["is_preloaded"] for row in rows(host)} == {True}
    (notice,) = host.get("/health")["notices"]
    assert notice.startswith("missing could not be preloaded: There is no model 'missing'")
    # Whoever asks without having them loaded for ever does not shorten their stay.
    ask(host, "ada", keep_alive=0.0)
    assert {row["expires_in_seconds"] for row in rows(host)} == {None}
    # Only where there is no other way does one go for another.
    load(host, "bert")
    assert loaded(host) == {"ada", "bert"}
    load(host, "cleo")
    assert loaded(host) == {"ada", "cleo"}
