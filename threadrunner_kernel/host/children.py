"""The child processes that models run in: our runner, or llama.cpp's own server. How each is started and stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from threadrunner_kernel import foreign
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import Endpoint, choose_transport, socket_folder
from threadrunner_kernel.host import slots
from threadrunner_kernel.host.engines import LLAMA_SERVER
from threadrunner_kernel.host.records import Start
from threadrunner_kernel.host.room import Memory
from threadrunner_kernel.launcher import host_environment
from threadrunner_kernel.llama_server import server_program
from threadrunner_kernel.models import ModelRef, gpu
from threadrunner_kernel.models.fit import Estimate
from threadrunner_kernel.process import ChildProcess, Exit

OnExit = Callable[[Exit], None]

# Its cache of prompts in ordinary memory would grow to 8 GB: it gets what our own runner has for parked branches.
SERVER_CACHE_MIB = 512
SHARE_FOR_CACHE = 8
NOT_FOR_OUR_SERVER = ("LLAMA_API_KEY", "LLAMA_ARG_API_PREFIX", "LLAMA_ARG_SSL_CERT_FILE", "LLAMA_ARG_SSL_KEY_FILE")


class Children:
    """Makes the process of a model, each on an endpoint of its own."""

    def __init__(self, settings: Settings, home: Path, memory: Memory) -> None:
        self._settings = settings
        self._home = home
        self._memory = memory
        self._count = 0

    def make(self, ref: ModelRef, start: Start, on_exit: OnExit) -> ChildProcess:
        self._count += 1
        kind = choose_transport(self._settings.transport)
        suffix = "sock" if kind == "unix" else "json"
        endpoint = Endpoint(socket_folder() / f"runner-{os.getpid()}-{self._count}.{suffix}", kind)
        log = self._home / "logs" / f"runner-{ref.name}.log"
        settings = replace(self._memory.settings_for(start.wishes), memory_limit=start.context_bytes)
        environment = {
            # A waiting OpenMP thread that spins for long costs more than it saves as soon as another process wants the
            # core; one that never spins costs 40 % on an idle machine (docs/design.md has the figures).
            "GOMP_SPINCOUNT": "1000",
            **host_environment(settings),
        }
        if ref.engine == LLAMA_SERVER:
            return LlamaServer(ref, settings, start, endpoint, log, environment, on_exit)
        command = _runner_command(ref, endpoint, start)
        return ChildProcess(command, endpoint, log=log, environment=environment, on_exit=on_exit)


def _runner_command(ref: ModelRef, endpoint: Endpoint, start: Start) -> list[str]:
    command = [sys.executable, "-m", "threadrunner_kernel.runner", "--endpoint", str(endpoint.path)]
    command += ["--transport", endpoint.transport, "--engine", ref.engine]
    command += ["--model", str(ref.path), "--name", ref.name] if ref.path else []
    command += [] if start.extra_buffers else ["--no-extra-buffers"]
    return [*command, *(["--force"] if start.wishes.is_forced else [])]


class LlamaServer(ChildProcess):
    """llama.cpp's server with one model: the user's ``llama-server``, or the one in xllamacpp."""

    def __init__(
        self,
        ref: ModelRef,
        settings: Settings,
        start: Start,
        endpoint: Endpoint,
        log: Path,
        environment: dict[str, str],
        on_exit: OnExit,
    ) -> None:
        self._on_end = on_exit
        self._options = [*server_options(ref, settings, start.plan), *([] if start.extra_buffers else ["--no-repack"])]
        self._program = server_program(settings) or [LLAMA_SERVER]
        self._is_offloading = settings.gpu_layers != 0
        super().__init__([], endpoint, log=log, environment=environment, on_exit=self._ended_with)
        # What not every version knows as an option: it reads these, and the user's own come first.
        for name, value in {"CACHE_RAM": str(cache_mib(start)), "UI": "0", "ENDPOINT_SLOTS": "1"}.items():
            environment.setdefault(f"LLAMA_ARG_{name}", value)
        environment["LLAMA_OFFLINE"] = "1"
        # A key or an address of the user's own server is not for ours.
        for name in NOT_FOR_OUR_SERVER:
            environment.pop(name, None)

    def start(self) -> None:
        command = [*self._program, *self._options, *self._address()]
        if self._program[0] != sys.executable and sys.platform != "win32":
            command = foreign.ending_with_us(command)
        self.command = command
        super().start()

    def wait_ready(self, *arguments: Any, **options: Any) -> dict[str, Any]:
        """As ``ChildProcess``, with the ``context`` of each of its slots and its ``device`` in the body."""
        health = super().wait_ready(*arguments, **options)
        health["device"] = "GPU" if self._is_offloading and has_gpu(tuple(self._program)) else "CPU"
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException, KeyError):
            health["context"] = self.endpoint.get_json("/props")[1]["default_generation_settings"]["n_ctx"]
        return health

    def work(self, timeout_seconds: float) -> dict[str, Any]:
        """As ``ChildProcess``: how many of its slots are ``active``."""
        # Its body is a list, and a version that has no such route says so with another status.
        answer: tuple[int, Any] = self.endpoint.get_json("/slots", timeout_seconds)
        return {"active": sum(bool(slot["is_processing"]) for slot in answer[1])} if answer[0] == 200 else {}

    @property
    def _key_file(self) -> Path:
        return self.endpoint.path.with_suffix(".key")

    def _address(self) -> list[str]:
        """The options that say where it listens: a socket in our own folder, or a port behind a key."""
        self.endpoint.unlink()
        if self.endpoint.transport == "unix":
            return ["--host", str(self.endpoint.path)]
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        token = secrets.token_urlsafe(24)
        _write_private(self._key_file, token)
        _write_private(self.endpoint.path, json.dumps({"port": port, "token": token}))
        return ["--host", "127.0.0.1", "--port", str(port), "--api-key-file", str(self._key_file)]

    def _ended_with(self, report: Exit) -> None:
        # A server that was killed leaves its socket behind.
        self.endpoint.unlink()
        self._key_file.unlink(missing_ok=True)
        self._on_end(report)


def server_options(ref: ModelRef, settings: Settings, plan: Estimate) -> list[str]:
    """Our settings as llama-server's options: those that its versions have had for years."""
    # Each slot has a context of its own, so that no generation is cut short by another one's.
    count = slots.count(plan)
    step = str(settings.step_tokens)
    options = ["--model", str(ref.path), "--alias", ref.name]
    options += ["--ctx-size", str(count * plan.context), "--parallel", str(count)]
    # It looks whether its client has left between two batches only: so they are as small as our own steps.
    options += ["--batch-size", step, "--ubatch-size", step, "--no-warmup"]
    options += ["--threads", str(settings.threads)] if settings.threads else []
    options += ["--n-gpu-layers", str(settings.gpu_layers)] if settings.gpu_layers >= 0 else []
    if settings.kv_type != "f16":
        options += ["--cache-type-k", settings.kv_type, "--cache-type-v", settings.kv_type]
    options += ["--flash-attn", settings.flash_attention] if settings.flash_attention != "auto" else []
    return [*options, *([] if settings.mmap else ["--no-mmap"]), *(["--mlock"] if settings.mlock else [])]


def cache_mib(start: Start) -> int:
    """What the server may keep of prompts beside its slots."""
    return min(SERVER_CACHE_MIB, min(start.plan.kv_bytes, start.context_bytes // SHARE_FOR_CACHE) >> 20)


@cache
def has_gpu(program: tuple[str, ...]) -> bool:
    """As ``gpu.has_devices``, which takes a process: asked once for each program."""
    return gpu.has_devices(program)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
