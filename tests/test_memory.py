"""What is free: the machine's memory, within the limits that a process is under."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from threadrunner_kernel.memory import (
    available_bytes,
    cgroup_free_bytes,
    memory_bytes,
    memory_kills,
    own_bytes,
    text_size,
)

MB = 1_000_000


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "self"
    path.write_text("0::/user/session\n")
    return path


def test_a_limit_of_any_group_above_counts_and_cached_files_are_free(tmp_path: Path, own: Path) -> None:
    write(tmp_path, memory_max="900\n", memory_current="100\n")
    write(tmp_path / "user", memory_max="500\n", memory_current="450\n")
    (tmp_path / "user" / "memory.stat").write_text("anon 200\ninactive_file 150\nactive_file 30\nslab 5\n")
    write(tmp_path / "user" / "session", memory_max="max\n", memory_current="400\n")
    assert sorted(cgroup_free_bytes(tmp_path, own)) == [230, 800]


def test_in_a_container_the_root_is_its_own_group(tmp_path: Path) -> None:
    (tmp_path / "self").write_text("0::/\n")
    write(tmp_path, memory_max="900\n", memory_current="100\n")
    assert cgroup_free_bytes(tmp_path, tmp_path / "self") == [800]


def test_the_first_version_of_control_groups(tmp_path: Path, own: Path) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("700\n")
    (tmp_path / "memory" / "memory.usage_in_bytes").write_text("300\n")
    assert cgroup_free_bytes(tmp_path, own) == [400]


def test_without_control_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert cgroup_free_bytes(tmp_path / "none", tmp_path / "nothing") == []


def test_a_limit_makes_less_free_and_never_more() -> None:
    assert available_bytes(5) == 5
    assert available_bytes(-5) == 0
    assert 0 < available_bytes(1 << 60) <= psutil.virtual_memory().total


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell the pages of files apart")
def test_the_pages_of_a_mapped_file_are_not_a_processs_own(tmp_path: Path) -> None:
    size = 50 * MB
    (tmp_path / "file").write_bytes(os.urandom(size))
    code = (
        "import mmap, sys\n"
        "file = open(sys.argv[1], 'rb')\n"
        "mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)\n"
        "sum(mapped[place] for place in range(0, len(mapped), 4096))\n"
        "print('read', flush=True)\n"
        "input()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "file")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "read\n"
        assert memory_bytes(process.pid) - own_bytes(process.pid) >= size
        process.kill()
    assert (memory_bytes(process.pid), own_bytes(process.pid), own_bytes(None)) == (0, 0, 0)


def test_sizes_for_people() -> None:
    assert [text_size(size) for size in (5, 5000, 5 * MB, 5500 * MB)] == ["5 bytes", "5 KB", "5 MB", "5.5 GB"]


def test_the_systems_kills_are_counted_where_it_counts_them(tmp_path: Path) -> None:
    (tmp_path / "vmstat").write_text("nr_free_pages 1\noom_kill 3\nswap_ra 0\n")
    (tmp_path / "older").write_text("nr_free_pages 1\n")
    assert [memory_kills(tmp_path / name) for name in ("vmstat", "older", "missing")] == [3, 0, 0]
