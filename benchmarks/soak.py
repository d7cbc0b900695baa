"""Whether the engine stays what it is under load: ``python -m benchmarks.soak MINUTES``.

A real host and its runner; clients that ask at random, leave in the middle and are killed. Meanwhile one prompt is
asked again and again without randomness, and a hundred seeded requests, answered alone before, are answered again:
each answer must be the very one of before. The memory of both processes is sampled.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from benchmarks.engine import small_model_file, text
from benchmarks.report import machine_line, markdown_table, ratio, say
from benchmarks.sides import imported_from
from benchmarks.startup import fresh_home, host, model_file, runner_process
from tests.model_files import Shape, cached, write_random_model
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.errors import ThreadRunnerError
from threadrunner_kernel.messages import ChatRequest, Message

SETTINGS = {"context": 1024, "kv_cells": 3072, "parallel": 4}
CLIENTS = 6  # more than run at once: some wait
SEEDED_REQUESTS = 100
WARM_UP = 0.2
SAMPLES = 200
MEBIBYTE = 2**20
IDLE_TIMEOUT_SECONDS = 20.0
# What a client does, and how often in a hundred times.
DEEDS = {"finish": 45, "leave": 30, "leave in the prompt": 15, "be killed": 10}

# A client in a process of its own, light to start, which is killed while it reads.
DOOMED_CLIENT = """\
import json, sys
from pathlib import Path
from threadrunner_kernel.endpoint import Endpoint, HttpConnection
connection = HttpConnection(Endpoint(Path(sys.argv[1]), sys.argv[2]), None)
connection.request("POST", "/v1/chat/completions", sys.argv[3], {"Content-Type": "application/json"})
while connection.getresponse().readline():
    pass
