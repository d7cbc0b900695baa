"""What ``GET /status`` says: what is loaded, by whom it is held, what it uses and what it does."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import psutil

from threadrunner_kernel import __version__
from threadrunner_kernel.host.leases import Leases
from threadrunner_kernel.host.records import Record
from threadrunner_kernel.host.resources import Use
from threadrunner_kernel.memory import available_bytes

if TYPE_CHECKING:
    from threadrunner_kernel.host.app import HostState


async def report(state: HostState) -> dict[str, Any]:
    """The status as JSON (``answers.Status`` says what is in it)."""
    records = state.table.snapshot()
    uses = await state.resources.now(records)
    models = [_model(record, state.leases, uses.models[record.ref]) for record in records]
    states = {model["state"] for model in models}
    return {
        "state": next((word for word in ("starting", "ready", "stopping", "failed") if word in states), "stopped"),
        "model_loaded": "ready" in states,
        "models": models,
        "cpu_usage": round(uses.host.cpu_percent + sum(model["cpu_usage"] for model in models), 1),
        "cpu_count": psutil.cpu_count() or 1,
        "memory_usage": uses.host.memory_bytes + sum(model["memory_bytes"] for model in models),
        "memory_available": available_bytes(),
        "memory_limit": state.settings.memory_limit,
        "gpus": [asdict(gpu) for gpu in uses.gpus],
        "queued": sum(model["queued"] for model in models),
        "tokens_per_second": round(uses.elsewhere + sum(model["tokens_per_second"] for model in models), 2),
        "leases": [asdict(lease) for lease in state.leases.held.values()],
        "served": [asdict(served) for served in state.listeners.open.values()],
        "generations": [
            {"id": g.id, "model": g.ref.name, "seconds": round(time.monotonic() - g.clock, 1)}
            for g in state.relay.running.values()
        ],
        "upstreams": [
            {"name": upstream.name, "place": upstream.place, "is_on_this_machine": upstream.is_on_this_machine}
            for upstream in state.engines.listed_upstreams()
        ],
        "version": __version__,
        "pid": os.getpid(),
        "uptime_seconds": round(time.monotonic() - state.began, 1),
    }


def _model(record: Record, leases: Leases, use: Use) -> dict[str, Any]:
    expiry = record.expiry()
    return {
        "name": record.ref.name,
        "engine": record.ref.engine,
        "path": str(record.ref.path) if record.ref.path else None,
        "state": record.state,
        "progress": record.progress,
        "pid": record.run.process.pid if record.run else None,
        "cpu_usage": use.cpu_percent,
        "memory_bytes": use.memory_bytes,
        "gpu_memory_bytes": use.gpu_bytes,
        "reserved_bytes": record.reserved_bytes,
        "device": record.device if record.state == "ready" else None,
        "context": record.context if record.state == "ready" else None,
        "active": record.active,
        "queued": use.queued,
        "tokens_per_second": use.tokens_per_second,
        "leases": sorted(record.leases),
        "held_by": sorted({leases.holder(id) for id in record.leases}),
        "is_preloaded": record.is_preloaded,
        "keep_alive": record.keep_alive,
        "expires_in_seconds": None if expiry is None else round(max(0.0, expiry - time.monotonic()), 1),
        "failure": record.failure if record.state == "failed" else None,
    }
