"""The ``threadrunner`` command as a program of its own: what it prints where, and with which exit code it ends."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pexpect
import psutil
import pytest

from tests import model_files
from tests.cli.program import THREADRUNNER, in_terminal, run, running
from tests.conftest import SCRIPT, processes_of, shut_down, wait_until
from threadrunner_kernel import __version__, config, launcher

HOSTILE = "red \x1b[31m, bell \x07, title \x1b]0;owned\x07, one byte \x9b2J,\ttab\r and\nline \x7f end"


@pytest.fixture(scope="module")
def warm_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One host for the tests that leave it as it was."""
    folder = tmp_path_factory.mktemp("cli") / "home"
    yield folder
    shut_down(folder)
    wait_until(lambda: not processes_of(folder), what="the end of all processes")


@pytest.fixture
def warm(warm_home: Path, scripted: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a user who has chosen the scripted model."""
    monkeypatch.setenv("THREADRUNNER_HOME", str(warm_home))
    monkeypatch.setenv("THREADRUNNER_MODEL", str(scripted))
    return warm_home


@pytest.fixture
def fresh(home: Path, scripted: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with a host of the test's own."""
    monkeypatch.setenv("THREADRUNNER_MODEL", str(scripted))
    return home


def first_text(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return process.stdout.read(1).decode()


def rest(process: subprocess.Popen[bytes]) -> tuple[str, str]:
    """What it writes until its end on stdout and stderr."""
    out, err = process.communicate(timeout=200)
    return out.decode(), err.decode()


def status() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(run("status", "--json").stdout)
    return content


def models() -> list[dict[str, Any]]:
    """The host's models, asked for directly: the command takes too long to see what passes."""
    host = launcher.find_host(config.load())
    rows: list[dict[str, Any]] = host.get("/status")["models"] if host else []
    return rows


def active() -> int:
    return sum(int(model["active"]) for model in models())


# Asking


def test_the_answer_is_on_stdout_and_nothing_else_anywhere(warm: Path) -> None:
    done = run("hi")
    assert (done.returncode, done.stdout, done.stderr) == (0, SCRIPT[""] + "\n", "")


def test_the_model_is_warm_the_second_time(warm: Path) -> None:
    run("hi")
    before = [model["pid"] for model in status()["models"]]
    assert run("hi").returncode == 0
    assert [model["pid"] for model in status()["models"]] == before != [None]


def test_the_answer_comes_while_it_is_made(warm: Path, slow: Path) -> None:
    with running("count", "-m", str(slow)) as process:
        assert first_text(process) == "1"
        wait_until(lambda: active() == 1, what="the one generation")


def test_what_is_piped_in_is_the_prompt_or_is_added_to_it(warm: Path) -> None:
    assert run(input="please count").stdout == SCRIPT["count"] + "\n"
    assert run("please", input="count").stdout == SCRIPT["count"] + "\n"
    said = run("--engine", "dummy", "first", input="second\n").stdout
    assert said.endswith("You said: first\n\nsecond\n")


def test_words_without_quotes_are_one_prompt(warm: Path) -> None:
    assert run("--engine", "dummy", "two", "words").stdout.endswith("You said: two words\n")


def test_after_two_dashes_a_commands_name_is_a_prompt(warm: Path) -> None:
    assert run("--", "status").stdout == SCRIPT[""] + "\n"
    assert run("ask", "--engine", "dummy", "--", "stop", "--json").stdout.endswith("You said: stop --json\n")
    assert run("status").stdout.startswith("The host (process ")


def test_options_reach_the_model(warm: Path) -> None:
    done = run("count", "-n", "3", "--temperature", "0", "--top-k", "5", "--seed", "7")
    assert SCRIPT["count"].startswith(done.stdout.strip())
    assert "token limit" in done.stderr
    assert run("count", "-n", "3", "-q").stderr == ""
    assert run("count", "--stop", ", 5", "--stop", ", 4").stdout == "1, 2, 3\n"


def test_the_ancestors_variables_work(warm: Path, slow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("hi", THREADRUNNER_BACKEND="dummy").stdout.startswith("This is the dummy engine")
    monkeypatch.delenv("THREADRUNNER_MODEL")
    assert run("hi", THREADRUNNER_BACKEND="llama", THREADRUNNER_MODEL_PATH=str(slow)).stdout == SCRIPT[""] + "\n"


def test_a_text_that_the_output_cannot_hold_is_not_a_crash(warm: Path) -> None:
    done = run("hi", PYTHONIOENCODING="latin-1:strict", PYTHONUTF8="0")
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_bytes_that_are_no_text_are_not_a_crash(warm: Path, errors: str) -> None:
    done = run("please", input=b"\xff\xfe count", PYTHONIOENCODING=f"utf-8:{errors}")
    assert (done.returncode, done.stdout, done.stderr) == (0, SCRIPT["count"] + "\n", "")


def test_an_argument_that_is_no_text_is_not_a_crash(warm: Path) -> None:
    done = run("count \udcff")
    assert "Internal error" not in done.stderr
    assert "Traceback" not in done.stderr


# Refusals


@pytest.mark.parametrize(
    ("words", "code", "fragments"),
    [
        (["hi", "-m", "nothing-like-it"], 1, ["threadrunner: There is no model 'nothing-like-it'"]),
        (["hi", "-m", "./nothing.gguf"], 1, ["threadrunner: There is no model file", "nothing.gguf"]),
        ([""], 1, ["threadrunner: The prompt is empty"]),
        ([], 1, ["threadrunner: The prompt is empty"]),
        (["hi", "--engine", "dumy"], 2, ["'dumy'", "dummy"]),
        (["hi", "-t", "-1"], 2, ["temperature must be at least 0"]),
        (["hi", "-t", "abc"], 2, ["--temperature: 'abc' is not a number"]),
        (["load", "--kv-type", "q9"], 2, ["'q9' is not one of", "q8_0"]),
        (["hi", "--raw", "-s", "x"], 2, ["--raw sends the text alone"]),
        (["hi", "--chat", "x", "--no-keep"], 2, ["leave one of them out"]),
        (["load", "a", "-m", "b"], 2, ["Two models are named"]),
        (["config", "set", "temprature", "1"], 2, ["Did you mean 'temperature'?"]),
        (["hi", "--temprature", "1"], 2, ["--temprature", "Did you mean", "--temperature"]),
        (["status", "--jsn"], 2, ["--jsn", "--json"]),
        (["hi", "-t"], 2, ["-t"]),
        (["install", "--user", "--prefix", "x"], 2, ["--prefix"]),
    ],
)
def test_a_refusal_is_a_sentence_on_stderr(warm: Path, words: list[str], code: int, fragments: list[str]) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert all(fragment in done.stderr for fragment in fragments), done.stderr
    assert "Traceback" not in done.stderr


def test_bad_settings_are_a_sentence_on_stderr(warm: Path, tmp_path: Path) -> None:
    done = run("hi", THREADRUNNER_TEMPRATURE="1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Did you mean 'temperature'?" in done.stderr
    (tmp_path / "config.toml").write_text("temperature = ")
    done = run("hi", THREADRUNNER_HOME=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"threadrunner: {tmp_path / 'config.toml'} is not valid TOML")


def test_a_prompt_longer_than_the_context_is_refused_with_both_numbers(warm: Path) -> None:
    done = run("--", input="x" * 5000)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(r"has 5020 tokens and the context holds 4096", done.stderr)


def test_a_file_that_is_no_model_is_refused(warm: Path, scripted: Path, tmp_path: Path) -> None:
    for path in (
        model_files.write_not_gguf(tmp_path / "page.gguf"),
        model_files.write_truncated(tmp_path / "half.gguf", scripted),
    ):
        done = run("hi", "-m", str(path))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("threadrunner: ")
        assert path.name in done.stderr
        assert len(done.stderr.splitlines()) == 1


# Stopping


def test_ctrl_c_in_mid_answer_ends_with_130_and_frees_the_runner(warm: Path, slow: Path) -> None:
    with running("endless", "-m", str(slow)) as process:
        assert first_text(process) == "o"
        process.send_signal(signal.SIGINT)
        out, err = rest(process)
    assert process.returncode == 130
    assert out.startswith("n")
    assert "Traceback" not in err
    wait_until(lambda: not active(), what="the idle runner")


def test_ctrl_c_while_a_model_loads_or_a_prompt_is_read_ends_with_130(warm: Path, small_random: Path) -> None:
    with running("a long prompt " * 150, "-m", str(small_random)) as process:
        wait_until(lambda: any(model["state"] == "starting" for model in models()), what="the load")
        process.send_signal(signal.SIGINT)
        assert process.wait(200) == 130
    with running("a long prompt " * 150, "-m", str(small_random)) as process:
        wait_until(active, what="the generation's start")
        process.send_signal(signal.SIGINT)
        assert process.wait(200) == 130
    wait_until(lambda: not active(), what="the idle runner")


@pytest.mark.parametrize("prompt", ["endless", "hi"])
def test_a_reader_who_leaves_is_no_error(warm: Path, prompt: str) -> None:
    command = f"{shlex.quote(THREADRUNNER)} {prompt} < /dev/null | head -c 1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=200)
    assert (done.stdout, done.stderr) == (SCRIPT[prompt if prompt in SCRIPT else ""][0], "")
    wait_until(lambda: not active(), what="the idle runner")


def test_cancel_ends_all_generations_or_one(warm: Path, slow: Path) -> None:
    with running("endless", "-m", str(slow)) as one, running("--engine", "dummy", "word " * 1000) as other:
        first_text(one)
        first_text(other)
        ids = {generation["model"]: generation["id"] for generation in status()["generations"]}
        assert run("cancel", ids["dummy"]).stdout == "1 generation cancelled.\n"
        _, error = rest(other)
        assert (other.returncode, error) == (1, "threadrunner: The generation was stopped.\n")
        wait_until(lambda: active() == 1, what="the one generation that is left")
        assert run("cancel").stdout == "1 generation cancelled.\n"
        assert one.wait(200) == 1
    assert run("cancel").stdout == "0 generations cancelled.\n"


# The host


def test_without_a_host_the_commands_say_so_and_start_none(fresh: Path) -> None:
    assert run("status").stdout == "The host is not running; the first prompt starts it.\n"
    assert json.loads(run("status", "--json").stdout)["state"] == "stopped"
    assert run("cancel").stdout == "0 generations cancelled.\n"
    assert run("stop").stdout == "The host is not running.\n"
    assert json.loads(run("cancel", "--json").stdout) == {"cancelled": 0}
    assert json.loads(run("stop", "--json").stdout) == {"stopped": False}
    assert processes_of(fresh) == []


def test_status_is_for_people_and_for_programs(warm: Path) -> None:
    run("hi")
    lines = run("status").stdout.splitlines()
    assert lines[0].startswith(f"The host (process {status()['pid']}, version {__version__})")
    assert any(line.startswith("scripted: warm, ") for line in lines)
    (model,) = [model for model in status()["models"] if model["name"] == "scripted"]
    assert (model["state"], model["active"]) == ("ready", 0)


def test_stop_ends_the_host_and_its_runners_also_in_mid_answer(fresh: Path, slow: Path) -> None:
    with running("endless", "-m", str(slow)) as process:
        first_text(process)
        assert run("stop").stdout == "The host is stopped.\n"
        _, error = rest(process)
        assert process.returncode == 1
        assert len(error.splitlines()) == 1
    wait_until(lambda: not processes_of(fresh), what="the end of all processes")
    assert run("hi").stdout == SCRIPT[""] + "\n"


def test_a_host_of_its_own_ends_with_the_command(fresh: Path) -> None:
    done = run("hi", "--once")
    assert (done.returncode, done.stdout, done.stderr) == (0, SCRIPT[""] + "\n", "")
    # A host that is slow to end is killed, and its runner then ends by itself.
    wait_until(lambda: not processes_of(fresh), what="the end of host and runner")


def test_a_host_of_its_own_ends_with_the_command_that_was_killed(fresh: Path, slow: Path) -> None:
    with running("endless", "--once", "-m", str(slow)) as process:
        first_text(process)
        assert status()["state"] == "stopped"  # nobody else's
        assert len(processes_of(fresh)) == 3
        process.kill()
        process.wait()
        wait_until(lambda: not processes_of(fresh), what="the end of host and runner")


def test_what_the_host_was_started_without_is_told(fresh: Path) -> None:
    """A setting that is the host's own and another than this command's."""
    run("hi")
    done = run("hi", THREADRUNNER_CONTEXT="512")
    assert done.stdout == SCRIPT[""] + "\n"
    assert "context" in done.stderr
    assert "512" in done.stderr


def test_a_home_that_cannot_be_written_is_told(scripted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "home"
    monkeypatch.setenv("THREADRUNNER_HOME", str(folder))
    try:
        done = run("hi", "-m", str(scripted))
        assert (done.returncode, done.stdout) == (0, SCRIPT[""] + "\n")
        assert str(folder) in done.stderr
    finally:
        shut_down(folder)
        wait_until(lambda: not processes_of(folder), what="the end of all processes")


def test_a_host_that_hangs_is_not_said_to_be_absent(fresh: Path) -> None:
    run("hi")
    host = psutil.Process(status()["pid"])
    host.suspend()
    try:
        assert "not running" not in run("stop").stdout
    finally:
        with suppress(psutil.NoSuchProcess):
            host.resume()


# The kernelspec


def test_install_writes_this_python_into_the_kernelspec(tmp_path: Path) -> None:
    done = run("install", "--prefix", str(tmp_path))
    folder = tmp_path / "share" / "jupyter" / "kernels" / "threadrunner"
    assert (done.returncode, done.stdout.strip()) == (0, f"Installed the kernel in {folder}")
    spec = json.loads((folder / "kernel.json").read_text())
    assert spec["argv"][0] == sys.executable
    assert spec["interrupt_mode"] == "message"
    assert {"logo-32x32.png", "logo-64x64.png", "logo-svg.svg"} <= {path.name for path in folder.iterdir()}
    assert run("install", "--prefix", str(tmp_path), "--quiet").stdout == ""


def test_install_for_the_user_is_below_the_home_folder(tmp_path: Path) -> None:
    done = run("install", HOME=str(tmp_path), JUPYTER_DATA_DIR=str(tmp_path / "jupyter"))
    assert done.returncode == 0
    assert (tmp_path / "jupyter" / "kernels" / "threadrunner" / "kernel.json").exists()


def test_install_where_nothing_can_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("install", "--prefix", str(tmp_path / "file"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("threadrunner: The kernel could not be installed")
    assert len(done.stderr.splitlines()) == 1


# In a terminal


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that writes what terminals obey."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.gguf"
    return model_files.write_scripted_model(path, {"": HOSTILE})


def test_a_terminal_gets_no_control_characters_from_a_model(warm: Path, hostile: Path) -> None:
    words = f"{shlex.quote(THREADRUNNER)} hi -m {shlex.quote(str(hostile))}"
    # The state line on stderr is ours and moves the cursor; a terminal ends a line with \r\n.
    shown = in_terminal(f"{words} 2> /dev/null").replace("\r\n", "\n")
    assert shown == re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", HOSTILE) + "\n"
    assert "\x1b" not in in_terminal(f"{words} --quiet")


def test_a_file_gets_what_the_model_wrote(warm: Path, hostile: Path, tmp_path: Path) -> None:
    assert run("hi", "-m", str(hostile)).stdout == HOSTILE + "\n"


def test_a_terminal_is_told_what_goes_on_and_the_line_is_gone_in_the_end(fresh: Path) -> None:
    words = f"{shlex.quote(THREADRUNNER)} hi"
    shown = in_terminal(words)
    before, state, after = shown.rpartition("\x1b[K")
    assert state
    assert "starting" in before
    answer, numbers = after.split("\r\n", 1)
    assert answer == SCRIPT[""]
    assert re.fullmatch(r"\x1b\[2mscripted · \d+ tokens · [\d.,]+ tokens/s · .+\x1b\[0m\r\n", numbers)
    assert in_terminal(f"{words} --quiet") == SCRIPT[""] + "\r\n"


def test_ctrl_c_on_the_keyboard_ends_with_130(warm: Path, slow: Path) -> None:
    child = pexpect.spawn(THREADRUNNER, ["endless", "-m", str(slow)], encoding="utf-8", timeout=200)
    try:
        child.expect_exact("on and on")
        child.sendintr()
        child.expect(pexpect.EOF)
        assert "Traceback" not in child.before
    finally:
        child.close()
    assert child.exitstatus == 130
    wait_until(lambda: not active(), what="the idle runner")


def test_without_a_prompt_in_a_terminal_there_is_help(warm: Path) -> None:
    assert "Usage: threadrunner" in in_terminal(shlex.quote(THREADRUNNER))


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["ask", "--help"], ["status", "--help"], ["install", "-h"]])
def test_help_is_an_answer(words: list[str]) -> None:
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: threadrunner")


def test_the_version_is_the_packages(warm: Path) -> None:
    assert run("--version").stdout.strip().endswith(__version__)


def test_a_profile_of_the_file_is_used_by_its_name(home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text('[profiles.short]\nmax_tokens = 2\nengine = "dummy"\n')
    assert run("-p", "short", "-q", "one two three").stdout.split() == ["This", "is"]
    assert run("-q", "one two three", THREADRUNNER_PROFILE="short").stdout.split() == ["This", "is"]
    refused = run("-p", "shrt", "hello")
    assert refused.returncode == 1
    assert refused.stderr == "threadrunner: There is no profile 'shrt'. Did you mean 'short'? Known: short.\n"
