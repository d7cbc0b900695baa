"""Removing a model from the models folder; what other programs own is theirs to remove."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from threadrunner_kernel.errors import BadRequest, ThreadRunnerError
from threadrunner_kernel.models.catalogue import ALIAS, BUILT_IN, FILE, Catalogue, Entry
from threadrunner_kernel.models.digest import note_path
from threadrunner_kernel.models.names import find
from threadrunner_kernel.models.parts import parts_of


@dataclass(frozen=True, slots=True)
class Removal:
    """The files that go with a model: all of its parts. Of a link the link goes, and not what it leads to."""

    entry: Entry
    files: tuple[Path, ...]
    size_bytes: int


def plan(name: str, catalogue: Catalogue, loaded: Collection[str] = ()) -> Removal:
    """What is to be removed; ``loaded`` are the paths of the files that are in use.

    Raises:
        ModelNotFound
        BadRequest: it is not ours, or only by a link to its folder, or it is in use.
    """
    entry = find(name, catalogue)
    if entry.origin in (ALIAS, FILE):
        same = [known for known in catalogue.entries if known.path == entry.path]
        entry = same[0] if same else entry
    if entry.origin == BUILT_IN:
        raise BadRequest(f"{name} ships with ThreadRunner and goes with it: it cannot be removed.", param="model")
    if not entry.is_ours:
        owner = entry.origin if entry.origin not in (ALIAS, FILE) else "nobody here"
        raise BadRequest(
            f"{name} is at {entry.path} and belongs to {owner}: only what is in {catalogue.folder} is removed here.",
            param="model",
        )
    place = entry.path.parent.resolve()
    if not place.is_relative_to(catalogue.folder.resolve()):
        raise BadRequest(
            f"{name} is in {place}, to which {catalogue.folder} only links: remove it there, or the link here.",
            param="model",
        )
    files = tuple(part for part in parts_of(entry.path) if part.is_file())
    if {str(path) for file in files for path in (file, file.resolve())} & set(loaded):
        raise BadRequest(f"{name} is loaded: `threadrunner unload {name}` first.", param="model")
    return Removal(entry, files, sum(file.lstat().st_size for file in files))


def remove(removal: Removal, folder: Path) -> None:
    """Delete the files, what was noted or left of a download of them, and the folders that are then empty.

    Raises:
        ThreadRunnerError: the disk does not let it.
    """
    try:
        for file in removal.files:
            for part in file.parent.glob(f".{file.name}.*.part"):
                part.unlink()
            note_path(file).unlink(missing_ok=True)
            file.unlink()
    except OSError as exc:
        raise ThreadRunnerError(f"{removal.entry.name} cannot be removed ({exc.strerror or exc}).") from exc
    place = removal.entry.path.parent
    while place != folder and folder in place.parents:
        (place / ".pull.lock").unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            place.rmdir()
        place = place.parent
