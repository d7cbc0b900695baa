"""llama.cpp's own server for the tests: the ``llama-server`` that is on PATH, and xllamacpp's as such a program."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import threadrunner_kernel

ROOT = Path(threadrunner_kernel.__file__).parents[1]
# A Python that has xllamacpp, where this one has not. Read at once: no test sees a variable of this package.
HAS_XLLAMACPP = importlib.util.find_spec("xllamacpp") is not None
PYTHON = os.environ.get("THREADRUNNER_TEST_XLLAMACPP") or (sys.executable if HAS_XLLAMACPP else "")
REAL = shutil.which("llama-server")
KINDS = [kind for kind, is_there in (("xllamacpp", PYTHON), ("llama-server", REAL)) if is_there]


def program(kind: str, folder: Path) -> Path:
    """A program that takes llama-server's options."""
    if kind == "llama-server":
        assert REAL
        return Path(REAL)
    path = folder / "llama-server"
    module = "threadrunner_kernel.runner.xllamacpp_server"
    path.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{PYTHON}" -m {module} "$@"\n')
    path.chmod(0o755)
    return path
