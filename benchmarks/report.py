"""How a benchmark reports: the machine it ran on, medians, ratios, and one Markdown table."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = "llama-cpp-python", "ipykernel", "jupyter-client"


def machine_line() -> str:
    """Date, processor, cores, memory, system and versions, for the head of a table."""
    cores = f"{psutil.cpu_count(logical=False) or os.cpu_count()} cores"
    memory = f"{psutil.virtual_memory().total / 2**30:.0f} GiB"
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return (
        f"{datetime.date.today().isoformat()}, {_processor()}, {cores}, {memory}, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, {versions}, load {_load()}"
    )


def _processor() -> str:
    """The processor's name; Linux hides it in a file."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _load() -> str:
    """What else the machine was doing: the load average of the last minute."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def comparison(what: str, ours: Sequence[float], peer: Sequence[float]) -> list[str]:
    """One row: what was measured, median and worst of ours and of the peer's seconds, the ratio of the medians."""
    one, other = statistics.median(ours), statistics.median(peer)
    return [what, *map(milliseconds, (one, max(ours), other, max(peer))), ratio(one, other)]


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.1f} ms" if seconds < 0.1 else f"{1000 * seconds:,.0f} ms"


def ratio(one: float, other: float) -> str:
    """How many times ``other`` ``one`` is: below 1 it is less."""
    return f"{one / other:.3g}\N{MULTIPLICATION SIGN}"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A GitHub table; the first column is text, the others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def say(text: str) -> None:
    """Write at once: a benchmark is watched while it runs."""
    print(text, flush=True)
