"""A hub of the tests' own: a real HTTP server on loopback that speaks the part of the hub's API that a pull needs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """Repositories by name, each with its files' contents; and how this hub misbehaves.

    ``cuts`` are the sizes after which the next answers end; ``claims`` what it says of a file instead of the truth.
    """

    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    token: str | None = None
    is_gated: bool = False
    knows_ranges: bool = True
    status: int | None = None
    cuts: list[int] = field(default_factory=list)
    claims: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Set by a test that wants to hold answers back until it has seen their beginning.
    may_go_on: threading.Event = field(default_factory=threading.Event)
    pauses_after: int | None = None
    has_paused: threading.Event = field(default_factory=threading.Event)
    redirects_to: str | None = None
    seen: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    endpoint: str = ""

    @property
    def ranges(self) -> list[str | None]:
        """The range that each request for a file asked for."""
        return [asked for path, asked, _ in self.seen if "/resolve/" in path or path.startswith("/cdn/")]

    def info(self, repo: str) -> dict[str, Any]:
        siblings = [
            {
                "rfilename": name,
                "size": len(content),
                "blobId": "0" * 40,
                "lfs": _lfs(content),
                **self.claims.get(name, {}),
            }
            for name, content in self.repos[repo].items()
        ]
        return {"_id": "0", "id": repo, "modelId": repo, "sha": REVISION, "siblings": siblings, "tags": []}


def _lfs(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}


@contextlib.contextmanager
def serving(hub: FakeHub) -> Iterator[FakeHub]:
    """The hub at work at its ``endpoint``."""

    class Handler(_Handler):
        pass

    Handler.hub = hub
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.may_go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.seen.append((path, self.headers.get("Range"), self.headers.get("Authorization")))
        if self.hub.status is not None:
            self._refuse(self.hub.status)
        elif not self._may():
            self._refuse(401)
        elif self.hub.is_gated and "/resolve/" in path:
            self._refuse(403, "GatedRepo")
        elif match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/.*)?", path):
            self._info(match[1])
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._file(*match.groups())
        elif match := re.fullmatch(r"/cdn/([^/]+/[^/]+)/(.+)", path):
            self._send(self.hub.repos[match[1]][match[2]])
        else:
            self._refuse(404)

    def _may(self) -> bool:
        is_signed = self.path.startswith("/cdn/")
        return is_signed or self.hub.token is None or self.headers.get("Authorization") == f"Bearer {self.hub.token}"

    def _info(self, repo: str) -> None:
        if repo not in self.hub.repos:
            self._refuse(404, "RepoNotFound")
            return
        self._answer(200, json.dumps(self.hub.info(repo)).encode(), {"Content-Type": "application/json"})

    def _file(self, repo: str, revision: str, name: str) -> None:
        if revision != REVISION or name not in self.hub.repos.get(repo, {}):
            self._refuse(404, "EntryNotFound")
        elif self.hub.redirects_to:
            self._answer(302, b"", {"Location": f"{self.hub.redirects_to}/cdn/{repo}/{name}"})
        else:
            self._send(self.hub.repos[repo][name])

    def _send(self, content: bytes) -> None:
        start = 0
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if match and self.hub.knows_ranges:
            start = int(match[1])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        end = len(content)
        if self.hub.cuts:
            end = start + self.hub.cuts.pop(0)
            self.close_connection = True
        if self.hub.pauses_after is not None:
            self.wfile.write(content[start : start + self.hub.pauses_after])
            start += self.hub.pauses_after
            self.hub.has_paused.set()
            self.hub.may_go_on.wait(60)
        with contextlib.suppress(OSError):
            self.wfile.write(content[start:end])

    def _refuse(self, status: int, code: str | None = None) -> None:
        headers = {"X-Error-Code": code, "X-Error-Message": code} if code else {}
        self._answer(status, json.dumps({"error": code or "no"}).encode(), headers)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the tests' stderr."""
