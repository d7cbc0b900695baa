"""Muon (Jordan et al., 2024): momentum, made orthogonal by Newton-Schulz steps, for the matrices between the layers."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

MOMENTUM = 0.95
STEPS = 5


class Muon:
    """Matrices of one shape are made orthogonal together; one that holds several holds so many rows of each."""

    def __init__(self, matrices: Iterable[tuple[nn.Parameter, int]]) -> None:
        self.groups: dict[tuple[int, torch.Size], list[nn.Parameter]] = {}
        for matrix, held in matrices:
            self.groups.setdefault((held, matrix.shape), []).append(matrix)
        self.momenta = {key: torch.zeros(len(group), *key[1]) for key, group in self.groups.items()}

    @torch.no_grad()
    def step(self, key: tuple[int, torch.Size], rate: float) -> None:
        """One group's matrices: different groups can be done at the same time."""
        held, shape = key
        gradients = torch.stack([matrix.grad for matrix in self.groups[key] if matrix.grad is not None])
        momentum = self.momenta[key]
        momentum.lerp_(gradients, 1 - MOMENTUM)
        rows, columns = shape[0] // held, shape[1]
        update = orthogonal(gradients.lerp(momentum, MOMENTUM).view(-1, rows, columns)).view(-1, *shape)
        scale = rate * max(1.0, rows / columns) ** 0.5
        for matrix, change in zip(self.groups[key], update, strict=True):
            matrix.mul_(1 - rate * 0.01).sub_(change, alpha=scale)


def orthogonal(matrices: Tensor) -> Tensor:
    """Near the nearest orthogonal matrix of each, by the quintic iteration."""
    is_tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if is_tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(STEPS):
        square = x @ x.mT
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x.mT if is_tall else x
