"""The commands about what is in memory: ps, load, unload."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli import offers
from threadrunner_kernel.cli.answering import Output
from threadrunner_kernel.cli.control import settings_to_find_it
from threadrunner_kernel.cli.options import setting_option
from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.config import Settings
from threadrunner_kernel.launcher import ensure_host, find_host
from threadrunner_kernel.live import Live
from threadrunner_kernel.messages import event_from_chunk, loaded_text, model_label
from threadrunner_kernel.status import table_lines


def of_a_model(names: offers.Offer) -> Callable[..., Any]:
    """Give a command the model that it is about, of which the shell offers the ``names``, and ``--json``."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        command = click.option("--json", "as_json", is_flag=True, help="as JSON")(command)
        command = setting_option("model")(setting_option("engine")(command))
        return click.argument("name", required=False, metavar="[MODEL]", shell_complete=names)(command)

    return add


@click.command()
@click.option("--json", "as_json", is_flag=True, help="as JSON")
def ps(as_json: bool) -> None:
    """Show the loaded models: until when, and held by whom."""
    host = find_host(settings_to_find_it())
    report = host.get("/status") if host else {"models": [], "upstreams": []}
    if as_json:
        loaded = [model for model in report["models"] if model["state"] != "stopped"]
        click.echo(json.dumps(loaded, indent=2))
        return
    for line in table_lines(report):
        click.echo(line)


@click.command()
@of_a_model(offers.models)
@setting_option("keep_alive")
@setting_option("context", metavar="TOKENS", help="this model's context, instead of the host's setting")
@setting_option("kv_type", metavar="TYPE", help="this model's KV cache, instead of the host's setting")
@click.option("--force", is_flag=True, help="try it even if it does not fit")
@click.option("--estimate", is_flag=True, help="only reckon what it would take")
def load(
    name: str | None,
    model: str | None,
    engine: str | None,
    keep_alive: str | None,
    context: str | None,
    kv_type: str | None,
    *,
    force: bool,
    estimate: bool,
    as_json: bool,
) -> int:
    """Load a model now, or only say whether it fits."""
    settings = _settings(name, model, engine=engine, keep_alive=keep_alive, context=context, kv_type=kv_type)
    body: dict[str, Any] = {
        "model": settings.model,
        "engine": settings.engine,
        "keep_alive": settings.keep_alive,
        # The host's own settings are its own: only what is asked for here goes along.
        "context": settings.context if context else None,
        "kv_type": settings.kv_type if kv_type else None,
        "force": force,
    }
    answer = _forecast(settings, body) if estimate else _load(settings, body)
    click.echo(json.dumps(answer, indent=2) if as_json else answer["message"])
    return 0 if answer["success"] else 1


def _forecast(settings: Settings, body: dict[str, Any]) -> dict[str, Any]:
    """What the host reckons; a success is a model that fits."""
    answer = ensure_host(settings).post("/models/load", {**body, "estimate": True})
    return {**answer, "success": answer["fits"]}


def _load(settings: Settings, body: dict[str, Any]) -> dict[str, Any]:
    """Load with the progress on stderr. Leaving in any way detaches; the load goes on."""
    cancellation = Cancellation()
    live = Live(model=model_label(settings))
    output = Output()
    host = ensure_host(settings, cancellation)
    try:
        with host.stream("POST", "/models/load", {**body, "stream": True}, cancellation) as chunks:
            for chunk in chunks:
                live.model = str(chunk.get("model") or live.model)
                live.take(event_from_chunk(chunk))
                output.state(live.state())
    except KeyboardInterrupt:
        output.note(f"[{live.model or 'the model'} is still being loaded: `threadrunner unload` ends that]")
        raise
    finally:
        output.clear_state()
    for notice in live.notices:
        output.note(notice)
    return {"success": True, "model": live.model, "message": loaded_text(live.model, live.engine)}


@click.command()
@of_a_model(offers.loaded_models)
def unload(name: str | None, model: str | None, engine: str | None, *, as_json: bool) -> None:
    """Free a model's memory.

    One that somebody generates with stays until that is over or cancelled.
    """
    settings = _settings(name, model, engine=engine)
    host = find_host(settings)
    answer = {"success": True, "message": "Nothing is loaded."}
    if host:
        answer = host.post("/models/unload", {"model": settings.model, "engine": settings.engine})
    click.echo(json.dumps(answer, indent=2) if as_json else answer["message"])


def _settings(name: str | None, model: str | None, **options: str | None) -> Settings:
    if name and model:
        raise click.UsageError(f"Two models are named, {name} and {model}: name one.")
    return config.load(overrides={"model": name or model, **options})
