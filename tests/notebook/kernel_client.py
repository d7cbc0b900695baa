"""Drives a real kernel as a front end does: cells in, messages out.

It knows the Jupyter protocol and where a test's processes are, and nothing of how the kernel works inside.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from tests.conftest import processes_of, wait_until
from threadrunner_kernel.cli.install import install_kernelspec
from threadrunner_kernel.client import HostClient
from threadrunner_kernel.endpoint import Endpoint, host_endpoint
from threadrunner_kernel.messages import WIRE_VERSION

REPLY_TIMEOUT_SECONDS = 100.0
POLL_MILLISECONDS = 50
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrived:
    """One iopub message of a cell."""

    kind: str
    content: Json


@dataclass(eq=False)
class Cell:
    """A cell that was sent, and what has come of it until now."""

    id: str
    messages: list[Arrived] = field(default_factory=list)
    reply: Json | None = None
    is_idle: bool = False

    @property
    def is_done(self) -> bool:
        return self.reply is not None and (self.is_idle or self.status == "aborted")

    @property
    def status(self) -> str:
        return str(self.reply["status"]) if self.reply else ""

    @property
    def ename(self) -> str:
        return str((self.reply or {}).get("ename", ""))

    @property
    def evalue(self) -> str:
        return str((self.reply or {}).get("evalue", ""))

    @property
    def traceback(self) -> list[str]:
        """The lines that the front end shows as the cell's error."""
        return [line for message in self.of("error") for line in message["traceback"]]

    def of(self, *kinds: str) -> list[Json]:
        """The contents of the messages of these kinds, in order."""
        return [message.content for message in self.messages if message.kind in kinds]

    def printed(self, name: str = "stdout") -> str:
        return "".join(content["text"] for content in self.of("stream") if content["name"] == name)

    def displays(self, mime: str = "text/markdown") -> list[str]:
        """What each display and each update of one showed."""
        shown = self.of("display_data", "update_display_data")
        return [content["data"][mime] for content in shown if mime in content["data"]]

    def results(self) -> list[Json]:
        """The data of ``Out[n]``, which should not come from a cell that has shown its value already."""
        return [content["data"] for content in self.of("execute_result")]

    def widget_states(self, name: str) -> list[Any]:
        """The values that a widget's trait of this name took, in order."""
        updates = [content["data"] for content in self.of("comm_msg")]
        states = [data["state"] for data in updates if data.get("method") == "update"]
        return [state[name] for state in states if name in state]

    def texts_in_widget(self) -> list[str]:
        """What the live output areas showed, each at each update."""
        shown = [outputs[-1]["data"] for outputs in self.widget_states("outputs") if outputs]
        return [data.get("text/markdown", data.get("text/plain", "")) for data in shown]

    def live_texts(self) -> list[str]:
        """What was to be seen at each moment, in whichever view."""
        return [*self.displays("text/plain"), *self.texts_in_widget(), *map(str, self.widget_states("value"))]

    def button_id(self) -> str | None:
        """The comm id of the stop button."""
        return self.widget_id("ButtonModel", "Stop")

    def widget_id(self, model: str, description: str) -> str | None:
        """The comm id of a widget of this kind with this text on it."""
        for opened in self.of("comm_open"):
            state = opened["data"]["state"]
            if (state.get("_model_name"), state.get("description")) == (model, description):
                return str(opened["comm_id"])
        return None


