"""All the checks, in the order in which things stand on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from threadrunner_kernel.doctor import generation, jupyter, llama, machine, place
from threadrunner_kernel.doctor.finding import Finding, fail
from threadrunner_kernel.errors import ThreadRunnerError

Check = Callable[[], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    "python": machine.python,
    "packages": machine.packages,
    "compiler": machine.compiler,
    "llama.cpp": llama.llama_cpp,
    "cores": machine.cores,
    "memory": machine.memory,
    "home": place.home,
    "disk": place.disk,
    "socket": place.socket,
    "jupyter": jupyter.kernelspec,
    "widgets": jupyter.widgets,
    "host": place.host,
    "default": generation.default_model,
    "models": generation.models,
    "answer": generation.answer,
}
# They start a host, and load a model.
THOROUGH = {"models", "answer"}


def examine(*, is_quick: bool = False) -> Iterator[Finding]:
    """Each finding, as it is found. A check that breaks is a finding too."""
    for name, check in CHECKS.items():
        if is_quick and name in THOROUGH:
            continue
        try:
            yield from check()
        except ThreadRunnerError as exc:
            yield fail(name, exc.message, "")
        except Exception as exc:
            yield fail(name, f"the check itself failed ({type(exc).__name__}: {exc})", "Please report it.")
