"""The entry point of ``threadrunner``. It imports nothing before a Ctrl-C can end it in silence."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command and leave with its exit code."""
    try:
        from threadrunner_kernel.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