"""


@dataclass
class Tally:
    """What happened, counted from many threads."""

    counts: collections.Counter[str] = field(default_factory=collections.Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1


@dataclass
class Repeats:
    """Answers that must be what they were."""

    identical: int = 0
    differing: list[str] = field(default_factory=list)

    def compare(self, name: str, answer: str, expected: str) -> None:
        if answer == expected:
            self.identical += 1
        else:
            self.differing.append(name)
            say(f"{name} DIFFERS:\n  was {expected!r}\n  is  {answer!r}")

    def __str__(self) -> str:
        return f"{self.identical} of {self.identical + len(self.differing)} identical"


@dataclass
class Memory:
    """Resident bytes of one process, with the moments in seconds."""

    name: str
    process: psutil.Process
    samples: list[tuple[float, int]] = field(default_factory=list)

    def sample(self, seconds: float) -> None:
        self.samples.append((seconds, self.process.memory_info().rss))

    def row(self, warm_seconds: float) -> list[str]:
        """First, after the warm-up, last: the latter two as medians of a tenth of the samples each."""
        values = [size for moment, size in self.samples if moment >= warm_seconds] or [self.samples[-1][1]]
        tenth = max(1, len(values) // 10)
        warm, last = statistics.median(values[:tenth]), statistics.median(values[-tenth:])
        largest = max(size for _, size in self.samples)
        sizes = (self.samples[0][1], warm, last, largest)
        return [self.name, *(f"{size / MEBIBYTE:.1f}" for size in sizes), ratio(last, warm)]


class Prompts:
    """Requests of one kind of randomness: conversations that often begin alike, as those of a notebook do."""

    def __init__(self, *seed: object) -> None:
        self.random = random.Random(repr(seed))

    def request(self) -> ChatRequest:
        source = self.random
        messages = [Message("system", text(source.choice([60, 200, 320]), "soak", source.randrange(3)))]
        for _ in range(source.randrange(3)):
            messages.append(Message("user", text(40, "turn", source.randrange(4))))
            messages.append(Message("assistant", text(60, "said", source.randrange(4))))
        messages.append(Message("user", text(source.randrange(10, 120), source.random())))
        request = ChatRequest(messages=tuple(messages), max_tokens=source.randrange(1, 80), stream=True)
        match source.randrange(4):
            case 0:
                return replace(request, seed=source.randrange(1000))
            case 1:
                return replace(request, n=source.randrange(1, 4), top_k=source.randrange(100))
            case _:
                return request

    def long(self) -> ChatRequest:
        messages = (Message("user", text(900, self.random.random())),)
        return ChatRequest(messages=messages, max_tokens=4, stream=True)

    def seeded(self, number: int) -> ChatRequest:
        return replace(self.request(), n=1, seed=number, temperature=None, max_tokens=24)


CONTROL = ChatRequest(
    messages=(Message("system", text(200, "soak", 0)), Message("user", "The control prompt.")),
    max_tokens=48,
    temperature=0.0,
    stream=True,
)


class Soak:
    """One host, its clients, and what they saw."""

    def __init__(self, path: Path, client: HostClient) -> None:
        self._path = str(path)
        self._client = client
        self._over = threading.Event()
        self.tally = Tally()
        self.control = Repeats()
        self.seeded = Repeats()
        self._expected_control = self.answer(CONTROL)
        prompts = Prompts("seeded")
        self._seeded = [prompts.seeded(number) for number in range(SEEDED_REQUESTS)]

    def addressed(self, request: ChatRequest) -> ChatRequest:
        return replace(request, model=self._path)

    def answer(self, request: ChatRequest) -> str:
        """The whole text of one answer."""
        with self._client.chat(self.addressed(request), Cancellation()) as events:
            return "".join(event.text for event in events)

    def answer_alone(self) -> list[str]:
        """What the seeded requests get while nothing else runs."""
        return [self.answer(request) for request in self._seeded]

    @contextlib.contextmanager
    def load(self, expected: Sequence[str]) -> Iterator[threading.Thread]:
        """Within the block there is load; the thread given ends when the seeded requests have been repeated."""
        threads = [threading.Thread(target=self._be_a_client, args=(number,)) for number in range(CLIENTS)]
        threads.append(threading.Thread(target=self._repeat_control))
        repeating = threading.Thread(target=self._repeat_seeded, args=(expected,))
        for thread in (*threads, repeating):
            thread.start()
        try:
            yield repeating
        finally:
            self._over.set()
            for thread in (*threads, repeating):
                thread.join()

    def _repeat_control(self) -> None:
        while not self._over.wait(0.2):
            with self._counting_errors("control prompts"):
                self.control.compare("the control prompt", self.answer(CONTROL), self._expected_control)

    def _repeat_seeded(self, expected: Sequence[str]) -> None:
        numbers = list(range(len(expected)))
        random.Random(0).shuffle(numbers)
        for number in numbers:
            if self._over.is_set():
                return
            with self._counting_errors("seeded requests"):
                self.seeded.compare(f"seeded request {number}", self.answer(self._seeded[number]), expected[number])

    def _be_a_client(self, number: int) -> None:
        prompts = Prompts("client", number)
        while not self._over.is_set():
            (deed,) = prompts.random.choices(list(DEEDS), list(DEEDS.values()))
            with self._counting_errors(deed):
                self._do(deed, prompts)

    def _do(self, deed: str, prompts: Prompts) -> None:
        match deed:
            case "finish":
                self.answer(prompts.request())
            case "leave":
                self._leave(prompts.request(), events=prompts.random.randrange(20))
            case "leave in the prompt":
                self._leave_after(prompts.long(), prompts.random.uniform(0, 0.5))
            case "be killed":
                self._be_killed(prompts.request(), prompts.random.uniform(0, 0.6))

    def _leave(self, request: ChatRequest, events: int) -> None:
        """Leave after so many events."""
        with self._client.chat(self.addressed(request), Cancellation()) as stream:
            for _ in zip(range(events), stream, strict=False):
                pass

    def _leave_after(self, request: ChatRequest, seconds: float) -> None:
        cancellation = Cancellation()
        timer = threading.Timer(seconds, cancellation.cancel)
        timer.start()
        with contextlib.suppress(ThreadRunnerError), self._client.chat(self.addressed(request), cancellation) as stream:
            collections.deque(stream, maxlen=0)
        timer.cancel()

    def _be_killed(self, request: ChatRequest, seconds: float) -> None:
        endpoint = self._client.endpoint
        body = json.dumps(self.addressed(request).to_wire())
        arguments = [str(endpoint.path), endpoint.transport, body]
        process = subprocess.Popen([sys.executable, "-c", DOOMED_CLIENT, *arguments], stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()

    @contextlib.contextmanager
    def _counting_errors(self, deed: str) -> Iterator[None]:
        try:
            yield
        except ThreadRunnerError as exc:
            self.tally.add(f"{deed}: {exc.code}")
        else:
            self.tally.add(deed)


def watch(run: Soak, memories: Sequence[Memory], seconds: float, repeating: threading.Thread) -> float:
    """Sample until the time is over and the repeats are done; how long that was."""
    began, told = time.monotonic(), 0.0
    while (passed := time.monotonic() - began) < seconds or repeating.is_alive():
        for memory in memories:
            memory.sample(passed)
        if passed - told >= 60:
            told = passed
            sizes = ", ".join(f"{memory.name} {memory.samples[-1][1] / MEBIBYTE:.0f} MiB" for memory in memories)
            requests = run.tally.counts.total()
            say(f"minute {passed / 60:.0f}: {sizes}, {requests} requests, seeded: {run.seeded}")
        time.sleep(max(0.1, seconds / SAMPLES))
    return time.monotonic() - began


def left_running(home: Path) -> int:
    """Generations that still run some time after all clients have gone."""
    deadline = time.monotonic() + IDLE_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        status = host(home).get("/status")
        active = sum(model["active"] for model in status["models"])
        if not active:
            return 0
        time.sleep(0.1)
    return int(active)


def soak(home: Path, path: Path, minutes: float) -> bool:
    """Soak and report; whether every repeated answer was the same and nothing went wrong."""
    client = launcher.ensure_host(config.load())
    run = Soak(path, client)
    runner = runner_process(home)
    memories = [
        Memory("host", psutil.Process(client.get("/health")["pid"])),
        Memory("runner", runner),
    ]
    for memory in memories:
        memory.sample(-1)
    say(f"{SEEDED_REQUESTS} seeded requests, alone")
    expected = run.answer_alone()
    say(f"now {CLIENTS} clients for {minutes:g} minutes")
    with run.load(expected) as repeating:
        seconds = watch(run, memories, 60 * minutes, repeating)
    left = left_running(home)
    is_same_runner = runner.is_running() and runner_process(home).pid == runner.pid
    say(report(run, memories, seconds, minutes, left, is_same_runner=is_same_runner))
    errors = [what for what in run.tally.counts if ":" in what]
    return not (run.control.differing or run.seeded.differing or errors or left) and is_same_runner


def report(
    run: Soak, memories: Sequence[Memory], seconds: float, minutes: float, left: int, *, is_same_runner: bool
) -> str:
    head = ["resident memory, MiB", "first", "after warm-up", "last", "largest", "last ÷ after warm-up"]
    table = markdown_table(head, [memory.row(WARM_UP * 60 * minutes) for memory in memories])
    deeds = [[what, str(count)] for what, count in sorted(run.tally.counts.items())]
    return "\n".join(
        [
            f"\n{machine_line()}; {seconds / 60:.1f} minutes, warm-up {WARM_UP * minutes:g}\n",
            table,
            "",
            markdown_table(["requests", "count"], deeds),
            "",
            f"- the control prompt without randomness: {run.control}",
            f"- {SEEDED_REQUESTS} seeded requests, under load as alone: {run.seeded}",
            f"- generations left running at the end: {left}",
            f"- the runner is the one of the beginning: {'yes' if is_same_runner else 'NO'}",
        ]
    )


def tiny_model_file() -> Path:
    """So small that a minute has hundreds of requests, and yet not read before anybody can leave."""
    shape = Shape(vocabulary=1024, width=256, layers=4, heads=4, kv_heads=2, feed_forward=512)
    return cached("soak-f16", lambda path: write_random_model(path, shape))


SIZES = {"tiny": tiny_model_file, "small": small_model_file, "big": model_file}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("minutes", type=float, metavar="MINUTES")
    parser.add_argument("--size", choices=list(SIZES), default="tiny", help="of the model (tiny)")
    options = parser.parse_args()
    path = SIZES[options.size]()
    with fresh_home(model=path, **SETTINGS) as home:
        os.environ["PYTHONPATH"] = imported_from()  # for the host and its runner, which start elsewhere
        is_good = soak(home, path, options.minutes)
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
