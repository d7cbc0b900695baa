"""What a browser or a scraper looks at: the routes as a page and as an OpenAPI document, and the numbers."""

from __future__ import annotations

import asyncio
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from threadrunner_kernel.host.metrics import CONTENT_TYPE

router = APIRouter()

# No script, nothing fetched: the page works without a network, and nothing on it can act.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
code, pre { font-family: ui-monospace, monospace; font-size: 13px }
summary { cursor: pointer; padding: .3rem 0 } summary b { display: inline-block; width: 3.5rem }
table { border-collapse: collapse; margin: .3rem 0 1rem 3.5rem }
td { padding: .1rem .8rem .1rem 0; vertical-align: top }
"""


@router.get("/", include_in_schema=False)
async def root() -> Response:
    return RedirectResponse("/docs")


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Numbers in Prometheus' text format."""
    state = request.app.state.host
    text = await asyncio.to_thread(state.metrics.text, state)
    return PlainTextResponse(text, media_type=CONTENT_TYPE)


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """This API as an OpenAPI document."""
    return JSONResponse(request.app.state.document)


@router.get("/docs")
async def docs(request: Request) -> Response:
    """This API as a page that fetches nothing."""
    return HTMLResponse(page(request.app.state.document), headers={"Content-Security-Policy": POLICY})


def page(document: dict[str, Any]) -> str:
    """The OpenAPI document for people."""
    info = document["info"]
    rows = [
        _operation(document, method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return (
        f"<!doctype html><meta charset=utf-8><title>{escape(info['title'])}</title><style>{STYLE}</style>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['description'])} "
        "Send the token as <code>Authorization: Bearer …</code>; <code>threadrunner token</code> prints it. "
        'The same for programs: <a href="/openapi.json">openapi.json</a>.</p>' + "".join(rows)
    )


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    asked = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    fields = _fields(document, asked)
    fields += [(field["name"], _kind(field["schema"]), "in the query") for field in operation.get("parameters", ())]
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code><td>{escape(kind)}<td>{escape(note)}" for name, kind, note in fields
    )
    answers = ", ".join(operation["responses"])
    return (
        f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code>: {escape(operation['summary'])}"
        f"</summary><table>{rows}<tr><td>answers<td colspan=2>{escape(answers)}</table></details>"
    )


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, kind and a note for each field of a body."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    needed = schema.get("required", [])
    return [
        (name, _kind(field), "needed" if name in needed else field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(choice) for choice in schema["anyOf"] if choice.get("type") != "null"))
    if "enum" in schema:
        return ", ".join(str(choice) for choice in schema["enum"])
    return str(schema.get("type") or schema.get("$ref", "").rpartition("/")[2])
