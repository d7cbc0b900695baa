"""Files that go into a prompt: text alone, each fenced under its name."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.terminal import printable

# Far more than any model reads; a larger file is a mistake, and must not fill the memory.
LARGEST_BYTES = 16_000_000
STDIN = "-"
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Attachment(NamedTuple):
    """A file's text under the name that it was given by."""

    name: str
    text: str
    size_bytes: int

    def fenced(self) -> str:
        """The text as a Markdown code block below the file's name; no line in it can end the block."""
        longest = max((len(run) for run in re.findall("`{3,}", self.text)), default=2)
        fence = "`" * (longest + 1)
        kind = Path(self.name).suffix.removeprefix(".")
        end = "" if self.text.endswith("\n") else "\n"
        return f"{self.name}:\n{fence}{kind}\n{self.text}{end}{fence}"


def read_all(names: Sequence[str]) -> list[Attachment]:
    """The files of these names, ``-`` being what is piped in.

    Raises:
        BadRequest: naming the one that cannot be read or that is no text.
    """
    return [_read(name) for name in names]


def with_attachments(prompt: str, attachments: Sequence[Attachment]) -> str:
    """The prompt below its files: the next question about the same files finds them read."""
    return "\n\n".join(part for part in (*(file.fenced() for file in attachments), prompt) if part.strip())


def _read(name: str) -> Attachment:
    data = _piped() if name == STDIN else _bytes(Path(name).expanduser())
    if len(data) > LARGEST_BYTES:
        raise BadRequest(f"{name} is larger than {LARGEST_BYTES // 1_000_000} MB: attach the part that matters.")
    # The name goes into the prompt and onto the terminal, in one line.
    shown = "stdin" if name == STDIN else printable(name).replace("\n", " ")
    return Attachment(shown, _text(name, data), len(data))


def _piped() -> bytes:
    return sys.stdin.buffer.read(LARGEST_BYTES + 1) if sys.stdin else b""


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES + 1)
    except OSError as exc:
        raise BadRequest(f"{path} cannot be attached ({exc.strerror}).") from exc


def _text(name: str, data: bytes) -> str:
    encoding = next((encoding for mark, encoding in BYTE_ORDER_MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise BadRequest(f"{name} is not a text file, and only text can be attached: convert it first.")
    return text.replace("\r\n", "\n")
