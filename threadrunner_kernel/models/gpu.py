"""What memory GPUs have free for a model's layers, as far as that can be known without loading llama.cpp here."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

MIB = 1 << 20
ASK_SECONDS = 10.0
# A line of `llama-server --list-devices`: "  CUDA0: NVIDIA H200 (143771 MiB, 143000 MiB free)".
_DEVICE = re.compile(r"^\s+(?P<name>\w+): .*\((?P<total>\d+) MiB, (?P<free>\d+) MiB free\)\s*$", re.MULTILINE)
# On Apple's machines the GPU has the same memory as the processor, so that there is none beside.
_SHARED = ("Metal", "MTL")


def free_bytes(server: Sequence[str] | None = None) -> int | None:
    """Free memory of the GPUs that llama.cpp would use, all together; ``None`` where none is known.

    ``server`` is the command of llama.cpp's server, where that is to run the model, which knows its devices; else it is
    llama-cpp-python, of which CUDA's libraries can be seen.
    """
    if server is not None:
        return devices_free_bytes(server)
    return nvidia_free_bytes() if is_built_for_cuda(library_folders()) else None


def library_folders() -> list[Path]:
    """Where llama-cpp-python has its libraries; it is not imported."""
    spec = importlib.util.find_spec("llama_cpp")
    return [Path(folder) / "lib" for folder in (spec.submodule_search_locations or [] if spec else [])]


def is_built_for_cuda(folders: Iterable[Path]) -> bool:
    return any(next(folder.glob("*ggml-cuda*"), None) for folder in folders)


def devices_free_bytes(server: Sequence[str]) -> int | None:
    """What llama.cpp's server says is free on its devices with memory of their own; ``None`` if it tells of none."""
    own = [int(device["free"]) for device in _devices(server) if not device["name"].startswith(_SHARED)]
    return sum(own) * MIB if own else None


def has_devices(server: Sequence[str]) -> bool:
    """Whether llama.cpp's server lists a device with memory, its own or shared, beside the processor."""
    return bool(_devices(server))


def _devices(server: Sequence[str]) -> list[re.Match[str]]:
    said = _said([*server, "--list-devices"])
    return [device for device in _DEVICE.finditer(said) if int(device["total"])]


def nvidia_free_bytes(environ: Mapping[str, str] = os.environ) -> int | None:
    """What ``nvidia-smi`` says is free on the GPUs that a runner sees; ``None`` where it says nothing."""
    program = shutil.which("nvidia-smi")
    said = _said([program, "--query-gpu=index,uuid,memory.free", "--format=csv,noheader,nounits"]) if program else ""
    rows = [[word.strip() for word in line.split(",")] for line in said.splitlines()]
    chosen = environ.get("CUDA_VISIBLE_DEVICES")
    sizes = [row[2] for row in rows if len(row) == 3 and _is_visible(row[0], row[1], chosen)]
    # A GPU that shares the machine's memory has none to tell of.
    own = [int(size) for size in sizes if size.isdecimal()]
    return sum(own) * MIB if own else None


def _is_visible(index: str, uuid: str, chosen: str | None) -> bool:
    """Whether CUDA shows a GPU to a program; its words are numbers, or the beginnings of unique names."""
    words = [word.strip() for word in chosen.split(",")] if chosen is not None else [index]
    return any(word == index or (word.startswith("GPU-") and uuid.startswith(word)) for word in words)


def _said(command: Sequence[str]) -> str:
    """What a program prints when it goes well."""
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=True,
            timeout=ASK_SECONDS,
            stdin=subprocess.DEVNULL,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
