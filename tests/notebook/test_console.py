"""``jupyter console`` under a pty: it shows what is displayed, and no update of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SCRIPT, own_home, wait_until
from tests.notebook.kernel_client import is_runner_busy
from tests.notebook.terminal import Terminal, terminal
from threadrunner_kernel.cli.install import install_kernelspec

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kernels are driven on POSIX systems only")

# Asked whether a cell is complete, the kernel also says when it is idle again. The console takes that for the end of
# the cell that it has begun meanwhile, and shows nothing of it before its end.
CONSOLE = (
    "tests.notebook.console",
    "--ZMQTerminalInteractiveShell.banner=",
    "--ZMQTerminalInteractiveShell.use_kernel_is_complete=False",
    "--no-confirm-exit",
)


@pytest.fixture(scope="module")
def console_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_home(tmp_path_factory.mktemp("console")) as home:
        yield home


@pytest.fixture(scope="module", params=["threadrunner", "python3"])
def console(request: pytest.FixtureRequest, console_home: Path, slow: Path) -> Iterator[Terminal]:
    """The console with our kernel, and with the stock one and the extension."""
    folder = console_home.parent
    install_kernelspec(str(folder / "prefix"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder / "prefix/share/jupyter"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        patch.setenv("JUPYTER_CONFIG_DIR", str(folder / "config"))
        patch.setenv("JUPYTER_DATA_DIR", str(folder / "data"))
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        command = (*CONSOLE, f"--kernel={request.param}")
        with terminal(console_home, command, model_path=slow) as started:
            started.run("%load_ext threadrunner_kernel")
            yield started


def test_an_answer_streams_once_and_is_kept(console: Terminal) -> None:
    console.begin("%%llm -o mine -n 40", "count")
    console.wait_for("1, 2, 3")
    console.wait_for("15, 16")
    assert "[slow · 40 tokens" in console.wait_for_prompt()
    console.begin("%%llm", "hello")
    shown = console.wait_for_prompt()
    assert shown.count(SCRIPT[""]) == 1
    assert "Out[" not in shown
    assert "True 1, 2," in console.run("print(mine is not llm.last, mine.text[:5])")


def test_control_c_stops_and_what_was_said_stays(console: Terminal, console_home: Path) -> None:
    console.begin("%%llm -o part", "endless")
    console.wait_for("on and on")
    console.press_control_c()
    after = console.wait_for_prompt()
    assert "interrupted]" in after
    assert "Interrupted: the answer was stopped" in after
    assert "Traceback" not in after
    assert "True True on and on" in console.run("print(part is llm.last, part.interrupted, part.text[:9])")
    wait_until(lambda: not is_runner_busy(console_home), what="an idle runner")
