"""Model files of some hundred bytes, which only a header's reader takes for models, in other programs' folders."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from gguf import GGUFWriter


def put(path: Path, content: bytes | None = None) -> Path:
    """A file with this content, or a small model's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is not None:
        path.write_bytes(content)
        return path
    writer = GGUFWriter(path, "llama")
    writer.add_name(path.stem)
    writer.add_context_length(4096)
    writer.add_tensor("token_embd.weight", np.zeros((8, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def put_in_hugging_face_cache(cache: Path, repo: str, name: str, revision: str = "a" * 40) -> Path:
    """As huggingface_hub lays it out: a link in a snapshot that leads to a blob."""
    folder = cache / f"models--{repo.replace('/', '--')}"
    blob = put(folder / "blobs" / hashlib.sha256(f"{repo}{name}{revision}".encode()).hexdigest())
    path = folder / "snapshots" / revision / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(blob)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(revision)
    return path


def put_in_ollama(folder: Path, name: str, registry: str = "registry.ollama.ai/library") -> Path:
    """As Ollama lays it out: a manifest that names a blob."""
    model, _, tag = name.partition(":")
    digest = f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"
    layers = [
        {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:00", "size": 1},
        {"mediaType": "application/vnd.ollama.image.model", "digest": digest, "size": 1},
    ]
    put(folder / "manifests" / registry / model / tag, json.dumps({"schemaVersion": 2, "layers": layers}).encode())
    return put(folder / "blobs" / digest.replace(":", "-"))
