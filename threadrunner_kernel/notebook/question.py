"""A prompt with all that is sent with it, and what becomes of its answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from threadrunner_kernel.config import Settings
from threadrunner_kernel.conversation import Conversation, Turn
from threadrunner_kernel.errors import BadRequest, PromptTooLong
from threadrunner_kernel.messages import ChatRequest, Message, chat_request
from threadrunner_kernel.notebook.answer import Answer


@dataclass(frozen=True, slots=True)
class Cell:
    """The cell that runs: its id, where the front end says one, and its number, as in ``[5]``."""

    id: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt under its settings. Without a ``chat`` it stands alone; ``is_raw`` sends it without the chat template.

    ``cell`` is the one that owns the turn; ``is_new`` begins the chat afresh with it.
    """

    prompt: str
    settings: Settings
    chat: Conversation | None = None
    cell: Cell = Cell()
    is_new: bool = False
    is_raw: bool = False

    def __post_init__(self) -> None:
        if not self.prompt.strip():
            raise BadRequest("The prompt is empty: write below the %%llm line what the model should answer.")

    def request(self) -> ChatRequest:
        """What is sent."""
        request = chat_request(self.prompt, self.settings)
        if self.is_raw:
            return replace(request, messages=(), prompt=self.prompt)
        if self.chat is None or self.is_new:
            return request
        earlier = self.chat.messages(self.settings.system, self.cell.id)
        return replace(request, messages=(*earlier, Message("user", self.prompt)))

    def remember(self, answer: Answer) -> None:
        """Keep the answer as a turn of the chat; one that was stopped before its first word leaves all as it was."""
        if self.chat is None or (answer.interrupted and not answer.text):
            return
        turn = Turn(
            self.prompt,
            answer.text,
            cell_id=self.cell.id,
            cell_number=self.cell.number,
            model=answer.model,
            usage=answer.usage,
            is_interrupted=answer.interrupted,
        )
        if self.is_new:
            self.chat.begin(turn)
        else:
            self.chat.put(turn)

    def too_long(self, refused: PromptTooLong) -> PromptTooLong:
        """The refusal, with the ways out that this notebook has."""
        if self.chat is None or self.is_new or not self.chat.before(self.cell.id):
            return refused
        ways = (
            "The chat's earlier turns are a part of it: %llm forget N takes some out, --new begins afresh, a larger "
            "context holds more."
        )
        return PromptTooLong(f"{refused.message} {ways}", param=refused.param)
