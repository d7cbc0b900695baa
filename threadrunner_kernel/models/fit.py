"""How much memory a model takes, from its file's header and what is asked of it. Nothing is loaded or measured here.

The runner chooses its context by the same functions, so that what was reckoned is what it takes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from threadrunner_kernel.config import KvType, Settings
from threadrunner_kernel.memory import text_size
from threadrunner_kernel.models.metadata import Metadata

# Bytes of one value in the KV cache; a quantised block has 32 values and their scales.
VALUE_BYTES: dict[KvType, float] = {
    "f32": 4.0,
    "f16": 2.0,
    "bf16": 2.0,
    "q8_0": 34 / 32,
    "q5_1": 24 / 32,
    "q5_0": 22 / 32,
    "q4_1": 20 / 32,
    "q4_0": 18 / 32,
}
# What a context that nobody has set may take of the memory that is free, in whole blocks of cells.
SHARE_OF_FREE_MEMORY = 0.25
CELL_BLOCK = 256
SMALLEST_CONTEXT = 512
# Below this a context that nobody has set is worth having other models unloaded for it.
GOOD_CONTEXT = 4096
CACHED_BRANCHES = 24
# Sliding-window and recurrent models pay for each sequence with memory of its own.
CACHED_BRANCHES_WITH_STATE = 2
# What comes with use: lanes of repeatable answers, and the share of the free memory for branches that are parked.
MOST_LANES = 4
SHARE_FOR_PARKING = 1 / 8
# Python, the server and llama.cpp's code, and what they need for a generation: measured (docs/design.md).
PROCESS_BYTES = 75_000_000
# Activations of a step, in vectors of the model's width: measured with llama.cpp's own count (docs/design.md).
WIDTHS_OF_A_ROW = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a model will take. ``context`` are the tokens of one generation, ``cells`` those of all together.

    ``use_bytes``, as far as it is reckoned, is what may come with use and is no part of the total: memory that is only
    taken if there is some left then.
    """

    context: int
    cells: int
    kv_type: KvType
    weights_bytes: int
    kv_bytes: int
    compute_bytes: int
    process_bytes: int = PROCESS_BYTES
    use_bytes: int = 0

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.kv_bytes + self.compute_bytes + self.process_bytes

    @property
    def most_bytes(self) -> int:
        """What its runner never goes beyond by itself."""
        return self.total_bytes + self.use_bytes

    def __str__(self) -> str:
        parts = [f"weights {text_size(self.weights_bytes)}"]
        if self.cells:
            parts.append(f"{self.kv_type} KV cache of {self.cells} tokens {text_size(self.kv_bytes)}")
        parts += [f"computing {text_size(self.compute_bytes)}", f"the process {text_size(self.process_bytes)}"]
        later = f" and up to {text_size(self.use_bytes)} more with use" if self.use_bytes else ""
        return f"{text_size(self.total_bytes)} ({', '.join(parts)}){later}"

    def to_wire(self) -> dict[str, Any]:
        names = ("context", "cells", "kv_type", "weights_bytes", "kv_bytes", "compute_bytes", "process_bytes")
        return {
            **{name: getattr(self, name) for name in names},
            "total_bytes": self.total_bytes,
            "use_bytes": self.use_bytes,
        }


WITHOUT_A_FILE = Estimate(context=0, cells=0, kv_type="f16", weights_bytes=0, kv_bytes=0, compute_bytes=0)
"""The dummy's."""


def least(facts: Metadata, settings: Settings) -> Estimate:
    """What the model needs to work at all as it is asked for: the context that is set, or the smallest."""
    return _for_context(facts, settings, settings.context or min(trained_context(facts), SMALLEST_CONTEXT))


def good(facts: Metadata, settings: Settings) -> Estimate:
    """As ``least``, with a context that one can work with where none is set."""
    return _for_context(facts, settings, settings.context or min(trained_context(facts), GOOD_CONTEXT))


def planned(facts: Metadata, settings: Settings, free_bytes: int) -> Estimate:
    """What a runner will take that is started while so much is free for the whole of it."""
    smallest = least(facts, settings)
    rest = free_bytes - smallest.weights_bytes - smallest.process_bytes
    context = settings.context or chosen_context(facts, settings, rest)
    will = estimate(facts, settings, context, chosen_cells(facts, settings, context, rest))
    return replace(will, use_bytes=lanes_bytes(facts, settings, will.context, rest) + parking_bytes(facts, will, rest))


def estimate(facts: Metadata, settings: Settings, context: int, cells: int) -> Estimate:
    """What the model takes with so many cells."""
    if is_encoder(facts):  # its context is made for the texts that come
        context, cells = trained_context(facts), 0
    return Estimate(
        context=context,
        cells=cells,
        kv_type=settings.kv_type,
        weights_bytes=facts.weights_bytes,
        kv_bytes=math.ceil(cells * cell_bytes(facts, settings.kv_type)) + state_bytes(facts, settings),
        compute_bytes=compute_bytes(facts, settings, context, cells),
    )


