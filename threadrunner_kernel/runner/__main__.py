"""Launch a runner: ``python -m threadrunner_kernel.runner``. It ends with the host that started it."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from threadrunner_kernel import config
from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.process import die_with_parent
from threadrunner_kernel.runner.app import make_app
from threadrunner_kernel.runner.engine import BACKENDS, Engine, LoadOptions, make_backend
from threadrunner_kernel.serving import Server, log_to_stderr

# The host gives a runner as long (host/daemon.py), and a little more.
SAVE_SECONDS = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="threadrunner-runner")
    parser.add_argument("--endpoint", type=Path, required=True)
    parser.add_argument("--transport", choices=["unix", "tcp"], default="unix")
    parser.add_argument("--engine", choices=sorted(BACKENDS), required=True)
    parser.add_argument("--model", help="the GGUF file")
    parser.add_argument("--name", help="what the model is called in answers; default: the file's name")
    parser.add_argument("--no-extra-buffers", action="store_true", help="load without repacked weights")
    parser.add_argument("--force", action="store_true", help="try a context that is larger than the free memory")
    arguments = parser.parse_args()
    endpoint = Endpoint(arguments.endpoint, arguments.transport)
    die_with_parent(endpoint.unlink)
    settings = config.from_environment()
    log_to_stderr(settings.log_level)
    # Its own Ctrl-C is nobody's: the host ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listening = endpoint.listen()
    options = LoadOptions(
        arguments.model, settings, not arguments.no_extra_buffers, arguments.name, is_forced=arguments.force
    )
    engine = Engine(make_backend(arguments.engine), options)
    engine.start()
    server = Server(make_app(engine, endpoint.token()))
    signal.signal(signal.SIGTERM, lambda *_: server.leave())
    asyncio.run(server.serve(sockets=[listening]))
    endpoint.unlink()
    # The decode thread may be inside llama.cpp: unless it has something to save, leave without waiting for it.
    if settings.prompt_cache == "disk":
        engine.close(SAVE_SECONDS)
    sys.stderr.flush()
    os._exit(0)


main()
