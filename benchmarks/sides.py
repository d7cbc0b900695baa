"""The sides of ``benchmarks.engine``: each a process of its own with the model loaded, all asked in one way."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

import threadrunner_kernel
from threadrunner_kernel.endpoint import Endpoint, HttpConnection
from threadrunner_kernel.process import ChildProcess

PARALLEL = 8
LOAD_TIMEOUT_SECONDS = 300.0
STOP_TIMEOUT_SECONDS = 20.0
# The same for all. Without a seed, so that ours takes its shared batch.
SAMPLING = {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05}
# What the host gives its runners (host/daemon.py).
SPINNING_AS_OURS = {"GOMP_SPINCOUNT": "1000"}

SERVER_PROGRAM = """\
import sys
from importlib.metadata import version
import xllamacpp
path, threads, cells, parallel = sys.argv[1], *map(int, sys.argv[2:])
params = xllamacpp.CommonParams()
params.model.path = path
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
params.n_ctx, params.n_parallel, params.kv_unified = cells, parallel, True
server = xllamacpp.Server(params)
print(f"\\nlistening {server.listening_address} {version('xllamacpp')}", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Set:
    """What every side is set to: the file, threads, tokens of one conversation, and the KV cells that all share."""

    path: Path
    threads: int
    context: int
    cells: int


@dataclass(frozen=True, slots=True)
class Chat:
    """One request: a conversation, and how many tokens are to be made. With a seed it is reproducible."""

    messages: tuple[tuple[str, str], ...]
    max_tokens: int
    seed: int | None = None

    def body(self) -> dict[str, Any]:
        messages = [{"role": role, "content": content} for role, content in self.messages]
        seed = {} if self.seed is None else {"seed": self.seed}
        return {"messages": messages, "max_tokens": self.max_tokens, "stream": True, **SAMPLING, **seed}


@dataclass(frozen=True, slots=True)
class Answer:
    """When an answer came, in seconds from the asking: its first text and its end; and how many tokens it has."""

    first_seconds: float
    seconds: float
    tokens: int

    @property
    def tokens_per_second(self) -> float:
        return (self.tokens - 1) / (self.seconds - self.first_seconds)


class Side(Protocol):
    """Something that answers chats."""

    name: str

    def ask(self, chats: Sequence[Chat]) -> list[Answer]:
        """All at once, if the side can; the answers' seconds count from the one moment of asking."""


class Served:
    """A side that is asked over HTTP."""

    def __init__(self, name: str, connect: Callable[[], http.client.HTTPConnection]) -> None:
        self.name = name
        self._connect = connect

    def ask(self, chats: Sequence[Chat]) -> list[Answer]:
        barrier = threading.Barrier(len(chats))
        with ThreadPoolExecutor(len(chats)) as pool:
            return list(pool.map(lambda chat: self._one(chat, barrier), chats))

    def drop(self, chat: Chat, seconds: float) -> None:
        """Ask, and be gone after so many seconds, whatever has come."""
        with contextlib.closing(self._connect()) as connection:
            self._send(connection, chat)
            time.sleep(seconds)
            connection.sock.shutdown(socket.SHUT_RDWR)

    def _one(self, chat: Chat, barrier: threading.Barrier) -> Answer:
        with contextlib.closing(self._connect()) as connection:
            connection.connect()
            barrier.wait()
            began = time.perf_counter()
            self._send(connection, chat)
            first, tokens = 0.0, 0
            for chunk in chunks(connection.getresponse()):
                if not first and chunk["choices"] and chunk["choices"][0]["delta"].get("content"):
                    first = time.perf_counter() - began
                tokens = chunk.get("timings", {}).get("predicted_n", tokens)
            return Answer(first, time.perf_counter() - began, tokens)

    def _send(self, connection: http.client.HTTPConnection, chat: Chat) -> None:
        body = json.dumps(chat.body()).encode()
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})


