"""``--json``: one object on stdout for programs from every command, also from one that fails."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from tests.cli.program import THREADRUNNER, run
from threadrunner_kernel.cli.commands import ROWS
from threadrunner_kernel.cli.failure import end

# They are for people at a terminal, or for a shell.
WITHOUT = {"chat", "completion", "config edit"}


def every_command() -> Iterator[tuple[str, click.Command]]:
    for name, row in ROWS.items():
        command = row.load()
        if isinstance(command, click.Group):
            yield from ((f"{name} {child}", command.commands[child]) for child in command.commands)
        else:
            yield name, command


def shown(*words: str, code: int = 0, variables: dict[str, str] | None = None) -> Any:
    done = run(*words, "--json", **(variables or {}))
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_every_command_has_it() -> None:
    missing = [name for name, command in every_command() if "--json" not in [o for p in command.params for o in p.opts]]
    assert set(missing) == WITHOUT


@pytest.mark.parametrize(
    ("words", "exit_code", "error"),
    [
        ("show nothing-like-it", 1, "model_not_found"),
        ("rm nothing-like-it --yes", 1, "model_not_found"),
        ("pull no-repository", 1, "bad_request"),
        ("ask hi -a nothing.txt", 1, "bad_request"),
        ("logs nothing-like-it", 1, "bad_request"),
        ("hi -t abc", 2, "bad_setting"),
        ("load --context 3", 2, "bad_setting"),
        ("status --colour", 2, "bad_request"),
        ("config set temperature hot", 2, "bad_setting"),
        ("config get temprature", 2, "bad_request"),
        ("install --user --prefix x", 2, "bad_request"),
        ("serve --port 70000", 2, "bad_request"),
    ],
)
def test_a_failure_is_an_object_and_a_sentence(dummy: Path, words: str, exit_code: int, error: str) -> None:
    done = run(*words.split(), "--json")
    assert done.returncode == exit_code, done.stderr
    body = json.loads(done.stdout)["error"]
    assert set(body) == {"message", "type", "code", "param"}
    assert body["code"] == error
    assert body["message"] in done.stderr
    assert "Traceback" not in done.stderr


def test_without_it_nothing_is_on_stdout(dummy: Path) -> None:
    for words in (["show", "nothing-like-it"], ["hi", "-t", "abc", "--", "--json"]):
        done = run(*words)
        assert done.returncode in (1, 2)
        assert done.stdout == ""


def test_a_stop_and_a_mistake_of_ours_are_objects_too(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert end(KeyboardInterrupt(), ["pull", "--json"]) == 130
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "cancelled"
    assert end(KeyError("x"), ["models", "--json"]) == 1
    told = capsys.readouterr()
    error = json.loads(told.out)["error"]
    assert error["code"] == "internal_error"
    assert told.err == f"threadrunner: {error['message']}\n"


def test_the_kernelspec(tmp_path: Path) -> None:
    folder = tmp_path / "share" / "jupyter" / "kernels" / "threadrunner"
    place = ["--prefix", str(tmp_path)]
    assert shown("install", *place) == {"is_installed": True, "path": str(folder), "python": sys.executable}
    removed = {"is_installed": False, "was_installed": True, "path": str(folder)}
    assert shown("uninstall", *place) == removed
    assert shown("uninstall", *place) == {**removed, "was_installed": False}


def test_the_settings(dummy: Path) -> None:
    file = dummy / "config.toml"
    place = {"path": str(file), "profile": None}
    file.unlink(missing_ok=True)
    assert shown("config", "path") == {**place, "exists": False}
    assert shown("config", "set", "seed", "7") == {"name": "seed", "value": 7, **place, "notice": None}
    context = shown("config", "set", "context", "4096")
    assert (context["value"], "when the next host starts" in context["notice"]) == (4096, True)
    stop = shown("config", "set", "-p", "coder", "stop", "a", "b")
    assert (stop["value"], stop["profile"]) == (["a", "b"], "coder")
    assert shown("config")["seed"] == {"value": 7, "source": "config.toml"} == shown("config", "show")["seed"]
    assert shown("config", "unset", "seed") == {"name": "seed", **place}
    assert shown("config", "unset", "seed", code=1)["error"]["code"] == "bad_setting"
    file.unlink()


def test_the_service(tmp_path: Path) -> None:
    nowhere: dict[str, Any] = {
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": "",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere",
    }
    path = str(tmp_path / "systemd" / "user" / "threadrunner.service")
    installed = shown("service", "install", "--port", "3111", variables=nowhere)
    assert (installed["path"], installed["is_installed"]) == (path, True)
    assert (installed["url"], installed["is_started"]) == ("http://127.0.0.1:3111/v1", False)
    gone = {"is_installed": False, "state": "not installed", "path": path}
    assert shown("service", "uninstall", variables=nowhere) == {**gone, "was_installed": True}
    assert shown("service", "uninstall", variables=nowhere) == {**gone, "was_installed": False}
    assert shown("service", "status", variables=nowhere) == gone


def test_an_estimate_that_does_not_fit_is_no_success(
    home: Path, scripted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADRUNNER_MEMORY_LIMIT", "1000")
    answer = shown("load", str(scripted), "--estimate", code=1)
    assert (answer["success"], answer["fits"]) == (False, False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("words", ["config show --all", "models --json", "hi", "--help", "token"])
def test_a_full_disk_behind_stdout_is_a_sentence(dummy: Path, words: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [THREADRUNNER, *words.split()], stdout=full, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
    said = "threadrunner: The output cannot be written (No space left on device): make room, or send it elsewhere.\n"
    assert (done.returncode, done.stderr.decode()) == (1, said)
