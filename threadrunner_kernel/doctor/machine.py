"""The machine and the Python on it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from threadrunner_kernel import __version__
from threadrunner_kernel.doctor.finding import Finding, fail, ok, warn
from threadrunner_kernel.memory import available_bytes, text_size

OLDEST_PYTHON = (3, 11)
DISTRIBUTION = "threadrunner-kernel"
# It may be missing where llama.cpp's own server is in its place: a check of its own tells.
ENGINE = "llama-cpp-python"
# Less than this and not even a small model has room.
LEAST_MEMORY_BYTES = 1_000_000_000


def python() -> Iterator[Finding]:
    version = f"Python {platform.python_version()}, {sys.executable}"
    if sys.version_info < OLDEST_PYTHON:
        yield fail("python", version, f"ThreadRunner needs Python {'.'.join(map(str, OLDEST_PYTHON))} or newer.")
    elif sys.maxsize < 2**32:
        yield fail(
            "python", f"{version}, 32 bits", "A model needs more memory than 32 bits can address: install a 64-bit one."
        )
    else:
        yield ok("python", f"{version}, {platform.system()} {platform.machine()}")


def packages() -> Iterator[Finding]:
    """Whether what is installed is what the package asks for."""
    from importlib.metadata import PackageNotFoundError, requires, version

    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(text) for text in requires(DISTRIBUTION) or []]
    except PackageNotFoundError:
        yield warn(
            "packages", f"{DISTRIBUTION} {__version__} is used without being installed", "pip install . in its folder."
        )
        return
    wanted = [
        requirement for requirement in wanted if not requirement.marker or requirement.marker.evaluate({"extra": ""})
    ]
    wrong = []
    for requirement in wanted:
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            if requirement.name != ENGINE:
                wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            wrong.append(f"{requirement.name} is {installed}, wanted is {requirement.specifier}")
    if wrong:
        yield fail("packages", "; ".join(wrong), f"{sys.executable} -m pip install --upgrade {DISTRIBUTION}")
    else:
        yield ok("packages", f"{DISTRIBUTION} {__version__} and the {len(wanted)} packages that it needs")


def compiler() -> Iterator[Finding]:
    """Only an installation of llama-cpp-python needs one."""
    found = next((path for name in ("c++", "g++", "clang++", "cl") if (path := shutil.which(name))), None)
    if found:
        yield ok("compiler", f"{found}, which building llama.cpp needs")
        return
    advice = "Nothing is missing now; installing llama-cpp-python anew needs one (Debian: apt install build-essential)."
    yield warn("compiler", "there is no C++ compiler", advice)


def cores() -> Iterator[Finding]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    parts = [f"{os.cpu_count()} cores", *([f"{usable} of them usable here"] * (usable != os.cpu_count()))]
    quota = _quota(Path("/sys/fs/cgroup/cpu.max"))
    if quota is not None and quota < usable:
        parts.append(f"and this container may use {quota:.1f}")
        advice = f"More threads than that wait for each other: `threadrunner config set threads {max(1, int(quota))}`."
        yield warn("cores", ", ".join(parts), advice)
    else:
        yield ok("cores", ", ".join(parts))


def _quota(file: Path) -> float | None:
    """How many cores the control group may use, if that is limited."""
    try:
        quota, period = file.read_text().split()
        return int(quota) / int(period)
    except (OSError, ValueError):
        return None


def memory() -> Iterator[Finding]:
    import psutil

    total, free = psutil.virtual_memory().total, available_bytes()
    limit = _limit(Path("/sys/fs/cgroup/memory.max"))
    text = f"{text_size(free)} free of {text_size(total)}"
    if limit is not None and limit < total:
        text += f", and this container may use {text_size(limit)}"
    if free < LEAST_MEMORY_BYTES:
        yield warn(
            "memory", text, "Only very small models fit: close something, or `threadrunner stop` if a model is loaded."
        )
    else:
        yield ok("memory", text)


def _limit(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
