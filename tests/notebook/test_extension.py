"""``%load_ext threadrunner_kernel``: the same in a stock ipykernel and in terminal IPython under a pty."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SCRIPT, own_home, wait_until
from tests.notebook.kernel_client import (
    WIDGET_MIME,
    NotebookKernel,
    assert_one_line,
    hosts_of,
    is_runner_busy,
    notebook,
)
from tests.notebook.terminal import Terminal, terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kernels are driven on POSIX systems only")


# A stock ipykernel


@pytest.fixture(scope="module")
def stock_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_home(tmp_path_factory.mktemp("stock")) as home:
        yield home


@pytest.fixture(scope="module")
def running(stock_home: Path, slow: Path) -> Iterator[NotebookKernel]:
    with notebook(stock_home, name="python3", model_path=slow) as kernel:
        assert kernel.run("%load_ext threadrunner_kernel").status == "ok"
        yield kernel


@pytest.fixture
def stock(running: NotebookKernel) -> Iterator[NotebookKernel]:
    """ipykernel's own kernel with the extension loaded."""
    yield running
    running.settle()


def test_it_is_the_stock_kernel(stock: NotebookKernel) -> None:
    assert stock.client.kernel_info(reply=True, timeout=30)["content"]["implementation"] == "ipython"


@pytest.mark.parametrize("cell_id", [None, "cell-1"])
def test_an_answer_streams_and_is_kept(stock: NotebookKernel, cell_id: str | None) -> None:
    # Three seconds of the slow model.
    cell = stock.run("%%llm -o mine -n 120\ncount", cell_id=cell_id)
    assert cell.status == "ok", cell.reply
    pieces = [text for text in [*cell.texts_in_widget(), *cell.displays("text/plain")] if text.startswith("1, 2")]
    assert len(set(pieces)) >= 3
    assert cell.results() == []
    last = cell.of("display_data", "update_display_data")[-1]
    assert set(last["data"]) == {"text/markdown", "text/plain"}
    assert stock.value("mine is _ and mine is llm.last") == "True"
    assert stock.run("mine").results()[0]["text/markdown"].startswith("1, 2, 3")


def test_there_is_no_stop_button_that_could_not_stop(stock: NotebookKernel) -> None:
    """A stock kernel reads a widget's message when the cell has ended."""
    cell = stock.run("%%llm\nhello", cell_id="cell-1")
    layouts = {content["comm_id"]: content["data"]["state"] for content in cell.of("comm_open")}
    button = layouts[cell.button_id() or ""]
    assert layouts[button["layout"].removeprefix("IPY_MODEL_")]["display"] == "none"


@pytest.mark.parametrize("cell_id", [None, "cell-1"])
def test_the_stock_kernels_signal_stops_it(stock: NotebookKernel, stock_home: Path, cell_id: str | None) -> None:
    cell = stock.send("%%llm -o part\nendless", cell_id=cell_id)
    queued = stock.send("ran = True")
    stock.stop(cell, at="on and on")
    assert cell.ename == "GenerationInterrupted"
    assert_one_line(cell, "Interrupted: the answer was stopped")
    assert stock.finish(queued).status == "aborted"
    last = cell.of("display_data", "update_display_data")[-1]["data"]
    assert WIDGET_MIME not in last
    assert last["text/plain"].startswith("on and on")
    assert stock.value("part is llm.last, part.interrupted, part.text[:9]") == "(True, True, 'on and on')"
    wait_until(lambda: not is_runner_busy(stock_home), what="an idle runner")
    assert stock.run("%%llm\nhello").status == "ok"
    assert stock.value("llm.last") == SCRIPT[""]


@pytest.mark.parametrize(
    ("code", "ename"),
    [
        ("for piece in llm.stream('endless'):\n    print(piece, end='', flush=True)", "GenerationInterrupted"),
        ("async for piece in llm.astream('endless'):\n    print(piece, end='', flush=True)", "CancelledError"),
    ],
)
def test_the_stock_kernels_signal_stops_what_python_streams(
    stock: NotebookKernel, stock_home: Path, code: str, ename: str
) -> None:
    cell = stock.send(code)
    stock.wait(lambda: "on and on" in cell.printed(), "the first words")
    stock.interrupt()
    stock.finish(cell)
    # Between two pieces the signal is for the cell's own `print`; what awaits is cancelled there, too.
    if (code[:3], cell.ename) != ("for", "KeyboardInterrupt"):
        assert cell.ename == ename
        assert_one_line(cell, "Interrupted: the answer was stopped; llm.last has what there was.")
    wait_until(lambda: not is_runner_busy(stock_home), what="an idle runner")
    assert stock.value("llm.last.interrupted, llm.last.text[:9]") == "(True, 'on and on')"


def test_the_stop_of_an_awaited_answer_is_one_line_too(stock: NotebookKernel, stock_home: Path) -> None:
    stock.run("%llm load")
    cell = stock.send("await llm.astream('endless')")
    wait_until(lambda: is_runner_busy(stock_home), what="the generation")
    stock.interrupt()
    assert stock.finish(cell).ename == "CancelledError"
    assert_one_line(cell, "Interrupted: the answer was stopped")
    wait_until(lambda: not is_runner_busy(stock_home), what="an idle runner")


def test_what_awaits_an_answer_can_have_a_time_limit(stock: NotebookKernel, stock_home: Path) -> None:
    """asyncio knows the end of the time by the exact class of what it raised itself."""
    cell = stock.run("import asyncio\nasync with asyncio.timeout(0.2):\n    await llm.astream('endless')")
    assert cell.ename == "TimeoutError"
    wait_until(lambda: not is_runner_busy(stock_home), what="an idle runner")


