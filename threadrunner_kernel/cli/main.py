"""The entry point of ``threadrunner``. It imports nothing before a Ctrl-C can end it in silence."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code: 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C."""
    try:
        from threadrunner_kernel.cli.dispatch import dispatch

        dispatch(arguments)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
