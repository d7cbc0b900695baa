"""OpenAI's routes: what is passed through to a model's runner."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Strict, TypeAdapter, ValidationError

from threadrunner_kernel.client import LEASE_HEADER
from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.host.dialects import LlamaServerDialect
from threadrunner_kernel.host.engines import LLAMA_SERVER
from threadrunner_kernel.host.relay import Generation
from threadrunner_kernel.host.traffic import add_fact
from threadrunner_kernel.models import ModelRef
from threadrunner_kernel.requests import check, parse_generation
from threadrunner_kernel.serving import clipped, event_stream, unless_disconnected

router = APIRouter()
_seconds = TypeAdapter(Annotated[float, Strict()] | None)
DURATION = re.compile(r"(-?\d{1,9}(?:\.\d{1,9})?)([smh])")
LONGEST_NAME = 4096  # a path
NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?")
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600}


@router.post("/v1/chat/completions")
async def chat_completions(request: Request) -> Response:
    """One answer to a chat, streamed or whole; the model is loaded first if it is not."""
    return await _through_runner(request)


@router.post("/v1/completions")
async def completions(request: Request) -> Response:
    """The continuation of a prompt as it stands, without a chat template."""
    return await _through_runner(request)


@router.post("/v1/embeddings")
async def embeddings(request: Request) -> Response:
    """The embeddings of texts."""
    return await _through_runner(request)


@router.post("/tokenize")
async def tokenize(request: Request) -> Response:
    """The tokens of a text (llama-server's route)."""
    return await _through_runner(request)


@router.post("/apply-template")
async def apply_template(request: Request) -> Response:
    """The prompt that messages become (llama-server's route)."""
    return await _through_runner(request)


async def _through_runner(request: Request) -> Response:
    """What the model's runner says to this request."""
    state = request.app.state.host
    generation = await generation_for(request, await json_body(request), request.url.path)
    name = generation.ref.name
    if generation.body.get("stream"):
        parts = state.metrics.counting(name, state.relay.stream(generation))
        return await event_stream(request, parts, wait_for_first=not generation.wants_progress)
    answer = await unless_disconnected(request, state.relay.answer(generation))
    state.metrics.answer(name, answer)
    return JSONResponse(answer)


async def generation_for(request: Request, body: dict[str, Any], path: str) -> Generation:
    """What a runner is asked at ``path``; what is the host's business in the body is not the runner's.

    Raises:
        BadRequest: it does not fit, whatever the model: so none is loaded for it.
        ThreadRunnerError: there is no such model.
    """
    generation = Generation(
        ref=await find_model(request, body),
        body={name: value for name, value in body.items() if name not in ("model", "engine", "keep_alive")},
        keep_alive=keep_alive_of(body),
        lease=known_lease(request),
        path=path,
    )
    add_fact(request, model=generation.ref.name, generation=generation.id)
    check(path, generation.body)
    if generation.ref.engine == LLAMA_SERVER:  # what that engine cannot do is refused, too
        if path.endswith("/completions"):
            is_chat = path.endswith("/chat/completions")
            LlamaServerDialect().generation(parse_generation(generation.body, is_chat=is_chat))
        else:
            LlamaServerDialect().body(path, generation.body)
    return generation


async def json_body(request: Request) -> dict[str, Any]:
    """The body. Half a surrogate pair, which JSON can escape and UTF-8 cannot say, becomes a question mark."""
    try:
        text = json.dumps(await request.json(), ensure_ascii=False, allow_nan=False)
        body = json.loads(text.encode("utf-8", "replace"))
    except (ValueError, RecursionError) as exc:
        raise BadRequest("The body is not JSON.") from exc
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body


async def find_model(request: Request, body: dict[str, Any]) -> ModelRef:
    """The model that a body names: without ``model`` that of the host's settings, with ``null`` none is chosen."""
    state = request.app.state.host
    for name in ("model", "engine"):
        if not isinstance(body.get(name), str | None):
            raise BadRequest(f"{name} must be a text.", param=name)
    model = (body["model"] or None) if "model" in body else state.settings.model
    engine = body.get("engine") or state.settings.engine
    if max(len(model or ""), len(engine)) > LONGEST_NAME:
        raise BadRequest(f"No model and no engine has a name of more than {LONGEST_NAME} letters.", param="model")
    ref: ModelRef = await state.engines.resolve(model, engine)
    return ref


def keep_alive_of(body: dict[str, Any]) -> float | None:
    """Seconds, as a number or, as Ollama's users write them, as ``"90s"``, ``"5m"`` or ``"2h"``."""
    value = body.get("keep_alive")
    if isinstance(value, str) and (match := DURATION.fullmatch(value)):
        value = float(match[1]) * UNIT_SECONDS[match[2]]
    elif isinstance(value, str) and NUMBER.fullmatch(value):
        value = float(value)
    try:
        seconds = _seconds.validate_python(value)
    except ValidationError as exc:
        message = f"keep_alive must be seconds, or -1 for ever, not {clipped(repr(body['keep_alive']))}."
        raise BadRequest(message, param="keep_alive") from exc
    if seconds is not None and not -1 <= seconds < float("inf"):
        raise BadRequest("keep_alive must be seconds, or -1 for ever.", param="keep_alive")
    return seconds


def known_lease(request: Request) -> str | None:
    """The lease that a request is made under; one that has ended counts as none."""
    lease = request.headers.get(LEASE_HEADER)
    return lease if lease in request.app.state.host.leases.held else None
