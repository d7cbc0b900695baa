"""Tiny models for embeddings: an encoder that only reads (BERT), and models of the llama architecture that pool.

All are of random weights. A text's vector depends on each of its tokens and on their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from gguf import GGUFWriter, PoolingType, TokenType

from tests.gguf_writing import Fill, Floats, Model, Shape, Tensors, write_model
from tests.random_models import write_pooling_model

EmbeddingKind = Literal["encoder", "last", "mean", "ranking", "unpooled"]
EMBEDDING_CONTEXT = 256
"""The most tokens of an input; two of them are the encoder's own, before and after the text."""

_POOLING = {
    "last": PoolingType.LAST,
    "mean": PoolingType.MEAN,
    "ranking": PoolingType.RANK,
    "unpooled": PoolingType.NONE,
}
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
# llama.cpp's mark of where a word begins.
_WORD_START = "\u2581"


def write_embedding_model(path: Path, kind: EmbeddingKind) -> Path:
    """Write a model that makes embeddings, and return `path`.

    "encoder" takes the mean of its tokens' vectors and says nothing; "last" and "mean" pool so and say made-up words as
    well; "ranking" judges pairs of texts and has no vector for one; "unpooled" has one for each token only.
    """
    if kind == "encoder":
        return _write_encoder(path)
    return write_pooling_model(path, _POOLING[kind], context_length=EMBEDDING_CONTEXT)


class _WordPieces:
    """A WordPiece vocabulary as GGUF stores it: each printable ASCII letter, as a word's first piece or a later one."""

    def __init__(self) -> None:
        letters = [chr(code) for code in range(0x21, 0x7F)]
        self.tokens = [*_SPECIAL, *(_WORD_START + letter for letter in letters), *letters]

    def write(self, writer: GGUFWriter) -> None:
        writer.add_tokenizer_model("bert")
        writer.add_tokenizer_pre("default")
        writer.add_token_list(self.tokens)
        kinds = [TokenType.CONTROL] * len(_SPECIAL) + [TokenType.NORMAL] * (len(self.tokens) - len(_SPECIAL))
        writer.add_token_types(kinds)
        writer.add_token_type_count(2)
        for add, token in (
            (writer.add_pad_token_id, "[PAD]"),
            (writer.add_unk_token_id, "[UNK]"),
            (writer.add_bos_token_id, "[CLS]"),
            (writer.add_sep_token_id, "[SEP]"),
            (writer.add_mask_token_id, "[MASK]"),
        ):
            add(_SPECIAL.index(token))


@dataclass(frozen=True, slots=True)
class _EncoderShape(Shape):
    """BERT: every token sees all others, positions are learnt, and each layer normalises what it leaves."""

    NAME: ClassVar[str] = "bert"

    def write(self, writer: GGUFWriter) -> None:
        writer.add_embedding_length(self.width)
        writer.add_block_count(self.layers)
        writer.add_feed_forward_length(self.feed_forward)
        writer.add_head_count(self.heads)
        writer.add_layer_norm_eps(1e-12)
        writer.add_causal_attention(False)
        writer.add_pooling_type(PoolingType.MEAN)

    def tensors(self) -> Tensors:
        yield "token_embd.weight", (self.vocabulary, self.width)
        yield "position_embd.weight", (EMBEDDING_CONTEXT, self.width)
        yield "token_types.weight", (2, self.width)
        yield from _with_bias("token_embd_norm", (self.width,))
        for layer in range(self.layers):
            for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
                yield from _with_bias(f"blk.{layer}.{part}", (self.width, self.width))
            yield from _with_bias(f"blk.{layer}.attn_output_norm", (self.width,))
            yield from _with_bias(f"blk.{layer}.ffn_up", (self.feed_forward, self.width))
            yield from _with_bias(f"blk.{layer}.ffn_down", (self.width, self.feed_forward))
            yield from _with_bias(f"blk.{layer}.layer_output_norm", (self.width,))


def _with_bias(name: str, size: tuple[int, ...]) -> Tensors:
    yield f"{name}.weight", size
    yield f"{name}.bias", size[:1]


def _write_encoder(path: Path) -> Path:
    vocabulary = _WordPieces()
    shape = _EncoderShape(len(vocabulary.tokens), width=64, layers=2, heads=4, kv_heads=4, feed_forward=128)
    model = Model("encoder", shape, vocabulary, None, EMBEDDING_CONTEXT)
    return write_model(path, model, _encoder_weights(), "f32")


def _encoder_weights() -> Fill:
    rng = np.random.default_rng(0)

    def fill(tensor: str, size: tuple[int, ...]) -> Floats:
        if tensor.endswith(".bias"):
            return np.zeros(size, np.float32)
        if len(size) == 1:
            return np.ones(size, np.float32)
        weights = rng.standard_normal(size, np.float32)
        return weights if "embd" in tensor else weights * np.float32(2 / size[1] ** 0.5)

    return fill
