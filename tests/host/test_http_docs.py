"""Each command in docs/http-api.md, run as it stands but for the port; and the commands around the served port."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import processes_of, shut_down, wait_until
from tests.host.served import CLI, Served, command, serving
from threadrunner_kernel.api_token import read_token
from threadrunner_kernel.host.openapi import FAILURES, ROUTES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "http-api.md").read_text("utf-8")
ASKED = "Why is the sky blue?"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("docs") / "home"
    yield folder
    shut_down(folder)
    wait_until(lambda: not processes_of(folder), what="the end of all processes")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with serving(folder, THREADRUNNER_ENGINE="dummy") as one:
        yield one


@pytest.fixture
def environment(served: Served, folder: Path, tmp_path: Path) -> dict[str, str]:
    """What a user's shell has: the command on its path, and a home."""
    program = tmp_path / "bin" / "threadrunner"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m threadrunner_kernel.cli "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "THREADRUNNER_HOME": str(folder)}


def with_port(text: str, served: Served) -> str:
    assert "127.0.0.1:3000" in text
    return text.replace("127.0.0.1:3000", f"127.0.0.1:{served.port}")


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_the_commands_of_a_shell_answer(served: Served, environment: dict[str, str]) -> None:
    (text,) = (block for block in blocks("sh") if "run by the tests" in block)
    commands = text.count("curl ")
    script = "set -e\n" + with_port(text, served).replace("curl ", "curl -fsS ").replace("\ncurl", "\necho; curl")
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f"You said: {ASKED}") == 1  # the plain text; the stream has a word in each chunk
    assert "data: [DONE]" in done.stdout
    assert '"choices":[],' in done.stdout
    assert "threadrunner_requests_total" in done.stdout
    assert '{"success":true,"cancelled":0}' in done.stdout
    assert commands == 6


def test_the_commands_of_python_answer(served: Served, environment: dict[str, str]) -> None:
    (text,) = (block for block in blocks("python") if "run by the tests" in block)
    address = {"OPENAI_BASE_URL": f"{served.url}/v1", "OPENAI_API_KEY": served.token}
    done = subprocess.run(
        [sys.executable, "-c", text], env={**environment, **address}, capture_output=True, text=True, timeout=200
    )
    assert done.stdout.endswith(f"You said: {ASKED}"), done.stderr


def lines(first: str) -> list[str]:
    """The commands of the page's shell blocks that begin with these words, without what is said of them."""
    every = [line.partition("  #")[0].rstrip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in every if f"{line} ".startswith(f"{first} ")]


