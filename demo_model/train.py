"""The training: resumable, from a seed, on dialogues that are made while it runs.

``python -m demo_model.train --tokens 30e6 --out demo.pt``; a second call with the same file goes on where it ended.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from demo_model import tokens
from demo_model.dialogues import dialogue
from demo_model.muon import Muon
from demo_model.network import Network, Shape

CHUNK = 1024
"""Dialogues that are made at a time and sorted by length into batches."""
MOST_TOKENS = 960
EARLY_CHUNKS = 32
"""At first come single exchanges, and of these more that must copy: that is what takes longest to be found."""
PART_TOKENS = 704
"""Of a step, what one thread computes at a time: threads that wait for each other inside an operation lose much more
where something else uses the cores."""
THREADS = 2
RATE, EMBEDDING_RATE = 0.01, 0.0015
WARM_UP_STEPS = 60
SEARCH, SETTLE = 0.3, 0.3
"""For this share of the training the rates stay as they are, then they go on from this share of them, down to nothing:
the step down halves the loss within two million tokens."""
POLISH = 0.2
"""The share of the rates that the polish after it begins with."""
LEAST = 0.002
END_WEIGHT = 0.3
"""What the end of an answer weighs: of an answer that counts to 100 it is one token of hundreds."""
SAVE_EVERY_SECONDS = 90


Row = tuple[list[int], list[bool]]
"""A dialogue's ids, and which of them are the model's own."""


@dataclass(slots=True)
class Progress:
    step: int = 0
    tokens: int = 0
    chunk: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    ids: Tensor
    weights: Tensor

    @property
    def size(self) -> int:
        return self.ids.numel()


class Training:
    def __init__(self, shape: Shape, path: Path, total: float, polish: float, batch_tokens: int) -> None:
        torch.manual_seed(0)
        self.network = Network(shape)
        self.path, self.total, self.polish, self.batch_tokens = path, total, polish, batch_tokens
        matrices = [held for block in self.network.blocks for held in block.matrices()]
        others = [p for p in self.network.parameters() if all(p is not matrix for matrix, _ in matrices)]
        self.muon = Muon(matrices)
        self.adam = torch.optim.AdamW(others, lr=EMBEDDING_RATE, betas=(0.9, 0.95), weight_decay=0.0)
        self.parameters = list(self.network.parameters())
        self.pool = ThreadPoolExecutor(THREADS)
        self.progress = Progress()
        self.tokenizer = tokens.load()
        if path.exists():
            self._resume()

    def run(self) -> None:
        started, saved, losses = time.monotonic() - self.progress.seconds, time.monotonic(), [0.0]
        while not self._is_done():
            for parts in steps(self.tokenizer, self.progress.chunk, self.batch_tokens):
                losses.append(self._step(parts))
                self.progress.seconds = time.monotonic() - started
                if self._is_done():
                    break
                if self.progress.step % 25 == 0:
                    self._tell(sum(losses[-25:]) / 25)
            self.progress.chunk += 1
            if time.monotonic() - saved > SAVE_EVERY_SECONDS:
                self.save()
                saved = time.monotonic()
        self.save()

    def save(self) -> None:
        part = self.path.with_suffix(".part")
        state = {
            "shape": asdict(self.network.shape),
            "network": self.network.state_dict(),
            "adam": self.adam.state_dict(),
            "momenta": list(self.muon.momenta.values()),
            "progress": asdict(self.progress),
        }
        torch.save(state, part)
        part.replace(self.path)

    def _step(self, parts: list[Batch]) -> float:
        whole = float(sum(part.weights[:, 1:].sum() for part in parts))
        made = list(self.pool.map(lambda part: self._gradients(part, whole), parts))
        for parameter, *gradients in zip(self.parameters, *(gradients for _, gradients in made), strict=True):
            parameter.grad = torch.stack(gradients).sum(0)
        factor = self._factor()
        for group in self.adam.param_groups:
            group["lr"] = EMBEDDING_RATE * factor
        list(self.pool.map(lambda key: self.muon.step(key, RATE * factor), self.muon.groups))
        self.adam.step()
        self.progress.step += 1
        self.progress.tokens += sum(part.size for part in parts)
        return sum(loss for loss, _ in made)

    def _gradients(self, part: Batch, whole: float) -> tuple[float, tuple[Tensor, ...]]:
        hidden = self.network.hidden(part.ids[:, :-1])
        wanted, weights = part.ids[:, 1:], part.weights[:, 1:]
        is_own = weights > 0
        logits = F.linear(hidden[is_own], self.network.embedding)
        losses = F.cross_entropy(logits, wanted[is_own], reduction="none")
        loss = (losses * weights[is_own]).sum() / whole
        return float(loss.detach()), torch.autograd.grad(loss, self.parameters)

    def _factor(self) -> float:
        """Warm up, search, come down to nothing, and once more from less."""
        gone = self.progress.tokens / self.total
        if gone < SEARCH:
            return min(1.0, (self.progress.step + 1) / WARM_UP_STEPS)
        if gone < 1:
            return SETTLE * (1 - gone) / (1 - SEARCH) + LEAST
        return POLISH * max(0.0, 1 - (self.progress.tokens - self.total) / self.polish) + LEAST

    def _is_done(self) -> bool:
        return self.progress.tokens >= self.total + self.polish

    def _resume(self) -> None:
        state = torch.load(self.path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.adam.load_state_dict(state["adam"])
        for momentum, saved in zip(self.muon.momenta.values(), state["momenta"], strict=True):
            momentum.copy_(saved)
        self.progress = Progress(**state["progress"])

    def _tell(self, loss: float) -> None:
        now = self.progress
        rate = now.tokens / max(now.seconds, 1e-9)
        sys.stdout.write(f"step {now.step} {now.tokens / 1e6:.2f}M tokens loss {loss:.4f} {rate:.0f} tokens/s\n")
        sys.stdout.flush()


def steps(tokenizer: Tokenizer, chunk: int, batch_tokens: int) -> Iterator[list[Batch]]:
    """A chunk's dialogues in steps. Each has all lengths, and so all kinds of them; its parts have one length each."""
    rng = Random(f"training {chunk}")
    rows: list[Row] = []
    for _ in range(CHUNK):
        made = dialogue(rng, is_early=chunk < EARLY_CHUNKS)
        ids, own = tokens.encoded(tokenizer, made.system, made.turns)
        if len(ids) > MOST_TOKENS:
            continue
        rows.append((ids, own))
        if sum(len(ids) for ids, _ in rows) >= batch_tokens:
            yield parts(rows)
            rows = []