class NotebookKernel:
    """One running kernel and a client of it. Use ``notebook`` to start one."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client: BlockingKernelClient = manager.blocking_client()
        self._cells: dict[str, Cell] = {}
        self._control_replies: dict[str, Json] = {}

    def connect(self) -> None:
        self.client.start_channels()
        self.client.wait_for_ready(timeout=REPLY_TIMEOUT_SECONDS)

    def close(self) -> None:
        self.client.stop_channels()
        self.client.context.destroy(linger=0)
        self.manager.shutdown_kernel(now=False)

    @property
    def pid(self) -> int:
        pid = getattr(self.manager.provisioner, "pid", None)
        assert isinstance(pid, int)
        return pid

    # Cells.

    def send(self, code: str, *, cell_id: str | None = None, subshell: str | None = None) -> Cell:
        """Send a cell and do not wait for it; ``cell_id`` is what JupyterLab adds."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        metadata = {"cellId": cell_id} if cell_id else {}
        cell = Cell(self._send(self.client.shell_channel, "execute_request", content, metadata, subshell))
        self._cells[cell.id] = cell
        return cell

    def run(self, code: str, *, cell_id: str | None = None) -> Cell:
        """Run a cell to its end."""
        return self.finish(self.send(code, cell_id=cell_id))

    def value(self, expression: str) -> str:
        """``str`` of an expression in the notebook."""
        cell = self.run(f"print(({expression}), end='')")
        assert cell.status == "ok", cell.reply
        return cell.printed()

    def finish(self, cell: Cell) -> Cell:
        self.wait(lambda: cell.is_done, "the cell's end")
        return cell

    def wait(self, condition: Callable[[], object], what: str, timeout: float = REPLY_TIMEOUT_SECONDS) -> None:
        """Take messages in until ``condition()`` is true."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come about in {timeout} s"
            self._take_in()

    def wait_for_text(self, cell: Cell, text: str) -> None:
        """Wait until a running cell shows ``text``, in whichever view."""

        def is_shown() -> bool:
            assert not cell.is_done, f"the cell ended without {text!r}: {cell.reply}"
            return any(text in shown for shown in cell.live_texts())

        self.wait(is_shown, repr(text))

    # Interrupts.

    def interrupt(self) -> None:
        """The front end's stop button: a message or a signal, as the kernelspec says."""
        self.manager.interrupt_kernel()

    def stop(self, cell: Cell, *, at: str) -> Cell:
        """Interrupt a cell as soon as it shows ``at``; the cell at its end."""
        self.wait_for_text(cell, at)
        self.interrupt()
        return self.finish(cell)

    def control(self, kind: str, content: Json | None = None) -> Json:
        """Send a request on the control channel; its reply."""
        id = self._send(self.client.control_channel, kind, content or {}, {})
        self.wait(lambda: id in self._control_replies, f"the reply to {kind}")
        return self._control_replies[id]

    def request(self, kind: str, code: str, cursor: int | None = None) -> Json:
        """Ask about a cell that is being typed (completion, inspection, is it complete); the reply."""
        content = {"code": code, "cursor_pos": len(code) if cursor is None else cursor, "detail_level": 0}
        id = self._send(self.client.shell_channel, kind, content, {})
        self.wait(lambda: id in self._control_replies, f"the reply to {kind}")
        return self._control_replies[id]

    def click(self, button_id: str) -> None:
        """Press a widget's button, as the front end reports it."""
        data = {"method": "custom", "content": {"event": "click"}}
        self._send(self.client.shell_channel, "comm_msg", {"comm_id": button_id, "data": data}, {})

    def settle(self) -> None:
        """Stop what a failed test has left running, so that the next one finds a kernel at rest."""
        for cell in self._cells.values():
            for _ in range(20):
                if not cell.is_done:
                    self.interrupt()
                    with contextlib.suppress(AssertionError):
                        self.wait(lambda cell=cell: cell.is_done, "the cell's end", timeout=0.5)  # type: ignore[misc]
        self._cells.clear()
        self.control("interrupt_request")  # at rest it ends what goes on in the background

    def restart(self) -> None:
        self.manager.restart_kernel()
        self.client.wait_for_ready(timeout=REPLY_TIMEOUT_SECONDS)

    def kill(self) -> None:
        """kill -9, and wait for the end."""
        os.kill(self.pid, signal.SIGKILL)
        wait_until(lambda: not self.manager.is_alive(), what="the kernel's end")

    # Messages.

    def _send(self, channel: Any, kind: str, content: Json, metadata: Json, subshell: str | None = None) -> str:
        message = self.client.session.msg(kind, content, metadata=metadata)
        if subshell:
            message["header"]["subshell_id"] = subshell
        channel.send(message)
        return str(message["header"]["msg_id"])

    def _take_in(self) -> None:
        channels: list[Any] = [self.client.iopub_channel, self.client.shell_channel, self.client.control_channel]
        poller = zmq.Poller()
        for channel in channels:
            poller.register(channel.socket, zmq.POLLIN)
        ready = dict(poller.poll(POLL_MILLISECONDS))
        for channel in channels:
            if channel.socket in ready:
                self._take(channel.get_msg(timeout=0))

    def _take(self, message: Json) -> None:
        kind, content = message["header"]["msg_type"], message["content"]
        parent = message["parent_header"].get("msg_id", "")
        cell = self._cells.get(parent)
        if cell is None:
            if kind.endswith("_reply"):
                self._control_replies[parent] = content
        elif kind == "execute_reply":
            cell.reply = content
        elif kind == "status":
            cell.is_idle = content["execution_state"] == "idle"
        else:
            cell.messages.append(Arrived(kind, content))


