"""What was said in one chat: turns in the order in which they were first asked. It asks nobody and shows nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.messages import Message, Usage


@dataclass(frozen=True, slots=True)
class Turn:
    """A prompt and its answer, without the model's reasoning.

    ``cell_id`` names the cell that owns the turn, ``cell_number`` is the one beside it, as in ``[5]``; a turn that
    Python or a file brought has no owner. ``usage`` counts the prompt with all that was sent before it.
    """

    prompt: str
    answer: str
    cell_id: str | None = None
    cell_number: int | None = None
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    is_interrupted: bool = False

    def messages(self) -> tuple[Message, Message]:
        return Message("user", self.prompt), Message("assistant", self.answer)


class Conversation:
    """The turns of one chat. ``system`` is the system text that a saved file brought; a setting goes before it."""

    def __init__(self, turns: Sequence[Turn] = (), system: str = "") -> None:
        self.turns: tuple[Turn, ...] = tuple(turns)
        self.system = system

    def __len__(self) -> int:
        return len(self.turns)

    def before(self, cell_id: str | None) -> tuple[Turn, ...]:
        """The turns that are the context of a cell: those before its own, or all when it has none yet."""
        place = self._place(cell_id)
        return self.turns if place is None else self.turns[:place]

    def put(self, turn: Turn) -> None:
        """Put the turn in the place of its cell's earlier one, or at the end."""
        place = self._place(turn.cell_id)
        if place is None:
            self.turns = (*self.turns, turn)
        else:
            self.turns = (*self.turns[:place], turn, *self.turns[place + 1 :])

    def begin(self, turn: Turn) -> None:
        """Begin afresh with this turn."""
        self.turns, self.system = (turn,), ""

    def forget(self, numbers: Collection[int]) -> None:
        """Take out the turns of these numbers, the first being 1.

        Raises:
            BadRequest: there is no turn of one of them; then all stay.
        """
        for number in numbers:
            if not 1 <= number <= len(self.turns):
                count = f"{len(self.turns)} turn{'' if len(self.turns) == 1 else 's'}"
                raise BadRequest(f"There is no turn {number}: the chat has {count} (%llm history lists them).")
        self.turns = tuple(turn for number, turn in enumerate(self.turns, 1) if number not in numbers)

    def reset(self) -> None:
        """Forget everything."""
        self.turns, self.system = (), ""

    def resume(self, other: Conversation) -> None:
        """Go on from another conversation, in place of this one."""
        self.turns, self.system = other.turns, other.system

    def messages(self, system: str | None = None, cell_id: str | None = None) -> tuple[Message, ...]:
        """What is sent before the prompt of a cell: the system text and the turns that are its context."""
        text = self.system if system is None else system
        first = (Message("system", text),) if text else ()
        return (*first, *(message for turn in self.before(cell_id) for message in turn.messages()))

    def _place(self, cell_id: str | None) -> int | None:
        owners = [turn.cell_id for turn in self.turns]
        return owners.index(cell_id) if cell_id is not None and cell_id in owners else None

    # Files.

    def save(
        self, path: Path, system: str | None = None, facts: Mapping[str, Any] | None = None, *, is_private: bool = False
    ) -> None:
        """Write ``{"messages": [{"role", "content"}, …]}``, a message list as OpenAI's API takes it.

        ``facts`` are written beside the messages; ``is_private`` lets nobody but the owner read the file.

        Raises:
            BadRequest: the file cannot be written.
        """
        body = {**(facts or {}), "messages": as_dicts(self.messages(system))}
        content = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
        # Written beside it first: a full disk leaves the file that was there.
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            if is_private:
                partial.touch(0o600)
            # Half a surrogate pair becomes a question mark, as it did when it was sent.
            partial.write_bytes(content.encode("utf-8", "replace"))
            partial.replace(path)
        except OSError as exc:
            partial.unlink(missing_ok=True)
            raise BadRequest(f"The chat cannot be saved in {path} ({exc.strerror}).") from exc

    @classmethod
    def load(cls, path: Path) -> Conversation:
        """The conversation in a file that ``save`` wrote, or in any list of messages in turn.

        Raises:
            BadRequest: naming the file and what is wrong with it.
        """
        try:
            body = json.loads(path.read_text("utf-8"))
            system, *pairs = _turns(_messages(body))
        except OSError as exc:
            raise BadRequest(f"{path} cannot be read ({exc.strerror}).") from exc
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as exc:
            raise BadRequest(f"{path} is not a saved chat: it is not JSON ({exc}).") from exc
        except _NotMessages as exc:
            raise BadRequest(f"{path} is not a saved chat: {exc}.") from exc
        return cls([Turn(prompt, answer) for prompt, answer in zip(pairs[::2], pairs[1::2], strict=True)], system)


class _NotMessages(ValueError):
    """Why something is not a list of messages in turn."""


def _messages(body: Any) -> Iterator[Message]:
    listed = body.get("messages") if isinstance(body, dict) else body
    if not isinstance(listed, list):
        raise _NotMessages('there is no list of "messages" in it')
    for number, item in enumerate(listed, 1):
        role, content = (item.get("role"), item.get("content")) if isinstance(item, dict) else (None, None)
        if role not in ("system", "user", "assistant"):
            raise _NotMessages(f"the role of message {number} is not system, user or assistant")
        if not isinstance(content, str):
            raise _NotMessages(f"the content of message {number} is not a text")
        yield Message(role, content)


def _turns(messages: Iterator[Message]) -> Iterator[str]:
    """The system text, then prompts and answers in turn."""
    expected = "system"
    for number, message in enumerate(messages, 1):
        if expected == "system":
            yield message.content if message.role == "system" else ""
            expected = "user"
            if message.role == "system":
                continue
        if message.role != expected:
            raise _NotMessages(f"message {number} is of the {message.role}, where one of the {expected} belongs")
        yield message.content
        expected = "assistant" if expected == "user" else "user"
    if expected == "assistant":
        raise _NotMessages("the last prompt has no answer")
    if expected == "system":
        yield ""


def as_dicts(messages: Sequence[Message]) -> list[dict[str, str]]:
    """The messages as any program takes them."""
    return [{"role": message.role, "content": message.content} for message in messages]
