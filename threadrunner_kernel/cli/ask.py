"""``threadrunner "prompt"``: one answer, streamed to stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli.commands import HELP
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.launcher import ask as ask_host
from threadrunner_kernel.launcher import ensure_host, host_notices, start_private_host
from threadrunner_kernel.live import Live
from threadrunner_kernel.messages import chat_request, model_label
from threadrunner_kernel.terminal import printable


def with_setting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each request setting and the profile, from the setting's own declaration."""
    for name in reversed((*config.names("request"), "profile")):
        meta = config.FIELDS[name].metadata
        flags = (*meta["flags"], f"--{name.replace('_', '-')}")
        command = click.option(
            *flags, name, metavar=meta["metavar"] or name.upper(), multiple=name == "stop", help=meta["help"]
        )(command)
    return command


@click.command(context_settings=HELP)
@click.argument("words", nargs=-1, metavar='"PROMPT"')
@click.option("--once", is_flag=True, help="use a host of this command's own, which ends with it")
@click.option("-q", "--quiet", is_flag=True, help="nothing on stderr but errors")
@with_setting_options
def ask(words: tuple[str, ...], once: bool, quiet: bool, **options: Any) -> None:
    """Ask the model. What is piped in is added to the prompt, or is the prompt."""
    options = {name: value for name, value in options.items() if value not in (None, ())}
    settings = config.load(overrides={**options, **({"host": "private"} if once else {})})
    prompt = " ".join(words)
    if not sys.stdin.isatty():
        prompt = "\n\n".join(part for part in (prompt, sys.stdin.read()) if part.strip())
    if not prompt.strip():
        raise BadRequest('The prompt is empty: threadrunner "PROMPT".')
    stream_answer(prompt, settings, quiet=quiet)


def stream_answer(prompt: str, settings: Settings, *, quiet: bool) -> None:
    """Stream one answer to stdout. Leaving in any way closes the connection, and that cancels the generation."""
    cancellation = Cancellation()
    show = StateLine(is_shown=sys.stderr.isatty() and not quiet)
    live = Live(model=model_label(settings))
    clean = printable if sys.stdout.isatty() else str
    hosts: list[tuple[HostClient, Any]] = []

    def host() -> HostClient:
        if settings.host == "private":
            if not hosts:
                hosts.append(start_private_host(settings, cancellation))
            client = hosts[0][0]
        else:
            client = ensure_host(settings, cancellation)
        if not quiet:
            for notice in host_notices(settings, client.get("/health")):
                show.clear()
                click.echo(notice, err=True)
        return client

    show.update(live)
    try:
        for event in ask_host(chat_request(prompt, settings), cancellation, host):
            live.take(event)
            if event.reasoning and not quiet:
                show.clear()
                click.echo(click.style(clean(event.reasoning), dim=True), nl=False, err=True)
            if event.text:
                show.clear()
                if live.reasoning and live.text == event.text and not quiet:
                    click.echo("\n", err=True)  # between the thinking and the answer
                sys.stdout.write(clean(event.text))
                sys.stdout.flush()
            elif not live.text and not live.reasoning:
                show.update(live)
            if event.notice and not quiet:
                show.clear()
                click.echo(event.notice, err=True)
            if event.finish_reason == "length" and not quiet:
                click.echo("\n[ended at the token limit]", err=True)
    finally:
        show.clear()
        if live.text and not live.text.endswith("\n"):
            sys.stdout.write("\n")
            sys.stdout.flush()
        for _, child in hosts:
            child.stop()


class StateLine:
    """One line on stderr that says what is going on until the answer begins."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._is_dirty = False

    def update(self, live: Live) -> None:
        if self._is_shown:
            sys.stderr.write(f"\r\x1b[K{live.state()}")
            sys.stderr.flush()
            self._is_dirty = True

    def clear(self) -> None:
        if self._is_dirty:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._is_dirty = False
