"""The cores that a process is really given, and room for others on them; the bits do not depend on it."""

from __future__ import annotations

import os
from pathlib import Path

import llama_cpp.llama_cpp as C
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import model_files
from tests.model_files import Quantisation, Shape
from threadrunner_kernel.config import Settings
from threadrunner_kernel.runner.llama import AbortFlag, ContextShape, LlamaContext, LlamaModel, NativeLog, Row
from threadrunner_kernel.runner.threads import (
    SAMPLE_SECONDS,
    ThreadChooser,
    busy_seconds,
    cgroup_cpus,
    default_threads,
    fitting_threads,
    hungry_threads,
    usable_cores,
)

NO_LIMIT = 1 << 16


@pytest.mark.parametrize(
    ("quota", "cpus"),
    [
        ("200000 100000", 2),
        ("150000 100000", 1),
        ("399999 100000", 3),
        ("50000 100000", 1),
        ("max 100000", NO_LIMIT),
        ("", NO_LIMIT),
        ("many 100000", NO_LIMIT),
        ("1 2 3", NO_LIMIT),
    ],
)
def test_a_quota_counts_in_whole_cpus_and_at_least_one(tmp_path: Path, quota: str, cpus: int) -> None:
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert cgroup_cpus(tmp_path) == cpus


def test_without_control_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert cgroup_cpus(tmp_path) == NO_LIMIT


def test_there_is_at_least_one_thread_and_at_most_one_for_each_core() -> None:
    assert 1 <= default_threads() <= (os.cpu_count() or 1)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no affinity masks")
def test_a_process_bound_to_one_core_gets_one_thread() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert default_threads() == 1
    finally:
        os.sched_setaffinity(0, allowed)


# Room for others


@pytest.mark.parametrize(
    ("hungry", "threads"),
    [
        (0.0, 4),
        (0.5, 4),
        (0.6, 3),
        (1.0, 3),
        (2.0, 2),
        (3.0, 4),  # one alone gets no more done than four on shared cores
        (9.0, 4),
    ],
)
def test_a_thread_makes_room_where_the_others_then_get_more_done(hungry: float, threads: int) -> None:
    assert fitting_threads(4, 4, hungry) == threads


@pytest.mark.parametrize(
    ("threads", "others", "own", "hungry"),
    [
        (4, 1.0, 1.0, 1.0),  # half of the cores are idle: the others have what they want
        (4, 0.0, 4.0, 0.0),
        (4, 2.0, 2.0, 4.0),  # four of ours have two cores: as many others have the rest
        (1, 3.0, 1.0, 3.0),
        (4, 4.0, 0.0, 4.0),
    ],
)
def test_others_count_by_the_cores_that_they_would_use(threads: int, others: float, own: float, hungry: float) -> None:
    assert hungry_threads(4, threads, others, own) == hungry


COUNTS = st.integers(1, 64)
USES = st.floats(0, 70)


@given(COUNTS, COUNTS, USES)
def test_there_is_at_least_one_thread_and_none_too_many(most: int, cores: int, hungry: float) -> None:
    threads = fitting_threads(most, cores, hungry)
    assert 1 <= threads <= most
    # Fewer than all only if each of them has a core to itself.
    assert threads == most or threads + hungry <= cores + 0.5


class Clocks:
    """A machine of four cores by hand: seconds, and CPU seconds of all and of this process."""

    def __init__(self) -> None:
        self.now = self.machine = self.own = 100.0

    def pass_(self, seconds: float, *, own: float, others: float) -> None:
        """So many seconds in which these cores were busy."""
        self.now += seconds
        self.own += own * seconds
        self.machine += (own + others) * seconds

    def chooser(self) -> ThreadChooser:
        return ThreadChooser(
            4, 4, clock=lambda: self.now, machine_seconds=lambda: self.machine, own_seconds=lambda: self.own
        )


def test_alone_on_the_machine_all_threads_compute() -> None:
    clocks = Clocks()
    chooser = clocks.chooser()
    assert chooser.choose() == 4
    for _ in range(5):
        clocks.pass_(SAMPLE_SECONDS, own=4, others=0)
        assert chooser.choose() == 4


