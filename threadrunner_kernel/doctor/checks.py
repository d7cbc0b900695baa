"""All the checks, in the order in which things stand on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from threadrunner_kernel.doctor import engine, generation, jupyter, llama, machine, permissions, place, processes
from threadrunner_kernel.doctor.finding import Finding, fail
from threadrunner_kernel.errors import ThreadRunnerError

Check = Callable[[], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    "python": machine.python,
    "packages": machine.packages,
    "compiler": machine.compiler,
    "permissions": permissions.permissions,
    "llama.cpp": llama.llama_cpp,
    "engine": engine.engine,
    "cores": machine.cores,
    "memory": machine.memory,
    "home": place.home,
    "disk": place.disk,
    "socket": place.socket,
    "processes": processes.processes,
    "jupyter": jupyter.kernelspec,
    "widgets": jupyter.widgets,
    "host": place.host,
    "default": generation.default_model,
    "models": generation.models,
    "answer": generation.answer,
}
# They start a host, and load a model.
THOROUGH = {"models", "answer"}


def chosen(names: Sequence[str] = (), *, is_quick: bool = False) -> list[str]:
    """The names of the checks that are asked for, in their order; without names all, or all quick ones."""
    return [name for name in CHECKS if name in names or (not names and not (is_quick and name in THOROUGH))]


def examine(*, is_quick: bool = False) -> Iterator[Finding]:
    """Each finding, as it is found."""
    for name in chosen(is_quick=is_quick):
        yield from look(name)


def look(name: str) -> Iterator[Finding]:
    """What one check finds. A check that breaks is a finding too."""
    try:
        yield from CHECKS[name]()
    except ThreadRunnerError as exc:
        yield fail(name, exc.message, "")
    except Exception as exc:
        yield fail(name, f"the check itself failed ({type(exc).__name__}: {exc})", "Please report it.")
