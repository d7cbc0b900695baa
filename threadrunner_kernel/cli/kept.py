"""The conversations that this user's terminals keep: the last one, and those that have a name."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from threadrunner_kernel import config
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest, PromptTooLong, ThreadRunnerError
from threadrunner_kernel.messages import ChatRequest, Message, chat_request

if TYPE_CHECKING:
    from threadrunner_kernel.conversation import Conversation

LAST = "last"
# What a conversation goes on with, unless the command says otherwise.
REMEMBERED = "model", "engine"


class Kept:
    """One conversation and the file that it is kept in; without a ``path`` it ends with the command."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.remembered: dict[str, str] = {}

    @cached_property
    def conversation(self) -> Conversation:
        """The turns until now."""
        from threadrunner_kernel.conversation import Conversation

        return Conversation()

    @classmethod
    def begin(cls, name: str | None = None, *, is_kept: bool = True) -> Kept:
        """A new conversation; one of no name takes the place of the last."""
        return cls(_path(name or LAST) if is_kept else None)

    @classmethod
    def go_on(cls, name: str | None = None) -> Kept:
        """The conversation of this name, which may be new, or else the last that anything was said in.

        Raises:
            BadRequest: nothing is kept, or its file is no conversation any more.
        """
        if name is not None:
            path = _path(name)
            return cls._load(path) if path.exists() else cls.begin(name)
        files = folder().glob("*.json")
        newest = max(files, key=lambda path: path.stat().st_mtime_ns, default=None)
        if newest is None:
            raise BadRequest("There is no conversation to go on with yet: ask without -c first.")
        return cls._load(newest)

    @classmethod
    def _load(cls, path: Path) -> Kept:
        from threadrunner_kernel.conversation import Conversation

        kept = cls(path)
        kept.conversation = Conversation.load(path)
        body = json.loads(path.read_text("utf-8"))
        facts = body if isinstance(body, dict) else {}
        kept.remembered = {name: facts[name] for name in REMEMBERED if isinstance(facts.get(name), str)}
        return kept

    def request(self, prompt: str, settings: Settings) -> ChatRequest:
        """The prompt after all that was said before."""
        if "conversation" not in vars(self):  # nothing was said yet, and the first answer need not wait for the class
            return chat_request(prompt, settings)
        earlier = self.conversation.messages(settings.system)
        return chat_request(prompt, settings, (*earlier, Message("user", prompt)))

    def put(self, prompt: str, answer: str, settings: Settings) -> str | None:
        """Add a turn and write the file; the sentence to tell when it cannot be written."""
        from threadrunner_kernel.conversation import Turn

        self.conversation.put(Turn(prompt, answer))
        system = settings.system if settings.system is not None else self.conversation.system
        self.conversation.system = system
        if self.path is None:
            return None
        default = Settings()
        facts = {name: value for name in REMEMBERED if (value := getattr(settings, name)) != getattr(default, name)}
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.conversation.save(self.path, system, facts, is_private=True)
        except (OSError, ThreadRunnerError) as exc:
            return f"The conversation is not kept, and -c cannot go on with it: {exc}"
        return None

    @contextlib.contextmanager
    def saying_what_helps(self, way: str) -> Iterator[None]:
        """Within the block a prompt that is too long is refused with the way out, where earlier turns are a part of it.

        Raises:
            PromptTooLong
        """
        try:
            yield
        except PromptTooLong as exc:
            if not self.conversation.turns:
                raise
            message = f"{exc.message} The conversation's earlier turns are a part of it: {way} begins afresh."
            raise PromptTooLong(message, param=exc.param) from exc

    def forget(self) -> None:
        """Begin afresh, in the file too."""
        self.conversation.reset()
        if self.path is not None:
            with contextlib.suppress(OSError):
                self.path.unlink()


def folder() -> Path:
    """Where the conversations are kept."""
    return config.home() / "conversations"


def names() -> list[str]:
    """The kept conversations, by name."""
    return sorted(path.stem for path in folder().glob("*.json"))


def _path(name: str) -> Path:
    if not re.fullmatch(r"\w[\w.-]{0,99}", name):
        raise BadRequest(f"{name!r} is no name for a conversation: use letters, digits, - and _.")
    return folder() / f"{name}.json"
