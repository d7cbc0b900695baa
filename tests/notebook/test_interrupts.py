"""The stop button, at any moment: a real kernel, a real runner, and no sleep that has to be lucky.

The slow model says "on and on" without an end at 40 tokens a second: a cell that ends has been stopped.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from tests.conftest import SCRIPT, own_home, wait_until
from tests.notebook.kernel_client import (
    WIDGET_MIME,
    Cell,
    NotebookKernel,
    assert_one_line,
    host_of,
    hosts_of,
    is_runner_busy,
    notebook,
    runner_pid,
    runners_of,
)
from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.endpoint import host_endpoint
from threadrunner_kernel.launcher import launch_lock
from threadrunner_kernel.messages import WIRE_VERSION

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kernels are driven on POSIX systems only")


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_home(tmp_path_factory.mktemp("interrupts")) as home:
        yield home


@pytest.fixture(scope="module")
def shared_kernels(shared_home: Path, slow: Path) -> Iterator[tuple[NotebookKernel, NotebookKernel]]:
    """Two notebooks of one user, with one runner, which is the slow model's."""
    with (
        notebook(shared_home, model_path=slow, parallel=1) as one,
        notebook(shared_home, model_path=slow, parallel=1) as two,
    ):
        yield one, two


@pytest.fixture
def kernel(shared_kernels: tuple[NotebookKernel, NotebookKernel]) -> Iterator[NotebookKernel]:
    yield shared_kernels[0]
    shared_kernels[0].settle()


@pytest.fixture
def other(shared_kernels: tuple[NotebookKernel, NotebookKernel]) -> Iterator[NotebookKernel]:
    yield shared_kernels[1]
    shared_kernels[1].settle()


def assert_stopped(cell: Cell) -> None:
    """It ended as an error in one line that says so, and shows no widget any more."""
    assert cell.ename == "GenerationInterrupted"
    assert_one_line(cell, "Interrupted: the answer was stopped")
    assert WIDGET_MIME not in cell.of("display_data", "update_display_data")[-1]["data"]


def assert_next_answer_is_exact(kernel: NotebookKernel, options: str = "") -> None:
    cell = kernel.run(f"%%llm {options}\nhello")
    assert cell.status == "ok", cell.reply
    assert kernel.value("llm.last") == SCRIPT[""]


@contextlib.contextmanager
def frozen(process: psutil.Process) -> Iterator[None]:
    """Within the block the process does nothing at all."""
    process.suspend()
    try:
        yield
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()


# While it generates


@pytest.mark.parametrize("cell_id", [None, "cell-1"])
def test_what_was_said_stays(kernel: NotebookKernel, shared_home: Path, cell_id: str | None) -> None:
    cell = kernel.stop(kernel.send("%%llm -o part\nendless", cell_id=cell_id), at="on and on")
    assert_stopped(cell)
    assert kernel.value("part is llm.last, part.interrupted, part.finish_reason") == "(True, True, None)"
    text = kernel.value("part")
    assert text.startswith("on and on and ")
    assert f"{kernel.value('part.usage.completion_tokens')} tokens are kept" in cell.evalue
    assert cell.displays("text/plain")[-1].startswith(text)
    assert cell.displays("text/markdown")[-1].startswith(text)
    assert "interrupted" in cell.displays("text/markdown")[-1]
    assert "interrupted" in cell.displays("text/plain")[-1]
    wait_until(lambda: not is_runner_busy(shared_home), what="an idle runner")
    assert_next_answer_is_exact(kernel)


def test_the_same_runner_goes_on(kernel: NotebookKernel, shared_home: Path) -> None:
    assert_next_answer_is_exact(kernel)
    before = runner_pid(shared_home)
    for _ in range(5):
        assert_stopped(kernel.stop(kernel.send("%%llm\nendless"), at="on and on"))
        assert_next_answer_is_exact(kernel)
    assert runner_pid(shared_home) == before


def test_queued_cells_do_not_run(kernel: NotebookKernel) -> None:
    """Run All: what was sent after the stopped cell is given up, and what is sent later runs."""
    kernel.run("ran = []")
    stopped = kernel.send("%%llm\nendless")
    queued = [kernel.send("ran.append(1)"), kernel.send("%%llm\nhello"), kernel.send("ran.append(2)")]
    assert_stopped(kernel.stop(stopped, at="on and on"))
    assert [kernel.finish(cell).status for cell in queued] == ["aborted"] * 3
    assert kernel.value("ran") == "[]"
    assert_next_answer_is_exact(kernel)


def test_an_interrupt_request_on_the_control_channel_is_answered_at_once(kernel: NotebookKernel) -> None:
    cell = kernel.send("%%llm\nendless")
    kernel.wait_for_text(cell, "on and on")
    assert kernel.control("interrupt_request") == {"status": "ok"}
    assert_stopped(kernel.finish(cell))


