"""What the host is asked, for the OpenAPI document; the routes and the runner read the bodies themselves."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Len
from pydantic import BaseModel, Field, TypeAdapter

from threadrunner_kernel.config import KvType
from threadrunner_kernel.messages import NEUTRAL_FIELDS, Message

KeepAlive = Annotated[float, Ge(-1)] | str | None


class _Asked(BaseModel):
    """What every request to a model has; without a model the host's own is meant."""

    model: str | None = Field(None, description="a name of `GET /v1/models`, or a path")
    engine: str | None = Field(None, description="auto, llama-cpp-python, llama-server, openai or dummy")
    keep_alive: KeepAlive = Field(None, description='seconds, or "5m"; -1 for ever, 0 not at all')


class StopRequest(BaseModel):
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


class PullRequest(BaseModel):
    model: str = Field(description="ORG/REPO, or ORG/REPO:QUANTISATION")
    stream: bool | None = Field(None, description="an event stream with the progress")


class UnloadRequest(_Asked):
    pass


class RunPromptRequest(_Asked):
    prompt: str
    stream: bool = False
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None


class EmbeddingsRequest(_Asked):
    input: str | Annotated[list[str] | list[int] | list[list[int]], Len(1, 2048)]
    encoding_format: Literal["float", "base64"] = "float"


class TokenizeRequest(_Asked):
    content: str
    add_special: bool = False
    parse_special: bool = True


class TextPart(BaseModel):
    type: Literal["text"]
    text: str


class ChatMessage(BaseModel):
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
    # One text is as good as a list of them, and a time may be written as Ollama's users do.
    properties["stop"] = {"anyOf": [{"type": "string"}, *properties["stop"]["anyOf"]], "title": "Stop"}
    properties["keep_alive"] = TypeAdapter(KeepAlive).json_schema()
    properties |= {name: {"description": "changes nothing"} for name in NEUTRAL_FIELDS}
    return {"type": "object", "properties": properties, "required": [needed], "additionalProperties": False}
