"""The routes of the systems this one descends from: load a model by its path, run a prompt, get plain text."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from threadrunner_kernel.errors import BadRequest, ThreadRunnerError, from_wire
from threadrunner_kernel.host.control_routes import load_as_asked
from threadrunner_kernel.host.openai_routes import generation_for, json_body
from threadrunner_kernel.host.questions import NOT_IN_PLAIN_TEXT, LoadModelRequest, read
from threadrunner_kernel.messages import event_from_chunk
from threadrunner_kernel.serving import unless_disconnected

logger = logging.getLogger("threadrunner.host")
router = APIRouter()


@router.post("/load_model")
async def load_model(request: Request) -> Response:
    """Make a model ready, by its ``path`` or as ``model``; with ``stream`` an event stream with its progress."""
    body = await json_body(request)
    read(LoadModelRequest, {**body, "keep_alive": None})  # a time has a sentence of its own
    path = body.pop("path", None)
    if path is None:
        return await load_as_asked(request, body)
    if body.get("model") is not None:
        raise BadRequest("Name the model by path or by model, not by both.", param="path")
    # The host's own folder is not the caller's.
    if not path.startswith(("/", "~")):
        raise BadRequest("path must be an absolute path; a name goes into model.", param="path")
    return await load_as_asked(request, {**body, "model": path})


@router.post("/run_prompt")
async def run_prompt(request: Request) -> Response:
    """The answer to ``prompt`` as plain text, with ``stream`` as it is made; further fields are those of a chat."""
    body = await json_body(request)
    prompt = body.pop("prompt", None)
    if not isinstance(prompt, str):
        raise BadRequest("prompt is missing: it must be a text.", param="prompt")
    _refuse_what_no_text_can_say(body)
    is_streamed = body.pop("stream", False)
    if not isinstance(is_streamed, bool):
        raise BadRequest("stream must be true or false.", param="stream")
    if body.get("model") is None and body.get("engine") is None and (name := _last_used(request)):
        body["model"] = name
    body["messages"] = [{"role": "user", "content": prompt}]
    state = request.app.state.host
    if not is_streamed:
        generation = await generation_for(request, body, "/v1/chat/completions")
        answer = await unless_disconnected(request, state.relay.answer(generation))
        state.metrics.answer(generation.ref.name, answer)
        return PlainTextResponse(answer["choices"][0]["message"]["content"])
    generation = await generation_for(request, {**body, "stream": True}, "/v1/chat/completions")
    texts = _texts(state.metrics.counting(generation.ref.name, state.relay.stream(generation)))
    first = await unless_disconnected(request, anext(texts, ""))
    return _TextStream(first, texts)


def _refuse_what_no_text_can_say(body: dict[str, Any]) -> None:
    if body.get("messages") is not None:
        raise BadRequest("messages: this route takes prompt.", param="messages")
    for name in NOT_IN_PLAIN_TEXT:
        if body.get(name) not in (None, False) and (name, body[name]) != ("n", 1):
            message = f"A plain text has no place for {name}: use /v1/chat/completions."
            raise BadRequest(message, param=name)


def _last_used(request: Request) -> str | None:
    """The model that ``/load_model`` or a prompt has used last, where no setting names one."""
    state = request.app.state.host
    if state.settings.model is not None or state.settings.engine == "dummy":
        return None
    loaded = [record for record in state.table.snapshot() if record.state == "ready"]
    if not loaded:
        return None
    ref = max(loaded, key=lambda record: record.last_used).ref
    return str(ref.path) if ref.path else ref.name


async def _texts(parts: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """The texts in a stream's events, which may be cut anywhere.

    Raises:
        ThreadRunnerError: the one that the stream ends with.
    """
    rest = b""
    async with contextlib.aclosing(parts):  # type: ignore[type-var]
        async for part in parts:
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                if line.startswith(b"data: {") and (text := _text(json.loads(line[6:]))):
                    yield text


def _text(chunk: dict[str, Any]) -> str:
    if "error" in chunk:
        raise from_wire(chunk, chunk["error"].get("status", 500))
    return event_from_chunk(chunk).text


class _TextStream(StreamingResponse):
    """A text as it is made. One that fails half-way ends without its proper end: a plain text cannot say more."""

    def __init__(self, first: str, texts: AsyncIterator[str]) -> None:
        super().__init__(texts, media_type="text/plain")
        self._first = first

    async def stream_response(self, send: Any) -> None:
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(head)
        await send({"type": "http.response.body", "body": self._first.encode(), "more_body": True})
        try:
            async for text in self.body_iterator:
                assert isinstance(text, str)
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        except ThreadRunnerError as exc:
            logger.warning("a plain text was left incomplete: %s", exc.message)
            return
        await send({"type": "http.response.body"})
