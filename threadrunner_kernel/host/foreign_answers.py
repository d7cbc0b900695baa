"""A generation by an engine that is not ours: its stream read back into our events, with numbers it does not give."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from threadrunner_kernel.answers import streamed_answer, whole_answer
from threadrunner_kernel.errors import ThreadRunnerError, Unavailable
from threadrunner_kernel.host.dialects import Dialect
from threadrunner_kernel.messages import (
    ChatRequest,
    ChunkHead,
    Event,
    Timings,
    TokenLogprob,
    Usage,
    event_from_chunk,
)
from threadrunner_kernel.requests import parse_generation, refuse_contradictions
from threadrunner_kernel.token_rate import TokenRate

LARGEST_LINE_BYTES = 16_000_000


async def ask(
    client: httpx2.AsyncClient,
    dialect: Dialect,
    path: str,
    body: dict[str, Any],
    head: ChunkHead,
    rate: TokenRate | None = None,
) -> AsyncGenerator[bytes]:
    """The parts of the answer as our own runner would send them; its texts, a token each, are noted in ``rate``.

    Raises:
        httpx2.TransportError: the connection broke.
        ThreadRunnerError: refused by us or by the engine.
    """
    if not path.endswith("/completions"):
        yield await _post(client, dialect, path, body, head)
        return
    chat = parse_generation(body, is_chat=head.is_chat)
    refuse_contradictions(chat)
    async with aclosing(events(client, dialect, path, chat, rate)) as coming:
        if not chat.stream:
            yield json.dumps(await whole_answer(head, chat.n or 1, coming)).encode()
            return
        async for part in streamed_answer(head, chat, coming):
            yield part


async def _post(
    client: httpx2.AsyncClient, dialect: Dialect, path: str, body: dict[str, Any], head: ChunkHead
) -> bytes:
    response = await client.post(dialect.path(path), json=dialect.body(path, body))
    if response.status_code != 200:
        raise dialect.error(response.status_code, _json(response.content))
    answer = _json(response.content)
    if not isinstance(answer, dict):
        raise Unavailable(f"The engine answers {path} with something that is not JSON.")
    if "model" in answer:
        answer["model"] = head.model
    return json.dumps(answer).encode()


async def events(
    client: httpx2.AsyncClient, dialect: Dialect, path: str, chat: ChatRequest, rate: TokenRate | None = None
) -> AsyncGenerator[Event]:
    """The events of a generation; the last has usage and timings. Closing it closes the connection, which cancels."""
    reading = Reading(chat)
    async with client.stream("POST", dialect.path(path), json=dialect.generation(chat)) as response:
        if response.status_code != 200:
            raise dialect.error(response.status_code, _json(await response.aread()))
        async for data in _data_lines(response.aiter_bytes()):
            if data == b"[DONE]":
                break
            chunk = _json(data)
            if not isinstance(chunk, dict):
                raise Unavailable("The engine sends something that is not JSON.")
            if "error" in chunk:
                raise _failure(dialect, chunk)
            before = reading.texts
            said = reading.take(chunk)
            if rate:
                rate.note(reading.texts - before)
            for event in said:
                yield event
    for event in reading.end():
        yield event


@dataclass
class Reading:
    """What is known of a stream until now. Times are ``time.monotonic`` seconds."""

    chat: ChatRequest
    began: float = field(default_factory=time.monotonic)
    first: float | None = None
    last: float = 0.0
    texts: int = 0
    finished: dict[int, Any] = field(default_factory=dict)
    usage: Usage | None = None
    timings: Timings | None = None
    pace: float | None = None

    def take(self, chunk: dict[str, Any]) -> list[Event]:
        """The events in a chunk, but for ends and numbers: these come at the end."""
        shared = event_from_chunk({**chunk, "choices": []})
        self.usage, self.timings = shared.usage or self.usage, shared.timings or self.timings
        self.pace = shared.pace if isinstance(shared.pace, int | float) else self.pace
        told = [Event(progress=shared.progress, notice=shared.notice)] if shared.progress or shared.notice else []
        return told + [event for choice in chunk.get("choices") or [] if (event := self._choice(choice))]

    def _choice(self, choice: dict[str, Any]) -> Event | None:
        index = int(choice.get("index") or 0)
        if choice.get("finish_reason"):
            self.finished[index] = choice["finish_reason"]
        said = event_from_chunk({"choices": [choice]})
        # DeepSeek's name for it and llama-server's is the first; OpenRouter's and Ollama's the second.
        reasoning = said.reasoning or (choice.get("delta") or {}).get("reasoning") or ""
        logprobs = _logprobs(choice.get("logprobs"), self.chat.top_logprobs or 0) if self.chat.logprobs else ()
        if not (said.text or reasoning or logprobs):
            return None
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.texts += 1
        return Event(text=said.text, reasoning=reasoning, index=index, logprobs=logprobs)

    def end(self) -> list[Event]:
        """The ends of all answers; the last one's has the numbers, counted and measured where the engine gave none.

        Raises:
            Unavailable: the stream ended in mid-answer.
        """
        count = self.chat.n or 1
        if len(self.finished) < count:
            raise Unavailable("The engine ended its stream in the middle of the answer: ask again.")
        usage = self.usage or Usage(0, self.texts)
        if count > 1:  # llama.cpp's server counts the last answer only
            usage = replace(usage, completion_tokens=max(usage.completion_tokens, self.texts))
        ends = [Event(finish_reason=self.finished[index], index=index) for index in sorted(self.finished)]
        timings = self.timings or self._measured(usage)
        return [*ends[:-1], replace(ends[-1], usage=usage, timings=timings, pace=self.pace)]

    def _measured(self, usage: Usage) -> Timings:
        first = self.first or time.monotonic()
        return Timings(
            prompt_n=max(0, usage.prompt_tokens - usage.cached_tokens),
            prompt_ms=1000 * (first - self.began),
            predicted_n=usage.completion_tokens,
            predicted_ms=1000 * max(0.0, self.last - first),
            cache_n=usage.cached_tokens,
        )


def _logprobs(body: Any, top: int) -> tuple[TokenLogprob, ...]:
    content = body.get("content") if isinstance(body, dict) else None
    return tuple(
        TokenLogprob(
            token["token"],
            token["logprob"],
            tuple(TokenLogprob(other["token"], other["logprob"]) for other in (token.get("top_logprobs") or [])[:top]),
        )
        for token in content or []
    )


def _failure(dialect: Dialect, chunk: dict[str, Any]) -> ThreadRunnerError:
    """An error in mid-stream: its status is inside, if anywhere."""
    error = chunk["error"] if isinstance(chunk["error"], dict) else {"message": str(chunk["error"])}
    status = next((value for key in ("status", "code") if isinstance(value := error.get(key), int)), 503)
    return dialect.error(status, {"error": error})


async def _data_lines(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The ``data:`` of a stream of events. Only ``\\n`` ends a line: a JSON text may have others of Unicode's."""
    rest = b""
    async for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        if len(rest) > LARGEST_LINE_BYTES:
            raise Unavailable("The engine sends a line without an end.")
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].strip()
    if rest.startswith(b"data:"):
        yield rest[5:].strip()


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")
