"""``%%llm``, ``%llm`` and ``llm``: they parse, and the session does the work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from threadrunner_kernel import config
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadSetting
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.options import make_parser, parse_line
from threadrunner_kernel.notebook.session import Session
from threadrunner_kernel.notebook.status import status_text

COMMANDS = {
    "status": "what is loaded, and what it uses",
    "load": "load the model now (options as for %%llm: -m …)",
    "unload": "free the model's memory",
    "last": "show the last answer again",
    "help": "this text",
}


class LanguageModel:
    """``llm`` in the notebook: ``llm("prompt")`` asks, ``llm.last`` is the last answer."""

    def __init__(self, session: Session, shell: InteractiveShell) -> None:
        self._session = session
        self._shell = shell

    def __call__(self, prompt: str, **options: Any) -> Answer:
        """The answer to a prompt; options by the names of ``%%llm``'s, such as ``temperature=0``."""
        settings = config.load(overrides=options)
        return self._session.ask(prompt, settings, partial(make_view, self._shell, settings))

    @property
    def last(self) -> Answer | None:
        """The last answer of this notebook."""
        return self._session.last

    def __repr__(self) -> str:
        return status_text(self._session, config.load())


@magics_class
class LlmMagics(Magics):
    """The two magics."""

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        super().__init__(shell)
        self._ipython = shell
        self.session = session
        self.cell_parser = make_parser("llm", with_out=True)
        self.load_parser = make_parser("llm load", with_out=False)

    @no_var_expand
    @line_cell_magic
    def llm(self, line: str, cell: str | None = None) -> Answer | None:
        """Ask the language model; see ``%llm help``."""
        if cell is None:
            return self._command(line)
        options = parse_line(self.cell_parser, line)
        return self._ask(cell, options.pop("out", None), options)

    def _ask(self, cell: str, out: str | None, options: dict[str, Any]) -> Answer:
        from threadrunner_kernel.notebook.template import render

        settings = config.load(overrides=options)
        namespace = self._ipython.user_ns
        prompt = render(cell, namespace)
        if settings.system:
            options["system"] = render(settings.system, namespace)
            settings = config.load(overrides=options)

        def keep(answer: Answer) -> None:
            if out:
                self._ipython.user_ns[out] = answer

        return self.session.ask(prompt, settings, partial(make_view, self._ipython, settings), keep)

    def _command(self, line: str) -> Answer | None:
        name, _, rest = line.strip().partition(" ")
        commands: dict[str, Callable[[str], Answer | None]] = {
            "": self._status,
            "status": self._status,
            "load": self._load,
            "unload": self._unload,
            "last": lambda _: self.session.last,
            "help": self._help,
        }
        if name not in commands:
            raise BadSetting(
                f"%llm does not know {name!r}.{config.nearest(name, COMMANDS)} "
                "A prompt goes into a cell that starts with %%llm."
            )
        return commands[name](rest)

    def _status(self, _: str) -> None:
        say(status_text(self.session, config.load()))

    def _load(self, line: str) -> None:
        settings = config.load(overrides=parse_line(self.load_parser, line))
        name = self.session.load(settings, partial(make_view, self._ipython, settings))
        say(f"{name} is loaded.")

    def _unload(self, line: str) -> None:
        settings = config.load(overrides=parse_line(self.load_parser, line))
        host = self.session.find_host(settings)
        if host is None:
            say("Nothing is loaded.")
            return
        body = {"model": settings.model, "engine": settings.engine}
        say(host.post("/models/unload", body)["message"])

    def _help(self, _: str) -> None:
        say(help_text(self.cell_parser.format_help()))


def help_text(options: str) -> str:
    commands = "\n".join(f"  %llm {name:8} {text}" for name, text in COMMANDS.items())
    usage = "%%llm [options]   the rest of the cell is the prompt; {{ expression }} is filled in"
    return f"{usage}\n{commands}\n\n{options}"


def make_view(shell: InteractiveShell, settings: Settings, stop: Callable[[], None]) -> Any:
    """The view that fits this front end (design.md: which view) and the answer's format."""
    from threadrunner_kernel.notebook import view

    shown = _front_end_view(shell, settings, stop)
    return view.NextCellView(shown, shell) if settings.format == "code" else shown


def _front_end_view(shell: InteractiveShell, settings: Settings, stop: Callable[[], None]) -> Any:
    from threadrunner_kernel.notebook import view

    kernel = getattr(shell, "kernel", None)
    wanted = settings.view
    if wanted == "auto":
        wanted = "stream" if kernel is None else "widget" if _has_cell_id(kernel) else "markdown"
    if wanted == "widget":
        from threadrunner_kernel.notebook.widget_view import WidgetView

        # A stock kernel hands the buttons' messages to the shell that is busy with this very cell: no buttons there.
        made = WidgetView(stop, getattr(kernel, "watch_button", None), settings.format)
        if watch_reopening := getattr(kernel, "watch_reopening", None):
            made.watch_reopening(watch_reopening)
        return made
    return view.MarkdownView(settings.format) if wanted == "markdown" else view.StreamView()


def _has_cell_id(kernel: Any) -> bool:
    """Whether the front end says which cell this is: JupyterLab does, and it has widgets."""
    return bool((kernel.get_parent() or {}).get("metadata", {}).get("cellId"))


def say(text: str) -> None:
    """Plain text to the user: a magic's own output."""
    import sys

    sys.stdout.write(text + "\n")
