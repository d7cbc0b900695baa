"""Every error this package raises on purpose, and how each crosses the wire.

    ThreadRunnerError
    ├── BadRequest                400  an option, a message or a body that does not fit
    │   ├── BadSetting                 … in config.toml, the environment or a cell's options
    │   ├── TemplateError              … in a prompt's {{ expression }}
    │   └── PromptTooLong              … more tokens than the context holds
    ├── Unauthorized              401  the token is missing or wrong
    ├── Forbidden                 403  a foreign Host or Origin
    ├── ModelNotFound             404  no model of that name
    ├── TookTooLong               408  a request, or its answer, was not complete in time
    ├── BodyTooLarge              413  more bytes than a request may have
    ├── QueueFull                 429  too many requests wait already
    ├── Cancelled                 499  somebody stopped the generation
    └── Unavailable               503
        ├── ModelLoadFailed            the model file cannot be loaded
        │   └── ModelTooLarge              … in the memory that is free
        ├── DownloadFailed             the model file cannot be fetched
        │   └── HubUnreachable             … since the hub cannot, or must not, be asked
        ├── RunnerDied                 the process that ran the model ended
        └── HostUnavailable            the host cannot be reached or started

    KeyboardInterrupt
    └── GenerationInterrupted          the user's stop; the cell ends as an error shown in one line

A message says what happened and what to do. Errors cross the wire in OpenAI's shape
``{"error": {"message", "type", "code", "param"}}``; ``code`` picks the class again on the other side.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar


class ThreadRunnerError(Exception):
    """What went wrong and what to do, in one sentence."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param

    def _render_traceback_(self) -> list[str]:
        # IPython's hook: in a notebook this is one sentence, not a traceback.
        return [f"{type(self).__name__}: {self.message}"]

    def to_wire(self) -> dict[str, Any]:
        """The error in OpenAI's shape, without the HTTP status."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": self.message, "type": kind, "code": self.code, "param": self.param}}


class BadRequest(ThreadRunnerError):
    status = 400
    code = "bad_request"


class BadSetting(BadRequest):
    code = "bad_setting"


class TemplateError(BadRequest):
    code = "bad_template"


class PromptTooLong(BadRequest):
    code = "context_length_exceeded"


class Unauthorized(ThreadRunnerError):
    status = 401
    code = "unauthorized"


class Forbidden(ThreadRunnerError):
    status = 403
    code = "forbidden"


class ModelNotFound(ThreadRunnerError):
    status = 404
    code = "model_not_found"


class TookTooLong(ThreadRunnerError):
    status = 408
    code = "timeout"


class BodyTooLarge(ThreadRunnerError):
    status = 413
    code = "body_too_large"


class QueueFull(ThreadRunnerError):
    status = 429
    code = "queue_full"


class Cancelled(ThreadRunnerError):
    status = 499
    code = "cancelled"


class Unavailable(ThreadRunnerError):
    status = 503
    code = "unavailable"


class ModelLoadFailed(Unavailable):
    code = "model_load_failed"


class ModelTooLarge(ModelLoadFailed):
    code = "model_too_large"


class DownloadFailed(Unavailable):
    code = "download_failed"


class HubUnreachable(DownloadFailed):
    code = "hub_unreachable"


class RunnerDied(Unavailable):
    code = "runner_died"


class HostUnavailable(Unavailable):
    code = "host_unavailable"


class GenerationInterrupted(KeyboardInterrupt):
    """The user stopped the generation; what had been said until then is in ``llm.last``."""

    def _render_traceback_(self) -> list[str]:
        return [f"Interrupted: {self}"]


def from_wire(body: object, status: int) -> ThreadRunnerError:
    """The error in an HTTP body or a stream; ``status`` decides the class when the code is unknown."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        error = {"message": f"the server answered with status {status}: {str(body)[:300]}"}
    message = str(error.get("message") or f"status {status}")
    by_code = {kind.code: kind for kind in _tree(ThreadRunnerError)}
    by_status = {kind.status: kind for kind in reversed(list(_tree(ThreadRunnerError)))}
    kind = by_code.get(str(error.get("code"))) or by_status.get(status, ThreadRunnerError)
    return kind(message, param=error.get("param"))


def _tree(kind: type[ThreadRunnerError]) -> Iterator[type[ThreadRunnerError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _tree(child)
