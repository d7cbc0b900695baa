"""An answer in the making, as every face shows it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from threadrunner_kernel.messages import Event, FinishReason, Progress, Timings, Usage

# A small model that many machines can run.
EXAMPLE_REPO = "ggml-org/gemma-3-1b-it-GGUF"


@dataclass
class Live:
    """What is known of an answer until now. Times are ``time.monotonic`` seconds.

    ``tokens`` are all that were made, ``reasoning_tokens`` those of the thinking before the answer.
    """

    model: str = ""
    text: str = ""
    reasoning: str = ""
    tokens: int = 0
    reasoning_tokens: int = 0
    progress: Progress | None = None
    notices: list[str] = field(default_factory=list)
    engine: str = ""
    is_demo: bool = False
    pace: float | None = None
    began: float = field(default_factory=time.monotonic)
    first_token: float | None = None
    first_text: float | None = None

    def take(self, event: Event) -> None:
        if event.text or event.reasoning:
            self.first_token = self.first_token or time.monotonic()
            self.tokens += 1
            self.progress = None
        if event.reasoning:
            self.reasoning += event.reasoning
            self.reasoning_tokens += 1
        if event.text:
            self.first_text = self.first_text or time.monotonic()
            self.text += event.text
        if event.progress:
            self.progress = event.progress
        if event.notice:
            self.notices.append(event.notice)
        self.model = self.model or event.model or ""
        self.engine = event.engine or self.engine
        self.is_demo = event.is_demo or self.is_demo
        self.pace = event.pace or self.pace

    @property
    def is_thinking(self) -> bool:
        return self.reasoning_tokens > 0 and self.first_text is None

    @property
    def thinking_seconds(self) -> float | None:
        """From the first token of the thinking to the first of the answer, or until now; ``None`` without thinking."""
        if not self.reasoning_tokens or self.first_token is None:
            return None
        return (self.first_text or time.monotonic()) - self.first_token

    def state(self) -> str:
        """One line for people: what is going on right now."""
        seconds = time.monotonic() - self.began
        match self.progress:
            case Progress("load", done):
                return f"loading {self.model or 'the model'}: {100 * done:.0f} %, {seconds:.0f} s"
            case Progress("queue", place):
                return f"waiting: place {place:.0f} in the queue, {seconds:.0f} s"
            case Progress("prompt", done, total) as reading:
                return f"reading the prompt: {done:.0f} of {total:.0f} tokens, {_time_left(reading, seconds)}"
        if self.first_token is None:
            return f"starting, {seconds:.0f} s"
        making = max(1e-9, time.monotonic() - self.first_token)
        thinking = "thinking" if self.is_thinking else ""
        parts = [thinking, self.model, f"{self.tokens} tokens", f"{self.tokens / making:.1f} tokens/s"]
        return " · ".join(part for part in parts if part)


def _time_left(reading: Progress, seconds: float) -> str:
    """How long the rest of the prompt takes at the speed until now; how long it took where no speed is known."""
    read = reading.done - reading.cached
    if read <= 0 or reading.time_ms <= 0:
        return f"{seconds:.0f} s"
    return f"{(reading.total - reading.done) * reading.time_ms / read / 1000:.0f} s left"


def demo_notice(pull: str, models: str) -> str:
    """The way to a real model, told once to who gets answers of the demo model; with the commands for it."""
    return (
        "The demo model answers: a tiny one that ships with ThreadRunner, to show how things work. For a real one: "
        f"`{pull} {EXAMPLE_REPO}`, or choose one that `{models}` lists."
    )


def answered_by(model: str, engine: str, *, is_demo: bool) -> str:
    """The model, and the engine where that is not our own runner: above all, whether it is on this machine."""
    model = "demo model" if is_demo else model
    return f"{model} through {engine}" if engine else model


def numbers_line(
    model: str,
    usage: Usage,
    timings: Timings,
    first_token_seconds: float | None,
    finish_reason: FinishReason | None,
    pace: float | None = None,
) -> str:
    """What an answer took: model, tokens, speed, time to the first token, how much of the prompt was in the cache."""
    parts = [model] if model else []
    if timings.predicted_n:
        parts.append(f"{timings.predicted_n} tokens")
        # The first of few tokens waits for no pace, which would make the answer look faster than it.
        rate = min(timings.predicted_per_second, pace) if pace else timings.predicted_per_second
        parts.append(f"{rate:.1f} tokens/s")
    if pace:
        parts.append(f"paced to {pace:g} tokens/s")
    if first_token_seconds is not None:
        parts.append(f"first token after {first_token_seconds:.2f} s")
    if usage.prompt_tokens:
        parts.append(f"{usage.cached_tokens} of {usage.prompt_tokens} prompt tokens warm")
    if finish_reason == "length":
        parts.append("ended at the token limit")
    return " · ".join(parts)
