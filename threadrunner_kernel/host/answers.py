"""What the host's answers look like, for the OpenAPI document: the fields that a client may count on.

The answers themselves are made where they are sent; tests hold them against this.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

State = Literal["stopped", "starting", "ready", "stopping", "failed"]


class ErrorDetail(BaseModel):
    """What happened and what to do; ``param`` is the field that does not fit."""

    message: str
    type: Literal["invalid_request_error", "server_error"]
    code: str
    param: str | None


class Error(BaseModel):
    error: ErrorDetail


class Health(BaseModel):
    status: Literal["ok"]
    version: str
    wire: int
    pid: int
    executable: str
    settings: dict[str, Any]
    notices: list[str]


class LoadedModel(BaseModel):
    """A model that is or was loaded, and what its process uses: ``cpu_usage`` is per cent of one core.

    ``active`` counts the requests that it answers, ``queued`` the answers that wait for the model or for their turn;
    ``tokens_per_second`` is what it makes just now. ``gpu_memory_bytes`` is what NVIDIA's tool says of the process.
    """

    name: str
    engine: str
    path: str | None
    state: State
    progress: float
    pid: int | None
    cpu_usage: float
    memory_bytes: int
    gpu_memory_bytes: int | None
    reserved_bytes: int
    device: str | None
    context: int | None
    active: int
    queued: int
    tokens_per_second: float
    leases: list[str]
    held_by: list[str]
    is_preloaded: bool
    keep_alive: float
    expires_in_seconds: float | None
    failure: str | None


class RunningGeneration(BaseModel):
    id: str
    model: str
    seconds: float


class Served(BaseModel):
    """A port that is open on loopback."""

    port: int
    is_token_needed: bool
    time_limit_seconds: float


class HeldLease(BaseModel):
    """``name`` is what the holder calls itself."""

    pid: int | None
    name: str
    id: str


class Gpu(BaseModel):
    """One of NVIDIA's GPUs, with what all programs use of it."""

    name: str
    used_bytes: int
    total_bytes: int


class NamedUpstream(BaseModel):
    """A server that config.toml names."""

    name: str
    place: str
    is_on_this_machine: bool


class Status(BaseModel):
    """``cpu_usage`` and ``memory_usage`` are the host's and its runners': per cent of one core, and bytes.

    With both of two cores busy ``cpu_usage`` is 200; ``cpu_count`` is how many there are.
    """

    state: State
    model_loaded: bool
    cpu_usage: float
    cpu_count: int
    memory_usage: int
    memory_available: int
    memory_limit: int | None
    gpus: list[Gpu]
    queued: int
    tokens_per_second: float
    models: list[LoadedModel]
    leases: list[HeldLease]
    served: list[Served]
    generations: list[RunningGeneration]
    upstreams: list[NamedUpstream]
    version: str
    pid: int
    uptime_seconds: float


class Done(BaseModel):
    success: bool
    message: str


class MemoryEstimate(BaseModel):
    """What a model takes with so many tokens of context, in bytes; ``use_bytes`` may come with use if they are free."""

    context: int
    cells: int
    kv_type: str
    weights_bytes: int
    kv_bytes: int
    compute_bytes: int
    process_bytes: int
    total_bytes: int
    use_bytes: int


class LoadAnswer(Done):
    """``notice`` is what the user should know. The rest is of an estimate: ``unloads`` are the models that would go.

    ``gpu_bytes`` of the estimate would lie on a GPU, where ``free_gpu_bytes`` are free.
    """

    notice: str | None = None
    fits: bool | None = None
    estimate: MemoryEstimate | None = None
    free_bytes: int | None = None
    gpu_bytes: int | None = None
    free_gpu_bytes: int | None = None
    unloads: list[str] | None = None
    alternatives: list[dict[str, Any]] | None = None


class PulledModel(Done):
    name: str
    path: str


class Stopped(BaseModel):
    success: bool
    cancelled: int


class ListedModel(BaseModel):
    """``origin`` says whose file it is: the models folder's, or the program's that has downloaded it."""

    id: str
    object: Literal["model"]
    owned_by: str
    created: int
    origin: str | None = None
    path: str | None = None
    quantization: str | None = None
    size_bytes: int | None = None


class ModelList(BaseModel):
    object: Literal["list"]
    data: list[ListedModel]


class PromptDetails(BaseModel):
    cached_tokens: int


class TokenUsage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails


class GenerationTimings(BaseModel):
    """llama-server's: tokens and milliseconds of reading the prompt and of making the answer."""

    prompt_n: int
    prompt_ms: float
    predicted_n: int
    predicted_ms: float
    cache_n: int
    prompt_per_second: float
    predicted_per_second: float


class SaidMessage(BaseModel):
    role: Literal["assistant"]
    content: str
    reasoning_content: str | None = None


class ChatChoice(BaseModel):
    index: int
    message: SaidMessage
    finish_reason: Literal["stop", "length"]
    logprobs: dict[str, Any] | None = None


class ChatCompletion(BaseModel):
    """``pace``: the most tokens a second that the answer got, where that was held down."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChatChoice]
    usage: TokenUsage
    timings: GenerationTimings
    pace: float | None = None


class TextChoice(BaseModel):
    index: int
    text: str
    finish_reason: Literal["stop", "length"]
    logprobs: dict[str, Any] | None = None


class TextCompletion(BaseModel):
    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[TextChoice]
    usage: TokenUsage
    timings: GenerationTimings
    pace: float | None = None


class Embedding(BaseModel):
    """``embedding`` is a list of numbers, or base64 of 32-bit floats if that was asked for."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingUsage(BaseModel):
    prompt_tokens: int
    total_tokens: int


class EmbeddingList(BaseModel):
    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage


class Tokens(BaseModel):
    tokens: list[int]


class Prompt(BaseModel):
    prompt: str