def _for_context(facts: Metadata, settings: Settings, context: int) -> Estimate:
    return estimate(facts, settings, context, settings.kv_cells or context)


# What the runner chooses, too.


def trained_context(facts: Metadata) -> int:
    return facts.context_length or SMALLEST_CONTEXT


def is_beyond_training(facts: Metadata, context: int) -> bool:
    """Whether a context has places that the model has never seen; of a file that does not say, nobody knows."""
    return facts.context_length is not None and context > facts.context_length


def fitting_cells(facts: Metadata, kv_type: KvType, free_bytes: int) -> int:
    """Cells that fit into the share of the free memory which a context may take, in whole blocks."""
    one = max(1.0, cell_bytes(facts, kv_type))
    return max(0, int(SHARE_OF_FREE_MEMORY * free_bytes / one) // CELL_BLOCK * CELL_BLOCK)


def chosen_context(facts: Metadata, settings: Settings, free_bytes: int) -> int:
    """The context of a model for which nobody has set one, with so much free beside its weights.

    It is more than the share where that is too little to work with and the whole has more.
    """
    share = fitting_cells(facts, settings.kv_type, free_bytes)
    context = GOOD_CONTEXT
    while context > SMALLEST_CONTEXT and _context_bytes(facts, settings, context) > free_bytes:
        context //= 2
    return min(trained_context(facts), max(share, context))


def _context_bytes(facts: Metadata, settings: Settings, context: int) -> int:
    alone = _for_context(facts, settings, context)
    return alone.kv_bytes + alone.compute_bytes


def chosen_cells(facts: Metadata, settings: Settings, context: int, free_bytes: int) -> int:
    """The cells that all generations and cached prefixes share."""
    fitting = fitting_cells(facts, settings.kv_type, free_bytes)
    return settings.kv_cells or max(context, min(fitting, settings.parallel * context))


def sequences(facts: Metadata, settings: Settings) -> int:
    """Generations at once, and the branches kept beside them."""
    has_state = facts.recurrent or facts.sliding_window
    return settings.parallel + (CACHED_BRANCHES_WITH_STATE if has_state else CACHED_BRANCHES)


def chosen_lanes(facts: Metadata, settings: Settings, context: int, free_bytes: int) -> int:
    """How many repeatable answers may be made at once, each in a lane of ``context`` tokens; one may always."""
    return max(1, min(MOST_LANES, settings.parallel, fitting_cells(facts, settings.kv_type, free_bytes) // context))


def lane_cells(context: int) -> int:
    """The cells of one lane: llama.cpp wants whole blocks."""
    return -(-context // CELL_BLOCK) * CELL_BLOCK


def has_parking(facts: Metadata) -> bool:
    """Whether idle branches are parked: where a state is all that could be, the few branches stay."""
    return not (facts.recurrent or facts.sliding_window or is_encoder(facts))


# The parts.


def lanes_bytes(facts: Metadata, settings: Settings, context: int, free_bytes: int) -> int:
    """The context of repeatable answers, at most: its cells, and the buffers of its steps."""
    if is_encoder(facts):
        return 0
    lanes, cells = chosen_lanes(facts, settings, context, free_bytes), lane_cells(context)
    state = state_bytes(facts, settings) * lanes // sequences(facts, settings)
    kv_bytes = math.ceil(lanes * cells * cell_bytes(facts, settings.kv_type)) + state
    return kv_bytes + compute_bytes(facts, settings, context, cells)


def parking_bytes(facts: Metadata, will: Estimate, free_bytes: int) -> int:
    """What parked branches take, at most: as much again as the cells, within a share of the free memory."""
    return int(min(will.kv_bytes, SHARE_FOR_PARKING * max(0, free_bytes))) if has_parking(facts) else 0


def is_encoder(facts: Metadata) -> bool:
    """Whether the model makes embeddings and no text."""
    return facts.hyperparameter("attention.causal") is False


def cell_bytes(facts: Metadata, kv_type: KvType) -> float:
    """Memory of one token in the KV cache: keys and values of every layer that has attention.

    Layers that see a window only have fewer cells, and are counted as if they had all: the true figure is smaller.
    """
    heads, width = _most(facts.head_count), facts.embedding_length or 0
    usual = width // heads if heads else width
    length = (facts.key_length or usual) + (facts.value_length or usual)
    return _kv_heads(facts) * length * VALUE_BYTES[kv_type]


def _kv_heads(facts: Metadata) -> int:
    """The key-and-value heads of all layers together."""
    layers = facts.block_count or 0
    per_layer = facts.head_count_kv if facts.head_count_kv is not None else facts.head_count
    return sum(per_layer[:layers]) if isinstance(per_layer, tuple) else layers * (per_layer or 0)


def state_bytes(facts: Metadata, settings: Settings) -> int:
    """What a recurrent model keeps of its sequences instead of their tokens, in 32-bit numbers."""
    if (state := facts.recurrent) is None:
        return 0
    if state.wkv_head_size:
        numbers = (state.token_shift_count + state.wkv_head_size) * (facts.embedding_length or 0)
    else:
        convolved = state.inner_size + 2 * state.group_count * state.state_size
        numbers = max(0, state.conv_kernel - 1) * convolved + state.state_size * state.inner_size
    return 4 * numbers * (facts.block_count or 0) * sequences(facts, settings)


def compute_bytes(facts: Metadata, settings: Settings, context: int, cells: int) -> int:
    """The buffers of a step, and of the logits that it puts out.

    Without flash attention every row of a step has a number for each cell and head at the same time.
    """
    at_once = sequences(facts, settings)
    rows = max(min(settings.step_tokens, context), at_once)
    width, vocabulary = facts.embedding_length or 0, facts.vocab_size or 0
    is_flash = settings.flash_attention == "on" or settings.kv_type.startswith("q")
    attention = rows * cells * (4 if is_flash else 4 * (_most(facts.head_count) + 1))
    activations = 4 * rows * WIDTHS_OF_A_ROW * width
    feed_forward = 4 * rows * 3 * _most(facts.feed_forward_length)
    logits = 4 * rows * vocabulary
    return max(attention + activations, feed_forward + activations, logits + activations) + 4 * at_once * vocabulary


def _most(number: int | tuple[int, ...] | None) -> int:
    return max(number, default=0) if isinstance(number, tuple) else number or 0


# What would fit instead.


@dataclass(frozen=True, slots=True)
class Alternative:
    """A way to have a model, or one like it, in the memory there is; ``options`` are ``threadrunner load``'s."""

    what: str
    options: str
    estimate: Estimate

    def __str__(self) -> str:
        return f"{self.what} with {self.options} ({text_size(self.estimate.total_bytes)})"


def alternatives(
    facts: Metadata, settings: Settings, free_bytes: int, others: Iterable[tuple[str, Metadata]] = ()
) -> list[Alternative]:
    """What fits into ``free_bytes``: a smaller context, a KV cache of q8_0, another quantisation of the model.

    No context is offered that is larger than the one the model was trained with.
    """
    asked = least(facts, settings)
    found = []
    smaller = _largest_context(facts, settings, asked.context, free_bytes)
    if smaller:
        found.append(Alternative("a smaller context", f"--context {smaller.context}", smaller))
    if VALUE_BYTES[settings.kv_type] > VALUE_BYTES["q8_0"]:
        quantised = replace(settings, kv_type="q8_0", flash_attention="auto")
        same = _for_context(facts, quantised, asked.context)
        best = _largest_context(facts, quantised, asked.context, free_bytes)
        if same.total_bytes <= free_bytes and not is_beyond_training(facts, asked.context):
            found.append(Alternative("a smaller KV cache", "--kv-type q8_0", same))
        elif best and best.context > (smaller.context if smaller else 0):
            found.append(
                Alternative("a smaller context and KV cache", f"--kv-type q8_0 --context {best.context}", best)
            )
    smaller_files = sorted((each for each in others if is_same_model(facts, each[1])), key=_weight, reverse=True)
    for name, other in smaller_files:
        if (theirs := least(other, settings)).total_bytes <= free_bytes:
            found.append(Alternative("fewer bits", f"-m {name}", theirs))
            break
    return found


def _weight(entry: tuple[str, Metadata]) -> int:
    return entry[1].weights_bytes


def is_same_model(facts: Metadata, other: Metadata) -> bool:
    """Whether ``other`` looks like the same model in fewer bits: nothing in a header says so outright."""

    def shape(of: Metadata) -> tuple[object, ...]:
        return of.architecture, of.block_count, of.embedding_length, of.feed_forward_length, of.vocab_size

    return shape(facts) == shape(other) and other.weights_bytes < facts.weights_bytes


def _largest_context(facts: Metadata, settings: Settings, below: int, free_bytes: int) -> Estimate | None:
    """The largest that fits of the contexts below one: that of the training, and the powers of two up to it."""
    most = min(below - 1, facts.context_length or below)
    powers = [1 << bit for bit in range(most.bit_length()) if 1 << bit >= SMALLEST_CONTEXT]
    for context in sorted({*powers, *({most} & {facts.context_length})}, reverse=True):
        smaller = _for_context(facts, replace(settings, context=context, kv_cells=None), context)
        if smaller.total_bytes <= free_bytes:
            return smaller
    return None
