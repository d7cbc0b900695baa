"""``threadrunner doctor --fix``: each repair of something that is really broken, asked for and refused."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.cli.program import THREADRUNNER, run
from tests.cli.test_doctor import the
from tests.conftest import is_gone, processes_of, wait_until
from tests.test_leftovers import dead_pid
from threadrunner_kernel.cli.install import install_kernelspec
from threadrunner_kernel.doctor import engine, look, permissions, processes
from threadrunner_kernel.endpoint import Endpoint, host_endpoint, socket_folder
from threadrunner_kernel.leftovers import sweep
from threadrunner_kernel.messages import WIRE_VERSION


def fixed(*words: str, **variables: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON of a `--fix` that does not ask."""
    done = run("doctor", *words, "--fix", "--yes", "--json", **variables)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def levels(body: dict[str, Any]) -> list[str]:
    return [finding["level"] for finding in body["findings"]]


# The kernelspec


@pytest.fixture
def broken_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kernel.json for a Python that is gone, where Jupyter finds it first."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    file = Path(install_kernelspec(str(tmp_path))) / "kernel.json"
    spec = json.loads(file.read_text())
    file.write_text(json.dumps({**spec, "argv": ["/nowhere/python", *spec["argv"][1:]]}))
    return file


def python_of(kernel: Path) -> str:
    return str(json.loads(kernel.read_text())["argv"][0])


def test_a_kernel_of_a_python_that_is_gone_is_installed_anew_where_it_is(broken_kernel: Path) -> None:
    plain = run("doctor", "jupyter")
    assert plain.returncode == 1
    assert plain.stderr == "1 thing to mend.\n`threadrunner doctor --fix` can mend 1 of these, and asks first.\n"
    code, body = fixed("jupyter")
    assert (code, levels(body), body["ok"]) == (0, ["ok"], True)
    assert [(repair["done"], str(broken_kernel.parent) in repair["text"]) for repair in body["repairs"]] == [
        (True, True)
    ]
    assert python_of(broken_kernel) == sys.executable


def test_a_kernel_that_cannot_be_read_is_installed_anew(broken_kernel: Path) -> None:
    broken_kernel.write_text("{")
    assert (fixed("jupyter")[0], python_of(broken_kernel)) == (0, sys.executable)


def test_nothing_is_mended_without_a_yes(broken_kernel: Path) -> None:
    def answered(answer: str) -> str:
        child = pexpect.spawn(THREADRUNNER, ["doctor", "jupyter", "--fix"], encoding="utf-8", timeout=60)
        child.expect(r"threadrunner install --prefix .*\? \[y/N\]")
        child.sendline(answer)
        shown: str = child.read()
        child.close()
        return f"{shown} {child.exitstatus}"

    assert answered("n").endswith(" 1")
    assert answered("").endswith(" 1")
    assert python_of(broken_kernel) == "/nowhere/python"
    shown = answered("y")
    assert "mended" in shown
    assert shown.endswith(" 0")
    assert python_of(broken_kernel) == sys.executable


@pytest.mark.parametrize("words", [["--fix"], ["--fix", "--json"], ["--yes"], ["nothing"]])
def test_a_fix_that_nobody_can_agree_to_is_refused(words: list[str]) -> None:
    done = run("doctor", "jupyter", *words)
    assert done.returncode == 2
    assert done.stderr
    assert bool(done.stdout) == ("--json" in words)


# Sockets, locks and processes


