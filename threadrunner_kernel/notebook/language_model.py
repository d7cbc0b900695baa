"""``llm`` in the notebook: the model as a Python object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.errors import BadRequest, Cancelled, GenerationInterrupted
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.answer_stream import STOPPED, AnswerStream
from threadrunner_kernel.notebook.chat import Chat
from threadrunner_kernel.notebook.magics import running_cell, view_maker
from threadrunner_kernel.notebook.question import Cell, Question
from threadrunner_kernel.notebook.session import NOTEBOOK_CHAT, Session
from threadrunner_kernel.notebook.status import status_text
from threadrunner_kernel.notebook.texts import Texts


class LanguageModel:
    """``llm("prompt")`` asks and shows; ``llm.stream``, ``llm.astream`` and ``llm.chat`` ask in other ways.

    Options go by the names of ``%%llm``'s: ``llm("prompt", temperature=0, max_tokens=50, quiet=True)``.
    """

    def __init__(self, session: Session, shell: InteractiveShell, texts: Texts) -> None:
        self._session = session
        self._shell = shell
        self._texts = texts

    def __call__(self, prompt: str, *, quiet: bool = False, **options: Any) -> Answer:
        """The answer to a prompt that stands alone, or with ``chat="name"`` to the next one of a chat."""
        question = self._question(prompt, **options)
        return self._session.ask(question, view_maker(self._shell, question.settings, quiet))

    def stream(self, prompt: str, **options: Any) -> Iterator[str]:
        """The pieces of the answer's text as they come; leaving the loop cancels. ``llm.last`` is then the answer."""
        return self._pieces(self._question(prompt, **options))

    def _pieces(self, question: Question) -> Iterator[str]:
        try:
            yield from self._session.stream(question, Cancellation())
        except (Cancelled, KeyboardInterrupt):
            raise GenerationInterrupted(STOPPED) from None

    def astream(self, prompt: str, **options: Any) -> AnswerStream:
        """``async for piece in llm.astream(…)`` for the pieces, ``await llm.astream(…)`` for the whole answer."""
        return AnswerStream(self._session, self._question(prompt, **options))

    def chat(self, name: str = NOTEBOOK_CHAT) -> Chat:
        """The chat of this name, or the notebook's own: ``llm.chat("ideas")("prompt")`` asks in it."""
        return Chat(name, self._session.chat(name), self, lambda: self._session.settings().system)

    def embed(self, texts: list[str], **options: Any) -> list[list[float]]:
        """One vector for each text, by the model of these options."""
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise BadRequest('llm.embed takes a list of texts: llm.embed(["one", "two"]).')
        if not texts:
            return []
        answer = self._session.post("/v1/embeddings", {"input": list(texts)}, self._session.settings(options))
        rows = sorted(answer["data"], key=lambda row: int(row["index"]))
        return [[float(number) for number in row["embedding"]] for row in rows]

    def count_tokens(self, text: str, **options: Any) -> int:
        """How many tokens the model of these options makes of a text, without the chat template."""
        return self._session.count_tokens(text, self._session.settings(options))

    def register(self, kind: type, function: Callable[[Any], object]) -> None:
        """Have ``{{ value }}`` in a prompt be ``function(value)`` for values of this type."""
        self._texts.register(kind, function)

    @property
    def last(self) -> Answer | None:
        """The last answer of this notebook."""
        return self._session.last

    def __repr__(self) -> str:
        return status_text(self._session, self._session.settings())

    def _question(
        self, prompt: str, *, chat: str | None = None, new: bool = False, raw: bool = False, **options: Any
    ) -> Question:
        if raw and (chat or new):
            raise BadRequest("raw=True has nothing to do with a chat: leave it or the chat out.")
        return Question(
            prompt,
            self._session.settings(options),
            chat=self._session.chat(chat or NOTEBOOK_CHAT) if chat or new else None,
            # No owner: a cell that asks in a loop has many turns, and each time it runs it adds them.
            cell=Cell(number=running_cell(self._shell).number),
            is_new=new,
            is_raw=raw,
        )
