"""The dummy: an engine without a model, for trying the machinery. It says what it was told, word by word."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from threadrunner_kernel.errors import BadRequest, PromptTooLong
from threadrunner_kernel.messages import ChatRequest, Event, FinishReason, Message, Progress, Timings, Usage, Vector
from threadrunner_kernel.runner.engine import Generation, LoadOptions, ModelInfo, Stepped
from threadrunner_kernel.runner.text import TextAssembler

PACE = 50.0
CONTEXT_WORDS = 4096


@dataclass(eq=False)
class Speaker:
    """One answer on its way: its words, and when the next is due."""

    words: list[str]
    limit: int
    prompt_words: int
    assembler: TextAssembler
    pace: float
    began: float
    said: int = 0

    @property
    def due(self) -> float:
        return self.began + (self.said + 1) / self.pace if self.pace else self.began


class DummyBackend:
    """Counts a word as a token, and reads a prompt at once."""

    def __init__(self) -> None:
        self._context = CONTEXT_WORDS
        self._parallel = 1
        self._speakers: dict[Generation, Speaker] = {}

    def load(self, options: LoadOptions, report: Callable[[float], None]) -> ModelInfo:
        self._context = options.settings.context or CONTEXT_WORDS
        self._parallel = options.settings.parallel
        report(1.0)
        return ModelInfo("dummy", self._context, f"the dummy, context {self._context} words")

    def prepare(self, generation: Generation) -> None:
        words = prompt_words(generation.request)
        if words >= self._context:
            raise PromptTooLong(
                f"The prompt has {words} tokens and the context holds {self._context}: shorten the prompt."
            )

    def begin(self, generation: Generation) -> bool:
        if len(self._speakers) >= self._parallel:
            return False
        request = generation.request
        words = prompt_words(request)
        room = self._context - words
        pace = PACE if request.pace is None else request.pace
        generation.emit(Event(progress=Progress("prompt", words, words), pace=pace or None))
        self._speakers[generation] = Speaker(
            re.findall(r"\s*\S+", answer_text(request)),
            min(request.max_tokens or room, room),
            words,
            TextAssembler(request.stop or ()),
            pace,
            time.monotonic(),
        )
        return True

    def step(self) -> Stepped:
        if not self._speakers:
            return Stepped()
        now = time.monotonic()
        due = [generation for generation, speaker in self._speakers.items() if speaker.due <= now]
        ended = tuple(generation for generation in due if self._speak(generation))
        pause = min((speaker.due for speaker in self._speakers.values()), default=now) - time.monotonic()
        return Stepped(max(0.0, pause), ended, len(due))

    def _speak(self, generation: Generation) -> bool:
        """Say one word; whether it was the last."""
        speaker = self._speakers[generation]
        if text := speaker.assembler.feed(speaker.words[speaker.said].encode()):
            generation.emit(Event(text=text))
        speaker.said += 1
        is_last = speaker.said == len(speaker.words) or speaker.assembler.is_stopped
        if not is_last and speaker.said < speaker.limit:
            return False
        if rest := speaker.assembler.finish():
            generation.emit(Event(text=rest))
        reason: FinishReason = "stop" if is_last else "length"
        timings = Timings(speaker.prompt_words, 0.0, speaker.said, 1000 * (time.monotonic() - speaker.began))
        usage = Usage(speaker.prompt_words, speaker.said)
        generation.emit(Event(finish_reason=reason, usage=usage, timings=timings, pace=speaker.pace or None))
        del self._speakers[generation]
        return True

    def end(self, generation: Generation) -> None:
        self._speakers.pop(generation, None)

    def abort(self) -> None:
        """Nothing to do: a word is said in no time."""

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        return list(range(len(text.split())))

    def render(self, messages: tuple[Message, ...]) -> str:
        return "\n".join(message.content for message in messages)

    def read_inputs(self, inputs: Sequence[str | Sequence[int]]) -> list[list[int]]:
        raise BadRequest("The dummy engine makes no embeddings: name a model.", param="model")

    def embed(self, inputs: Sequence[Sequence[int]], is_cancelled: Callable[[], bool]) -> list[Vector]:
        raise BadRequest("The dummy engine makes no embeddings: name a model.", param="model")

    def close(self) -> None:
        """Nothing is held."""


def prompt_words(request: ChatRequest) -> int:
    """The dummy's tokens of a prompt."""
    texts = [message.content for message in request.messages] if request.prompt is None else [request.prompt]
    return sum(len(text.split()) for text in texts)


def answer_text(request: ChatRequest) -> str:
    """The dummy's answer: that it is one, and the last message."""
    said = (request.messages[-1].content if request.prompt is None else request.prompt).strip()
    return f"This is the dummy engine, no model was asked. You said: {said}"
