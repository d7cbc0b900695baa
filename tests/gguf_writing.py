"""How a model file of the tests is written: its vocabulary, its architecture's dimensions and tensors, its bytes.

See `model_files` for what models there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Protocol

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType
from gguf.quants import quant_shape_to_byte_shape, quantize
from numpy.typing import NDArray

Quantisation = Literal["f32", "f16", "q4_0", "q8_0"]
Floats = NDArray[np.float32]
Fill = Callable[[str, tuple[int, ...]], Floats]
Tensors = Iterator[tuple[str, tuple[int, ...]]]

PACE_KEY = "threadrunner.pace"
"""Metadata key of a scripted model's pace in tokens per second; llama.cpp ignores it, our runner keeps to it."""

_FILE_TYPES: dict[Quantisation, tuple[GGMLQuantizationType, LlamaFileType]] = {
    "f32": (GGMLQuantizationType.F32, LlamaFileType.ALL_F32),
    "f16": (GGMLQuantizationType.F16, LlamaFileType.MOSTLY_F16),
    "q4_0": (GGMLQuantizationType.Q4_0, LlamaFileType.MOSTLY_Q4_0),
    "q8_0": (GGMLQuantizationType.Q8_0, LlamaFileType.MOSTLY_Q8_0),
}


# Architectures


class Architecture(Protocol):
    """What of a model file depends on its architecture."""

    NAME: ClassVar[str]

    @property
    def vocabulary(self) -> int: ...

    @property
    def layers(self) -> int: ...

    def write(self, writer: GGUFWriter) -> None:
        """Write the dimensions into the head of the file."""

    def tensors(self) -> Tensors:
        """The name and the shape, (rows, columns), of every tensor in the order of the file."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Dimensions of a llama-architecture model, its vocabulary at least 260 tokens.

    Quantised ones need a `width` and a `feed_forward` that are multiples of 32.
    """

    NAME: ClassVar[str] = "llama"

    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    feed_forward: int

    def write(self, writer: GGUFWriter) -> None:
        writer.add_embedding_length(self.width)
        writer.add_block_count(self.layers)
        writer.add_feed_forward_length(self.feed_forward)
        writer.add_head_count(self.heads)
        writer.add_head_count_kv(self.kv_heads)
        writer.add_rope_dimension_count(self.width // self.heads)
        writer.add_layer_norm_rms_eps(1e-5)

    def tensors(self) -> Tensors:
        yield from first_tensors(self.vocabulary, self.width)
        for layer in range(self.layers):
            yield f"blk.{layer}.attn_norm.weight", (self.width,)
            yield from attention_tensors(layer, self.width, self.width // self.heads * self.kv_heads)
            yield f"blk.{layer}.ffn_norm.weight", (self.width,)
            yield from feed_forward_tensors(layer, self.width, self.feed_forward)


def first_tensors(vocabulary: int, width: int) -> Tensors:
    yield "token_embd.weight", (vocabulary, width)
    yield "output_norm.weight", (width,)
    yield "output.weight", (vocabulary, width)


def attention_tensors(layer: int, width: int, kv_width: int) -> Tensors:
    yield f"blk.{layer}.attn_q.weight", (width, width)
    yield f"blk.{layer}.attn_k.weight", (kv_width, width)
    yield f"blk.{layer}.attn_v.weight", (kv_width, width)
    yield f"blk.{layer}.attn_output.weight", (width, width)


def feed_forward_tensors(layer: int, width: int, feed_forward: int) -> Tensors:
    yield f"blk.{layer}.ffn_gate.weight", (feed_forward, width)
    yield f"blk.{layer}.ffn_up.weight", (feed_forward, width)
    yield f"blk.{layer}.ffn_down.weight", (width, feed_forward)


# The vocabulary, and the parts of a chat template that all kinds share

# The tokens that any text can be written in. llama.cpp refuses a byte-level vocabulary without a merge: ours joins two
# spaces.
_MERGED = b"  "
PROMPT_PIECES = [*(bytes([byte]) for byte in range(256)), _MERGED]
CONTROLS = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
# Line ends are escapes inside expressions, because llama-cpp-python's Jinja drops a bare one after a block.
MESSAGES = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}"
    "{{ message['content'] or '' }}{{ '<|im_end|>\\n' }}{% endfor %}"
)
PROMPT_FOR_ANSWER = "{{ '<|im_start|>assistant\\n' }}"


