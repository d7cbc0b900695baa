"""The host's status as lines for people."""

from __future__ import annotations

from typing import Any

from threadrunner_kernel.memory import text_size


def status_lines(status: dict[str, Any]) -> list[str]:
    """A line for each model that is not stopped, and for each upstream that config.toml names."""
    models = [_line(model) for model in status["models"] if model["state"] != "stopped"]
    return [*models, *upstream_lines(status)]


def upstream_lines(status: dict[str, Any]) -> list[str]:
    """The servers elsewhere that a model's name can lead to."""
    return [f"{upstream['name']}/…: an upstream at {upstream['place']}" for upstream in status.get("upstreams", ())]


def _line(model: dict[str, Any]) -> str:
    words = {"ready": "warm", "starting": f"loading, {100 * model['progress']:.0f} %"}
    parts = [f"{model['name']}: {words.get(model['state'], model['state'])}"]
    if model["engine"] == "llama-server":
        parts.append("through llama-server")
    if model["memory_bytes"]:
        parts.append(f"{text_size(model['memory_bytes'])} of memory")
    if model["active"]:
        parts.append(f"{model['active']} generating")
    if model["expires_in_seconds"] is not None:
        parts.append(f"unloaded in {model['expires_in_seconds']:.0f} s if unused")
    if model["failure"]:
        parts.append(model["failure"])
    return ", ".join(parts)


NO_MODEL = "No model is loaded."
COLUMNS = ("name", "engine", "size", "device", "context", "until", "held by")


def table_lines(status: dict[str, Any]) -> list[str]:
    """The models that have a runner, or failed, as a table in plain text, and the upstreams."""
    rows = [_cells(model) for model in status["models"] if model["state"] != "stopped"]
    if not rows:
        return [NO_MODEL, *upstream_lines(status)]
    widths = [max(len(row[place]) for row in (COLUMNS, *rows)) for place in range(len(COLUMNS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (COLUMNS, *rows)
    ]
    return [*lines, *upstream_lines(status)]


def _cells(model: dict[str, Any]) -> tuple[str, ...]:
    size = model["memory_bytes"]
    return (
        model["name"],
        model["engine"],
        text_size(size) if size else "",
        model["device"] or "",
        str(model["context"] or ""),
        _until(model),
        ", ".join(model["held_by"]),
    )


def _until(model: dict[str, Any]) -> str:
    """How long the model stays, in words."""
    if model["state"] == "starting":
        return f"loading, {100 * model['progress']:.0f} %"
    if model["state"] != "ready":
        return str(model["state"])
    if model["active"]:
        return f"generating ({model['active']})"
    if model["is_preloaded"]:
        return "for ever (preloaded)"
    if model["leases"]:
        return "as long as it is held"
    left = model["expires_in_seconds"]
    return "for ever" if left is None else f"{left:.0f} s from now"
