"""An answer in the making, as every face shows it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from threadrunner_kernel.messages import Event, Progress


@dataclass
class Live:
    """What is known of an answer until now. Times are ``time.monotonic`` seconds."""

    model: str = ""
    text: str = ""
    reasoning: str = ""
    tokens: int = 0
    progress: Progress | None = None
    notices: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    first_token: float | None = None

    def take(self, event: Event) -> None:
        if event.text:
            self.first_token = self.first_token or time.monotonic()
            self.text += event.text
            self.tokens += 1
            self.progress = None
        if event.progress:
            self.progress = event.progress
        if event.notice:
            self.notices.append(event.notice)

    def state(self) -> str:
        """One line for people: what is going on right now."""
        seconds = time.monotonic() - self.began
        match self.progress:
            case Progress("load", done):
                return f"loading {self.model or 'the model'}: {100 * done:.0f} %, {seconds:.0f} s"
            case Progress("queue", place):
                return f"waiting: place {place:.0f} in the queue, {seconds:.0f} s"
            case Progress("prompt", done, total):
                return f"reading the prompt: {done:.0f} of {total:.0f} tokens, {seconds:.0f} s"
        if self.first_token is None:
            return f"starting, {seconds:.0f} s"
        making = max(1e-9, time.monotonic() - self.first_token)
        parts = [self.model, f"{self.tokens} tokens", f"{self.tokens / making:.1f} tokens/s"]
        return " · ".join(part for part in parts if part)
