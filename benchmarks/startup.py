"""How fast a kernel is there, and how fast the first token after a restart: ``python -m benchmarks.startup``.

The peers: the stock ``python3`` kernel for the start, and this kernel's own first load for the restart. It owns what
the other benchmarks drive, too: a home of their own, and a kernel with one client.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import psutil
import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from benchmarks.report import comparison, machine_line, markdown_table, milliseconds, say
from tests.model_files import TINYLLAMA_1B, cached, write_random_model
from threadrunner_kernel import config
from threadrunner_kernel.client import HostClient
from threadrunner_kernel.endpoint import host_endpoint
from threadrunner_kernel.errors import ThreadRunnerError
from threadrunner_kernel.messages import WIRE_VERSION

STOCK, OURS = "python3", "threadrunner"
ANSWER_TIMEOUT_SECONDS = 300.0
START_TIMEOUT_SECONDS = 60.0
GONE_TIMEOUT_SECONDS = 20.0
# A socket that finds nobody tries again after this: zmq's own 100 ms would be most of what is measured.
RECONNECT_MILLISECONDS = 2
PROMPT_CELL = "%%llm -n 4 -t 0\nSay something."


def model_file() -> Path:
    """A random model of TinyLlama-1.1B's shape in q4_0, made once."""
    return cached(
        "tinyllama-1b-q4_0",
        lambda path: write_random_model(path, TINYLLAMA_1B, quantisation="q4_0", context_length=2048),
    )


# A home of its own.


@contextlib.contextmanager
def fresh_home(**settings: object) -> Iterator[Path]:
    """Within the block the environment has a new THREADRUNNER_HOME and these settings; at its end nothing runs on."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="threadrunner-benchmark-") as folder:
        home = Path(folder) / "home"
        for name in [name for name in os.environ if name.startswith("THREADRUNNER_")]:
            del os.environ[name]
        # A user's Python keeps its bytecode; without it this package alone would be compiled at each start.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["THREADRUNNER_HOME"] = str(home)
        os.environ["IPYTHONDIR"] = str(Path(folder) / "ipython")
        os.environ["JUPYTER_RUNTIME_DIR"] = str(Path(folder) / "runtime")
        os.environ.update({f"THREADRUNNER_{name.upper()}": str(value) for name, value in settings.items()})
        try:
            yield home
        finally:
            try:
                shut_down(home)
            finally:
                os.environ.clear()
                os.environ.update(before)


def host(home: Path) -> HostClient:
    return HostClient(host_endpoint(home, WIRE_VERSION, config.load().transport))


def shut_down(home: Path) -> None:
    """End the host and its runners, and return when they are gone."""
    with contextlib.suppress(ThreadRunnerError):
        host(home).post("/shutdown")
    deadline = time.monotonic() + GONE_TIMEOUT_SECONDS
    while left := servers_of(home):
        if time.monotonic() > deadline:
            for process in left:
                process.kill()
            raise RuntimeError(f"had to be killed: {[process.pid for process in left]}")
        time.sleep(0.05)


def servers_of(home: Path) -> list[psutil.Process]:
    """The living host and runners of this home."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            is_server = {"threadrunner_kernel.host", "threadrunner_kernel.runner"} & set(process.cmdline())
            if is_server and process.environ().get("THREADRUNNER_HOME") == str(home):
                found.append(process)
    return found


def runner_process(home: Path) -> psutil.Process:
    """The runner of the one model that is loaded."""
    (model,) = host(home).get("/status")["models"]
    return psutil.Process(model["pid"])


# A kernel and one client of it.


