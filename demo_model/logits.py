"""Whether llama.cpp computes what PyTorch computed: their logits for the same prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import llama_cpp
import numpy as np
import torch
from numpy.typing import NDArray

from demo_model import export
from demo_model.network import Network

F32 = llama_cpp.GGML_TYPE_F32

Logits = list[NDArray[np.float32]]


def compared(shipped: Path, checkpoint: Path, prompts: Sequence[list[int]]) -> Iterator[str]:
    network, _ = export.load(checkpoint)
    wanted = _by_pytorch(network, prompts)
    with TemporaryDirectory() as folder:
        exact = Path(folder) / "exact.gguf"
        export.write(network, exact, "for comparison", is_short=False)
        yield _line("32-bit floats", wanted, _by_llama(exact, prompts))
    yield _line("as shipped, f16", wanted, _by_llama(shipped, prompts))


def _line(name: str, wanted: Logits, got: Logits) -> str:
    largest = max(float(np.abs(a - b).max()) for a, b in zip(wanted, got, strict=True))
    spread = max(float(np.abs(a).max()) for a in wanted)
    same = sum(bool((a.argmax(-1) == b.argmax(-1)).all()) for a, b in zip(wanted, got, strict=True))
    agreed = f"{same} of {len(wanted)} prompts agree in every likeliest token"
    return f"{name}: largest difference {largest:.2g} of logits up to {spread:.0f}; {agreed}"


def _by_pytorch(network: Network, prompts: Sequence[list[int]]) -> Logits:
    with torch.no_grad():
        return [network(torch.tensor([ids]))[0].numpy() for ids in prompts]


def _by_llama(path: Path, prompts: Sequence[list[int]]) -> Logits:
    llama = llama_cpp.Llama(str(path), n_ctx=1024, n_threads=1, logits_all=True, verbose=False, type_k=F32, type_v=F32)
    rows = []
    for ids in prompts:
        llama.reset()
        llama.eval(ids)
        rows.append(np.array(llama.scores[: len(ids)], dtype=np.float32))
    return rows
