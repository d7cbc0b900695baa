"""What the host is asked: its own routes read their bodies by these, and the OpenAPI document has them all.

What goes on to a model is read by ``requests.py``, here and in the runner alike.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from annotated_types import Ge, Le, Len
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from threadrunner_kernel.config import KvType
from threadrunner_kernel.messages import NEUTRAL_FIELDS, Message
from threadrunner_kernel.serving import bad_request

# A plain text has no place for them.
NOT_IN_PLAIN_TEXT = ("messages", "n", "return_progress", "logprobs", "top_logprobs", "stream_options")

Q = TypeVar("Q", bound="Question")

KeepAlive = Annotated[float, Ge(-1)] | str | None


class Question(BaseModel):
    """A body, of which every field is understood or refused by its name; ``"no"`` is no switch."""

    model_config = ConfigDict(extra="forbid", strict=True)


def read(kind: type[Q], body: dict[str, Any]) -> Q:
    """A question from its JSON.

    Raises:
        BadRequest: naming the field that is unknown or does not fit.
    """
    try:
        return kind.model_validate(body)
    except ValidationError as exc:
        raise bad_request(exc, kind.model_fields) from exc


class _OfModel(Question):
    """What every request to a model has; without a model the host's own is meant."""

    model: str | None = Field(None, description="a name of `GET /v1/models`, or a path")
    engine: str | None = Field(None, description="auto, llama-cpp-python, llama-server, openai or dummy")


class _Asked(_OfModel):
    keep_alive: KeepAlive = Field(None, description='seconds, or "5m"; -1 for ever, 0 not at all')


class StopRequest(Question):
    id: str | None = Field(None, description="of a generation; without it all are cancelled")


class LoadRequest(_Asked):
    stream: bool | None = Field(None, description="an event stream with the load's progress")
    context: Annotated[int, Ge(16), Le(2**31 - 1)] | None = Field(
        None, description="this model's, instead of the host's setting"
    )
    kv_type: KvType | None = Field(None, description="of its KV cache, instead of the host's setting")
    force: bool | None = Field(None, description="try it even if it does not fit into the memory")
    estimate: bool | None = Field(None, description="only reckon what it would take")


class LoadModelRequest(LoadRequest):
    path: str | None = Field(None, description="an absolute path, in place of a model")


class PullRequest(Question):
    model: str = Field(description="ORG/REPO, or ORG/REPO:QUANTISATION")
    stream: bool | None = Field(None, description="an event stream with the progress")


class UnloadRequest(_OfModel):
    pass


class EmbeddingsRequest(_Asked):
    input: str | Annotated[list[str] | list[int] | list[list[int]], Len(1, 2048)]
    encoding_format: Literal["float", "base64"] = "float"


class TokenizeRequest(_Asked):
    content: str
    add_special: bool = False
    parse_special: bool = True


class TextPart(Question):
    type: Literal["text"]
    text: str


class ChatMessage(Question):
    """``developer`` is ``system`` by another name."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]


class TemplateRequest(_Asked):
    messages: list[Message]


def generation_schema(whole: dict[str, Any], *, is_chat: bool) -> dict[str, Any]:
    """``ChatRequest``'s own schema as that of a chat, or of a prompt to continue."""
    needed, other = ("messages", "prompt") if is_chat else ("prompt", "messages")
    properties = {name: schema for name, schema in whole["properties"].items() if name != other}
    if is_chat:
        message = {"$ref": f"#/components/schemas/{ChatMessage.__name__}"}
        properties["messages"] = {"type": "array", "items": message, "minItems": 1}
        properties["max_completion_tokens"] = properties["max_tokens"]
    else:
        properties["prompt"] = {"type": "string", "title": "Prompt"}
    return _generation(properties, needed)


def run_prompt_schema(whole: dict[str, Any]) -> dict[str, Any]:
    """``ChatRequest``'s own schema as that of a prompt with a plain text for an answer."""
    properties = {name: schema for name, schema in whole["properties"].items() if name not in NOT_IN_PLAIN_TEXT}
    properties["prompt"] = {"type": "string", "title": "Prompt"}
    properties["max_completion_tokens"] = properties["max_tokens"]
    return _generation(properties, "prompt")


def _generation(properties: dict[str, Any], needed: str) -> dict[str, Any]:
    # One text is as good as a list of them, and a time may be written as Ollama's users do.
    properties["stop"] = {"anyOf": [{"type": "string"}, *properties["stop"]["anyOf"]], "title": "Stop"}
    properties["keep_alive"] = TypeAdapter(KeepAlive).json_schema()
    properties["engine"] = TypeAdapter(str | None).json_schema()
    properties |= {name: {"description": "changes nothing"} for name in NEUTRAL_FIELDS}
    return {"type": "object", "properties": properties, "required": [needed], "additionalProperties": False}
