"""What Tab offers a shell: the names and values that fit an option or an argument. A mistake in it is an empty list."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Literal

import click

from threadrunner_kernel import config

Offer = Callable[[click.Context, click.Parameter, str], list[Any]]


def offering(values: Callable[[click.Context], Iterable[str]]) -> Offer:
    """An offer of those of the values that begin as the word does."""

    @wraps(values)
    def offer(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
        # A broken config.toml, or a host that is just leaving, must not write into the line that is typed.
        with contextlib.suppress(Exception):
            return [value for value in dict.fromkeys(values(ctx)) if value.startswith(incomplete)]
        return []

    return offer


def of_setting(name: str) -> Offer:
    """The values of a setting."""
    if name == "model":
        return models
    return profiles if name == "profile" else offering(lambda ctx: config.choices(name))


def models(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    """The models that are on this machine, those of other programs too; or the files of what begins as a path."""
    if incomplete.startswith((".", "/", "~")):
        return files(ctx, parameter, incomplete)
    return _models(ctx, parameter, incomplete)


@offering
def _models(ctx: click.Context) -> list[str]:
    from threadrunner_kernel.models.catalogue import Catalogue

    return [*(entry.name for entry in Catalogue(config.home() / "models").listed()), "dummy"]


@offering
def own_models(ctx: click.Context) -> list[str]:
    """What `rm` can remove."""
    from threadrunner_kernel.models.catalogue import Catalogue

    return [entry.name for entry in Catalogue(config.home() / "models").own]


@offering
def loaded_models(ctx: click.Context) -> list[str]:
    return [model["name"] for model in _status()["models"] if model["state"] != "stopped"]


@offering
def generations(ctx: click.Context) -> list[str]:
    """The ids of those that run."""
    return [generation["id"] for generation in _status()["generations"]]


def _status() -> dict[str, Any]:
    """What the host says, or nothing: Tab starts none."""
    from threadrunner_kernel.launcher import find_host

    host = find_host(config.load())
    return host.get("/status") if host else {"models": [], "generations": []}


@offering
def logs(ctx: click.Context) -> list[str]:
    from threadrunner_kernel.cli.logs import known_logs

    return list(known_logs())


@offering
def conversations(ctx: click.Context) -> list[str]:
    from threadrunner_kernel.cli.kept import names

    return names()


@offering
def profiles(ctx: click.Context) -> list[str]:
    return list(config.read_file().profiles)


@offering
def settings(ctx: click.Context) -> Iterable[str]:
    """The settings' names; after ``-p`` those that a profile can have."""
    is_in_profile = ctx.params.get("profile") and ctx.command.name != "get"
    return config.names("request") if is_in_profile else config.FIELDS


def setting_values(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    """The values of the setting that is named before."""
    return of_setting(str(ctx.params.get("name")))(ctx, parameter, incomplete)


def files(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    return _by_the_shell("file", incomplete)


def folders(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    return _by_the_shell("dir", incomplete)


def _by_the_shell(kind: Literal["file", "dir"], incomplete: str) -> list[Any]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type=kind)]
