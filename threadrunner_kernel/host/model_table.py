"""Which models are loaded, loading or failed: one asyncio task owns it, everybody else sends it requests.

Slow work (starting, waiting, stopping) runs beside the owner and comes back as a message. A read (``snapshot``) may
inform but never gates a change.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.errors import (
    BadRequest,
    Cancelled,
    ModelLoadFailed,
    RunnerDied,
    ThreadRunnerError,
    Unavailable,
    from_wire,
)
from threadrunner_kernel.host.policy import after_exit, describe_exit, expires_at, last_line, what_happened
from threadrunner_kernel.models import ModelRef
from threadrunner_kernel.process import ChildExited, ChildFailed, ChildProcess, Exit, State

logger = logging.getLogger("threadrunner.host")

STUCK_AFTER_SECONDS = 10.0
EXIT_REPORT_SECONDS = 5.0
STOP_SECONDS = 3.0

ProcessFactory = Callable[[ModelRef, bool, Callable[[Exit], None]], ChildProcess]
OnProgress = Callable[[float], None]


@dataclass(slots=True, eq=False)
class Run:
    """One life of a runner's process."""

    process: ChildProcess
    exited: asyncio.Future[Exit]
    started: asyncio.Event = field(default_factory=asyncio.Event)
    completed: int = 0

    @property
    def endpoint(self) -> Endpoint:
        return self.process.endpoint

    async def end(self) -> Exit | None:
        """How it ended, for who has just lost its connection; ``None`` if it lives on."""
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self.exited), EXIT_REPORT_SECONDS)
        return None


@dataclass(slots=True, eq=False)
class Waiter:
    """Somebody who waits for a model to be ready."""

    future: asyncio.Future[Held]
    on_progress: OnProgress
    keep_alive: float
    lease: str | None
    is_generation: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A ready runner, held for one generation until ``ModelTable.release``; ``notice`` is to be told to the user."""

    ref: ModelRef
    run: Run
    notice: str | None = None


@dataclass(slots=True, eq=False)
class Record:
    """One model's row."""

    ref: ModelRef
    keep_alive: float
    state: State = "stopped"
    run: Run | None = None
    waiters: list[Waiter] = field(default_factory=list)
    leases: set[str] = field(default_factory=set)
    active: int = 0
    last_used: float = 0.0
    progress: float = 0.0
    context: int | None = None
    crashes: int = 0
    extra_buffers: bool = True
    notice: str | None = None
    failure: str = ""

    def expiry(self) -> float | None:
        if self.state != "ready" or self.waiters:
            return None
        return expires_at(
            last_used=self.last_used, keep_alive=self.keep_alive, active=self.active, leases=len(self.leases)
        )


