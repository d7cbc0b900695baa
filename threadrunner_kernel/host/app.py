"""The host's HTTP application: its parts put together, and who may ask."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from threadrunner_kernel import __version__
from threadrunner_kernel.client import HostGone
from threadrunner_kernel.config import Settings
from threadrunner_kernel.host import control_routes, openai_routes
from threadrunner_kernel.host.engines import Engines
from threadrunner_kernel.host.leases import Leases
from threadrunner_kernel.host.model_table import ModelTable
from threadrunner_kernel.host.relay import Relay
from threadrunner_kernel.serving import Guard, error_response, install_error_handlers


class HostState:
    """What the routes share; made by the daemon."""

    def __init__(self, settings: Settings, home: Path, table: ModelTable, engines: Engines) -> None:
        self.settings = settings
        self.home = home
        self.table = table
        self.engines = engines
        self.relay = Relay(table, engines)
        self.leases = Leases()
        self.notices: list[str] = []
        self.began = time.time()
        self.open_requests = 0
        self.is_leaving = False
        self.last_request = time.monotonic()
        self.leave: Callable[[], None] = lambda: None

    @property
    def models_folder(self) -> Path:
        return self.home / "models"

    @property
    def is_needed(self) -> bool:
        """Whether anything keeps the host: a request, a lease, a runner."""
        return bool(self.open_requests or self.leases.held or self.table.has_runners)


def make_app(state: HostState, token: str | None) -> Callable[..., Awaitable[None]]:
    """The application; with a ``token`` (TCP) each request must carry it."""
    app = FastAPI(title="ThreadRunner host", version=__version__)
    app.state.host = state
    install_error_handlers(app)
    app.include_router(openai_routes.router)
    app.include_router(control_routes.router)
    return Guard(_Counter(app, state), token)


class _Counter:
    """Counts requests for the host's life."""

    def __init__(self, app: FastAPI, state: HostState) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/health":  # looking whether the host is there keeps nobody alive
            await self.app(scope, receive, send)
            return
        if self.state.is_leaving:
            await error_response(HostGone("This host is leaving; ask the next one."))(scope, receive, send)
            return
        self.state.open_requests += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.state.open_requests -= 1
            self.state.last_request = time.monotonic()
