"""``threadrunner "prompt"``: one answer, streamed to stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli import offers
from threadrunner_kernel.cli.answering import Hosts, Outcome, Output, answer
from threadrunner_kernel.cli.commands import HELP
from threadrunner_kernel.cli.failure import INTERRUPTED
from threadrunner_kernel.cli.kept import Kept
from threadrunner_kernel.cli.options import SectionedCommand, conversation_options, given, setting_options
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest, BadSetting
from threadrunner_kernel.messages import ChatRequest, chat_request


@click.command(cls=SectionedCommand, context_settings=HELP)
@click.argument("words", nargs=-1, metavar='"PROMPT"')
@click.option(
    "-a",
    "--attach",
    "files",
    metavar="FILE",
    multiple=True,
    help="a text file to go with the prompt; several",
    shell_complete=offers.files,
)
@conversation_options
@click.option("--raw", is_flag=True, help="continue the text as it stands: no chat template, no conversation")
@click.option("--json", "as_json", is_flag=True, help="the answer and its numbers as one JSON object, at the end")
@setting_options
def ask(
    words: tuple[str, ...],
    files: tuple[str, ...],
    raw: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    once: bool,
    is_continued: bool,
    chat_name: str | None,
    no_keep: bool,
    **options: Any,
) -> int:
    """Ask the model. What is piped in is added to the prompt, or is the prompt."""
    output = Output(is_quiet=quiet, is_verbose=verbose, is_held=as_json)
    if raw:
        _check_raw(options, is_in_conversation=is_continued or bool(chat_name))
    settings, kept = prepare(given(options), once=once, is_continued=is_continued, name=chat_name, no_keep=no_keep)
    prompt = _prompt(words, files, output)
    hosts = Hosts(output)
    try:
        with kept.saying_what_helps("a prompt without -c"):
            outcome = answer(_request(prompt, settings, kept, is_raw=raw), settings, hosts, output)
    finally:
        hosts.close()
    if as_json:
        click.echo(json.dumps(outcome.as_dict(), ensure_ascii=False, indent=2))
    if not raw:
        keep(kept, prompt, outcome, settings, output)
    return INTERRUPTED if outcome.is_stopped else 0


def prepare(
    options: Mapping[str, Any], *, once: bool, is_continued: bool, name: str | None, no_keep: bool
) -> tuple[Settings, Kept]:
    """The settings of a command, and the conversation that it begins or goes on with.

    Raises:
        BadSetting, BadRequest, click.UsageError
    """
    own = {"host": "private"} if once else {}
    settings = config.load(overrides={**options, **own})
    kept = _conversation(settings, is_continued=is_continued, name=name, no_keep=no_keep)
    if kept.remembered and "profile" not in options:
        # A conversation goes on with the model that it was begun with.
        settings = config.load(overrides={**kept.remembered, **options, **own})
    return settings, kept


def _conversation(settings: Settings, *, is_continued: bool, name: str | None, no_keep: bool) -> Kept:
    if name and no_keep:
        raise click.UsageError(
            "--chat keeps a conversation by its name and --no-keep keeps none: leave one of them out."
        )
    if name is not None:
        return Kept.go_on(name)
    if not is_continued:
        return Kept.begin(is_kept=settings.keep_conversations and not no_keep)
    if not settings.keep_conversations:
        raise BadSetting(
            "keep_conversations is false, so there is nothing to go on with: --chat NAME keeps a conversation."
        )
    kept = Kept.go_on()
    if no_keep:
        kept.path = None
    return kept


def keep(kept: Kept, prompt: str, outcome: Outcome, settings: Settings, output: Output) -> None:
    """Keep what was said; a stop before the first word leaves all as it was."""
    if outcome.is_stopped and not outcome.text:
        return
    problem = kept.put(prompt, outcome.text, settings)
    if problem:
        output.note(problem)


def _check_raw(options: Mapping[str, Any], *, is_in_conversation: bool) -> None:
    if options["system"]:
        raise click.UsageError("--raw sends the text alone: leave out --system, or write it into the text.")
    if is_in_conversation:
        raise click.UsageError("--raw has nothing to do with a conversation: leave out -c and --chat.")


def _request(prompt: str, settings: Settings, kept: Kept, *, is_raw: bool) -> ChatRequest:
    if is_raw:
        return replace(chat_request(prompt, settings), messages=(), prompt=prompt)
    return kept.request(prompt, settings)


def _prompt(words: tuple[str, ...], files: tuple[str, ...], output: Output) -> str:
    """The words, what is piped in, and above them the files.

    Raises:
        BadRequest: there is nothing in it, or a file cannot be attached.
    """
    prompt = " ".join(words)
    if "-" not in files and sys.stdin and not sys.stdin.isatty():
        prompt = "\n\n".join(part for part in (prompt, sys.stdin.read()) if part.strip())
    if files:
        prompt = attach(prompt, files, output)
    if not prompt.strip():
        raise BadRequest('The prompt is empty: threadrunner "PROMPT".')
    return prompt


def attach(prompt: str, files: tuple[str, ...], output: Output) -> str:
    """The prompt with the files of these names above it, each of which is told with its size."""
    from threadrunner_kernel.cli.attachments import read_all, with_attachments
    from threadrunner_kernel.memory import text_size

    attachments = read_all(files)
    for file in attachments:
        output.note(f"[attached {file.name}, {text_size(file.size_bytes)}]")
    return with_attachments(prompt, attachments)
