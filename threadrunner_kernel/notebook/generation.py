"""One answer in the making: the events of its stream, and the answer that they come to."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace

from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.conversation import as_dicts
from threadrunner_kernel.errors import GenerationInterrupted, PromptTooLong
from threadrunner_kernel.launcher import ask
from threadrunner_kernel.live import Live
from threadrunner_kernel.messages import Event, Message, Timings, Usage, model_label
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.question import Question


class Generation:
    """``events`` once, then ``end`` once. ``host`` finds the host, and is given what tells the user of it."""

    def __init__(
        self,
        question: Question,
        cancellation: Cancellation,
        host: Callable[[Callable[[str], None]], HostClient],
        keep: Callable[[Answer], None],
    ) -> None:
        self.live = Live(model=model_label(question.settings))
        self.cancellation = cancellation
        self._question = question
        self._request = question.request()
        self._host = host
        self._keep = keep
        self._last = Event()

    def events(self) -> Generator[Event]:
        """Each event, after ``live`` has taken it. Closing the generator ends the generation.

        Raises:
            Cancelled, ThreadRunnerError
        """
        try:
            for event in ask(self._request, self.cancellation, lambda: self._host(self.live.notices.append)):
                self._last = event
                self.live.take(event)
                yield event
        except PromptTooLong as exc:
            raise self._question.too_long(exc) from exc

    def end(self, *, is_interrupted: bool) -> Answer:
        """The answer as far as it came, given to ``keep``."""
        answer = self._answer(is_interrupted=is_interrupted)
        self._keep(answer)
        return answer

    def interrupted(self) -> GenerationInterrupted:
        """What the cell of a stopped generation ends with."""
        kept = f"{self.live.tokens} tokens are kept" if self.live.text else "before the first token"
        return GenerationInterrupted(f"the answer was stopped, {kept}.")

    def _answer(self, *, is_interrupted: bool) -> Answer:
        live, last, request = self.live, self._last, self._request
        answer = Answer(
            live.text,
            live.model,
            interrupted=is_interrupted,
            first_token_seconds=None if live.first_token is None else live.first_token - live.began,
            reasoning=live.reasoning,
            reasoning_seconds=live.thinking_seconds,
            format=self._question.settings.format,
            messages=as_dicts((*request.messages, Message("assistant", live.text))),
            seed=request.seed,
            engine=live.engine,
            is_demo=live.is_demo,
            pace=live.pace,
        )
        if last.usage and last.timings:
            return replace(answer, usage=last.usage, timings=last.timings, finish_reason=last.finish_reason)
        if live.first_token is None:
            return answer
        # Cut off: the runner's own count never came, what was shown is counted.
        made_ms = 1000 * (time.monotonic() - live.first_token)
        timings = Timings(predicted_n=live.tokens, predicted_ms=made_ms)
        return replace(answer, usage=Usage(0, live.tokens), timings=timings)
