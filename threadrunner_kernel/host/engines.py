"""Which engine runs a model here, and why that one. It tries programs out, and asks no engine anything."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from threadrunner_kernel import config, foreign, llama_build
from threadrunner_kernel.config import ENGINE_ALIASES, Settings, looks_like_path, nearest
from threadrunner_kernel.errors import BadRequest, BadSetting, ModelNotFound, Unavailable
from threadrunner_kernel.llama_server import server_program
from threadrunner_kernel.models import ModelRef, resolve
from threadrunner_kernel.models.names import DUMMY
from threadrunner_kernel.upstreams import Upstream, upstreams_in

logger = logging.getLogger("threadrunner.host")

LLAMA_CPP = "llama-cpp-python"
LLAMA_SERVER = "llama-server"
OPENAI = "openai"
AUTO = "auto"

# It takes a second; a machine may be busy.
TRY_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What ``auto`` takes for model files; ``engine`` is ``None`` when nothing here can run one."""

    engine: str | None
    why: str

    @property
    def notice(self) -> str | None:
        """What its user should know once: that it is not the default."""
        return f"{self.engine} runs the models here: {self.why}." if self.engine not in (LLAMA_CPP, None) else None


class Engines:
    """The engines that work here. Looking begins at once, beside the loop, since a model will be asked for soon."""

    def __init__(self, settings: Settings, home: Path) -> None:
        self._settings = settings
        self._models_folder = home / "models"
        self._is_told = False
        self._choice = asyncio.ensure_future(choose(settings))

    def close(self) -> None:
        """Look no longer: what is being tried ends."""
        self._choice.cancel()

    async def resolve(self, model: str | None, engine: str) -> ModelRef:
        """The model that a request means, with the engine that runs it. Only what ``auto`` chooses for is waited for.

        Raises:
            BadRequest: no such engine.
            BadSetting: an upstream's table in config.toml does not fit.
            ModelNotFound, ModelLoadFailed: as ``models.resolve``; no such upstream.
            Unavailable: the engine, or with ``auto`` every one, does not work here.
        """
        ref = await asyncio.to_thread(self._named, model, ENGINE_ALIASES.get(engine, engine))
        return replace(ref, engine=await self._chosen()) if ref.engine == AUTO else ref

    def _named(self, model: str | None, engine: str) -> ModelRef:
        """The model, with the engine that was named, or ``auto``. It looks into folders and files."""
        if engine == OPENAI or (engine == AUTO and model and self._upstream_of(model)):
            return ModelRef(OPENAI, None, self._upstream_model(model))
        ref = resolve(model, LLAMA_CPP if engine == LLAMA_SERVER else engine, self._models_folder)
        if ref.engine == DUMMY:
            return ref
        return replace(ref, engine=AUTO if engine == AUTO else _present(engine, self._settings))

    def upstreams(self) -> dict[str, Upstream]:
        """Those in config.toml now: it is read anew, so that a new one needs no new host."""
        return upstreams_in(config.read_file())

    def listed_upstreams(self) -> list[Upstream]:
        """As ``upstreams``, for lists: none if config.toml has a mistake, which who asks for a model is told of."""
        with contextlib.suppress(BadSetting):
            return list(self.upstreams().values())
        return []

    def upstream(self, ref: ModelRef) -> Upstream:
        """The server that an upstream's model is asked of; its table is still there."""
        upstream = self._upstream_of(ref.name)
        if upstream is None:
            raise ModelNotFound(f"There is no upstream for {ref.name} in config.toml any more.", param="model")
        return upstream

    def answered_by(self, ref: ModelRef) -> str | None:
        """What an answer's reader is told of its engine, where that is not our own runner."""
        match ref.engine:
            case "llama-server":
                return LLAMA_SERVER
            case "openai":
                return f"{OPENAI}, {self.upstream(ref).place}"
        return None

    def take_notice(self, ref: ModelRef) -> str | None:
        """That ``auto`` runs the models by another engine than the default: told once."""
        is_known = self._choice.done() and not self._choice.cancelled()
        if self._is_told or not is_known or self._choice.result().engine != ref.engine:
            return None
        self._is_told = True
        return self._choice.result().notice

    async def _chosen(self) -> str:
        # One request that leaves does not end the looking for all.
        choice = await asyncio.shield(self._choice)
        if choice.engine is None:
            raise Unavailable(
                f"No engine can run a model file here: {choice.why}. Install one with `pip install llama-cpp-python` "
                "or `pip install xllamacpp` and start the host anew (`threadrunner stop`); engine=dummy needs none.",
                param="engine",
            )
        return choice.engine

    def _upstream_of(self, model: str) -> Upstream | None:
        if "/" not in model or looks_like_path(model):
            return None
        return self.upstreams().get(model.partition("/")[0])

    def _upstream_model(self, model: str | None) -> str:
        known = self.upstreams()
        upstream, _, name = (model or "").partition("/")
        if upstream not in known or not name:
            there_are = nearest(upstream, known) if known else " config.toml has no [upstreams.NAME] table yet."
            # None is guessed: the prompt leaves this process, perhaps this machine.
            message = f"The engine openai takes models named UPSTREAM/MODEL, not {model!r}.{there_are}"
            raise ModelNotFound(message, param="model")
        if known[upstream].models and name not in known[upstream].models:
            hint = nearest(name, known[upstream].models)
            raise ModelNotFound(f"The upstream {upstream} has no model {name!r} in config.toml.{hint}", param="model")
        return f"{upstream}/{name}"


