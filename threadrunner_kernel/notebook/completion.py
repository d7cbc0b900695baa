"""What Tab offers on ``%%llm`` and ``%llm`` lines and in a prompt's expressions. It never starts anything."""

from __future__ import annotations

import builtins
import contextlib
import http.client
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from IPython.core.completer import (
    CompletionContext,
    IPCompleter,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
    provisionalcompleter,
)
from IPython.core.interactiveshell import InteractiveShell

from threadrunner_kernel import config
from threadrunner_kernel.endpoint import host_endpoint
from threadrunner_kernel.errors import BadSetting
from threadrunner_kernel.messages import WIRE_VERSION
from threadrunner_kernel.models.catalogue import Catalogue
from threadrunner_kernel.notebook.options import OptionParser, actions
from threadrunner_kernel.notebook.place import Place, find_place
from threadrunner_kernel.notebook.prompt_mode import BANNERS, PromptMode
from threadrunner_kernel.notebook.session import Session

# A host that does not answer at once is not asked again before the next Tab.
HOST_TIMEOUT_SECONDS = 0.03
# Of IPython's own matchers, those that know Python's names.
PYTHON_MATCHERS = {"IPCompleter.python_matcher", "IPCompleter.dict_key_matcher", "IPCompleter.python_func_kw_matcher"}


@dataclass(frozen=True, slots=True)
class Offer:
    """What may stand in place of ``fragment``, the text just before the cursor."""

    fragment: str
    texts: tuple[str, ...] = ()
    kind: str = "param"


