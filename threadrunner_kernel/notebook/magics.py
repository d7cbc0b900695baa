"""``%%llm`` and ``%llm``: they parse, and the session does the work."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_cell_magic, magics_class, no_var_expand

from threadrunner_kernel import config
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadSetting
from threadrunner_kernel.notebook import chat_commands, model_commands, prompt_mode, sticky
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.chat_commands import ChatCommands
from threadrunner_kernel.notebook.completion import PromptCompleter
from threadrunner_kernel.notebook.help import options_help, short_help
from threadrunner_kernel.notebook.loading import split_wishes, with_wishes
from threadrunner_kernel.notebook.model_commands import ModelCommands
from threadrunner_kernel.notebook.options import CELL_OPTIONS, make_parser, parse_line
from threadrunner_kernel.notebook.prompt_mode import PromptMode
from threadrunner_kernel.notebook.question import Cell, Question
from threadrunner_kernel.notebook.session import NOTEBOOK_CHAT, Session
from threadrunner_kernel.notebook.status import status_text, table_text
from threadrunner_kernel.notebook.texts import Texts
from threadrunner_kernel.notebook.view import QuietView, View

COMMANDS = {
    "status": "what is loaded, and what it uses",
    "load": "load the model now (-m …, --context, --kv-type, --force; --estimate: does it fit?)",
    "unload": "free the model's memory",
    "ps": "the loaded models: size, until when, held by whom",
    "last": "show the last answer again",
    **model_commands.COMMANDS,
    **chat_commands.COMMANDS,
    **sticky.COMMANDS,
    **prompt_mode.COMMANDS,
    "doctor": "look whether everything is as it should be, and say what to do",
    "help": "this text; help options: what each option does",
}


@magics_class
class LlmMagics(Magics):
    """The magics."""

    def __init__(self, shell: InteractiveShell, session: Session, texts: Texts) -> None:
        super().__init__(shell)
        self._ipython = shell
        self.session = session
        self._texts = texts
        self._chats = ChatCommands(session)
        self._models = ModelCommands(session)
        self.mode = PromptMode(shell)
        self.cell_parser = make_parser("llm", with_out=True)
        self.load_parser = with_wishes(make_parser("llm load", with_out=False))
        self.completer = PromptCompleter(shell, session, self.mode, self.cell_parser, COMMANDS)
        # What `%%llm?` and Shift-Tab show.
        LlmMagics.llm.__doc__ = f"Ask the language model.\n\n{options_help(self.cell_parser)}"

    @no_var_expand
    @line_cell_magic
    def llm(self, line: str, cell: str | None = None) -> Answer | None:
        """Ask the language model; see ``%llm help``."""
        if cell is None:
            return self._command(line)
        return self._ask(cell, parse_line(self.cell_parser, line))

    @no_var_expand
    @cell_magic
    def py(self, line: str, cell: str) -> None:
        """Run the cell as Python, in prompt mode too."""
        if line.strip():
            raise BadSetting("%%py takes no options: the code goes below it.")
        self._ipython.run_cell(cell)

    def _ask(self, cell: str, options: dict[str, Any]) -> Answer:
        own = {name: options.pop(name, None) for name in CELL_OPTIONS}
        if own["raw"] and options.get("system"):
            raise BadSetting("--raw sends the text alone: leave out --system, or write it into the text.")
        text = cell.removesuffix("\n")  # IPython ends each cell's text with one
        prompt = text if own["no_template"] else self._render(text)
        is_alone = own["raw"] or own["no_history"]
        question = Question(
            prompt,
            self._settings(options),
            chat=None if is_alone else self.session.chat(own["chat"] or NOTEBOOK_CHAT),
            cell=running_cell(self._ipython),
            is_new=bool(own["new"]),
            is_raw=bool(own["raw"]),
        )

        def keep(answer: Answer) -> None:
            if own["out"]:
                self._ipython.user_ns[own["out"]] = answer

        return self.session.ask(question, view_maker(self._ipython, question.settings, own["quiet"]), keep)

    def _render(self, text: str) -> str:
        from threadrunner_kernel.notebook.template import render  # with the first prompt, not with the kernel

        return render(text, self._ipython.user_ns, self._texts)

    def _settings(self, options: dict[str, Any] | None = None) -> Settings:
        """The settings in force, with the expressions of the system text filled in."""
        settings = self.session.settings(options)
        return replace(settings, system=self._render(settings.system)) if settings.system else settings

    def _command(self, line: str) -> Answer | None:
        name, _, rest = line.strip().partition(" ")
        commands: dict[str, Callable[[str], Answer | None]] = {
            "": self._status,
            "status": self._status,
            "load": self._load,
            "unload": self._unload,
            "ps": self._ps,
            "last": lambda _: self.session.last,
            "models": lambda rest: say(self._models.models(rest)),
            "show": lambda rest: say(self._models.show(rest, self.session.settings())),
            "pull": lambda rest: say(self._models.pull(rest, _view_kind(self._ipython, self.session.settings()))),
            "rm": lambda rest: say(self._models.rm(rest, self.session.settings())),
            "history": lambda rest: say(self._chats.history(rest)),
            "context": self._context,
            "forget": lambda rest: say(self._chats.forget(rest)),
            "reset": lambda rest: say(self._chats.reset(rest)),
            "save": lambda rest: say(self._chats.save(rest, self._settings())),
            "resume": lambda rest: say(self._chats.resume(rest)),
            "set": lambda rest: say(self.session.sticky.set(rest)),
            "unset": lambda rest: say(self.session.sticky.unset(rest)),
            "get": lambda rest: say(self.session.sticky.get(rest)),
            "use": lambda rest: say(self.session.sticky.use(rest)),
            "mode": lambda rest: say(self.mode.command(rest)),
            "doctor": self._doctor,
            "help": self._help,
        }
        if name not in commands:
            raise BadSetting(
                f"%llm does not know {name!r}.{config.nearest(name, COMMANDS)} "
                "A prompt goes into a cell that starts with %%llm."
            )
        return commands[name](rest)

    def _status(self, _: str) -> None:
        say(status_text(self.session, self.session.settings()))

    def _ps(self, _: str) -> None:
        say(table_text(self.session, self.session.settings()))

    def _load(self, line: str) -> None:
        options, wishes = split_wishes(parse_line(self.load_parser, line))
        settings = self.session.settings(options)
        if wishes.get("estimate"):
            say(self.session.post("/models/load", wishes, settings)["message"])
            return
        say(self.session.load(settings, view_maker(self._ipython, settings), wishes, say))

    def _unload(self, line: str) -> None:
        options, _ = split_wishes(parse_line(self.load_parser, line))
        settings = self.session.settings(options)
        host = self.session.find_host(settings)
        if host is None:
            say("Nothing is loaded.")
            return
        body = {"model": settings.model, "engine": settings.engine}
        say(host.post("/models/unload", body)["message"])

    def _context(self, line: str) -> None:
        settings = self._settings()
        say(self._chats.context(line, settings, view_maker(self._ipython, settings)))

    def _doctor(self, _: str) -> None:
        from threadrunner_kernel.doctor import examine, lines_of  # nobody else needs it

        for finding in examine():
            say("\n".join(lines_of(finding)))

    def _help(self, about: str) -> None:
        if about.strip() not in ("", "options"):
            raise BadSetting(f"%llm help: there is no help on {about.strip()!r}.{config.nearest(about, ['options'])}")
        say(options_help(self.cell_parser) if about.strip() else short_help(COMMANDS, self.cell_parser))


def view_maker(
    shell: InteractiveShell, settings: Settings, is_quiet: bool | None = False
) -> Callable[[Callable[[], None]], View]:
    """What makes the view of an answer, given what stops it."""
    return (lambda _: QuietView()) if is_quiet else partial(make_view, shell, settings)


def make_view(shell: InteractiveShell, settings: Settings, stop: Callable[[], None]) -> Any:
    """The view that fits this front end (design.md: which view) and the answer's format."""
    from threadrunner_kernel.notebook import view

    shown = _front_end_view(shell, settings, stop)
    return view.NextCellView(shown, shell) if settings.format == "code" else shown