@contextlib.contextmanager
def notebook(home: Path, name: str = "threadrunner", **settings: object) -> Iterator[NotebookKernel]:
    """A kernel with this THREADRUNNER_HOME and these THREADRUNNER_* settings, shut down at the end."""
    folder = home.parent
    # A spec of its own, so that this very Python is tested and not the one that was installed last.
    install_kernelspec(str(folder / "prefix"))
    specs = KernelSpecManager(kernel_dirs=[str(folder / "prefix/share/jupyter/kernels")])
    manager = KernelManager(kernel_name=name, kernel_spec_manager=specs)
    manager.start_kernel(env=environment(home, **settings), cwd=str(folder))
    kernel = NotebookKernel(manager)
    try:
        kernel.connect()
        yield kernel
    finally:
        kernel.close()


def environment(home: Path, **settings: object) -> dict[str, str]:
    """This process's environment with a test's own settings and nobody else's."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith("THREADRUNNER_")}
    given = {f"THREADRUNNER_{key.upper()}": str(value) for key, value in settings.items()}
    return {**mine, "IPYTHONDIR": str(home.parent / "ipython"), "THREADRUNNER_HOME": str(home), **given}


# The processes behind a kernel.


def hosts_of(home: Path) -> list[psutil.Process]:
    """The hosts. What a host is just starting looks like the host itself until it is the new program."""
    found = {process.pid: process for process in processes_of(home) if "threadrunner_kernel.host" in _command(process)}
    return [process for process in found.values() if _parent_pid(process) not in found]


def runners_of(home: Path) -> list[psutil.Process]:
    return [process for process in processes_of(home) if "threadrunner_kernel.runner" in _command(process)]


def host_of(home: Path) -> HostClient:
    """A client of the running host."""
    return HostClient(host_endpoint(home, WIRE_VERSION, "unix"))


def runner_pid(home: Path) -> int:
    """The process of the only runner."""
    (runner,) = runners_of(home)
    return int(runner.pid)


def is_runner_busy(home: Path) -> bool:
    """What the only runner itself says of its generations, whatever the host believes."""
    (runner,) = runners_of(home)
    path = runner.cmdline()[runner.cmdline().index("--endpoint") + 1]
    return bool(Endpoint(Path(path)).get_json("/health")[1]["active"])


def _parent_pid(process: psutil.Process) -> int | None:
    with contextlib.suppress(psutil.Error):
        return int(process.ppid())
    return None


def _command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return list(process.cmdline())
    return []


def assert_one_line(cell: Cell, *parts: str) -> None:
    """The cell's error is one sentence with these parts in it, and no traceback."""
    assert cell.status == "error", cell.reply
    assert len(cell.traceback) == 1, cell.traceback
    (line,) = cell.traceback
    assert "\n" not in line
    assert not re.search(r"\x1b\[", line)
    for part in parts:
        assert part in line, line
