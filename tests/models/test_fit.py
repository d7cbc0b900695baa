"""What a model takes, reckoned from its header, against what real runners of real model files take."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import model_files
from tests.gguf_writing import Shape
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.config import KvType, Settings
from threadrunner_kernel.endpoint import Endpoint, socket_folder
from threadrunner_kernel.models import fit
from threadrunner_kernel.models.metadata import Metadata, Recurrent, read_metadata
from threadrunner_kernel.process import ChildProcess

GIB = 1 << 30
# What a build of Python and of llama.cpp's libraries may have more or less than the measured one.
PROCESS_TOLERANCE_BYTES = 40_000_000


@pytest.fixture(scope="module")
def small(small_random: Path) -> Metadata:
    return read_metadata(small_random)


@contextmanager
def runner(path: Path, **settings: object) -> Iterator[tuple[ChildProcess, dict[str, object]]]:
    """A runner without a host, and its health when it is ready."""
    endpoint = Endpoint(socket_folder() / f"test-{os.getpid()}.sock")
    environment = {**os.environ, **{f"THREADRUNNER_{name.upper()}": str(value) for name, value in settings.items()}}
    command = [sys.executable, "-m", "threadrunner_kernel.runner", "--endpoint", str(endpoint.path)]
    # Weights that are repacked lie in memory twice: once as mapped pages of the file, which the system may take back.
    command += ["--engine", "llama-cpp-python", "--model", str(path), "--no-extra-buffers"]
    child = ChildProcess(command, endpoint, environment=environment)
    child.start()
    try:
        yield child, child.wait_ready()
    finally:
        child.stop()


@pytest.mark.parametrize("kv_type", ["f16", "q8_0"])
@pytest.mark.parametrize("context", [512, 16384])
def test_a_runner_takes_what_was_reckoned(small_random: Path, small: Metadata, context: int, kv_type: KvType) -> None:
    settings = Settings(context=context, kv_cells=context, kv_type=kv_type)
    reckoned = fit.least(small, settings)
    with runner(small_random, context=context, kv_cells=context, kv_type=kv_type) as (child, _):
        body = {"messages": [{"role": "user", "content": "a prompt " * 20}], "max_tokens": 2}
        HostClient(child.endpoint).post("/v1/chat/completions", body, Cancellation())
        taken = psutil.Process(child.pid).memory_info().rss
    # A short prompt does not touch all of the buffers that a long one needs.
    least = reckoned.total_bytes - reckoned.compute_bytes
    assert least - PROCESS_TOLERANCE_BYTES <= taken <= reckoned.total_bytes + PROCESS_TOLERANCE_BYTES


# Little to compute, and much to remember.
WIDE = Shape(vocabulary=512, width=512, layers=6, heads=4, kv_heads=4, feed_forward=64)


def test_a_runner_in_use_stays_within_what_may_come_with_use(tmp_path: Path) -> None:
    """The lanes of repeatable answers, and branches that are parked: more of them than there is room for."""
    path = model_files.write_random_model(tmp_path / "wide.gguf", WIDE)
    wide = read_metadata(path)
    asked: dict[str, Any] = {"context": 1024, "kv_cells": 1024, "kv_type": "f32", "parallel": 3, "threads": 1}
    free = 1_000_000_000
    reckoned = fit.planned(wide, Settings(**asked), free + wide.weights_bytes + fit.PROCESS_BYTES)
    with runner(path, memory_limit=free, **asked) as (child, _):
        client = HostClient(child.endpoint)

        def grown(prompt: str, **fields: Any) -> int:
            """What it takes after an answer."""
            body = {"messages": [{"role": "user", "content": prompt}], "max_tokens": 1, **fields}
            client.post("/v1/chat/completions", body, Cancellation())
            return int(psutil.Process(child.pid).memory_info().rss)

        alone = grown("A short prompt.")
        with_lanes = grown("A short prompt.", seed=1)
        parked = [grown(f"{number} " * 400) for number in range(3)]
    lanes = fit.lanes_bytes(wide, Settings(**asked), 1024, free)
    assert with_lanes - alone >= 3 * 1024 * fit.cell_bytes(wide, "f32") * 0.9
    assert with_lanes <= reckoned.total_bytes + lanes + PROCESS_TOLERANCE_BYTES
    assert max(parked) <= reckoned.most_bytes + PROCESS_TOLERANCE_BYTES
    # The margin is one that says something.
    assert reckoned.most_bytes <= max(parked) + reckoned.compute_bytes + PROCESS_TOLERANCE_BYTES


def test_a_runner_chooses_the_context_that_was_reckoned(small_random: Path, small: Metadata) -> None:
    settings = Settings(parallel=1)
    for free in (30_000_000, 300_000_000):
        reckoned = fit.planned(small, settings, free + small.weights_bytes + fit.PROCESS_BYTES)
        with runner(small_random, memory_limit=free, parallel=1) as (_, health):
            assert health["context"] == reckoned.context
    assert reckoned.context > fit.SMALLEST_CONTEXT


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process see what another has mapped")
@pytest.mark.parametrize("is_mapped", [True, False])
def test_a_model_file_is_mapped_unless_that_is_switched_off(small_random: Path, is_mapped: bool) -> None:
    with runner(small_random, context=512, mmap=is_mapped) as (child, _):
        maps = Path(f"/proc/{child.pid}/maps").read_text()
    assert (str(small_random) in maps) is is_mapped


# The parts


def test_the_kv_cache_grows_with_the_context_and_shrinks_with_the_bits(small: Metadata) -> None:
    sizes = {
        kv_type: fit.least(small, Settings(context=4096, kv_type=kv_type)).kv_bytes for kv_type in get_args(KvType)
    }
    # 12 layers with 4 heads of 64 numbers for keys, and as many for values.
    assert sizes["f16"] == 4096 * 12 * 4 * (64 + 64) * 2
    assert sizes["f32"] == 2 * sizes["f16"] == 2 * sizes["bf16"]
    assert sizes["q8_0"] * 32 * 2 == sizes["f16"] * 34
    assert sizes["f16"] > sizes["q8_0"] > sizes["q5_1"] > sizes["q5_0"] > sizes["q4_1"] > sizes["q4_0"]
    assert fit.least(small, Settings(context=8192)).kv_bytes == 2 * sizes["f16"]
    assert fit.least(small, Settings(context=512, kv_cells=4096)).kv_bytes == sizes["f16"]


def test_heads_and_their_lengths_are_the_layers_own_where_the_file_says_so(small: Metadata) -> None:
    one = fit.cell_bytes(small, "f16")
    assert fit.cell_bytes(replace(small, key_length=128, value_length=128), "f16") == 2 * one
    assert fit.cell_bytes(replace(small, head_count_kv=None), "f16") == 2 * one  # 8 heads, each with its own
    assert fit.cell_bytes(replace(small, head_count_kv=(0, 4) * 6), "f16") == one / 2
    assert fit.cell_bytes(replace(small, head_count=0, head_count_kv=0), "f16") == 0


def test_a_recurrent_model_takes_memory_for_each_sequence_and_none_for_tokens(small: Metadata) -> None:
    state = Recurrent(conv_kernel=4, inner_size=1024, state_size=16)
    mamba = replace(small, head_count=0, head_count_kv=0, recurrent=state)
    sizes = [fit.least(mamba, Settings(context=context, parallel=8)).kv_bytes for context in (512, 8192)]
    assert sizes == [4 * (3 * 1024 + 16 * 1024) * 12 * (8 + fit.CACHED_BRANCHES_WITH_STATE)] * 2


def test_a_model_of_which_the_file_says_nothing_is_its_weights(small: Metadata) -> None:
    unknown = replace(
        small,
        context_length=None,
        block_count=None,
        embedding_length=None,
        head_count=None,
        head_count_kv=None,
        feed_forward_length=None,
        vocab_size=None,
    )
    rest = fit.good(unknown, Settings()).total_bytes - small.weights_bytes - fit.PROCESS_BYTES
    assert 0 <= rest < 1_000_000


# Choosing


@given(free=st.integers(-GIB, 64 * GIB), parallel=st.integers(1, 8), trained=st.sampled_from([256, 4096, 131072]))
def test_what_is_planned_is_never_less_than_works_and_never_more_than_is_free(
    small_facts: Metadata, free: int, parallel: int, trained: int
) -> None:
    facts, settings = replace(small_facts, context_length=trained), Settings(parallel=parallel)
    planned = fit.planned(facts, settings, free)
    smallest = fit.least(facts, settings)
    assert min(trained, fit.SMALLEST_CONTEXT) <= planned.context <= trained
    assert planned.context <= planned.cells <= parallel * planned.context
    assert planned.total_bytes <= max(free, smallest.total_bytes)


@pytest.fixture(scope="module")
def small_facts(small: Metadata) -> Metadata:
    return small


def test_a_context_that_is_set_is_kept_however_little_is_free(small: Metadata) -> None:
    assert fit.planned(small, Settings(context=5000), 0).context == 5000


# What would fit instead


@pytest.fixture(scope="module")
def long(small: Metadata) -> Metadata:
    """The same model, trained with longer contexts than any that is asked for here."""
    return replace(small, context_length=1 << 20)


def ways(facts: Metadata, free: int, others: list[tuple[str, Metadata]] | None = None, **settings: object) -> list[str]:
    asked = replace(Settings(), **settings)  # type: ignore[arg-type]
    found = fit.alternatives(facts, asked, free, others or [])
    assert all(way.estimate.total_bytes <= free for way in found)
    return [way.options for way in found]


def test_a_smaller_context_is_the_largest_that_fits(long: Metadata) -> None:
    free = fit.least(long, Settings(context=8192)).total_bytes
    assert ways(long, free, context=50_000)[0] == "--context 8192"
    assert ways(long, free - 1, context=50_000)[0] == "--context 4096"


def test_a_quantised_cache_holds_the_context_or_a_larger_part_of_it(long: Metadata) -> None:
    quantised = fit.least(long, Settings(context=32768, kv_type="q8_0")).total_bytes
    assert "--kv-type q8_0" in ways(long, quantised, context=32768)
    assert "--kv-type q8_0 --context 16384" in ways(long, quantised - 1, context=32768)
    assert not any("q8_0" in way for way in ways(long, quantised, context=65536, kv_type="q4_0"))


def test_no_context_beyond_the_training_is_offered(small: Metadata) -> None:
    facts = replace(small, context_length=5000)
    free = fit.least(facts, Settings(context=200_000)).total_bytes
    assert ways(facts, free, context=1_000_000) == ["--context 5000"]
    assert ways(facts, fit.least(facts, Settings(context=5000)).total_bytes - 1, context=1_000_000) == [
        "--context 4096",
        "--kv-type q8_0 --context 5000",
    ]
    # Of what the file does not say, nothing is known to be too much.
    unknown = replace(small, context_length=None)
    assert ways(unknown, fit.least(unknown, Settings(context=65536)).total_bytes, context=100_000)[0] == (
        "--context 65536"
    )


def test_a_quantised_cache_is_offered_only_where_it_holds_more(small: Metadata) -> None:
    free = fit.least(small, Settings(context=1024)).total_bytes
    assert ways(small, free, context=2048) == ["--context 1024", "--kv-type q8_0"]
    assert ways(small, free, context=32768)[0] == "--context 1024"
    for way in ways(small, free, context=32768)[1:]:
        assert int(way.rpartition(" ")[2]) > 1024


def test_the_best_smaller_quantisation_of_the_same_model_is_named(small: Metadata) -> None:
    def of(size: int) -> Metadata:
        return replace(small, weights_bytes=size)

    others = [
        ("mine-q8", of(40_000_000)),
        ("mine-q4", of(20_000_000)),
        ("mine-q2", of(10_000_000)),
        ("other", replace(of(1000), vocab_size=5)),
    ]
    free = fit.least(of(20_000_000), Settings(context=512)).total_bytes
    assert ways(small, free, others, context=512) == ["-m mine-q4"]
    assert ways(small, 1000, others, context=512) == []


def test_an_encoder_is_its_weights(tmp_path: Path) -> None:
    facts = read_metadata(model_files.write_embedding_model(tmp_path / "encoder.gguf", "encoder"))
    assert fit.good(facts, Settings()).cells == 0
    assert fit.planned(facts, Settings(), GIB).use_bytes == 0


def test_what_may_come_with_use_is_bounded_by_what_is_free_and_told(small: Metadata) -> None:
    settings = Settings(context=4096, parallel=8)
    planned = [fit.planned(small, settings, free) for free in (0, GIB, 64 * GIB)]
    one_lane = fit.lanes_bytes(small, settings, 4096, 0)
    assert planned[0].use_bytes == one_lane
    assert planned[0].use_bytes < planned[1].use_bytes <= planned[2].use_bytes
    assert planned[2].use_bytes == fit.lanes_bytes(small, settings, 4096, 64 * GIB) + planned[2].kv_bytes
    assert str(planned[2]).endswith(" more with use")
    # Where a state is all that could be parked, the branches stay.
    assert fit.parking_bytes(replace(small, sliding_window=512), planned[2], GIB) == 0
