"""Fetching a model into the models folder: resumed where it stopped, and nothing is there under its name until whole.

huggingface_hub itself keeps no part of a download that was cut (each process writes a file of its own and deletes it),
so the bytes are read here; who may have them, and where they are, is its business.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.errors import DownloadFailed
from threadrunner_kernel.memory import text_size
from threadrunner_kernel.models.catalogue import RepoName
from threadrunner_kernel.models.hub import Hub, RemoteFile, RemoteModel

BLOCK_BYTES = 1 << 20
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
    """A model that is here now; ``was_there`` before, too."""

    path: Path
    model: RemoteModel
    was_there: bool


def pull(
    wanted: RepoName,
    folder: Path,
    on_progress: OnProgress = lambda _: None,
    cancellation: Cancellation | None = None,
    hub: Hub | None = None,
) -> Pulled:
    """Fetch a model below ``folder``, the models folder, as ``ORG/REPO/FILE``. A stop keeps what has come.

    Raises:
        ModelNotFound: the hub has no such model.
        DownloadFailed: it cannot be fetched, and why; the same call goes on where this one stopped.
        Cancelled
    """
    hub = hub or Hub()
    model = hub.find(wanted)
    place = folder / model.repo
    fetch = _Fetch(hub, model, place, on_progress, cancellation or Cancellation())
    with _writing(place), _alone(place, model.repo):
        return fetch.run()


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

    def run(self) -> Pulled:
        missing = [file for file in self._model.files if not self._is_here(file)]
        self._check_space(missing)
        self._before_bytes = self._model.size_bytes - sum(file.size_bytes for file in missing)
        for file in missing:
            self._fetch(file)
            self._before_bytes += file.size_bytes
        return Pulled(self._place / self._model.files[0].name, self._model, not missing)

    def _is_here(self, file: RemoteFile) -> bool:
        path = self._place / file.name
        return path.is_file() and path.stat().st_size == file.size_bytes

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
