"""Memory of two kinds, the machine's and its GPUs', and how a model that lies in both divides itself between them."""

from __future__ import annotations

from dataclasses import dataclass

from threadrunner_kernel.memory import text_size
from threadrunner_kernel.models.fit import Estimate
from threadrunner_kernel.models.metadata import Metadata


@dataclass(frozen=True, slots=True)
class Space:
    """So much of each. What is free of one kind is of no use to what must lie in the other."""

    ram_bytes: int = 0
    gpu_bytes: int = 0

    def __add__(self, other: Space) -> Space:
        return Space(self.ram_bytes + other.ram_bytes, self.gpu_bytes + other.gpu_bytes)

    def __sub__(self, other: Space) -> Space:
        return Space(self.ram_bytes - other.ram_bytes, self.gpu_bytes - other.gpu_bytes)

    def holds(self, other: Space) -> bool:
        # Who wants nothing of a GPU does not mind that it is too full.
        return other.ram_bytes <= self.ram_bytes and other.gpu_bytes <= max(0, self.gpu_bytes)


@dataclass(frozen=True, slots=True)
class Split:
    """How a model is divided: ``offloaded`` of ``layers`` go to a GPU with their cells and buffers, the process never.

    llama.cpp counts what comes after the last layer as one more.
    """

    offloaded: int = 0
    layers: int = 1

    def space(self, estimate: Estimate) -> Space:
        gpu_bytes = (estimate.total_bytes - estimate.process_bytes) * self.offloaded // self.layers
        return Space(estimate.total_bytes - gpu_bytes, gpu_bytes)

    def usable_bytes(self, free: Space, process_bytes: int) -> int:
        """The largest model, with its process, whose parts all find room."""
        if free.ram_bytes < process_bytes:
            return free.ram_bytes
        rests = []
        if self.offloaded:
            rests.append(max(0, free.gpu_bytes) * self.layers // self.offloaded)
        if self.offloaded < self.layers:
            rests.append((free.ram_bytes - process_bytes) * self.layers // (self.layers - self.offloaded))
        return min(rests) + process_bytes

    def text(self, space: Space) -> str:
        """What is free, as far as it matters to the model."""
        ram = f"{text_size(max(0, space.ram_bytes))} of memory"
        return f"{ram} and {text_size(max(0, space.gpu_bytes))} of a GPU's" if self.offloaded else ram


def split(facts: Metadata, gpu_layers: int) -> Split:
    """How a model is divided where there is a GPU; ``gpu_layers`` is the setting, -1 for all."""
    layers = (facts.block_count or 0) + 1
    return Split(layers if gpu_layers < 0 else min(gpu_layers, layers), layers)
