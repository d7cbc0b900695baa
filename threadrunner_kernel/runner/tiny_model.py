"""The smallest model file that makes llama.cpp compute with every common kind of quantised weights: 0.5 MB of noise."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# A block of the K-quants is 256 numbers, and what is optimised for a CPU wants at least 32 rows.
WIDTH = 256
VOCABULARY = 256
CONTEXT = 128
ALIGNMENT = 32
# A scale that leaves sums of 256 products near 1: 0.004 in half precision.
SCALE = struct.pack("<e", 0.004)

# GGUF's types of a value in the head, and ggml's of a tensor.
UINT32, FLOAT32, STRING = 4, 6, 8
F32, Q4_0, Q8_0, Q4_K, Q5_K, Q6_K = 0, 2, 8, 12, 13, 14


@dataclass(frozen=True, slots=True)
class Block:
    """How ggml stores some numbers of one row together: their scales, and the bytes of the numbers themselves."""

    numbers: int
    noise_bytes: int
    write: Callable[[bytes], bytes]


# ggml-common.h: block_q4_0, block_q8_0, block_q4_K, block_q5_K, block_q6_K.
BLOCKS = {
    Q4_0: Block(32, 16, lambda noise: SCALE + noise),
    Q8_0: Block(32, 32, lambda noise: SCALE + noise),
    Q4_K: Block(256, 12 + 128, lambda noise: SCALE + SCALE + noise),
    Q5_K: Block(256, 12 + 32 + 128, lambda noise: SCALE + SCALE + noise),
    Q6_K: Block(256, 128 + 64 + 16, lambda noise: noise + SCALE),
}
# Each kind once or twice, where a file of that kind has it.
TENSORS = {
    "token_embd.weight": Q4_0,
    "output_norm.weight": F32,
    "output.weight": Q6_K,
    "blk.0.attn_norm.weight": F32,
    "blk.0.attn_q.weight": Q4_K,
    "blk.0.attn_k.weight": Q8_0,
    "blk.0.attn_v.weight": Q6_K,
    "blk.0.attn_output.weight": Q4_0,
    "blk.0.ffn_norm.weight": F32,
    "blk.0.ffn_gate.weight": Q5_K,
    "blk.0.ffn_up.weight": Q4_K,
    "blk.0.ffn_down.weight": Q8_0,
}
HEAD: dict[str, int | float | str] = {
    "general.architecture": "llama",
    "general.name": "probe",
    "llama.vocab_size": VOCABULARY,
    "llama.context_length": CONTEXT,
    "llama.embedding_length": WIDTH,
    "llama.block_count": 1,
    "llama.feed_forward_length": WIDTH,
    "llama.attention.head_count": 4,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "llama.rope.dimension_count": WIDTH // 4,
    "tokenizer.ggml.model": "no_vocab",
}


def write_tiny_model(path: Path) -> None:
    """Write it; the same bytes each time. It has no vocabulary: it is asked for tokens by their numbers."""
    tensors = {name: _weights(name, kind) for name, kind in TENSORS.items()}
    described, offset = b"", 0
    for name, data in tensors.items():
        kind = TENSORS[name]
        shape = (WIDTH,) if kind == F32 else (WIDTH, WIDTH)
        described += _string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
        offset += len(data)
    values = b"".join(_string(key) + _value(value) for key, value in HEAD.items())
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(HEAD)) + values + described
    path.write_bytes(_aligned(head) + b"".join(tensors.values()))


def _weights(name: str, kind: int) -> bytes:
    if kind == F32:
        return struct.pack("<f", 1.0) * WIDTH
    block = BLOCKS[kind]
    count = WIDTH * WIDTH // block.numbers
    noise = hashlib.shake_128(name.encode()).digest(count * block.noise_bytes)
    parts = (noise[start : start + block.noise_bytes] for start in range(0, len(noise), block.noise_bytes))
    return _aligned(b"".join(map(block.write, parts)))


def _value(value: int | float | str) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", STRING) + _string(value)
    if isinstance(value, int):
        return struct.pack("<II", UINT32, value)
    return struct.pack("<If", FLOAT32, value)


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)
