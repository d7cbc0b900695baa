"""The runner's HTTP application: health with the load's progress, and chat completions from the engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import ConfigDict, TypeAdapter, ValidationError

from threadrunner_kernel.errors import BadRequest, ThreadRunnerError, Unavailable
from threadrunner_kernel.messages import ChatRequest, ChunkHead, Event, TokenLogprob, Usage
from threadrunner_kernel.runner.engine import Engine, Generation
from threadrunner_kernel.serving import (
    DONE,
    Guard,
    bad_request,
    event_stream,
    install_error_handlers,
    sse,
    unless_disconnected,
)

# Fields of OpenAI's API that change nothing in an answer.
NEUTRAL = ("user", "metadata", "store")


def make_app(engine: Engine, token: str | None) -> Guard:
    app = FastAPI(title="ThreadRunner runner", openapi_url=None)
    install_error_handlers(app)

    @app.get("/health")
    async def health() -> Response:
        match engine.state:
            case "ready":
                return JSONResponse({"status": "ok", "active": engine.active})
            case "failed":
                assert engine.failure is not None
                return JSONResponse({"status": "failed", **engine.failure.to_wire()}, 503)
            case _:
                return JSONResponse({"status": "loading", "progress": engine.progress}, 503)

    @app.post("/v1/chat/completions")
    async def chat_completions(request: Request) -> Response:
        try:
            body = await request.json()
        except ValueError as exc:
            raise BadRequest("The body is not JSON.") from exc
        chat = parse_request(body)
        if engine.state != "ready":
            raise Unavailable("The model is still loading.")
        # The host's name for the generation is the one that a client can stop it by.
        id = request.headers.get("X-Request-Id") or f"chatcmpl-{time.time_ns():x}"
        if chat.stream:
            return await event_stream(request, _stream(engine, chat, id), wait_for_first=not chat.return_progress)
        return JSONResponse(await unless_disconnected(request, _answer(engine, chat, id)))

    return Guard(app, token)


def parse_request(body: object) -> ChatRequest:
    """A chat request from its JSON.

    Raises:
        BadRequest: naming the field that is unknown or does not fit.
    """
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    body = dict(body)
    if body.get("max_completion_tokens") is not None:
        body.setdefault("max_tokens", body["max_completion_tokens"])
    body.pop("max_completion_tokens", None)
    if isinstance(body.get("stop"), str):
        body["stop"] = [body["stop"]]
    for name in NEUTRAL:
        body.pop(name, None)
    try:
        chat = _adapter().validate_python(body)
    except ValidationError as exc:
        raise bad_request(exc) from exc
    if not chat.messages or not any(message.content.strip() for message in chat.messages if message.role == "user"):
        raise BadRequest("The prompt is empty: write what the model should answer.", param="messages")
    if chat.stop is not None and not all(chat.stop):
        raise BadRequest("A stop text must not be empty.", param="stop")
    return chat


@lru_cache(1)
def _adapter() -> TypeAdapter[ChatRequest]:
    ChatRequest.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
    return TypeAdapter(ChatRequest)


async def _events(engine: Engine, chat: ChatRequest) -> AsyncIterator[Event]:
    """The events of a request's generations (``n`` of them); whoever stops reading cancels them.

    The prompt is read once and counts once; the last event has the usage of all.
    """
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[Event | ThreadRunnerError | None] = asyncio.Queue()
    generations = [Generation(chat, lambda event: _call_soon(loop, events, event), n) for n in range(chat.n or 1)]
    usage = Usage()
    try:
        for generation in generations:
            engine.submit(generation)
        left = len(generations)
        while left:
            event = await events.get()
            if isinstance(event, ThreadRunnerError):
                raise event
            if event is None:
                continue
            if event.usage is not None:
                left -= 1
                usage = _sum(usage, event.usage)
                event = replace(event, usage=usage) if not left else replace(event, usage=None, timings=None)
            yield event
    finally:
        for generation in generations:
            engine.cancel(generation)


def _sum(first: Usage, second: Usage) -> Usage:
    cached = second.cached_tokens if not first.prompt_tokens else first.cached_tokens
    return Usage(second.prompt_tokens, first.completion_tokens + second.completion_tokens, cached)


def _call_soon(loop: asyncio.AbstractEventLoop, events: asyncio.Queue[Any], event: Any) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(events.put_nowait, event)


async def _stream(engine: Engine, chat: ChatRequest, id: str) -> AsyncIterator[bytes]:
    assert engine.info is not None
    head = ChunkHead(id, engine.info.name, int(time.time()))
    async for event in _events(engine, chat):
        if event.progress is None or chat.return_progress:
            yield sse(head.chunk(event))
    yield DONE


async def _answer(engine: Engine, chat: ChatRequest, id: str) -> dict[str, Any]:
    """The whole answer as a ``chat.completion``."""
    assert engine.info is not None
    choices = [Choice(index) for index in range(chat.n or 1)]
    last = Event()
    async for last in _events(engine, chat):
        choices[last.index].take(last)
    assert last.usage is not None
    assert last.timings is not None
    return {
        "id": id,
        "object": "chat.completion",
        "created": int(time.time()),
        "model": engine.info.name,
        "choices": [choice.to_wire() for choice in choices],
        "usage": last.usage.to_wire(),
        "timings": last.timings.to_wire(),
    }


@dataclass
class Choice:
    """One of a request's answers, as it is put together."""

    index: int
    text: str = ""
    finish_reason: str | None = None
    logprobs: tuple[TokenLogprob, ...] = ()

    def take(self, event: Event) -> None:
        self.text += event.text
        self.logprobs += event.logprobs
        self.finish_reason = event.finish_reason or self.finish_reason

    def to_wire(self) -> dict[str, Any]:
        message = {"role": "assistant", "content": self.text}
        body = {"index": self.index, "message": message, "finish_reason": self.finish_reason}
        if self.logprobs:
            body["logprobs"] = {"content": [token.to_wire() for token in self.logprobs]}
        return body