@contextmanager
def until_ctrl_c(line: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A command of the page that goes on until Ctrl-C, which it gets at the end."""
    process = subprocess.Popen(
        ["sh", "-c", f"exec {line}"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        yield process
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
@pytest.mark.parametrize("line", lines("threadrunner serve"))
def test_what_serve_says_can_be_done_at_once(served: Served, environment: dict[str, str], line: str) -> None:
    """Each way to serve, on a free port; then the lines that it prints are run as they stand."""
    with_port = line if "--port" in line else f"{line} --port 0"
    with until_ctrl_c(with_port, environment) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(3)]
        assert re.fullmatch(r"ThreadRunner is served at http://127\.0\.0\.1:\d+/v1; \S+ shows the routes\.", said[0])
        asked = f"{said[1].replace('curl', 'curl -fsS')}\n{said[2]}\n"
        asked += 'curl -fsS -H "Authorization: Bearer $OPENAI_API_KEY" $OPENAI_BASE_URL/models'
        done = subprocess.run(["sh", "-ec", asked], env=environment, capture_output=True, text=True, timeout=60)
        assert done.stdout.count('"object":"list"') == 2, done.stderr
        assert ("Bearer" in said[1]) == ("--no-token" not in line)
    assert process.returncode == 0


def test_the_other_commands_of_the_page_do_what_it_says(
    served: Served, environment: dict[str, str], tmp_path: Path
) -> None:
    """The tokens, the service and the logs, in the page's order; a program stands for systemd."""
    (tmp_path / "bin" / "systemctl").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "bin" / "systemctl").chmod(0o755)
    # A home of its own, so that the served host's token stays; with the logs of that host, and one of the page's model.
    home = tmp_path / "home"
    shutil.copytree(Path(environment["THREADRUNNER_HOME"]) / "logs", home / "logs")
    (home / "logs" / "runner-gemma-3-1b-it-Q4_K_M.log").write_text("the model's\n")
    asked = [*lines("threadrunner token"), *lines("threadrunner service"), *lines("threadrunner logs")]
    assert len(asked) == 10
    asked.remove("threadrunner logs -f")
    mine = {**environment, "THREADRUNNER_HOME": str(home), "XDG_CONFIG_HOME": str(tmp_path / "configuration")}
    said = {}
    for line in asked:
        done = subprocess.run(["sh", "-c", line], env=mine, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        said[line] = done.stdout
    assert said["threadrunner token"] != said["threadrunner token --new"]
    assert said["threadrunner token --new"].strip() == read_token(home)
    assert ":3001/v1" in said["threadrunner service install --port 3001 --no-token"]
    assert not (tmp_path / "configuration" / "systemd" / "user" / "threadrunner.service").exists()
    assert said["threadrunner logs gemma-3-1b-it-Q4_K_M"] == "the model's\n"
    with until_ctrl_c("threadrunner logs -f", mine) as process:
        assert process.stdout is not None
        assert process.stdout.readline()


def test_no_command_of_the_page_is_left_out() -> None:
    """Nor an option that its prose names."""
    every = {line for line in lines("threadrunner") + lines("ssh")}
    words = [
        line
        for block in blocks("sh")
        for line in block.splitlines()
        if not line.startswith(("#", "  ", "export", "curl"))
    ]
    assert {line.partition("  #")[0].rstrip() for line in words} == every
    assert set(re.findall(r"^```(.*)$", PAGE, re.MULTILINE)[::2]) == {"sh", "python"}
    run = " ".join(every).split()
    assert set(re.findall(r"`(--?[a-z][a-z-]*)", PAGE)) <= set(run)
    assert {line.split()[1] for line in lines("threadrunner")} == {"serve", "token", "service", "logs"}


@pytest.mark.skipif(shutil.which("ssh") is None, reason="there is no ssh on this machine")
def test_the_tunnel_is_one_that_ssh_understands() -> None:
    (line,) = lines("ssh")
    done = subprocess.run([*line.replace("ssh ", "ssh -G ", 1).split()], capture_output=True, text=True)
    assert "localforward 3000 [127.0.0.1]:3000" in done.stdout


def test_every_route_and_every_status_is_in_the_page() -> None:
    for _, path in ROUTES:
        assert path in PAGE or path in ("/docs", "/openapi.json"), path
    assert all(str(status) in PAGE for status in FAILURES)


# token, service, logs


def test_a_token_is_the_same_for_all_who_make_it_at_once(home: Path) -> None:
    code = "import sys; from pathlib import Path; from threadrunner_kernel.api_token import read_token; input(); "
    code += "print(read_token(Path(sys.argv[1])))"
    programs = [
        subprocess.Popen([sys.executable, "-c", code, home], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(5)
    ]
    tokens = {program.communicate("go\n", timeout=60)[0].strip() for program in programs}
    assert tokens == {read_token(home)}
    assert [path.name for path in home.iterdir()] == ["token"]


def test_a_token_that_cannot_be_kept_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = command("token", THREADRUNNER_HOME=str(tmp_path / "file"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("threadrunner: The token cannot be kept in ")
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def units(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's units; no systemd answers for it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration of 100% $HOME"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    return tmp_path / "configuration of 100% $HOME" / "systemd" / "user"


def test_the_service_is_installed_and_goes_again(units: Path) -> None:
    assert "not installed" in command("service", "status").stdout
    done = command("service", "install", "--port", "3111", "--no-token")
    assert (done.returncode, done.stdout) == (0, f"Wrote {units / 'threadrunner.service'}\n")
    assert "systemctl --user enable --now threadrunner.service" in done.stderr
    unit = (units / "threadrunner.service").read_text()
    assert "-m threadrunner_kernel.cli serve --port 3111 --no-token\n" in unit
    shown = json.loads(command("service", "status", "--json").stdout)
    assert (shown["is_installed"], shown["path"]) == (True, str(units / "threadrunner.service"))
    assert command("service", "uninstall").returncode == 0
    assert not (units / "threadrunner.service").exists()
    assert "not installed" in command("service", "uninstall").stdout


def test_the_service_is_handed_to_systemd_where_it_answers(units: Path, tmp_path: Path) -> None:
    """A program of that name stands for it and writes down what it is told."""
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/told\n[ "$2" = is-active ] && echo active\nexit 0\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    assert "http://127.0.0.1:3000/v1" in command("service", "install", PATH=path).stdout
    assert command("service", "status", PATH=path).stdout.endswith(": active.\n")
    assert command("service", "uninstall", PATH=path).returncode == 0
    assert (tmp_path / "told").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now threadrunner.service",
        "--user restart threadrunner.service",
        "--user is-active threadrunner.service",
        "--user disable --now threadrunner.service",
        "--user daemon-reload",
    ]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd on this machine")
def test_the_unit_is_one_that_systemd_understands(units: Path, tmp_path: Path) -> None:
    command("service", "install", THREADRUNNER_HOME=str(tmp_path / 'a "home" of 100% $USER'))
    path = units / "threadrunner.service"
    done = subprocess.run(["systemd-analyze", "verify", "--user", str(path)], capture_output=True, text=True)
    assert "threadrunner.service" not in done.stderr
    assert f'Environment="THREADRUNNER_HOME={tmp_path}/a \\"home\\" of 100%% $USER"' in path.read_text()


def test_the_logs_are_shown_followed_and_listed(home: Path) -> None:
    assert "There is no log in" in command("logs").stderr
    folder = home / "logs"
    folder.mkdir(parents=True)
    (folder / "host.log").write_text("".join(f"line {n}\n" for n in range(100)))
    (folder / "runner-small.log").write_text("a runner's\n")
    assert command("logs", "-n", "2").stdout == "line 98\nline 99\n"
    assert command("logs", "small").stdout == "a runner's\n"
    assert [row["name"] for row in json.loads(command("logs", "--json").stdout)] == ["host", "small"]
    assert [row["name"] for row in json.loads(command("logs", "small", "--json").stdout)] == ["small"]
    assert "Did you mean 'small'? Known: host, small." in command("logs", "smal").stderr
    assert command("logs", "-f", "--json").returncode == 2
    following = subprocess.Popen(
        [*CLI, "logs", "-n", "1", "-f"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with following as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "line 99\n"
        with (folder / "host.log").open("a") as file:
            file.write("and more\n")
        assert process.stdout.readline() == "and more\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
