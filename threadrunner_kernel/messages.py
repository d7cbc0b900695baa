"""What crosses the wire: a chat request, and the events of its stream.

The wire is OpenAI's chat completions API with llama-server's extensions (``timings``, ``return_progress`` /
``prompt_progress``); ours beside them are ``load_progress``, ``queue_progress``, ``notice``, ``engine`` and
``is_demo``, which only a request that says ``return_progress`` ever sees, and ``pace`` in the chunk of a paced
generation's end.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from threadrunner_kernel.bounds import Ge, Le
from threadrunner_kernel.config import Sampling, Settings, looks_like_path

# Counted up when two versions of the package could misunderstand each other. It is part of the host's socket's name.
WIRE_VERSION = 1

# Fields of OpenAI's API that change nothing in an answer.
NEUTRAL_FIELDS = ("user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key")

FinishReason = Literal["stop", "length"]
ProgressKind = Literal["load", "queue", "prompt"]
# What the model that ships with the package is called.
DEMO = "demo"
# An embedding: 32-bit floats, little-endian, as OpenAI's base64 form has them.
Vector = bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat: the role and the text."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest(Sampling):
    """The body of ``POST /v1/chat/completions``; with a ``prompt`` in place of messages that of ``/v1/completions``.

    A ``prompt`` is continued as it stands, without the chat template. ``model``, ``engine`` and ``keep_alive``
    (seconds) are the host's; the runner reads the rest. ``logit_bias`` goes by token id; ``grammar`` is GBNF
    (llama.cpp's grammars/README.md), ``json_schema`` and ``response_format`` become one.
    """

    messages: tuple[Message, ...] = ()
    prompt: str | None = None
    n: Annotated[int, Ge(1), Le(64)] | None = None
    logit_bias: dict[str, float] | None = None
    grammar: str | None = None
    json_schema: dict[str, Any] | None = None
    response_format: dict[str, Any] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Ge(0), Le(20)] | None = None
    model: str | None = None
    engine: str = "auto"
    keep_alive: float | None = None
    stream: bool = False
    stream_options: dict[str, bool] | None = None
    return_progress: bool = False

    @property
    def is_reproducible(self) -> bool:
        """Whether the same request must get the same tokens every time: seeded, or without randomness."""
        return self.seed is not None or self.temperature == 0

    def to_wire(self) -> dict[str, Any]:
        """The body. A ``model`` that is not chosen is said to be none: left out, it would be the host's own setting."""
        body = {f.name: getattr(self, f.name) for f in fields(self)}
        body["messages"] = [asdict(message) for message in self.messages] if self.prompt is None else None
        return {name: value for name, value in body.items() if value is not None or name == "model"}


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a request and its answer; ``cached_tokens`` of the prompt were in the cache already."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def to_wire(self) -> dict[str, Any]:
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.total_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens},
        }

    @classmethod
    def from_wire(cls, body: dict[str, Any]) -> Usage:
        details = body.get("prompt_tokens_details") or {}
        return cls(body.get("prompt_tokens", 0), body.get("completion_tokens", 0), details.get("cached_tokens", 0))


