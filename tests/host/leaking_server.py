"""A stand-in for ``llama-server`` that leaks: its memory grows while it answers, or after it has answered.

It takes the options that the host gives it and answers as llama.cpp's server does. Run as a program.
"""

from __future__ import annotations

import json
import os
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

NOW, LATER = "leak while you answer", "leak after you answered"
PIECE_BYTES = 20_000_000
# It is ended long before; else the tests' machine stays unharmed.
MOST_PIECES = 100
SAYS = "word "


def program(folder: Path) -> Path:
    """It, as one program."""
    path = folder / "llama-server"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__)}" "$@"\n')
    path.chmod(0o755)
    return path


class Leak:
    """Memory that is never given back."""

    def __init__(self) -> None:
        self._pieces: list[bytearray] = []

    def grow(self) -> None:
        if len(self._pieces) < MOST_PIECES:
            self._pieces.append(bytearray(os.urandom(4096)) * (PIECE_BYTES // 4096))

    def grow_to_the_end(self) -> None:
        for _ in range(MOST_PIECES):
            self.grow()
            time.sleep(0.01)


leak = Leak()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        bodies: dict[str, Any] = {
            "/health": {"status": "ok"},
            "/props": {"default_generation_settings": {"n_ctx": 512}},
            "/slots": [],
        }
        self._answer(200 if self.path in bodies else 404, bodies.get(self.path, {}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = body["messages"][-1]["content"]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._say({"delta": {"content": SAYS}, "finish_reason": None})
        while prompt == NOW:
            leak.grow()
            self._say({"delta": {"content": SAYS}, "finish_reason": None})
            time.sleep(0.01)
        self._say({"delta": {}, "finish_reason": "stop"})
        self._send(b"data: [DONE]\n\n")
        self._send(b"")
        if prompt == LATER:
            threading.Thread(target=leak.grow_to_the_end, daemon=True).start()

    def _say(self, choice: dict[str, Any]) -> None:
        chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, **choice}]}
        self._send(b"data: " + json.dumps(chunk).encode() + b"\n\n")

    def _send(self, data: bytes) -> None:
        """One chunk of HTTP's; the empty one is the last."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def address_string(self) -> str:
        return "the socket"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


if __name__ == "__main__":
    Server(sys.argv[sys.argv.index("--host") + 1], Handler).serve_forever()