class Kernel:
    """One kernel, by its kernelspec's name."""

    def __init__(self, name: str) -> None:
        self._context = zmq.Context()
        self._context.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MILLISECONDS)
        self._manager = KernelManager(kernel_name=name, context=self._context)
        self._client: BlockingKernelClient | None = None
        self._leaving = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.close()
        self._context.destroy(linger=0)

    @property
    def client(self) -> BlockingKernelClient:
        assert self._client is not None
        return self._client

    def start(self) -> float:
        """Start it; seconds from before its process was made until it has answered kernel_info."""
        began = time.perf_counter()
        # ipykernel's warning that the connection is not encrypted would come between the figures.
        self._manager.start_kernel(stderr=subprocess.DEVNULL)
        self._leaving.callback(self._manager.shutdown_kernel, now=True)
        self._client = self._manager.client()
        self._client.start_channels()
        self._leaving.callback(self._client.stop_channels)
        self._client.kernel_info()
        self._client.get_shell_msg(timeout=START_TIMEOUT_SECONDS)
        took = time.perf_counter() - began
        self._client.wait_for_ready(timeout=START_TIMEOUT_SECONDS)
        return took

    def restart(self) -> None:
        """What a notebook's Restart does."""
        self._manager.restart_kernel()
        self.client.wait_for_ready(timeout=START_TIMEOUT_SECONDS)

    def interrupt(self) -> None:
        """Send what the kernelspec asks for: a message on the control channel, or a signal."""
        spec = self._manager.kernel_spec
        if spec is not None and spec.interrupt_mode == "message":
            self.client.control_channel.send(self.client.session.msg("interrupt_request", {}))
        else:
            self._manager.interrupt_kernel()

    def execute(self, code: str) -> str:
        """Send a cell; its id."""
        return str(self.client.execute(code, store_history=False, allow_stdin=False))

    def has_said(self, cell: str) -> bool:
        """Whether text of the cell has come by now."""
        with contextlib.suppress(queue.Empty):
            while True:
                message = self.client.get_iopub_msg(timeout=0)
                if message["parent_header"].get("msg_id") == cell and is_text(message):
                    return True
        return False

    def wait_for(self, cell: str, what: Callable[[dict[str, Any]], bool]) -> None:
        """Read the cell's iopub messages up to the first that is meant.

        Raises:
            RuntimeError: the cell ended first.
        """
        while True:
            message = self.client.get_iopub_msg(timeout=ANSWER_TIMEOUT_SECONDS)
            if message["parent_header"].get("msg_id") != cell:
                continue
            if what(message):
                return
            if is_idle(message):
                reply = self.client.get_shell_msg(timeout=ANSWER_TIMEOUT_SECONDS)
                raise RuntimeError(f"the cell ended too early: {reply['content']}")

    def run(self, code: str) -> None:
        """Execute a cell that must succeed."""
        cell = self.execute(code)
        reply = self.client.get_shell_msg(timeout=ANSWER_TIMEOUT_SECONDS)
        self.wait_for(cell, is_idle)
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"{code!r} failed: {reply['content']}")


def is_busy(message: dict[str, Any]) -> bool:
    return bool(message["content"].get("execution_state") == "busy")


def is_idle(message: dict[str, Any]) -> bool:
    return bool(message["content"].get("execution_state") == "idle")


def is_text(message: dict[str, Any]) -> bool:
    """Whether it brings text on stdout."""
    return bool(message["msg_type"] == "stream" and message["content"]["name"] == "stdout")


# What is measured.


def measure_start(name: str) -> float:
    with Kernel(name) as kernel:
        return kernel.start()


def first_token(kernel: Kernel) -> float:
    """Seconds from sending a prompt to the first token of its answer on iopub."""
    began = time.perf_counter()
    cell = kernel.execute(PROMPT_CELL)
    kernel.wait_for(cell, is_text)
    took = time.perf_counter() - began
    kernel.wait_for(cell, is_idle)
    kernel.client.get_shell_msg(timeout=ANSWER_TIMEOUT_SECONDS)
    return took


def measure_first_tokens(home: Path) -> tuple[float, float]:
    """Seconds to the first token when nothing runs, and after a restart of the kernel."""
    shut_down(home)
    with Kernel(OURS) as kernel:
        kernel.start()
        cold = first_token(kernel)
        pid = runner_process(home).pid
        kernel.restart()
        warm = first_token(kernel)
        if runner_process(home).pid != pid:
            raise RuntimeError("the restart did not keep the runner")
    return cold, warm


def start_rows(rounds: int) -> list[list[str]]:
    with fresh_home():
        for name in (OURS, STOCK):  # unmeasured: IPython's first start makes its folders
            measure_start(name)
        times: dict[str, list[float]] = {OURS: [], STOCK: []}
        for number in range(rounds):
            # Who comes first changes, so that neither always follows the other.
            for name in (OURS, STOCK) if number % 2 else (STOCK, OURS):
                times[name].append(measure_start(name))
            say(f"start {number + 1}: {', '.join(f'{name} {milliseconds(times[name][-1])}' for name in times)}")
    return [comparison("kernel start to kernel_info (peer: `python3`)", times[OURS], times[STOCK])]


def token_rows(rounds: int) -> list[list[str]]:
    first_loads: list[float] = []
    restarts: list[float] = []
    with fresh_home(model=model_file(), view="stream") as home:
        for number in range(rounds):
            cold, warm = measure_first_tokens(home)
            first_loads.append(cold)
            restarts.append(warm)
            say(f"first token {number + 1}: first load {milliseconds(cold)}, after a restart {milliseconds(warm)}")
    return [comparison("first token after a restart (peer: the first load)", restarts, first_loads)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="starts of each kernel (20)")
    parser.add_argument("--token-rounds", type=int, default=5, help="first loads and restarts (5)")
    arguments = parser.parse_args()
    machine = machine_line()
    rows = [*start_rows(arguments.rounds), *token_rows(arguments.token_rounds)]
    head = ["time of", "median", "worst", "peer median", "peer worst", "ratio"]
    say(f"\n{machine}; {arguments.rounds} starts, {arguments.token_rounds} loads\n\n{markdown_table(head, rows)}")


if __name__ == "__main__":
    main()