def test_the_widgets_stop_button_stops(kernel: NotebookKernel, shared_home: Path) -> None:
    cell = kernel.send("%%llm -o part\nendless", cell_id="cell-1")
    kernel.wait_for_text(cell, "on and on")
    button = cell.button_id()
    assert button is not None
    queued = kernel.send("ran = True")
    kernel.click(button)
    assert_stopped(kernel.finish(cell))
    assert kernel.finish(queued).status == "aborted"
    assert kernel.value("part.interrupted, part.text[:9]") == "(True, 'on and on')"
    wait_until(lambda: not is_runner_busy(shared_home), what="an idle runner")
    # The click reaches ipywidgets, too, when the cell has ended and the button is gone: nothing comes of that.
    assert_next_answer_is_exact(kernel)


def test_another_widgets_click_stops_nothing(kernel: NotebookKernel) -> None:
    kernel.run("import ipywidgets\nclicks = []\nmine = ipywidgets.Button()\nmine.on_click(clicks.append)")
    theirs = kernel.value("mine.model_id")
    cell = kernel.run("%%llm\nhello", cell_id="cell-1")
    old = cell.button_id()
    assert old is not None
    running = kernel.send("%%llm -n 20\ncount", cell_id="cell-2")
    kernel.wait_for_text(running, "1, 2")
    kernel.click(theirs)
    kernel.click(old)
    assert kernel.finish(running).status == "ok"
    kernel.wait(lambda: kernel.value("len(clicks)") == "1", "the user's own click")


@pytest.mark.parametrize("cell_id", [None, "cell-1"])
def test_pressing_twice_is_no_more_than_pressing_once(kernel: NotebookKernel, cell_id: str | None) -> None:
    """The second press comes while the cell is just ending; it must not cost the cell its reply."""
    for _ in range(8):
        cell = kernel.send("%%llm -o part\nendless", cell_id=cell_id)
        kernel.wait_for_text(cell, "on and on")
        kernel.interrupt()
        assert kernel.control("interrupt_request") == {"status": "ok"}
        assert_stopped(kernel.finish(cell))
        assert kernel.value("part is llm.last, part.interrupted") == "(True, True)"
    assert_next_answer_is_exact(kernel)


def test_a_later_press_is_passed_on_hard(home: Path, slow: Path) -> None:
    """A host that does not answer at all cannot hold the notebook."""
    with notebook(home, model_path=slow) as kernel:
        assert_next_answer_is_exact(kernel)
        (host,) = hosts_of(home)
        with frozen(host):
            cell = kernel.send("%%llm\nhello")
            kernel.wait(lambda: cell.displays(), "the cell's display")
            for _ in range(10):
                kernel.interrupt()
                with contextlib.suppress(AssertionError):
                    kernel.wait(lambda: cell.is_done, "the cell's end", timeout=1.5)
                    break
            assert len(cell.traceback) == 1
            assert cell.ename in ("GenerationInterrupted", "KeyboardInterrupt")
        assert_next_answer_is_exact(kernel)


def test_python_can_catch_it(kernel: NotebookKernel) -> None:
    caught = "except KeyboardInterrupt as exc:\n    print(type(exc).__name__, llm.last.interrupted)"
    cell = kernel.stop(kernel.send(f"try:\n    llm('endless')\n{caught}"), at="on and on")
    assert cell.status == "ok"
    assert cell.printed() == "GenerationInterrupted True\n"


def test_a_loop_of_prompts_ends(kernel: NotebookKernel) -> None:
    cell = kernel.send("asked = 0\nfor _ in range(3):\n    asked += 1\n    llm('endless')")
    assert_stopped(kernel.stop(cell, at="on and on"))
    assert kernel.value("asked") == "1"


# Before it generates


@pytest.mark.parametrize("cell_id", [None, "cell-1"])
def test_while_a_long_prompt_is_read(home: Path, small_random: Path, scripted: Path, cell_id: str | None) -> None:
    # Read in steps this small, the prompt lasts however long this test may be held up before its interrupt.
    with notebook(home, model_path=small_random, step_tokens=32, threads=1) as kernel:
        cell = kernel.send("%%llm -o part\n{{ 'x' * 3900 }}", cell_id=cell_id)
        kernel.stop(cell, at="reading the prompt")
        assert_stopped(cell)
        assert "before the first token" in cell.evalue
        assert kernel.value("part is llm.last, part.interrupted, part.text") == "(True, True, '')"
        assert cell.displays("text/plain")[-1] == ""
        wait_until(lambda: not is_runner_busy(home), what="an idle runner")
        assert kernel.run("%%llm -n 3\nhello").status == "ok"
        assert_next_answer_is_exact(kernel, f"-m {scripted}")


