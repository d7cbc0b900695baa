"""The hash of a model file. Our own files have it in a note beside them, so that an unchanged one is read once only."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Note:
    """A file's hash, and what the file was like when that was reckoned."""

    sha256: str
    size_bytes: int
    modified_ns: int

    def __str__(self) -> str:
        return f"{self.sha256} {self.size_bytes} {self.modified_ns}\n"


def note_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.sha256")


def noted(path: Path) -> str | None:
    """The hash in a file's note, unless the file is another one since."""
    with contextlib.suppress(OSError, ValueError):
        sha256, size_bytes, modified_ns = note_path(path).read_text("utf-8").split()
        if Note(sha256, int(size_bytes), int(modified_ns)) == _note(path, sha256):
            return sha256
    return None


def write_note(path: Path, sha256: str) -> None:
    """Note the hash that a file has. Without a note it is reckoned again."""
    with contextlib.suppress(OSError):
        note_path(path).write_text(str(_note(path, sha256)), "utf-8")


def sha256_of(path: Path, on_bytes: Callable[[int], None]) -> str:
    """The hash of what is in a file, which is read for it; ``on_bytes`` is told how many have been.

    Raises:
        OSError
    """
    found, done_bytes = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            found.update(block)
            done_bytes += len(block)
            on_bytes(done_bytes)
    return found.hexdigest()


def _note(path: Path, sha256: str) -> Note:
    about = os.stat(path)
    return Note(sha256, about.st_size, about.st_mtime_ns)
