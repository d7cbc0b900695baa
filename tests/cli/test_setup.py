"""``uninstall`` and ``completion``: what they leave in Jupyter and give to a shell."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import THREADRUNNER, run


def completed(*words: str) -> list[str]:
    """What the shell offers after these words, of which the last is not whole."""
    line = " ".join(("threadrunner", *words))
    done = run(COMP_WORDS=line, COMP_CWORD=str(len(words)), _THREADRUNNER_COMPLETE="bash_complete")
    return [entry.partition(",")[2] for entry in done.stdout.splitlines()]


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