def freeze_new_runner(home: Path, known: set[int]) -> psutil.Process:
    """The runner that has just been started, while it still imports or loads."""
    found: list[psutil.Process] = []

    def is_there() -> bool:
        found[:] = [process for process in runners_of(home) if process.pid not in known]
        return bool(found)

    wait_until(is_there, what="a new runner")
    return found[0]


def test_while_the_model_loads(kernel: NotebookKernel, shared_home: Path, slow: Path, tmp_path: Path) -> None:
    """The load itself goes on: who comes next finds the model ready, or waits for the same load."""
    model = Path(shutil.copy(slow, tmp_path / "fresh.gguf"))
    known = {process.pid for process in runners_of(shared_home)}
    # The answer has no end of its own, should the load be over before the runner is frozen.
    cell = kernel.send(f"%%llm -o part -m {model}\nendless")
    runner = freeze_new_runner(shared_home, known)
    with frozen(runner):
        kernel.wait(lambda: cell.displays(), "the cell's display")
        kernel.interrupt()
        assert_stopped(kernel.finish(cell))
    assert_next_answer_is_exact(kernel, f"-m {model}")
    assert {process.pid for process in runners_of(shared_home)} - known == {runner.pid}
    assert kernel.run(f"%llm unload -m {model}").printed() == "fresh is unloaded.\n"


def test_while_a_model_is_loaded_by_hand(
    kernel: NotebookKernel, shared_home: Path, scripted: Path, tmp_path: Path
) -> None:
    model = Path(shutil.copy(scripted, tmp_path / "by-hand.gguf"))
    known = {process.pid for process in runners_of(shared_home)}
    cell, queued = kernel.send(f"%llm load -m {model}"), kernel.send("ran = True")
    with frozen(freeze_new_runner(shared_home, known)):
        kernel.interrupt()
        kernel.finish(cell)
    assert_one_line(cell)
    assert kernel.finish(queued).status == "aborted"
    assert kernel.run(f"%llm load -m {model}").printed() == "by-hand is loaded.\n"
    assert kernel.run(f"%llm unload -m {model}").printed() == "by-hand is unloaded.\n"


def test_while_the_host_is_about_to_be_started(home: Path) -> None:
    """Another program is just starting a host, and takes its time."""
    with notebook(home, backend="dummy") as kernel:
        with launch_lock(host_endpoint(home, WIRE_VERSION, "unix"), Cancellation()):
            assert_stopped(kernel.stop(kernel.send("%%llm\nhello"), at="starting"))
            assert hosts_of(home) == []
        assert kernel.run("%%llm\nhello").status == "ok"


def test_while_the_host_starts(home: Path) -> None:
    with notebook(home, backend="dummy") as kernel:
        # A host that starts waits until nobody else owns its socket.
        with FileLock(host_endpoint(home, WIRE_VERSION, "unix").path.with_suffix(".owner")):
            cell = kernel.send("%%llm\nhello")
            wait_until(lambda: hosts_of(home), what="the host's process")
            kernel.interrupt()
            assert_stopped(kernel.finish(cell))
            assert len(hosts_of(home)) == 1
        assert kernel.run("%%llm\nhello").status == "ok"
        # A second one may have been started meanwhile: whoever has the socket stays, the other leaves.
        wait_until(lambda: len(hosts_of(home)) == 1, what="one host")
        assert kernel.run("%%llm\nhello").status == "ok"


@pytest.mark.parametrize("cell_id", [None, "cell-1"])
def test_while_another_notebook_holds_the_runner(
    kernel: NotebookKernel, other: NotebookKernel, shared_home: Path, cell_id: str | None
) -> None:
    theirs = other.send("%%llm\nendless")
    other.wait_for_text(theirs, "on and on")
    waiting = kernel.send("%%llm\nhello", cell_id=cell_id)
    assert_stopped(kernel.stop(waiting, at="waiting: place 1 in the queue"))
    # Nobody has touched the other notebook: its answer goes on growing.
    length = len(theirs.displays()[-1])
    other.wait(lambda: len(theirs.displays()[-1]) > length + 20, "more of the other answer")
    assert not theirs.is_done
    other.interrupt()
    assert_stopped(other.finish(theirs))
    assert_next_answer_is_exact(kernel)


def test_stopping_who_is_served_lets_the_next_one_in(kernel: NotebookKernel, other: NotebookKernel) -> None:
    theirs = other.send("%%llm\nendless")
    other.wait_for_text(theirs, "on and on")
    waiting = kernel.send("%%llm\nhello")
    kernel.wait_for_text(waiting, "waiting: place 1 in the queue")
    other.interrupt()
    assert_stopped(other.finish(theirs))
    assert kernel.finish(waiting).status == "ok"
    assert kernel.value("llm.last") == SCRIPT[""]


# Python's own


