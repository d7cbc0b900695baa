"""What llama.cpp's server is reckoned to take, against what a real one takes that a load has steered."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import lease, own_environment, processes_of, shut_down, wait_until
from tests.host import servers
from tests.host.test_http import CHAT, chat, get, post
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import HostClient
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.host import slots
from threadrunner_kernel.host.children import cache_mib, server_options
from threadrunner_kernel.host.records import Start, Wishes
from threadrunner_kernel.host.room import Memory
from threadrunner_kernel.models import ModelRef
from threadrunner_kernel.models.metadata import Metadata, read_metadata

MB = 1_000_000
SERVER = {"engine": "llama-server"}


@pytest.fixture(scope="module")
def facts(small_random: Path) -> Metadata:
    return replace(read_metadata(small_random), context_length=40960)


@pytest.mark.parametrize(
    ("values", "free_mb", "cells", "count"),
    [
        ({}, 10_000, 16384, 2),
        ({}, 500, 6912, 1),
        ({}, 200, 2048, 1),
        ({}, 10, 512, 1),
        ({"context": 512}, 10_000, 4096, 8),
        ({"context": 512}, 200, 512, 1),
        ({"context": 512, "parallel": 2}, 10_000, 1024, 2),
        ({"context": 40000}, 10_000, 40192, 1),
        ({"context": 100_000}, 10_000, 40960, 1),
        ({"context": 4096}, 10, 4096, 1),
        ({"context": 1000, "kv_cells": 3500}, 10_000, 3072, 3),
        ({"kv_cells": 4000}, 10_000, 3840, 1),
    ],
)
def test_each_slot_has_the_whole_context_and_there_are_as_many_as_fit(
    facts: Metadata, values: dict[str, Any], free_mb: int, cells: int, count: int
) -> None:
    settings = Settings(**values)
    plan = slots.planned(facts, settings, free_mb * MB)
    options = server_options(ModelRef("llama-server", Path("/m.gguf"), "m"), settings, plan)
    pairs = dict(itertools.pairwise(options))
    assert (pairs["--ctx-size"], pairs["--parallel"]) == (str(cells), str(count))
    assert (plan.cells, plan.context) == (cells, cells // count)


def test_what_it_needs_at_least_is_one_slot(facts: Metadata) -> None:
    wished = [slots.least(facts, Settings(context=context)).cells for context in (None, 512, 3000)]
    assert wished == [512, 512, 3072]
    assert slots.good(facts, Settings()).cells == 4096
    assert slots.good(facts, Settings(context=1024)).cells == 1024


def test_prompts_are_cached_in_no_more_than_our_own_runner_would_take(facts: Metadata) -> None:
    plan = slots.planned(facts, Settings(), 10_000 * MB)
    sizes = [cache_mib(Start(Wishes(), True, free_mb << 20, plan)) for free_mb in (0, 800, 100_000)]
    assert sizes == [0, 100, plan.kv_bytes >> 20]


def test_what_the_server_would_change_in_silence_is_refused(facts: Metadata) -> None:
    with pytest.raises(BadRequest, match="40960 tokens"):
        slots.checked(facts, Settings(context=50_000), 50_000)
    with pytest.raises(BadRequest, match="flash attention"):
        slots.checked(facts, Settings(kv_type="q8_0", flash_attention="off"), None)
    # The setting for all models is the most that any of them gets.
    assert slots.checked(facts, Settings(context=50_000), None).flash_attention == "on"


def test_what_does_not_fit_is_told_with_what_would(small_random: Path, tmp_path: Path) -> None:
    ref, limit = ModelRef("llama-server", small_random, "small"), 190 * MB
    memory = Memory(Settings(memory_limit=limit), tmp_path)
    forecast = memory.forecast(memory.needs(ref, Wishes(context=4096), []), [])
    assert not forecast.fits
    assert forecast.estimate == slots.least(read_metadata(small_random), Settings(context=4096, flash_attention="on"))
    assert forecast.instead
    for each in forecast.instead:
        wishes = Wishes(context=each.estimate.context, kv_type=each.estimate.kv_type)
        assert memory.forecast(memory.needs(ref, wishes, []), []).fits


# Real ones


@pytest.fixture(scope="module")
def host(small_random: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A host with one model, whose server is the first that is here."""
    if not servers.KINDS:
        pytest.skip("neither llama-server nor xllamacpp is here")
    folder = tmp_path_factory.mktemp("slots") / "home"
    program = servers.program(servers.KINDS[0], tmp_path_factory.mktemp("program"))
    with own_environment(folder, THREADRUNNER_LLAMA_SERVER=str(program)):
        (folder / "models").mkdir(parents=True)
        (folder / "models" / "small.gguf").symlink_to(small_random)
        endpoint = launcher.ensure_host(config.load()).endpoint
    with lease(HostClient(endpoint)):
        yield endpoint
    shut_down(folder)
    wait_until(lambda: not processes_of(folder), what="the end of all processes")


def load(host: Endpoint, **options: Any) -> tuple[int, dict[str, Any]]:
    return post(host, "/models/load", {"model": "small", **SERVER, **options})


def running(host: Endpoint) -> dict[str, Any]:
    (row,) = (row for row in get(host, "/status")[1]["models"] if row["state"] == "ready")
    return dict(row)


@pytest.fixture
def unloaded(host: Endpoint) -> Endpoint:
    assert post(host, "/models/unload", {"model": "small", **SERVER})[0] == 200
    return host


@pytest.mark.parametrize("options", [{"context": 1000}, {"context": 4096, "kv_type": "q8_0"}, {}], ids=str)
def test_a_load_steers_the_server_and_the_estimate_is_what_it_takes(
    unloaded: Endpoint, options: dict[str, Any]
) -> None:
    status, forecast = load(unloaded, **options, estimate=True)
    assert status == 200
    assert not [row for row in get(unloaded, "/status")[1]["models"] if row["state"] == "ready"]
    assert load(unloaded, **options)[0] == 200
    row = running(unloaded)
    estimate = forecast["estimate"]
    assert row["context"] == estimate["context"] >= options.get("context", 512)
    assert estimate["kv_type"] == options.get("kv_type", "f16")
    command = psutil.Process(row["pid"]).cmdline()
    assert command[command.index("--ctx-size") + 1] == str(estimate["cells"])
    assert ("q8_0" in command) == (estimate["kv_type"] == "q8_0")
    assert row["reserved_bytes"] == pytest.approx(estimate["total_bytes"], rel=0.05)
    # A prompt touches its buffers; those of a slot that nobody uses are only promised.
    assert post(unloaded, CHAT, chat("a prompt " * 50, "small", max_tokens=2, **SERVER))[0] == 200
    taken = psutil.Process(row["pid"]).memory_info().rss
    assert 0.6 < taken / estimate["total_bytes"] < 1.1


def test_a_context_that_it_would_cut_is_refused_and_force_does_not_help(unloaded: Endpoint) -> None:
    for options in ({}, {"force": True}, {"estimate": True}):
        status, body = load(unloaded, context=100_000, **options)
        assert (status, body["error"]["param"]) == (400, "context")
        assert "4096 tokens" in body["error"]["message"]
    assert not [row for row in get(unloaded, "/status")[1]["models"] if row["state"] == "ready"]
