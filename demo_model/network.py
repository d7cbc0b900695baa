"""The network in PyTorch: llama's architecture as llama.cpp runs it, rotary pairs side by side, tied embeddings."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

NORM_EPSILON = 1e-5
ROPE_BASE = 10_000.0


@dataclass(frozen=True, slots=True)
class Shape:
    vocabulary: int = 1408
    width: int = 128
    layers: int = 4
    heads: int = 4
    feed_forward: int = 384
    context: int = 1024

    @property
    def head_width(self) -> int:
        return self.width // self.heads


class Norm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.weight.shape, self.weight, NORM_EPSILON)


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, self.shape = shape.width, shape
        self.attention_norm, self.feed_forward_norm = Norm(width), Norm(width)
        self.query_key_value = _matrix(3 * width, width)
        self.output = _matrix(width, width)
        self.gate_up = _matrix(2 * shape.feed_forward, width)
        self.down = _matrix(width, shape.feed_forward)

    def matrices(self) -> list[tuple[nn.Parameter, int]]:
        """Each with how many it holds."""
        return [(self.query_key_value, 3), (self.output, 1), (self.gate_up, 2), (self.down, 1)]

    def forward(self, x: Tensor, rotation: Tensor) -> Tensor:
        rows, length, width = x.shape
        split = (rows, length, 3, self.shape.heads, self.shape.head_width)
        all_three = F.linear(self.attention_norm(x), self.query_key_value).view(split)
        query, key = rotated(all_three[:, :, :2], rotation).permute(2, 0, 3, 1, 4)
        value = all_three[:, :, 2].transpose(1, 2)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + F.linear(mixed.transpose(1, 2).reshape(rows, length, width), self.output)
        gate, up = F.linear(self.feed_forward_norm(x), self.gate_up).chunk(2, -1)
        return x + F.linear(F.silu(gate) * up, self.down)


class Network(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Parameter(torch.randn(shape.vocabulary, shape.width) * shape.width**-0.5)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width)
        half = shape.head_width // 2
        angles = torch.outer(torch.arange(shape.context), ROPE_BASE ** (-torch.arange(half) / half))
        rotation = torch.polar(torch.ones_like(angles), angles)[:, None, None]
        self.register_buffer("rotation", rotation, persistent=False)

    def hidden(self, ids: Tensor) -> Tensor:
        """What the last block gives for each token, before the vocabulary."""
        rotation = self.rotation[: ids.shape[1]]
        x = self.embedding[ids]
        for block in self.blocks:
            x = block(x, rotation)
        return self.norm(x)

    def forward(self, ids: Tensor) -> Tensor:
        return F.linear(self.hidden(ids), self.embedding)


def rotated(x: Tensor, rotation: Tensor) -> Tensor:
    """Rotary position: components 2i and 2i+1 are a pair, as llama.cpp's `llama` has it."""
    return torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (-1, 2))) * rotation).flatten(-2)


def _matrix(rows: int, columns: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(rows, columns) * columns**-0.5 * 0.7)
