"""Where other programs keep the models they have downloaded: found there, used in place, never written."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from threadrunner_kernel.models.parts import part_of

# A projector of images or an importance matrix lies beside models and is none.
_NOT_A_MODEL = re.compile(r"(?:^|[-_.])(?:mmproj|imatrix)(?:[-_.]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A model file that some program has: its (first) file, and what that program calls it besides the file's name.

    ``repo`` is the hub's repository that it comes from.
    """

    path: Path
    repo: str | None = None
    names: tuple[str, ...] = ()


Finder = Callable[[Path], Iterator[Found]]


def is_model_file(name: str) -> bool:
    """Whether a file's name is that of a model, or of the first part of one."""
    part = part_of(name)
    return (
        name.lower().endswith(".gguf")
        and not name.startswith(".")
        and not _NOT_A_MODEL.search(name)
        and (part is None or part[1] == 1)
    )


def model_files_in(folder: Path) -> list[Path]:
    """The model files below a folder, in order of their names, then those in folders that it links to; no folder twice.

    Hidden folders are left out.
    """
    found: list[Path] = []
    seen: set[str] = set()
    roots = [str(folder)]
    for root in roots:  # it grows by the links
        for place, folders, files in os.walk(root, followlinks=False):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if (real := os.path.realpath(place)) in seen:
                folders.clear()
                continue
            seen.add(real)
            roots += [path for path in (os.path.join(place, name) for name in folders) if os.path.islink(path)]
            found += [Path(place, name) for name in sorted(files) if is_model_file(name)]
    return [path for path in found if os.path.isfile(path)]


def hugging_face(cache: Path) -> Iterator[Found]:
    """``models--ORG--NAME/snapshots/REVISION/FILE``, of the revision that was fetched last."""
    for folder in _folders(cache):
        kind, _, repo = folder.name.partition("--")
        revisions = _folders(folder / "snapshots") if kind == "models" else []
        if revisions:
            for path in model_files_in(_latest(folder, revisions)):
                yield Found(path, repo.replace("--", "/", 1))


def _latest(folder: Path, revisions: list[Path]) -> Path:
    with contextlib.suppress(OSError):
        main = folder / "snapshots" / (folder / "refs" / "main").read_text().strip()
        if main in revisions:
            return main
    return max(revisions, key=lambda revision: revision.stat().st_mtime)


def llama_cpp(cache: Path) -> Iterator[Found]:
    """``ORG_NAME_FILE`` beside a ``manifest=ORG=NAME=TAG.json``; other files are there by their own names.

    Newer versions have their downloads in the Hugging Face cache.
    """
    repos = {}
    for manifest in _entries(cache):
        words = manifest.name.removesuffix(".json").split("=")
        if len(words) == 4 and words[0] == "manifest":
            repos[f"{words[1]}_{words[2]}_"] = f"{words[1]}/{words[2]}"
    for path in _entries(cache):
        if is_model_file(path.name) and os.path.isfile(path):
            start = max((start for start in repos if path.name.startswith(start)), key=len, default="")
            name = path.name.removeprefix(start).removesuffix(".gguf")
            part = part_of(name)
            yield Found(path, repos.get(start), (part[0] if part else name,))


def lm_studio(folder: Path) -> Iterator[Found]:
    """``ORG/NAME/FILE``."""
    for path in model_files_in(folder):
        words = path.relative_to(folder).parts
        yield Found(path, "/".join(words[:2]) if len(words) == 3 else None)


def ollama(folder: Path) -> Iterator[Found]:
    """Manifests by registry, user, name and tag, which name a blob by its hash."""
    for manifest in sorted((folder / "manifests").glob("*/*/*/*")):
        blob = folder / "blobs" / _model_blob(manifest)
        if os.path.isfile(blob):
            registry, user, name, tag = manifest.relative_to(folder / "manifests").parts
            place = "" if registry == "registry.ollama.ai" else f"{registry}/"
            name = f"{place}{'' if user == 'library' else f'{user}/'}{name}"
            repo = f"{user}/{manifest.parent.name}" if registry == "hf.co" else None
            yield Found(blob, repo, (f"{name}:{tag}", *([name] if tag == "latest" else [])))


def _model_blob(manifest: Path) -> str:
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        for layer in json.loads(manifest.read_bytes())["layers"]:
            if layer["mediaType"] == "application/vnd.ollama.image.model":
                return Path(layer["digest"].replace(":", "-")).name
    return "none"


def _entries(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(folder.iterdir())
    return []


def _folders(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if os.path.isdir(path)]


def places(environ: Mapping[str, str] = os.environ) -> Iterator[tuple[str, Path, Finder]]:
    """Each program's name, its folder (which need not exist), and how models are found in it."""
    user = Path(environ.get("HOME") or Path.home())
    caches = Path(environ.get("XDG_CACHE_HOME") or user / ".cache")
    hub = environ.get("HF_HUB_CACHE") or environ.get("HUGGINGFACE_HUB_CACHE")
    yield "Hugging Face", Path(hub or _hf_home(environ, caches) / "hub").expanduser(), hugging_face
    mac = user / "Library" / "Caches" if sys.platform == "darwin" else caches
    yield "llama.cpp", Path(environ.get("LLAMA_CACHE") or mac / "llama.cpp"), llama_cpp
    for folder in _lm_studio_folders(user):
        yield "LM Studio", folder, lm_studio
    own = environ.get("OLLAMA_MODELS")
    # Without a setting it may run as the user, or as Linux's service with a home of its own.
    services = ("/usr/share/ollama/.ollama/models", "/var/lib/ollama/models")
    for place in (own,) if own else (user / ".ollama" / "models", *services):
        yield "Ollama", Path(place), ollama


def _hf_home(environ: Mapping[str, str], caches: Path) -> Path:
    return Path(environ.get("HF_HOME") or caches / "huggingface")


def _lm_studio_folders(user: Path) -> list[Path]:
    """LM Studio's models folder can be chosen there, and its home by a pointer file."""
    home = user / ".lmstudio"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        home = Path((user / ".lmstudio-home-pointer").read_text("utf-8").strip() or home)
    folders = [home / "models", user / ".cache" / "lm-studio" / "models"]
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        folders.insert(0, Path(json.loads((home / "settings.json").read_bytes())["downloadsFolder"]))
    return list(dict.fromkeys(folders))
