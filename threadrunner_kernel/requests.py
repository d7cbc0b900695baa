"""What an engine is asked, out of JSON: everything is understood or refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from annotated_types import Len
from pydantic import ConfigDict, Strict, TypeAdapter, ValidationError

from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.messages import NEUTRAL_FIELDS, ChatRequest, Message
from threadrunner_kernel.serving import bad_request, clipped

T = TypeVar("T")

MOST_INPUTS = 2048
# What mirostat does in another way: asked for together they contradict.
NOT_WITH_MIROSTAT = ("top_k", "top_p", "min_p", "typical_p", "xtc_probability", "dynatemp_range")

Text = Annotated[str, Strict()]
Token = Annotated[int, Strict()]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingRequest:
    """The body of ``POST /v1/embeddings``: one text or several, as text or as tokens."""

    input: Text | Annotated[list[Text] | list[Token] | list[list[Token]], Len(1, MOST_INPUTS)]
    encoding_format: Literal["float", "base64"] = "float"

    @property
    def inputs(self) -> list[str | list[int]]:
        if isinstance(self.input, str):
            return [self.input]
        if isinstance(self.input[0], int):
            return [self.input]
        return list(self.input)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizeRequest:
    """The body of ``POST /tokenize`` (llama-server's)."""

    content: Text
    add_special: bool = False
    parse_special: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRequest:
    """The body of ``POST /apply-template`` (llama-server's)."""

    messages: tuple[Message, ...]


OTHER_REQUESTS: dict[str, Callable[..., Any]] = {
    "/v1/embeddings": EmbeddingRequest,
    "/tokenize": TokenizeRequest,
    "/apply-template": TemplateRequest,
}


def parse(kind: Callable[..., T], body: object) -> T:
    """A request of this kind from its JSON.

    Raises:
        BadRequest: naming the field that is unknown or does not fit.
    """
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    known = {name: value for name, value in body.items() if name not in NEUTRAL_FIELDS}
    try:
        request: T = _adapter(kind).validate_python(known)
    except ValidationError as exc:
        raise bad_request(exc, (f.name for f in fields(kind))) from exc  # type: ignore[arg-type]
    for name, value in known.items():
        _refuse_conversion(name, value, getattr(request, name))
    return request


def _refuse_conversion(name: str, given: object, read: object) -> None:
    """Refuse a switch or a number in words: pydantic reads ``"no"`` as false, and Python takes it for true."""
    if isinstance(given, dict) and isinstance(read, dict):
        for key, value in given.items():
            if not isinstance(value, dict):
                _refuse_conversion(f"{name}.{key}", value, read[key])
        return
    if type(given) is type(read) or not (isinstance(given, bool | str) or isinstance(read, bool | str)):
        return
    kind = "true or false" if isinstance(read, bool) else "a text" if isinstance(read, str) else "a number"
    raise BadRequest(f"{name} must be {kind}, not {clipped(repr(given))}.", param=name.partition(".")[0])


def check(path: str, body: object) -> None:
    """Refuse what no model can answer, so that none is loaded for it, and none unloaded.

    Raises:
        BadRequest: naming the field.
    """
    if path in OTHER_REQUESTS:
        parse(OTHER_REQUESTS[path], body)
        return
    chat = parse_generation(body, is_chat=path.endswith("/chat/completions"))
    refuse_contradictions(chat)
    schema_of(chat)


def parse_generation(body: object, *, is_chat: bool) -> ChatRequest:
    """A chat request, or one to continue a prompt.

    Raises:
        BadRequest: naming the field that is unknown or does not fit.
    """
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    body = dict(body)
    limit = body.pop("max_completion_tokens", None)
    if limit is not None:
        body["max_tokens"] = _limit(limit, body.get("max_tokens"), is_chat=is_chat)
    if isinstance(body.get("stop"), str):
        body["stop"] = [body["stop"]]
    needed, other = ("messages", "prompt") if is_chat else ("prompt", "messages")
    if body.get(other) is not None:
        raise BadRequest(f"{other}: this route takes {needed}.", param=other)
    if body.get(needed) is None:
        raise BadRequest(f"{needed} is missing.", param=needed)
    if is_chat and isinstance(body["messages"], list):
        body["messages"] = [_message(message) for message in body["messages"]]
    chat = parse(ChatRequest, body)
    texts = [message.content for message in chat.messages if message.role == "user"] if is_chat else [chat.prompt or ""]
    if not any(text.strip() for text in texts):
        raise BadRequest("The prompt is empty: write what the model should answer.", param=needed)
    if chat.stop is not None and not all(chat.stop):
        raise BadRequest("A stop text must not be empty.", param="stop")
    return chat


def _limit(limit: object, older: object, *, is_chat: bool) -> object:
    """The ``max_completion_tokens`` of a chat, which is the newer name of ``max_tokens``."""
    if not is_chat or older not in (None, limit):
        message = "max_completion_tokens is a chat's other name for max_tokens: give one of them."
    elif isinstance(limit, bool) or not isinstance(limit, int | float):
        message = "max_completion_tokens must be a whole number."
    else:
        return limit
    raise BadRequest(message, param="max_completion_tokens")


def _message(message: object) -> object:
    """A message as OpenAI's clients may write it: a text in parts, the system as developer, fields without a value."""
    if not isinstance(message, dict):
        return message
    message = {name: value for name, value in message.items() if value is not None}
    if message.get("role") == "developer":
        message["role"] = "system"
    content = message.get("content")
    if isinstance(content, list) and all(isinstance(part, dict) and _is_text(part) for part in content):
        message["content"] = "".join(part["text"] for part in content)
    return message


def _is_text(part: dict[str, Any]) -> bool:
    return part.keys() == {"type", "text"} and part["type"] == "text" and isinstance(part["text"], str)


def refuse_contradictions(request: ChatRequest) -> None:
    """Refuse what contradicts itself.

    Raises:
        BadRequest: naming the parameter.
    """
    for name in NOT_WITH_MIROSTAT:
        if request.mirostat and getattr(request, name):
            raise BadRequest(f"{name} has no effect with mirostat: leave out one of the two.", param=name)
    asked = [name for name in ("grammar", "json_schema") if getattr(request, name) is not None]
    if request.response_format and request.response_format.get("type") != "text":
        asked.append("response_format")
    if len(asked) > 1:
        raise BadRequest(f"{' and '.join(asked)} contradict each other: leave one.", param=asked[-1])
    if request.top_logprobs and not request.logprobs:
        raise BadRequest("top_logprobs needs logprobs: true.", param="top_logprobs")


def schema_of(request: ChatRequest) -> dict[str, Any] | None:
    """The JSON schema that an answer must fit, however the request says it.

    Raises:
        BadRequest: a response format that is not known, or without its schema.
    """
    form = request.response_format or {"type": "text"}
    match form.get("type"):
        case "json_object":
            return form.get("schema") or {"type": "object"}
        case "json_schema":
            schema = (form.get("json_schema") or {}).get("schema")
            if not isinstance(schema, dict):
                raise BadRequest("response_format.json_schema.schema is missing.", param="response_format")
            return schema
        case "text":
            return request.json_schema
        case other:
            raise BadRequest(f"response_format: there is no type {other!r}.", param="response_format")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    kind.__pydantic_config__ = ConfigDict(extra="forbid")
    return TypeAdapter(kind)
