"""Which engine runs model files here, by the same order as the host's."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from threadrunner_kernel import config, llama_build
from threadrunner_kernel.config import ENGINE_ALIASES, Settings
from threadrunner_kernel.doctor.finding import Finding, fail, ok, warn
from threadrunner_kernel.doctor.llama import probe
from threadrunner_kernel.doctor.server import INSTALL, install_server, server_place, server_problem
from threadrunner_kernel.llama_server import XLLAMACPP

OURS, SERVER = "llama-cpp-python", "llama-server"


def engine() -> Iterator[Finding]:
    """What ``auto``, or the engine that is set, comes to. It stands on the check of llama.cpp."""
    settings = config.load()
    wanted = ENGINE_ALIASES.get(settings.engine, settings.engine)
    if wanted not in ("auto", OURS, SERVER):
        yield ok("engine", f"{wanted}, as it is set")
        return
    works = llama_build.is_here() and (llama_build.is_known_to_work() or probe()["problem"] is None)
    problem = server_problem(settings)
    if wanted == OURS:
        yield _ours(works)
    elif wanted == "auto" and works:
        yield _both(settings, problem)
    elif problem is None:
        why = "as it is set" if wanted == SERVER else f"which auto takes, since {OURS} does not work here"
        yield ok("engine", f"{SERVER}, {why}: {server_place(settings)}")
    else:
        set_by = "engine = llama-server is set, but" if wanted == SERVER else f"{OURS} does not work here, and"
        yield _missing(settings, f"{set_by} {problem}")


def _ours(works: bool) -> Finding:
    if works:
        return ok("engine", f"{OURS}, as it is set")
    advice = "`threadrunner config unset engine` lets auto take llama.cpp's own server, where there is one."
    return fail("engine", f"engine = {OURS} is set, and it does not work here", advice)


def _both(settings: Settings, problem: str | None) -> Finding:
    """``auto`` takes our own runner; whether there is a server, too."""
    if problem is None:
        return ok("engine", f"auto is {OURS}; llama.cpp's own server is here, too: {server_place(settings)}")
    text = f"auto is {OURS}; of llama.cpp's own server, which nothing needs now: {problem}"
    if settings.llama_server:
        return warn("engine", text, "`threadrunner config unset llama_server` forgets it.")
    return ok("engine", text)


def _missing(settings: Settings, text: str) -> Finding:
    if settings.llama_server:
        return fail("engine", text, "`threadrunner config set llama_server PATH` names one that is a program.")
    finding = fail("engine", text, f"Install llama.cpp's own server: {INSTALL}")
    return finding.mended_by(f"Install {XLLAMACPP}, llama.cpp's own server, into {sys.prefix} with pip", install_server)
