"""What the host and its runners use just now: processor, memory, a GPU's memory; what they make, and who waits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import psutil

from threadrunner_kernel.host.gpu_use import Gpu, GpuMeter, GpuUse
from threadrunner_kernel.host.model_table import ModelTable
from threadrunner_kernel.host.records import Record
from threadrunner_kernel.host.relay import Relay
from threadrunner_kernel.memory import memory_bytes
from threadrunner_kernel.models import ModelRef

SAMPLE_SECONDS = 1.0
# The system counts in hundredths of a second.
SHORTEST_SECONDS = 0.2
# A runner that is stopped or thrashing must not hold up who asks what is going on.
ASK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Use:
    """What one process uses and does. ``cpu_percent`` is of one core: two busy ones are 200.

    ``queued`` counts the answers that wait for the model or for their turn; ``gpu_bytes`` is ``None`` if nobody says.
    """

    cpu_percent: float = 0.0
    memory_bytes: int = 0
    gpu_bytes: int | None = None
    queued: int = 0
    tokens_per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class Uses:
    """``elsewhere`` is made by upstreams, in tokens a second."""

    host: Use
    models: dict[ModelRef, Use]
    gpus: tuple[Gpu, ...]
    elsewhere: float


class CpuMeter:
    """The processor time that processes take, between samples; what is asked for is of the last second or two."""

    def __init__(self) -> None:
        # Whole and new each time: it is read on other threads.
        self._samples: dict[int, tuple[tuple[float, float], ...]] = {}

    def sample(self, pids: Iterable[int]) -> None:
        """To be called every second or so, with all that matter."""
        now = {pid: (time.monotonic(), seconds) for pid in pids if (seconds := _cpu_seconds(pid)) is not None}
        self._samples = {pid: (*self._samples.get(pid, ())[-1:], sample) for pid, sample in now.items()}

    def percent(self, pid: int) -> float:
        """Per cent of one core; 0 for a process that is gone, or was not there at the last sample."""
        samples, seconds = self._samples.get(pid), _cpu_seconds(pid)
        if not samples or seconds is None:
            return 0.0
        moment, before = samples[0]
        passed = time.monotonic() - moment
        return max(0.0, 100 * (seconds - before) / passed) if passed >= SHORTEST_SECONDS else 0.0


def _cpu_seconds(pid: int) -> float | None:
    with contextlib.suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)
    return None


class Resources:
    """See the module. ``watch`` runs as long as the host does."""

    def __init__(self, table: ModelTable, relay: Relay) -> None:
        self._table = table
        self._relay = relay
        self._cpu = CpuMeter()
        self._gpu = GpuMeter()

    async def watch(self) -> None:
        """Keep the samples that a share of time is reckoned from."""
        while True:
            runners = [pid for record in self._table.snapshot() if (pid := _pid(record))]
            self._cpu.sample([os.getpid(), *runners])
            await asyncio.sleep(SAMPLE_SECONDS)

    async def now(self, records: list[Record]) -> Uses:
        """What is used now, by the host and by the runner of each of these models."""
        busy = [record for record in records if record.run and record.state == "ready" and record.active]
        works = await asyncio.gather(*(record.run.work(ASK_SECONDS) for record in busy if record.run))
        said = {record.ref: work for record, work in zip(busy, works, strict=True)}
        gpu = await self._gpu.now()
        pids = {record.ref: pid for record in records if (pid := _pid(record))}
        # Reading from many processes takes its time.
        processes = await asyncio.to_thread(self._processes, [os.getpid(), *pids.values()], gpu)
        rates = self._relay.rates()
        models = {
            record.ref: replace(
                processes.get(pids.get(record.ref, 0), Use()),
                queued=_queued(record, said.get(record.ref, {})),
                tokens_per_second=round(
                    said.get(record.ref, {}).get("tokens_per_second", rates.get(record.ref, 0.0)), 2
                ),
            )
            for record in records
        }
        elsewhere = sum(rate for ref, rate in rates.items() if ref not in models)
        return Uses(processes[os.getpid()], models, gpu.gpus, elsewhere)

    def _processes(self, pids: list[int], gpu: GpuUse) -> dict[int, Use]:
        return {pid: Use(round(self._cpu.percent(pid), 1), memory_bytes(pid), gpu.by_process.get(pid)) for pid in pids}


def _pid(record: Record) -> int | None:
    return record.run.process.pid if record.run else None


def _queued(record: Record, work: dict[str, float]) -> int:
    """Who waits for the model to be loaded, and who for a turn: those that are not at work, if it does not count."""
    loading = sum(not waiter.future.done() for waiter in record.waiters)
    waiting = work.get("queued", max(0, record.active - work.get("active", record.active)))
    return loading + int(waiting)
