"""The host's HTTP application: its parts put together, and who may ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI

from threadrunner_kernel.config import Settings
from threadrunner_kernel.host import compat_routes, control_routes, model_routes, openai_routes, pages
from threadrunner_kernel.host.engines import Engines
from threadrunner_kernel.host.leases import Leases
from threadrunner_kernel.host.listeners import Door, Listeners
from threadrunner_kernel.host.metrics import Metrics
from threadrunner_kernel.host.model_table import ModelTable
from threadrunner_kernel.host.openapi import document
from threadrunner_kernel.host.relay import Relay
from threadrunner_kernel.host.resources import Resources
from threadrunner_kernel.host.room import Memory
from threadrunner_kernel.host.traffic import Traffic
from threadrunner_kernel.serving import Guard, install_error_handlers

ROUTERS = (openai_routes.router, model_routes.router, control_routes.router, compat_routes.router, pages.router)


class HostState:
    """What the routes share; made by the daemon."""

    def __init__(
        self, settings: Settings, home: Path, table: ModelTable, leases: Leases, memory: Memory, engines: Engines
    ) -> None:
        self.settings = settings
        self.home = home
        self.table = table
        self.engines = engines
        self.relay = Relay(table, engines)
        self.resources = Resources(table, self.relay)
        self.leases = leases
        self.memory = memory
        self.metrics = Metrics()
        self.listeners: Listeners
        self.notices: list[str] = []
        self.began = time.monotonic()  # a clock that nobody sets
        self.open_requests = 0
        self.is_leaving = False
        self.last_request = time.monotonic()
        self.leaving = asyncio.Event()
        self.leave: Callable[[], None] = self.leaving.set

    @property
    def models_folder(self) -> Path:
        return self.home / "models"

    @property
    def is_needed(self) -> bool:
        """Whether anything keeps the host: a request, a lease, a runner, a failure that is to be remembered."""
        return bool(self.open_requests or self.leases.held or self.table.is_in_use)


def make_app(state: HostState, token: str | None) -> Callable[..., Awaitable[None]]:
    """The application; with a ``token`` (TCP) each request must carry it."""
    # FastAPI's own pages would fetch their scripts from the net.
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.host = state
    app.state.document = document(ROUTERS)
    install_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    state.listeners = Listeners(lambda served: Traffic(Door(app, served, state.home), state, f"port-{served.port}"))
    return Traffic(Guard(app, token), state, "own")