def test_threads_make_room_for_who_stays_and_come_back_when_he_goes() -> None:
    clocks = Clocks()
    chooser = clocks.chooser()
    chosen = []
    # One other process that takes what it gets: a fifth of the cores beside four threads, one core beside three.
    for own, others in ((3.2, 0.8), (3.2, 0.8), (3, 1), (3, 1), (3, 0), (3, 0)):
        clocks.pass_(SAMPLE_SECONDS, own=own, others=others)
        chosen.append(chooser.choose())
    assert chosen == [4, 3, 3, 3, 3, 4]


def test_a_passing_moment_changes_nothing() -> None:
    clocks = Clocks()
    chooser = clocks.chooser()
    for others in (0, 1, 0, 1, 0):
        clocks.pass_(SAMPLE_SECONDS, own=3, others=others)
        assert chooser.choose() == 4


def test_between_two_samples_nothing_changes() -> None:
    clocks = Clocks()
    chooser = clocks.chooser()
    for _ in range(4):
        clocks.pass_(SAMPLE_SECONDS / 5, own=3, others=1)
        assert chooser.choose() == 4
    for expected in (4, 3):
        clocks.pass_(SAMPLE_SECONDS * 1.01, own=3, others=1)
        assert chooser.choose() == expected


def test_what_others_did_during_a_rest_says_nothing_of_now() -> None:
    clocks = Clocks()
    chooser = clocks.chooser()
    for _ in range(3):
        clocks.pass_(SAMPLE_SECONDS * 20, own=0, others=1)
        assert chooser.choose() == 4


def test_a_process_that_counts_more_than_the_machine_is_no_negative_use() -> None:
    clocks = Clocks()
    chooser = clocks.chooser()
    clocks.pass_(SAMPLE_SECONDS, own=4, others=-1)
    assert chooser.choose() == 4


def test_the_machines_busy_seconds_only_grow() -> None:
    before = busy_seconds()
    sum(range(3_000_000))
    assert busy_seconds() >= before > 0
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)


# The bits

MIDDLE = Shape(vocabulary=1024, width=256, layers=3, heads=4, kv_heads=2, feed_forward=512)


@pytest.mark.parametrize("quantisation", ["f16", "q4_0"])
def test_the_logits_are_the_same_with_one_thread_and_with_two(tmp_path: Path, quantisation: Quantisation) -> None:
    """Of a prompt read in two steps, and of the token that was made after it; so threads may change between steps."""
    path = model_files.write_random_model(tmp_path / "model.gguf", MIDDLE, quantisation=quantisation, attentive=True)
    flag = AbortFlag()
    log = NativeLog(flag)
    model = LlamaModel(path, log, Settings(), extra_buffers=True, report=lambda _: None)
    found = [logits_of(model, log, flag, threads) for threads in ((1, 1, 1), (2, 2, 2), (1, 2, 1), (2, 1, 2))]
    model.close()
    assert all(np.array_equal(found[0], other) for other in found[1:])
    assert np.isfinite(found[0]).all()


def logits_of(model: LlamaModel, log: NativeLog, flag: AbortFlag, threads: tuple[int, int, int]) -> np.ndarray:
    """The logits of the last rows of three steps, each with so many threads: shape (3, vocabulary)."""
    shape = ContextShape(cells=256, sequences=1, is_unified=True, step=128, threads=1, flash_attention="off")
    context = LlamaContext(model, log, flag, shape)
    tokens = [300 + number * 7 % 500 for number in range(129)]
    found = []
    for (first, last), count in zip(((0, 64), (64, 128), (128, 129)), threads, strict=True):
        context.set_threads(count)
        rows = [Row(tokens[place], place, 0, wants_logits=place == last - 1) for place in range(first, last)]
        assert context.decode(rows) == "done"
        pointer = C.llama_get_logits_ith(context.handle, len(rows) - 1)
        found.append(np.ctypeslib.as_array(pointer, shape=(model.vocabulary_size,)).copy())
    context.close()
    return np.stack(found)
