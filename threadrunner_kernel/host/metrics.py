"""The host's numbers for Prometheus: what was asked and made, counted; what is there now, looked up when asked."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily

from threadrunner_kernel.memory import available_bytes, memory_bytes
from threadrunner_kernel.messages import Timings, Usage

if TYPE_CHECKING:
    from threadrunner_kernel.host.app import HostState

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = {"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"}
# From a status to a long answer of a slow model.
SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800)


class Metrics:
    """The counters; ``text`` adds what is there now."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ["route", "method", "status"]
        self._requests = Counter("threadrunner_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "threadrunner_request_seconds",
            "How long requests took.",
            ["route"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._read = self._per_model("threadrunner_prompt_tokens", "Tokens of prompts, with those from the cache.")
        self._cached = self._per_model("threadrunner_cached_tokens", "Tokens of prompts that were in the cache.")
        self._made = self._per_model("threadrunner_generated_tokens", "Tokens of answers.")
        self._making = self._per_model("threadrunner_generation_seconds", "Seconds spent on making answers.")

    def _per_model(self, name: str, help: str) -> Counter:
        return Counter(name, help, ["model"], registry=self._registry)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request that has ended; ``status`` 0 if it had no answer."""
        self._requests.labels(route, method if method in METHODS else "other", status).inc()
        self._seconds.labels(route).observe(seconds)

    def answer(self, model: str, body: Any) -> None:
        """Count the tokens of an answer, or of the last chunk of a stream."""
        if not isinstance(body, dict) or not body.get("usage"):
            return
        usage = Usage.from_wire(body["usage"])
        self._read.labels(model).inc(usage.prompt_tokens)
        self._cached.labels(model).inc(usage.cached_tokens)
        self._made.labels(model).inc(usage.completion_tokens)
        if body.get("timings"):
            self._making.labels(model).inc(Timings.from_wire(body["timings"]).predicted_ms / 1000)

    async def counting(self, model: str, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """``parts`` as they come, with the tokens counted that their last chunk tells of."""
        async with contextlib.aclosing(parts):  # type: ignore[type-var]
            async for part in parts:
                for line in part.split(b"\n") if b'"usage":{' in part else ():
                    self._take_line(model, line)
                yield part

    def _take_line(self, model: str, line: bytes) -> None:
        if b'"usage":{' not in line:
            return
        try:
            self.answer(model, json.loads(line.removeprefix(b"data: ")))
        except ValueError:
            return  # cut in two by the connection: these tokens are not counted

    def text(self, state: HostState) -> bytes:
        """Everything in Prometheus' text format; it looks at processes, so not on the event loop."""
        now = CollectorRegistry()
        now.register(_Now(state))
        return bytes(generate_latest(self._registry) + generate_latest(now))


class _Now:
    """What is there at this moment."""

    def __init__(self, state: HostState) -> None:
        self.state = state

    def collect(self) -> Iterator[GaugeMetricFamily]:
        state, records = self.state, self.state.table.snapshot()
        ready = GaugeMetricFamily("threadrunner_model_ready", "1 for a model that is loaded.", labels=["model"])
        memory = GaugeMetricFamily("threadrunner_runner_memory_bytes", "A runner's memory.", labels=["model"])
        active = GaugeMetricFamily("threadrunner_model_generations", "Answers being made.", labels=["model"])
        for record in records:
            ready.add_metric([record.ref.name], float(record.state == "ready"))
            active.add_metric([record.ref.name], record.active)
            if record.run:
                memory.add_metric([record.ref.name], memory_bytes(record.run.process.pid))
        yield from (ready, memory, active)
        for name, help, value in (
            ("host_memory_bytes", "The host's own memory.", memory_bytes(os.getpid())),
            ("memory_available_bytes", "Memory that a new model could have.", available_bytes()),
            ("leases", "Leases in force.", len(state.leases.held)),
            ("open_requests", "Requests being answered, leases among them.", state.open_requests),
            ("uptime_seconds", "Since the host's start.", time.monotonic() - state.began),
        ):
            yield GaugeMetricFamily(f"threadrunner_{name}", help, value=value)
