"""The rows of the model table, and what others get from it: data that only the table changes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from threadrunner_kernel.config import KvType
from threadrunner_kernel.host.policy import Occupant, expires_at, failure_ends_at
from threadrunner_kernel.host.runs import Run
from threadrunner_kernel.models import ModelRef
from threadrunner_kernel.models.fit import Estimate
from threadrunner_kernel.process import State
from threadrunner_kernel.request_ids import NOBODY, request_id

OnProgress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a model is to be loaded, where that is not the host's to choose. ``is_forced``: even if it does not fit."""

    context: int | None = None
    kv_type: KvType | None = None
    is_forced: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """What a runner is started with; ``context_bytes``: the memory that is left for its contexts.

    ``plan`` is what it is reckoned to take: our own runner comes to the same by itself, another is told.
    """

    wishes: Wishes
    extra_buffers: bool
    context_bytes: int
    plan: Estimate


def _future() -> asyncio.Future[Held]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False)
class Waiter:
    """Somebody who waits for a model to be ready. Only who ``shows_notices`` gets them; ``wishes`` are a load's.

    ``request`` is the id of the request that it waits for.
    """

    on_progress: OnProgress
    keep_alive: float | None = None
    lease: str | None = None
    is_generation: bool = True
    shows_notices: bool = False
    wishes: Wishes | None = None
    request: str = field(default_factory=request_id.get)
    future: asyncio.Future[Held] = field(default_factory=_future)


@dataclass(frozen=True, slots=True)
class Held:
    """A ready runner, held for one generation until ``ModelTable.release``; ``notice`` is to be told to the user."""

    ref: ModelRef
    run: Run
    notice: str | None = None
    lease: str | None = None


@dataclass(slots=True, eq=False)
class Record:
    """One model's row. ``reserved_bytes`` is what its runner was reckoned to take, as long as there is one, of which
    ``reserved_gpu_bytes`` are a GPU's; ``most_bytes`` is what it may come to with use.

    ``notice`` and, of how it is loaded, ``load_notice`` are for the next user that can be told.
    ``generating`` counts the generations under each lease (``None``: under none).
    """

    ref: ModelRef
    keep_alive: float
    is_preloaded: bool = False
    wishes: Wishes = Wishes()
    state: State = "stopped"
    run: Run | None = None
    waiters: list[Waiter] = field(default_factory=list)
    leases: set[str] = field(default_factory=set)
    generating: Counter[str | None] = field(default_factory=Counter)
    last_used: float = 0.0
    progress: float = 0.0
    reserved_bytes: int = 0
    most_bytes: int = 0
    reserved_gpu_bytes: int = 0
    context: int | None = None
    device: str | None = None
    crashes: int = 0
    extra_buffers: bool = True
    notice: str | None = None
    load_notice: str | None = None
    failure: str = ""

    @property
    def active(self) -> int:
        """Generations under way."""
        return self.generating.total()

    @property
    def request(self) -> str:
        """The id of the request that it is loaded for."""
        return next((waiter.request for waiter in self.waiters if not waiter.future.done()), NOBODY)

    @property
    def is_in_use(self) -> bool:
        """Whether the host has to stay for it: it has a runner, or soon will, or its failure is to be remembered."""
        return self.run is not None or self.state in ("starting", "failed")

    @property
    def has_its_memory(self) -> bool:
        """Whether all that its runner was reckoned to take of a GPU is taken: it has loaded."""
        return self.run is not None and self.state in ("ready", "stopping")

    def expiry(self) -> float | None:
        """When something happens to it by itself: it is unloaded, or its failure forgotten."""
        if self.state == "failed":
            return failure_ends_at(self.last_used)
        if self.state != "ready" or self.waiters or self.is_preloaded:
            return None
        return expires_at(
            last_used=self.last_used, keep_alive=self.keep_alive, active=self.active, leases=len(self.leases)
        )

    def occupant(self) -> Occupant:
        """What the decision about room sees of it."""
        return Occupant(
            name=self.ref.name,
            size_bytes=self.reserved_bytes - self.reserved_gpu_bytes,
            gpu_bytes=self.reserved_gpu_bytes,
            last_used=self.last_used,
            is_busy=self.state != "ready" or self.active > 0 or bool(self.waiters),
            is_leaving=self.state == "stopping",
            is_leased=bool(self.leases),
            is_preloaded=self.is_preloaded,
        )
