"""The options of a prompt: those of the settings, made from their declarations, and the help in sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli import offers
from threadrunner_kernel.errors import BadSetting

MODEL = "model", "engine", "keep_alive", "profile"
# What people reach for; the rest of the sampling is at the end of the help.
ANSWER = "system", "temperature", "max_tokens", "seed", "stop"
SETTINGS = (*config.names("request"), "profile")
SECTIONS = "This command", "The model", "The answer", "How tokens are chosen"


def setting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each request setting and the profile."""
    for name in reversed(SETTINGS):
        command = setting_option(name)(command)
    return command


def setting_option(name: str, *, metavar: str | None = None, help: str | None = None) -> Callable[..., Any]:
    """An option for a setting, as it is declared; a value that does not fit is wrong usage."""
    meta = config.FIELDS[name].metadata
    return click.option(
        *(*meta["flags"], f"--{name.replace('_', '-')}"),
        name,
        callback=_fitting,
        metavar=metavar or meta["metavar"] or name.upper(),
        multiple=name == "stop",
        help=help or meta["help"],
        shell_complete=offers.of_setting(name),
    )


def _fitting(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """A setting's value, looked at and left as the text that it is for who puts all settings together."""
    name = parameter.name or ""
    if value not in (None, ()):
        try:
            config.parse(name, value, f"--{name.replace('_', '-')}")
        except BadSetting as exc:
            raise click.UsageError(exc.message, ctx) from exc
    return value


def conversation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of how it is shown and what is kept of it."""
    for add in (
        click.option("--no-keep", is_flag=True, help="leave nothing of this on the disk"),
        click.option(
            "--chat",
            "chat_name",
            metavar="NAME",
            help="go on with the conversation of this name, or begin it",
            shell_complete=offers.conversations,
        ),
        click.option("-c", "--continue", "is_continued", is_flag=True, help="go on with the last conversation"),
        click.option("--once", is_flag=True, help="use a host of this command's own, which ends with it"),
        click.option("-v", "--verbose", is_flag=True, help="the numbers on stderr, also where there is no terminal"),
        click.option("-q", "--quiet", is_flag=True, help="nothing on stderr but errors"),
    ):
        command = add(command)
    return command


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings among the options that were given."""
    return {name: value for name, value in options.items() if value not in (None, ())}


class SectionedCommand(click.Command):
    """A command whose help lists its options in sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                sections.setdefault(_section(parameter.name or ""), []).append(record)
        for title in SECTIONS:
            if title in sections:
                with formatter.section(title):
                    formatter.write_dl(sections[title])


def _section(name: str) -> str:
    own, model, answer, sampling = SECTIONS
    if name not in SETTINGS:
        return own
    return model if name in MODEL else answer if name in ANSWER else sampling
