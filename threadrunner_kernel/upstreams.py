"""The upstreams that config.toml names: other servers that speak OpenAI's API. It asks none of them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from threadrunner_kernel.config import File, nearest
from threadrunner_kernel.errors import BadSetting
from threadrunner_kernel.messages import ChatRequest

# The options of ours that OpenAI's own API has; and what of a request is no option at all.
OPENAI_OPTIONS = {
    *("temperature", "max_tokens", "top_p", "presence_penalty", "frequency_penalty", "seed", "stop", "n"),
    *("logit_bias", "logprobs", "top_logprobs", "response_format", "json_schema"),
}
NOT_OPTIONS = {"messages", "prompt", "model", "engine", "keep_alive", "stream", "stream_options"}
ACCEPTABLE = {f.name for f in fields(ChatRequest)} - OPENAI_OPTIONS - NOT_OPTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """One server. ``accepts`` are the options beyond OpenAI's own that it honours; no ``models``: any name goes."""

    name: str
    url: str
    api_key_env: str | None = None
    models: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()

    @property
    def base_url(self) -> str:
        """What ``/chat/completions`` is put after: the address as it is, or its ``/v1`` when it has no path."""
        url = self.url.rstrip("/")
        return url if urlsplit(url).path else f"{url}/v1"

    @property
    def is_on_this_machine(self) -> bool:
        host = urlsplit(self.url).hostname or ""
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def place(self) -> str:
        """Where an answer comes from, for people."""
        outside = "" if self.is_on_this_machine else ", outside this machine"
        return f"{urlsplit(self.url).netloc.rpartition('@')[2]}{outside}"


def upstreams_in(file: File) -> dict[str, Upstream]:
    """The upstreams of a ``config.toml``, by name.

    Raises:
        BadSetting: one of them has something that does not fit.
    """
    return {name: _upstream(file.path, name, table) for name, table in file.upstreams.items()}


def _upstream(path: Path, name: str, table: Mapping[str, Any]) -> Upstream:
    source = f"{path}, upstream {name}"
    known = [f.name for f in fields(Upstream) if f.name != "name"]
    for key in table:
        if key not in known:
            raise BadSetting(f"{source}: there is no {key!r}.{nearest(key, known)}", param=key)
    upstream = Upstream(
        name=name,
        url=_url(table, source),
        api_key_env=_text(table, "api_key_env", source),
        models=_texts(table, "models", source),
        accepts=_texts(table, "accepts", source),
    )
    for option in upstream.accepts:
        if option not in ACCEPTABLE:
            raise BadSetting(
                f"{source}: accepts: there is no {option!r}.{nearest(option, ACCEPTABLE)}", param="accepts"
            )
    return upstream


def _url(table: Mapping[str, Any], source: str) -> str:
    url = _text(table, "url", source) or ""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_whole = False
    if not is_whole:
        message = f"{source}: url must be the address of an OpenAI API, such as http://localhost:11434/v1, not {url!r}."
        raise BadSetting(message, param="url")
    return url


def _text(table: Mapping[str, Any], key: str, source: str) -> str | None:
    value = table.get(key)
    if value is not None and (not isinstance(value, str) or not value):
        raise BadSetting(f"{source}: {key} must be a text, not {value!r}.", param=key)
    return value


def _texts(table: Mapping[str, Any], key: str, source: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise BadSetting(f'{source}: {key} must be a list of texts, such as ["one", "two"].', param=key)
    return tuple(value)
