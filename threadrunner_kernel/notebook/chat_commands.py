"""What ``%llm`` says and does about chats: history, context, forget, reset, save, resume."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from threadrunner_kernel.config import Settings
from threadrunner_kernel.conversation import Conversation, Turn
from threadrunner_kernel.errors import BadSetting
from threadrunner_kernel.notebook.chat import count_text
from threadrunner_kernel.notebook.options import OptionParser, parse_words
from threadrunner_kernel.notebook.session import NOTEBOOK_CHAT, Session
from threadrunner_kernel.notebook.view import View

COMMANDS = {
    "history": "the turns of the chat (--chat NAME for another than the notebook's)",
    "context": "what the next prompt is sent after, with its tokens and the limit",
    "forget": "take turns out: forget 3, forget 2-4, forget last",
    "reset": "forget the whole chat",
    "save": "write the chat as JSON messages: save FILE",
    "resume": "go on from a saved chat: resume FILE",
}
WORDS_CHARACTERS = 48


class ChatCommands:
    """Each takes the rest of its line and gives the text for the user."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def history(self, line: str) -> str:
        (name,) = _parse("history", line)
        chat = self._session.known_chat(name)
        others = [
            f"{other} ({count_text(len(turns), 'turn')})"
            for other, turns in self._session.chats.items()
            if other != name and turns.turns
        ]
        more = [f"Other chats: {', '.join(others)}."] if others else []
        if not chat.turns:
            return "\n".join([f"The chat {name} has no turns.", *more])
        return "\n".join([*_columns([HEAD, *map(_line, range(1, len(chat) + 1), chat.turns)]), *more])

    def context(self, line: str, settings: Settings, make_view: Callable[[Callable[[], None]], View]) -> str:
        (name,) = _parse("context", line)
        messages = self._session.known_chat(name).messages(settings.system)
        if not messages:
            return f"The chat {name} is empty: the next prompt is sent alone."
        used, limit = self._session.context_use(messages, settings, make_view)
        room = f"{used} of {limit} tokens" if limit else f"{used} tokens"
        shown = [f"{message.role}: {message.content}" for message in messages]
        return "\n\n".join([*shown, f"{room} are used, with the next prompt still empty."])

    def forget(self, line: str) -> str:
        name, *words = _parse("forget", line, "TURN", is_list=True)
        chat = self._session.known_chat(name)
        numbers = turn_numbers(words, len(chat))
        chat.forget(numbers)
        return f"{count_text(len(numbers), 'turn')} forgotten, {len(chat)} left."

    def reset(self, line: str) -> str:
        (name,) = _parse("reset", line)
        chat = self._session.known_chat(name)
        count = len(chat)
        chat.reset()
        return f"The chat {name} is empty ({count_text(count, 'turn')} forgotten)."

    def save(self, line: str, settings: Settings) -> str:
        name, file = _parse("save", line, "FILE")
        chat = self._session.known_chat(name)
        chat.save(Path(file).expanduser(), settings.system)
        return f"{count_text(len(chat), 'turn')} saved in {file}."

    def resume(self, line: str) -> str:
        name, file = _parse("resume", line, "FILE")
        saved, chat = Conversation.load(Path(file).expanduser()), self._session.chat(name)
        gone = f", in place of {count_text(len(chat), 'turn')}" if len(chat) else ""
        chat.resume(saved)
        return f"{count_text(len(saved), 'turn')} resumed from {file}{gone}."


def turn_numbers(words: Iterable[str], count: int) -> set[int]:
    """The turns that ``3``, ``2-4`` and ``last`` mean in a chat of ``count`` turns.

    Raises:
        BadSetting: a word is none of these.
    """
    numbers: set[int] = set()
    for word in words:
        first, dash, last = word.replace("last", str(count)).partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or (dash and int(first) > int(last)):
            raise BadSetting(f"%llm forget: {word!r} is no turn: give numbers as in 3, 2-4 or last.")
        numbers.update(range(int(first), int(last or first) + 1))
    return numbers


def _parse(command: str, line: str, operand: str | None = None, *, is_list: bool = False) -> list[str]:
    """The chat's name, and then the operands."""
    parser = OptionParser(prog=f"llm {command}", add_help=False, allow_abbrev=False)
    parser.add_argument("--chat", default=NOTEBOOK_CHAT)
    if operand:
        parser.add_argument("operands", metavar=operand, nargs="+" if is_list else 1)
    known = parse_words(parser, line)
    return [known.chat, *(known.operands if operand else ())]


HEAD = ("#", "cell", "prompt tokens", "answer tokens", "model", "begins")


def _line(number: int, turn: Turn) -> tuple[str, ...]:
    prompt, answer = turn.usage.prompt_tokens, turn.usage.completion_tokens
    begins = " ".join(turn.prompt.split())
    if len(begins) > WORDS_CHARACTERS:
        begins = f"{begins[: WORDS_CHARACTERS - 1]}…"
    return (
        str(number),
        f"[{turn.cell_number}]" if turn.cell_number else "-",
        str(prompt) if prompt else "-",
        str(answer) if answer else "-",
        turn.model or "-",
        f"{begins} (interrupted)" if turn.is_interrupted else begins,
    )


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
