"""Where a server of ours listens: a Unix socket, or loopback TCP with a token where there are no Unix sockets.

It knows sockets and one blocking HTTP connection, and nothing of what is said over them.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import secrets
import socket
import stat
import struct
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from threadrunner_kernel.errors import HostUnavailable

# sun_path holds 108 bytes on Linux and 104 on macOS; a long TMPDIR must not break us.
LONGEST_SOCKET_PATH = 100
CONNECT_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``path`` is the Unix socket, or with TCP the file (0600) that names the port and the token."""

    path: Path
    transport: Literal["unix", "tcp"] = "unix"

    def listen(self) -> socket.socket:
        """A listening socket that appears under ``path`` at once and only when it answers; replaces a stale one."""
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        if self.transport == "unix":
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            fresh.unlink(missing_ok=True)
            mask = os.umask(0o177)
            try:
                server.bind(str(fresh))
            finally:
                os.umask(mask)
        else:
            server = socket.create_server(("127.0.0.1", 0))
            content = {"port": server.getsockname()[1], "token": secrets.token_urlsafe(24)}
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(content, file)
        server.listen(128)
        os.replace(fresh, self.path)
        return server

    def connect(self, timeout_seconds: float | None = CONNECT_TIMEOUT_SECONDS) -> socket.socket:
        """A connected socket; raises ``OSError`` when nobody listens."""
        if self.transport == "tcp":
            return socket.create_connection(("127.0.0.1", self._file()["port"]), timeout_seconds)
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(timeout_seconds)
        try:
            client.connect(str(self.path))
        except OSError:
            client.close()
            raise
        return client

    def token(self) -> str | None:
        """What a request's ``Authorization: Bearer`` must carry, if anything."""
        return str(self._file()["token"]) if self.transport == "tcp" else None

    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._file()['port']}" if self.transport == "tcp" else "http://localhost"

    def headers(self) -> dict[str, str]:
        token = self.token()
        return {"Authorization": f"Bearer {token}"} if token else {}

    def get_json(self, path: str, timeout_seconds: float = CONNECT_TIMEOUT_SECONDS) -> tuple[int, dict[str, Any]]:
        """Status and body of one GET; raises ``OSError`` or ``http.client.HTTPException``."""
        connection = HttpConnection(self, timeout_seconds)
        try:
            connection.request("GET", path, headers=self.headers())
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        finally:
            connection.close()

    def is_served(self) -> bool:
        """Whether somebody accepts connections here."""
        try:
            self.connect(1.0).close()
        except OSError:
            return False
        return True

    def listener_pid(self) -> int | None:
        """The process that listens here, as far as the socket tells; also of one that does not answer."""
        if self.transport != "unix" or not hasattr(socket, "SO_PEERCRED"):
            return None
        try:
            with self.connect(1.0) as connection:
                return int(struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0])
        except OSError:
            return None

    def unlink(self) -> None:
        self.path.unlink(missing_ok=True)

    def _file(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self.path.read_text())
        except ValueError as exc:
            raise ConnectionRefusedError(f"{self.path} is not readable") from exc
        return content


class HttpConnection(http.client.HTTPConnection):
    """``http.client`` over an ``Endpoint``: light to import, and its socket can be shut from another thread."""

    def __init__(self, endpoint: Endpoint, timeout_seconds: float | None) -> None:
        super().__init__("localhost", timeout=timeout_seconds)
        self.endpoint = endpoint

    def connect(self) -> None:
        self.sock = self.endpoint.connect(self.timeout)


def choose_transport(wanted: str) -> Literal["unix", "tcp"]:
    if wanted == "tcp" or (wanted == "auto" and not hasattr(socket, "AF_UNIX")):
        return "tcp"
    return "unix"


def socket_folder() -> Path:
    """The folder of this user's sockets, made when missing: ours, and closed to everybody else.

    Raises:
        HostUnavailable: somebody else made a folder of that name.
    """
    folder = socket_folder_path()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        info = folder.lstat()
    except OSError as exc:
        raise HostUnavailable(
            f"The folder for ThreadRunner's sockets, {folder}, cannot be made ({exc.strerror}): "
            "make room there, or set TMPDIR to another folder."
        ) from exc
    if sys.platform != "win32" and (not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid()):
        raise HostUnavailable(f"{folder} belongs to somebody else: remove it, or set TMPDIR to another folder.")
    if stat.S_IMODE(info.st_mode) & 0o077:
        folder.chmod(0o700)
    return folder


def socket_folder_path() -> Path:
    """Where that folder is or would be."""
    user = os.getuid() if sys.platform != "win32" else os.environ.get("USERNAME", "user")
    base = _temporary_folder()
    if len(str(base)) > LONGEST_SOCKET_PATH - 60 and Path("/tmp").is_dir():
        base = Path("/tmp")
    return base / f"threadrunner-{user}"


def _temporary_folder() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:  # no file can be written anywhere, but on a full disk a socket can still be made
        return Path(os.environ.get("TMPDIR") or "/tmp")


def host_endpoint(home: Path, wire_version: int, transport: str) -> Endpoint:
    """Where the shared host of this home and this wire version listens, whether or not it runs."""
    kind = choose_transport(transport)
    name = hashlib.sha256(f"{home.resolve()}|{wire_version}|{kind}".encode()).hexdigest()[:16]
    return Endpoint(socket_folder() / f"host-{name}.{'sock' if kind == 'unix' else 'json'}", kind)
