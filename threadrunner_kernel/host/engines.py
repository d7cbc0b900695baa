"""Which engine runs a model here, and why that one. It makes no process and asks no engine anything."""

from __future__ import annotations

import contextlib
import logging
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from threadrunner_kernel import config, llama_build
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
    """The engines that work here. Looking begins at once, on a thread, since the first model will be asked for soon."""

    def __init__(self, settings: Settings, home: Path) -> None:
        self._settings = settings
        self._models_folder = home / "models"
        self._is_told = False
        looking = ThreadPoolExecutor(1, thread_name_prefix="engines")
        self._choice: Future[Choice] = looking.submit(choose, settings)
        looking.shutdown(wait=False)

    def resolve(self, model: str | None, engine: str) -> ModelRef:
        """The model that a request means, with the engine that runs it.

        Raises:
            BadRequest: no such engine.
            BadSetting: an upstream's table in config.toml does not fit.
            ModelNotFound, ModelLoadFailed: as ``models.resolve``; no such upstream.
            Unavailable: the engine, or with ``auto`` every one, does not work here.
        """
        engine = ENGINE_ALIASES.get(engine, engine)
        if engine == OPENAI or (engine == "auto" and model and self._upstream_of(model)):
            return ModelRef(OPENAI, None, self._upstream_model(model))
        ref = resolve(model, LLAMA_CPP if engine == LLAMA_SERVER else engine, self._models_folder)
        if ref.engine == DUMMY:
            return ref
        return replace(ref, engine=self._chosen() if engine == "auto" else _present(engine, self._settings))

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
        if self._is_told or not self._choice.done() or self._choice.result().engine != ref.engine:
            return None
        self._is_told = True
        return self._choice.result().notice

    def _chosen(self) -> str:
        choice = self._choice.result()
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
        names = [f"{upstream.name}/{name}" for upstream in known.values() for name in upstream.models]
        if model is None and names:
            return names[0]
        upstream, _, name = (model or "").partition("/")
        if upstream not in known or not name:
            there_are = nearest(upstream, known) if known else " config.toml has no [upstreams.NAME] table yet."
            message = f"The engine openai takes models named UPSTREAM/MODEL, not {model!r}.{there_are}"
            raise ModelNotFound(message, param="model")
        if known[upstream].models and name not in known[upstream].models:
            hint = nearest(name, known[upstream].models)
            raise ModelNotFound(f"The upstream {upstream} has no model {name!r} in config.toml.{hint}", param="model")
        return f"{upstream}/{name}"


def choose(settings: Settings) -> Choice:
    """The first engine that works here, of those that run model files."""
    reasons: list[str] = []
    for engine, look in ((LLAMA_CPP, _why_not_llama_cpp), (LLAMA_SERVER, _why_not_llama_server)):
        reason = look(settings)
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


def _why_not_llama_cpp(_: Settings) -> str | None:
    if not llama_build.is_here():
        return "llama-cpp-python is not installed"
    if llama_build.is_known_to_work():
        return None
    problem = _problem(llama_build.PROBE)
    return problem and f"llama-cpp-python does not work here ({problem})"


def _why_not_llama_server(settings: Settings) -> str | None:
    try:
        program = server_program(settings)
    except BadRequest as exc:
        return exc.message.rstrip(".")
    if program is None:
        return "there is no llama-server on PATH, and xllamacpp is not installed"
    problem = _problem([*program, "--version"])
    return problem and f"{program[0]} does not run ({problem})"


def _problem(command: list[str]) -> str | None:
    """What a try of a program says went wrong; ``None`` when nothing did."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TRY_TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        return str(exc)
    if done.returncode == 0:
        return None
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return lines[-1][-200:]
