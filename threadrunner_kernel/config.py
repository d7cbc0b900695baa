"""The settings: each declared once (type, bounds, default, help, scope) and read by every face of the product.

Order: defaults < ``config.toml`` < ``THREADRUNNER_<NAME>`` < ``%config`` < profile < ``%llm set`` < arguments; the two
with a per cent sign are a notebook's own. The scope says who needs a setting:

- *request*: travels in every request (model, engine, keep_alive, sampling);
- *host*: read once, when the host starts;
- *client*: concerns only the notebook or the command line itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from threadrunner_kernel.bounds import Ge, Gt, Le
from threadrunner_kernel.errors import BadSetting
from threadrunner_kernel.values import convert, expected, unwrap

Scope = Literal["request", "host", "client"]
Engine = Literal["auto", "llama-cpp-python", "llama-server", "openai", "dummy"]
Format = Literal["markdown", "text", "json", "code", "html"]
KvType = Literal["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"]

# The names of the systems this one descends from, which their users have in scripts.
ENGINE_ALIASES = {"llama": "llama-cpp-python", "llama.cpp": "llama-cpp-python", "llamacpp": "llama-cpp-python"}
ENVIRONMENT_ALIASES = {"backend": "engine", "model_path": "model"}
# Read from the environment by other parts: the home itself, whether the command line shows tracebacks, and the set-up
# script's folder of built wheels.
NOT_SETTINGS = {"home", "debug", "wheels"}


def setting(default: Any, help: str, scope: Scope, *flags: str, metavar: str | None = None) -> Any:
    """Declare a setting; ``flags`` are its short options on a cell and on the command line."""
    return field(default=default, metadata={"help": help, "scope": scope, "flags": flags, "metavar": metavar})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next token is chosen, when it comes and when an answer ends; ``None`` leaves it to the runner."""

    temperature: Annotated[float, Ge(0), Le(100)] | None = setting(
        None, "randomness: 0 always takes the likeliest token (runner's default 0.8)", "request", "-t"
    )
    max_tokens: Annotated[int, Ge(1)] | None = setting(
        None, "most tokens in an answer (default: what the context still holds)", "request", "-n"
    )
    top_p: Annotated[float, Gt(0), Le(1)] | None = setting(
        None, "sample from the likeliest tokens that together reach this probability (default 0.95)", "request"
    )
    top_k: Annotated[int, Ge(0), Le(2**31 - 1)] | None = setting(
        None, "sample from this many of the likeliest tokens, 0 for all (default 40)", "request"
    )
    min_p: Annotated[float, Ge(0), Le(1)] | None = setting(
        None, "leave out tokens less likely than this share of the likeliest one (default 0.05)", "request"
    )
    typical_p: Annotated[float, Gt(0), Le(1)] | None = setting(
        None, "sample from the tokens of typical probability that together reach this; 1 is off (default 1)", "request"
    )
    dynatemp_range: Annotated[float, Ge(0), Le(10)] | None = setting(
        None, "let the temperature vary by this much with the entropy; 0 is off (default 0)", "request"
    )
    dynatemp_exponent: Annotated[float, Gt(0), Le(10)] | None = setting(
        None, "how the entropy becomes the varying temperature (default 1)", "request"
    )
    xtc_probability: Annotated[float, Ge(0), Le(1)] | None = setting(
        None, "chance of leaving out all but the last of the likely tokens; 0 is off (default 0)", "request"
    )
    xtc_threshold: Annotated[float, Ge(0), Le(1)] | None = setting(
        None, "from which probability on a token counts as likely for that (default 0.1)", "request"
    )
    repeat_penalty: Annotated[float, Gt(0), Le(10)] | None = setting(
        None, "make tokens that came lately less likely to come again; 1 is off (default 1)", "request"
    )
    repeat_last_n: Annotated[int, Ge(-1), Le(1_000_000)] | None = setting(
        None, "how many tokens back the three penalties look, -1 for all (default 64)", "request"
    )
    presence_penalty: Annotated[float, Ge(-2), Le(2)] | None = setting(
        None, "make every token that came less likely, by this much (default 0)", "request"
    )
    frequency_penalty: Annotated[float, Ge(-2), Le(2)] | None = setting(
        None, "make a token less likely by this much for each time it came (default 0)", "request"
    )
    dry_multiplier: Annotated[float, Ge(0), Le(100)] | None = setting(
        None, "strength of the DRY penalty on repeated passages; 0 is off (default 0)", "request"
    )
    dry_base: Annotated[float, Ge(1), Le(10)] | None = setting(
        None, "how fast the DRY penalty grows with the passage (default 1.75)", "request"
    )
    dry_allowed_length: Annotated[int, Ge(0), Le(1_000_000)] | None = setting(
        None, "tokens that may be repeated without the DRY penalty (default 2)", "request"
    )
    dry_penalty_last_n: Annotated[int, Ge(-1), Le(1_000_000)] | None = setting(
        None, "how many tokens back DRY looks, -1 for all (default -1)", "request"
    )
    mirostat: Annotated[int, Ge(0), Le(2)] | None = setting(
        None,
        "steer the perplexity by mirostat 1 or 2, instead of top-k, top-p, min-p and typical-p; 0 is off",
        "request",
    )
    mirostat_tau: Annotated[float, Gt(0), Le(100)] | None = setting(
        None, "the surprise that mirostat aims at (default 5)", "request"
    )
    mirostat_eta: Annotated[float, Gt(0), Le(1)] | None = setting(
        None, "how fast mirostat learns (default 0.1)", "request"
    )
    seed: Annotated[int, Ge(0), Le(2**32 - 2)] | None = setting(
        None, "number that makes the sampling repeatable (default: a new one each time)", "request"
    )
    stop: tuple[str, ...] | None = setting(
        None, "end the answer before this text; may be given several times", "request", metavar="TEXT"
    )
    pace: Annotated[float, Ge(0), Le(1_000_000)] | None = setting(
        None, "most tokens a second in an answer; 0 is as fast as they come (default: the model file's)", "request"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Sampling):
    """Every setting with its value; see ``load``."""

    model: str | None = setting(
        None, "a GGUF file's path, or a name that `threadrunner models` lists", "request", "-m", metavar="NAME"
    )
    system: str | None = setting(None, "system text, sent before the prompt", "request", "-s", metavar="TEXT")
    engine: Engine = setting(
        "auto", "what runs the model: auto, llama-cpp-python, llama-server, openai or dummy", "request"
    )
    keep_alive: Annotated[float, Ge(-1)] | None = setting(
        None,
        "seconds an unused model stays loaded; 0 frees it at once, -1 keeps it (default: as it was loaded, else 300)",
        "request",
        metavar="SECONDS",
    )
    context: Annotated[int, Ge(16), Le(2**31 - 1)] | None = setting(
        None, "tokens a prompt and its answer may have together (default: from the model and the free memory)", "host"
    )
    threads: Annotated[int, Ge(1)] | None = setting(None, "threads a runner computes with (default: the cores)", "host")
    gpu_layers: Annotated[int, Ge(-1)] = setting(-1, "layers kept on a GPU, -1 for all (needs a GPU build)", "host")
    kv_type: KvType = setting(
        "f16", "type of the keys and values in the KV cache; a quantised one needs flash attention", "host"
    )
    flash_attention: Literal["auto", "on", "off"] = setting(
        "auto", "auto: off on a CPU, so that prefixes are reused and seeds hold; on where kv_type needs it", "host"
    )
    mmap: bool = setting(True, "map the model file into memory instead of reading it", "host")
    mlock: bool = setting(
        False, "keep the model's pages from being swapped out (needs the right to lock memory)", "host"
    )
    prompt_cache: Literal["memory", "disk"] = setting(
        "memory", "disk: what a runner has read is saved when it stops, and found again when it starts", "host"
    )
    step_tokens: Annotated[int, Ge(16), Le(4096)] = setting(
        128, "tokens of a prompt read in one step; fewer stop sooner, more read faster on a GPU", "host"
    )
    parallel: Annotated[int, Ge(1), Le(64)] = setting(8, "generations that one runner makes at the same time", "host")
    kv_cells: Annotated[int, Ge(16), Le(2**31 - 1)] | None = setting(
        None, "tokens that all generations and cached prefixes share (default: from context and free memory)", "host"
    )
    memory_limit: Annotated[int, Ge(0)] | None = setting(
        None,
        "bytes of memory, a GPU's apart, for all models together, such as 8GB or 8GiB (default: what is free)",
        "host",
    )
    preload: tuple[str, ...] = setting(
        (), "models that are loaded when the host starts, and kept; in the environment with commas between", "host"
    )
    max_queue: Annotated[int, Ge(0)] = setting(64, "requests that may wait for one runner; more are refused", "host")
    llama_server: str | None = setting(
        None,
        "the llama-server program (default: the one on PATH, else the xllamacpp package's)",
        "host",
        metavar="PATH",
    )
    transport: Literal["auto", "unix", "tcp"] = setting(
        "auto", "how clients reach the host: a Unix socket, or loopback TCP with a token", "host"
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "what is written to the logs; prompts only at debug", "host"
    )
    host: Literal["shared", "private"] = setting(
        "shared", "one host for all of a user's programs, or one that ends with this program", "client"
    )
    view: Literal["auto", "widget", "markdown", "stream"] = setting(
        "auto", "how an answer is shown while it is made", "client"
    )
    keep_conversations: bool = setting(
        True, "keep what was last said in a terminal, for `threadrunner -c`; you alone can read the file", "client"
    )
    profile: str | None = setting(
        None, "the settings of this name's [profiles.NAME] table in config.toml", "client", "-p", metavar="NAME"
    )
    format: Format = setting(
        "markdown",
        "what the answer is: markdown, text, json, code (goes into a next cell) or html (shown sandboxed)",
        "client",
        "-f",
    )


