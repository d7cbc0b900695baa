"""The trained network as the GGUF file that the project ships: tensors in f16, vocabulary, chat template, card."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType
from gguf.quants import quantize
from torch import Tensor

from demo_model import tokens
from demo_model.dialogues import data_hash
from demo_model.network import NORM_EPSILON, ROPE_BASE, Network, Shape
from demo_model.scores import SCORES, claimed

SHIPPED = Path(__file__).parents[1] / "threadrunner_kernel" / "models" / "demo.gguf"
PACE = 60
"""Tokens per second: the model makes thousands, too many to watch or to stop."""
SEED = 0

_LAYER = {
    "query_key_value": ("attn_q", "attn_k", "attn_v"),
    "output": ("attn_output",),
    "gate_up": ("ffn_gate", "ffn_up"),
    "down": ("ffn_down",),
    "attention_norm.weight": ("attn_norm",),
    "feed_forward_norm.weight": ("ffn_norm",),
}


def load(path: Path) -> tuple[Network, int]:
    """The network of a checkpoint, and how many tokens it has seen."""
    state = torch.load(path, weights_only=True)
    network = Network(Shape(**state["shape"]))
    network.load_state_dict(state["network"])
    return network.eval(), state["progress"]["tokens"]


def write(network: Network, target: Path, card: str, is_short: bool = True) -> None:
    """The file; as 32-bit floats it is only ever compared with."""
    shape = network.shape
    writer = GGUFWriter(str(target), "llama")
    writer.add_name("demo")
    writer.add_type("model")
    writer.add_license("MIT")
    writer.add_author("The ThreadRunner developers")
    writer.add_description(card)
    writer.add_uint32("threadrunner.pace", PACE)
    writer.add_file_type(LlamaFileType.MOSTLY_F16 if is_short else LlamaFileType.ALL_F32)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_layer_norm_rms_eps(NORM_EPSILON)
    writer.add_vocab_size(shape.vocabulary)
    _write_vocabulary(writer)
    for name, tensor in _tensors(network):
        _write_tensor(writer, name, tensor, is_short)
    target.parent.mkdir(parents=True, exist_ok=True)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_vocabulary(writer: GGUFWriter) -> None:
    model = json.loads(tokens.FILE.read_text(encoding="utf-8"))["model"]
    texts = sorted(model["vocab"], key=model["vocab"].__getitem__)
    marks = {tokens.START_ID, tokens.END_ID, tokens.BEGIN_ID}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(tokens.PRE)
    writer.add_token_list(texts)
    writer.add_token_types([TokenType.CONTROL if i in marks else TokenType.NORMAL for i in range(len(texts))])
    writer.add_token_merges([" ".join(pair) for pair in model["merges"]])
    writer.add_bos_token_id(tokens.BEGIN_ID)
    writer.add_eos_token_id(tokens.END_ID)
    writer.add_pad_token_id(tokens.BEGIN_ID)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(tokens.TEMPLATE)


def _tensors(network: Network) -> list[tuple[str, Tensor]]:
    state = network.state_dict()
    named = [("token_embd.weight", state["embedding"]), ("output_norm.weight", state["norm.weight"])]
    for i in range(network.shape.layers):
        for ours, theirs in _LAYER.items():
            parts = state[f"blocks.{i}.{ours}"].chunk(len(theirs))
            named += [(f"blk.{i}.{name}.weight", part) for name, part in zip(theirs, parts, strict=True)]
    return named


def _write_tensor(writer: GGUFWriter, name: str, tensor: Tensor, is_short: bool) -> None:
    values = tensor.float().contiguous().numpy()
    if values.ndim == 1 or not is_short:
        writer.add_tensor(name, values)
        return
    kind = GGMLQuantizationType.F16
    writer.add_tensor(name, quantize(values, kind), raw_dtype=kind)


def card(seen: int) -> str:
    return (
        "The demo model of ThreadRunner for Jupyter: a tiny language model that the project trained from nothing, on "
        f"{seen / 1e6:.0f} million tokens of dialogues that it generated itself (SHA-256 of the first ten thousand: "
        f"{data_hash(SEED)}). It shows ThreadRunner at work and is good for nothing else. {_scored()}"
    )


def _scored() -> str:
    """What the last evaluation found, for the card: only the skills that reach the aim are claimed."""
    if not SCORES.exists():
        return "Not scored yet."
    parts = [f"{skill} {values[0]:.0%}" for skill, values in claimed().items()]
    return f"Right answers to wordings that it was never trained on, at temperature 0: {', '.join(parts)}."


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the trained demo model as a GGUF file.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    options = parser.parse_args()
    network, seen = load(options.checkpoint)
    write(network, options.out, card(seen))


if __name__ == "__main__":
    main()
