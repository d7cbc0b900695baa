"""Who else may read or change what is the user's own: prompts and answers, the token, the folder of sockets."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from threadrunner_kernel import config
from threadrunner_kernel.api_token import NAME as TOKEN
from threadrunner_kernel.doctor.finding import Finding, fail, ok, warn
from threadrunner_kernel.endpoint import socket_folder_path
from threadrunner_kernel.errors import ThreadRunnerError

# In the home folder: what has texts of the user's, or opens the served port.
PRIVATE = (TOKEN, "conversations", "conversations/*", "cache", "cache/*", "cache/*/*", "chat_history", "logs/cli.log")


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder whose mode is not as it should be."""

    path: Path
    mode: int
    right_mode: int

    def __str__(self) -> str:
        return f"{self.path} ({self.mode:04o})"


def permissions() -> Iterator[Finding]:
    """Looked at before anything else touches these places, because what uses some of them closes them silently."""
    if sys.platform == "win32":
        yield ok("permissions", "Windows keeps what is in your profile to yourself")
        return
    places = list(_places())
    # Its owner must be able to use a place: that fails. What is open to others works.
    barred = [place for place in places if place.right_mode & ~place.mode & 0o700]
    opened = [place for place in places if place not in barred]
    if barred:
        text = f"closed to yourself: {', '.join(map(str, barred))}"
        yield fail("permissions", text, _commands(barred)).mended_by(_question(barred), partial(_set, barred))
    if opened:
        text = f"open to others: {', '.join(map(str, opened))}"
        token = " `threadrunner token --new` makes another token." if any(p.path.name == TOKEN for p in opened) else ""
        yield warn("permissions", text, _commands(opened) + token).mended_by(_question(opened), partial(_set, opened))
    if not places:
        yield ok("permissions", "what is yours is closed to others")


def _places() -> Iterator[Place]:
    """Those with a wrong mode. The home folder itself may be read by others, and changed by nobody else."""
    home = config.home()
    private = [socket_folder_path(), *(path for pattern in PRIVATE for path in sorted(home.glob(pattern)))]
    for path, forbidden in [(home, 0o022), *((path, 0o077) for path in private)]:
        try:
            info = path.stat()
        except OSError:
            continue  # not made yet
        mode = stat.S_IMODE(info.st_mode)
        needed = 0o700 if stat.S_ISDIR(info.st_mode) else 0o600
        if (right := (mode | needed) & ~forbidden) != mode:
            yield Place(path, mode, right)


def _question(places: list[Place]) -> str:
    return f"Set the mode of {', '.join(f'{place.path} to {place.right_mode:04o}' for place in places)}"


def _commands(places: list[Place]) -> str:
    return "; ".join(f"chmod {place.right_mode:o} {place.path}" for place in places) + "."


def _set(places: list[Place]) -> str:
    for place in places:
        try:
            place.path.chmod(place.right_mode)
        except OSError as exc:
            raise ThreadRunnerError(f"The mode of {place.path} cannot be set: {exc.strerror}.") from exc
    return f"{len(places)} mode{'' if len(places) == 1 else 's'} set"
