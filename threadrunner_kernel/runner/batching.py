"""Many generations at once on one llama.cpp model: continuous batching, shared prefixes, exact lanes.

A *round* is one shared step for all generations whose tokens may differ from run to run, and one step for each exact
one. A step is one ``llama_decode`` of at most ``step_tokens`` rows; samplers advance only after it succeeded.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest, PromptTooLong
from threadrunner_kernel.messages import Event, FinishReason, Progress, Timings, TokenLogprob, Usage
from threadrunner_kernel.models import fit
from threadrunner_kernel.runner.cells import ExactCells, SharedCells
from threadrunner_kernel.runner.disk_cache import DiskCache
from threadrunner_kernel.runner.engine import Generation, Stepped
from threadrunner_kernel.runner.llama import (
    AbortFlag,
    ContextShape,
    LlamaContext,
    LlamaModel,
    NativeLog,
    Row,
)
from threadrunner_kernel.runner.parking import Parking
from threadrunner_kernel.runner.reasoning import ReasoningSplitter
from threadrunner_kernel.runner.sampling import SamplerChain, log_probabilities
from threadrunner_kernel.runner.scheduler import SMALLEST_BUDGET, Part, Step, Work, fits, next_budget, plan, reservation
from threadrunner_kernel.runner.text import TextAssembler
from threadrunner_kernel.runner.threads import ThreadChooser, usable_cores

EXACT_GRID = 64
CATCH_UP_SECONDS = 0.25


@dataclass(eq=False)
class Slot:
    """A generation: its tokens (prompt and answer), of which ``position`` are in its sequence's cells.

    With a ``pace`` (tokens a second) its next token is ``due`` at a moment, and takes part in no step before.
    """

    generation: Generation
    tokens: list[int]
    limit: int
    sampler: SamplerChain
    assembler: TextAssembler
    splitter: ReasoningSplitter | None
    prompt_length: int
    pace: float = 0.0
    number: int = 0
    sequence: int | None = None
    position: int = 0
    cached: int = 0
    said: int = 0
    began: float = 0.0
    read_at: float = 0.0
    due: float = 0.0
    is_aside: bool = False

    @property
    def is_exact(self) -> bool:
        return self.generation.request.is_reproducible

    @property
    def unread(self) -> int:
        """Tokens to be read before the next is made; 0 when only the newest one is missing."""
        rest = len(self.tokens) - self.position
        return 0 if rest == 1 and self.said else rest


class Batch:
    """The running generations of a model and their cells; all of it is called on the decode thread, but ``abort``."""

    def __init__(
        self, model: LlamaModel, log: NativeLog, flag: AbortFlag, settings: Settings, shape: ContextShape, limit: int
    ) -> None:
        self._model = model
        self._log = log
        self._flag = flag
        self._settings = settings
        self._shape = shape
        self._slots: dict[Generation, Slot] = {}
        self._prepared: dict[Generation, Slot] = {}
        self._number = 0
        self._is_long_step = False
        self._ended: list[Generation] = []
        self._made = 0
        # Who sets a number means it; else others on this machine are made room for.
        self._chooser = None if settings.threads else ThreadChooser(shape.threads, usable_cores())
        # The flag is looked at by the CPU backend only.
        self._is_abortable = flag.is_used and not model.is_recurrent and not model.is_offloaded
        self._budget = shape.step if self._is_abortable else min(shape.step, SMALLEST_BUDGET)
        self._context = LlamaContext(model, log, flag, shape)
        self._shared = self._shared_cells()
        self._exact: ExactCells | None = None
        self._exact_context: LlamaContext | None = None
        self._pace = model.facts.pace or 0.0
        self.limit = min(limit, self._context.cells)

    @property
    def cells(self) -> int:
        """Tokens that all generations and cached branches share."""
        return self._context.cells

    def restore(self, saved: DiskCache) -> None:
        """Go on with the branches that an earlier runner has saved."""
        self._shared.adopt(saved.restore(self._context))

    def save(self, saved: DiskCache) -> None:
        """End what runs, and save the cached branches for the next runner."""
        for generation in list(self._slots):
            self.end(generation)
        self._shared.unpark()
        saved.save(self._context, self._shared.cached_branches())

    def prepare(self, generation: Generation, tokens: list[int], splitter: ReasoningSplitter | None) -> None:
        """Take note of a request, its prompt's tokens, and how to tell thinking from answering, where that matters.

        Raises:
            PromptTooLong, BadRequest
        """
        request = generation.request
        if len(tokens) >= self.limit:
            raise PromptTooLong(
                f"The prompt has {len(tokens)} tokens and the context holds {self.limit}: shorten the prompt, or set "
                "a larger context.",
                param="messages" if request.prompt is None else "prompt",
            )
        if not tokens:
            raise BadRequest("The prompt is empty: write what the model should answer.", param="messages")
        room = self.limit - len(tokens)
        self._prepared[generation] = Slot(
            generation,
            tokens,
            min(request.max_tokens or room, room),
            SamplerChain(request, self._model, seed_offset=generation.index),
            TextAssembler(request.stop or ()),
            splitter,
            prompt_length=len(tokens),
            pace=self._pace if request.pace is None else request.pace,
        )

    def begin(self, generation: Generation) -> bool:
        slot = self._prepared[generation]
        if not self._has_room(generation, len(slot.tokens)):
            return False
        self._number += 1
        slot.number, slot.began = self._number, time.monotonic()
        del self._prepared[generation]
        self._slots[generation] = slot
        if slot.is_exact:
            self._place(slot)
        return True

    def _has_room(self, generation: Generation, length: int) -> bool:
        if len(self._slots) >= self._settings.parallel:
            return False
        if generation.request.is_reproducible:
            return self._lanes().has_room
        reserved = [reservation(len(slot.tokens), slot.limit, self.limit) for slot in self._sharing()]
        needed = reservation(length, generation.request.max_tokens, self.limit)
        return fits(needed, reserved, self._context.cells)

    def step(self) -> Stepped:
        self._place_next_reader()
        now = time.monotonic()
        placed = [slot for slot in self._in_order() if slot.sequence is not None]
        # What was set aside is read again without waiting for its pace: others wait for it to be read.
        slots = {slot.number: slot for slot in placed if slot.due <= now or slot.unread}
        if not slots:
            return Stepped(min(slot.due for slot in placed) - now if placed else None)
        works = [Work(slot.number, slot.unread - (slot.due > now), slot.is_exact) for slot in slots.values()]
        # With flash attention the borders of steps are in the logits.
        grid = min(EXACT_GRID, self._shape.step) if self._has_flash_attention else None
        for step in plan(works, self._budget, grid):
            self._compute(step, slots)
        ended, self._ended = tuple(self._ended), []
        tokens, self._made = self._made, 0
        return Stepped(0, ended, tokens)

    def end(self, generation: Generation) -> None:
        if prepared := self._prepared.pop(generation, None):
            prepared.sampler.close()
        slot = self._slots.pop(generation, None)
        if slot is None:
            return
        slot.sampler.close()
        if slot.sequence is not None:
            if not slot.is_exact and slot.position:
                self._shared.note(slot.sequence, slot.tokens[: slot.position])
            (self._lanes() if slot.is_exact else self._shared).leave(slot.sequence)
        for other in self._sharing():
            other.is_aside = False

    def abort(self) -> None:
        if self._is_long_step:
            self._flag.raise_()

    def close(self) -> None:
        for generation in list(self._slots):
            self.end(generation)
        if self._exact_context:
            self._exact_context.close()
        self._context.close()

    @property
    def _has_flash_attention(self) -> bool:
        return self._shape.flash_attention != "off"

    # Places.

    def _in_order(self) -> list[Slot]:
        return sorted(self._slots.values(), key=lambda slot: slot.number)

    def _sharing(self) -> list[Slot]:
        return [slot for slot in self._slots.values() if not slot.is_exact]

    def _shared_cells(self) -> SharedCells:
        """The cells that all share. Where a state is all that could be parked, the few branches stay."""
        sequences, is_cuttable = self._shape.sequences, not self._model.is_recurrent
        if self._model.is_recurrent or self._model.window:
            return SharedCells(self._context, sequences, is_cuttable=is_cuttable)
        # As much again as the cells take, unless memory is short (models/fit.py reckons with the same).
        of_cells = self._context.cells * self._model.bytes_per_cell(self._shape.kv_type)
        most_bytes = int(min(of_cells, fit.SHARE_FOR_PARKING * self._model.free_ram_bytes()))
        return SharedCells(self._context, sequences, parking=Parking(self._context, most_bytes))

    def _lanes(self) -> ExactCells:
        """The exact lanes, made when first needed: as many as the memory likes."""
        if self._exact is None:
            lanes = fit.chosen_lanes(self._model.facts, self._settings, self.limit, self._model.free_bytes())
            shape = replace(self._shape, cells=lanes * fit.lane_cells(self.limit), sequences=lanes, is_unified=False)
            self._exact_context = LlamaContext(self._model, self._log, self._flag, shape)
            # Where cells are not simply a token's position, only reading anew is sure to give the same.
            is_plain = not self._model.is_recurrent and not self._model.window and not self._has_flash_attention
            self._exact = ExactCells(self._exact_context, lanes, is_reusing=is_plain)
        return self._exact

    def _place_next_reader(self) -> None:
        """Prompts are read one after the other: the next may then share what the one before it has read.

        One that was set aside waits until another has ended.
        """
        sharing = [slot for slot in self._in_order() if not slot.is_exact]
        if any(slot.sequence is not None and slot.unread for slot in sharing):
            return
        waiting = [slot for slot in sharing if slot.sequence is None]
        if waiting and (not waiting[0].is_aside or len(waiting) == len(sharing)):
            self._place(waiting[0])

    def _place(self, slot: Slot) -> None:
        """Give a slot its sequence, with what is in the cells already."""
        place = (self._lanes() if slot.is_exact else self._shared).place(slot.tokens)
        slot.sequence, slot.position = place.sequence, place.length
        if not slot.said:
            slot.cached = place.length
            self._report_reading(slot)

    # Computing.

    def _compute(self, step: Step, slots: dict[int, Slot]) -> None:
        """One ``llama_decode``, and what comes of it; whatever keeps it from being done, the next round tries again."""
        # The order that loses no cancel: say that the step is long, clear the flag, look who is cancelled, compute.
        self._is_long_step = not step.is_short
        self._flag.clear()
        parts = [part for part in step.parts if not slots[part.id].generation.is_cancelled]
        if not parts:
            return
        rows, wanted = self._rows(parts, slots)
        context = self._exact_context if step.is_exact else self._context
        assert context is not None
        # With flash attention the sums over many cells depend on how many threads share them.
        if self._chooser and not (step.is_exact and self._has_flash_attention):
            context.set_threads(self._chooser.choose())
        began = time.monotonic()
        result = context.decode(rows)
        self._is_long_step = False
        if not self._is_abortable:
            self._budget = next_budget(self._budget, len(rows), time.monotonic() - began, self._shape.step)
        if result != "done":
            for part in parts:
                self._cut_back(slots[part.id], context)
            if result == "no cells":
                self._make_room()
            return
        for part in parts:
            self._advance(slots[part.id], part.rows)
        for number, row in wanted.items():
            self._sample(slots[number], context, row)

    def _rows(self, parts: list[Part], slots: dict[int, Slot]) -> tuple[list[Row], dict[int, int]]:
        """The step's rows, and by slot the row whose logits make its next token."""
        rows: list[Row] = []
        wanted: dict[int, int] = {}
        for part in parts:
            slot = slots[part.id]
            assert slot.sequence is not None
            end = slot.position + part.rows
            for position in range(slot.position, end):
                rows.append(Row(slot.tokens[position], position, slot.sequence, position == len(slot.tokens) - 1))
            if end == len(slot.tokens):
                wanted[part.id] = len(rows) - 1
        return rows, wanted

    def _cut_back(self, slot: Slot, context: LlamaContext) -> None:
        assert slot.sequence is not None
        if not context.cut(slot.sequence, slot.position):
            slot.position = 0

    def _advance(self, slot: Slot, rows: int) -> None:
        assert slot.sequence is not None
        was_reading = slot.unread > 0
        slot.position += rows
        held = slot.tokens[: slot.position]
        if slot.is_exact:
            self._lanes().note(slot.sequence, held, is_read=was_reading)
        elif was_reading:
            self._shared.note(slot.sequence, held)
            if self._model.is_recurrent and slot.position == slot.prompt_length:
                # The next turn begins with this prompt, and an edited one with an earlier turn's.
                self._shared.checkpoint(slot.sequence, held)
        elif self._model.is_recurrent:
            self._shared.forget(slot.sequence)  # it has left the place that was noted
        if was_reading and not slot.said:
            self._report_reading(slot)

    def _report_reading(self, slot: Slot) -> None:
        done = min(slot.position, slot.prompt_length)
        passed_ms = 1000 * (time.monotonic() - slot.began)
        progress = Progress("prompt", done, slot.prompt_length, slot.cached, passed_ms)
        slot.generation.emit(Event(progress=progress, pace=slot.pace or None))

    def _sample(self, slot: Slot, context: LlamaContext, row: int) -> None:
        token = slot.sampler.sample(context.handle, row)
        logprobs = self._logprobs(slot, context, row, token)
        now = time.monotonic()
        slot.read_at = slot.read_at or now
        slot.due = slot.due or now
        if self._model.is_end(token):
            self._finish(slot, "stop")
            return
        slot.said += 1
        self._made += 1
        slot.tokens.append(token)
        self._say(slot, slot.assembler.feed(self._model.piece(token)), logprobs)
        if slot.assembler.is_stopped or slot.said >= slot.limit:
            self._finish(slot, "stop" if slot.assembler.is_stopped else "length")
        elif slot.pace:
            # What was lost to others' steps is caught up on, but not a long wait: the rest would come in a rush.
            slot.due = max(slot.due, now - CATCH_UP_SECONDS) + 1 / slot.pace

    def _logprobs(self, slot: Slot, context: LlamaContext, row: int, token: int) -> tuple[TokenLogprob, ...]:
        """The token's log probability and the likeliest at its place, when the request asks."""
        request = slot.generation.request
        if not request.logprobs or self._model.is_end(token):
            return ()
        values = log_probabilities(context.handle, row, self._model.vocabulary_size)
        best = values.argsort()[::-1][: request.top_logprobs or 0]
        top = tuple(TokenLogprob(self._model.token_text(int(id)), float(values[id])) for id in best)
        return (TokenLogprob(self._model.token_text(token), float(values[token]), top),)

    def _say(self, slot: Slot, text: str, logprobs: tuple[TokenLogprob, ...] = ()) -> None:
        reasoning, text = slot.splitter.feed(text) if slot.splitter else ("", text)
        if reasoning or text or logprobs:
            self._emit(slot, Event(text=text, reasoning=reasoning, logprobs=logprobs))

    def _emit(self, slot: Slot, event: Event) -> None:
        index = slot.generation.index
        slot.generation.emit(replace(event, index=index) if index else event)

    def _finish(self, slot: Slot, reason: FinishReason) -> None:
        self._say(slot, slot.assembler.finish())
        if slot.splitter:
            reasoning, text = slot.splitter.finish()
            if reasoning or text:
                self._emit(slot, Event(text=text, reasoning=reasoning))
        end = time.monotonic()
        timings = Timings(
            slot.prompt_length - slot.cached,
            1000 * (slot.read_at - slot.began),
            slot.said,
            1000 * (end - slot.read_at),
            slot.cached,
        )
        usage = Usage(slot.prompt_length, slot.said, slot.cached)
        self._emit(slot, Event(finish_reason=reason, usage=usage, timings=timings, pace=slot.pace or None))
        self.end(slot.generation)
        self._ended.append(slot.generation)

    def _make_room(self) -> None:
        """Out of cells: a cached branch goes, else the youngest generation is set aside, to be read again later."""
        if self._shared.evict():
            return
        youngest = max((slot for slot in self._sharing() if slot.sequence is not None), key=lambda slot: slot.number)
        assert youngest.sequence is not None
        self._shared.give_up(youngest.sequence)
        youngest.sequence, youngest.position, youngest.is_aside = None, 0, True