async def choose(settings: Settings) -> Choice:
    """The first engine that works here, of those that run model files. When it is cancelled, what it tries ends."""
    reasons: list[str] = []
    for engine, look in ((LLAMA_CPP, _why_not_llama_cpp), (LLAMA_SERVER, _why_not_llama_server)):
        reason = await look(settings)
        if reason is None:
            choice = Choice(engine, " and ".join(reasons) or "it is the first that works")
            logger.info("engine auto is %s: %s", choice.engine, choice.why)
            return choice
        reasons.append(reason)
    logger.warning("engine auto finds none: %s", " and ".join(reasons))
    return Choice(None, " and ".join(reasons))


def _present(engine: str, settings: Settings) -> str:
    """The engine that was asked for by name, if it is here at all; whether it works, its runner tells."""
    if engine == LLAMA_CPP and not llama_build.is_here():
        message = "llama-cpp-python is not installed: `pip install llama-cpp-python`, or choose another engine."
        raise Unavailable(message, param="engine")
    if engine == LLAMA_SERVER and server_program(settings) is None:
        raise Unavailable(
            "There is no llama-server: put it on PATH, name it with llama_server in config.toml, or "
            "`pip install xllamacpp`.",
            param="engine",
        )
    return engine


async def _why_not_llama_cpp(_: Settings) -> str | None:
    if not llama_build.is_here():
        return "llama-cpp-python is not installed"
    if llama_build.is_known_to_work():
        return None
    problem = await _problem(llama_build.PROBE)
    return problem and f"llama-cpp-python does not work here ({problem})"


async def _why_not_llama_server(settings: Settings) -> str | None:
    try:
        program = server_program(settings)
    except BadRequest as exc:
        return exc.message.rstrip(".")
    if program is None:
        return "there is no llama-server on PATH, and xllamacpp is not installed"
    problem = await _problem([*program, "--version"])
    return problem and f"{program[0]} does not run ({problem})"


async def _problem(command: list[str]) -> str | None:
    """What a try of a program says went wrong; ``None`` when nothing did."""
    if sys.platform == "linux":  # elsewhere that takes a watcher, which would wait for us
        command = foreign.ending_with_us(command)
    pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        trying = await asyncio.create_subprocess_exec(*command, stdin=null, stdout=null, stderr=pipe)
    except OSError as exc:
        return str(exc)
    try:
        async with asyncio.timeout(TRY_TIMEOUT_SECONDS):
            _, said = await trying.communicate()
    except TimeoutError:
        return f"it did not answer within {TRY_TIMEOUT_SECONDS:.0f} s"
    finally:
        if trying.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                trying.kill()
    if trying.returncode == 0:
        return None
    lines = said.decode(errors="replace").strip().splitlines() or [f"exit code {trying.returncode}"]
    return lines[-1][-200:]