def parts(rows: list[Row]) -> list[Batch]:
    """The longest first: both threads end at nearly the same time."""
    packed: list[list[Row]] = [[]]
    for row in sorted(rows, key=lambda row: len(row[0]), reverse=True):
        if packed[-1] and len(packed[-1][0][0]) * (len(packed[-1]) + 1) > PART_TOKENS:
            packed.append([])
        packed[-1].append(row)
    return [_batch(part) for part in packed]


def _batch(rows: list[Row]) -> Batch:
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), longest), tokens.END_ID)
    weights = torch.zeros(len(rows), longest)
    for i, (row, own) in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
        # A long answer weighs more than a short one, and not in proportion.
        weights[i, : len(row)] = torch.tensor(own) * float(sum(own)) ** -0.5
        weights[i, : len(row)][(ids[i, : len(row)] == tokens.END_ID) & torch.tensor(own)] = END_WEIGHT
    return Batch(ids, weights)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the demo model.")
    parser.add_argument("--tokens", type=float, default=60e6)
    parser.add_argument("--polish", type=float, default=32e6, help="tokens after these, at low rates")
    parser.add_argument("--batch", type=int, default=4096, help="tokens in a step")
    parser.add_argument("--out", type=Path, default=Path("build/demo.pt"))
    parser.add_argument("--shape", default="128x4")
    options = parser.parse_args()
    width, layers = map(int, options.shape.split("x"))
    shape = Shape(tokens.SIZE, width, layers, heads=width // 32, feed_forward=3 * width)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    Training(shape, options.out, options.tokens, options.polish, options.batch).run()


if __name__ == "__main__":
    main()
