"""A pull as people ask for it: by a name, with a line that says how far it is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.errors import BadRequest, HubUnreachable, ModelLoadFailed, ModelNotFound
from threadrunner_kernel.memory import text_size
from threadrunner_kernel.models.catalogue import Catalogue, Entry, RepoName, repo_name
from threadrunner_kernel.models.download import Pulled, PullProgress, pull
from threadrunner_kernel.models.parts import whole
from threadrunner_kernel.terminal import printable

# The speed is that of about so long.
SPEED_SECONDS = 5.0
MARK_SECONDS = 0.1


def pull_by_name(
    name: str,
    folder: Path,
    on_progress: Callable[[PullProgress], None] = lambda _: None,
    cancellation: Cancellation | None = None,
) -> tuple[Entry, Pulled]:
    """Have what ``name`` means on this machine, fetched into the models folder if need be; what it is called here.

    Where the hub cannot be asked, what is here under the name has to do.

    Raises:
        BadRequest: it is no repository's name.
        ModelNotFound, DownloadFailed, Cancelled: as ``pull``.
    """
    wanted = repo_name(name)
    if wanted is None:
        raise BadRequest(
            f"{name!r} is no repository: say pull ORG/REPO or ORG/REPO:QUANTISATION, as in the address of its page.",
            param="model",
        )
    try:
        pulled = pull(wanted, folder, on_progress, cancellation)
    except HubUnreachable as exc:
        return _without_the_hub(wanted, folder, exc)
    entries = Catalogue(folder).entries
    return next(entry for entry in entries if os.path.samefile(entry.path, pulled.path)), pulled


def _without_the_hub(wanted: RepoName, folder: Path, error: HubUnreachable) -> tuple[Entry, Pulled]:
    """What is here under the name, if all of it is."""
    try:
        entry = Catalogue(folder).find(str(wanted))
        whole(entry.path)
    except (ModelNotFound, ModelLoadFailed):
        raise error from None
    return entry, Pulled(entry.path, was_there=True, is_checked=False)


def what_was_done(entry: Entry, pulled: Pulled) -> str:
    """A pull's result in words, without the full stop."""
    name = printable(entry.name)
    if not pulled.was_there:
        return f"{name} is here"
    place = "" if entry.is_ours else f" and is used in place ({entry.origin})"
    unasked = "" if pulled.is_checked else "; the hub could not be asked whether it has another by now"
    return f"{name} was there already{place}{unasked}"


class PullLine:
    """How far a pull is, in words."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.progress: PullProgress | None = None
        self._clock = clock
        self._marks: list[tuple[float, int]] = []

    def update(self, progress: PullProgress) -> None:
        now = self._clock()
        if progress.is_checking:
            self._marks.clear()
        elif not self._marks or now - self._marks[-1][0] >= MARK_SECONDS:
            self._marks = [mark for mark in self._marks if mark[0] >= now - SPEED_SECONDS]
            self._marks.append((now, progress.done_bytes))
        self.progress = progress

    def text(self) -> str:
        """The share, the sizes, the speed and the time left."""
        progress = self.progress
        if progress is None:
            return "asking the hub …"
        share = f"{progress.done_bytes / max(1, progress.total_bytes):.0%}"
        done, total = text_size(progress.done_bytes), text_size(progress.total_bytes)
        if progress.is_checking:
            return f"{progress.name}: checking what is here ({share})"
        return f"{progress.name}: {share}, {done} of {total}{self._rest(progress)}"

    def stopped(self) -> str:
        """What is told after a stop."""
        if self.progress is None or not self.progress.done_bytes:
            return "Stopped."
        if self.progress.is_checking:
            return "Stopped. What is here was being checked, and stays as it is."
        done, total = text_size(self.progress.done_bytes), text_size(self.progress.total_bytes)
        return f"Stopped. {done} of {total} are kept; the same command goes on from there."

    def _rest(self, progress: PullProgress) -> str:
        """The speed, and the time that is left at it."""
        if len(self._marks) < 2 or self._marks[-1][1] <= self._marks[0][1]:
            return ""
        (began, first), (now, last) = self._marks[0], self._marks[-1]
        speed = (last - first) / (now - began)
        return f", {text_size(speed)}/s, {_duration((progress.total_bytes - progress.done_bytes) / speed)} left"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
