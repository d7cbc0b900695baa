"""The host's status as lines for people."""

from __future__ import annotations

from typing import Any

from threadrunner_kernel.memory import text_size


def status_lines(status: dict[str, Any]) -> list[str]:
    """A line for each model that is not stopped, and for each upstream that config.toml names."""
    models = [_line(model) for model in status["models"] if model["state"] != "stopped"]
    return models + [f"{upstream['name']}/…: an upstream at {upstream['place']}" for upstream in status["upstreams"]]


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
