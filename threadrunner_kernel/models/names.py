"""From a name to a model file. It looks at files' first bytes and never loads one."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from threadrunner_kernel.config import ENGINE_ALIASES, Settings, looks_like_path, nearest
from threadrunner_kernel.errors import BadRequest, ModelNotFound
from threadrunner_kernel.messages import model_label
from threadrunner_kernel.models.catalogue import DEMO_FILE, FILE, Catalogue, Entry
from threadrunner_kernel.models.header import check_magic
from threadrunner_kernel.models.parts import model_name, whole

DUMMY = "dummy"
ENGINES = ("llama-cpp-python", "llama-server", "openai", DUMMY)


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model that can be loaded: the engine and, but for the dummy, the file (of several, the first)."""

    engine: str
    path: Path | None = None
    # What it was asked for as; download caches link telling names to files without one.
    name: str = field(default=DUMMY, compare=False)

    @property
    def is_demo(self) -> bool:
        """Whether it is the model that ships with the package."""
        return self.path is not None and self.path == DEMO_FILE.resolve()


def resolve(model: str | None, engine: str, folder: Path) -> ModelRef:
    """The model that a request means; ``folder`` is the user's models folder.

    Raises:
        BadRequest: no such engine.
        BadSetting: config.toml does not fit.
        ModelNotFound: no such model, with the known ones.
        ModelLoadFailed: the file is not a GGUF model file, or a part of the model is missing.
    """
    engine = ENGINE_ALIASES.get(engine, engine)
    if engine != "auto" and engine not in ENGINES:
        raise BadRequest(f"There is no engine {engine!r}.{nearest(engine, ('auto', *ENGINES))}", param="engine")
    if engine == DUMMY or (engine == "auto" and model == DUMMY):
        return ModelRef(DUMMY)
    entry = find(model, Catalogue(folder))
    return ModelRef("llama-cpp-python", real_path(entry.path), entry.name)


def find(model: str | None, catalogue: Catalogue) -> Entry:
    """The model that is meant, called as it was asked for.

    Raises:
        ModelNotFound
    """
    if model is None:
        if len(catalogue.own) == 1:
            return catalogue.own[0]
        # Who has several and has chosen none is better told so than answered by the least of all.
        if not catalogue.own and catalogue.demo:
            return catalogue.demo
        raise ModelNotFound(
            "No model is chosen: name one with -m, with THREADRUNNER_MODEL or with model = … in config.toml. "
            + catalogue.what_there_is()
        )
    if looks_like_path(model):
        path = Path(model if "\0" in model else os.path.expanduser(model))  # an unknown user's folder stays as it is
        entry = Entry((model_name(path),), path, FILE)
    else:
        entry = catalogue.find(model)
        called = [name for name in entry.names if name.casefold() == model.casefold()]
        if called:
            first = model if model in called else called[0]
            entry = replace(entry, names=(first, *(name for name in entry.names if name != first)))
    if not _is_file(entry.path):
        raise ModelNotFound(
            f"There is no model file {entry.path}. {catalogue.what_there_is(entry.name)}", param="model"
        )
    return entry


def _is_file(path: Path) -> bool:
    """As ``Path.is_file``, which raises for a name that no file can have, or in a folder that is closed to us."""
    try:
        return path.is_file()
    except OSError:
        return False


def next_model(settings: Settings, catalogue: Catalogue) -> str | None:
    """What the model of the next prompt is called, where none is named in it; ``None`` when none is chosen."""
    if (label := model_label(settings)) or settings.engine == "openai":
        return label or None
    try:
        return find(None, catalogue).name
    except ModelNotFound:
        return None


def real_path(path: Path) -> Path:
    """The file itself, so that a link and its target are one model.

    Raises:
        ModelLoadFailed: it is no GGUF model file, or a part of it is missing.
    """
    parts = whole(path)
    check_magic(parts[0])
    # llama.cpp finds the other parts by the first one's name, which the file that a link leads to may not have.
    return parts[0].resolve() if len(parts) == 1 else parts[0].parent.resolve() / parts[0].name
