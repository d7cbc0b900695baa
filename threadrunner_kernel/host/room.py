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
from threadrunner_kernel.host.policy import make_room
from threadrunner_kernel.host.records import Record, Wishes
from threadrunner_kernel.memory import available_bytes, own_bytes, text_size
from threadrunner_kernel.models import ModelRef, fit, gpu
from threadrunner_kernel.models.catalogue import Catalogue
from threadrunner_kernel.models.fit import Alternative, Estimate
from threadrunner_kernel.models.metadata import Metadata, read_metadata

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

    ``gpu_bytes``: what a GPU may take of it.
    """

    ref: ModelRef
    settings: Settings
    facts: Metadata | None
    gpu_bytes: int = 0

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

    def context_bytes(self, free_bytes: int) -> int:
        """What is left of the free memory for the contexts."""
        return max(0, free_bytes - self.least.weights_bytes - self.least.process_bytes)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What loading a model would take: which others would go for it, or what would fit instead."""

    name: str
    estimate: Estimate
    free_bytes: int
    leaving: tuple[str, ...] = ()
    fits: bool = True
    instead: tuple[Alternative, ...] = ()

    def __str__(self) -> str:
        says = f"{self.name} would take {self.estimate}; {text_size(max(0, self.free_bytes))} are free for models"
        if self.leaving:
            return f"{says} now, so {', '.join(self.leaving)} would be unloaded for it."
        if self.fits:
            return f"{says}: it fits."
        instead = f" What would: {', '.join(map(str, self.instead))}." if self.instead else ""
        return f"{says}: it does not fit.{instead}"

    def to_wire(self) -> dict[str, Any]:
        return {
            "message": str(self),
            "fits": self.fits,
            "estimate": self.estimate.to_wire(),
            "free_bytes": self.free_bytes,
            "unloads": list(self.leaving),
            "alternatives": [{"options": each.options, **each.estimate.to_wire()} for each in self.instead],
        }


class Memory:
    """The memory for models: what the machine has, within ``memory_limit``."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder

    def needs(self, ref: ModelRef, wishes: Wishes) -> Needs:
        """What a model needs. It reads the file's header and may ask for the GPU's memory, which take their time.

        Raises:
            ModelLoadFailed: the file is damaged or not there.
            BadRequest: the engine cannot load it as it is asked for.
        """
        facts = read_metadata(ref.path) if ref.path else None
        settings = self.settings_for(wishes)
        if facts and ref.engine == LLAMA_SERVER:
            settings = slots.checked(facts, settings, wishes.context)
        return Needs(ref, settings, facts, gpu.free_bytes() if facts and settings.gpu_layers else 0)

    def settings_for(self, wishes: Wishes) -> Settings:
        """The host settings that a model is loaded with."""
        settings = self._settings
        return replace(
            settings,
            context=wishes.context or settings.context,
            kv_cells=None if wishes.context else settings.kv_cells,
            kv_type=wishes.kv_type or settings.kv_type,
        )

    def free_bytes(self, needs: Needs, records: Iterable[Record]) -> int:
        """What a further model may take, of the machine's memory and a GPU's together.

        The system counts a mapped model file as available, although a warm model needs it: what a runner was reckoned
        to take and does not hold in memory of its own is not free either. The same goes for one that still loads.
        """
        sizes = [(each.reserved_bytes, own_bytes(_pid(each))) for each in records if each.reserved_bytes]
        free = available_bytes() - sum(max(0, reserved - own) for reserved, own in sizes) + needs.gpu_bytes
        if self._settings.memory_limit is not None:
            # With use a runner may come to hold more than was reckoned for its start.
            free = min(free, self._settings.memory_limit - sum(max(size) for size in sizes))
        return free

    def forecast(self, needs: Needs, records: Iterable[Record]) -> Forecast:
        """What would happen if the model were loaded now. Its own runner, if it has one, does not count."""
        others = [record for record in records if record.run and record.ref != needs.ref]
        free = self.free_bytes(needs, others)
        occupants = [record.occupant() for record in others]
        for estimate in (needs.good, needs.least):
            room = make_room(estimate.total_bytes, free, occupants)
            if room.fits:
                going = [occupants[place] for place in room.leaving]
                then_free = free + sum(each.size_bytes for each in going)
                return Forecast(needs.ref.name, needs.planned(then_free), free, tuple(each.name for each in going))
        could_be_free = free + sum(each.size_bytes for each in occupants if not each.is_busy)
        instead = tuple(self.alternatives(needs, could_be_free))
        return Forecast(needs.ref.name, needs.least, could_be_free, fits=False, instead=instead)

    def alternatives(self, needs: Needs, free_bytes: int) -> list[Alternative]:
        """What would fit instead; it looks at the headers of all models there are."""
        if needs.facts is None:
            return []
        return fit.alternatives(needs.facts, needs.settings, free_bytes, self._other_models())

    def _other_models(self) -> Iterable[tuple[str, Metadata]]:
        for entry in Catalogue(self._folder).entries:
            try:
                yield entry.name, read_metadata(entry.path)
            except ThreadRunnerError:
                logger.debug("%s is left out: its header cannot be read", entry.path)


def too_large(needs: Needs, free_bytes: int, instead: list[Alternative], busy: list[str]) -> ModelTooLarge:
    """The refusal: the numbers, who is in the way, and what would fit."""
    sentence = f"{needs.ref.name} needs {needs.least} and {text_size(max(0, free_bytes))} of memory are free for models"
    if busy:
        sentence += f" ({'; '.join(busy)})"
    ways = f"what would fit is {', '.join(map(str, instead))}" if instead else "choose a smaller model"
    return ModelTooLarge(f"{sentence}: {ways}; --force tries it all the same (`%llm load`, `threadrunner load`).")


def _pid(record: Record) -> int | None:
    return record.run.process.pid if record.run else None
