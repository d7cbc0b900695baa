"""Every request to the host from its first byte to its last: its id, its limits, its log line, its numbers."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import TYPE_CHECKING, Any

from fastapi import Request

from threadrunner_kernel.client import HostGone
from threadrunner_kernel.request_ids import ID_HEADER, log_words, on_behalf_of
from threadrunner_kernel.serving import BoundedBody, error_response, headers_of, refusals

if TYPE_CHECKING:
    from threadrunner_kernel.host.app import HostState

logger = logging.getLogger("threadrunner.host")

# What a client may call its request: a log line must stay one line with its words where they are.
CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
LONGEST_LOGGED_PATH = 200
# They are asked again and again, and would hide what matters.
QUIET = {"/health", "/status", "/metrics"}
# At the door, where anybody can come to.
REFUSED = {401, 403, 429}


class Traffic:
    """Around one of the host's doors: what every request that comes in by it has in common."""

    def __init__(self, app: Any, state: HostState, door: str) -> None:
        self.app = app
        self.state = state
        self.door = door

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        asked = headers_of(scope).get(ID_HEADER.lower(), "")
        id = asked if CLIENT_ID.fullmatch(asked) else uuid.uuid4().hex[:16]
        passage = Passage(scope, send, id)
        with on_behalf_of(id):
            try:
                await self._counted(scope, BoundedBody(scope, receive), passage.send)
            finally:
                self._note(passage)

    async def _counted(self, scope: Any, receive: Any, send: Any) -> None:
        """The request, with the host staying for as long as it lasts."""
        if scope["path"] in QUIET:  # looking at the host keeps nobody alive
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

    def _note(self, passage: Passage) -> None:
        is_quiet = passage.path in QUIET and passage.status == 200
        self.state.metrics.request(passage.route, passage.method, passage.status, passage.seconds)
        facts = {
            "method": passage.method,
            "path": passage.path[:LONGEST_LOGGED_PATH],
            "status": passage.status or "none",
            "seconds": f"{passage.seconds:.3f}",
            "door": self.door,
            **passage.scope["state"].get("facts", {}),
        }
        is_refused = passage.status in REFUSED
        log = refusals if is_refused else logger
        log.log(logging.DEBUG if is_quiet else logging.INFO, "%s", log_words(facts))


def add_fact(request: Request, **facts: object) -> None:
    """Something that the log line of this request shall say; never a prompt or an answer."""
    request.scope["state"].setdefault("facts", {}).update(facts)


class Passage:
    """One request on its way through; ``status`` is 0 until the answer has begun."""

    def __init__(self, scope: Any, send: Any, id: str) -> None:
        self.method: str = scope["method"]
        # As it was sent, so without spaces and newlines, and without the query.
        self.path: str = scope["raw_path"].decode("ascii", "replace")
        self.status = 0
        self.scope = scope
        self._send = send
        self._id = id.encode()
        self._began = time.monotonic()

    @property
    def route(self) -> str:
        """The route's own path: what a client makes up must not make a new row in the numbers."""
        return getattr(self.scope.get("route"), "path", "none")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), (ID_HEADER.lower().encode(), self._id)]}
        await self._send(message)
