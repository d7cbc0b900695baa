"""How a model divides itself between the machine's memory and a GPU's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadrunner_kernel.models import fit
from threadrunner_kernel.models.fit import Estimate
from threadrunner_kernel.models.metadata import Metadata, read_metadata
from threadrunner_kernel.models.space import Space, Split, split

GB = 1_000_000_000
PROCESS = fit.PROCESS_BYTES


def estimate(rest_bytes: int) -> Estimate:
    """A model of so much beside its process."""
    return replace(fit.WITHOUT_A_FILE, weights_bytes=rest_bytes)


@pytest.mark.parametrize(
    ("gpu_layers", "offloaded"), [(-1, 13), (0, 0), (6, 6), (13, 13), (99, 13)], ids=lambda number: str(number)
)
def test_the_setting_says_how_many_layers_go(small_facts: Metadata, gpu_layers: int, offloaded: int) -> None:
    assert split(small_facts, gpu_layers) == Split(offloaded, 13)  # 12, and what comes after the last


@pytest.fixture(scope="module")
def small_facts(small_random: Path) -> Metadata:
    return read_metadata(small_random)


def test_all_on_a_gpu_leaves_the_process_and_half_leaves_half() -> None:
    model = estimate(30 * GB)
    assert Split(0, 10).space(model) == Space(30 * GB + PROCESS, 0)
    assert Split(10, 10).space(model) == Space(PROCESS, 30 * GB)
    assert Split(5, 10).space(model) == Space(15 * GB + PROCESS, 15 * GB)


def test_what_is_free_of_one_kind_does_not_help_the_other() -> None:
    """30 GB do not fit on a GPU of 24, however much memory the machine has."""
    whole, free = Split(10, 10), Space(64 * GB, 24 * GB)
    assert whole.usable_bytes(free, PROCESS) == 24 * GB + PROCESS
    assert not free.holds(whole.space(estimate(30 * GB)))
    assert free.holds(whole.space(estimate(24 * GB)))
    assert Split(0, 10).usable_bytes(free, PROCESS) == 64 * GB
    assert Split(5, 10).usable_bytes(free, PROCESS) == 48 * GB + PROCESS
    assert whole.usable_bytes(Space(PROCESS - 1, 24 * GB), PROCESS) < PROCESS


@given(
    offloaded=st.integers(0, 13),
    rest=st.integers(0, 100 * GB),
    ram=st.integers(-GB, 100 * GB),
    gpu=st.integers(-GB, 100 * GB),
)
def test_what_is_usable_is_just_what_fits(offloaded: int, rest: int, ram: int, gpu: int) -> None:
    part, free = Split(offloaded, 13), Space(ram, gpu)
    fits = free.holds(part.space(estimate(rest)))
    assert fits is (estimate(rest).total_bytes <= part.usable_bytes(free, PROCESS))
