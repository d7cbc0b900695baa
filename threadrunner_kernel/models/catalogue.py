"""What models there are, by all the names that they go by: our own, and what other programs have downloaded."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from threadrunner_kernel import config
from threadrunner_kernel.errors import BadSetting, ModelLoadFailed, ModelNotFound
from threadrunner_kernel.messages import DEMO
from threadrunner_kernel.models.elsewhere import Found, model_files_in, places
from threadrunner_kernel.models.header import read_value
from threadrunner_kernel.models.parts import model_name, parts_of
from threadrunner_kernel.models.quantization import nearest_first, quantization_in, quantization_of_file_type

OURS = "models folder"
BUILT_IN = "built in"
ALIAS = "config.toml"
FILE = "file"
DEMO_FILE = Path(__file__).with_name("demo.gguf")
MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One model: its name, the (first) file of it, and which program has it.

    ``names`` are all that it goes by; the first is the one shown. ``repo`` is the hub's repository that it comes from.
    """

    names: tuple[str, ...]
    path: Path
    origin: str
    repo: str | None = None

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def is_ours(self) -> bool:
        return self.origin == OURS

    @property
    def quantization(self) -> str | None:
        """By one of its names, else by its file's header."""
        named = filter(None, map(quantization_in, (self.path.name, *self.names)))
        return next(named, None) or _quantization_in_header(self.path)

    def size_bytes(self) -> int:
        """The size of those of its files that are there."""
        return sum(os.path.getsize(part) for part in parts_of(self.path) if part.is_file())

    def to_wire(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "also": list(self.names[1:]),
            "origin": self.origin,
            "path": str(self.path),
            "repo": self.repo,
            "quantization": self.quantization,
            "size_bytes": self.size_bytes(),
        }


@dataclass(frozen=True, slots=True)
class RepoName:
    """``org/name[:quantisation]`` on the hub; a file of it may stand for the quantisation."""

    repo: str
    quantization: str | None = None

    def __str__(self) -> str:
        return f"{self.repo}:{self.quantization}" if self.quantization else self.repo


_REPO = re.compile(
    r"(?:(?:https://)?(?:huggingface\.co|hf\.co)/)?"
    r"(?P<repo>[\w-][\w.-]{0,95}/[\w-][\w.-]{0,95}?)(?:[:@](?P<quantization>[\w.-]+))?/?"
)


def repo_name(name: str) -> RepoName | None:
    """The repository that a name means, as the hub or Ollama's users write it; ``None`` of one that means none."""
    match = _REPO.fullmatch(name)
    return RepoName(match["repo"], match["quantization"]) if match else None


