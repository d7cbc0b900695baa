"""What engines that are not ours are asked, in their own terms: each option is translated, or refused by its name."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any, Protocol

from threadrunner_kernel.errors import (
    BadRequest,
    ModelNotFound,
    PromptTooLong,
    QueueFull,
    ThreadRunnerError,
    Unavailable,
    from_wire,
)
from threadrunner_kernel.messages import ChatRequest
from threadrunner_kernel.requests import EmbeddingRequest, TemplateRequest, TokenizeRequest, parse, schema_of
from threadrunner_kernel.upstreams import OPENAI_OPTIONS, Upstream

# Of a request, what is the host's own business.
NOT_PASSED_ON = ("engine", "keep_alive", "model")
# A completion's answer has them in a form of its own, which differs between servers.
CHAT_ONLY = ("logprobs", "top_logprobs", "response_format", "json_schema")


class Dialect(Protocol):
    """How one engine is asked."""

    def path(self, path: str) -> str:
        """Where our ``path`` is at that engine."""

    def generation(self, chat: ChatRequest) -> dict[str, Any]:
        """The body of a streamed request.

        Raises:
            BadRequest: it cannot honour something that is asked for.
        """

    def body(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The body of another request.

        Raises:
            BadRequest: it has no such route, or it cannot honour something.
        """

    def error(self, status: int, body: Any) -> ThreadRunnerError:
        """What its refusal means."""


class LlamaServerDialect:
    """llama.cpp's own server (its tools/server/README.md). Our wire is its wire, with few exceptions."""

    def path(self, path: str) -> str:
        return path

    def generation(self, chat: ChatRequest) -> dict[str, Any]:
        if chat.pace:
            message = "The engine llama-server keeps no pace: set it to 0, or ask with engine=llama-cpp-python."
            raise BadRequest(message, param="pace")
        body = _passed_on(chat)
        body.pop("pace", None)
        body["stream_options"] = {"include_usage": True}
        # What others asked before shall not change what is said: the cache's borders change the last bits.
        body["cache_prompt"] = not chat.is_reproducible
        body.pop("response_format", None)
        if (schema := schema_of(chat)) is not None:
            body["json_schema"] = schema
        if chat.dry_multiplier:
            body.setdefault("dry_penalty_last_n", -1)
        if body.pop("logprobs", False):
            # It takes 0 for "no log probabilities at all": the superfluous one is cut off again.
            count = max(1, chat.top_logprobs or 0)
            body |= {"logprobs": True, "top_logprobs": count} if chat.prompt is None else {"n_probs": count}
        return body

    def body(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        match path:
            case "/tokenize":
                return asdict(parse(TokenizeRequest, body))
            case "/apply-template":
                return asdict(parse(TemplateRequest, body))
        message = "The engine llama-server makes no embeddings here: ask for them with engine=llama-cpp-python."
        raise BadRequest(message, param="engine")

    def error(self, status: int, body: Any) -> ThreadRunnerError:
        error = body.get("error") if isinstance(body, dict) else None
        if isinstance(error, dict) and error.get("type") == "exceed_context_size_error":
            return PromptTooLong(
                f"The prompt has {error.get('n_prompt_tokens')} tokens and the context holds {error.get('n_ctx')}: "
                "shorten the prompt, or set a larger context."
            )
        return from_wire(body, status)


class OpenAIDialect:
    """An upstream: OpenAI's own options, and those that config.toml says it accepts."""

    def __init__(self, upstream: Upstream, model: str) -> None:
        self.upstream = upstream
        self._model = model.partition("/")[2]

    def path(self, path: str) -> str:
        return self.upstream.base_url + path.removeprefix("/v1")

    def headers(self) -> dict[str, str]:
        """The key, out of the environment that the host was started with.

        Raises:
            Unavailable: the variable is not there.
        """
        variable = self.upstream.api_key_env
        if variable is None:
            return {}
        if not os.environ.get(variable):
            raise Unavailable(
                f"The upstream {self.upstream.name} needs its key in {variable}, which the host's environment does not "
                "have: set it, then start the host anew (`threadrunner stop`)."
            )
        return {"Authorization": f"Bearer {os.environ[variable]}"}

    def generation(self, chat: ChatRequest) -> dict[str, Any]:
        body = _passed_on(chat)
        accepted = OPENAI_OPTIONS.union(self.upstream.accepts)
        wants_progress = body.pop("return_progress", False)
        if not chat.pace and "pace" not in accepted:
            body.pop("pace", None)  # nothing but another host of ours has one to lift
        for name in body:
            if name not in accepted and name not in ("messages", "prompt", "stream"):
                raise self._refusal(name)
        if chat.prompt is not None:
            for name in CHAT_ONLY:
                if body.get(name):
                    message = f"A completion through an upstream has no {name}: ask it as a chat."
                    raise BadRequest(message, param=name)
        elif (schema := schema_of(chat)) is not None:
            body.pop("json_schema", None)
            body["response_format"] = _strict(schema, chat)
        if wants_progress and "return_progress" in accepted:
            body["return_progress"] = True
        return {**body, "model": self._model, "stream_options": {"include_usage": True}}

    def body(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/v1/embeddings":
            return {"model": self._model, **asdict(parse(EmbeddingRequest, body))}
        message = f"The upstream {self.upstream.name} has no {path}: it is not a part of OpenAI's API."
        raise BadRequest(message, param="model")

    def error(self, status: int, body: Any) -> ThreadRunnerError:
        name = self.upstream.name
        said = from_wire(body, status)
        message = f"The upstream {name} says: {said.message}"
        if status in (401, 403):
            variable = self.upstream.api_key_env
            advice = f"check the key in {variable}" if variable else "name the variable of its key with api_key_env"
            return Unavailable(f"The upstream {name} refuses us (status {status}): {advice} in config.toml.")
        if isinstance(said, PromptTooLong):
            return PromptTooLong(message, param=said.param)
        kinds = {400: BadRequest, 404: ModelNotFound, 422: BadRequest, 429: QueueFull}
        return kinds.get(status, Unavailable)(message, param=said.param)

    def _refusal(self, name: str) -> BadRequest:
        upstream = self.upstream.name
        return BadRequest(
            f"The upstream {upstream} is asked in OpenAI's terms, which have no {name}: leave it out or, if the server "
            f"honours it, say so with accepts in [upstreams.{upstream}].",
            param=name,
        )


def _passed_on(chat: ChatRequest) -> dict[str, Any]:
    """What is not left to the engine, of a request that is always streamed on its way."""
    body = {name: value for name, value in chat.to_wire().items() if name not in NOT_PASSED_ON}
    body.pop("stream_options", None)
    if not chat.return_progress:
        del body["return_progress"]
    return {**body, "stream": True}


def _strict(schema: dict[str, Any], chat: ChatRequest) -> dict[str, Any]:
    """A schema as OpenAI's response format: the request's own where it has one, else one that must be kept to."""
    return chat.response_format or {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema, "strict": True},
    }
