"""Children as real processes: waiting until they are ready, ending them, and their ends with their parents."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import is_gone, wait_until
from threadrunner_kernel import process
from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.process import ChildExited, ChildFailed, ChildProcess, Exit

# A server whose /health says one thing of its list after the other, and the last one again and again.
SERVER = """
import contextlib, json, signal, sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threadrunner_kernel.endpoint import Endpoint

class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = REPLIES.pop(0) if len(REPLIES) > 1 else REPLIES[0]
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)
    def log_message(self, *_):
        pass

REPLIES = json.loads(sys.argv[2])
server = Endpoint(Path(sys.argv[1])).listen()
while True:
    connection, _ = server.accept()
    with connection, contextlib.suppress(ConnectionError):  # who asked may have lost patience
        Health(connection, ("", 0), None)
"""
READY: list[Any] = [[200, {"status": "ok"}]]
LOADING: list[Any] = [[503, {"status": "loading", "progress": 0.5}]]
SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with tempfile.TemporaryDirectory(prefix="tr-") as folder:
        yield Endpoint(Path(folder) / "sock")


@pytest.fixture
def children() -> Iterator[list[ChildProcess]]:
    """Every child in the list is ended after the test."""
    started: list[ChildProcess] = []
    yield started
    for child in started:
        child.kill()


def start(children: list[ChildProcess], endpoint: Endpoint, code: str, *arguments: str, **options: Any) -> ChildProcess:
    child = ChildProcess([sys.executable, "-c", code, *arguments], endpoint, **options)
    children.append(child)
    child.start()
    return child


def serve(children: list[ChildProcess], endpoint: Endpoint, replies: list[Any], **options: Any) -> ChildProcess:
    environment = child_environment()
    return start(
        children, endpoint, SERVER, str(endpoint.path), json.dumps(replies), environment=environment, **options
    )


def child_environment() -> dict[str, str]:
    """Children run elsewhere, and find the package where this process does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


# Until it is ready


def test_a_child_is_ready_when_its_health_says_200(children: list[ChildProcess], endpoint: Endpoint) -> None:
    reports: list[dict[str, Any]] = []
    child = serve(children, endpoint, [*LOADING, *LOADING, *READY])
    assert repr(child) == f"<ChildProcess pid={child.pid} starting>"
    child.wait_ready(reports.append, timeout_seconds=100)
    assert reports == [LOADING[0][1], LOADING[0][1]]
    assert repr(child) == f"<ChildProcess pid={child.pid} ready>"
    child.stop()
    assert child.state == "stopped"


def test_a_child_that_ends_first_is_reported_with_its_code_and_last_lines(
    children: list[ChildProcess], endpoint: Endpoint, tmp_path: Path
) -> None:
    code = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    child = start(children, endpoint, code, log=tmp_path / "logs" / "child.log")
    with pytest.raises(ChildExited, match="ended with exit code 3") as caught:
        child.wait_ready(timeout_seconds=100)
    assert caught.value.report.code == 3
    assert sorted(caught.value.report.tail.splitlines()) == ["one", "two"]
    assert (child.state, child.exit) == ("stopped", caught.value.report)


def test_a_child_that_says_it_failed_is_reported_with_its_own_words(
    children: list[ChildProcess], endpoint: Endpoint
) -> None:
    failed = {"status": "failed", "error": {"message": "The file is broken."}}
    child = serve(children, endpoint, [*LOADING, [503, failed]])
    with pytest.raises(ChildFailed) as caught:
        child.wait_ready(timeout_seconds=100)
    assert caught.value.body == failed


def test_a_child_that_is_not_ready_in_time_is_left_running(children: list[ChildProcess], endpoint: Endpoint) -> None:
    child = start(children, endpoint, SLEEP)
    with pytest.raises(TimeoutError, match=f"process {child.pid} was not ready"):
        child.wait_ready(timeout_seconds=0.1)
    assert child.exit is None


