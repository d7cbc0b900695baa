"""What the host tells of the resources that real processes use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import wait_until
from threadrunner_kernel.host.resources import MIB, Resources, Use, gpu_bytes


def test_a_busy_process_and_an_idle_one_are_told_apart() -> None:
    resources = Resources()
    busy = "print(flush=True)\nwhile True: pass"
    idle = "print(flush=True)\ninput()"
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with (
        subprocess.Popen([sys.executable, "-c", busy], **options) as working,  # type: ignore[call-overload]
        subprocess.Popen([sys.executable, "-c", idle], **options) as waiting,  # type: ignore[call-overload]
    ):
        try:
            pids = [working.pid, waiting.pid]

            def is_apart(uses: dict[int, Use]) -> bool:
                return uses[waiting.pid].cpu_percent + 5 < uses[working.pid].cpu_percent

            for process in (working, waiting):
                process.stdout.readline()
            assert all(use.memory_bytes > MIB for use in resources.look(pids).values())
            wait_until(lambda: is_apart(resources.look(pids)), what="a difference")
        finally:
            working.kill()
            waiting.kill()
    assert [use.memory_bytes for use in resources.look(pids).values()] == [0, 0]


def test_a_gpus_memory_is_counted_by_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f'#!/bin/sh\necho "{os.getpid()}, 100"\necho "{os.getpid()}, 28"\necho "77, 5"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert gpu_bytes() == {os.getpid(): 128 * MIB, 77: 5 * MIB}
    assert Resources().look([os.getpid()])[os.getpid()].gpu_bytes == 128 * MIB
    program.write_text('#!/bin/sh\necho "Insufficient Permissions"\n')
    assert gpu_bytes() == {}
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert gpu_bytes() == {}
