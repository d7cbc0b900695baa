"""Endpoints on real sockets: who may connect, what is left behind, what a wrong place is told."""

from __future__ import annotations

import json
import os
import socket
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal, get_args

import pytest

from threadrunner_kernel import endpoint as module
from threadrunner_kernel.endpoint import Endpoint, choose_transport, host_endpoint, socket_folder
from threadrunner_kernel.errors import HostUnavailable

Transport = Literal["unix", "tcp"]
both_transports = pytest.mark.parametrize("transport", get_args(Transport))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="tr-") as name:
        yield Path(name)


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """A temporary folder of this test's own, for `socket_folder`."""
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@contextmanager
def answering(server: socket.socket, reply: bytes) -> Iterator[list[bytes]]:
    """Answer one connection with ``reply``; the list gets what it asked."""
    asked: list[bytes] = []

    def answer() -> None:
        connection, _ = server.accept()
        with closing(connection):
            asked.append(connection.recv(65536))
            connection.sendall(reply)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield asked
    finally:
        thread.join(10)


@both_transports
def test_what_listens_can_be_reached_and_is_for_us_alone(folder: Path, transport: Transport) -> None:
    endpoint = Endpoint(folder / "here", transport)
    assert not endpoint.is_served()
    with closing(endpoint.listen()):
        assert endpoint.is_served()
        assert stat.S_IMODE(endpoint.path.stat().st_mode) == 0o600
        assert os.listdir(folder) == ["here"]
    endpoint.unlink()
    assert not endpoint.is_served()
    endpoint.unlink()


@both_transports
def test_listening_again_replaces_what_a_dead_one_left(folder: Path, transport: Transport) -> None:
    endpoint = Endpoint(folder / "here", transport)
    endpoint.listen().close()
    assert endpoint.path.exists()
    assert not endpoint.is_served()
    with closing(endpoint.listen()):
        assert endpoint.is_served()


@both_transports
def test_listening_does_not_change_the_processs_umask(folder: Path, transport: Transport) -> None:
    before = os.umask(0o022)
    try:
        Endpoint(folder / "here", transport).listen().close()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


@both_transports
def test_a_get_returns_status_and_body_and_carries_the_token(folder: Path, transport: Transport) -> None:
    endpoint = Endpoint(folder / "here", transport)
    reply = b'HTTP/1.1 503 Not yet\r\nContent-Length: 14\r\n\r\n{"progress":1}'
    with closing(endpoint.listen()) as server, answering(server, reply) as asked:
        assert endpoint.get_json("/health", 5) == (503, {"progress": 1})
    assert asked[0].startswith(b"GET /health HTTP/1.1\r\n")
    assert (b"Authorization: Bearer " in asked[0]) is (transport == "tcp")


def test_an_answer_without_a_body_is_an_empty_object(folder: Path) -> None:
    endpoint = Endpoint(folder / "here")
    with closing(endpoint.listen()) as server, answering(server, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"):
        assert endpoint.get_json("/", 5) == (200, {})


@both_transports
def test_where_nobody_listens_connecting_is_an_oserror(folder: Path, transport: Transport) -> None:
    with pytest.raises(OSError, match=r".+"):
        Endpoint(folder / "nowhere", transport).connect()


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="the system does not tell")
def test_who_listens_is_known_before_it_answers(folder: Path) -> None:
    endpoint = Endpoint(folder / "here")
    assert endpoint.listener_pid() is None
    with closing(endpoint.listen()):
        assert endpoint.listener_pid() == os.getpid()
    tcp = Endpoint(folder / "there", "tcp")
    with closing(tcp.listen()):
        assert tcp.listener_pid() is None


def test_a_half_written_tcp_file_is_like_nobody_there(folder: Path) -> None:
    endpoint = Endpoint(folder / "here", "tcp")
    endpoint.path.write_text('{"port": 12')
    assert not endpoint.is_served()
    with pytest.raises(ConnectionRefusedError):
        endpoint.connect()


def test_tcp_listens_on_loopback_only_with_a_new_token_each_time(folder: Path) -> None:
    endpoint = Endpoint(folder / "here", "tcp")
    tokens = set()
    for _ in range(2):
        with closing(endpoint.listen()) as server:
            address, port = server.getsockname()
            assert address == "127.0.0.1"
            assert json.loads(endpoint.path.read_text()) == {"port": port, "token": endpoint.token()}
            assert endpoint.base_url() == f"http://127.0.0.1:{port}"
            assert endpoint.headers() == {"Authorization": f"Bearer {endpoint.token()}"}
            tokens.add(endpoint.token())
    assert len(tokens) == 2
    assert all(token is not None and len(token) >= 32 for token in tokens)


def test_a_unix_socket_needs_no_token(folder: Path) -> None:
    endpoint = Endpoint(folder / "here")
    assert (endpoint.token(), endpoint.headers(), endpoint.base_url()) == (None, {}, "http://localhost")


@pytest.mark.parametrize(("wanted", "chosen"), [("auto", "unix"), ("unix", "unix"), ("tcp", "tcp")])
def test_unix_sockets_are_taken_unless_tcp_is_asked_for(wanted: str, chosen: str) -> None:
    assert choose_transport(wanted) == chosen


def test_the_folder_of_sockets_is_ours_and_closed(temporary: Path) -> None:
    folder = socket_folder()
    assert folder == temporary / f"threadrunner-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert socket_folder() == folder


def test_a_folder_that_was_left_open_is_closed_again(temporary: Path) -> None:
    folder = temporary / f"threadrunner-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    assert stat.S_IMODE(socket_folder().stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", ["a link to a folder", "a dangling link", "a file"])
def test_something_else_in_the_folders_place_is_refused(temporary: Path, kind: str) -> None:
    place = temporary / f"threadrunner-{os.getuid()}"
    if kind == "a file":
        place.write_text("")
    else:
        target = temporary / "elsewhere"
        if kind == "a link to a folder":
            target.mkdir()
        place.symlink_to(target)
    with pytest.raises(HostUnavailable, match=r"TMPDIR"):
        socket_folder()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_somebody_else_is_refused(temporary: Path) -> None:
    folder = socket_folder()
    os.chown(folder, 12345, 12345)
    with pytest.raises(HostUnavailable, match="belongs to somebody else"):
        socket_folder()


def test_a_temporary_folder_with_a_long_path_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 80)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    endpoint = host_endpoint(tmp_path, 1, "unix")
    assert endpoint.path.parent.parent == Path("/tmp")
    # The process id is added while it is made.
    assert len(f"{endpoint.path}.{2**22}") <= module.LONGEST_SOCKET_PATH


def test_each_home_wire_version_and_transport_has_a_host_of_its_own(temporary: Path) -> None:
    one = host_endpoint(temporary / "one", 1, "unix")
    others = [
        host_endpoint(temporary / "two", 1, "unix"),
        host_endpoint(temporary / "one", 2, "unix"),
        host_endpoint(temporary / "one", 1, "tcp"),
    ]
    assert len({one.path, *(other.path for other in others)}) == 4
    assert host_endpoint(temporary / "one", 1, "auto") == one
    assert (one.path.suffix, others[2].path.suffix) == (".sock", ".json")


def test_a_home_is_the_same_by_any_name(temporary: Path) -> None:
    (temporary / "home").mkdir()
    (temporary / "link").symlink_to(temporary / "home")
    assert host_endpoint(temporary / "link", 1, "unix") == host_endpoint(temporary / "home", 1, "unix")