def test_cells_continue_one_chat_in_the_stock_kernel(stock: NotebookKernel) -> None:
    stock.run("llm.chat().reset()")
    for prompt, cell_id in (("one", "a"), ("two", "b"), ("one again", "a")):
        assert stock.run(f"%%llm\n{prompt}", cell_id=cell_id).status == "ok"
    assert stock.value("[turn.prompt for turn in llm.chat().turns]") == "['one again', 'two']"


def test_a_mistake_is_one_sentence(stock: NotebookKernel) -> None:
    assert_one_line(stock.run("%%llm --temprature 1\nhello"), "Did you mean '--temperature'?")
    assert_one_line(stock.run("%%llm\n{{ nothing }}"), "'nothing'")


def test_python_stays_python(stock: NotebookKernel) -> None:
    cell = stock.send("import time\nprint('go')\ntime.sleep(600)")
    stock.wait(lambda: "go" in cell.printed(), "the cell's first line")
    stock.interrupt()
    assert stock.finish(cell).ename == "KeyboardInterrupt"
    assert stock.value("1 + 1") == "2"


def test_loading_it_again_changes_nothing(stock: NotebookKernel) -> None:
    stock.run("%%llm -o mine\nhello")
    for code in ("%load_ext threadrunner_kernel", "%reload_ext threadrunner_kernel"):
        assert stock.run(code).status == "ok"
        assert stock.value("llm.last is mine") == "True"
        stock.run("%%llm -o mine\nhello")
        assert stock.value("llm.last is mine") == "True"


def test_loading_it_in_our_own_kernel_changes_nothing(home: Path) -> None:
    """A notebook made for the stock kernel begins so."""
    with notebook(home, backend="dummy") as kernel:
        assert kernel.run("%load_ext threadrunner_kernel").status == "ok"
        assert kernel.run("%%llm -o mine\nhello").status == "ok"
        assert kernel.value("llm.last is mine") == "True"


def test_loading_starts_nothing_and_takes_no_name(home: Path) -> None:
    with notebook(home, name="python3", backend="dummy") as kernel:
        kernel.run("llm = 'the user has one'")
        assert kernel.run("%load_ext threadrunner_kernel").status == "ok"
        assert kernel.value("llm") == "the user has one"
        assert "Nothing is loaded" in kernel.run("%llm").printed()
        assert kernel.value("[name for name in __import__('sys').modules if 'llama' in name]") == "[]"
        assert hosts_of(home) == []


# A terminal


@pytest.fixture(scope="module")
def terminal_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_home(tmp_path_factory.mktemp("terminal")) as home:
        yield home


@pytest.fixture(scope="module")
def shell(terminal_home: Path, slow: Path) -> Iterator[Terminal]:
    with terminal(terminal_home, model_path=slow) as started:
        started.run("%load_ext threadrunner_kernel")
        yield started


def test_a_terminal_streams_plain_text(shell: Terminal) -> None:
    shell.begin("%%llm -o mine -n 40", "count")
    shell.wait_for("1, 2, 3")
    shell.wait_for("15, 16")
    after = shell.wait_for_prompt()
    assert "[slow · 40 tokens" in after
    assert shell.run("print(mine is _, mine is llm.last, mine.text[:5])").strip() == "True True 1, 2,"


def test_a_terminal_shows_the_answer_once(shell: Terminal) -> None:
    shell.begin("%%llm", "hello")
    shown = shell.wait_for_prompt()
    assert shown.count(SCRIPT[""]) == 1
    assert "Out[" not in shown
    assert SCRIPT[""] in shell.run("llm.last")


def test_control_c_stops_and_what_was_said_stays(shell: Terminal, terminal_home: Path) -> None:
    shell.begin("%%llm -o part", "endless")
    shell.wait_for("on and on")
    shell.press_control_c()
    after = shell.wait_for_prompt()
    assert "interrupted]" in after
    assert "Interrupted: the answer was stopped" in after
    assert "Traceback" not in after
    assert shell.run("print(part is llm.last, part.interrupted, part.text[:9])").strip() == "True True on and on"
    wait_until(lambda: not is_runner_busy(terminal_home), what="an idle runner")
    shell.begin("%%llm", "hello")
    assert SCRIPT[""] in shell.wait_for_prompt()


def test_a_terminals_prompts_continue_one_chat(shell: Terminal) -> None:
    shell.run("llm.chat().reset()")
    for prompt in ("hello", "hello"):
        shell.begin("%%llm", prompt)
        shell.wait_for_prompt()
    history = shell.run("%llm history")
    assert "Other chats" not in history
    assert shell.run("print([turn.prompt for turn in llm.chat().turns])").strip() == "['hello', 'hello']"
    assert len(re.findall(r"^ ?[12]  \[\d+\] ", history, re.MULTILINE)) == 2


def test_control_c_in_python_is_pythons_own(shell: Terminal) -> None:
    shell.begin("import time; print('g' + 'o'); time.sleep(600)")
    shell.wait_for("go")
    shell.press_control_c()
    assert "KeyboardInterrupt" in shell.wait_for_prompt()


def test_a_mistake_in_a_terminal_is_one_sentence(shell: Terminal) -> None:
    written = shell.run("%llm lod").strip()
    assert written.startswith("BadSetting: %llm does not know 'lod'. Did you mean 'load'?")
    assert "Traceback" not in written


def test_the_doctor_says_its_lines_in_a_cell(stock: NotebookKernel) -> None:
    cell = stock.run("%llm doctor")
    assert cell.status == "ok"
    levels = {line.split()[1]: line.split()[0] for line in cell.printed().splitlines() if not line.startswith(" ")}
    assert (levels["python"], levels["answer"]) == ("ok", "ok")