class ModelTable:
    """See the module. Times are ``time.monotonic`` seconds; ``save_seconds``: what a runner may need to save."""

    def __init__(self, make_process: ProcessFactory, keep_alive: float, *, save_seconds: float = 0.0) -> None:
        self._make_process = make_process
        self._keep_alive = keep_alive
        self._save_seconds = save_seconds
        self._records: dict[ModelRef, Record] = {}
        self._inbox: asyncio.Queue[Callable[[], None]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    # What others ask of it.

    async def acquire(
        self, ref: ModelRef, *, on_progress: OnProgress, keep_alive: float | None = None, lease: str | None = None
    ) -> Held:
        """A ready runner of the model, started if need be. Whoever is cancelled while waiting only detaches.

        Raises:
            ThreadRunnerError: it cannot be loaded, or failed before.
        """
        return await self._wait(ref, on_progress, keep_alive, lease, is_generation=True)

    async def load(
        self, ref: ModelRef, *, on_progress: OnProgress, keep_alive: float | None, lease: str | None
    ) -> None:
        """Make the model ready, also one that failed before."""
        self._inbox.put_nowait(lambda: self._forgive(ref))
        await self._wait(ref, on_progress, keep_alive, lease, is_generation=False)

    def release(self, held: Held, *, is_completed: bool, is_cancelled: bool = False) -> None:
        """End the hold of one generation."""
        self._inbox.put_nowait(lambda: self._released(held, is_completed, is_cancelled))

    async def unload(self, ref: ModelRef) -> bool:
        """Stop the model's runner and wait until it is gone; whether there was one.

        Raises:
            BadRequest: somebody is generating with it.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait(lambda: self._unload(ref, done))
        return await done

    def drop_lease(self, lease: str) -> None:
        self._inbox.put_nowait(lambda: self._dropped(lease))

    def snapshot(self) -> list[Record]:
        """The rows, to read from."""
        return list(self._records.values())

    @property
    def has_runners(self) -> bool:
        return any(record.run for record in self._records.values())

    async def close(self) -> None:
        """Stop every runner."""
        runs = [record.run for record in self._records.values() if record.run]
        await asyncio.gather(*(_stop_process(run, 1.0 + self._save_seconds) for run in runs))

    # The owner.

    async def run(self) -> None:
        """The one loop that changes the table."""
        while True:
            moments = [moment for record in self._records.values() if (moment := record.expiry()) is not None]
            timeout = max(0.0, min(moments) - time.monotonic()) if moments else None
            try:
                act = await asyncio.wait_for(self._inbox.get(), timeout)
            except TimeoutError:
                self._expire()
                continue
            try:
                act()
            except Exception:
                logger.exception("the model table failed in one step")

    async def _wait(
        self,
        ref: ModelRef,
        on_progress: OnProgress,
        keep_alive: float | None,
        lease: str | None,
        *,
        is_generation: bool,
    ) -> Held:
        future: asyncio.Future[Held] = asyncio.get_running_loop().create_future()
        seconds = self._keep_alive if keep_alive is None else keep_alive
        waiter = Waiter(future, on_progress, seconds, lease, is_generation)
        self._inbox.put_nowait(lambda: self._asked(ref, waiter))
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and not future.exception() and is_generation:
                self.release(future.result(), is_completed=False)
            raise

    def _asked(self, ref: ModelRef, waiter: Waiter) -> None:
        if waiter.future.done():
            return
        record = self._records.setdefault(ref, Record(ref, waiter.keep_alive))
        record.keep_alive = waiter.keep_alive
        if waiter.lease:
            record.leases.add(waiter.lease)
        if record.state == "failed":
            waiter.future.set_exception(Unavailable(record.failure))
            return
        record.waiters.append(waiter)
        if record.state == "ready":
            self._serve_waiters(record)
        elif record.state == "stopped":
            self._start(record)

    def _forgive(self, ref: ModelRef) -> None:
        record = self._records.get(ref)
        if record and record.state == "failed":
            record.state, record.crashes = "stopped", 0

    def _serve_waiters(self, record: Record) -> None:
        assert record.run is not None
        waiters, record.waiters = record.waiters, []
        for waiter in waiters:
            if waiter.future.done():
                continue
            if waiter.is_generation:
                record.active += 1
            record.last_used = time.monotonic()
            waiter.future.set_result(Held(record.ref, record.run, record.notice))
            record.notice = None

    def _fail_waiters(self, record: Record, error: ThreadRunnerError) -> None:
        waiters, record.waiters = record.waiters, []
        for waiter in waiters:
            if not waiter.future.done():
                waiter.future.set_exception(error)

    def _start(self, record: Record) -> None:
        loop = asyncio.get_running_loop()
        exited: asyncio.Future[Exit] = loop.create_future()

        def on_exit(report: Exit) -> None:  # on the process's own thread
            with contextlib.suppress(RuntimeError):  # the loop is closed: the host is leaving
                loop.call_soon_threadsafe(self._inbox.put_nowait, lambda: self._exited(record, run, report))

        process = self._make_process(record.ref, record.extra_buffers, on_exit)
        run = Run(process, exited)
        record.run, record.state, record.progress = run, "starting", 0.0
        logger.info("starting a runner of %s", record.ref.name)
        self._spawn(self._bring_up(record, run))

    async def _bring_up(self, record: Record, run: Run) -> None:
        loop = asyncio.get_running_loop()

        def report(body: dict[str, Any]) -> None:  # on the waiting thread
            value = float(body.get("progress", 0.0))
            loop.call_soon_threadsafe(self._inbox.put_nowait, lambda: self._progressed(record, run, value))

        try:
            try:
                await asyncio.to_thread(run.process.start)
            finally:
                run.started.set()
            health = await asyncio.to_thread(run.process.wait_ready, report)
        except ChildExited:
            return  # on_exit reports it
        except ChildFailed as exc:
            error = from_wire(exc.body, 503)
        except OSError as exc:
            error = ModelLoadFailed(f"A runner of {record.ref.name} could not be started ({exc}).")
        else:
            self._inbox.put_nowait(lambda: self._became_ready(record, run, health.get("context")))
            return
        self._inbox.put_nowait(lambda: self._load_failed(record, run, error))
        if run.process.pid is None:  # it never lived, so nobody else reports its end
            self._inbox.put_nowait(lambda: self._exited(record, run, Exit(-1)))

    def _progressed(self, record: Record, run: Run, value: float) -> None:
        if record.run is run and value > record.progress:
            record.progress = value
            for waiter in record.waiters:
                if not waiter.future.done():
                    waiter.on_progress(value)

    def _became_ready(self, record: Record, run: Run, context: int | None) -> None:
        if record.run is not run or record.state != "starting":
            return
        logger.info("%s is ready in process %s", record.ref.name, run.process.pid)
        record.state, record.progress, record.last_used = "ready", 1.0, time.monotonic()
        record.context = context
        self._serve_waiters(record)

    def _load_failed(self, record: Record, run: Run, error: ThreadRunnerError) -> None:
        logger.warning("loading %s failed: %s", record.ref.name, error.message)
        if record.run is run:
            self._fail_waiters(record, error)
            self._stop(record)

    def _exited(self, record: Record, run: Run, report: Exit) -> None:
        run.exited.set_result(report)
        if record.run is not run:
            return
        state, record.run, record.state = record.state, None, "stopped"
        record.active = 0
        if state == "stopping":
            logger.info("the runner of %s is stopped", record.ref.name)
            if record.waiters:  # somebody asked meanwhile
                self._start(record)
            return
        decision = after_exit(
            report, completed=run.completed, crashes=record.crashes, extra_buffers=record.extra_buffers
        )
        logger.warning("the runner of %s %s", record.ref.name, report)
        record.crashes, record.extra_buffers = decision.crashes, decision.extra_buffers
        record.notice = decision.notice or record.notice
        sentence = describe_exit(record.ref.name, report)
        if decision.is_failed:
            record.state = "failed"
            record.failure = (
                f"{what_happened(record.ref.name, report)} That was the {record.crashes}rd time in a row, so it is not "
                f"started again by itself: `%llm load` tries once more. {last_line(report)}"
            )
        if decision.notice and record.waiters:
            self._start(record)
        else:
            self._fail_waiters(record, RunnerDied(sentence))

    def _released(self, held: Held, is_completed: bool, is_cancelled: bool) -> None:
        record = self._records.get(held.ref)
        if is_completed:
            held.run.completed += 1
        if record is None or record.run is not held.run:
            return
        record.active = max(0, record.active - 1)
        record.last_used = time.monotonic()
        if is_completed:
            record.crashes = 0
        if is_cancelled and record.active == 0:
            self._spawn(self._end_if_stuck(record, held.run))

    async def _end_if_stuck(self, record: Record, run: Run) -> None:
        """Kill a runner that is still busy some time after its last generation was cancelled."""
        await asyncio.sleep(STUCK_AFTER_SECONDS)
        if record.run is not run or record.active:
            return
        try:
            is_stuck = await asyncio.to_thread(run.process.is_busy) and record.active == 0
        except (OSError, ValueError, http.client.HTTPException):
            is_stuck = record.active == 0
        if is_stuck and record.run is run:
            logger.warning("the runner of %s does not obey a cancel and is killed", record.ref.name)
            await asyncio.to_thread(run.process.kill)

    def _unload(self, ref: ModelRef, done: asyncio.Future[bool]) -> None:
        record = self._records.get(ref)
        if record is None or record.run is None:
            if record:
                record.state = "stopped"
            done.set_result(False)
        elif record.active:
            done.set_exception(BadRequest(f"{ref.name} is generating for somebody: cancel that first."))
        else:
            self._fail_waiters(record, Cancelled(f"{ref.name} was unloaded."))
            record.run.exited.add_done_callback(lambda _: done.set_result(True))
            self._stop(record)

    def _dropped(self, lease: str) -> None:
        for record in self._records.values():
            if lease in record.leases:
                record.leases.discard(lease)
                # The keep-alive counts from now: the model was in use until its holder went.
                record.last_used = time.monotonic()

    def _expire(self) -> None:
        now = time.monotonic()
        for record in self._records.values():
            moment = record.expiry()
            if moment is not None and moment <= now:
                logger.info("unloading %s: unused for %.0f s", record.ref.name, record.keep_alive)
                self._stop(record)

    def _stop(self, record: Record) -> None:
        if record.run and record.state != "stopping":
            record.state = "stopping"
            self._spawn(_stop_process(record.run, STOP_SECONDS + self._save_seconds))

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _stop_process(run: Run, grace_seconds: float) -> None:
    # A process that is just being started could not be told to stop, and would stay.
    await run.started.wait()
    await asyncio.to_thread(run.process.stop, grace_seconds)
