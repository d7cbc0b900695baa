"""What people are told about models: a row of a list, a sheet of one. It writes nothing anywhere."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Any

from threadrunner_kernel.memory import text_size
from threadrunner_kernel.models.catalogue import Entry
from threadrunner_kernel.models.metadata import Metadata, read_metadata
from threadrunner_kernel.terminal import printable

HEAD = ("model", "quantisation", "size", "from")
# They read texts and say nothing.
_ENCODERS = re.compile(r"bert|t5encoder", re.IGNORECASE)
_TOOLS = re.compile(r"\btools\b|\btool_calls?\b")
# What a model can do and the API has no words for yet.
_HERE = {"tools": "tools (by its template; a request cannot name any yet)"}
# How templates speak of thinking aloud: Qwen's, DeepSeek's and their kin, gpt-oss's channels, Mistral's.
_REASONING = re.compile(r"<think>|</think>|enable_thinking|reasoning_content|<\|channel\|>|\[THINK\]|\bthinking\b")


def rows(entries: Iterable[Entry]) -> list[tuple[str, ...]]:
    """A row for each model, as ``HEAD`` says; names come from files, and are made safe to show."""
    return [
        (printable(entry.name), entry.quantization or "", text_size(entry.size_bytes()), entry.origin)
        for entry in entries
    ]


def table(entries: Iterable[Entry]) -> str:
    """The list as plain text."""
    lines = [HEAD, *rows(entries)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def capabilities(metadata: Metadata) -> tuple[str, ...]:
    """What a model can do, as its pooling and its chat template tell."""
    template = metadata.chat_template or ""
    found = []
    if not _ENCODERS.search(metadata.architecture):
        found.append("chat" if template else "text")
        found += ["tools"] if _TOOLS.search(template) else []
        found += ["reasoning"] if _REASONING.search(template) else []
    if metadata.pooling_type == "rank":
        found.append("reranking")
    elif metadata.pooling_type not in (None, "none") or not found:
        found.append("embeddings")
    return tuple(found)


def facts(entry: Entry) -> dict[str, Any]:
    """All that is known of one model.

    Raises:
        ModelLoadFailed: its header cannot be read.
    """
    metadata = read_metadata(entry.path)
    return {
        **entry.to_wire(),
        "title": metadata.name,
        "kind": metadata.kind,
        "architecture": metadata.architecture,
        "parameters": metadata.parameters,
        "quantization": metadata.quantization or entry.quantization,
        "context_length": metadata.context_length,
        "sliding_window": metadata.sliding_window,
        "block_count": metadata.block_count,
        "embedding_length": metadata.embedding_length,
        "head_count": metadata.head_count,
        "head_count_kv": metadata.head_count_kv,
        "expert_count": metadata.expert_count,
        "vocab_size": metadata.vocab_size,
        "has_chat_template": metadata.chat_template is not None,
        "capabilities": list(capabilities(metadata)),
        "license": metadata.license,
        "about": metadata.about,
        "pace": metadata.pace,
        "files": [str(part) for part in metadata.parts],
        "size_bytes": metadata.size_bytes,
    }


def sheet(known: dict[str, Any]) -> str:
    """``facts`` for people, a line for each that is known."""
    experts = f", {known['expert_count']} experts" if known["expert_count"] else ""
    files = f" in {len(known['files'])} files" if len(known["files"]) > 1 else ""
    window = f" (most layers see {known['sliding_window']})" if known["sliding_window"] else ""
    lines = {
        "model": known["name"],
        "also": ", ".join(known["also"]),
        "title": known["title"],
        "architecture": f"{known['architecture']}{experts}",
        "parameters": _count(known["parameters"]),
        "quantisation": known["quantization"],
        "context": f"{known['context_length']} tokens{window}" if known["context_length"] else None,
        "template": "in the file" if known["has_chat_template"] else "none: ChatML is used",
        "can do": ", ".join(_HERE.get(name, name) for name in known["capabilities"]),
        "pace": f"{known['pace']:g} tokens/s at most; pace=0 lifts it" if known["pace"] else None,
        "licence": known["license"],
        "from": known["origin"],
        "repository": known["repo"],
        "size": f"{text_size(known['size_bytes'])}{files}",
        "path": known["path"],
        "about": known["about"],
    }
    return "\n".join(f"{name:<13} {_indented(printable(str(text)))}" for name, text in lines.items() if text)


def _indented(text: str) -> str:
    """A text of several lines, the further ones below the first."""
    return textwrap.indent(text, " " * 14).lstrip()


def _count(number: int) -> str:
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if number >= size:
            return f"{number / size:.3g} {letter}"
    return str(number)
