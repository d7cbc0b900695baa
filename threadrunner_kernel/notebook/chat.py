"""A chat as a value in the notebook: what ``llm.chat("name")`` gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from threadrunner_kernel.conversation import Conversation, Turn, as_dicts
from threadrunner_kernel.notebook.answer import Answer


class Chat:
    """``chat("prompt")`` asks with the turns before as context, and the answer becomes a turn of it."""

    def __init__(
        self, name: str, conversation: Conversation, ask: Callable[..., Answer], system: Callable[[], str | None]
    ) -> None:
        self.name = name
        self._conversation = conversation
        self._ask = ask
        self._system = system

    def __call__(self, prompt: str, **options: Any) -> Answer:
        """The answer to the next prompt of this chat; options as for ``llm(…)``, and ``new=True`` to begin afresh."""
        return self._ask(prompt, chat=self.name, **options)

    ask = __call__

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns, in the order in which they were first asked."""
        return self._conversation.turns

    @property
    def messages(self) -> list[dict[str, str]]:
        """What the next prompt is sent after, as ``{"role", "content"}``."""
        return as_dicts(self._conversation.messages(self._system()))

    def forget(self, *numbers: int) -> None:
        """Take out the turns of these numbers, the first being 1."""
        self._conversation.forget(numbers)

    def reset(self) -> None:
        """Forget everything."""
        self._conversation.reset()

    def save(self, file: str | Path) -> None:
        """Write the chat as JSON: ``{"messages": [{"role", "content"}, …]}``."""
        self._conversation.save(Path(file).expanduser(), self._system())

    def resume(self, file: str | Path) -> None:
        """Go on from a saved chat, in place of this one."""
        self._conversation.resume(Conversation.load(Path(file).expanduser()))

    def __len__(self) -> int:
        return len(self._conversation)

    def __bool__(self) -> bool:
        return True  # a chat without turns is a chat

    def __repr__(self) -> str:
        return f"<Chat {self.name!r}, {count_text(len(self), 'turn')}>"


def count_text(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