@pytest.mark.parametrize(
    "code",
    [
        "import time\nprint('go')\ntime.sleep(600)",
        "import asyncio\nprint('go')\nawait asyncio.sleep(600)",
        "print('go')\nwhile True: pass",
    ],
    ids=["sleep", "await", "busy"],
)
def test_without_a_generation_it_is_pythons_own(kernel: NotebookKernel, code: str) -> None:
    cell = kernel.send(code)
    kernel.wait(lambda: "go" in cell.printed(), "the cell's first line")
    kernel.interrupt()
    kernel.finish(cell)
    # asyncio turns the interrupt of a task into its cancellation.
    assert cell.ename in ("KeyboardInterrupt", "CancelledError")
    assert cell.ename == "KeyboardInterrupt" or "await" in code
    assert not any("GenerationInterrupted" in line for line in cell.traceback)
    assert kernel.value("1 + 1") == "2"


def test_an_interrupt_at_rest_does_nothing(kernel: NotebookKernel) -> None:
    kernel.run("x = 'still here'")
    assert kernel.control("interrupt_request") == {"status": "ok"}
    assert kernel.value("x") == "still here"
    assert_next_answer_is_exact(kernel)


# In the background

IN_BACKGROUND = """
import threading
ended = []
def work():
    try:
        llm("endless")
    except BaseException as exc:
        ended.append(type(exc).__name__)
thread = threading.Thread(target=work, daemon=True)
thread.start()
"""


def is_generating(home: Path) -> bool:
    return bool(host_of(home).get("/status")["generations"])


def test_a_background_generation_ends_only_when_nothing_else_runs(kernel: NotebookKernel, shared_home: Path) -> None:
    assert kernel.run("%llm load").status == "ok"
    kernel.run(IN_BACKGROUND)
    wait_until(lambda: is_runner_busy(shared_home), what="the generation")
    cell = kernel.send("import time\nprint('go')\ntime.sleep(600)")
    kernel.wait(lambda: "go" in cell.printed(), "the cell's first line")
    kernel.interrupt()
    assert kernel.finish(cell).ename == "KeyboardInterrupt"
    assert kernel.value("thread.is_alive(), ended") == "(True, [])"
    assert is_generating(shared_home)
    kernel.control("interrupt_request")
    kernel.wait(lambda: kernel.value("ended") == "['GenerationInterrupted']", "the end of the generation")
    assert kernel.value("llm.last.interrupted") == "True"
    wait_until(lambda: not is_runner_busy(shared_home), what="an idle runner")


def test_a_background_generation_outlives_the_cells_own(kernel: NotebookKernel, shared_home: Path) -> None:
    assert kernel.run("%llm load").status == "ok"
    kernel.run(IN_BACKGROUND)
    wait_until(lambda: is_runner_busy(shared_home), what="the generation")
    cell = kernel.send("%%llm\nhello")
    assert_stopped(kernel.stop(cell, at="waiting: place 1 in the queue"))
    assert kernel.value("thread.is_alive(), ended") == "(True, [])"
    kernel.control("interrupt_request")
    kernel.wait(lambda: kernel.value("ended") == "['GenerationInterrupted']", "the end of the generation")
    assert_next_answer_is_exact(kernel)


def test_a_cell_in_a_subshell_is_stopped_as_any(home: Path) -> None:
    """JEP 91: a cell that runs beside the main shell's, on a thread of its own."""
    with notebook(home, backend="dummy") as kernel:
        subshell = str(kernel.control("create_subshell_request")["subshell_id"])
        cell = kernel.send("%%llm -o part\n" + "on and " * 2000, subshell=subshell)
        kernel.stop(cell, at="on and on and")
        assert_stopped(cell)
        assert kernel.value("part is llm.last, part.interrupted") == "(True, True)"
        busy = kernel.send("import time\nprint('go')\ntime.sleep(600)")
        kernel.wait(lambda: "go" in busy.printed(), "the cell's first line")
        cell = kernel.stop(
            kernel.send("%%llm --no-history\n" + "on and " * 2000, subshell=subshell), at="on and on and"
        )
        assert_stopped(cell)
        assert not busy.is_done, "the first press was the generation's"
        wait_until(lambda: host_of(home).get("/status")["generations"] == [], what="the generation's end")
        kernel.settle()


def test_a_signal_stops_too(kernel: NotebookKernel) -> None:
    """kill -INT, as a terminal or a scheduler sends it."""
    cell = kernel.send("%%llm -o part\nendless")
    kernel.wait_for_text(cell, "on and on")
    os.kill(kernel.pid, signal.SIGINT)
    assert_stopped(kernel.finish(cell))
    assert kernel.value("part.interrupted, part.text[:9]") == "(True, 'on and on')"
    assert_next_answer_is_exact(kernel)
