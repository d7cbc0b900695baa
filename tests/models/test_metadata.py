"""What a header says, of real model files, of ones with large vocabularies, and of a thousand spoilt ones."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter

from tests import model_files
from tests.models.files import mutated, put
from threadrunner_kernel.errors import ModelLoadFailed
from threadrunner_kernel.models.header import read_header
from threadrunner_kernel.models.metadata import PACE_KEY, read_metadata


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model, with a vocabulary and a template."""
    return model_files.write_random_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf", model_files.TINY)


def written(path: Path, write: Callable[[GGUFWriter], object], architecture: str = "llama") -> Path:
    """A model file whose header has what ``write`` adds."""
    writer = GGUFWriter(path, architecture)
    write(writer)
    writer.add_tensor("token_embd.weight", np.zeros((8, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_models_dimensions_are_read(tiny: Path) -> None:
    shape, metadata = model_files.TINY, read_metadata(tiny)
    assert (metadata.architecture, metadata.kind, metadata.is_model) == ("llama", "model", True)
    assert (metadata.block_count, metadata.embedding_length) == (shape.layers, shape.width)
    assert (metadata.head_count, metadata.head_count_kv) == (shape.heads, shape.kv_heads)
    assert metadata.feed_forward_length == shape.feed_forward
    assert metadata.vocab_size == shape.vocabulary
    assert metadata.size_bytes == tiny.stat().st_size
    assert 0 < metadata.weights_bytes < metadata.size_bytes
    assert "<|im_start|>" in (metadata.chat_template or "")
    assert metadata.recurrent is None
    assert metadata.hyperparameter("rope.dimension_count") == shape.width // shape.heads
    assert metadata.parameters == sum(np.prod(size) for _, size in shape.tensors())


def test_a_pace_and_what_the_maker_says_are_read(tiny: Path, tmp_path: Path) -> None:
    assert (read_metadata(tiny).pace, read_metadata(tiny).about) == (None, None)
    written(tmp_path / "whole.gguf", lambda writer: writer.add_uint32(PACE_KEY, 60))
    written(tmp_path / "part.gguf", lambda writer: writer.add_float32(PACE_KEY, 0.5))
    written(tmp_path / "about.gguf", lambda writer: writer.add_description("Small."))
    assert [read_metadata(tmp_path / f"{name}.gguf").pace for name in ("whole", "part")] == [60.0, 0.5]
    assert read_metadata(tmp_path / "about.gguf").about == "Small."


@pytest.mark.parametrize("pace", [-1.0, float("nan"), float("inf")])
def test_a_pace_that_cannot_be_is_damage(tmp_path: Path, pace: float) -> None:
    path = written(tmp_path / "m.gguf", lambda writer: writer.add_float32(PACE_KEY, pace))
    with pytest.raises(ModelLoadFailed, match=r"threadrunner\.pace cannot be"):
        read_metadata(path)


def test_other_kinds_of_memory_are_told(tmp_path: Path) -> None:
    window = read_metadata(model_files.write_window_model(tmp_path / "window.gguf"))
    assert window.sliding_window == model_files.WINDOW
    state = read_metadata(model_files.write_recurrent_model(tmp_path / "state.gguf"))
    assert state.recurrent is not None
    assert (state.recurrent.conv_kernel, state.recurrent.state_size) == (4, 16)
    both = read_metadata(model_files.write_hybrid_model(tmp_path / "both.gguf"))
    assert both.head_count_kv == (0, 2)
    assert both.recurrent is not None


def test_how_a_model_pools_is_told(tmp_path: Path) -> None:
    assert read_metadata(model_files.write_embedding_model(tmp_path / "mean.gguf", "mean")).pooling_type == "mean"
    assert read_metadata(model_files.write_embedding_model(tmp_path / "none.gguf", "unpooled")).pooling_type == "none"
    encoder = read_metadata(model_files.write_embedding_model(tmp_path / "encoder.gguf", "encoder"))
    assert (encoder.architecture, encoder.pooling_type, encoder.chat_template) == ("bert", "mean", None)


@pytest.mark.parametrize(
    ("name", "file_type", "quantization"),
    [
        ("m.gguf", 15, "Q4_K_M"),
        ("m.gguf", 7, "Q8_0"),
        ("m.gguf", 999, None),
        ("m.gguf", None, None),
        ("m-UD-Q4_K_XL.gguf", 15, "UD-Q4_K_XL"),
        ("m.q5_k_s.gguf", 15, "Q5_K_S"),
        ("m-iq4_nl.gguf", None, "IQ4_NL"),
        ("m-iq2_xxs.gguf", None, "IQ2_XXS"),
        ("m-bf16.gguf", None, "BF16"),
        ("Q8_0-of-m-Q4_0.gguf", None, "Q4_0"),
    ],
)
def test_the_quantisation_is_the_names_else_the_headers(
    tmp_path: Path, name: str, file_type: int | None, quantization: str | None
) -> None:
    def write(writer: GGUFWriter) -> None:
        if file_type is not None:
            writer.add_file_type(file_type)

    path = written(tmp_path / name, write)
    assert read_metadata(path).quantization == quantization


def test_a_large_vocabulary_is_only_counted(tmp_path: Path) -> None:
    """Its texts are longer than the reader's window, and the template comes after them."""

    def write(writer: GGUFWriter) -> None:
        writer.add_token_list([f"token number {number}" for number in range(150_000)])
        writer.add_token_scores([0.0] * 150_000)
        writer.add_token_types([1] * 150_000)
        writer.add_token_merges([f"a{number} b" for number in range(300_000)])
        writer.add_chat_template("{{ messages }}" * 1000)

    header = read_header(written(tmp_path / "m.gguf", write))
    assert header.lengths["tokenizer.ggml.tokens"] == 150_000
    assert header.lengths["tokenizer.ggml.merges"] == 300_000
    assert "tokenizer.ggml.scores" not in header.values
    assert header.values["tokenizer.chat_template"] == "{{ messages }}" * 1000
    assert header.parameters == 32


def test_a_model_in_parts_is_read_from_all_of_them(tmp_path: Path) -> None:
    parts = [put(tmp_path / f"m-0000{number}-of-00003.gguf") for number in (1, 2, 3)]
    for path in (parts[0], parts[2]):
        metadata = read_metadata(path)
        assert metadata.parts == tuple(parts)
        assert metadata.parameters == 3 * 32
        assert metadata.size_bytes == sum(part.stat().st_size for part in parts)
    parts[1].unlink()
    with pytest.raises(ModelLoadFailed, match="is in 3 files and m-00002-of-00003"):
        read_metadata(parts[0])


def test_what_is_no_language_model_is_told(tmp_path: Path) -> None:
    adapter = written(tmp_path / "a.gguf", lambda writer: writer.add_string("general.type", "adapter"))
    assert not read_metadata(adapter).is_model
    assert not read_metadata(written(tmp_path / "c.gguf", lambda _: None, "clip")).is_model


# Spoilt headers


def head(keys: int, body: bytes, tensors: int = 0) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, keys) + body


def key(name: bytes, kind: int, value: bytes) -> bytes:
    return struct.pack("<Q", len(name)) + name + struct.pack("<I", kind) + value


ARCHITECTURE = key(b"general.architecture", 8, struct.pack("<Q", 5) + b"llama")
HUGE = 2**63 - 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GGUF",
        head(1, b""),
        head(HUGE, ARCHITECTURE),
        head(1, ARCHITECTURE, tensors=HUGE),
        head(1, struct.pack("<Q", HUGE) + b"x"),
        head(1, key(b"general.architecture", 8, struct.pack("<Q", HUGE) + b"llama")),
        head(1, key(b"general.architecture", 99, b"")),
        head(1, key(b"a", 9, struct.pack("<IQ", 8, HUGE))),
        head(1, key(b"a", 9, struct.pack("<IQ", 8, 2) + struct.pack("<Q", HUGE) + b"x")),
        head(1, key(b"a", 9, struct.pack("<IQ", 4, HUGE))),
        head(1, key(b"a", 9, struct.pack("<IQ", 9, 1))),
        head(1, ARCHITECTURE, tensors=1) + key(b"t", HUGE & 0xFFFFFFFF, b""),
        head(1, ARCHITECTURE, tensors=1) + struct.pack("<Q", 1) + b"t" + struct.pack("<IQQIQ", 2, HUGE, HUGE, 0, 0),
        head(1, key(b"general.name", 8, struct.pack("<Q", 1) + b"x")),
        head(2, ARCHITECTURE + key(b"llama.block_count", 8, struct.pack("<Q", 1) + b"x")),
        head(2, ARCHITECTURE + key(b"llama.block_count", 5, struct.pack("<i", -1))),
        head(2, ARCHITECTURE + key(b"llama.block_count", 6, struct.pack("<f", 1.5))),
        head(2, ARCHITECTURE + key(b"tokenizer.chat_template", 4, struct.pack("<I", 1))),
    ],
)
def test_a_header_that_cannot_be_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path / "spoilt.gguf", content)
    with pytest.raises(ModelLoadFailed) as caught:
        read_metadata(path)
    assert caught.value.message.startswith(str(path))
    assert "\n" not in caught.value.message


def refusal(path: Path) -> str | None:
    try:
        read_metadata(path)
    except ModelLoadFailed as exc:
        return exc.message
    return None


def test_a_thousand_mutated_headers_are_read_or_refused_in_a_sentence(tiny: Path, tmp_path: Path) -> None:
    content, rng, path = tiny.read_bytes(), random.Random(0), tmp_path / "mutated.gguf"
    messages = []
    for _ in range(1000):
        path.write_bytes(mutated(content, rng))
        messages.append(refusal(path))
    told = [message for message in messages if message is not None]
    assert 250 < len(told) < 1000
    assert all(message.isprintable() and len(message) < 500 for message in told)
