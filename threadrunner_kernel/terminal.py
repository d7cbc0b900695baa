"""What a model wrote, made safe for a terminal."""

from __future__ import annotations

import re

# Everything but newline and tab: escape sequences can move the cursor, set the title, or answer for the user.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """``text`` without control characters, which a terminal would obey."""
    return _CONTROL.sub("", text)