def test_whoever_waits_may_leave_at_any_poll(children: list[ChildProcess], endpoint: Endpoint) -> None:
    def leave() -> None:
        raise KeyboardInterrupt

    child = start(children, endpoint, SLEEP)
    with pytest.raises(KeyboardInterrupt):
        child.wait_ready(check=leave)
    assert child.exit is None


def test_a_program_that_does_not_exist_is_an_oserror(endpoint: Endpoint) -> None:
    child = ChildProcess([str(endpoint.path.with_name("no-such-program"))], endpoint)
    with pytest.raises(FileNotFoundError):
        child.start()
    assert (child.state, child.pid) == ("stopped", None)


# Its end


def test_stop_asks_first_and_returns_when_it_is_gone(
    children: list[ChildProcess], endpoint: Endpoint, tmp_path: Path
) -> None:
    child = serve(children, endpoint, READY)
    child.wait_ready(timeout_seconds=100)
    child.stop(grace_seconds=60)
    assert child.pid is not None
    assert is_gone(child.pid)
    assert child.exit == Exit(-signal.SIGTERM)


def test_a_child_that_does_not_listen_is_killed_after_the_grace(
    children: list[ChildProcess], endpoint: Endpoint
) -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVER
    environment = child_environment()
    reply = '[[200, {"status": "ok"}]]'
    child = start(children, endpoint, stubborn, str(endpoint.path), reply, environment=environment)
    child.wait_ready(timeout_seconds=100)
    child.stop(grace_seconds=0.1)
    assert child.exit == Exit(-signal.SIGKILL)


def test_stopping_and_killing_again_or_before_the_start_does_nothing(
    children: list[ChildProcess], endpoint: Endpoint
) -> None:
    unstarted = ChildProcess([sys.executable], endpoint)
    unstarted.stop()
    unstarted.kill()
    assert unstarted.state == "stopped"
    child = start(children, endpoint, SLEEP)
    child.kill()
    report = child.exit
    child.stop()
    child.kill()
    assert child.exit is report is not None


def test_the_owner_is_told_once_how_it_ended(children: list[ChildProcess], endpoint: Endpoint) -> None:
    told: queue.Queue[Exit] = queue.Queue()
    child = start(children, endpoint, "raise SystemExit(7)", on_exit=told.put)
    assert told.get(timeout=100) is child.exit
    assert child.exit == Exit(7)
    child.stop()
    assert told.empty()


def test_the_tail_begins_at_this_start_and_is_short(
    children: list[ChildProcess], endpoint: Endpoint, tmp_path: Path
) -> None:
    log = tmp_path / "child.log"
    log.write_text("from a life before\n")
    child = start(children, endpoint, "print('new')", log=log)
    with pytest.raises(ChildExited):
        child.wait_ready()
    assert child.tail() == "new"
    assert log.read_text() == "from a life before\nnew\n"
    long = start(children, endpoint, "print('x' * 100_000, 'the end')", log=log)
    with pytest.raises(ChildExited):
        long.wait_ready()
    assert long.tail().endswith("x the end")
    assert len(long.tail()) < 5000


def test_a_log_that_has_grown_large_is_put_aside_at_the_next_start(
    children: list[ChildProcess], endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LARGEST_LOG_BYTES", 10)
    log = tmp_path / "child.log"
    log.write_text("more than ten bytes\n")
    child = start(children, endpoint, "print('new')", log=log)
    with pytest.raises(ChildExited):
        child.wait_ready()
    assert (log.read_text(), child.tail()) == ("new\n", "new")
    assert (tmp_path / "child.log.1").read_text() == "more than ten bytes\n"


def test_a_log_that_cannot_be_written_costs_the_log_only(
    children: list[ChildProcess], endpoint: Endpoint, tmp_path: Path
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    child = start(children, endpoint, "print('x'); raise SystemExit(5)", log=tmp_path / "logs" / "child.log")
    with pytest.raises(ChildExited, match="exit code 5"):
        child.wait_ready()
    assert child.tail() == ""


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "ended with exit code 0"),
        (3, "ended with exit code 3"),
        (-9, "was ended by SIGKILL"),
        (-11, "was ended by SIGSEGV"),
        (-250, "was ended by signal 250"),
    ],
)
def test_an_end_is_told_in_words(code: int, text: str) -> None:
    assert str(Exit(code)) == text


