"""The files that one model is in: one, or the parts that llama.cpp's gguf-split names ``NAME-00001-of-00003.gguf``."""

from __future__ import annotations

import re
from pathlib import Path

from threadrunner_kernel.errors import ModelLoadFailed

_PART = re.compile(r"(?P<name>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})(?P<suffix>\.gguf)?", re.IGNORECASE)
# A damaged name must not make a list of a hundred thousand files; the largest models have some hundred.
MOST_PARTS = 2000


def part_of(name: str) -> tuple[str, int, int] | None:
    """The whole's name, this part's number and how many there are; ``None`` of a name that is no part's."""
    match = _PART.fullmatch(name)
    if match is None or not 1 <= int(match["number"]) <= int(match["count"]) <= MOST_PARTS:
        return None
    return match["name"], int(match["number"]), int(match["count"])


def model_name(path: Path) -> str:
    """What the model in a file is called: the file's name without its suffix and without the part's number."""
    part = part_of(path.name)
    return part[0] if part else path.stem


def parts_of(path: Path) -> tuple[Path, ...]:
    """Every file of the model that ``path`` is (a part of), in order; they need not all be there."""
    part = part_of(path.name)
    if part is None:
        return (path,)
    name, _, count = part
    suffix = path.suffix
    return tuple(path.with_name(f"{name}-{number:05d}-of-{count:05d}{suffix}") for number in range(1, count + 1))


def whole(path: Path) -> tuple[Path, ...]:
    """As ``parts_of``, when all of them are there.

    Raises:
        ModelLoadFailed: some are not.
    """
    parts = parts_of(path)
    missing = [part.name for part in parts if not part.is_file()]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ModelLoadFailed(
            f"{model_name(path)} is in {len(parts)} files and {missing[0]}{more} is not in {path.parent}: "
            "put all of them into one folder."
        )
    return parts
