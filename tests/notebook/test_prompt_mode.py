"""Prompt mode: a bare cell is a prompt, in each of the front ends, and Python is a step away."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import own_home
from tests.notebook.kernel_client import NotebookKernel, assert_one_line, environment, notebook
from tests.notebook.terminal import ESCAPES, terminal

pexpect = pytest.importorskip("pexpect", reason="pexpect needs a POSIX terminal")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kernels are driven on POSIX systems only")

COLOUR = r"(?:\x1b\[[0-9;]*m)*"
QUESTION = "Is `%timeit` a magic?\n\n>>> What of {{ 40 + 2 }}?\n    x = 1"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_home(tmp_path_factory.mktemp("mode")) as home:
        yield home


@pytest.fixture(scope="module", params=["threadrunner", "python3"])
def running(request: pytest.FixtureRequest, home: Path) -> Iterator[NotebookKernel]:
    """Our kernel, and the stock one with the extension loaded."""
    with notebook(home, name=request.param, backend="dummy") as kernel:
        kernel.run("%load_ext threadrunner_kernel")
        yield kernel


@pytest.fixture
def kernel(running: NotebookKernel) -> Iterator[NotebookKernel]:
    """A kernel in prompt mode."""
    assert running.run("%llm mode prompt").printed().startswith("Prompt mode: ")
    yield running
    assert running.run("%llm mode python").printed().startswith("Python mode: ")
    assert running.value("6 * 7") == "42"


def last_prompt(kernel: NotebookKernel) -> str:
    """What was sent last, as the notebook's chat has it."""
    return kernel.run("%%py\nprint(llm.last.messages[-2]['content'], end='')").printed()


def test_a_bare_cell_is_a_prompt_to_the_letter(kernel: NotebookKernel) -> None:
    cell = kernel.run(QUESTION)
    assert cell.status == "ok", cell.reply
    assert cell.displays()
    assert last_prompt(kernel) == QUESTION.replace("{{ 40 + 2 }}", "42")
    typed = kernel.run("%%py\nprint(get_ipython().history_manager.input_hist_raw[-3], end='')").printed()
    assert typed == QUESTION


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("%%py\nprint(6 * 7)", "42\n"),
        ("\n%%py  \n\nfor n in range(2):\n    print(n)", "0\n1\n"),
        ("%%py\nimport asyncio\nawait asyncio.sleep(0)\nprint('slept')", "slept\n"),
        ("%%py\n%%capture caught\nprint('kept')", ""),
        ("%%capture caught\nprint('kept')", ""),
        ("%%timeit -n1 -r1\nprint('timed')", "timed\n"),
        ("%time print('timed')", "timed\n"),
        ("%py", None),
        ("%%py\n", None),
    ],
)
def test_python_is_a_step_away(kernel: NotebookKernel, code: str, printed: str | None) -> None:
    kernel.run("%%py\nbefore = llm.last")
    cell = kernel.run(code)
    if printed is None:
        assert cell.status == "error"
    else:
        assert cell.status == "ok", cell.reply
        assert cell.printed().startswith(printed)
    assert kernel.run("%%py\nprint(llm.last is before)").printed() == "True\n"


def test_the_escape_takes_no_options(kernel: NotebookKernel) -> None:
    assert_one_line(kernel.run("%%py -x\n1"), "%%py takes no options")


def test_a_cell_of_its_own_is_still_a_prompt_with_options(kernel: NotebookKernel) -> None:
    assert kernel.run("%%llm -o mine -n 1\none two three").status == "ok"
    assert kernel.run("%%py\nprint(mine.usage.completion_tokens)").printed() == "1\n"


def test_an_empty_cell_asks_nothing(kernel: NotebookKernel) -> None:
    kernel.run("%%py\nbefore = llm.last")
    assert kernel.run("\n  \n").status == "ok"
    assert kernel.run("%%py\nprint(llm.last is before)").printed() == "True\n"


def test_what_a_front_end_runs_for_itself_is_python(kernel: NotebookKernel) -> None:
    kernel.run("%%py\nbefore = llm.last")
    kernel.client.execute("inspected = 6 * 7", silent=True, reply=True, timeout=30)
    assert kernel.run("%%py\nprint(inspected, llm.last is before)").printed() == "42 True\n"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("Why is the sky blue?", "complete"),
        ("for x in range(3):", "complete"),
        ("it's (open", "complete"),
        ("%%py\nfor x in range(3):", "incomplete"),
        ("%%py", "incomplete"),
        ("%llm get", "complete"),
        ("%%llm -t 0", "incomplete"),
    ],
)
def test_a_prompt_is_complete_and_python_is_pythons(kernel: NotebookKernel, code: str, status: str) -> None:
    assert kernel.request("is_complete_request", code)["status"] == status


def test_the_mode_is_told_and_a_wrong_one_is_refused(kernel: NotebookKernel) -> None:
    assert kernel.run("%llm mode").printed().startswith("Prompt mode: ")
    assert_one_line(kernel.run("%llm mode promt"), "no mode 'promt'", "Did you mean 'prompt'?")


def test_in_python_mode_the_escape_changes_nothing(running: NotebookKernel) -> None:
    assert running.run("%llm mode").printed().startswith("Python mode: ")
    assert running.run("%%py\nprint(6 * 7)").printed() == "42\n"
    assert running.run("print('still Python')").printed() == "still Python\n"


def test_a_mode_ends_with_the_kernel(home: Path) -> None:
    with notebook(home, backend="dummy") as kernel:
        kernel.run("%llm mode prompt")
        kernel.restart()
        assert kernel.value("6 * 7") == "42"


def test_a_terminal_has_it_too(home: Path) -> None:
    with terminal(home, backend="dummy") as shell:
        shell.run("%load_ext threadrunner_kernel")
        assert "Prompt mode: " in shell.run("%llm mode prompt")
        assert "if it (is" in shell.run("if it (is")
        assert "42" in shell.run("%time print(6 * 7)")
        assert "Python mode: " in shell.run("%llm mode python")
        assert shell.run("print(6 * 7)").strip() == "42"


def test_jupyter_console_sends_a_prompt_at_enter(home: Path, kernel_prefix: Path) -> None:
    command = ["-m", "jupyter_console", "--kernel=threadrunner", "--ZMQTerminalInteractiveShell.simple_prompt=False"]
    env = {**environment(home, backend="dummy"), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    console: Any = pexpect.spawn(
        sys.executable, command, env=env, cwd=str(home.parent), encoding="utf-8", timeout=60, dimensions=(50, 160)
    )

    def run(line: str, number: int) -> str:
        console.send(f"{line}\r")
        console.expect(rf"In \[{COLOUR}{number}{COLOUR}\]: ")
        return re.sub(r"\s+", " ", ESCAPES.sub("", console.before))

    try:
        console.expect(rf"In \[{COLOUR}1{COLOUR}\]: ")
        assert "Prompt mode: " in run("%llm mode prompt", 2)
        assert "dummy ·" in run("if it (is", 3)
        assert "Python mode: " in run("%llm mode python", 4)
        assert "42" in run("print(6 * 7)", 5)
    finally:
        console.sendeof()
        console.expect(r"y.*n")
        console.send("y\r")
        console.expect(pexpect.EOF)
        console.close()
