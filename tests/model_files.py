"""GGUF model files for the tests, made by code: nothing is downloaded, and real llama.cpp loads and runs them.

A *scripted* model says exact texts, so that a test can ask real llama.cpp for a known answer. A *random* model says
made-up words: one of the llama architecture has the shape, the size and so the speed of a real one, and there is a tiny
one of each kind of memory that llama.cpp keeps otherwise (a window, a recurrent state, a state beside the cells).

None of it knows the runner, the host or llama-cpp-python.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from tests.embedding_models import EMBEDDING_CONTEXT, EmbeddingKind, write_embedding_model
from tests.gguf_writing import PACE_KEY, Quantisation, Shape, put_in_place
from tests.random_models import (
    SMALL,
    TINY,
    TINYLLAMA_1B,
    WINDOW,
    write_hybrid_model,
    write_random_model,
    write_recurrent_model,
    write_window_model,
)
from tests.scripted_models import ENDLESS, cut_into_pieces, write_scripted_model

__all__ = [
    "EMBEDDING_CONTEXT",
    "ENDLESS",
    "PACE_KEY",
    "SMALL",
    "TINY",
    "TINYLLAMA_1B",
    "WINDOW",
    "EmbeddingKind",
    "Quantisation",
    "Shape",
    "cached",
    "cut_into_pieces",
    "write_embedding_model",
    "write_hybrid_model",
    "write_not_gguf",
    "write_random_model",
    "write_recurrent_model",
    "write_scripted_model",
    "write_truncated",
    "write_window_model",
]

WRITER_VERSION = 1
"""Part of the name of a cached file: raise it when a writer gives other bytes than before."""


def write_truncated(path: Path, source: Path) -> Path:
    """Write the first half of the file `source`, as a broken download leaves it, and return `path`."""
    with source.open("rb") as whole, put_in_place(path) as partial:
        partial.write_bytes(whole.read(source.stat().st_size // 2))
    return path


def write_not_gguf(path: Path) -> Path:
    """Write a file that is not GGUF at all (a page saved under a model's name), and return `path`."""
    with put_in_place(path) as partial:
        partial.write_text("<!DOCTYPE html>\n<title>Not a model file</title>\n" * 100)
    return path


def cached(name: str, write: Callable[[Path], object]) -> Path:
    """The file `name` of the user's cache, written by `write` the first time; processes wait for each other.

    What `write` depends on belongs into `name`; the version of the writers is added to it.
    """
    folder = user_cache_path("threadrunner") / "test-models"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-v{WRITER_VERSION}.gguf"
    with FileLock(f"{path}.lock"):
        if not path.exists():
            with put_in_place(path) as partial:
                write(partial)
    return path
