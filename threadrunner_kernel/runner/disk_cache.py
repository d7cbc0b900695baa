"""The prefix cache on disk: what a runner had read when it stopped, for the next one of the same kind.

One file for each model, in the home's ``cache`` folder: a line of JSON (what the cells were made with, the branches,
the checksum), and llama.cpp's state beside it. llama.cpp gives no guarantee for a state that another model, build or
context made, so a file is used only if all of these are the same and it is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from threadrunner_kernel.memory import text_size

logger = logging.getLogger("threadrunner.runner")

SAMPLE_BYTES = 1 << 16
SAMPLES = 64
VERSION = 1


class State(Protocol):
    """What is saved (``LlamaContext`` is one)."""

    def save(self, path: Path) -> None: ...
    def restore(self, path: Path) -> bool: ...


@dataclass(frozen=True, slots=True)
class DiskCache:
    """The saved cells of one model file. ``made_with`` has all that the cells depend on."""

    folder: Path
    made_with: Mapping[str, Any]

    @classmethod
    def of(cls, home: Path, model: Path, made_with: Mapping[str, Any]) -> DiskCache:
        print_ = fingerprint(model)
        return cls(home / "cache" / print_, {**made_with, "model": print_, "version": VERSION})

    def save(self, state: State, branches: Mapping[int, list[int]]) -> None:
        """Write the cells of these branches (sequence id → tokens); what was saved before goes."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._header.unlink(missing_ok=True)  # from here on there is nothing, until all is there
            if not branches:
                self._cells.unlink(missing_ok=True)
                return
            state.save(self._cells)
            self._cells.chmod(0o600)
            listed = [[sequence, tokens] for sequence, tokens in branches.items()]
            header = {"made_with": self.made_with, "branches": listed, "checksum": checksum(self._cells)}
            self._write_header(json.dumps(header))
        except OSError as exc:
            logger.warning("the prompt cache could not be saved: %s", exc)
            self._forget()
            return
        logger.info("saved %d branches of the prompt cache, %s", len(branches), text_size(self._cells.stat().st_size))

    def restore(self, state: State) -> dict[int, list[int]]:
        """The branches whose cells are in ``state`` again; none when there is nothing that fits."""
        try:
            header = json.loads(self._header.read_text())
            if header["made_with"] != json.loads(json.dumps(self.made_with)):
                logger.info("the saved prompt cache was made with other settings or another build, and is not used")
                return {}
            if header["checksum"] != checksum(self._cells):
                logger.warning("the saved prompt cache is damaged, and is not used")
                return {}
            branches = {int(sequence): [int(token) for token in tokens] for sequence, tokens in header["branches"]}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as exc:
            logger.warning("the saved prompt cache cannot be read, and is not used: %s", exc)
            return {}
        if not state.restore(self._cells):
            logger.warning("llama.cpp does not take the saved prompt cache")
            return {}
        logger.info("found %d branches of the prompt cache again", len(branches))
        return branches

    def _forget(self) -> None:
        """What is half written is worth nothing, and takes space on a disk that may be full."""
        for path in (self._header, self._cells, self._draft):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    @property
    def _header(self) -> Path:
        return self.folder / "prompts.json"

    @property
    def _draft(self) -> Path:
        return self.folder / "prompts.draft"

    @property
    def _cells(self) -> Path:
        return self.folder / "prompts.state"

    def _write_header(self, text: str) -> None:
        """All or nothing, for this user's eyes only: the branches are what was said."""
        self._draft.unlink(missing_ok=True)
        with os.fdopen(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        self._draft.replace(self._header)


def fingerprint(path: Path) -> str:
    """What tells a model file from another: its size, and a hash of samples all over it.

    Reading the whole of it would cost a large model's user ten seconds at every start.
    """
    size = path.stat().st_size
    digest = hashlib.blake2b(str(size).encode(), digest_size=16)
    with path.open("rb") as file:
        for number in range(SAMPLES):
            file.seek(number * max(0, size - SAMPLE_BYTES) // (SAMPLES - 1))
            digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()


def checksum(path: Path) -> str:
    """A hash of a whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
