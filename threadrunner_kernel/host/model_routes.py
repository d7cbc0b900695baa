"""The host's routes about model files: what there is, and fetching one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.host.openai_routes import LONGEST_NAME, find_model, json_body
from threadrunner_kernel.host.questions import PullRequest, read
from threadrunner_kernel.messages import ChunkHead, Event
from threadrunner_kernel.models.catalogue import Catalogue, Entry
from threadrunner_kernel.models.download import Pulled, PullProgress
from threadrunner_kernel.models.names import DUMMY
from threadrunner_kernel.models.pulling import pull_by_name, what_was_done
from threadrunner_kernel.serving import DONE, event_stream, sse, unless_disconnected

router = APIRouter()
# A hub sends faster than anybody wants to be told.
REPORT_SECONDS = 0.1


@router.get("/v1/models")
async def models(request: Request) -> dict[str, Any]:
    """The models that a request can name, each with its origin: a program's name, the models folder, config.toml."""
    state = request.app.state.host
    entries = await asyncio.to_thread(lambda: [_row(entry) for entry in Catalogue(state.models_folder).listed()])
    names = {row["id"] for row in entries}
    loaded = (record.ref.name for record in state.table.snapshot())
    others = [{**_HEAD, "id": name, "created": 0} for name in dict.fromkeys((*loaded, DUMMY)) if name not in names]
    elsewhere = [
        {**_HEAD, "id": f"{upstream.name}/{name}", "owned_by": upstream.place, "created": 0}
        for upstream in state.engines.listed_upstreams()
        for name in upstream.models
    ]
    return {"object": "list", "data": [*entries, *others, *elsewhere]}


@router.get("/v1/models/{name:path}")
async def model(request: Request, name: str) -> dict[str, Any]:
    """One of them."""
    ref = await find_model(request, {"model": name})
    created = int(ref.path.stat().st_mtime) if ref.path else 0
    return {"id": name, **_HEAD, "created": created}


_HEAD = {"object": "model", "owned_by": "local"}


def _row(entry: Entry) -> dict[str, Any]:
    about = entry.to_wire()
    created = int(entry.path.stat().st_mtime) if entry.path.is_file() else 0
    facts = {name: about[name] for name in ("origin", "path", "quantization", "size_bytes")}
    return {"id": entry.name, **_HEAD, "created": created, **facts}


@router.post("/models/pull")
async def pull(request: Request) -> Response:
    """Fetch a model by ``org/repo[:quantisation]``, with ``stream`` as an event stream with its progress.

    It ends with its client; what has come by then is kept, and the next pull goes on from there.
    """
    asked = read(PullRequest, await json_body(request))
    name = asked.model
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadRequest("model must be a repository's name: ORG/REPO or ORG/REPO:QUANTISATION.", param="model")
    folder = request.app.state.host.models_folder
    if asked.stream:
        return await event_stream(request, _pull_stream(name, folder), wait_for_first=False)
    entry, pulled = await unless_disconnected(request, _pulling(name, folder, lambda _: None))
    return JSONResponse(_result(entry, pulled))


async def _pulling(name: str, folder: Path, on_progress: Callable[[PullProgress], None]) -> tuple[Entry, Pulled]:
    """A pull, which ends when this is cancelled; the host's own end never waits for a silent hub."""
    cancellation = Cancellation()
    loop = asyncio.get_running_loop()
    result: asyncio.Future[tuple[Entry, Pulled]] = loop.create_future()

    def settle(pulled: tuple[Entry, Pulled] | None, error: Exception | None) -> None:
        if result.done():
            return  # nobody waits for it any longer
        if pulled is not None:
            result.set_result(pulled)
        elif error is not None:
            result.set_exception(error)

    def work() -> None:
        done: tuple[tuple[Entry, Pulled] | None, Exception | None]
        try:
            done = pull_by_name(name, folder, on_progress, cancellation), None
        except Exception as exc:
            done = None, exc
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, *done)

    # A daemon, unlike the loop's own threads.
    threading.Thread(target=work, name="pull", daemon=True).start()
    try:
        return await result
    finally:
        cancellation.cancel()


async def _pull_stream(name: str, folder: Path) -> AsyncIterator[bytes]:
    head = ChunkHead("pull", name, int(time.time()))
    latest: deque[PullProgress] = deque(maxlen=1)
    pulling = asyncio.ensure_future(_pulling(name, folder, latest.append))
    try:
        while not pulling.done():
            await asyncio.wait({pulling}, timeout=REPORT_SECONDS)
            while latest:
                yield sse({**head.chunk(Event()), "pull_progress": _progress(latest.popleft())})
        yield sse({**head.chunk(Event()), **_result(*pulling.result())})
        yield DONE
    finally:
        pulling.cancel()


def _progress(progress: PullProgress) -> dict[str, Any]:
    return {
        "file": progress.name,
        "done_bytes": progress.done_bytes,
        "total_bytes": progress.total_bytes,
        "is_checking": progress.is_checking,
    }


def _result(entry: Entry, pulled: Pulled) -> dict[str, Any]:
    return {"success": True, "message": f"{what_was_done(entry, pulled)}.", "name": entry.name, "path": str(entry.path)}
