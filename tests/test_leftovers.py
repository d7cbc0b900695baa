"""What ended hosts and runners leave is removed, and nothing of those that live."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import wait_until
from threadrunner_kernel import config, launcher
from threadrunner_kernel.endpoint import Endpoint, socket_folder
from threadrunner_kernel.leftovers import leftovers, sweep

NAME = "host-0123456789abcdef"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name, as a socket needs it."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def bind(path: Path) -> None:
    """A socket that nobody listens on any more."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))


def dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_what_a_killed_host_left_goes(folder: Path) -> None:
    bind(folder / f"{NAME}.sock")
    bind(folder / f"{NAME}.sock.123")
    (folder / "private-123-abc.json").write_text('{"port": 9, "token": ""}')
    (folder / "private-124-abc.json").write_text("{")
    for name in (f"{NAME}.owner", f"{NAME}.lock", "private-123-abc.owner"):
        (folder / name).touch()
    assert len(leftovers(folder)) == 7
    assert len(list(folder.iterdir())) == 7  # it only looks
    assert sweep(folder) == 7
    assert not list(folder.iterdir())
    bind(folder / f"{NAME}.sock")  # whose locks somebody has removed
    assert sweep(folder) == 1
    assert not list(folder.iterdir())


@pytest.mark.parametrize("held", ["owner", "lock"])
def test_a_host_that_lives_or_is_being_started_keeps_all(folder: Path, held: str) -> None:
    bind(folder / f"{NAME}.sock")
    (folder / f"{NAME}.owner").touch()
    with FileLock(folder / f"{NAME}.{held}"):
        there = set(folder.iterdir())
        assert (leftovers(folder), sweep(folder)) == ([], 0)
        assert set(folder.iterdir()) == there
    assert sweep(folder) == len(there)


def test_a_socket_that_is_answered_stays(folder: Path) -> None:
    endpoint = Endpoint(folder / f"{NAME}.sock")
    with endpoint.listen():
        assert (leftovers(folder), sweep(folder)) == ([], 0)
    assert leftovers(folder) == [endpoint.path]


def test_a_runners_files_stay_as_long_as_its_host(folder: Path) -> None:
    bind(folder / f"runner-{os.getpid()}-1.sock")
    pid = dead_pid()
    bind(folder / f"runner-{pid}-1.sock")
    (folder / f"runner-{pid}-2.key").touch()
    assert sweep(folder) == 2
    # The number of a host that ended may be that of a younger process.
    assert not leftovers(folder)
    long_ago = time.time() - 1_000_000_000
    os.utime(folder / f"runner-{os.getpid()}-1.sock", (long_ago, long_ago))
    assert sweep(folder) == 1


def test_what_is_not_ours_stays(folder: Path) -> None:
    names = ["host-1.sock", "runner-x-1.sock", "notes.txt", "works-0123456789abcdef", "host-0123456789abcdef.txt"]
    for name in names:
        (folder / name).touch()
    assert (leftovers(folder), sweep(folder)) == ([], 0)


def test_a_lock_that_is_removed_is_not_held_by_who_waited_for_it(folder: Path) -> None:
    """A waiter has the removed file open: it must take the new one of that name, as everybody else does."""
    path = folder / f"{NAME}.lock"
    waiter = (
        "import sys\nfrom filelock import FileLock\n"
        "with FileLock(sys.argv[1]):\n    print('held', flush=True)\n    input()\n"
    )
    pipe = subprocess.PIPE
    lock = FileLock(path)
    lock.acquire()
    with subprocess.Popen([sys.executable, "-c", waiter, str(path)], stdin=pipe, stdout=pipe, text=True) as process:
        path.unlink()
        lock.release()
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert leftovers(folder) == []
        process.communicate("\n")
    assert sweep(folder) == 1


def test_a_host_that_starts_sweeps_the_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = socket_folder() / f"runner-{dead_pid()}-1.sock"
    bind(left)
    launcher.ensure_host(config.load())
    wait_until(lambda: not left.exists(), what="the removal of a dead runner's socket")
