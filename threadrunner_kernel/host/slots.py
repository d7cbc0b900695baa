"""What llama.cpp's server takes: slots, of which each has a whole context. Reckoned from a model's header alone.

It has the functions of ``models.fit``, which reckons our own runner.
"""

from __future__ import annotations

from dataclasses import replace

from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.models import fit
from threadrunner_kernel.models.fit import Estimate
from threadrunner_kernel.models.metadata import Metadata

# The cells of all slots together when no setting says how many, and the most that one of them gets.
MOST_CELLS = 16384
MOST_CONTEXT = 8192


def least(facts: Metadata, settings: Settings) -> Estimate:
    """What the model needs to work at all as it is asked for: one slot of the context that is set, or the smallest."""
    return _at_least(facts, settings, fit.SMALLEST_CONTEXT)


def good(facts: Metadata, settings: Settings) -> Estimate:
    """As ``least``, with a context that one can work with where none is set."""
    return _at_least(facts, settings, fit.GOOD_CONTEXT)


def planned(facts: Metadata, settings: Settings, free_bytes: int) -> Estimate:
    """What a server will take that is started while so much is free for the whole of it."""
    smallest = least(facts, settings)
    rest = free_bytes - smallest.weights_bytes - smallest.process_bytes
    chosen = fit.chosen_context(facts, settings, rest)
    context = settings.context or min(_shared(settings) or chosen, MOST_CONTEXT)
    return _estimate(facts, settings, context, min(MOST_CELLS, fit.fitting_cells(facts, settings.kv_type, rest)))


def count(plan: Estimate) -> int:
    """How many slots share the cells of an estimate."""
    return max(1, plan.cells // plan.context)


def checked(facts: Metadata, settings: Settings, context: int | None) -> Settings:
    """The settings to reckon with; ``context`` is what this load asks for.

    Raises:
        BadRequest: it would change in silence what is asked for, or end at it.
    """
    trained = fit.trained_context(facts)
    if context and context > trained:
        raise BadRequest(
            f"llama-server gives a model no larger context than it was trained with ({trained} tokens): ask for no "
            "more, or take engine=llama-cpp-python.",
            param="context",
        )
    if settings.flash_attention == "off" and settings.kv_type.startswith("q"):
        message = f"kv_type = {settings.kv_type} needs flash attention, which is off: set flash_attention = auto."
        raise BadRequest(message, param="kv_type")
    # Flash attention is on unless it is switched off.
    return settings if settings.flash_attention == "off" else replace(settings, flash_attention="on")


def _at_least(facts: Metadata, settings: Settings, context: int) -> Estimate:
    return _estimate(facts, settings, settings.context or min(_shared(settings) or context, MOST_CONTEXT), 0)


def _shared(settings: Settings) -> int:
    """The whole blocks in ``kv_cells``, one at least; 0 where that is not set."""
    return max(fit.CELL_BLOCK, settings.kv_cells // fit.CELL_BLOCK * fit.CELL_BLOCK) if settings.kv_cells else 0


def _estimate(facts: Metadata, settings: Settings, context: int, cells: int) -> Estimate:
    """With slots of ``context`` tokens: as many as ``kv_cells`` holds, else ``cells``, but one at least."""
    if fit.is_encoder(facts):
        return fit.estimate(facts, settings, context, 0)
    slot = _slot(facts, context)
    slots = max(1, min(settings.parallel, (settings.kv_cells or cells) // slot))
    whole = fit.estimate(facts, replace(settings, parallel=slots), slot, slots * slot)
    # A step looks at the cells of its own slot only.
    return replace(whole, compute_bytes=fit.compute_bytes(facts, settings, slot, slot))


def _slot(facts: Metadata, context: int) -> int:
    """The cells of one slot: whole blocks, and no more than the model was trained with."""
    blocks = -(-context // fit.CELL_BLOCK) * fit.CELL_BLOCK
    return max(1, min(blocks, fit.trained_context(facts)))
