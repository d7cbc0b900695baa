"""A GGUF file's header as it stands: its keys with their values, and what its tensors are. It knows no architecture.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Whatever bytes a file has, reading it takes
little memory and time, and a header that cannot be is refused in one sentence.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO, TypeAlias

from threadrunner_kernel.errors import ModelLoadFailed

Scalar: TypeAlias = bool | int | float | str
Value: TypeAlias = Scalar | tuple[Scalar, ...]

WINDOW_BYTES = 1 << 20
# Far beyond what any file has; a damaged header shall cost neither memory nor minutes.
LONGEST_KEY_BYTES = 1 << 16
LONGEST_TEXT_BYTES = 1 << 23
LONGEST_HEADER_BYTES = 1 << 28
MOST_KEYS = 1 << 16
MOST_TENSORS = 1 << 17
MOST_TEXTS = 1 << 22
# Longer arrays are only counted: a vocabulary, its scores and types.
LONGEST_KEPT_ARRAY = 1 << 10
MOST_DIMENSIONS = 4

_U32, _U64 = struct.Struct("<I"), struct.Struct("<Q")
_BOOL, _TEXT, _ARRAY = 7, 8, 9
_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", _BOOL: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_SCALARS = {kind: struct.Struct(letters) for kind, letters in _NUMBERS.items()}


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says. ``lengths`` has every array's, ``values`` the short arrays and all that is no array."""

    values: Mapping[str, Value]
    lengths: Mapping[str, int]
    tensor_count: int
    parameters: int
    data_offset_bytes: int


def check_magic(path: Path) -> None:
    """Refuse a file that is no GGUF at a glance.

    Raises:
        ModelLoadFailed
    """
    try:
        with path.open("rb") as file:
            _check_start(path, file.read(8))
    except OSError as exc:
        raise _unreadable(path, exc) from exc


def read_header(path: Path) -> Header:
    """The header of one file.

    Raises:
        ModelLoadFailed: the file cannot be read, is no GGUF, or is damaged.
    """
    try:
        with path.open("rb") as file:
            _check_start(path, file.read(8))
            return _Reader(path, file, path.stat().st_size).header()
    except OSError as exc:
        raise _unreadable(path, exc) from exc


def read_value(path: Path, key: str) -> Value | None:
    """One value of a header, which is read no further than that.

    Raises:
        ModelLoadFailed: as ``read_header``, as far as it reads.
    """
    try:
        with path.open("rb") as file:
            _check_start(path, file.read(8))
            return _Reader(path, file, path.stat().st_size).value(key)
    except OSError as exc:
        raise _unreadable(path, exc) from exc


def _check_start(path: Path, start: bytes) -> None:
    if len(start) < 8 or start[:4] != b"GGUF":
        raise ModelLoadFailed(f"{path} is not a GGUF model file: download it again, or convert it to GGUF.")
    version = _U32.unpack_from(start, 4)[0]
    if not 2 <= version <= 3:
        raise ModelLoadFailed(f"{path} is a GGUF file of version {version}; versions 2 and 3 can be read.")


def _unreadable(path: Path, exc: OSError) -> ModelLoadFailed:
    return ModelLoadFailed(f"{path} cannot be read ({exc.strerror or exc}).")


