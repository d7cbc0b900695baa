"""Launch the host: ``python -m threadrunner_kernel.host``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from threadrunner_kernel import config
from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.errors import ThreadRunnerError
from threadrunner_kernel.process import die_with_parent
from threadrunner_kernel.serving import log_to_stderr


def main() -> int:
    from threadrunner_kernel.host.daemon import run_host

    parser = argparse.ArgumentParser(prog="threadrunner-host")
    parser.add_argument("--endpoint", type=Path, required=True)
    parser.add_argument("--transport", choices=["unix", "tcp"], default="unix")
    parser.add_argument("--private", action="store_true", help="end with the parent process")
    arguments = parser.parse_args()
    endpoint = Endpoint(arguments.endpoint, arguments.transport)
    if arguments.private:
        die_with_parent(endpoint.unlink)
    try:
        log_to_stderr(config.load().log_level)
        return run_host(endpoint)
    except ThreadRunnerError as exc:
        print(exc.message, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
