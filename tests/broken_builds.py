"""Builds of llama.cpp that crash as one for another CPU does: a copy of this Python's with a bad instruction in it."""

from __future__ import annotations

import ctypes
import platform
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

# What no CPU runs: ud2 and udf.
BAD_INSTRUCTION = {"x86_64": b"\x0f\x0b", "aarch64": b"\0\0\0\0"}
IS_POSSIBLE = sys.platform == "linux" and platform.machine() in BAD_INSTRUCTION


def libraries() -> Path:
    """The folder of this Python's build, which ``LLAMA_CPP_LIB_PATH`` overrides."""
    found = find_spec("llama_cpp")
    assert found
    assert found.origin
    return Path(found.origin).parent / "lib"


def write_broken_build(folder: Path, library: str, *functions: str) -> Path:
    """A folder for ``LLAMA_CPP_LIB_PATH`` in whose ``library`` each call of ``functions`` is the end of the process."""
    shutil.copytree(libraries(), folder)
    for name in [path.name for path in folder.glob(f"{library}.so*")]:
        (folder / name).write_bytes(_with_bad_instructions(libraries() / name, functions))
    return folder


def _with_bad_instructions(path: Path, functions: tuple[str, ...]) -> bytes:
    loaded = ctypes.CDLL(str(path))
    content = bytearray(path.read_bytes())
    for function in functions:
        address = ctypes.cast(getattr(loaded, function), ctypes.c_void_p).value
        assert address
        offset = _offset_in_file(path, address)
        bad = BAD_INSTRUCTION[platform.machine()]
        content[offset : offset + len(bad)] = bad
    return bytes(content)


def _offset_in_file(path: Path, address: int) -> int:
    """Where in the file lies what this process has mapped at ``address``."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, _, offset, *_, name = line.split(maxsplit=5)
        start, end = (int(part, 16) for part in span.split("-"))
        if start <= address < end:
            assert Path(name).resolve().parent == path.resolve().parent
            return int(offset, 16) + address - start
    raise AssertionError(f"{path} is not mapped at {address:#x}")