class _Reader:
    """Goes through a header once, with a window of the file in memory."""

    def __init__(self, path: Path, file: BinaryIO, size_bytes: int) -> None:
        self._path = path
        self._file = file
        self._size_bytes = size_bytes
        self._window = b""
        self._base = self._at = 8

    def header(self) -> Header:
        tensors, keys = self._counts()
        values: dict[str, Value] = {}
        lengths: dict[str, int] = {}
        for key, value in self._pairs(keys, lengths):
            if value is not None:
                values[key] = value
        parameters = sum(self._tensor_size() for _ in range(tensors))
        return Header(values, lengths, tensors, parameters, self._at)

    def value(self, wanted: str) -> Value | None:
        _, keys = self._counts()
        return next((value for key, value in self._pairs(keys, {}) if key == wanted), None)

    def _counts(self) -> tuple[int, int]:
        """How many tensors and keys there are."""
        tensors, keys = self._number(_U64), self._number(_U64)
        self._check(tensors <= MOST_TENSORS, f"{tensors} tensors")
        self._check(keys <= MOST_KEYS, f"{keys} keys")
        return tensors, keys

    def _pairs(self, count: int, lengths: dict[str, int]) -> Iterator[tuple[str, Value | None]]:
        """Each key with its value, which is ``None`` of a long array."""
        for _ in range(count):
            key = self._text(LONGEST_KEY_BYTES, "a key")
            yield key, self._value(key, self._number(_U32), lengths)

    def _value(self, key: str, kind: int, lengths: dict[str, int]) -> Value | None:
        shown = f"{key!r:.60}"  # a damaged one may be anything
        if kind == _TEXT:
            return self._text(LONGEST_TEXT_BYTES, shown)
        if kind != _ARRAY:
            self._check(kind in _SCALARS, f"{shown} of type {kind}")
            return self._scalar(_SCALARS[kind])
        kind, length = self._number(_U32), self._number(_U64)
        lengths[key] = length
        if kind == _TEXT:
            self._check(length <= MOST_TEXTS, f"{shown} with {length} texts")
            self._skip_texts(length)
            return None
        self._check(kind in _SCALARS, f"{shown} of type {kind}")
        number = _SCALARS[kind]
        if length > LONGEST_KEPT_ARRAY:
            self._go_to(self._at + length * number.size)
            return None
        return tuple(self._scalar(number) for _ in range(length))

    def _tensor_size(self) -> int:
        """How many numbers the next tensor has."""
        self._text(LONGEST_KEY_BYTES, "a tensor's name")
        dimensions = self._number(_U32)
        self._check(dimensions <= MOST_DIMENSIONS, f"a tensor of {dimensions} dimensions")
        size = prod(self._number(_U64) for _ in range(dimensions))
        self._go_to(self._at + _U32.size + _U64.size)  # its type, and where its numbers begin
        # No type takes less than a bit for a number.
        self._check(size <= self._size_bytes * 8, f"a tensor of {size} numbers")
        return size

    def _scalar(self, number: struct.Struct) -> Scalar:
        self._fill(number.size)
        value: Scalar = number.unpack_from(self._window, self._at - self._base)[0]
        self._at += number.size
        return value

    def _number(self, number: struct.Struct) -> int:
        value = self._scalar(number)
        assert isinstance(value, int)
        return value

    def _text(self, longest_bytes: int, what: str) -> str:
        length = self._number(_U64)
        self._check(length <= longest_bytes, f"{what} of {length} bytes")
        self._fill(length)
        start = self._at - self._base
        self._at += length
        return self._window[start : start + length].decode("utf-8", "replace")

    def _skip_texts(self, count: int) -> None:
        """A loop of its own without calls: a vocabulary has some hundred thousand texts."""
        unpack = _U64.unpack_from
        while count:
            self._fill(_U64.size)
            window, at = self._window, self._at - self._base
            last = len(window) - _U64.size
            while count and at <= last:
                at += _U64.size + unpack(window, at)[0]
                count -= 1
            self._go_to(self._base + at)

    def _go_to(self, at: int) -> None:
        self._check(at <= self._size_bytes, "more than the file has")
        self._check(at <= LONGEST_HEADER_BYTES, f"more than {LONGEST_HEADER_BYTES >> 20} MiB of header")
        self._at = at

    def _fill(self, count: int) -> None:
        """Have the next ``count`` bytes in the window."""
        start = self._at - self._base
        if 0 <= start <= len(self._window) - count:
            return
        self._go_to(self._at + count)
        self._at -= count
        self._base = self._at
        self._file.seek(self._base)
        self._window = self._file.read(max(count, WINDOW_BYTES))
        self._check(len(self._window) >= count, "more than the file has")

    def _check(self, is_possible: bool, what: str) -> None:
        if not is_possible:
            raise ModelLoadFailed(f"{self._path} is damaged: its header speaks of {what}. Download it again.")