@dataclass(frozen=True, slots=True)
class Timings:
    """llama-server's ``timings``: tokens and milliseconds of reading the prompt and of making the answer."""

    prompt_n: int = 0
    prompt_ms: float = 0.0
    predicted_n: int = 0
    predicted_ms: float = 0.0
    cache_n: int = 0

    @property
    def prompt_per_second(self) -> float:
        return 1000 * self.prompt_n / self.prompt_ms if self.prompt_ms else 0.0

    @property
    def predicted_per_second(self) -> float:
        return 1000 * self.predicted_n / self.predicted_ms if self.predicted_ms else 0.0

    def to_wire(self) -> dict[str, Any]:
        rates = {"prompt_per_second": self.prompt_per_second, "predicted_per_second": self.predicted_per_second}
        return {key: round(value, 3) for key, value in {**asdict(self), **rates}.items()}

    @classmethod
    def from_wire(cls, body: dict[str, Any]) -> Timings:
        return cls(**{f.name: body[f.name] for f in fields(cls) if f.name in body})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something is that comes before the first token.

    ``load``: ``done`` of ``total`` = 1.0; ``queue``: ``done`` is the place, 1 the next; ``prompt``: ``done`` of
    ``total`` tokens are read, of which ``cached`` were in the cache already, in ``time_ms`` milliseconds.
    """

    kind: ProgressKind
    done: float
    total: float = 1.0
    cached: int = 0
    time_ms: float = 0.0

    def to_wire(self) -> dict[str, Any]:
        match self.kind:
            case "load":
                return {"load_progress": {"progress": round(self.done, 3)}}
            case "queue":
                return {"queue_progress": {"position": int(self.done)}}
            case "prompt":
                counts = {"total": int(self.total), "cache": self.cached, "processed": int(self.done)}
                return {"prompt_progress": {**counts, "time_ms": round(self.time_ms, 3)}}

    @classmethod
    def from_wire(cls, chunk: dict[str, Any]) -> Progress | None:
        if "load_progress" in chunk:
            return cls("load", chunk["load_progress"]["progress"])
        if "queue_progress" in chunk:
            return cls("queue", chunk["queue_progress"]["position"])
        if "prompt_progress" in chunk:
            body = chunk["prompt_progress"]
            return cls("prompt", body["processed"], body["total"], body.get("cache", 0), body.get("time_ms", 0.0))
        return None


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token as text, the natural logarithm of its probability, and the likeliest ones at its place."""

    token: str
    logprob: float
    top: tuple[TokenLogprob, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        body = {"token": self.token, "logprob": self.logprob, "bytes": list(self.token.encode())}
        return {**body, "top_logprobs": [other.to_wire() for other in self.top]} if self.top else body


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a generation, from the runner to the screen.

    ``reasoning`` is what the model thinks aloud before its answer (llama-server's ``reasoning_content``). ``model`` is
    the host's name for it, in events that come from a host. ``engine`` is what answers, where that is not our own
    runner; ``is_demo`` says that it is the model that ships with the package. ``pace`` is the most tokens a second that
    the generation gets, where that is held down.
    """

    text: str = ""
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    timings: Timings | None = None
    progress: Progress | None = None
    notice: str | None = None
    model: str | None = None
    engine: str | None = None
    is_demo: bool = False
    pace: float | None = None
    index: int = 0
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class ChunkHead:
    """What every chunk of one stream repeats. ``is_chat``: of a chat, else of a continued prompt."""

    id: str
    model: str
    created: int
    is_chat: bool = True

    def chunk(self, event: Event) -> dict[str, Any]:
        """The event as a ``chat.completion.chunk`` or a ``text_completion``."""
        delta = {"content": event.text} if event.text else {}
        if event.reasoning:
            delta["reasoning_content"] = event.reasoning
        said = {"delta": delta} if self.is_chat else {"text": event.text}
        body: dict[str, Any] = {
            "id": self.id,
            "object": "chat.completion.chunk" if self.is_chat else "text_completion",
            "created": self.created,
            "model": self.model,
            "choices": [{"index": event.index, **said, "finish_reason": event.finish_reason}],
        }
        if event.logprobs:
            body["choices"][0]["logprobs"] = {"content": [token.to_wire() for token in event.logprobs]}
        if event.usage:
            body["usage"] = event.usage.to_wire()
        if event.timings:
            body["timings"] = event.timings.to_wire()
        if event.progress:
            body.update(event.progress.to_wire())
        if event.notice:
            body["notice"] = event.notice
        if event.engine:
            body["engine"] = event.engine
        if event.is_demo:
            body["is_demo"] = True
        if event.pace:
            body["pace"] = event.pace
        return body


def event_from_chunk(chunk: dict[str, Any]) -> Event:
    """The event in a chunk; what this version does not know in it is left aside."""
    choices = chunk.get("choices") or [{}]
    delta = choices[0].get("delta") or {}
    return Event(
        text=delta.get("content") or choices[0].get("text") or "",
        reasoning=delta.get("reasoning_content") or "",
        finish_reason=choices[0].get("finish_reason"),
        usage=Usage.from_wire(chunk["usage"]) if chunk.get("usage") else None,
        timings=Timings.from_wire(chunk["timings"]) if chunk.get("timings") else None,
        progress=Progress.from_wire(chunk),
        notice=chunk.get("notice"),
        model=chunk.get("model"),
        engine=chunk.get("engine"),
        is_demo=bool(chunk.get("is_demo")),
        pace=chunk.get("pace"),
    )


def chat_request(prompt: str, settings: Settings, messages: tuple[Message, ...] = ()) -> ChatRequest:
    """The streamed request for one prompt under these settings, or for all of these messages."""
    system = (Message("system", settings.system),) if settings.system else ()
    sampling = {f.name: getattr(settings, f.name) for f in fields(Sampling)}
    return ChatRequest(
        messages=messages or (*system, Message("user", prompt)),
        model=settings.model,
        engine=settings.engine,
        keep_alive=settings.keep_alive,
        stream=True,
        return_progress=True,
        **sampling,
    )


def model_label(settings: Settings) -> str:
    """What to call the model before the host has said its name."""
    if settings.engine == "dummy" or not settings.model:
        return "dummy" if settings.engine == "dummy" else ""
    return Path(settings.model).name.removesuffix(".gguf") if looks_like_path(settings.model) else settings.model


def loaded_text(model: str, engine: str | None) -> str:
    """What a load has come to; ``engine`` is that of the answer's event, none for our own runner."""
    if engine and engine.startswith("openai"):
        return f"{model} needs no load here: its own server does that ({engine})."
    return f"{model} is loaded, through {engine}." if engine else f"{model} is loaded."
