"""The names of quantisations: found in files' names, put in order of their size, and chosen from."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What most people want: the smallest that loses hardly anything.
DEFAULT = "Q4_K_M"

# llama.cpp's `llama_ftype` (include/llama.h): its number, and bits for each weight as llama-quantize measures them.
_TYPES: dict[str, tuple[int, float]] = {
    "F32": (0, 32.0), "F16": (1, 16.0), "BF16": (32, 16.0), "Q8_0": (7, 8.5), "Q6_K": (18, 6.56), "Q5_1": (9, 6.0),
    "Q5_K_M": (17, 5.68), "Q5_0": (8, 5.54), "Q5_K_S": (16, 5.54), "Q4_1": (3, 5.04), "Q4_K_M": (15, 4.89),
    "Q4_K_S": (14, 4.67), "Q4_0": (2, 4.66), "IQ4_NL": (25, 4.66), "NVFP4": (39, 4.5), "IQ4_XS": (30, 4.43),
    "Q3_K_L": (13, 4.3), "MXFP4": (38, 4.25), "Q3_K_M": (12, 4.0), "IQ3_M": (27, 3.76), "Q3_K_S": (11, 3.66),
    "IQ3_S": (26, 3.66), "IQ3_XS": (22, 3.5), "IQ3_XXS": (23, 3.25), "Q2_K": (10, 3.16), "Q2_K_S": (21, 2.96),
    "IQ2_M": (29, 2.93), "IQ2_S": (28, 2.74), "IQ2_XS": (20, 2.59), "IQ2_XXS": (19, 2.38), "IQ1_M": (31, 2.15),
    "TQ2_0": (37, 2.06), "IQ1_S": (24, 2.0), "TQ1_0": (36, 1.69), "Q1_0": (40, 1.13),
}  # fmt: skip
_BY_FILE_TYPE = {number: name for name, (number, _) in _TYPES.items()}
# As publishers write them; some have more letters of their own ("Q6_K_L", "UD-Q4_K_XL").
_PATTERN = re.compile(
    r"(?<![A-Za-z0-9])((?:UD-)?(?:I?Q\d(?:_K_?(?:XL|[SML])?|_(?:NL|X{1,2}S|[01SM])|)|TQ[12]_0|MXFP4|NVFP4|BF16|F16|F32))"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)


def quantization_in(name: str) -> str | None:
    """The quantisation that a file's name speaks of, in capitals."""
    found = _PATTERN.findall(name)
    return found[-1].upper() if found else None


def quantization_of_file_type(number: int | None) -> str | None:
    """The quantisation that a header's ``general.file_type`` means."""
    return None if number is None else _BY_FILE_TYPE.get(number)


def bits(quantization: str | None) -> float:
    """About how many bits it takes for a weight; 0 when that is not known."""
    name = (quantization or "").upper().removeprefix("UD-")
    if name in _TYPES:
        return _TYPES[name][1]
    # "Q4_K_XL" is near "Q4_K_M", and "Q4" may be any of them.
    family = [size for known, (_, size) in _TYPES.items() if known[:4] == name[:4] or known[:2] == name]
    return max(family, default=0.0)


def nearest_first(quantizations: Iterable[str], wanted: str = DEFAULT) -> list[str]:
    """Each once, those of about the wanted one's size first; of two as near, the larger."""
    target = bits(wanted) or bits(DEFAULT)

    def distance(name: str) -> tuple[bool, float, float, str]:
        size = bits(name)
        return name != wanted, abs(size - target), -size, name

    return sorted(set(quantizations), key=distance)