def _byte_letters() -> list[str]:
    """GPT-2's letter for each byte (`bytes_to_unicode` in openai/gpt-2): itself if printable, else one from 256 up."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte if byte in printable else 256 + others.index(byte)) for byte in range(256)]


_BYTE_LETTERS = _byte_letters()


class Vocabulary:
    """A byte-level BPE vocabulary as GGUF stores it: 256 bytes, one merge, ChatML's control tokens, what is added."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self.types: list[TokenType] = []
        for piece in PROMPT_PIECES:
            self.piece(piece)
        self.begin, _, self.end = (self.control(text) for text in CONTROLS)

    def __len__(self) -> int:
        return len(self.ids)

    def piece(self, piece: bytes) -> int:
        """The id of the token that decodes to `piece`; adds the token where there is none."""
        return self._token("".join(_BYTE_LETTERS[byte] for byte in piece), TokenType.NORMAL)

    def control(self, text: str) -> int:
        """The id of the token that is `text` in a prompt and decodes to nothing; adds the token where there is none."""
        return self._token(text, TokenType.CONTROL)

    def _token(self, text: str, kind: TokenType) -> int:
        # Never one text twice: llama.cpp does not report that, it ends the process by an assert.
        if text not in self.ids:
            self.ids[text] = len(self.types)
            self.types.append(kind)
        return self.ids[text]

    def write(self, writer: GGUFWriter) -> None:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("gpt-2")
        writer.add_token_list(list(self.ids))
        writer.add_token_types(self.types)
        writer.add_token_merges([" ".join(_BYTE_LETTERS[byte] for byte in _MERGED)])
        writer.add_bos_token_id(self.begin)
        writer.add_eos_token_id(self.end)
        writer.add_add_bos_token(False)


# The file


class Tokenizer(Protocol):
    """What of a model file depends on its vocabulary."""

    def write(self, writer: GGUFWriter) -> None: ...


@dataclass(frozen=True, slots=True)
class Model:
    """What the head of a model file says. One that does not chat has no template."""

    name: str
    architecture: Architecture
    vocabulary: Tokenizer
    template: str | None
    context_length: int
    pace: float | None = None

    def write(self, writer: GGUFWriter) -> None:
        writer.add_name(self.name)
        writer.add_context_length(self.context_length)
        self.architecture.write(writer)
        self.vocabulary.write(writer)
        if self.template is not None:
            writer.add_chat_template(self.template)
        if self.pace is not None:
            writer.add_float32(PACE_KEY, self.pace)


def write_model(path: Path, model: Model, fill: Fill, quantisation: Quantisation) -> Path:
    """Write one tensor after the other, so that only one is in memory."""
    weight_type, file_type = _FILE_TYPES[quantisation]
    tensors = [
        (name, size, GGMLQuantizationType.F32 if _stays_f32(name, size) else weight_type)
        for name, size in model.architecture.tensors()
    ]
    with put_in_place(path) as partial:
        writer = GGUFWriter(partial, model.architecture.NAME)
        try:
            model.write(writer)
            writer.add_file_type(file_type)
            for name, size, kind in tensors:
                size_bytes = int(np.prod(quant_shape_to_byte_shape(size, kind)))
                writer.add_tensor_info(name, size, np.dtype(np.float32), size_bytes, raw_dtype=kind)
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_ti_data_to_file()
            for name, size, kind in tensors:
                writer.write_tensor_data(quantize(fill(name, size), kind))
        finally:
            writer.close()
    return path


def _stays_f32(name: str, size: tuple[int, ...]) -> bool:
    """Whether llama.cpp wants a tensor in f32 whatever the quantisation: vectors, and what moves a state."""
    return len(size) == 1 or name.endswith((".ssm_a", ".ssm_conv1d.weight"))


@contextmanager
def put_in_place(path: Path) -> Iterator[Path]:
    """A name to write to; what is there at the end is moved to `path`, so that nobody sees half a file."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
