"""Models of random weights, which say made-up words.

One of the llama architecture has the shape, the size and so the speed of a real one. The others are tiny, each of a
kind whose memory llama.cpp keeps otherwise: cells of a window only, a state instead of cells, both.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from gguf import GGUFWriter, PoolingType

from tests.gguf_writing import (
    MESSAGES,
    PROMPT_FOR_ANSWER,
    Architecture,
    Fill,
    Floats,
    Model,
    Quantisation,
    Shape,
    Tensors,
    Vocabulary,
    attention_tensors,
    feed_forward_tensors,
    first_tensors,
    write_model,
)

TINY = Shape(vocabulary=512, width=64, layers=2, heads=4, kv_heads=2, feed_forward=128)
# 42 million parameters: a prompt of thousands of tokens takes seconds on two cores.
SMALL = Shape(vocabulary=4096, width=512, layers=12, heads=8, kv_heads=4, feed_forward=1536)
TINYLLAMA_1B = Shape(vocabulary=32000, width=2048, layers=22, heads=32, kv_heads=4, feed_forward=5632)

WINDOW = 32
"""How many of the newest tokens every second layer of a window model sees."""

_SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnpqrstvwxz" for vowel in "aeiou"]
# Said tokens have logits spread by this around 0; one that must not be said has a logit of hundreds below.
_LOGIT_SPREAD = 4.0
_SILENCE = -1000.0
# An attentive model's queries are so much longer, and what its layers add so much larger.
_SHARPNESS = 8.0
_GAIN = 4.0


def write_random_model(
    path: Path,
    shape: Shape,
    *,
    quantisation: Quantisation = "f16",
    seed: int = 0,
    context_length: int = 4096,
    attentive: bool = False,
) -> Path:
    """Write a model of random weights, and return `path`; the same arguments give the same bytes.

    It says made-up words and nothing else: no byte, no control token, and no end of its own, so that an answer lasts
    until the context or the token limit ends it. The chat template is plain ChatML.

    What it says depends nearly on the newest token alone. An `attentive` model's answer depends on every token before
    it, so that a test sees one that is missing or wrong.
    """
    return _write(path, shape, quantisation, seed, context_length, attentive)


def write_window_model(path: Path, *, seed: int = 0, context_length: int = 4096) -> Path:
    """Write an attentive random model of which every second layer sees the newest WINDOW tokens only (OLMo 3)."""
    return _write(path, _WINDOWED, "f16", seed, context_length, attentive=True)


def write_recurrent_model(path: Path, *, seed: int = 0, context_length: int = 4096) -> Path:
    """Write an attentive random model that keeps a state of fixed size instead of tokens (Mamba)."""
    return _write(path, _RECURRENT, "f16", seed, context_length, attentive=True)


def write_hybrid_model(path: Path, *, seed: int = 0, context_length: int = 4096) -> Path:
    """Write an attentive random model of which every second layer keeps a state instead of tokens (Jamba)."""
    return _write(path, _HYBRID, "f16", seed, context_length, attentive=True)


def write_pooling_model(path: Path, pooling: PoolingType, *, seed: int = 0, context_length: int = 4096) -> Path:
    """Write an attentive random model whose file says how the vectors of its tokens become one for a text."""
    shape = _PoolingShape(vocabulary=512, width=64, layers=2, heads=4, kv_heads=2, feed_forward=128, pooling=pooling)
    return _write(path, shape, "f16", seed, context_length, attentive=True)


def _write(
    path: Path, shape: Architecture, quantisation: Quantisation, seed: int, context_length: int, attentive: bool
) -> Path:
    vocabulary = Vocabulary()
    silent = len(vocabulary)
    for number in range(shape.vocabulary - silent):
        vocabulary.piece(b" " + _made_up_word(number).encode())
    model = Model(
        name="random",
        architecture=shape,
        vocabulary=vocabulary,
        template=f"{MESSAGES}{{% if add_generation_prompt %}}{PROMPT_FOR_ANSWER}{{% endif %}}",
        context_length=context_length,
    )
    return write_model(path, model, _random_weights(shape.layers, silent, seed, attentive), quantisation)


def _made_up_word(number: int) -> str:
    """A word of two syllables or, from the 10,000th on, of three."""
    syllables = 2 if number < 100**2 else 3
    return "".join(_SYLLABLES[number // 100**place % 100] for place in range(syllables))


def _random_weights(layers: int, silent: int, seed: int, attentive: bool) -> Fill:
    """Weights that keep every layer's output near 1, and the first `silent` tokens from being said.

    No architecture here has an output bias, so the first channel serves as one: each embedding sets it, no layer writes
    to it, and only the output rows of silent tokens read it. What it adds to their logits is negative whatever came
    before.
    """
    rng = np.random.default_rng(seed)
    sharpness, gain = (_SHARPNESS, _GAIN) if attentive else (1.0, 1.0)

    def fill(tensor: str, size: tuple[int, ...]) -> Floats:
        if tensor.endswith((".ssm_a", ".bias")):
            return _state_weights(tensor, size)
        if len(size) == 1:
            return np.full(size, sharpness if tensor.endswith("attn_q_norm.weight") else 1, np.float32)
        weights = rng.standard_normal(size, np.float32)
        if tensor == "token_embd.weight":
            weights[:, 0] = 1
            return weights
        weights /= np.float32(size[1] ** 0.5)
        if tensor == "output.weight":
            weights *= np.float32(_LOGIT_SPREAD)
            weights[:, 0] = 0
            weights[:silent] = 0
            weights[:silent, 0] = _SILENCE * gain**2  # the layers' outputs make the first channel small beside them
        elif tensor.endswith(("attn_output.weight", "ffn_down.weight", "ssm_out.weight")):
            weights /= np.float32((2 * layers) ** 0.5 / gain)
            weights[0] = 0
        elif tensor.endswith("attn_q.weight"):
            weights *= np.float32(sharpness)
        return weights

    return fill


def _state_weights(tensor: str, size: tuple[int, ...]) -> Floats:
    """What a Mamba layer has instead of ones and of random numbers, so that it forgets some soon and some hardly."""
    if tensor.endswith(".ssm_a"):
        return np.tile(-np.geomspace(1 / 1024, 1, size[1], dtype=np.float32), (size[0], 1))
    return np.full(size, -3.0 if tensor.endswith("ssm_dt.bias") else 0.0, np.float32)


# Architectures other than plain llama


@dataclass(frozen=True, slots=True)
class _PoolingShape(Shape):
    """A llama that makes embeddings in a way of its own."""

    pooling: PoolingType

    def write(self, writer: GGUFWriter) -> None:
        Shape.write(self, writer)
        writer.add_pooling_type(self.pooling)


@dataclass(frozen=True, slots=True)
class _WindowShape(Shape):
    """OLMo 3, whose layers normalise what they add instead of what they read."""

    NAME: ClassVar[str] = "olmo2"

    def write(self, writer: GGUFWriter) -> None:
        Shape.write(self, writer)
        writer.add_sliding_window(WINDOW)
        writer.add_sliding_window_pattern(2)

    def tensors(self) -> Tensors:
        kv_width = self.width // self.heads * self.kv_heads
        yield from first_tensors(self.vocabulary, self.width)
        for layer in range(self.layers):
            yield from attention_tensors(layer, self.width, kv_width)
            yield f"blk.{layer}.attn_q_norm.weight", (self.width,)
            yield f"blk.{layer}.attn_k_norm.weight", (kv_width,)
            yield f"blk.{layer}.post_attention_norm.weight", (self.width,)
            yield from feed_forward_tensors(layer, self.width, self.feed_forward)
            yield f"blk.{layer}.post_ffw_norm.weight", (self.width,)


@dataclass(frozen=True, slots=True)
class _StateShape:
    """Mamba; llama.cpp knows only an inner width twice the width."""

    NAME: ClassVar[str] = "mamba"
    KERNEL: ClassVar[int] = 4
    STATE: ClassVar[int] = 16

    vocabulary: int
    width: int
    layers: int

    def write(self, writer: GGUFWriter) -> None:
        writer.add_embedding_length(self.width)
        writer.add_block_count(self.layers)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_ssm_conv_kernel(self.KERNEL)
        writer.add_ssm_inner_size(2 * self.width)
        writer.add_ssm_state_size(self.STATE)
        writer.add_ssm_time_step_rank(self.width // 16)

    def tensors(self) -> Tensors:
        yield from first_tensors(self.vocabulary, self.width)
        for layer in range(self.layers):
            yield from self._layer_tensors(layer)

    def _layer_tensors(self, layer: int) -> Tensors:
        inner, rank = 2 * self.width, self.width // 16
        yield f"blk.{layer}.attn_norm.weight", (self.width,)
        yield f"blk.{layer}.ssm_in.weight", (2 * inner, self.width)
        yield f"blk.{layer}.ssm_conv1d.weight", (inner, self.KERNEL)
        yield f"blk.{layer}.ssm_conv1d.bias", (inner,)
        yield f"blk.{layer}.ssm_x.weight", (rank + 2 * self.STATE, inner)
        yield f"blk.{layer}.ssm_dt.weight", (inner, rank)
        yield f"blk.{layer}.ssm_dt.bias", (inner,)
        yield f"blk.{layer}.ssm_a", (inner, self.STATE)
        yield f"blk.{layer}.ssm_d", (inner,)
        yield f"blk.{layer}.ssm_out.weight", (self.width, inner)


@dataclass(frozen=True, slots=True)
class _HybridShape(_StateShape):
    """Jamba: Mamba in layers 0, 2, 4 …, attention without positions in the others, and a feed-forward part in all."""

    NAME: ClassVar[str] = "jamba"

    heads: int
    kv_heads: int
    feed_forward: int

    def write(self, writer: GGUFWriter) -> None:
        _StateShape.write(self, writer)
        writer.add_feed_forward_length(self.feed_forward)
        writer.add_head_count(self.heads)
        writer.add_head_count_kv([self.kv_heads * (layer % 2) for layer in range(self.layers)])

    def tensors(self) -> Tensors:
        yield from first_tensors(self.vocabulary, self.width)
        for layer in range(self.layers):
            if layer % 2:
                yield f"blk.{layer}.attn_norm.weight", (self.width,)
                yield from attention_tensors(layer, self.width, self.width // self.heads * self.kv_heads)
            else:
                yield from self._layer_tensors(layer)
                yield f"blk.{layer}.ssm_dt_norm.weight", (self.width // 16,)
                yield f"blk.{layer}.ssm_b_norm.weight", (self.STATE,)
                yield f"blk.{layer}.ssm_c_norm.weight", (self.STATE,)
            yield f"blk.{layer}.ffn_norm.weight", (self.width,)
            yield from feed_forward_tensors(layer, self.width, self.feed_forward)


_WINDOWED = _WindowShape(vocabulary=512, width=64, layers=2, heads=4, kv_heads=2, feed_forward=128)
_RECURRENT = _StateShape(vocabulary=512, width=64, layers=2)
_HYBRID = _HybridShape(vocabulary=512, width=64, layers=2, heads=4, kv_heads=2, feed_forward=128)
