"""A GPU's free memory, by stand-ins for the programs that know it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.host import servers
from threadrunner_kernel.models import gpu


def stand_in(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("script", "visible", "mib"),
    [
        ("echo '0, GPU-a1, 1000'; echo '1, GPU-b2, 24'", None, 1024),
        ("echo '0, GPU-a1, 1000'; echo '1, GPU-b2, 24'", "1", 24),
        ("echo '0, GPU-a1, 1000'; echo '1, GPU-b2, 24'", "GPU-a", 1000),
        ("echo '0, GPU-a1, 1000'; echo '1, GPU-b2, 24'", "-1", None),
        ("echo '0, GPU-a1, 1000'", "", None),
        ("echo '0, GPU-a1, 0'", None, 0),
        ("echo '0, GPU-a1, [N/A]'", None, None),
        ("echo 'No devices were found'", None, None),
        ("echo '0, GPU-a1, 5'; exit 9", None, None),
    ],
)
def test_the_memory_of_all_gpus_that_a_runner_sees_counts_if_any_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, visible: str | None, mib: int | None
) -> None:
    stand_in(tmp_path / "nvidia-smi", script)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    environ = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    assert gpu.nvidia_free_bytes(environ) == (None if mib is None else mib << 20)


def test_without_the_program_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu.nvidia_free_bytes() is None


@pytest.mark.parametrize(
    ("devices", "mib"),
    [
        (["CUDA0: NVIDIA H200 (143771 MiB, 1000 MiB free)", "CUDA1: NVIDIA (SXM) (9 MiB, 5 MiB free)"], 1005),
        (["ROCm0: AMD Radeon (16368 MiB, 0 MiB free)"], 0),
        (["Metal: Apple M2 (16384 MiB, 9000 MiB free)"], None),
        (["BLAS: OpenBLAS (0 MiB, 0 MiB free)"], None),
        ([], None),
    ],
)
def test_llama_cpps_server_tells_of_its_own_devices(tmp_path: Path, devices: list[str], mib: int | None) -> None:
    lines = "\n".join(["Available devices:", *(f"  {device}" for device in devices)])
    server = stand_in(tmp_path / "llama-server", f'[ "$1" = --list-devices ] && cat <<END\n{lines}\nEND')
    assert gpu.free_bytes([str(server)]) == (None if mib is None else mib << 20)


def test_a_server_that_does_not_know_the_question_tells_of_none(tmp_path: Path) -> None:
    server = stand_in(tmp_path / "llama-server", "echo '  CUDA0: X (5 MiB, 5 MiB free)'; exit 1")
    assert gpu.free_bytes([str(server)]) is None
    assert gpu.free_bytes([str(tmp_path / "nothing")]) is None


@pytest.mark.skipif(not servers.PYTHON, reason="xllamacpp is not here")
def test_xllamacpps_server_answers_the_question(tmp_path: Path) -> None:
    program = servers.program("xllamacpp", tmp_path)
    said = subprocess.run([program, "--list-devices"], capture_output=True, text=True, check=True, timeout=100).stdout
    assert said.startswith("Available devices:\n")
    assert "CPU" not in said


def test_only_a_llama_cpp_that_is_built_for_it_can_use_it(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    assert not gpu.is_built_for_cuda([folder])
    folder.mkdir()
    (folder / "libggml-cpu.so").touch()
    assert not gpu.is_built_for_cuda([folder])
    (folder / "libggml-cuda.so").touch()
    assert gpu.is_built_for_cuda([folder])
    assert any((place / "libllama.so").exists() or list(place.glob("*llama*")) for place in gpu.library_folders())