HINTS = get_type_hints(Settings, include_extras=True)
FIELDS = {f.name: f for f in fields(Settings)}


def names(scope: Scope | None = None) -> tuple[str, ...]:
    """The settings' names, of one scope or all."""
    return tuple(name for name, f in FIELDS.items() if scope in (None, f.metadata["scope"]))


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the user's models, config.toml and logs: ``THREADRUNNER_HOME``, else ``~/.threadrunner``."""
    return Path(environ.get("THREADRUNNER_HOME") or "~/.threadrunner").expanduser().absolute()


def load(
    environ: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] | None = None,
    *,
    configured: Mapping[str, Any] | None = None,
    chosen: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings in force for this process; see ``merged``.

    Raises:
        BadSetting: a name that does not exist (with the nearest one) or a value that does not fit.
    """
    origins = merged(environ, overrides, configured=configured, chosen=chosen)
    return Settings(**{name: value for name, (value, _) in origins.items()})


def merged(
    environ: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] | None = None,
    *,
    configured: Mapping[str, Any] | None = None,
    chosen: Mapping[str, Any] | None = None,
) -> dict[str, tuple[Any, str]]:
    """Each setting that is set somewhere: its value, and where that comes from.

    ``configured`` and ``chosen`` are what ``%config`` and ``%llm set`` have set in a notebook.

    Raises:
        BadSetting: as for ``load``.
    """
    file = read_file(environ)
    below = {
        "config.toml": file.values,
        "environment": _from_environment(environ),
        "%config": _parsed(configured, "%config ThreadRunner."),
    }
    above = {"%llm set": _parsed(chosen, "%llm set "), "option": _parsed(overrides, "option ")}
    layers = [*below.items(), *above.items()]
    wanted = next((layer["profile"] for _, layer in reversed(layers) if "profile" in layer), None)
    # A profile of no name is none: so a cell or a notebook goes without the one that the file or the environment names.
    if wanted:
        layers.insert(len(below), (f"profile {wanted}", file.profile(wanted)))
    return {name: (value, source) for source, layer in layers for name, value in layer.items()}


def _parsed(values: Mapping[str, Any] | None, source: str) -> dict[str, Any]:
    given = (values or {}).items()
    return {name: parse(name, value, source + name) for name, value in given if value is not None}


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that a parent process has handed on; ``config.toml`` was the parent's to read.

    Raises:
        BadSetting
    """
    return Settings(**_from_environment(environ))


