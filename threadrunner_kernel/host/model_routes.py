"""The host's routes about model files: what there is."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request

from threadrunner_kernel.models.catalogue import Catalogue, Entry
from threadrunner_kernel.models.names import DUMMY

router = APIRouter()


@router.get("/v1/models")
async def models(request: Request) -> dict[str, Any]:
    """The models that a request can name, each with its origin: a program's name, the models folder, config.toml."""
    state = request.app.state.host
    entries = await asyncio.to_thread(lambda: [_row(entry) for entry in Catalogue(state.models_folder).listed()])
    names = {row["id"] for row in entries}
    loaded = (record.ref.name for record in state.table.snapshot())
    others = [{**_HEAD, "id": name, "created": 0} for name in dict.fromkeys((*loaded, DUMMY)) if name not in names]
    return {"object": "list", "data": [*entries, *others]}


_HEAD = {"object": "model", "owned_by": "local"}


def _row(entry: Entry) -> dict[str, Any]:
    about = entry.to_wire()
    created = int(entry.path.stat().st_mtime) if entry.path.is_file() else 0
    facts = {name: about[name] for name in ("origin", "path", "quantization", "size_bytes")}
    return {"id": entry.name, **_HEAD, "created": created, **facts}