@pytest.fixture
def own_sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of sockets that no other host of this user sweeps. The name of a test would make its path too long."""
    with tempfile.TemporaryDirectory(prefix="tr-") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.mark.usefixtures("own_sockets")
def test_sockets_and_locks_of_those_that_ended_are_removed() -> None:
    left = [socket_folder() / f"private-{dead_pid()}-0{suffix}" for suffix in (".sock", ".owner")]
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(left[0]))
    left[1].touch()
    (found,) = look("socket")
    assert (found.level, found.repair is not None) == ("warn", True)
    code, body = fixed("socket")
    assert code == 0
    assert [repair["done"] for repair in body["repairs"]] == [True]
    assert not [path for path in left if path.exists()]


def orphan() -> int:
    """A runner that has lost its host and is stopped, so that it cannot see it."""
    code = (
        "import os, subprocess, sys\n"
        "from threadrunner_kernel.endpoint import socket_folder\n"
        "path = socket_folder() / f'runner-{os.getpid()}-1.sock'\n"
        "command = [sys.executable, '-m', 'threadrunner_kernel.runner', '--endpoint', str(path), '--engine', 'dummy']\n"
        "child = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)\n"
        "print(child.pid, path, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid, path = parent.stdout.readline().split()
        wait_until(Endpoint(Path(path)).is_served, what="the runner")
        os.kill(int(pid), signal.SIGSTOP)
        parent.kill()
    return int(pid)


def test_a_runner_whose_host_is_gone_is_found_and_ended() -> None:
    pid = orphan()
    try:
        (found,) = [finding for finding in processes.processes() if f"process {pid} " in finding.text]
        assert (found.level, "whose host has ended" in found.text) == ("warn", True)
        assert found.repair
        assert found.repair.what.startswith(f"End process {pid}")
        assert found.repair.act() == f"process {pid} has ended"
        assert is_gone(pid)
    finally:
        if not is_gone(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_host_and_its_runner_are_as_they_should_be(dummy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "YOUNG_SECONDS", 0.0)
    run("hi")
    mine = [process.pid for process in processes_of(dummy)]
    assert mine
    found = list(processes.processes())
    assert not [finding for finding in found for pid in mine if f"process {pid} " in finding.text]
    assert found[-1].level == "ok"


def test_a_host_that_does_not_answer_is_ended(home: Path) -> None:
    endpoint = host_endpoint(home, WIRE_VERSION, "auto")
    code = (
        "import sys\nfrom pathlib import Path\nfrom threadrunner_kernel.endpoint import Endpoint\n"
        "server = Endpoint(Path(sys.argv[1])).listen()\nwhile True: server.accept()[0].close()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(endpoint.path)]) as process:
        wait_until(endpoint.is_served, what="the socket")
        assert the(look("host"), "host").level == "fail"
        status, body = fixed("host")
        assert (status, body["repairs"][0]["done"]) == (0, True)
        assert process.wait(60) == -signal.SIGTERM
    sweep(socket_folder())


# Permissions


def test_what_others_may_read_or_change_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "conversations").mkdir(parents=True)
    token, talk, models = home / "token", home / "conversations" / "last.json", home / "models"
    for path in (token, talk):
        path.write_text("secret")
        path.chmod(0o666)
    models.mkdir(mode=0o755)
    home.chmod(0o777)
    (home / "conversations").chmod(0o700)
    (found,) = permissions.permissions()
    assert found.level == "warn"
    for part in (f"{home} (0777)", f"{token} (0666)", f"{talk} (0666)"):
        assert part in found.text
    assert "threadrunner token --new" in found.advice
    code, body = fixed("permissions")
    assert (code, levels(body)) == (0, ["ok"])
    assert [path.stat().st_mode & 0o777 for path in (home, token, talk, models)] == [0o755, 0o600, 0o600, 0o755]


def test_what_is_closed_to_its_owner_fails_and_is_opened(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    (found,) = permissions.permissions()
    assert (found.level, f"chmod 700 {home}" in found.advice) == ("fail", True)
    assert found.repair
    found.repair.act()
    assert home.stat().st_mode & 0o777 == 0o700


def test_the_folder_of_sockets_is_looked_at_before_it_is_closed_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permissions, "socket_folder_path", lambda: tmp_path / "sockets")
    (tmp_path / "sockets").mkdir()
    (tmp_path / "sockets").chmod(0o777)
    assert "sockets (0777)" in the(permissions.permissions(), "permissions").text
    names = [finding["what"] for finding in json.loads(run("doctor", "--quick", "--json").stdout)["findings"]]
    assert names.index("permissions") < names.index("engine") < names.index("socket")


# The engine


def write_wheel(folder: Path) -> None:
    """A package of that name, for pip to find without a net."""
    info = "xllamacpp-2099.1.dist-info"
    with zipfile.ZipFile(folder / "xllamacpp-2099.1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("xllamacpp.py", "__version__ = '2099.1'\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: xllamacpp\nVersion: 2099.1\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def test_a_missing_llama_server_is_installed_with_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['xllamacpp'] = None\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(hidden), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("THREADRUNNER_ENGINE", "llama-server")
    for name, value in {
        "NO_INDEX": "1",
        "FIND_LINKS": tmp_path,
        "TARGET": tmp_path / "site",
        "NO_CACHE_DIR": "1",
    }.items():
        monkeypatch.setenv(f"PIP_{name}", str(value))
    code, body = fixed("engine")
    assert code == 1
    assert body["repairs"][0]["done"] is False
    assert "pip could not install xllamacpp" in body["repairs"][0]["text"]
    write_wheel(tmp_path)
    _, body = fixed("engine")
    assert body["repairs"][0]["done"] is True
    assert (tmp_path / "site" / "xllamacpp.py").exists()


def test_no_engine_is_offered_where_nothing_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    (found,) = engine.engine()
    assert (found.level, found.repair) == ("ok", None)
    assert "which nothing needs now" in found.text
