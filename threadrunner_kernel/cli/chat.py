"""``threadrunner chat``: a conversation, line by line, until Ctrl-D."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from threadrunner_kernel import config
from threadrunner_kernel.cli.answering import Hosts, Output, answer
from threadrunner_kernel.cli.ask import attach, keep, prepare
from threadrunner_kernel.cli.kept import Kept
from threadrunner_kernel.cli.lines import Lines
from threadrunner_kernel.cli.options import SectionedCommand, conversation_options, given, setting_options
from threadrunner_kernel.cli.slash import Leave, SlashCommands, is_command
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import ThreadRunnerError
from threadrunner_kernel.terminal import printable


@click.command(cls=SectionedCommand)
@conversation_options
@setting_options
def chat(
    quiet: bool,
    verbose: bool,
    once: bool,
    is_continued: bool,
    chat_name: str | None,
    no_keep: bool,
    **options: Any,
) -> None:
    """Talk with the model, line by line.

    A line is a prompt, Ctrl-C stops an answer, Ctrl-D leaves. /help in the conversation lists what else it takes. A
    text of several lines is written between two lines of \"\"\", or with Alt-Enter at the end of a line.
    """
    output = Output(is_quiet=quiet, is_verbose=verbose)
    settings, kept = prepare(given(options), once=once, is_continued=is_continued, name=chat_name, no_keep=no_keep)
    # A model that was remembered stands below what is set here.
    base = {**({} if options.get("profile") else kept.remembered), **given(options)}
    hosts = Hosts(output, is_leasing=True)
    try:
        Chat(base, settings, kept, hosts, output).run(Lines.open(is_kept=kept.path is not None))
    finally:
        hosts.close()


class Chat:
    """The conversation. ``chosen`` is what its commands have set, above the options that it was begun with."""

    def __init__(
        self, options: Mapping[str, Any], settings: Settings, kept: Kept, hosts: Hosts, output: Output
    ) -> None:
        self.kept = kept
        self.chosen: dict[str, Any] = {}
        self.files: list[str] = []
        self._options = options
        self._host = settings.host
        self._hosts = hosts
        self._output = output
        self._commands = SlashCommands(self)

    @property
    def settings(self) -> Settings:
        """The settings of the next prompt.

        Raises:
            BadSetting
        """
        return replace(config.load(overrides={**self._options, **self.chosen}), host=self._host)

    def run(self, lines: Lines) -> None:
        """Take lines until there are no more."""
        self._greet(lines)
        while True:
            try:
                line = lines.read()
            except EOFError:
                return
            except KeyboardInterrupt:
                self._output.note("(Ctrl-D leaves.)")
                continue
            try:
                self.take(line)
            except Leave:
                return
            except ThreadRunnerError as exc:
                click.echo(f"threadrunner: {exc.message}", err=True)

    def take(self, line: str) -> None:
        """A command, or a prompt.

        Raises:
            Leave, ThreadRunnerError
        """
        if is_command(line):
            said = self._commands.run(line)
            if said:
                # It may quote what a model wrote.
                click.echo(printable(said), err=True)
        elif line.strip() or self.files:
            self._ask(line)

    def _ask(self, line: str) -> None:
        settings = self.settings
        files, self.files = tuple(self.files), []
        prompt = attach(line, files, self._output) if files else line
        with self.kept.saying_what_helps("/reset"):
            outcome = answer(self.kept.request(prompt, settings), settings, self._hosts, self._output)
        if outcome.is_stopped and not self._output.has_numbers:
            self._output.note("[stopped]")
        keep(self.kept, prompt, outcome, settings, self._output)

    def _greet(self, lines: Lines) -> None:
        if not lines.is_terminal:
            return
        from threadrunner_kernel.models.catalogue import Catalogue
        from threadrunner_kernel.models.names import next_model

        model = next_model(self.settings, Catalogue(config.home() / "models")) or "the model"
        turns = len(self.kept.conversation)
        going_on = f", going on after {turns} turn{'' if turns == 1 else 's'}" if turns else ""
        self._output.dim(f"{model}{going_on}. /help lists the commands, Ctrl-D leaves.")
        if sys.stdout.isatty() and turns:
            last = self.kept.conversation.turns[-1]
            self._output.dim(printable(f"> {last.prompt}\n{last.answer}"))
