"""The host's own routes: health, status, stopping, loading, unloading, leases."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from threadrunner_kernel import __version__
from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.host.engines import AUTO, OPENAI
from threadrunner_kernel.host.leases import process_ended
from threadrunner_kernel.host.listeners import asked_port
from threadrunner_kernel.host.openai_routes import find_model, json_body, keep_alive_of, known_lease
from threadrunner_kernel.host.questions import LoadRequest, StopRequest, UnloadRequest, read
from threadrunner_kernel.host.records import OnProgress, Wishes
from threadrunner_kernel.host.relay import with_load_progress
from threadrunner_kernel.host.report import report
from threadrunner_kernel.host.room import Forecast
from threadrunner_kernel.messages import WIRE_VERSION, ChunkHead, Event, loaded_text
from threadrunner_kernel.models import ModelRef
from threadrunner_kernel.serving import DONE, event_stream, sse, unless_disconnected

router = APIRouter()
LEASE_COMMENT_SECONDS = 15.0
LONGEST_NAME = 100
PROCESS_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """200 when ready: who this host is, and which host settings it was started with."""
    state = request.app.state.host
    return {
        "status": "ok",
        "version": __version__,
        "wire": WIRE_VERSION,
        "pid": os.getpid(),
        "executable": sys.executable,
        "settings": asdict(state.settings),
        "notices": state.notices,
    }


@router.get("/status")
async def status(request: Request) -> dict[str, Any]:
    """What is loaded, by whom it is held, what it uses (bytes, per cent of one core) and what it does."""
    return await report(request.app.state.host)


@router.post("/stop")
async def stop(request: Request) -> dict[str, Any]:
    """Cancel running generations: all of them, or the one whose ``id`` the body names."""
    asked = read(StopRequest, await json_body(request) if await request.body() else {})
    return {"success": True, "cancelled": request.app.state.host.relay.cancel(asked.id)}


@router.post("/models/load")
async def load(request: Request) -> Response:
    """Make a model ready, with ``stream`` as an event stream with its progress; with ``estimate`` only reckon.

    ``context`` and ``kv_type`` are this model's instead of the host's; ``force`` loads it even if it does not fit.
    """
    return await load_as_asked(request, await json_body(request))


async def load_as_asked(request: Request, body: dict[str, Any]) -> Response:
    """The answer to a request to load the model that the body names."""
    state = request.app.state.host
    keep_alive = keep_alive_of(body)
    asked = read(LoadRequest, body)
    ref = await find_model(request, body)
    if ref.engine == OPENAI:
        refuse_for_upstream(ref, asked)
    wishes = Wishes(asked.context, asked.kv_type, is_forced=bool(asked.force))
    if asked.estimate:
        return JSONResponse({"success": True, **await _forecast(state, ref, wishes)})
    load_it = partial(state.table.load, ref, keep_alive=keep_alive, lease=known_lease(request), wishes=wishes)
    work = _nothing_to_load if ref.engine == OPENAI else load_it
    by = await asyncio.to_thread(state.engines.answered_by, ref)
    if asked.stream:
        return await event_stream(request, _load_stream(ref, work, by), wait_for_first=False)
    notice = await unless_disconnected(request, work(on_progress=lambda _: None))
    told = {"notice": notice} if notice else {}
    return JSONResponse({"success": True, "message": loaded_text(ref.name, by), **told})


async def _forecast(state: Any, ref: ModelRef, wishes: Wishes) -> dict[str, Any]:
    needs = await asyncio.to_thread(state.memory.needs, ref, wishes, state.table.snapshot())
    forecast: Forecast = await asyncio.to_thread(state.memory.forecast, needs, state.table.snapshot())
    return forecast.to_wire()


def refuse_for_upstream(ref: ModelRef, asked: LoadRequest) -> None:
    """Refuse to load an upstream's model in a way that only its own server could.

    Raises:
        BadRequest: naming what was asked for.
    """
    for name in ("context", "kv_type", "force", "estimate"):
        if getattr(asked, name):
            raise BadRequest(
                f"{ref.name} is an upstream's model, which its own server loads as that was started: leave out {name}.",
                param=name,
            )


async def _nothing_to_load(*, on_progress: OnProgress) -> None:
    """An upstream loads its models itself."""


async def _load_stream(ref: ModelRef, work: Any, by: str | None) -> AsyncIterator[bytes]:
    head = ChunkHead("load", ref.name, int(time.time()))
    if by:
        yield sse(head.chunk(Event(engine=by)))
    async for event in with_load_progress(lambda report: work(on_progress=report)):
        if isinstance(event, Event):
            yield sse(head.chunk(event))
        elif event:  # the notice, last
            yield sse(head.chunk(Event(notice=event)))
    yield DONE


@router.post("/models/unload")
async def unload(request: Request) -> dict[str, Any]:
    """Free a model's memory, whatever engine runs it if none is named; refused while somebody generates with it."""
    state = request.app.state.host
    body = await json_body(request)
    read(UnloadRequest, body)
    ref = await find_model(request, body)
    refs = [ref]
    if body.get("engine") in (None, AUTO) and ref.path:
        refs = [each.ref for each in state.table.snapshot() if each.ref.path == ref.path and each.run] or refs
    was_loaded = any([await state.table.unload(each) for each in refs])
    return {"success": True, "message": f"{ref.name} {'is unloaded' if was_loaded else 'was not loaded'}."}


@router.get("/lease")
async def lease(request: Request) -> Response:
    """Hold a lease until this connection or the process behind it ends; its id is in the first event.

    ``name`` is what others are told of who holds it. With a ``port`` the host listens there on loopback for as long
    (``is_token_needed``, ``time_limit_seconds``).
    """
    state = request.app.state.host
    # Others see it in their terminals.
    name = "".join(filter(str.isprintable, request.query_params.get("name", "")))[:LONGEST_NAME]
    # The socket knows who is there; over TCP the holder's word must do.
    pid = request.scope["state"].get("peer_pid") or claimed_pid(request.query_params.get("pid"))
    port = asked_port(request)

    async def events() -> AsyncIterator[bytes]:
        async with state.leases.holding(pid, name) as held, state.listeners.opened(port) as served:
            ended = asyncio.ensure_future(process_ended(pid))
            leaving = asyncio.ensure_future(state.leaving.wait())
            try:
                yield sse({"lease": held.id, **served})
                while not ended.done() and not leaving.done():
                    await asyncio.wait(
                        {ended, leaving}, timeout=LEASE_COMMENT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                    )
                    yield b": held\n\n"
                yield DONE  # an end that was asked for, unlike a connection that breaks
            finally:
                ended.cancel()
                leaving.cancel()
                state.relay.cancel_lease(held.id)
                state.table.drop_lease(held.id)

    return await event_stream(request, events(), wait_for_first=True)


def claimed_pid(text: str | None) -> int | None:
    """The process that a holder says it is.

    Raises:
        BadRequest: no process can have that number.
    """
    if text is None:
        return None
    if not PROCESS_NUMBER.fullmatch(text):
        raise BadRequest("pid must be the number of a process.", param="pid")
    return int(text)


@router.post("/shutdown")
async def shutdown(request: Request) -> dict[str, Any]:
    """Leave: cancel what runs, stop every runner, end."""
    state = request.app.state.host
    cancelled = state.relay.cancel()
    state.leave()
    return {"success": True, "cancelled": cancelled}
