"""How fast a stop stops: ``python -m benchmarks.interrupt``.

From sending the interrupt to the idle runner (its private ``/health`` says so) and to the idle cell, in the middle of
an answer and in the middle of reading a long prompt, at random moments. The peer is the high-level ``llama_cpp.Llama``
in a stock ``python3`` kernel: same file, same threads, prompts of the same length, interrupted by its signal.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.report import comparison, machine_line, markdown_table, milliseconds, say
from benchmarks.startup import (
    ANSWER_TIMEOUT_SECONDS,
    OURS,
    STOCK,
    Kernel,
    fresh_home,
    is_busy,
    is_idle,
    is_text,
    model_file,
    runner_process,
)
from threadrunner_kernel.endpoint import Endpoint, HttpConnection
from threadrunner_kernel.runner.threads import default_threads

CONTEXT_TOKENS = 2048
POLL_SECONDS = 0.0005
# A byte is a token to the random model; what the chat template adds must fit, too.
PROMPT_BYTES = 1900
DECODE_MOMENTS_SECONDS = 0.1, 2.0
# Of the time that the whole prompt takes: neither before it began nor when it may have ended.
PREFILL_MOMENTS = 0.05, 0.85
TEXT = "A prompt that is long enough to be read for a while, and never twice the same from its first byte on. "

PEER_SET_UP = """\
import llama_cpp
model = llama_cpp.Llama({path!r}, n_ctx={context}, n_threads={threads}, n_threads_batch={threads}, verbose=False)
"""
PEER_CELL = """\
model.reset()
for chunk in model.create_chat_completion([{{"role": "user", "content": {prompt!r}}}], stream=True):
    print(chunk["choices"][0]["delta"].get("content", ""), end="", flush=True)
"""


@dataclass
class Times:
    """Seconds from the interrupt, one of each per round; the peer computes in its kernel and has no runner."""

    cell: list[float] = field(default_factory=list)
    runner: list[float] = field(default_factory=list)


class RunnerWatch:
    """Asks the runner's ``/health`` over one connection that stays open."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._connection = HttpConnection(endpoint, ANSWER_TIMEOUT_SECONDS)

    def is_active(self) -> bool:
        try:
            return self._ask()
        except (http.client.HTTPException, ConnectionError):  # kept open too long: the next request opens it anew
            self._connection.close()
            return self._ask()

    def _ask(self) -> bool:
        self._connection.request("GET", "/health", headers=self._endpoint.headers())
        return bool(json.loads(self._connection.getresponse().read())["active"])

    def wait_idle(self) -> float:
        """The moment (``time.perf_counter``) at which it was found idle."""
        while self.is_active():
            time.sleep(POLL_SECONDS)
        return time.perf_counter()

    def close(self) -> None:
        self._connection.close()


class Ours:
    """The ThreadRunner kernel, its model loaded."""

    def __init__(self, home: Path, kernel: Kernel) -> None:
        self.kernel = kernel
        kernel.start()
        kernel.run("%%llm -n 1\nHello.")
        command = runner_process(home).cmdline()
        self._watch = RunnerWatch(Endpoint(Path(command[command.index("--endpoint") + 1])))
        self.watching = contextlib.closing(self._watch)

    def cell(self, prompt: str) -> str:
        return f"%%llm\n{prompt}"

    def interrupt(self, cell: str, times: Times) -> None:
        """Interrupt the running cell, and add how long it took."""
        if not self._watch.is_active():
            raise RuntimeError("the runner had ended before the interrupt")
        found: list[float] = []
        watcher = threading.Thread(target=lambda: found.append(self._watch.wait_idle()))
        began = time.perf_counter()
        self.kernel.interrupt()
        watcher.start()
        self.kernel.wait_for(cell, is_idle)
        times.cell.append(time.perf_counter() - began)
        watcher.join()
        times.runner.append(found[0] - began)


class Peer:
    """The high-level ``Llama`` in a stock kernel."""

    def __init__(self, kernel: Kernel, path: Path, threads: int) -> None:
        self.kernel = kernel
        kernel.start()
        kernel.run(PEER_SET_UP.format(path=str(path), context=CONTEXT_TOKENS, threads=threads))

    def cell(self, prompt: str) -> str:
        return PEER_CELL.format(prompt=prompt)

    def interrupt(self, cell: str, times: Times) -> None:
        began = time.perf_counter()
        self.kernel.interrupt()
        self.kernel.wait_for(cell, is_idle)
        times.cell.append(time.perf_counter() - began)


Side = Ours | Peer


