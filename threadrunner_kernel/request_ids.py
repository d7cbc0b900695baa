"""How log lines belong together: the id of a request, from its client through the host to a runner, and its facts."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar

ID_HEADER = "X-Request-Id"
# A generation's own: a client stops it by that, and may have called several requests by one name.
GENERATION_HEADER = "X-ThreadRunner-Generation"
NOBODY = "-"

request_id: ContextVar[str] = ContextVar("request_id", default=NOBODY)


@contextlib.contextmanager
def on_behalf_of(id: str) -> Iterator[None]:
    """Within the block what is logged belongs to this request."""
    token = request_id.set(id)
    try:
        yield
    finally:
        request_id.reset(token)


def log_words(facts: Mapping[str, object]) -> str:
    """Facts as a log line has them: ``name=value``, of which each stays one word."""
    return " ".join(f"{name}={_word(str(value))}" for name, value in facts.items())


def _word(text: str) -> str:
    return text if re.fullmatch(r"[^\s\"=]+", text) else json.dumps(text)
