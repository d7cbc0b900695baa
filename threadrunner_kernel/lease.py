"""A program's lease on the host: while it is held, what the program uses stays loaded."""

from __future__ import annotations

import os
import threading
import time

from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.errors import ThreadRunnerError

LEASE_TIMEOUT_SECONDS = 10.0


class Lease:
    """Held from its making until the host or this process ends, by a thread that reads its stream.

    ``name`` is what others are told of who holds it.
    """

    def __init__(self, client: HostClient, cancellation: Cancellation, name: str = "") -> None:
        self.name = name
        self.id: str | None = None
        self.pid = os.getpid()
        self.is_held = True
        self._client = HostClient(client.endpoint)
        self._granted = threading.Event()
        threading.Thread(target=self._hold, name="lease", daemon=True).start()
        deadline = time.monotonic() + LEASE_TIMEOUT_SECONDS
        while not self._granted.wait(0.02) and self.is_held and time.monotonic() < deadline:
            cancellation.check()

    def _hold(self) -> None:
        path = f"/lease?pid={self.pid}&name={self.name.replace('&', '+')}"
        try:
            with self._client.stream("GET", path, None, Cancellation()) as chunks:
                for chunk in chunks:
                    self.id = chunk.get("lease", self.id)
                    self._granted.set()
        except ThreadRunnerError:
            pass  # the host is gone; the next prompt starts one and takes a new lease
        finally:
            self.is_held = False
