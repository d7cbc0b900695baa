"""The host's life: take the socket, serve, leave when nobody needs it any more."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
import time
from pathlib import Path

from filelock import FileLock, Timeout

from threadrunner_kernel import config
from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.errors import BadRequest, ThreadRunnerError
from threadrunner_kernel.host.app import HostState, make_app
from threadrunner_kernel.host.children import Children
from threadrunner_kernel.host.engines import OPENAI, Engines
from threadrunner_kernel.host.leases import Leases
from threadrunner_kernel.host.model_table import ModelTable
from threadrunner_kernel.host.room import Memory
from threadrunner_kernel.host.shortage import Shortage
from threadrunner_kernel.launcher import ALREADY_RUNNING, launch_lock
from threadrunner_kernel.leftovers import sweep
from threadrunner_kernel.serving import Server

logger = logging.getLogger("threadrunner.host")

OWNERSHIP_TIMEOUT_SECONDS = 30.0
FIRST_REQUEST_SECONDS = 15.0
LINGER_SECONDS = 2.0
IDLE_POLL_SECONDS = 0.2
# Longer than the runner waits for it (runner/__main__.py).
SAVE_SECONDS = 32.0


class Daemon:
    """One host on ``endpoint``. ``run`` returns the exit code."""

    def __init__(self, endpoint: Endpoint, settings: Settings, home: Path) -> None:
        self.endpoint = endpoint
        self.settings = settings
        self.home = home

    def run(self) -> int:
        # Held for life: whoever starts a second host on this socket finds it out here.
        ownership = FileLock(self.endpoint.path.with_suffix(".owner"))
        if not self._take(ownership):
            return ALREADY_RUNNING
        with ownership:
            threading.Thread(target=self._sweep, name="sweep", daemon=True).start()
            asyncio.run(self._serve())
        return 0

    def _sweep(self) -> None:
        """Remove what hosts before this one have left beside its socket."""
        try:
            count = sweep(self.endpoint.path.parent)
        except OSError as exc:
            logger.warning("the folder of sockets cannot be swept: %s", exc)
        else:
            logger.debug("%d files that hosts before this one had left are removed", count)

    def _take(self, ownership: FileLock) -> bool:
        """Wait for a host that is leaving; give way to one that is there."""
        deadline = time.monotonic() + OWNERSHIP_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                ownership.acquire(timeout=0.1)
                return True
            except Timeout:
                if self.endpoint.is_served():
                    return False
        return False

    async def _serve(self) -> None:
        """startup, main loop, shutdown."""
        listening = self.endpoint.listen()
        save_seconds = SAVE_SECONDS if self.settings.prompt_cache == "disk" else 0.0
        leases = Leases()
        memory = Memory(self.settings, self.home / "models")
        table = ModelTable(
            Children(self.settings, self.home, memory).make,
            memory,
            keep_alive=self.settings.keep_alive,
            save_seconds=save_seconds,
            holder=leases.holder,
        )
        engines = Engines(self.settings, self.home)
        state = HostState(self.settings, self.home, table, leases, memory, engines)
        state.notices += self._notices()
        server = Server(make_app(state, self.endpoint.token()))

        def leave() -> None:
            state.leaving.set()
            server.leave()

        state.leave = leave
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, leave)
        owner = asyncio.create_task(table.run())
        shortage = asyncio.create_task(Shortage(table, self.settings.memory_limit).run())
        keeper = asyncio.create_task(self._leave_when_unneeded(state, server))
        preloading = asyncio.create_task(self._preload(state))
        watcher = asyncio.create_task(state.resources.watch())
        logger.info("the host is ready on %s", self.endpoint.path)
        try:
            await server.serve(sockets=[listening])
        finally:
            self.endpoint.unlink()
            for task in (keeper, preloading, shortage, watcher):
                task.cancel()
            engines.close()
            state.relay.cancel()
            owner.cancel()
            await table.close()
            logger.info("the host leaves")

    async def _preload(self, state: HostState) -> None:
        """Load the models that are to be kept, one after the other; one that cannot be is told."""
        for name in self.settings.preload:
            try:
                ref = await state.engines.resolve(name, self.settings.engine)
                if ref.engine == OPENAI:
                    raise BadRequest("an upstream loads its models itself.")
                await state.table.load(ref, on_progress=lambda _: None, keep_alive=None, lease=None, is_preloaded=True)
            except ThreadRunnerError as exc:
                logger.warning("preloading %s failed: %s", name, exc.message)
                state.notices.append(f"{name} could not be preloaded: {exc.message}")

    async def _leave_when_unneeded(self, state: HostState, server: Server) -> None:
        patience = FIRST_REQUEST_SECONDS
        while True:
            await asyncio.sleep(IDLE_POLL_SECONDS)
            if state.is_needed:
                patience = LINGER_SECONDS
                continue
            if time.monotonic() - state.last_request < patience:
                continue
            # Under the lock nobody is just starting a host or counting on this one's socket.
            lock = launch_lock(self.endpoint, Cancellation())
            await asyncio.to_thread(lock.__enter__)
            try:
                if not state.is_needed:
                    state.is_leaving = True  # a request that comes all the same goes to the next host
                    self.endpoint.unlink()
                    server.leave()
                    return
            finally:
                lock.__exit__(None, None, None)

    def _notices(self) -> list[str]:
        """What the user should know of this host once."""
        probe = self.home / "logs" / ".writable"
        try:
            probe.parent.mkdir(parents=True, exist_ok=True)
            probe.write_text("x")
            probe.unlink()
        except OSError as exc:
            return [f"ThreadRunner cannot write to {self.home} ({exc.strerror}): it goes on without logs."]
        return []


def run_host(endpoint: Endpoint) -> int:
    """Run a host with the settings of this process's environment."""
    return Daemon(endpoint, config.load(), config.home()).run()
