"""From a name to a model file. It looks at files' first bytes and never loads one."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from threadrunner_kernel.config import ENGINE_ALIASES, looks_like_path, nearest
from threadrunner_kernel.errors import BadRequest, ModelNotFound
from threadrunner_kernel.models.header import check_magic

DUMMY = "dummy"
ENGINES = ("llama-cpp-python", "llama-server", "openai", DUMMY)


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model that can be loaded: the engine and, but for the dummy, the file."""

    engine: str
    path: Path | None = None
    # What it was asked for as; download caches link telling names to files without one.
    name: str = field(default=DUMMY, compare=False)


def model_files(folder: Path) -> dict[str, Path]:
    """The model files in the models folder, by name."""
    found = sorted(folder.glob("**/*.gguf")) if folder.is_dir() else []
    return {path.stem: path for path in found if path.is_file()}


def resolve(model: str | None, engine: str, folder: Path) -> ModelRef:
    """The model that a request means; ``folder`` is the user's models folder.

    Raises:
        BadRequest: no such engine.
        ModelNotFound: no such model, with the known ones.
        ModelLoadFailed: the file is not a GGUF model file.
    """
    engine = ENGINE_ALIASES.get(engine, engine)
    if engine != "auto" and engine not in ENGINES:
        raise BadRequest(f"There is no engine {engine!r}.{nearest(engine, ('auto', *ENGINES))}", param="engine")
    if engine == DUMMY or (engine == "auto" and model == DUMMY):
        return ModelRef(DUMMY)
    known = model_files(folder)
    path = _find(model, known, folder)
    check_magic(path)
    return ModelRef("llama-cpp-python", path.resolve(), path.stem)


def _find(model: str | None, known: dict[str, Path], folder: Path) -> Path:
    if model is None:
        if len(known) == 1:
            return next(iter(known.values()))
        raise ModelNotFound(
            "No model is chosen: name one with -m, with THREADRUNNER_MODEL or with model = … in config.toml. "
            + _known_text(known, folder)
        )
    if looks_like_path(model):
        path = Path(os.path.expanduser(model))  # leaves the folder of an unknown user as it is
        if path.is_file():
            return path
        raise ModelNotFound(f"There is no model file {path}. {_known_text(known, folder)}", param="model")
    if model not in known:
        hint = nearest(model, [*known, DUMMY])
        raise ModelNotFound(f"There is no model {model!r} in {folder}.{hint}", param="model")
    return known[model]


def _known_text(known: dict[str, Path], folder: Path) -> str:
    if not known:
        return f"There is none in {folder} yet: put a GGUF file there, or give a path to one."
    return f"In {folder} there are: {', '.join(known)}."
