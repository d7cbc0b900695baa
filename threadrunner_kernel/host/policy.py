"""The model table's decisions as pure functions: what to do after a runner's end, until when a model stays, and which
goes when memory is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from threadrunner_kernel.models.space import Space
from threadrunner_kernel.process import Exit

MOST_CRASHES = 3
# As long as a model is kept by default: who comes back after a while may have repaired what was wrong.
FAILURE_KEPT_SECONDS = 300.0
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


def failure_ends_at(failed: float) -> float:
    """When a model's failure is forgotten, in the clock of ``failed``: the next request then tries again."""
    return failed + FAILURE_KEPT_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupant:
    """A model with a runner, as the decision about room sees it. ``is_busy``: it must not go.

    It has ``size_bytes`` of the machine's memory and ``gpu_bytes`` of a GPU's.
    """

    name: str
    size_bytes: int
    last_used: float
    gpu_bytes: int = 0
    is_busy: bool = False
    is_leaving: bool = False
    is_leased: bool = False
    is_preloaded: bool = False

    @property
    def space(self) -> Space:
        return Space(self.size_bytes, self.gpu_bytes)


@dataclass(frozen=True, slots=True)
class Room:
    """Whether there is room, and by what. ``leaving``: places among the occupants of those that must go for it.

    Without any leaving, ``is_waiting`` says that those which go already make the room.
    """

    fits: bool
    leaving: tuple[int, ...] = ()
    is_waiting: bool = False


def make_room(needed: Space, free: Space, occupants: Sequence[Occupant]) -> Room:
    """Decide which idle models go so that what is ``needed`` fits.

    Those that nobody holds go first, then leased ones, then preloaded ones; of each kind the one used longest ago. None
    goes in vain: where the room of all would not do, and where the others' is enough without it.
    """
    if free.holds(needed):
        return Room(fits=True)
    then_free = sum((each.space for each in occupants if each.is_leaving), free)
    if then_free.holds(needed):
        return Room(fits=True, is_waiting=True)
    idle = [place for place, each in enumerate(occupants) if not each.is_busy and not each.is_leaving]
    idle.sort(key=lambda place: _worth(occupants[place]))
    chosen: list[int] = []
    for place in idle:
        if not then_free.holds(needed):
            chosen.append(place)
            then_free += occupants[place].space
    if not then_free.holds(needed):
        return Room(fits=False)
    for place in tuple(reversed(chosen)):
        if (then_free - occupants[place].space).holds(needed):
            chosen.remove(place)
            then_free -= occupants[place].space
    return Room(fits=True, leaving=tuple(chosen))


def _worth(occupant: Occupant) -> tuple[bool, bool, float]:
    return occupant.is_preloaded, occupant.is_leased, occupant.last_used


# A heap in pieces, and what nobody reckons; llama-server's own cache of prompts may have 512 MB.
TOLERATED_SHARE = 0.25
TOLERATED_BYTES = 600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A runner and the memory that it was seen to hold; ``most_bytes`` is what it was reckoned to come to by itself."""

    occupant: Occupant
    held_bytes: int
    most_bytes: int

    @property
    def excess_bytes(self) -> int:
        """What it holds beyond any reckoning, above 0: it leaks."""
        return self.held_bytes - int(self.most_bytes * (1 + TOLERATED_SHARE)) - TOLERATED_BYTES


@dataclass(frozen=True, slots=True)
class Relief:
    """What is done when memory is short: places of the runner that goes for it, and of the one that has outgrown."""

    leaving: int
    outgrown: int


def relieving(runners: Sequence[Holding]) -> Relief | None:
    """Decide which runner goes when memory is short; ``None``: none has outgrown its share, or one goes already.

    The one that has outgrown most, if it is idle. One that generates is ended only when there is no idle model left
    that could go instead.
    """
    outgrown = [place for place, each in enumerate(runners) if each.excess_bytes > 0]
    if not outgrown or any(each.occupant.is_leaving for each in runners):
        return None
    worst = max(outgrown, key=lambda place: (not runners[place].occupant.is_busy, runners[place].excess_bytes))
    idle = [place for place, each in enumerate(runners) if not each.occupant.is_busy]
    if runners[worst].occupant.is_busy and idle:
        return Relief(min(idle, key=lambda place: _worth(runners[place].occupant)), worst)
    return Relief(worst, worst)


def short_of_memory_notice(name: str, why: str) -> str:
    """What the holder of an idle model is told that was unloaded because memory was short."""
    return f"{name} was unloaded: {why}; it is loaded again when it is asked next."


def evicted_notice(name: str, newcomer: str) -> str:
    """What the holder of a model is told that was unloaded for another."""
    return f"{name} was unloaded to make room for {newcomer}; it is loaded again when it is asked next."


def beyond_training_notice(name: str, context: int, trained: int) -> str:
    """What the user of a model is told whose context is larger than its training's."""
    return (
        f"{name} was trained with contexts of {trained} tokens and has one of {context}: "
        f"what it makes of a text longer than {trained} tokens may be nonsense."
    )


def last_line(report: Exit) -> str:
    """The last line of its log as a sentence, if it wrote anything."""
    lines = report.tail.splitlines()
    return f"Its log ends with: {lines[-1][-300:]}" if lines else "Its log says nothing."


def describe_exit(name: str, report: Exit) -> str:
    """A runner's end for the user: what happened and what to do."""
    advice = " With too little memory choose a smaller model or context." if report.code == KILLED else ""
    return f"{what_happened(name, report)} Ask again to start it anew.{advice}"


def describe_failure(name: str, report: Exit, crashes: int) -> str:
    """Why a model is not started again by itself."""
    return (
        f"{what_happened(name, report)} That was the {crashes}rd time in a row, so it is not started again by itself: "
        f"a load by hand tries once more (`%llm load`, `threadrunner load`). {last_line(report)}"
    )


def what_happened(name: str, report: Exit) -> str:
    """One sentence on a runner's end."""
    if report.cause:
        return f"The runner of {name} was ended: {report.cause}."
    if report.code == KILLED:
        return f"The runner of {name} was killed from outside (SIGKILL), perhaps because memory ran out."
    last = report.tail.splitlines()[-1:] if report.code > 0 else []
    detail = f": {last[0]}" if last else ""
    return f"The runner of {name} {report}{detail}."
