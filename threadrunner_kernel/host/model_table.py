"""Which models are loaded, loading or failed: one asyncio task owns it, everybody else sends it requests.

Slow work (reading, starting, waiting, stopping) runs beside the owner and comes back as a message. A read
(``snapshot``) may inform but never gates a change.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from threadrunner_kernel.errors import BadRequest, Cancelled, RunnerDied, ThreadRunnerError, Unavailable
from threadrunner_kernel.host.admissions import Admissions
from threadrunner_kernel.host.policy import (
    after_exit,
    describe_exit,
    describe_failure,
    evicted_notice,
    short_of_memory_notice,
)
from threadrunner_kernel.host.records import Held, OnProgress, Record, Start, Waiter, Wishes
from threadrunner_kernel.host.room import Memory, Needs
from threadrunner_kernel.host.runs import Run
from threadrunner_kernel.models import ModelRef
from threadrunner_kernel.process import ChildProcess, Exit
from threadrunner_kernel.request_ids import NOBODY, on_behalf_of, request_id

logger = logging.getLogger("threadrunner.host")

STUCK_AFTER_SECONDS = 10.0
STOP_SECONDS = 3.0
KEEP_ALIVE_SECONDS = 300.0

ProcessFactory = Callable[[ModelRef, Start, Callable[[Exit], None]], ChildProcess]


class ModelTable:
    """See the module. Times are ``time.monotonic`` seconds; ``save_seconds``: what a runner may need to save.

    ``holder`` says in words who is behind a lease.
    """

    def __init__(
        self,
        make_process: ProcessFactory,
        memory: Memory,
        *,
        keep_alive: float | None = None,
        save_seconds: float = 0.0,
        holder: Callable[[str], str] = str,
    ) -> None:
        self._make_process = make_process
        self._keep_alive = KEEP_ALIVE_SECONDS if keep_alive is None else keep_alive
        self._save_seconds = save_seconds
        self._admissions = Admissions(self, memory, holder)
        self._records: dict[ModelRef, Record] = {}
        self._notices: dict[str, list[str]] = {}
        self._inbox: asyncio.Queue[tuple[str, Callable[[], None]]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    # What others ask of it.

    async def acquire(
        self,
        ref: ModelRef,
        *,
        on_progress: OnProgress,
        keep_alive: float | None = None,
        lease: str | None = None,
        shows_notices: bool = False,
    ) -> Held:
        """A ready runner of the model, started if need be. Whoever is cancelled while waiting only detaches.

        Raises:
            ThreadRunnerError: it cannot be loaded, or failed before.
        """
        return await self._wait(ref, Waiter(on_progress, keep_alive, lease, shows_notices=shows_notices))

    async def load(
        self,
        ref: ModelRef,
        *,
        on_progress: OnProgress,
        keep_alive: float | None,
        lease: str | None,
        wishes: Wishes | None = None,
        is_preloaded: bool = False,
    ) -> str | None:
        """Make the model ready, also one that failed before; with what the holder of the lease is to be told.

        Raises:
            ThreadRunnerError: it cannot be loaded, or is loaded otherwise than wished.
        """
        waiter = Waiter(
            on_progress, keep_alive, lease, is_generation=False, shows_notices=True, wishes=wishes or Wishes()
        )
        self.post(lambda: self._prepare(ref, is_preloaded))
        return (await self._wait(ref, waiter)).notice

    def release(self, held: Held, *, is_completed: bool, is_cancelled: bool = False) -> None:
        """End the hold of one generation."""
        self.post(lambda: self._released(held, is_completed, is_cancelled))

    async def unload(self, ref: ModelRef) -> bool:
        """Stop the model's runner and wait until it is gone; whether there was one.

        Raises:
            BadRequest: somebody is generating with it.
        """
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.post(lambda: self._unload(ref, done))
        return await done

    def drop_lease(self, lease: str) -> None:
        self.post(lambda: self._dropped(lease))

    def snapshot(self) -> list[Record]:
        """The rows, to read from."""
        return list(self._records.values())

    @property
    def is_in_use(self) -> bool:
        return any(record.is_in_use for record in self._records.values())

    async def close(self) -> None:
        """Stop every runner."""
        runs = [record.run for record in self._records.values() if record.run]
        await asyncio.gather(*(run.stop(1.0 + self._save_seconds) for run in runs))

    # The owner.

    async def run(self) -> None:
        """The one loop that changes the table."""
        while True:
            moments = [moment for record in self._records.values() if (moment := record.expiry()) is not None]
            timeout = max(0.0, min(moments) - time.monotonic()) if moments else None
            try:
                request, act = await asyncio.wait_for(self._inbox.get(), timeout)
            except TimeoutError:
                request, act = NOBODY, self._expire
            with on_behalf_of(request):
                try:
                    act()
                except Exception:
                    logger.exception("the model table failed in one step")

    # Waiting for a model.

    async def _wait(self, ref: ModelRef, waiter: Waiter) -> Held:
        self.post(lambda: self._asked(ref, waiter))
        future = waiter.future
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and not future.exception() and waiter.is_generation:
                self.release(future.result(), is_completed=False)
            raise

    def _prepare(self, ref: ModelRef, is_preloaded: bool) -> None:
        """A load by hand forgives what was, and a preload keeps the model."""
        record = self._records.setdefault(ref, Record(ref, self._keep_alive))
        record.is_preloaded = record.is_preloaded or is_preloaded
        if record.state == "failed":
            record.state, record.crashes = "stopped", 0

    def _asked(self, ref: ModelRef, waiter: Waiter) -> None:
        if waiter.future.done():
            return
        record = self._records.setdefault(ref, Record(ref, self._keep_alive))
        if waiter.keep_alive is not None:
            record.keep_alive = waiter.keep_alive
        if waiter.lease:
            record.leases.add(waiter.lease)
        if record.state == "failed":
            waiter.future.set_exception(Unavailable(record.failure))
            return
        if waiter.wishes and not self._takes(record, waiter.wishes):
            waiter.future.set_exception(
                BadRequest(f"{ref.name} is loaded otherwise already: unload it first (`threadrunner unload`).")
            )
            return
        record.waiters.append(waiter)
        if record.state == "ready":
            self._serve_waiters(record)
        elif record.state == "stopped":
            self._begin(record)

    def _takes(self, record: Record, wishes: Wishes) -> bool:
        """Take the wishes of a load over; a model that is loaded can only have those that it was loaded with."""
        if record.state in ("ready", "starting"):
            now = record.wishes
            return wishes.context in (None, now.context, record.context) and wishes.kv_type in (None, now.kv_type)
        record.wishes = wishes
        return True

    def _serve_waiters(self, record: Record) -> None:
        assert record.run is not None
        waiters, record.waiters = record.waiters, []
        for waiter in waiters:
            if waiter.future.done():
                continue
            if waiter.is_generation:
                record.generating[waiter.lease] += 1
            record.last_used = time.monotonic()
            notice = self._take_notice(record, waiter.lease) if waiter.shows_notices else None
            waiter.future.set_result(Held(record.ref, record.run, notice, waiter.lease))

    def _take_notice(self, record: Record, lease: str | None) -> str | None:
        """What the user is to be told of the model and of those that went while he held them; it is told once."""
        notices = [notice for notice in (record.notice, record.load_notice) if notice]
        notices += self._notices.pop(lease, []) if lease else []
        record.notice = record.load_notice = None
        return " ".join(notices) or None

    def _fail_waiters(self, record: Record, error: ThreadRunnerError) -> None:
        waiters, record.waiters = record.waiters, []
        for waiter in waiters:
            if not waiter.future.done():
                waiter.future.set_exception(error)

    # Loading. The admissions call these, in this task.

    def _begin(self, record: Record) -> None:
        record.state, record.progress = "starting", 0.0
        self._admissions.begin(record)

    def post(self, act: Callable[[], None]) -> None:
        """Do something in the owner's task, in the name of the request that it comes from."""
        self._inbox.put_nowait((request_id.get(), act))

    def refuse(self, record: Record, error: ThreadRunnerError) -> None:
        logger.warning("%s is not loaded: %s", record.ref.name, error.message)
        # What could not be had once is not what the next request means.
        record.state, record.wishes = "stopped", Wishes()
        self._fail_waiters(record, error)

    def evict(self, record: Record, newcomer: Record) -> None:
        logger.info("unloading %s to make room for %s", record.ref.name, newcomer.ref.name)
        self._take_away(record, evicted_notice(record.ref.name, newcomer.ref.name))

    def end_for_memory(self, record: Record, cause: str) -> None:
        """End a runner because memory is short: an idle one is unloaded, one at work is killed."""
        run = record.run
        if run is None:
            return
        logger.warning("ending the runner of %s: %s", record.ref.name, cause)
        if record.occupant().is_busy:
            run.ended_because = cause
            self._spawn(asyncio.to_thread(run.process.kill))
        else:
            self._take_away(record, short_of_memory_notice(record.ref.name, cause))

    def _take_away(self, record: Record, notice: str) -> None:
        """Unload an idle model; its holders are told."""
        for lease in record.leases:
            self._notices.setdefault(lease, []).append(notice)
        self._stop(record)

    def launch(self, record: Record, needs: Needs, free_bytes: int) -> None:
        plan = needs.planned(free_bytes)
        start = Start(record.wishes, record.extra_buffers, needs.context_bytes(free_bytes), plan)
        try:
            # The end of another model may have made the room, which is nobody's request.
            with on_behalf_of(record.request):
                self._start(record, start)
        except ThreadRunnerError as exc:  # there is no place for its socket
            self.refuse(record, exc)
            return
        record.reserved_bytes, record.most_bytes = plan.total_bytes, plan.most_bytes
        record.reserved_gpu_bytes = needs.split.space(plan).gpu_bytes
        record.load_notice = needs.notice(plan)

    def _start(self, record: Record, start: Start) -> None:
        loop = asyncio.get_running_loop()
        exited: asyncio.Future[Exit] = loop.create_future()

        def on_exit(report: Exit) -> None:  # on the process's own thread
            with contextlib.suppress(RuntimeError):  # the loop is closed: the host is leaving
                loop.call_soon_threadsafe(self.post, lambda: self._exited(record, run, report))

        run = Run(self._make_process(record.ref, start, on_exit), exited)
        record.run = run
        logger.info("starting a runner of %s", record.ref.name)
        self._spawn(self._bring_up(record, run))

    async def _bring_up(self, record: Record, run: Run) -> None:
        def report(value: float) -> None:
            self.post(lambda: self._progressed(record, run, value))

        try:
            health = await run.bring_up(record.ref.name, report)
        except ThreadRunnerError as exc:
            self.post(partial(self._load_failed, record, run, exc))
            if run.process.pid is None:  # it never lived, so nobody else reports its end
                self.post(lambda: self._exited(record, run, Exit(-1)))
            return
        if health is not None:
            self.post(lambda: self._became_ready(record, run, health))

    def _progressed(self, record: Record, run: Run, value: float) -> None:
        if record.run is run and value > record.progress:
            record.progress = value
            for waiter in record.waiters:
                if not waiter.future.done():
                    waiter.on_progress(value)

    def _became_ready(self, record: Record, run: Run, health: dict[str, Any]) -> None:
        if record.run is not run or record.state != "starting":
            return
        logger.info("%s is ready in process %s", record.ref.name, run.process.pid)
        record.state, record.progress, record.last_used = "ready", 1.0, time.monotonic()
        record.context, record.device = health.get("context"), health.get("device")
        self._serve_waiters(record)

    def _load_failed(self, record: Record, run: Run, error: ThreadRunnerError) -> None:
        logger.warning("loading %s failed: %s", record.ref.name, error.message)
        if record.run is run:
            record.wishes = Wishes()
            self._fail_waiters(record, error)
            self._stop(record)

    # The end of a runner, and of what used it.

    def _exited(self, record: Record, run: Run, report: Exit) -> None:
        report = run.explain(report)
        run.exited.set_result(report)
        if record.run is not run:
            return
        state, record.run, record.state = record.state, None, "stopped"
        record.reserved_bytes = record.reserved_gpu_bytes = 0
        record.generating.clear()
        if state == "stopping":
            logger.info("the runner of %s is stopped", record.ref.name)
        else:
            self._ended_by_itself(record, run, report)
        # Who waits for the room comes first: this one may have gone for it.
        self._admissions.look_again()
        if record.waiters and record.state == "stopped":  # somebody asked meanwhile
            self._begin(record)

    def _ended_by_itself(self, record: Record, run: Run, report: Exit) -> None:
        decision = after_exit(
            report, completed=run.completed, crashes=record.crashes, extra_buffers=record.extra_buffers
        )
        logger.warning("the runner of %s %s", record.ref.name, report)
        record.crashes, record.extra_buffers = decision.crashes, decision.extra_buffers
        record.notice = decision.notice or record.notice
        if decision.is_failed:
            record.state, record.last_used = "failed", time.monotonic()
            record.failure = describe_failure(record.ref.name, report, record.crashes)
        if not decision.notice:
            self._fail_waiters(record, RunnerDied(describe_exit(record.ref.name, report)))

    def _released(self, held: Held, is_completed: bool, is_cancelled: bool) -> None:
        record = self._records.get(held.ref)
        if is_completed:
            held.run.completed += 1
        if record is None or record.run is not held.run:
            return
        record.generating[held.lease] -= 1
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
        if await run.is_busy() and record.run is run and not record.active:
            logger.warning("the runner of %s does not obey a cancel and is killed", record.ref.name)
            await asyncio.to_thread(run.process.kill)

    def _unload(self, ref: ModelRef, done: asyncio.Future[bool]) -> None:
        record = self._records.get(ref)
        if record is None or record.run is None:
            if record:
                self._admissions.drop(ref)
                record.state, record.wishes, record.crashes = "stopped", Wishes(), 0
                self._fail_waiters(record, Cancelled(f"{ref.name} was unloaded."))
            done.set_result(False)
        elif record.active:
            done.set_exception(BadRequest(f"{ref.name} is generating for somebody: cancel that first."))
        else:
            record.wishes, record.keep_alive, record.crashes = Wishes(), self._keep_alive, 0
            self._fail_waiters(record, Cancelled(f"{ref.name} was unloaded."))
            record.run.exited.add_done_callback(lambda _: done.set_result(True))
            self._stop(record)

    def _dropped(self, lease: str) -> None:
        self._notices.pop(lease, None)
        for record in self._records.values():
            if lease in record.leases:
                record.leases.discard(lease)
                # The keep-alive counts from now: the model was in use until its holder went.
                record.last_used = time.monotonic()

    def _expire(self) -> None:
        now = time.monotonic()
        for record in self._records.values():
            moment = record.expiry()
            if moment is None or moment > now:
                continue
            if record.state == "failed":
                record.state, record.crashes = "stopped", 0
            else:
                logger.info("unloading %s: unused for %.0f s", record.ref.name, record.keep_alive)
                record.keep_alive = self._keep_alive
                self._stop(record)

    def _stop(self, record: Record) -> None:
        if record.run and record.state != "stopping":
            record.state = "stopping"
            self._spawn(record.run.stop(STOP_SECONDS + self._save_seconds))

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
