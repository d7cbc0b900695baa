"""The OpenAPI document of the host: each route with what it is asked, what it answers and how it fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from threadrunner_kernel import __version__
from threadrunner_kernel.host import answers, questions
from threadrunner_kernel.messages import ChatRequest

REFERENCE = "#/components/schemas/{model}"
EVENT = {"type": "object", "properties": {"data": {"type": "string", "description": "a chunk as JSON, or [DONE]"}}}
EVENTS = {"text/event-stream": {"schema": EVENT}}
TEXT = {"text/plain": {"schema": {"type": "string"}}}
HTML = {"text/html": {"schema": {"type": "string"}}}

HI = [{"role": "user", "content": "Why is the sky blue?"}]
EXAMPLES: dict[str, dict[str, Any]] = {
    "Chat": {"messages": HI, "max_tokens": 200},
    "Completion": {"prompt": "Once upon a time", "max_tokens": 200},
    "RunPromptRequest": {"prompt": "Why is the sky blue?", "max_tokens": 200},
    "TemplateRequest": {"messages": HI},
    "TokenizeRequest": {"content": "Why is the sky blue?"},
}

# Refused at the door, before any route.
ALWAYS = (401, 403, 408, 413, 429, 503)
FAILURES = {
    400: "The request does not fit, or its prompt is longer than the context.",
    401: "The token is missing or wrong.",
    403: "A foreign Host or Origin, or nothing for a served port.",
    404: "There is no such model.",
    405: "The route has other methods.",
    408: "The request was not complete in time, or its answer not within the port's limit.",
    413: "The body is too large.",
    429: "Too many requests wait already.",
    499: "Somebody stopped the generation.",
    503: "The model cannot be loaded or fetched, its runner died, or the host is leaving.",
}


@dataclass(frozen=True, slots=True)
class Described:
    """One route: ``content`` is what it answers beside or instead of the ``answer``, by media type."""

    answer: type[BaseModel] | None = None
    asked: type[BaseModel] | str | None = None
    content: dict[str, Any] | None = None
    failures: tuple[int, ...] = ()
    query: tuple[tuple[str, dict[str, Any]], ...] = ()
    is_body_needed: bool = True


MAKING = (400, 404, 499)
LEASE_QUERY = (
    ("pid", {"type": "integer"}),
    ("name", {"type": "string"}),
    ("port", {"type": "integer", "minimum": 0, "maximum": 65535}),
    ("is_token_needed", {"type": "boolean", "default": True}),
    ("time_limit_seconds", {"type": "number", "minimum": 0, "default": 0}),
)
ROUTES: dict[tuple[str, str], Described] = {
    ("GET", "/v1/models"): Described(answers.ModelList),
    ("GET", "/v1/models/{name}"): Described(answers.ListedModel, failures=(400, 404)),
    ("POST", "/v1/chat/completions"): Described(answers.ChatCompletion, "Chat", EVENTS, MAKING),
    ("POST", "/v1/completions"): Described(answers.TextCompletion, "Completion", EVENTS, MAKING),
    ("POST", "/v1/embeddings"): Described(answers.EmbeddingList, questions.EmbeddingsRequest, failures=MAKING),
    ("POST", "/tokenize"): Described(answers.Tokens, questions.TokenizeRequest, failures=MAKING),
    ("POST", "/apply-template"): Described(answers.Prompt, questions.TemplateRequest, failures=MAKING),
    ("POST", "/models/pull"): Described(answers.PulledModel, questions.PullRequest, EVENTS, MAKING),
    ("POST", "/models/load"): Described(answers.LoadAnswer, questions.LoadRequest, EVENTS, MAKING),
    ("POST", "/models/unload"): Described(answers.Done, questions.UnloadRequest, failures=(400, 404)),
    ("POST", "/load_model"): Described(answers.LoadAnswer, questions.LoadModelRequest, EVENTS, MAKING),
    ("POST", "/run_prompt"): Described(None, "RunPromptRequest", TEXT, MAKING),
    ("POST", "/stop"): Described(answers.Stopped, questions.StopRequest, failures=(400,), is_body_needed=False),
    ("GET", "/health"): Described(answers.Health),
    ("GET", "/status"): Described(answers.Status),
    ("GET", "/metrics"): Described(content=TEXT),
    ("GET", "/lease"): Described(content=EVENTS, failures=(400,), query=LEASE_QUERY),
    ("POST", "/shutdown"): Described(answers.Stopped),
    ("GET", "/docs"): Described(content=HTML),
    ("GET", "/openapi.json"): Described(content={"application/json": {"schema": {"type": "object"}}}),
}


def document(routers: Iterable[APIRouter]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these routes; one that is not described has its failures only."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes_of(routers):
        path = route.path_format
        for method in sorted(route.methods or ()):
            described = ROUTES.get((method, path), Described())
            paths.setdefault(path, {})[method.lower()] = _operation(route, described)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ThreadRunner",
            "version": __version__,
            "description": "Local language models for the programs of this machine. Errors have OpenAI's shape.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def routes_of(routers: Iterable[APIRouter]) -> Iterator[APIRoute]:
    for router in routers:
        yield from (route for route in router.routes if isinstance(route, APIRoute) and route.include_in_schema)


def _schemas() -> dict[str, Any]:
    asked = {d.asked for d in ROUTES.values() if isinstance(d.asked, type)} | {questions.ChatMessage}
    answered = {d.answer for d in ROUTES.values() if d.answer} | {answers.Error}
    models = [*((model, "validation") for model in asked), *((model, "serialization") for model in answered)]
    _, whole = models_json_schema(sorted(models, key=lambda m: m[0].__name__), ref_template=REFERENCE)  # type: ignore[arg-type]
    schemas: dict[str, Any] = dict(whole["$defs"])
    generation = TypeAdapter(ChatRequest).json_schema(ref_template=REFERENCE)
    schemas |= generation.pop("$defs", {})
    schemas["Chat"] = questions.generation_schema(generation, is_chat=True)
    schemas["Completion"] = questions.generation_schema(generation, is_chat=False)
    schemas["RunPromptRequest"] = questions.run_prompt_schema(generation)
    return dict(sorted(schemas.items()))


def _operation(route: APIRoute, described: Described) -> dict[str, Any]:
    summary, _, rest = (route.description or route.name).partition("\n")
    content = dict(described.content or {})
    if described.answer:
        content = {"application/json": _schema(described.answer.__name__), **content}
    failures = sorted({*ALWAYS, *described.failures})
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": summary.strip().rstrip("."),
        "responses": {
            "200": {"description": "Done.", "content": content},
            **{str(status): _failure(status) for status in failures},
        },
    }
    if rest.strip():
        operation["description"] = rest.strip()
    if described.asked:
        name = described.asked if isinstance(described.asked, str) else described.asked.__name__
        content = _schema(name) | ({"example": EXAMPLES[name]} if name in EXAMPLES else {})
        body = {"required": described.is_body_needed, "content": {"application/json": content}}
        operation["requestBody"] = body
    parameters = [_parameter(name, "query", schema) for name, schema in described.query]
    parameters += [_parameter(field.name, "path", {"type": "string"}) for field in route.dependant.path_params]
    return {**operation, **({"parameters": parameters} if parameters else {})}


def _schema(name: str) -> dict[str, Any]:
    return {"schema": {"$ref": REFERENCE.format(model=name)}}


def _failure(status: int) -> dict[str, Any]:
    return {"description": FAILURES[status], "content": {"application/json": _schema("Error")}}


def _parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}