class PromptCompleter:
    """Completes for one notebook."""

    def __init__(
        self,
        shell: InteractiveShell,
        session: Session,
        mode: PromptMode,
        parser: OptionParser,
        commands: Iterable[str],
    ) -> None:
        self._shell = shell
        self._session = session
        self._mode = mode
        self._parser = parser
        self._commands = tuple(commands)
        self._python: IPCompleter | None = None

    def place(self, code: str, cursor: int) -> Place | None:
        """Where the cursor is, ``None`` in Python."""
        return find_place(code, cursor, self._mode.is_prompt)

    def complete(self, code: str, cursor: int) -> Offer | None:
        """What Tab offers; ``None`` where that is Python's to say, nothing within a prompt's text."""
        place = self.place(code, cursor)
        if place is None or place.kind == "name":
            return None
        with contextlib.suppress(BadSetting):  # a mistake in config.toml is the prompt's to tell
            if place.kind == "expression":
                return self._expression(place.text)
            if place.kind != "body":
                return self._option(place.text) if place.kind == "options" else self._command(place.text)
        return Offer("")

    def matcher(self) -> Callable[[CompletionContext], SimpleMatcherResult]:
        """The same for IPython's completer, which other kernels and the terminal ask."""

        @context_matcher(identifier="threadrunner", priority=100)  # type: ignore[untyped-decorator]
        def match(context: CompletionContext) -> SimpleMatcherResult:
            lines = context.full_text.split("\n")
            before = sum(len(line) + 1 for line in lines[: context.cursor_line]) + context.cursor_position
            offer = self.complete(context.full_text, before) or Offer("")
            completions = [SimpleCompletion(text=text, type=offer.kind) for text in offer.texts]
            return SimpleMatcherResult(
                completions=completions, matched_fragment=offer.fragment, suppress=bool(completions), ordered=True
            )

        made: Callable[[CompletionContext], SimpleMatcherResult] = match
        return made

    # On a magic's line.

    def _command(self, text: str) -> Offer:
        name, space, rest = text.partition(" ")
        if not space:
            return _starting(name, self._commands)
        word = _last_word(rest)
        match name:
            case "set":
                return self._value(word) if "=" in word else _starting(word, [f"{name}=" for name in config.FIELDS])
            case "get" | "unset":
                return _starting(word, config.FIELDS)
            case "use":
                return _starting(word, self._profiles())
            case "mode":
                return _starting(word, BANNERS)
            case "help":
                return _starting(word, ["options"])
            case "save" | "resume":
                return _starting(word, _paths(word, ".json"))
            case "load" | "unload":
                return self._option(rest)
            case "show" | "rm":
                return _starting(word, self._models())
        return self._option(rest, ["--chat"] if name in ("history", "context", "forget", "reset") else [])

    def _option(self, text: str, flags: Iterable[str] | None = None) -> Offer:
        """After ``text``: the value that its last option takes, or an option."""
        if len(re.findall("['\"]", text)) % 2:
            return Offer("")
        word = _last_word(text)
        previous = text[: len(text) - len(word)].split()[-1:]
        takes = {
            flag: action.dest for action in actions(self._parser) if action.nargs != 0 for flag in action.option_strings
        }
        if previous and previous[0] in takes:
            return _starting(word, self._values(takes[previous[0]], word))
        if word.startswith("--") and "=" in word:
            return self._value(word)
        known = [flag for action in actions(self._parser) for flag in action.option_strings]
        offered = known if flags is None else list(flags)
        return _starting(word, offered if word else [flag for flag in offered if flag.startswith("--")])

    def _value(self, word: str) -> Offer:
        """After ``name=``: that and the value."""
        name, _, value = word.partition("=")
        values = self._values(name.lstrip("-").replace("-", "_"), value)
        return _starting(word, [f"{name}={value}" for value in values])

    def _values(self, name: str, word: str) -> Iterable[str]:
        match name:
            case "model":
                return _paths(word, ".gguf") if config.looks_like_path(word) else self._models()
            case "profile":
                return self._profiles()
            case "chat":
                return self._session.chats
        return config.choices(name) if name in config.FIELDS else ()

    def _models(self) -> list[str]:
        """All that is found, by its names, and what else the host has loaded, by its path."""
        known = Catalogue(config.home() / "models").listed()
        paths = {entry.path.resolve() for entry in known}
        return [*(entry.name for entry in known), *(path for path in self._loaded() if Path(path) not in paths)]

    def _loaded(self) -> list[str]:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, KeyError):
            endpoint = host_endpoint(config.home(), WIRE_VERSION, self._session.settings().transport)
            _, status = endpoint.get_json("/status", HOST_TIMEOUT_SECONDS)
            return [model["path"] for model in status["models"] if model["path"] and model["state"] == "ready"]
        return []

    def _profiles(self) -> Iterable[str]:
        return config.read_file().profiles

    # In an expression.

    def _expression(self, text: str) -> Offer:
        """The notebook's variables, and what IPython's own completer knows of their attributes and keys."""
        code = text.replace("\n", " ").lstrip()
        with provisionalcompleter():
            found = list(self._python_completer().completions(code, len(code)))
        if not found:
            return Offer("")
        start = found[0].start
        texts = [completion.text for completion in found if completion.start == start]
        fragment = code[start:]
        is_name = not code[:start].endswith((".", "[", "'", '"')) and "." not in fragment
        chosen = [text for text in texts if not is_name or self._is_worth_a_name(text, fragment)]
        return Offer(fragment, tuple(chosen), "variable")

    def _is_worth_a_name(self, name: str, typed: str) -> bool:
        """Whether a bare name is the user's own, or one of Python's of which the beginning is typed."""
        if name.endswith("="):
            return True
        own = name in self._shell.user_ns and name not in self._shell.user_ns_hidden
        return (own or (bool(typed) and hasattr(builtins, name))) and (
            typed.startswith("_") or not name.startswith("_")
        )

    def _python_completer(self) -> IPCompleter:
        if self._python is None:
            made = IPCompleter(shell=self._shell, namespace=self._shell.user_ns, use_jedi=False)
            every = {getattr(match, "matcher_identifier", match.__qualname__) for match in made.matchers}
            made.disable_matchers = sorted(every - PYTHON_MATCHERS)
            self._python = made
        return self._python


def _starting(word: str, texts: Iterable[str]) -> Offer:
    return Offer(word, tuple(text for text in texts if text.startswith(word)))


def _last_word(text: str) -> str:
    return re.split(r"\s", text)[-1]


def _paths(word: str, suffix: str) -> list[str]:
    """Folders, and files of this suffix, that begin with what is typed."""
    folder, slash, _ = word.rpartition("/")
    with contextlib.suppress(OSError, RuntimeError):
        entries = sorted(Path((folder + slash) or ".").expanduser().iterdir())
        kept = [entry for entry in entries if entry.is_dir() or entry.suffix == suffix]
        return [f"{folder}{slash}{entry.name}{'/' if entry.is_dir() else ''}" for entry in kept]
    return []
