"""The runner's HTTP application: health with the load's progress, and what the engine is asked."""

from __future__ import annotations

import asyncio
import base64
import logging
import struct
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from threadrunner_kernel.answers import streamed_answer, whole_answer
from threadrunner_kernel.errors import BadRequest, ThreadRunnerError, Unavailable
from threadrunner_kernel.messages import ChatRequest, ChunkHead, Event, Usage, Vector
from threadrunner_kernel.request_ids import GENERATION_HEADER, ID_HEADER, NOBODY, log_words, on_behalf_of
from threadrunner_kernel.requests import (
    EmbeddingRequest,
    TemplateRequest,
    TokenizeRequest,
    parse,
    parse_generation,
)
from threadrunner_kernel.runner.engine import Backend, Engine, Generation, Task
from threadrunner_kernel.serving import Guard, event_stream, headers_of, install_error_handlers, unless_disconnected

T = TypeVar("T")
logger = logging.getLogger("threadrunner.runner")


class Traced:
    """Around an application: what is logged of a request has the id that the host gave it, and one line sums it up."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] == "/health":
            await self.app(scope, receive, send)
            return
        headers = headers_of(scope)
        facts: dict[str, object] = {"path": scope["path"], "status": "none"}
        if generation := headers.get(GENERATION_HEADER.lower()):
            facts["generation"] = generation
        began = time.monotonic()

        async def note(message: Any) -> None:
            if message["type"] == "http.response.start":
                facts["status"] = message["status"]
            await send(message)

        with on_behalf_of(headers.get(ID_HEADER.lower(), NOBODY)):
            try:
                await self.app(scope, receive, note)
            finally:
                logger.info("%s", log_words({**facts, "seconds": f"{time.monotonic() - began:.3f}"}))


def make_app(engine: Engine, token: str | None) -> Traced:
    app = FastAPI(title="ThreadRunner runner", openapi_url=None)
    install_error_handlers(app)

    @app.get("/health")
    async def health() -> Response:
        match engine.state:
            case "ready":
                assert engine.info is not None
                info = {"context": engine.info.context, "device": engine.info.device}
                work = {"queued": engine.queued, "tokens_per_second": round(engine.tokens_per_second, 2)}
                return JSONResponse({"status": "ok", "active": engine.active, **work, **info})
            case "failed":
                assert engine.failure is not None
                return JSONResponse({"status": "failed", **engine.failure.to_wire()}, 503)
            case _:
                return JSONResponse({"status": "loading", "progress": engine.progress}, 503)

    @app.post("/v1/chat/completions")
    async def chat_completions(request: Request) -> Response:
        return await _generate(engine, request, is_chat=True)

    @app.post("/v1/completions")
    async def completions(request: Request) -> Response:
        return await _generate(engine, request, is_chat=False)

    @app.post("/v1/embeddings")
    async def embeddings(request: Request) -> Response:
        asked = parse(EmbeddingRequest, await _body(request, engine))
        return JSONResponse(await unless_disconnected(request, _embeddings(engine, asked)))

    @app.post("/tokenize")
    async def tokenize(request: Request) -> Response:
        asked = parse(TokenizeRequest, await _body(request, engine))
        special = {"add_special": asked.add_special, "parse_special": asked.parse_special}
        tokens = await _call(engine, lambda backend, _: backend.tokenize(asked.content, **special))
        return JSONResponse({"tokens": tokens})

    @app.post("/apply-template")
    async def apply_template(request: Request) -> Response:
        asked = parse(TemplateRequest, await _body(request, engine))
        return JSONResponse({"prompt": await _call(engine, lambda backend, _: backend.render(asked.messages))})

    return Traced(Guard(app, token))


async def _body(request: Request, engine: Engine) -> Any:
    try:
        body = await request.json()
    except ValueError as exc:
        raise BadRequest("The body is not JSON.") from exc
    if engine.state != "ready":
        raise Unavailable("The model is still loading.")
    return body


async def _generate(engine: Engine, request: Request, *, is_chat: bool) -> Response:
    chat = parse_generation(await _body(request, engine), is_chat=is_chat)
    assert engine.info is not None
    # The host's name for the generation is the one that a client can stop it by.
    id = request.headers.get(GENERATION_HEADER) or f"chatcmpl-{time.time_ns():x}"
    head = ChunkHead(id, engine.info.name, int(time.time()), is_chat)
    if chat.stream:
        return await event_stream(
            request, streamed_answer(head, chat, _events(engine, chat)), wait_for_first=not chat.return_progress
        )
    answer = whole_answer(head, chat.n or 1, _events(engine, chat))
    return JSONResponse(await unless_disconnected(request, answer))


async def _call(engine: Engine, work: Callable[[Backend, Task], T], *, is_new: bool = True) -> T:
    """The result of ``work`` on the decode thread; whoever stops waiting cancels it."""
    task = Task(work)
    engine.submit_task(task, is_new=is_new)
    try:
        result: T = await asyncio.shield(asyncio.wrap_future(task.done))
    except asyncio.CancelledError:
        engine.cancel(task)
        raise
    return result


async def _embeddings(engine: Engine, asked: EmbeddingRequest) -> dict[str, Any]:
    """OpenAI's list of embeddings; made a few at a time, so that generations go on between."""
    inputs = await _call(engine, lambda backend, _: backend.read_inputs(asked.inputs))
    vectors: list[Vector] = []

    def embed_more(backend: Backend, task: Task) -> list[Vector]:
        return backend.embed(inputs[len(vectors) :], task.cancelled.is_set)

    while len(vectors) < len(inputs):
        vectors += await _call(engine, embed_more, is_new=False)
    tokens = sum(len(tokens) for tokens in inputs)
    assert engine.info is not None
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _encoded(vector, asked.encoding_format)}
            for index, vector in enumerate(vectors)
        ],
        "model": engine.info.name,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _encoded(vector: Vector, form: str) -> str | list[float]:
    if form == "base64":
        return base64.b64encode(vector).decode()
    return list(struct.unpack(f"<{len(vector) // 4}f", vector))


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