class Prompts:
    """Prompts that differ from their first byte on, so that no side finds the beginning in a cache."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def short(self) -> str:
        return f"{self._random.getrandbits(64):016x} Say something."

    def long(self) -> str:
        return f"{self._random.getrandbits(64):016x} {TEXT * (PROMPT_BYTES // len(TEXT) + 1)}"[:PROMPT_BYTES]


def in_decode(side: Side, prompts: Prompts, moments: Iterator[float], times: Times) -> None:
    """One interrupt some time after the first token."""
    cell = side.kernel.execute(side.cell(prompts.short()))
    side.kernel.wait_for(cell, is_text)
    time.sleep(next(moments))
    side.interrupt(cell, times)
    finish(side)


def in_prefill(side: Side, prompts: Prompts, moments: Iterator[float], times: Times) -> None:
    """One interrupt some time after the cell began, and before the prompt was read."""
    while True:
        cell = side.kernel.execute(side.cell(prompts.long()))
        side.kernel.wait_for(cell, is_busy)
        time.sleep(next(moments))
        if not side.kernel.has_said(cell):
            break
        say("the prompt was read before its moment came (the machine was busier before): once more")
        side.kernel.interrupt()
        side.kernel.client.get_shell_msg(timeout=ANSWER_TIMEOUT_SECONDS)
    side.interrupt(cell, times)
    finish(side)


def prefill_seconds(side: Side, prompts: Prompts) -> float:
    """How long the side needs for a whole prompt."""
    cell = side.kernel.execute(side.cell(prompts.long()))
    side.kernel.wait_for(cell, is_busy)
    began = time.perf_counter()
    side.kernel.wait_for(cell, is_text)
    took = time.perf_counter() - began
    side.interrupt(cell, Times())
    finish(side)
    return took


def finish(side: Side) -> None:
    """Take the reply, which must be an interrupt's."""
    content = side.kernel.client.get_shell_msg(timeout=ANSWER_TIMEOUT_SECONDS)["content"]
    if content["status"] != "error" or content["ename"] not in ("KeyboardInterrupt", "GenerationInterrupted"):
        raise RuntimeError(f"the cell was not interrupted: {content}")


def between(seed: int, low: float, high: float) -> Iterator[float]:
    """Moments without end, the same in each run."""
    source = random.Random(seed)
    while True:
        yield source.uniform(low, high)


Round = Callable[[Side, Prompts, Iterator[float], Times], None]


def alternate(
    sides: tuple[Ours, Peer],
    counts: tuple[int, int],
    one_round: Round,
    moments: tuple[Iterator[float], Iterator[float]],
) -> tuple[Times, Times]:
    """The rounds of both sides, those of the fewer spread evenly between the others."""
    prompts = Prompts(seed=1)
    results = Times(), Times()
    places = sorted((number / count, side) for side, count in enumerate(counts) for number in range(count))
    for _, side in places:
        one_round(sides[side], prompts, moments[side], results[side])
        times = results[side]
        runner = f", runner idle after {milliseconds(times.runner[-1])}" if times.runner else ""
        name = ("ThreadRunner", "Llama")[side]
        say(f"{name} {len(times.cell)}: cell idle after {milliseconds(times.cell[-1])}{runner}")
    return results


def rows(scenario: str, ours: Times, peer: Times) -> list[list[str]]:
    """Until the runner is idle, and until the cell is: both beside the peer's cell."""
    return [
        comparison(f"{scenario}, to the idle runner", ours.runner, peer.cell),
        comparison(f"{scenario}, to the idle cell", ours.cell, peer.cell),
    ]


def measure(rounds: int, peer_rounds: int, threads: int) -> list[list[str]]:
    path = model_file()
    counts = rounds, peer_rounds
    settings = {"model": path, "threads": threads, "context": CONTEXT_TOKENS, "view": "stream"}
    with fresh_home(**settings) as home, Kernel(OURS) as our_kernel, Kernel(STOCK) as stock_kernel:
        ours, peer = Ours(home, our_kernel), Peer(stock_kernel, path, threads)
        with ours.watching:
            moments = between(2, *DECODE_MOMENTS_SECONDS), between(3, *DECODE_MOMENTS_SECONDS)
            decode = alternate((ours, peer), counts, in_decode, moments)
            took = prefill_seconds(ours, Prompts(4)), prefill_seconds(peer, Prompts(5))
            say(f"a prompt of {PROMPT_BYTES} tokens: ThreadRunner {took[0]:.1f} s, Llama {took[1]:.1f} s")
            low, high = PREFILL_MOMENTS
            moments = between(6, low * took[0], high * took[0]), between(7, low * took[1], high * took[1])
            prefill = alternate((ours, peer), counts, in_prefill, moments)
    return [*rows("an answer", *decode), *rows("a prompt", *prefill)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.interrupt", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="interrupts of each kind (20)")
    parser.add_argument("--peer-rounds", type=int, default=5, help="the peer's, which take seconds each (5)")
    arguments = parser.parse_args()
    machine, threads = machine_line(), default_threads()
    table = measure(arguments.rounds, arguments.peer_rounds, threads)
    worst, peer_worst = f"worst of {arguments.rounds}", f"peer worst of {arguments.peer_rounds}"
    head = ["interrupt in the middle of", "median", worst, "peer median", peer_worst, "ratio"]
    say(f"\n{machine}; {threads} threads\n\n{markdown_table(head, table)}")


if __name__ == "__main__":
    main()
