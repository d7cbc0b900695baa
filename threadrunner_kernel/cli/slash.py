"""The commands within a chat: ``/model``, ``/reset``, ``/save`` and their like, a line in and a text out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadrunner_kernel import config
from threadrunner_kernel.conversation import Conversation
from threadrunner_kernel.errors import BadRequest, BadSetting
from threadrunner_kernel.messages import model_label

if TYPE_CHECKING:
    from threadrunner_kernel.cli.chat import Chat

COMMANDS = {
    "help": "this list",
    "model": "the model: /model NAME goes on with another, /model shows it",
    "system": "the system text: /system TEXT sets it, /system shows it",
    "set": "settings: /set temperature=0.2; name= puts one back, /set shows them",
    "attach": "a text file to go with the next prompt: /attach FILE",
    "reset": "forget what was said, and begin afresh",
    "save": "the conversation into a JSON file: /save FILE",
    "load": "go on from such a file: /load FILE",
    "bye": "leave, as Ctrl-D does",
}
SETTINGS = (*config.names("request"), "profile")


class Leave(Exception):
    """The user goes."""


def is_command(line: str) -> bool:
    """Whether a line is a command; one that begins with a path is a prompt."""
    return bool(re.match(r"/[A-Za-z?]*(\s|$)", line))


class SlashCommands:
    """They change the chat that they are given."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def run(self, line: str) -> str:
        """What a command says.

        Raises:
            Leave
            BadRequest: there is no such command, with the nearest; or it is given what does not fit.
        """
        name, _, rest = line[1:].strip().partition(" ")
        name = {"?": "help", "": "help", "exit": "bye", "quit": "bye"}.get(name, name)
        if name not in COMMANDS:
            raise BadRequest(
                f"There is no command /{name}.{config.nearest(name, COMMANDS)} "
                "A space before the / sends the line to the model."
            )
        said: str = getattr(self, f"_{name}")(rest.strip())
        return said

    def _help(self, rest: str) -> str:
        return "\n".join(f"/{name:<8}{text}" for name, text in COMMANDS.items())

    def _model(self, rest: str) -> str:
        if rest:
            self._choose("model", rest)
        return f"model: {model_label(self._chat.settings) or '-'}"

    def _system(self, rest: str) -> str:
        if rest:
            self._choose("system", rest)
        settings = self._chat.settings
        return f"system: {settings.system or self._chat.kept.conversation.system or '-'}"

    def _set(self, rest: str) -> str:
        try:
            words = shlex.split(rest)
        except ValueError as exc:
            raise BadSetting(f"/set: the line cannot be read ({exc}).") from exc
        before = dict(self._chat.chosen)
        try:
            for word in words:
                name, equals, value = word.partition("=")
                if not equals:
                    raise BadSetting(f"/set: write name=value, without spaces around the =, and not {word!r}.")
                self._choose(_known(name), value)
            # What is wrong in a profile or the file shows itself here, and not at the next prompt.
            self._chat.settings  # noqa: B018
        except BadSetting:
            self._chat.chosen = before
            raise
        return "\n".join(f"{name} = {_text(value)}" for name, value in self._chat.chosen.items()) or "Nothing is set."

    def _attach(self, rest: str) -> str:
        from threadrunner_kernel.cli.attachments import read_all

        if not rest:
            raise BadRequest("/attach: name the file, such as /attach notes.txt.")
        read_all([rest])
        self._chat.files.append(rest)
        return f"{rest} goes with the next prompt."

    def _reset(self, rest: str) -> str:
        self._chat.kept.forget()
        return "Begun afresh."

    def _save(self, rest: str) -> str:
        if not rest:
            raise BadRequest("/save: name the file, such as /save talk.json.")
        path = Path(rest).expanduser()
        self._chat.kept.conversation.save(path, self._chat.settings.system)
        return f"Saved in {path}."

    def _load(self, rest: str) -> str:
        if not rest:
            raise BadRequest("/load: name the file, such as /load talk.json.")
        conversation = Conversation.load(Path(rest).expanduser())
        self._chat.kept.conversation.resume(conversation)
        return f"Going on after {len(conversation)} turn{'' if len(conversation) == 1 else 's'}."

    def _bye(self, rest: str) -> str:
        raise Leave

    def _choose(self, name: str, value: str) -> None:
        if value:
            self._chat.chosen[name] = config.parse(name, value, "/set")
        else:
            self._chat.chosen.pop(name, None)


def _known(name: str) -> str:
    known = name.lstrip("-").replace("-", "_")
    if known not in SETTINGS:
        raise BadSetting(f"/set: {name!r} is no setting of a request.{config.nearest(known, SETTINGS)}", param=name)
    return known


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
