"""How many tokens a second are made just now: by a runner, or by an engine that is not ours."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

# A number that people read changes with what they see: not with each token, nor long after.
WINDOW_SECONDS = 3.0
# A slow model makes less than one token in a window.
FEWEST_STEPS = 2
# Two tokens may come at once: that is no speed yet.
SHORTEST_SECONDS = 0.2


class TokenRate:
    """See the module. One thread notes, others may read. ``clock`` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._steps: deque[tuple[float, int]] = deque()

    def note(self, tokens: int) -> None:
        """So many have just been made, by all answers together."""
        if tokens:
            now = self._clock()
            with self._lock:
                self._steps.append((now, tokens))
                self._forget(now)

    def pause(self) -> None:
        """Nothing is being made any more."""
        if self._steps:
            with self._lock:
                self._steps.clear()

    def per_second(self) -> float:
        """0 while nothing is made. The first tokens only begin the time: how long they took is not known."""
        now = self._clock()
        with self._lock:
            self._forget(now)
            if len(self._steps) < FEWEST_STEPS:
                return 0.0
            seconds = now - self._steps[0][0]
            made = sum(tokens for _, tokens in self._steps) - self._steps[0][1]
        return made / seconds if seconds >= SHORTEST_SECONDS else 0.0

    def _forget(self, now: float) -> None:
        while len(self._steps) > FEWEST_STEPS and self._steps[0][0] < now - WINDOW_SECONDS:
            self._steps.popleft()