class Catalogue:
    """The models of one user, looked for when they are asked for."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str] = os.environ,
        aliases: Mapping[str, str] | None = None,
        demo_file: Path = DEMO_FILE,
    ) -> None:
        self.folder = folder
        self._environ = environ
        self._aliases = aliases
        self._demo_file = demo_file

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """The ``[models]`` table of config.toml.

        Raises:
            BadSetting: the file does not fit.
        """
        return config.read_file(self._environ).models if self._aliases is None else self._aliases

    @cached_property
    def demo(self) -> Entry | None:
        """The model that ships with the package; a checkout of its source may lack it."""
        return Entry((DEMO,), self._demo_file, BUILT_IN) if self._demo_file.is_file() else None

    @cached_property
    def own(self) -> tuple[Entry, ...]:
        """What is in the models folder."""
        return tuple(self._named(self._in_folder(), {DEMO} if self.demo else set()))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Everything, the models folder's first and the demo last. A file that several have is listed once."""
        shipped = (self.demo,) if self.demo else ()
        taken = {name for entry in (*self.own, *shipped) for name in entry.names}
        return (*self.own, *self._named(self._elsewhere(), taken), *shipped)

    def listed(self) -> list[Entry]:
        """Everything, with the aliases; one that leads nowhere is left out."""
        found = []
        for alias in self.aliases:
            try:
                entry = self.find(alias)
            except ModelNotFound:
                continue
            found.append(replace(entry, names=(alias,), origin=ALIAS))
        return [*found, *(entry for entry in self.entries if entry.name not in self.aliases)]

    def find(self, name: str) -> Entry:
        """The model of this name: an alias, a file's name, another program's name, or ``org/repo[:quantisation]``.

        Raises:
            ModelNotFound: there is none, with what there is, the nearest first.
            BadSetting: an alias does not fit.
        """
        if name in self.aliases:
            return self._aliased(name, self.aliases[name])
        if name == DEMO and self.demo:
            return self.demo
        # Most often it is our own, and the other programs' folders need not be looked into.
        entry = _called(name, self.own) or _called(name, self.entries) or self._called_in_other_case(name)
        if entry:
            return entry
        wanted = repo_name(name)
        if wanted is None:
            raise ModelNotFound(f"There is no model {name!r}. {self.what_there_is(name)}", param="model")
        return self._of_repo(wanted)

    def what_there_is(self, name: str | None = None) -> str:
        """A sentence with the names there are, those most like ``name`` first."""
        names = self._names(name)
        if names in ([], [DEMO]):
            demo = f" Until then {DEMO} is there, which ships with ThreadRunner." if names else ""
            return (
                f"There is none in {self.folder} yet: put a GGUF file there, "
                f"fetch one with `threadrunner pull ORG/REPO`, or give a path to one.{demo}"
            )
        return f"There are: {_shortened(names)}."

    def _names(self, name: str | None) -> list[str]:
        """The name that is shown of each model, those first that go by any name like ``name``."""
        spellings = {entry.name: {*entry.names, entry.repo or ""} for entry in self.entries}
        spellings |= {alias: {alias} for alias in self.aliases}
        names = list(dict.fromkeys([*self.aliases, *spellings]))
        return sorted(names, key=lambda known: -_likeness(name, spellings[known])) if name else names

    def _called_in_other_case(self, name: str) -> Entry | None:
        folded = name.casefold()
        alias = next((alias for alias in self.aliases if alias.casefold() == folded), None)
        if alias:
            return self._aliased(alias, self.aliases[alias])
        return next((entry for entry in self.entries if folded in map(str.casefold, entry.names)), None)

    def _aliased(self, alias: str, target: str) -> Entry:
        if config.looks_like_path(target):
            path = Path(target).expanduser()
            path = path if path.is_absolute() else self.folder.parent / path
            return Entry((alias,), path, ALIAS)
        if target in self.aliases:
            raise BadSetting(f"[models] in config.toml: {alias} leads to {target}, which is an alias itself.")
        return replace(self.find(target), names=(alias,))

    def of_repo(self, repo: str) -> list[Entry]:
        """What is on this machine of a repository, whoever has it."""
        return [entry for entry in self.entries if (entry.repo or "").lower() == repo.lower()]

    def _of_repo(self, wanted: RepoName) -> Entry:
        of_repo = self.of_repo(wanted.repo)
        quantizations = [entry.quantization or "" for entry in of_repo]
        asked = (wanted.quantization or "").upper()
        for entry in of_repo:
            if asked in (entry.path.name.upper(), model_name(entry.path).upper()):
                return entry
        if of_repo and (not asked or asked in quantizations):
            chosen = asked or nearest_first(quantizations)[0]
            return of_repo[quantizations.index(chosen)]
        there = f" There is {', '.join(filter(None, quantizations))} of it." if of_repo else ""
        names = [] if of_repo else self._names(str(wanted))
        others = f", or take one that is here: {_shortened(names)}" if names else ""
        raise ModelNotFound(
            f"{wanted} is not on this machine yet.{there} Fetch it with `threadrunner pull {wanted}`{others}.",
            param="model",
        )

    def _in_folder(self) -> Iterator[tuple[str, Found]]:
        for path in model_files_in(self.folder):
            words = path.relative_to(self.folder).parts
            yield OURS, Found(path, "/".join(words[:2]) if len(words) >= 3 else None)

    def _elsewhere(self) -> Iterator[tuple[str, Found]]:
        seen = {entry.path.resolve() for entry in self.own}
        for program, folder, finder in places(self._environ):
            for found in finder(folder):
                place = found.path.resolve()
                if place not in seen:
                    seen.add(place)
                    yield program, found

    @staticmethod
    def _named(models: Iterator[tuple[str, Found]], taken: set[str]) -> Iterator[Entry]:
        """Entries, each under the names that no one before it has."""
        for origin, found in models:
            repo_names = _repo_names(found)
            names = [name for name in (*found.names, *_file_names(found), *repo_names) if name not in taken]
            taken.update(names)
            yield Entry(tuple(dict.fromkeys(names)) or (str(found.path),), found.path, origin, found.repo)


def _called(name: str, entries: Iterable[Entry]) -> Entry | None:
    return next((entry for entry in entries if name in entry.names), None)


def _likeness(name: str, spellings: Iterable[str]) -> float:
    """How like a name is to the most similar of some; of those with a slash what is after it counts, too."""
    asked, known = ({*words, *(word.rpartition("/")[2] for word in words)} for words in ({name}, set(spellings)))
    matches = (difflib.SequenceMatcher(None, one.lower(), other.lower()) for one in asked for other in known)
    return max(match.ratio() for match in matches)


def _shortened(names: list[str]) -> str:
    more = f" and {len(names) - MOST_SHOWN} more (`threadrunner models`)" if len(names) > MOST_SHOWN else ""
    return f"{', '.join(names[:MOST_SHOWN])}{more}"


def _quantization_in_header(path: Path) -> str | None:
    with contextlib.suppress(ModelLoadFailed):
        number = read_value(path, "general.file_type")
        return quantization_of_file_type(number) if isinstance(number, int) else None
    return None


def _file_names(found: Found) -> list[str]:
    # The file of a name such as Ollama's is a hash.
    return [] if not found.path.name.endswith(".gguf") else [model_name(found.path)]


def _repo_names(found: Found) -> list[str]:
    quantization = quantization_in(found.path.name)
    return [f"{found.repo}:{quantization}"] if found.repo and quantization else []
