"""``threadrunner config``: what is in force and why, and a file that stays the user's own."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from threadrunner_kernel.cli.settings import config_group
from threadrunner_kernel.errors import BadSetting

WRITTEN = """\
# mine
temperature = 0.5  # not too wild

[profiles.coder]
# for code
max_tokens = 100
"""


def call(*words: str) -> str:
    """What a command writes on stdout; what it raises is raised."""
    done = CliRunner().invoke(config_group, words, catch_exceptions=False, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.stdout


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The user's ``config.toml``, which is not there yet."""
    return tmp_path / "home" / "config.toml"


def test_a_value_is_written_and_the_rest_of_the_file_is_left_alone(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(WRITTEN)
    call("set", "temperature", "0.2")
    call("set", "stop", "one", "two")
    call("set", "-p", "coder", "seed", "7")
    call("set", "-p", "poet", "system", "In verse.")
    text = file.read_text()
    assert tomllib.loads(text) == {
        "temperature": 0.2,
        "stop": ["one", "two"],
        "profiles": {"coder": {"max_tokens": 100, "seed": 7}, "poet": {"system": "In verse."}},
    }
    assert "# mine" in text
    assert "temperature = 0.2  # not too wild" in text
    assert "# for code" in text


def test_what_was_set_can_be_put_back(file: Path) -> None:
    call("set", "temperature", "0.2")
    call("set", "-p", "coder", "seed", "7")
    call("unset", "temperature")
    call("unset", "-p", "coder", "seed")
    assert tomllib.loads(file.read_text()) == {"profiles": {"coder": {}}}
    with pytest.raises(BadSetting, match="temperature is not set in"):
        call("unset", "temperature")


def test_show_and_get_say_where_a_value_comes_from(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Nothing is set" in call()
    call("set", "temperature", "0.2")
    call("set", "-p", "coder", "top_k", "5")
    monkeypatch.setenv("THREADRUNNER_BACKEND", "dummy")
    monkeypatch.setenv("THREADRUNNER_SEED", "9")
    assert [line.split() for line in call().splitlines()] == [
        ["temperature", "0.2", "config.toml"],
        ["seed", "9", "THREADRUNNER_SEED"],
        ["engine", "dummy", "THREADRUNNER_BACKEND"],
    ]
    assert call("get", "temperature") == "0.2\n"
    assert call("get", "-p", "coder", "top-k") == "5\n"
    assert json.loads(call("get", "seed", "--json")) == {"value": 9, "source": "THREADRUNNER_SEED"}
    shown: dict[str, Any] = json.loads(call("show", "-p", "coder", "--json"))
    assert shown["top_k"] == {"value": 5, "source": "profile coder"}
    assert shown["mmap"] == {"value": True, "source": "default"}
    assert "mmap" in call("show", "--all")


def test_what_counts_before_the_file_is_told(
    file: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("THREADRUNNER_SEED", "9")
    done = CliRunner().invoke(config_group, ["set", "seed", "1"])
    assert done.stderr == "Written, but THREADRUNNER_SEED has seed = 9, which counts before it.\n"
    done = CliRunner().invoke(config_group, ["set", "context", "4096"])
    assert "takes effect when the next host starts" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["set", "temprature", "1"], "There is no setting 'temprature'. Did you mean 'temperature'?"),
        (["get", "temprature"], "Did you mean 'temperature'?"),
        (["set", "temperature", "hot"], "'hot' is not a number"),
        (["set", "temperature", "1", "2"], "temperature takes one value"),
        (["set", "-p", "coder", "context", "100"], "not a setting of a request"),
        (["show", "-p", "nobody"], "There is no profile 'nobody'"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(file: Path, words: list[str], sentence: str) -> None:
    with pytest.raises((BadSetting, click.UsageError)) as refused:
        call(*words)
    assert isinstance(refused.value, BadSetting | click.UsageError)
    assert sentence in refused.value.message
    # Only a profile may be missing without anything being wrong with the command.
    assert isinstance(refused.value, click.UsageError) == ("profile" not in sentence or words[0] == "set")
    assert not file.exists()


def test_a_file_that_is_not_right_is_the_users_to_mend(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("temperature = ")
    with pytest.raises(BadSetting, match="is not valid TOML"):
        call("set", "seed", "1")
    assert file.read_text() == "temperature = "


def test_a_file_elsewhere_stays_there_with_its_rights(file: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("seed = 1\n")
    real.chmod(0o600)
    file.parent.mkdir()
    file.symlink_to(real)
    call("set", "seed", "2")
    assert file.is_symlink()
    assert real.read_text() == "seed = 2\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert os.listdir(tmp_path / "home") == ["config.toml"]


def test_a_path_is_written_so_that_it_means_the_same_file_everywhere(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call("set", "model", "./m.gguf")
    assert tomllib.loads(file.read_text()) == {"model": str(tmp_path / "m.gguf")}


def test_the_editor_opens_the_file_and_what_is_wrong_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("path") == f"{file}\n"
    monkeypatch.setenv("EDITOR", "sh -c 'echo temprature = 1 > \"$0\"'")
    with pytest.raises(BadSetting, match="Did you mean 'temperature'"):
        call("edit")
    assert file.read_text() == "temprature = 1\n"
