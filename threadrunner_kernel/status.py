"""The host's status as lines for people."""

from __future__ import annotations

from typing import Any

from threadrunner_kernel.memory import text_size

# Less is a process that looks around.
LEAST_CPU_PERCENT = 5.0


def status_lines(status: dict[str, Any]) -> list[str]:
    """A line for each model that is not stopped, and for each upstream that config.toml names."""
    models = [_line(model) for model in status["models"] if model["state"] != "stopped"]
    return [*models, *upstream_lines(status)]


def host_lines(status: dict[str, Any]) -> list[str]:
    """What the host and its runners use of the machine, and what all programs use of its GPUs."""
    used = f"{text_size(status['memory_usage'])} and {text_cores(status['cpu_usage'])} of {status['cpu_count']} cores"
    return [
        f"The host (process {status['pid']}, version {status['version']}) and its runners use {used}; "
        f"{text_size(status['memory_available'])} are free.",
        *(
            f"{gpu['name']}: {text_size(gpu['used_bytes'])} of {text_size(gpu['total_bytes'])} are in use."
            for gpu in status["gpus"]
        ),
    ]


def holder_lines(status: dict[str, Any]) -> list[str]:
    """Who holds which models, and the ports that are served."""
    leases = [f"{_holder(lease)} holds {_held(lease, status)}" for lease in status["leases"]]
    return [*leases, *(_port(served) for served in status["served"])]


def generation_lines(status: dict[str, Any]) -> list[str]:
    """The answers that are asked for just now."""
    return [
        f"generating {each['id']} with {each['model']} for {each['seconds']:.0f} s" for each in status["generations"]
    ]


def text_cores(percent: float) -> str:
    """A share of processor time, which comes in per cent of one core, for people."""
    return f"{percent / 100:.1f}"


def _holder(lease: dict[str, Any]) -> str:
    process = f"process {lease['pid']}" if lease["pid"] else "a process"
    return f"{lease['name']} ({process})" if lease["name"] else process


def _held(lease: dict[str, Any], status: dict[str, Any]) -> str:
    names = [model["name"] for model in status["models"] if lease["id"] in model["leases"]]
    return ", ".join(names) or "no model yet"


def _port(served: dict[str, Any]) -> str:
    guard = "with the token" if served["is_token_needed"] else "without a token"
    return f"served at http://127.0.0.1:{served['port']}, {guard}"


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
    if model["gpu_memory_bytes"]:
        parts.append(f"{text_size(model['gpu_memory_bytes'])} of GPU memory")
    if model["cpu_usage"] >= LEAST_CPU_PERCENT:
        parts.append(f"{text_cores(model['cpu_usage'])} cores")
    parts += work_of(model)
    if model["expires_in_seconds"] is not None:
        parts.append(f"unloaded in {model['expires_in_seconds']:.0f} s if unused")
    if model["failure"]:
        parts.append(model["failure"])
    return ", ".join(parts)


def work_of(model: dict[str, Any]) -> list[str]:
    """How many answers it makes, how fast, and how many wait for it."""
    generating = max(0, model["active"] - model["queued"])
    speed = f" at {model['tokens_per_second']:.1f} tokens/s" if model["tokens_per_second"] else ""
    return [
        *([f"{generating} generating{speed}"] if generating else []),
        *([f"{model['queued']} waiting"] if model["queued"] else []),
    ]


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
