"""Fetching a model into the models folder: resumed where it stopped, and nothing is there under its name until whole.

What is on this machine already, here or with another program, is not fetched if it has the hash that the hub tells.

huggingface_hub itself keeps no part of a download that was cut (each process writes a file of its own and deletes it),
so the bytes are read here; who may have them, and where they are, is its business.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.errors import DownloadFailed
from threadrunner_kernel.memory import text_size
from threadrunner_kernel.models.catalogue import Catalogue, Entry, RepoName
from threadrunner_kernel.models.digest import BLOCK_BYTES, noted, sha256_of, write_note
from threadrunner_kernel.models.hub import Hub, RemoteFile, RemoteModel
from threadrunner_kernel.models.parts import parts_of

SILENCE_TIMEOUT_SECONDS = 30.0
# After a cut; when none of them brings a byte, it is the user's to try again.
RETRY_SECONDS = (0.5, 1.0, 2.0)
# No space, no quota, or larger than a file may be here.
FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How much of a model is here, of all its files together; ``is_checking`` what was fetched before."""

    name: str
    done_bytes: int
    total_bytes: int
    is_checking: bool = False


OnProgress = Callable[[PullProgress], None]


@dataclass(frozen=True, slots=True)
class Pulled:
    """A model that is here now; ``was_there`` before, too. ``is_checked``: it is what the hub has now."""

    path: Path
    was_there: bool
    is_checked: bool = True


def pull(
    wanted: RepoName,
    folder: Path,
    on_progress: OnProgress = lambda _: None,
    cancellation: Cancellation | None = None,
    hub: Hub | None = None,
) -> Pulled:
    """Have a model on this machine: below ``folder``, the models folder, as ``ORG/REPO/FILE``, or where it is already.

    A stop keeps what has come.

    Raises:
        ModelNotFound: the hub has no such model.
        HubUnreachable: it cannot be asked.
        DownloadFailed: it cannot be fetched, and why; the same call goes on where this one stopped.
        Cancelled
    """
    hub, cancellation = hub or Hub(), cancellation or Cancellation()
    model = hub.find(wanted)
    there = _There(model, folder, on_progress, cancellation)
    if path := there.path():
        return Pulled(path, was_there=True)
    place = folder / model.repo
    with _writing(place), _alone(place, model.repo):
        return _Fetch(hub, model, place, on_progress, cancellation).run(there.missing())


class _There:
    """What is on this machine of a model that the hub has, byte for byte."""

    def __init__(self, model: RemoteModel, folder: Path, on_progress: OnProgress, cancellation: Cancellation) -> None:
        self._model = model
        self._folder = folder
        self._on_progress = on_progress
        self._cancellation = cancellation

    def path(self) -> Path | None:
        """The (first) file of the whole model: ours, or another program's."""
        if not self.missing():
            return self._folder / self._model.repo / self._model.files[0].name
        known = Catalogue(self._folder).of_repo(self._model.repo)
        return next((entry.path for entry in known if self._is(entry)), None)

    def missing(self) -> list[RemoteFile]:
        """The files of it that are not where we would fetch them to."""
        return [file for file in self._model.files if not self._is_ours(file)]

    def _is_ours(self, file: RemoteFile) -> bool:
        path = self._folder / self._model.repo / file.name
        if not path.is_file() or _size(path) != file.size_bytes:
            return False
        if file.sha256 is None:
            return True  # the hub tells the hashes of large files only
        found = noted(path)
        if found is None:
            found = self._digest(path, file)
            write_note(path, found)
        return found == file.sha256

    def _is(self, entry: Entry) -> bool:
        if entry.quantization not in (None, self._model.quantization):
            return False
        parts = parts_of(entry.path)
        return len(parts) == len(self._model.files) and all(
            _size(part) == file.size_bytes and self._digest(part, file) == file.sha256
            for part, file in zip(parts, self._model.files, strict=True)
        )

    def _digest(self, path: Path, file: RemoteFile) -> str:
        """The hash of a file, which is read for it; of one that cannot be read, none that any file has."""
        before = itertools.takewhile(lambda other: other is not file, self._model.files)
        before_bytes = sum(other.size_bytes for other in before)

        def on_bytes(done_bytes: int) -> None:
            done = before_bytes + done_bytes
            self._on_progress(PullProgress(file.name, done, self._model.size_bytes, is_checking=True))
            self._cancellation.check()

        try:
            return sha256_of(path, on_bytes)
        except OSError:
            return "unreadable"