def chunks(response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    """The chunks of a streamed completion, to its end."""
    if response.status != 200:
        raise RuntimeError(f"{response.status}: {response.read().decode(errors='replace')}")
    for line in response:
        if line.startswith(b"data: {"):
            chunk: dict[str, Any] = json.loads(line[6:])
            if "choices" not in chunk:
                raise RuntimeError(f"the stream broke off: {chunk}")
            yield chunk


class InProcess:
    """A side of ``benchmarks.in_process``, asked by lines of JSON."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self._process = process
        self._read()

    def ask(self, chats: Sequence[Chat]) -> list[Answer]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([chat.body() for chat in chats]) + "\n")
        self._process.stdin.flush()
        return [Answer(*times) for times in self._read()]

    def _read(self) -> list[list[Any]]:
        line = _stdout(self._process).readline()
        if not line:
            raise RuntimeError(f"{self.name} ended: exit code {self._process.wait()}")
        answer: list[list[Any]] = json.loads(line)
        return answer


# Opening them.


@contextlib.contextmanager
def our_runner(common: Set) -> Iterator[Served]:
    """The runner's real process, over its Unix socket, in the environment that a host gives it."""
    with tempfile.TemporaryDirectory(prefix="trb-", dir="/tmp") as folder:
        endpoint = Endpoint(Path(folder) / "runner.sock")
        settings = {"THREADS": common.threads, "CONTEXT": common.context, "KV_CELLS": common.cells}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("THREADRUNNER_")}
        environment |= {f"THREADRUNNER_{name}": str(value) for name, value in settings.items()}
        environment |= {"THREADRUNNER_PARALLEL": str(PARALLEL), "THREADRUNNER_HOME": folder, **SPINNING_AS_OURS}
        environment["PYTHONPATH"] = imported_from()
        command = [sys.executable, "-m", "threadrunner_kernel.runner", "--endpoint", str(endpoint.path)]
        command += ["--engine", "llama-cpp-python", "--model", str(common.path)]
        child = ChildProcess(command, endpoint, log=Path(folder) / "runner.log", environment=environment)
        child.start()
        try:
            child.wait_ready(None, LOAD_TIMEOUT_SECONDS)
            yield Served("ThreadRunner", lambda: HttpConnection(endpoint, LOAD_TIMEOUT_SECONDS))
        finally:
            child.stop()


def imported_from() -> str:
    """The folder that this process has the package from: a child of it must not take an installed one."""
    return str(Path(threadrunner_kernel.__file__).parents[1])


@contextlib.contextmanager
def in_process(kind: str, name: str, common: Set, environment: dict[str, str] | None = None) -> Iterator[InProcess]:
    command = [sys.executable, "-m", "benchmarks.in_process", kind, str(common.path)]
    for option in ("threads", "context", "cells"):
        command += [f"--{option}", str(getattr(common, option))]
    command += ["--parallel", str(PARALLEL)]
    with _running(command, {**os.environ, **(environment or {})}) as process:
        yield InProcess(name, process)


@contextlib.contextmanager
def llama_server(python: str, common: Set) -> Iterator[Served]:
    """llama.cpp's own C++ server, in the process of an interpreter that has ``xllamacpp``."""
    numbers = [str(number) for number in (common.threads, common.cells, PARALLEL)]
    with _running([python, "-c", SERVER_PROGRAM, str(common.path), *numbers], dict(os.environ)) as process:
        for line in _stdout(process):
            if line.startswith("listening "):
                break
        else:
            raise RuntimeError(f"xllamacpp's server did not start: exit code {process.wait()}")
        _, url, version = line.split()
        address = urlsplit(url)
        assert address.hostname is not None
        host, port = address.hostname, address.port
        yield Served(
            f"llama.cpp's server (xllamacpp {version})",
            lambda: http.client.HTTPConnection(host, port, timeout=LOAD_TIMEOUT_SECONDS),
        )


def xllamacpp_python(given: str | None) -> str | None:
    """The interpreter that has ``xllamacpp``: the one given, or this one."""
    return given or (sys.executable if importlib.util.find_spec("xllamacpp") else None)


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A child that ends when its stdin does."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        start_new_session=True,
    )
    assert process.stdin is not None
    try:
        yield process
    finally:
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _stdout(process).close()


def _stdout(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout
