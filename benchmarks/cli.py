"""What a warm one-shot costs beside the model, and what the host costs: ``python -m benchmarks.cli``.

Whole processes: ``threadrunner "hi"`` beside curl on the same socket and beside a Python that does nothing, on a model
that answers at once. Then the same answers through the host and from its runner directly.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks.report import machine_line, markdown_table, milliseconds, ratio, say
from benchmarks.sides import Chat, Served, imported_from
from benchmarks.startup import fresh_home, host, model_file, runner_process
from tests.model_files import ENDLESS, cached, write_scripted_model
from threadrunner_kernel.endpoint import Endpoint, HttpConnection

ANSWER = "At once."
ANSWER_TIMEOUT_SECONDS = 300.0
OURS, CURL, BARE = 'threadrunner "hi"', "curl on the same socket", "python -c pass"
# Long enough that the two ends of a stream do not count.
FAST_TOKENS, REAL_TOKENS = 1000, 100
Times = tuple[float, float]


def instant_model() -> Path:
    """A scripted model: real llama.cpp, and next to no weights."""
    answers = {"": ANSWER, "go on": "on and on and on and " + ENDLESS}
    return cached("instant", lambda path: write_scripted_model(path, answers, name="instant"))


# Whole processes.


def whole_process(command: Sequence[str], expected: str) -> Times:
    """Seconds from before the process is made until its first byte on stdout, and until its end."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        start = process.stdout.read(1)
        first = time.perf_counter() - began
        rest = process.stdout.read()
        process.wait()
    seconds = time.perf_counter() - began
    if process.returncode or expected.encode() not in start + rest:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {(start + rest)[-300:]!r}")
    return first, seconds


def commands(home: Path) -> dict[str, tuple[list[str], str]]:
    """What is run, and what must be in its output."""
    body = {"messages": [{"role": "user", "content": "hi"}], "stream": True}
    url, kind = "http://localhost/v1/chat/completions", "Content-Type: application/json"
    socket = str(host(home).endpoint.path)
    sides = {
        OURS: ([sys.executable, "-m", "threadrunner_kernel.cli", "hi"], ANSWER),
        CURL: (["curl", "-sN", "--unix-socket", socket, url, "-H", kind, "-d", json.dumps(body)], "[DONE]"),
        BARE: ([sys.executable, "-c", "pass"], ""),
    }
    return {name: side for name, side in sides.items() if shutil.which(side[0][0])}


def process_rows(rounds: int) -> list[list[str]]:
    # A keep-alive for ever: the model is warm in every round.
    with fresh_home(model=instant_model(), keep_alive=-1) as home:
        os.environ["PYTHONPATH"] = imported_from()
        command = [sys.executable, "-m", "threadrunner_kernel.cli", "hi"]
        whole_process(command, ANSWER)  # unmeasured: it starts the host and loads the model
        sides = commands(home)
        times: dict[str, list[Times]] = {name: [] for name in sides}
        for number in range(rounds):
            for name in list(sides) if number % 2 else list(reversed(sides)):
                times[name].append(whole_process(*sides[name]))
            say(f"process {number + 1}: {', '.join(f'{n} {milliseconds(t[-1][0])}' for n, t in times.items())}")
    bare = statistics.median(whole for _, whole in times[BARE])
    return [process_row(name, times[name], bare) for name in times]


def process_row(name: str, times: Sequence[Times], bare: float) -> list[str]:
    firsts, wholes = [first for first, _ in times], [whole for _, whole in times]
    first, whole = statistics.median(firsts), statistics.median(wholes)
    if name == BARE:
        return [name, "", "", "", milliseconds(whole), milliseconds(max(wholes))]
    above = milliseconds(first - bare)
    return [name, milliseconds(first), milliseconds(max(firsts)), above, milliseconds(whole), milliseconds(max(wholes))]


# Through the host, and directly.


def runner_endpoint(runner: psutil.Process) -> Endpoint:
    """Where a runner of the host listens; its own command line says so."""
    line = runner.cmdline()
    return Endpoint(Path(line[line.index("--endpoint") + 1]))


def served(name: str, endpoint: Endpoint) -> Served:
    return Served(name, lambda: HttpConnection(endpoint, ANSWER_TIMEOUT_SECONDS))


def overhead_row(what: str, model: Callable[[], Path], chat: Chat, rounds: int) -> list[str]:
    """A token's time through the host and directly from the same runner, and what it costs the host's processor."""
    with fresh_home(keep_alive=-1) as home:
        os.environ["PYTHONPATH"] = imported_from()
        models = home / "models"
        models.mkdir(parents=True)
        (models / "model.gguf").symlink_to(model())
        whole_process([sys.executable, "-m", "threadrunner_kernel.cli", "hi", "-n", "1"], "")
        hosted, direct = served("host", host(home).endpoint), served("runner", runner_endpoint(runner_process(home)))
        times: dict[str, list[float]] = {side.name: [] for side in (hosted, direct)}
        process = psutil.Process(host(home).get("/status")["pid"])
        before = process.cpu_times()
        for number in range(rounds):
            for side in (hosted, direct) if number % 2 else (direct, hosted):
                (answer,) = side.ask([chat])
                times[side.name].append(1 / answer.tokens_per_second)
            say(f"{what} {number + 1}: {', '.join(f'{n} {1000 * t[-1]:.3f} ms' for n, t in times.items())}")
        cpu = processor_seconds(before, process.cpu_times()) / (rounds * chat.max_tokens)
    ours, runners = statistics.median(times["host"]), statistics.median(times["runner"])
    values = [f"{1000 * value:.3f} ms" for value in (ours, runners, ours - runners, cpu)]
    return [what, *values, ratio(ours, runners)]


def processor_seconds(before: Any, after: Any) -> float:
    """What a process has computed between two readings of its times."""
    return float(after.user + after.system - before.user - before.system)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cli", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="processes of each kind (20)")
    parser.add_argument("--token-rounds", type=int, default=10, help="answers through the host and directly (10)")
    arguments = parser.parse_args()
    machine = machine_line()
    processes = process_rows(arguments.rounds)
    chat = Chat((("user", "go on"),), FAST_TOKENS)
    story = Chat((("user", "Tell a long story."),), REAL_TOKENS)
    tokens = [
        overhead_row("a model of next to no weights", instant_model, chat, arguments.token_rounds),
        overhead_row("a model of TinyLlama-1.1B's shape", model_file, story, arguments.token_rounds),
    ]
    head = ["process", "first output", "worst", "median above bare Python", "whole process", "worst"]
    say(f"\n{machine}; {arguments.rounds} processes, {arguments.token_rounds} answers")
    say(f"\n{markdown_table(head, processes)}")
    head = ["each token of", "through the host", "from the runner", "difference", "host's processor", "ratio"]
    say(f"\n{markdown_table(head, tokens)}")


if __name__ == "__main__":
    main()