@dataclass(frozen=True, slots=True)
class File:
    """What ``config.toml`` holds: settings, a table of them for each profile, models by other names, and upstreams.

    The upstreams are as they are written.
    """

    path: Path
    values: Mapping[str, Any]
    profiles: Mapping[str, Mapping[str, Any]]
    models: Mapping[str, str]
    upstreams: Mapping[str, Mapping[str, Any]]

    def profile(self, name: str) -> Mapping[str, Any]:
        """The settings of a profile.

        Raises:
            BadSetting: there is none of that name, with the known ones.
        """
        if name in self.profiles:
            return self.profiles[name]
        known = nearest(name, self.profiles) if self.profiles else f" {self.path} has no [profiles.NAME] table yet."
        raise BadSetting(f"There is no profile {name!r}.{known}", param="profile")


def read_file(environ: Mapping[str, str] = os.environ) -> File:
    """The user's ``config.toml``; one that does not exist is empty.

    Raises:
        BadSetting: it cannot be read, or something in it does not fit.
    """
    path = home(environ) / "config.toml"
    table = _read_toml(path)
    profiles = table.pop("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(profile, dict) for profile in profiles.values()):
        raise BadSetting(f"{path}: profiles are tables: write [profiles.NAME] and the settings below it.")
    models = table.pop("models", {})
    if not isinstance(models, dict) or not all(isinstance(target, str) and target for target in models.values()):
        raise BadSetting(f'{path}: [models] has a line for each alias: NAME = "a path or another model\'s name".')
    upstreams = table.pop("upstreams", {})
    if not isinstance(upstreams, dict) or not all(isinstance(upstream, dict) for upstream in upstreams.values()):
        raise BadSetting(f"{path}: upstreams are tables: write [upstreams.NAME] and url = … below it.")
    values = {name: parse(name, value, str(path)) for name, value in table.items()}
    profiles = {name: _profile(path, name, profile) for name, profile in profiles.items()}
    return File(path, values, profiles, models, upstreams)


def _profile(path: Path, profile: str, table: Mapping[str, Any]) -> dict[str, Any]:
    source = f"{path}, profile {profile}"
    for name in table:
        if name not in names("request"):
            reason = "is not a setting of a request" if name in FIELDS else "does not exist"
            raise BadSetting(f"{source}: {name!r} {reason}.{nearest(name, names('request'))}", param=name)
    return {name: parse(name, value, source) for name, value in table.items()}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as exc:
        raise BadSetting(f"{path} cannot be read ({exc.strerror}).") from exc
    except UnicodeDecodeError as exc:
        raise BadSetting(f"{path} is not valid TOML: {exc}.") from exc
    import tomllib  # 3 ms, for who has a file

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise BadSetting(f"{path} is not valid TOML: {exc}.") from exc


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for variable, text in environ.items():
        name = variable.removeprefix("THREADRUNNER_").lower()
        if not variable.startswith("THREADRUNNER_") or name in NOT_SETTINGS or not text:
            continue
        known = ENVIRONMENT_ALIASES.get(name, name)
        # The real name wins over an ancestor's, in whatever order the environment lists them.
        if known == name or not environ.get(f"THREADRUNNER_{known.upper()}"):
            values[known] = parse(known, text, variable)
    return values


def parse(name: str, value: object, source: str) -> Any:
    """``value`` (text, or what TOML made of it) as the setting's type, within its bounds.

    Raises:
        BadSetting: naming ``source``, the value and what would fit.
    """
    if name not in FIELDS:
        raise BadSetting(f"{source}: there is no setting {name!r}.{nearest(name, FIELDS)}", param=name)
    kind, bounds = unwrap(HINTS[name])
    if name == "engine":
        value = ENGINE_ALIASES.get(str(value), value)
    if name == "memory_limit" and isinstance(value, str):
        value = _in_bytes(value)
    if name == "preload" and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        result = convert(kind, value)
    except (TypeError, ValueError, OverflowError, KeyError):
        raise BadSetting(f"{source}: {value!r} is not {expected(kind)} for {name}.", param=name) from None
    for bound in bounds:
        if not bound.holds(result):
            raise BadSetting(f"{source}: {name} must be {bound}, not {value!r}.", param=name)
    if name == "model" and result is not None:
        return _same_everywhere(result, source, name)
    if name == "preload":
        return tuple(_same_everywhere(model, source, name) for model in result)
    return result


_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt])(i?)b?", re.IGNORECASE)


