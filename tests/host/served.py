"""A served port for tests: ``threadrunner serve`` as a process of its own, and requests to what it serves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CLI = [sys.executable, "-m", "threadrunner_kernel.cli"]


@dataclass(frozen=True)
class Served:
    """What ``threadrunner serve --json`` said, and the token for it."""

    url: str
    token: str
    process: subprocess.Popen[str] = field(repr=False)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def ask(
        self, path: str, body: object = None, headers: dict[str, str] | None = None, method: str | None = None
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, JSON or text, and headers (in lower case) of one request, with the token unless headers are given."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = self.headers if headers is None else headers
        request = urllib.request.Request(self.url + path, data, sent, method=method)
        try:
            response = urllib.request.urlopen(request, timeout=200)
        except urllib.error.HTTPError as exc:
            response = exc
        with response:
            text = response.read().decode()
            head = {name.lower(): value for name, value in response.headers.items()}
            is_json = head.get("content-type", "").startswith("application/json")
            return response.status, json.loads(text) if is_json else text, head


def command(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command of ``threadrunner``, to its end."""
    environment = {**os.environ, **variables}
    return subprocess.run(
        [*CLI, *words], capture_output=True, text=True, env=environment, timeout=200, stdin=subprocess.DEVNULL
    )


@contextmanager
def serving(home: Path, *words: str, **variables: str) -> Iterator[Served]:
    """``threadrunner serve`` on a free port with this home; at the end it gets Ctrl-C."""
    environment = {**os.environ, **variables, "THREADRUNNER_HOME": str(home)}
    process = subprocess.Popen(
        [*CLI, "serve", "--port", "0", "--json", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        # Whoever runs the tests may ignore SIGINT, and a child inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        token = command("token", THREADRUNNER_HOME=str(home)).stdout.strip()
        yield Served(json.loads(line)["url"], token, process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
