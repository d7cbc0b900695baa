"""The model table's decisions as pure functions: what to do after a runner's end, and until when a model stays."""

from __future__ import annotations

from dataclasses import dataclass

from threadrunner_kernel.process import Exit

MOST_CRASHES = 3
KILLED = -9  # by SIGKILL, which Windows does not name


@dataclass(frozen=True, slots=True)
class AfterExit:
    """What a runner's unexpected end means for the next one.

    ``crashes`` counts the ends in a row without a completed generation; ``notice`` is for the next user.
    """

    crashes: int
    extra_buffers: bool
    is_failed: bool
    notice: str | None = None


def after_exit(report: Exit, *, completed: int, crashes: int, extra_buffers: bool) -> AfterExit:
    """Decide after a runner ended by itself, ``completed`` generations into its life.

    A native crash before the first completed generation is most often a build whose repacked weights the CPU cannot
    run (llama.cpp issue 20824): once, the next runner goes without those extra buffer types.
    """
    if completed:
        return AfterExit(crashes=0, extra_buffers=extra_buffers, is_failed=False)
    if report.is_native_crash and extra_buffers:
        notice = (
            "The model's runner crashed in its first computation; it was started again without llama.cpp's repacked "
            "weights (slower, but it works on this CPU)."
        )
        return AfterExit(crashes=crashes, extra_buffers=False, is_failed=False, notice=notice)
    crashes += 1
    return AfterExit(crashes=crashes, extra_buffers=extra_buffers, is_failed=crashes >= MOST_CRASHES)


def expires_at(*, last_used: float, keep_alive: float, active: int, leases: int) -> float | None:
    """When an unused model is to be unloaded, in the clock of ``last_used``; ``None``: not by itself."""
    if active or leases or keep_alive < 0:
        return None
    return last_used + keep_alive


def last_line(report: Exit) -> str:
    """The last line of its log as a sentence, if it wrote anything."""
    lines = report.tail.splitlines()
    return f"Its log ends with: {lines[-1][-300:]}" if lines else "Its log says nothing."


def describe_exit(name: str, report: Exit) -> str:
    """A runner's end for the user: what happened and what to do."""
    advice = " With too little memory choose a smaller model or context." if report.code == KILLED else ""
    return f"{what_happened(name, report)} Ask again to start it anew.{advice}"


def what_happened(name: str, report: Exit) -> str:
    """One sentence on a runner's end."""
    if report.code == KILLED:
        return f"The runner of {name} was killed from outside (SIGKILL), perhaps because memory ran out."
    last = report.tail.splitlines()[-1:] if report.code > 0 else []
    detail = f": {last[0]}" if last else ""
    return f"The runner of {name} {report}{detail}."