def _front_end_view(shell: InteractiveShell, settings: Settings, stop: Callable[[], None]) -> Any:
    from threadrunner_kernel.notebook import view

    kernel = getattr(shell, "kernel", None)
    wanted = _view_kind(shell, settings)
    if wanted == "widget":
        from threadrunner_kernel.notebook.widget_view import WidgetView

        # A stock kernel hands the buttons' messages to the shell that is busy with this very cell: no buttons there.
        made = WidgetView(stop, getattr(kernel, "watch_button", None), settings.format)
        if reopenings := getattr(kernel, "reopenings", None):
            made.watch_reopening(reopenings)
        return made
    return view.MarkdownView(settings.format) if wanted == "markdown" else view.StreamView()


def _view_kind(shell: InteractiveShell, settings: Settings) -> str:
    """Widget, markdown or stream: as it is set, or as it fits."""
    return _fitting_view(shell) if settings.view == "auto" else settings.view


def _fitting_view(shell: InteractiveShell) -> str:
    """What a front end can show: it says the id of a cell, or how it asks, or its server where the notebook is."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return "stream"
    if running_cell(shell).id:
        return "widget"
    # jupyter console and qtconsole show what is displayed, and never an update of it. They can be asked for input,
    # as those that only run a notebook cannot, and have no notebook.
    can_be_asked = (kernel.get_parent() or {}).get("content", {}).get("allow_stdin")
    return "stream" if can_be_asked and "JPY_SESSION_NAME" not in os.environ else "markdown"


def running_cell(shell: InteractiveShell) -> Cell:
    """The cell that runs; a front end such as JupyterLab says its id."""
    kernel = getattr(shell, "kernel", None)
    parent = kernel.get_parent() if kernel else None
    return Cell((parent or {}).get("metadata", {}).get("cellId"), shell.displayhook.prompt_count)


def say(text: str) -> None:
    """Plain text to the user: a magic's own output."""
    import sys

    sys.stdout.write(text + "\n")
