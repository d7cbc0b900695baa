"""One life of a runner's process: brought up, asked how it is, stopped. It reports, and decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.errors import ModelLoadFailed, from_wire
from threadrunner_kernel.host.policy import KILLED
from threadrunner_kernel.memory import memory_kills
from threadrunner_kernel.process import ChildExited, ChildFailed, ChildProcess, Exit

EXIT_REPORT_SECONDS = 5.0


@dataclass(slots=True, eq=False)
class Run:
    """See the module. ``completed`` counts the generations that came to their end.

    ``ended_because`` is why it was ended here in the middle of its work, if it was.
    """

    process: ChildProcess
    exited: asyncio.Future[Exit]
    started: asyncio.Event = field(default_factory=asyncio.Event)
    completed: int = 0
    ended_because: str = ""
    system_kills: int = field(default_factory=memory_kills)

    def explain(self, report: Exit) -> Exit:
        """The report of its end with the cause, where that is known."""
        cause = self.ended_because
        if not cause and report.code == KILLED and memory_kills() > self.system_kills:
            cause = "memory ran out, and the system killed it (SIGKILL)"
        return replace(report, cause=cause)

    @property
    def endpoint(self) -> Endpoint:
        return self.process.endpoint

    async def bring_up(self, name: str, on_progress: Callable[[float], None]) -> dict[str, Any] | None:
        """Start it and wait until it is ready, with its health then; ``None``: it ended, which its exit reports.

        Raises:
            ThreadRunnerError: it cannot be started, or says that it cannot load the model.
        """
        loop = asyncio.get_running_loop()

        def report(body: dict[str, Any]) -> None:  # on the waiting thread
            loop.call_soon_threadsafe(on_progress, float(body.get("progress", 0.0)))

        try:
            try:
                await asyncio.to_thread(self.process.start)
            finally:
                self.started.set()
            return await asyncio.to_thread(self.process.wait_ready, report)
        except ChildExited:
            return None
        except ChildFailed as exc:
            raise from_wire(exc.body, 503) from exc
        except OSError as exc:
            raise ModelLoadFailed(f"A runner of {name} could not be started ({exc}).") from exc

    async def is_busy(self) -> bool:
        """Whether it computes something, or does not answer."""
        try:
            return await asyncio.to_thread(self.process.is_busy)
        except (OSError, ValueError, http.client.HTTPException):
            return True

    async def work(self, timeout_seconds: float) -> dict[str, Any]:
        """What it does, as ``ChildProcess.work``; nothing if it does not answer in time."""
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            return await asyncio.to_thread(self.process.work, timeout_seconds)
        return {}

    async def stop(self, grace_seconds: float) -> None:
        # A process that is just being started could not be told to stop, and would stay.
        await self.started.wait()
        await asyncio.to_thread(self.process.stop, grace_seconds)

    async def end(self) -> Exit | None:
        """How it ended, for who has just lost its connection; ``None`` if it lives on."""
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self.exited), EXIT_REPORT_SECONDS)
        return None
