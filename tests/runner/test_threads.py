"""The cores that a process is really given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from threadrunner_kernel.runner.threads import cgroup_cpus, default_threads

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
