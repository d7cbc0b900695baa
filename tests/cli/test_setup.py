"""``uninstall`` and ``completion``: what they leave in Jupyter and give to a shell."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import THREADRUNNER, run, running


def offered(*words: str) -> list[str]:
    """The shell's lines after these words, of which the last is not whole: a kind, a comma and what fits."""
    line = " ".join(("threadrunner", *words))
    done = run(COMP_WORDS=line, COMP_CWORD=str(len(words)), _THREADRUNNER_COMPLETE="bash_complete")
    assert (done.returncode, done.stderr) == (0, "")
    return [line for line in done.stdout.splitlines() if line]


def completed(*words: str) -> list[str]:
    return [entry.partition(",")[2] for entry in offered(*words)]


def test_uninstall_takes_away_what_install_put(tmp_path: Path) -> None:
    folder = tmp_path / "share" / "jupyter" / "kernels" / "threadrunner"
    run("install", "--prefix", str(tmp_path))
    assert run("uninstall", "--prefix", str(tmp_path)).stdout == f"Removed {folder}\n"
    assert not folder.exists()
    again = run("uninstall", "--prefix", str(tmp_path))
    assert (again.returncode, again.stdout) == (0, f"There was no ThreadRunner kernel in {folder}.\n")


def test_uninstall_for_the_user_is_below_the_home_folder(tmp_path: Path) -> None:
    where = {"HOME": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path / "jupyter")}
    run("install", "--quiet", **where)
    folder = tmp_path / "jupyter" / "kernels" / "threadrunner"
    assert folder.exists()
    assert run("uninstall", "--quiet", **where).stdout == ""
    assert not folder.exists()


def test_the_first_word_is_a_command() -> None:
    assert {"config", "completion", "cancel", "chat"} <= set(completed("c"))
    assert completed("config", "s") == ["set", "show"]


def test_options_and_values_of_a_prompt_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "home" / "models"
    folder.mkdir(parents=True)
    (folder / "small.gguf").touch()
    (tmp_path / "home" / "config.toml").write_text("[profiles.coder]\nseed = 1\n")
    assert {"--model", "--temperature", "--continue"} <= set(completed("--"))
    assert "--temperature" in completed("hello", "--te")
    assert completed("hello", "-m", "s") == ["small"]
    assert completed("chat", "-p", "c") == ["coder"]
    assert "llama-cpp-python" in completed("-c", "--engine", "ll")


@pytest.fixture
def furnished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with a model, an alias, a profile and logs; and a model of another program."""
    home, cache = tmp_path / "home", tmp_path / "llama"
    for folder in (home / "models", home / "logs", cache):
        folder.mkdir(parents=True)
    for file in (home / "models" / "small.gguf", cache / "sibling.gguf"):
        file.touch()
    for name in ("host", "runner-small"):
        (home / "logs" / f"{name}.log").touch()
    (home / "config.toml").write_text('[models]\nspare = "small"\n\n[profiles.coder]\nseed = 1\n')
    monkeypatch.setenv("LLAMA_CACHE", str(cache))


@pytest.mark.parametrize(
    ("words", "fitting"),
    [
        ("show s", {"small", "spare", "sibling"}),
        ("load s", {"small", "spare", "sibling"}),
        ("load -m sm", {"small"}),
        ("unload -m sp", {"spare"}),
        ("hello -m si", {"sibling"}),
        ("rm s", {"small"}),  # no other program's, and no other name
        ("load --engine ll", {"llama-cpp-python", "llama-server"}),
        ("load --kv-type q8", {"q8_0"}),
        ("logs ", {"host", "small"}),
        ("config get tem", {"temperature"}),
        ("config set co", {"context"}),
        ("config set -p coder co", set()),  # of a profile are those of a request
        ("config set flash_attention o", {"on", "off"}),
        ("config set mmap t", {"true"}),
        ("config unset -p c", {"coder"}),
        ("config show -p c", {"coder"}),
        ("completion z", {"zsh"}),
        ("unload s", set()),  # without a host nothing is loaded
        ("cancel ", set()),
    ],
)
def test_names_and_values_of_the_commands_are_completed(furnished: None, words: str, fitting: set[str]) -> None:
    assert set(completed(*words.split(" "))) == fitting


def test_a_path_is_the_shells_to_complete() -> None:
    assert offered("hello", "-a", "no") == ["file,no"]
    assert offered("show", "./mo") == ["file,./mo"]
    assert offered("install", "--prefix", "/us") == ["dir,/us"]


def test_a_broken_file_completes_nothing_and_says_nothing(furnished: None, tmp_path: Path) -> None:
    (tmp_path / "home" / "config.toml").write_text("temperature = ")
    assert offered("chat", "-p", "c") == offered("load", "s") == []


def test_what_runs_is_completed(dummy: Path) -> None:
    run("--engine", "dummy", "hi")
    assert completed("unload", "d") == ["dummy"]
    with running("--engine", "dummy", "word " * 1000) as answer:
        assert answer.stdout is not None
        answer.stdout.read(1)
        (id,) = [generation["id"] for generation in json.loads(run("status", "--json").stdout)["generations"]]
        assert completed("cancel", id[:2]) == [id]


@pytest.mark.parametrize(("shell", "check"), [("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])])
def test_a_shell_can_read_the_lines(shell: str, check: list[str], tmp_path: Path) -> None:
    done = run("completion", shell)
    assert done.returncode == 0
    assert "_THREADRUNNER_COMPLETE" in done.stdout
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} on this machine")
    (tmp_path / "lines").write_text(done.stdout)
    subprocess.run([program, *check, str(tmp_path / "lines")], check=True, timeout=60)


def test_bash_completes_our_words() -> None:
    script = f'eval "$({THREADRUNNER} completion bash)"; complete -p threadrunner'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert "_threadrunner_completion" in done.stdout