@pytest.mark.parametrize("crash", [signal.SIGILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGBUS])
def test_a_failure_of_the_machine_code_is_a_native_crash(crash: signal.Signals) -> None:
    assert Exit(-crash).is_native_crash


@pytest.mark.parametrize("code", [0, 1, 4, 11, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT])
def test_an_exit_or_a_signal_of_others_is_no_native_crash(code: int) -> None:
    assert not Exit(code).is_native_crash


def test_a_native_crash_of_a_real_child_is_seen_as_one(children: list[ChildProcess], endpoint: Endpoint) -> None:
    child = start(children, endpoint, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(ChildExited, match="SIGSEGV") as caught:
        child.wait_ready()
    assert caught.value.report.is_native_crash


# Its parent's end

# A parent that starts one child, says its pid, and then waits for what the test does to it.
PARENT = """
import sys, time
from pathlib import Path
from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.process import ChildProcess
endpoint, code, mark, is_private = sys.argv[1:]
child = ChildProcess([sys.executable, "-c", code, mark], Endpoint(Path(endpoint)), is_private=is_private == "private")
child.start()
print(child.pid, flush=True)
sys.stdin.read()
"""
DYING = """
import sys, time
from pathlib import Path
from threadrunner_kernel.process import die_with_parent
mark = Path(sys.argv[1])
die_with_parent(lambda: mark.write_text("last act"))
mark.write_text("watching")
while True:
    time.sleep(600)
"""
OUTLIVING = "import sys, time; open(sys.argv[1], 'w').write('watching'); time.sleep(600)"


def start_parent(
    endpoint: Endpoint, code: str, mark: Path, kind: str, code_of_parent: str = PARENT
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code_of_parent, str(endpoint.path), code, str(mark), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=child_environment(),
    )


def has(mark: Path, text: str) -> bool:
    return mark.exists() and mark.read_text() == text


def test_a_private_child_ends_when_its_parent_is_killed_after_its_last_act(endpoint: Endpoint, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with start_parent(endpoint, DYING, mark, "private") as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        wait_until(lambda: has(mark, "watching"), what="the child's watch")
        parent.kill()
    wait_until(lambda: is_gone(pid), what="the child's end")
    assert mark.read_text() == "last act"


def test_another_holder_of_the_pipe_does_not_keep_a_private_child_alive(endpoint: Endpoint, tmp_path: Path) -> None:
    # As a process that the user's own code forked off the kernel does.
    mark = tmp_path / "mark"
    forking = PARENT.replace(
        "sys.stdin.read()", "import os\nif os.fork() == 0:\n    sys.stdin.read()\n    os._exit(0)\nsys.stdin.read()"
    )
    assert forking != PARENT
    with start_parent(endpoint, DYING, mark, "private", forking) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        wait_until(lambda: has(mark, "watching"), what="the child's watch")
        parent.kill()
        parent.wait()
        # Popen's own pipe still feeds the fork, which so lives on here.
        wait_until(lambda: is_gone(pid), what="the child's end")
    assert mark.read_text() == "last act"


def test_a_child_that_is_not_private_outlives_its_parent(endpoint: Endpoint, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with start_parent(endpoint, OUTLIVING, mark, "shared") as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        wait_until(lambda: has(mark, "watching"), what="the child's start")
        parent.kill()
    try:
        assert not is_gone(pid)
    finally:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid), what="the child's end")


def test_a_child_hears_no_ctrl_c_of_its_parents_terminal(children: list[ChildProcess], endpoint: Endpoint) -> None:
    child = start(children, endpoint, SLEEP)
    assert child.pid is not None
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
