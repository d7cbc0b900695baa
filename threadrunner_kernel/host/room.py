"""How much memory there is for models, and how much one needs: what the table's decision about room is made with."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import ModelTooLarge, ThreadRunnerError
from threadrunner_kernel.host import slots
from threadrunner_kernel.host.engines import LLAMA_SERVER
from threadrunner_kernel.host.policy import beyond_training_notice, make_room
from threadrunner_kernel.host.records import Record, Wishes
from threadrunner_kernel.llama_server import server_program
from threadrunner_kernel.memory import available_bytes, own_bytes, text_size
from threadrunner_kernel.models import ModelRef, fit, gpu
from threadrunner_kernel.models.catalogue import Catalogue
from threadrunner_kernel.models.fit import Alternative, Estimate
from threadrunner_kernel.models.metadata import Metadata, read_metadata
from threadrunner_kernel.models.space import Space, Split, split

logger = logging.getLogger("threadrunner.host")


class Reckoning(Protocol):
    """How an engine uses the memory. ``models.fit`` has that of our own runner, ``slots`` the one of llama.cpp's."""

    def least(self, facts: Metadata, settings: Settings) -> Estimate: ...
    def good(self, facts: Metadata, settings: Settings) -> Estimate: ...
    def planned(self, facts: Metadata, settings: Settings, free_bytes: int) -> Estimate: ...


RECKONINGS: dict[str, Reckoning] = {LLAMA_SERVER: slots}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a model needs, reckoned from its file. ``facts`` is ``None`` where there is no file (the dummy).

    ``gpu_bytes``: what all models together may have of a GPU's memory; ``None`` where no GPU is known to take layers.
    """

    ref: ModelRef
    settings: Settings
    facts: Metadata | None
    gpu_bytes: int | None = None

    @property
    def split(self) -> Split:
        """How it is divided between the machine's memory and a GPU's."""
        return Split() if self.facts is None or self.gpu_bytes is None else split(self.facts, self.settings.gpu_layers)

    @property
    def _reckoning(self) -> Reckoning:
        return RECKONINGS.get(self.ref.engine, fit)

    @property
    def least(self) -> Estimate:
        return self._reckoning.least(self.facts, self.settings) if self.facts else fit.WITHOUT_A_FILE

    @property
    def good(self) -> Estimate:
        return self._reckoning.good(self.facts, self.settings) if self.facts else fit.WITHOUT_A_FILE

    def planned(self, free_bytes: int) -> Estimate:
        """What its runner will take when it is started while so much is free."""
        return self._reckoning.planned(self.facts, self.settings, free_bytes) if self.facts else fit.WITHOUT_A_FILE

    def notice(self, plan: Estimate) -> str | None:
        """What the user should know of a plan that is carried out."""
        if self.facts is None or not fit.is_beyond_training(self.facts, plan.context):
            return None
        return beyond_training_notice(self.ref.name, plan.context, fit.trained_context(self.facts))

    def usable_bytes(self, free: Space) -> int:
        """What it may take, all its parts together, while so much is free of each kind of memory."""
        return self.split.usable_bytes(free, self.least.process_bytes)

    def context_bytes(self, free_bytes: int) -> int:
        """What is left of the free memory for the contexts."""
        return max(0, free_bytes - self.least.weights_bytes - self.least.process_bytes)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What loading a model would take: which others would go for it, or what would fit instead."""

    name: str
    estimate: Estimate
    split: Split
    free: Space
    leaving: tuple[str, ...] = ()
    fits: bool = True
    instead: tuple[Alternative, ...] = ()
    notice: str | None = None

    def __str__(self) -> str:
        gpu_bytes = self.split.space(self.estimate).gpu_bytes
        there = f", {text_size(gpu_bytes)} of it on a GPU" if gpu_bytes else ""
        says = f"{self.name} would take {self.estimate}{there}; {self.split.text(self.free)} are free for models"
        told = f" {self.notice}" if self.notice else ""
        if self.leaving:
            return f"{says} now, so {', '.join(self.leaving)} would be unloaded for it.{told}"
        if self.fits:
            return f"{says}: it fits.{told}"
        instead = f" What would: {', '.join(map(str, self.instead))}." if self.instead else ""
        return f"{says}: it does not fit.{instead}"

    def to_wire(self) -> dict[str, Any]:
        return {
            "message": str(self),
            "fits": self.fits,
            "estimate": self.estimate.to_wire(),
            "free_bytes": self.free.ram_bytes,
            "gpu_bytes": self.split.space(self.estimate).gpu_bytes,
            "free_gpu_bytes": self.free.gpu_bytes if self.split.offloaded else None,
            "unloads": list(self.leaving),
            "alternatives": [{"options": each.options, **each.estimate.to_wire()} for each in self.instead],
        }


