"""Where a model's thinking ends and its answer begins. It knows tags, not models."""

from __future__ import annotations

from typing import Literal

OPEN, CLOSE = "<think>", "</think>"


class ReasoningSplitter:
    """Splits a stream at ``<think>`` … ``</think>``; a tag may come in pieces.

    Only a tag at the very beginning counts: later in an answer it is a word like any other. The white space around the
    tags goes. ``starts_inside`` is for a prompt that ended with the opening tag.
    """

    def __init__(self, starts_inside: bool) -> None:
        self._place: Literal["beginning", "thinking", "answer"] = "thinking" if starts_inside else "beginning"
        self._held = ""
        # White space after a tag is dropped until something else has come.
        self._is_after_tag = starts_inside

    def feed(self, text: str) -> tuple[str, str]:
        """The reasoning and the text that are certain now."""
        self._held += text
        if self._place == "beginning":
            self._begin()
        reasoning = self._think() if self._place == "thinking" else ""
        return reasoning, self._answer() if self._place == "answer" else ""

    def finish(self) -> tuple[str, str]:
        """What was held back, once no more comes."""
        rest, self._held = self._held, ""
        return (rest, "") if self._place == "thinking" else ("", rest)

    def _begin(self) -> None:
        begun = self._held.lstrip()
        if begun.startswith(OPEN):
            self._enter("thinking", begun.removeprefix(OPEN))
        elif not OPEN.startswith(begun):
            self._place = "answer"

    def _think(self) -> str:
        self._drop_space()
        thought, tag, rest = self._held.partition(CLOSE)
        if tag:
            self._enter("answer", rest)
            return thought
        held = self._held
        cut = next(at for at in range(max(0, len(held) - len(CLOSE)), len(held) + 1) if CLOSE.startswith(held[at:]))
        thought, self._held = held[:cut], held[cut:]
        return thought

    def _answer(self) -> str:
        self._drop_space()
        text, self._held = self._held, ""
        return text

    def _enter(self, place: Literal["thinking", "answer"], rest: str) -> None:
        self._place, self._held, self._is_after_tag = place, rest, True

    def _drop_space(self) -> None:
        if self._is_after_tag:
            self._held = self._held.lstrip()
            self._is_after_tag = not self._held
