"""The whole way once: which models there are, and a few tokens from the one that a prompt would ask."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

from threadrunner_kernel import config
from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.config import Settings
from threadrunner_kernel.doctor.finding import Finding, fail, ok, warn
from threadrunner_kernel.errors import Cancelled, ModelNotFound, ThreadRunnerError
from threadrunner_kernel.launcher import ask, ensure_host
from threadrunner_kernel.live import Live
from threadrunner_kernel.messages import DEMO, Timings, chat_request
from threadrunner_kernel.models.catalogue import Catalogue
from threadrunner_kernel.models.names import next_model

TIMEOUT_SECONDS = 300.0
MAX_TOKENS = 8
SHOWN_MODELS = 6
GET_ONE = (
    "Fetch one with `threadrunner pull ORG/REPO`, put a GGUF file into the models folder, "
    "or name one with `threadrunner config set model PATH`."
)


def models() -> Iterator[Finding]:
    settings = config.load()
    rows = ensure_host(settings).get("/v1/models")["data"]
    names = [str(row["id"]) for row in rows if row["id"] != "dummy"]
    if not set(names) - {DEMO} and not settings.model:
        text = f"there is none in {config.home() / 'models'}"
        yield Finding("models", "ok", f"{text}, the demo answers", GET_ONE) if names else warn("models", text, GET_ONE)
        return
    more = f" and {len(names) - SHOWN_MODELS} more" if len(names) > SHOWN_MODELS else ""
    yield ok(
        "models", f"{len(names)} found: {', '.join(names[:SHOWN_MODELS])}{more}" if names else "one is set by its path"
    )


def default_model() -> Iterator[Finding]:
    """Who answers a prompt that names no model."""
    settings = config.load()
    name = next_model(settings, Catalogue(config.home() / "models"))
    if name is None:
        yield warn("default", "no model is chosen", "Name one with `threadrunner config set model NAME`.")
    elif settings.model or settings.engine == "dummy":
        yield ok("default", f"{name}, as it is set")
    elif name == DEMO:
        yield ok("default", f"{name}, which ships with ThreadRunner: no other is chosen")
    else:
        yield ok("default", f"{name}, the only one in the models folder")


def answer() -> Iterator[Finding]:
    """Ask the model of the next prompt; where there is none, the engine that needs none."""
    # Without a pace it is the machine's speed that is told.
    settings = replace(config.load(), max_tokens=MAX_TOKENS, temperature=0.0, system=None, pace=0.0)
    try:
        yield _asked(settings)
    except ModelNotFound as exc:
        yield warn("answer", exc.message, "Without a model only the way to it can be tried:")
        yield _asked(replace(settings, model=None, engine="dummy"))


def _asked(settings: Settings) -> Finding:
    cancellation = Cancellation()
    timer = threading.Timer(TIMEOUT_SECONDS, cancellation.cancel)
    timer.daemon = True
    timer.start()
    live, timings = Live(), Timings()
    try:
        for event in ask(
            chat_request("Say hello.", settings), cancellation, lambda: ensure_host(settings, cancellation)
        ):
            live.take(event)
            timings = event.timings or timings
    except Cancelled:
        return fail(
            "answer", f"none came within {TIMEOUT_SECONDS:.0f} s", "A smaller model may be what this machine can do."
        )
    except ModelNotFound:
        raise
    except ThreadRunnerError as exc:
        return fail("answer", exc.message, f"The logs are in {config.home() / 'logs'}.")
    finally:
        timer.cancel()
    if live.first_token is None:
        return fail("answer", "it was empty", "The model file is perhaps broken: try another one.")
    speed = f", {timings.predicted_per_second:.1f} tokens/s" if timings.predicted_n > 1 else ""
    who = "the dummy engine" if settings.engine == "dummy" else "the model"
    count, first = timings.predicted_n or live.tokens, live.first_token - live.began
    return ok("answer", f"{count} tokens from {who}, the first after {first:.2f} s{speed}")
