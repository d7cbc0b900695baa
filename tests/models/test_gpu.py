"""A GPU's free memory, by a stand-in for the program that knows it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from threadrunner_kernel.models import gpu


@pytest.mark.parametrize(
    ("script", "mib"),
    [
        ("echo 1000; echo 24", 1024),
        ("echo 'No devices were found'", 0),
        ("echo 5; exit 9", 0),
    ],
)
def test_the_memory_of_all_gpus_counts_if_any_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, mib: int
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert gpu.nvidia_free_bytes() == mib << 20


def test_without_the_program_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpu.nvidia_free_bytes() == 0


def test_only_a_llama_cpp_that_is_built_for_it_can_use_it(tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    assert not gpu.is_built_for_cuda([folder])
    folder.mkdir()
    (folder / "libggml-cpu.so").touch()
    assert not gpu.is_built_for_cuda([folder])
    (folder / "libggml-cuda.so").touch()
    assert gpu.is_built_for_cuda([folder])
    assert any((place / "libllama.so").exists() or list(place.glob("*llama*")) for place in gpu.library_folders())