def _in_bytes(text: str) -> str | int:
    """A size such as 200MB, 8 GB or 1.5GiB as a number of bytes; another text as it is."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return text
    number, letter, binary = match.groups()
    unit: int = (1024 if binary else 1000) ** ("kmgt".index(letter.lower()) + 1)
    return round(float(number) * unit)


def _same_everywhere(model: str, source: str, name: str) -> str:
    """A model's name, or its path such that it means the same file to the host, whose working folder is another."""
    if not looks_like_path(model):
        return model
    try:
        return str(Path(model).expanduser().absolute())
    except RuntimeError:
        raise BadSetting(f"{source}: there is no user for the folder of model {model!r}.", param=name) from None


def choices(name: str) -> tuple[str, ...]:
    """The values that a setting has to choose from; none if it takes any."""
    kind, _ = unwrap(HINTS[name])
    if get_origin(kind) is Literal:
        return tuple(str(choice) for choice in get_args(kind))
    return ("true", "false") if kind is bool else ()


def takes_several(name: str) -> bool:
    """Whether a setting's value is a list of texts."""
    return get_origin(unwrap(HINTS[name])[0]) is tuple


# A hub's repository, or another program's name for a model: ORG/NAME, NAME:TAG, hf.co/ORG/NAME:QUANTISATION.
_REPO_LIKE = re.compile(r"(https://)?[\w][\w.-]*(/[\w.-]+){1,2}(:[\w.-]+)?/?")


def looks_like_path(model: str) -> bool:
    """Whether a model's name is meant as a path and not as a name: ``org/repo`` is one, ``./folder/file`` a path."""
    if model.endswith(".gguf") or model.startswith(("~", ".", os.sep)):
        return True
    return os.sep in model and (not _REPO_LIKE.fullmatch(model) or os.path.isfile(model))


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that points from a wrong name to the right ones, with a space before it."""
    options = sorted(known)
    import difflib  # for mistakes only

    close = difflib.get_close_matches(name, options, n=1, cutoff=0.6)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"{hint} Known: {', '.join(options)}."