class _Fetch:
    """One pull: the model's files, one after the other."""

    def __init__(
        self, hub: Hub, model: RemoteModel, place: Path, on_progress: OnProgress, cancellation: Cancellation
    ) -> None:
        self._hub = hub
        self._model = model
        self._place = place
        self._on_progress = on_progress
        self._cancellation = cancellation
        self._before_bytes = 0

    def run(self, missing: list[RemoteFile]) -> Pulled:
        self._check_space(missing)
        self._before_bytes = self._model.size_bytes - sum(file.size_bytes for file in missing)
        for file in missing:
            self._fetch(file)
            self._before_bytes += file.size_bytes
        return Pulled(self._place / self._model.files[0].name, was_there=not missing)

    def _part(self, file: RemoteFile) -> Path:
        """Where a file grows; another content of the same name has another."""
        path = self._place / file.name
        return path.with_name(f".{path.name}.{(file.sha256 or self._model.revision)[:16]}.part")

    def _check_space(self, missing: list[RemoteFile]) -> None:
        needed = sum(file.size_bytes - _size(self._part(file)) for file in missing)
        free = shutil.disk_usage(self._place).free
        if needed > free:
            raise DownloadFailed(
                f"{self._model.repo} needs {text_size(needed)} more and {text_size(free)} are free in {self._place}: "
                "make room, or choose a smaller quantisation."
            )

    def _fetch(self, file: RemoteFile) -> None:
        path, part = self._place / file.name, self._part(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._unless_full(file, part), part.open("ab+") as target:
            growing = _Growing(target, self._reporter(file), self._cancellation)
            self._read_to_end(file, growing)
            target.flush()
        if growing.size_bytes != file.size_bytes or (file.sha256 and growing.digest() != file.sha256):
            part.unlink()
            raise DownloadFailed(
                f"What came for {file.name} is not what the hub says it is (its hash differs), and it is deleted: "
                "pull it again."
            )
        os.replace(part, path)
        write_note(path, growing.digest())
        for outdated in path.parent.glob(f".{path.name}.*.part"):
            outdated.unlink()

    @contextlib.contextmanager
    def _unless_full(self, file: RemoteFile, part: Path) -> Iterator[None]:
        """Others may have taken the space that was free at first; what has come stays, as after any cut."""
        try:
            yield
        except OSError as exc:
            if exc.errno not in FULL:
                raise
            kept = f"{text_size(_size(part))} of {text_size(file.size_bytes)} of {file.name} are kept"
            raise DownloadFailed(
                f"The disk is full ({exc.strerror}): {kept} in {self._place}. "
                "Make room, and the same command goes on from there."
            ) from exc

    def _reporter(self, file: RemoteFile) -> Callable[[int, bool], None]:
        def report(done_bytes: int, is_checking: bool) -> None:
            done = self._before_bytes + done_bytes
            self._on_progress(PullProgress(file.name, done, self._model.size_bytes, is_checking))

        return report

    def _read_to_end(self, file: RemoteFile, growing: _Growing) -> None:
        """Ask again after a cut, for the rest; give up when several times in a row nothing comes."""
        waits = iter(RETRY_SECONDS)
        while growing.size_bytes < file.size_bytes:
            size_bytes = growing.size_bytes
            try:
                self._read(file, growing)
            except Cut as exc:
                if growing.size_bytes > size_bytes:
                    waits = iter(RETRY_SECONDS)
                wait = next(waits, None)
                if wait is None:
                    kept = f"{text_size(growing.size_bytes)} of {text_size(file.size_bytes)} of {file.name} are kept"
                    raise DownloadFailed(f"{exc} {kept}; the same command goes on from there.") from exc
                self._cancellation.wait(wait)

    def _read(self, file: RemoteFile, growing: _Growing) -> None:
        """One request for the rest of a file.

        Raises:
            Cut: the connection ended early.
            DownloadFailed
        """
        import httpx2
        from huggingface_hub import get_session
        from huggingface_hub.utils import hf_raise_for_status

        headers = {**self._hub.headers(), "Accept-Encoding": "identity"}
        if growing.size_bytes:
            headers["Range"] = f"bytes={growing.size_bytes}-"
        url = self._hub.url(self._model, file)
        with self._hub.errors(self._model.repo):
            try:
                with get_session().stream("GET", url, headers=headers, timeout=SILENCE_TIMEOUT_SECONDS) as response:
                    hf_raise_for_status(response)
                    if response.status_code != 206:
                        growing.restart()  # it does not know of ranges
                    for piece in response.iter_bytes():
                        growing.add(piece)
                        if growing.size_bytes > file.size_bytes:
                            return  # it is not what was promised, and may never end
            except httpx2.TransportError as exc:
                raise Cut(f"The connection to {self._hub.endpoint} broke ({str(exc) or type(exc).__name__}).") from exc
        if growing.size_bytes < file.size_bytes:
            raise Cut(f"{self._hub.endpoint} sent less than the whole of {file.name}.")


class Cut(Exception):
    """The connection ended in the middle, as the text says: to ask for the rest may help."""


class _Growing:
    """A file that grows by what comes, with the hash of all that is in it."""

    def __init__(self, file: Any, report: Callable[[int, bool], None], cancellation: Cancellation) -> None:
        self._file = file
        self._report = report
        self._cancellation = cancellation
        self._hash = hashlib.sha256()
        self.size_bytes = 0
        file.seek(0)
        while block := file.read(BLOCK_BYTES):
            self._take(block, is_checking=True)

    def add(self, piece: bytes) -> None:
        self._file.write(piece)
        self._take(piece, is_checking=False)

    def restart(self) -> None:
        self._file.truncate(0)
        self._hash, self.size_bytes = hashlib.sha256(), 0

    def digest(self) -> str:
        return self._hash.hexdigest()

    def _take(self, piece: bytes, *, is_checking: bool) -> None:
        self._hash.update(piece)
        self.size_bytes += len(piece)
        self._report(self.size_bytes, is_checking)
        self._cancellation.check()


@contextlib.contextmanager
def _writing(place: Path) -> Iterator[None]:
    """What goes wrong with the disk within the block becomes a sentence."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as exc:
        raise DownloadFailed(f"{place} cannot be written ({exc.strerror or exc}).") from exc


@contextlib.contextmanager
def _alone(place: Path, repo: str) -> Iterator[None]:
    """Two programs that write one file would spoil it."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(place / ".pull.lock", timeout=0):
            yield
    except Timeout as exc:
        raise DownloadFailed(f"Another program is fetching {repo} just now: wait for it.") from exc


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
