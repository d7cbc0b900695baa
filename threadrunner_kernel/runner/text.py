"""From token bytes to text that may be shown: whole characters only, and never a part of a stop string."""

from __future__ import annotations

import codecs


class TextAssembler:
    """Text from pieces of bytes. What could be the beginning of a stop string is held back until it is known."""

    def __init__(self, stop: tuple[str, ...] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = stop
        self._held = ""
        self.is_stopped = False

    def feed(self, piece: bytes) -> str:
        """The text that is certain now; after a stop string ``is_stopped``, and what came before it."""
        return self._release(self._decoder.decode(piece))

    def finish(self) -> str:
        """What was held back, once no more comes; an unfinished character becomes U+FFFD."""
        if self.is_stopped:
            return ""
        text = self._release(self._decoder.decode(b"", final=True))
        rest, self._held = self._held, ""
        return text + ("" if self.is_stopped else rest)

    def _release(self, text: str) -> str:
        self._held += text
        # The one that is complete first, as if the text came letter by letter; of two, the longer.
        found = [(at + len(word), at) for word in self._stop if (at := self._held.find(word)) >= 0]
        if found:
            self.is_stopped = True
            certain, self._held = self._held[: min(found)[1]], ""
            return certain
        keep = max((_overlap(self._held, word) for word in self._stop), default=0)
        cut = len(self._held) - keep
        certain, self._held = self._held[:cut], self._held[cut:]
        return certain


def _overlap(text: str, word: str) -> int:
    """Length of the longest end of ``text`` that begins ``word``."""
    return next((n for n in range(min(len(text), len(word) - 1), 0, -1) if word.startswith(text[-n:])), 0)
