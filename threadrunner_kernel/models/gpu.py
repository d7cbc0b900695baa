"""What memory a GPU has free for a model's layers, as far as that can be known without loading llama.cpp."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

MIB = 1 << 20
ASK_SECONDS = 10.0


def free_bytes() -> int:
    """Free memory of NVIDIA's GPUs where the installed llama.cpp is built for them, else 0.

    On Apple's machines the GPU has the same memory as the processor, so that there is none beside.
    """
    return nvidia_free_bytes() if is_built_for_cuda(library_folders()) else 0


def library_folders() -> list[Path]:
    """Where llama-cpp-python has its libraries; it is not imported."""
    spec = importlib.util.find_spec("llama_cpp")
    return [Path(folder) / "lib" for folder in (spec.submodule_search_locations or [] if spec else [])]


def is_built_for_cuda(folders: Iterable[Path]) -> bool:
    return any(next(folder.glob("*ggml-cuda*"), None) for folder in folders)


def nvidia_free_bytes() -> int:
    """What ``nvidia-smi`` says is free on all GPUs together; 0 where it is missing or does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return 0
    command = [program, "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError):
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=ASK_SECONDS).stdout
        return sum(int(line) for line in said.split()) * MIB
    return 0