class Memory:
    """The memory for models: what the machine has, within ``memory_limit``."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder

    def needs(self, ref: ModelRef, wishes: Wishes, records: Iterable[Record]) -> Needs:
        """What a model needs. It reads the file's header and may ask for the GPU's memory, which take their time.

        Raises:
            ModelLoadFailed: the file is damaged or not there.
            BadRequest: the engine cannot load it as it is asked for, or llama.cpp's server is not a program.
        """
        # What a GPU has free grows by what goes later: so all that it has for models is kept, and who has what of it.
        held_bytes = sum(record.reserved_gpu_bytes for record in records if record.has_its_memory)
        facts = read_metadata(ref.path) if ref.path else None
        settings = self.settings_for(wishes)
        if facts and ref.engine == LLAMA_SERVER:
            settings = slots.checked(facts, settings, wishes.context)
        gpu_bytes = self._gpu_free_bytes(ref, settings) if facts else None
        return Needs(ref, settings, facts, None if gpu_bytes is None else gpu_bytes + held_bytes)

    def _gpu_free_bytes(self, ref: ModelRef, settings: Settings) -> int | None:
        if not settings.gpu_layers:
            return None
        return gpu.free_bytes(server_program(settings) if ref.engine == LLAMA_SERVER else None)

    def settings_for(self, wishes: Wishes) -> Settings:
        """The host settings that a model is loaded with."""
        settings = self._settings
        return replace(
            settings,
            context=wishes.context or settings.context,
            kv_cells=None if wishes.context else settings.kv_cells,
            kv_type=wishes.kv_type or settings.kv_type,
        )

    def free(self, needs: Needs, records: Iterable[Record]) -> Space:
        """What a further model may take: of the machine's memory, and of a GPU's.

        The system counts a mapped model file as available, although a warm model needs it: what a runner was reckoned
        to take and does not hold in memory of its own is not free either. The same goes for one that still loads.
        """
        occupants = [(record.occupant().space, own_bytes(_pid(record))) for record in records if record.reserved_bytes]
        free = available_bytes() - sum(max(0, space.ram_bytes - own) for space, own in occupants)
        if self._settings.memory_limit is not None:
            # With use a runner may come to hold more than was reckoned for its start.
            free = min(free, self._settings.memory_limit - sum(max(space.ram_bytes, own) for space, own in occupants))
        return Space(free, (needs.gpu_bytes or 0) - sum(space.gpu_bytes for space, _ in occupants))

    def forecast(self, needs: Needs, records: Iterable[Record]) -> Forecast:
        """What would happen if the model were loaded now. Its own runner, if it has one, does not count."""
        others = [record for record in records if record.run and record.ref != needs.ref]
        free = self.free(needs, others)
        occupants = [record.occupant() for record in others]
        for estimate in (needs.good, needs.least):
            room = make_room(needs.split.space(estimate), free, occupants)
            if room.fits:
                going = [occupants[place] for place in room.leaving]
                then_free = sum((each.space for each in going), free)
                plan = needs.planned(needs.usable_bytes(then_free))
                leaving = tuple(each.name for each in going)
                return Forecast(needs.ref.name, plan, needs.split, free, leaving, notice=needs.notice(plan))
        could_be_free = sum((each.space for each in occupants if not each.is_busy), free)
        instead = tuple(self.alternatives(needs, could_be_free))
        return Forecast(needs.ref.name, needs.least, needs.split, could_be_free, fits=False, instead=instead)

    def alternatives(self, needs: Needs, free: Space) -> list[Alternative]:
        """What would fit instead; it looks at the headers of all models there are."""
        if needs.facts is None:
            return []
        return fit.alternatives(needs.facts, needs.settings, needs.usable_bytes(free), self._other_models())

    def _other_models(self) -> Iterable[tuple[str, Metadata]]:
        for entry in Catalogue(self._folder).entries:
            try:
                yield entry.name, read_metadata(entry.path)
            except ThreadRunnerError:
                logger.debug("%s is left out: its header cannot be read", entry.path)


def too_large(needs: Needs, free: Space, instead: list[Alternative], busy: list[str]) -> ModelTooLarge:
    """The refusal: the numbers, who is in the way, and what would fit."""
    sentence = f"{needs.ref.name} needs {needs.least} and {needs.split.text(free)} are free for models"
    if busy:
        sentence += f" ({'; '.join(busy)})"
    ways = f"what would fit is {', '.join(map(str, instead))}" if instead else "choose a smaller model"
    return ModelTooLarge(f"{sentence}: {ways}; --force tries it all the same (`%llm load`, `threadrunner load`).")


def _pid(record: Record) -> int | None:
    return record.run.process.pid if record.run else None
