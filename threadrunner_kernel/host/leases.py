"""Leases: a client's word that it is alive and uses models. A lease guards against keep-alive only."""

from __future__ import annotations

import asyncio
import contextlib
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import psutil

WITHOUT_PIDFD_POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Lease:
    """One holder; ``pid`` is the process behind it, where known, and ``name`` what it calls itself."""

    pid: int | None
    name: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])


class Leases:
    """The leases in force."""

    def __init__(self) -> None:
        self.held: dict[str, Lease] = {}

    @contextlib.asynccontextmanager
    async def holding(self, pid: int | None, name: str) -> AsyncIterator[Lease]:
        lease = Lease(pid, name)
        self.held[lease.id] = lease
        try:
            yield lease
        finally:
            del self.held[lease.id]

    def holder(self, id: str) -> str:
        """Who is behind a lease, in words."""
        lease = self.held.get(id)
        if lease is None:
            return "somebody who has gone"
        process = f"process {lease.pid}" if lease.pid else "a process"
        return f"{lease.name} ({process})" if lease.name else process


async def process_ended(pid: int | None) -> None:
    """Return when the process has ended.

    A process that the holder forked may keep the connection open, so the connection alone proves nothing.
    """
    if pid is None:
        await asyncio.Event().wait()
        return
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    except (AttributeError, OSError):  # macOS, old kernels
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(WITHOUT_PIDFD_POLL_SECONDS)
        return
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
