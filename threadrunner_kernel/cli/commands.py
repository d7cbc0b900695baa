"""The commands by name: where each is, and its line in the help. None is imported before it is called.

A command is a row here and a ``click`` command in the module that the row names.
"""

from __future__ import annotations

import importlib
from typing import NamedTuple, cast

import click

PACKAGE = "threadrunner_kernel.cli"
# For a command that is called without the group, which hands it on to its own.
HELP = {"help_option_names": ["-h", "--help"]}
# What the shell sets when it asks for completions.
COMPLETION_VARIABLE = "_THREADRUNNER_COMPLETE"


class Row(NamedTuple):
    """``place`` is ``module:attribute`` in this package; ``help`` is the first line of the command's own help."""

    place: str
    help: str

    def load(self) -> click.Command:
        module, _, attribute = self.place.partition(":")
        return cast(click.Command, getattr(importlib.import_module(f"{PACKAGE}.{module}"), attribute))


ASK = {
    "ask": Row("ask:ask", "Ask the model."),
    "chat": Row("chat:chat", "Talk with the model, line by line."),
}
MODELS = {
    "models": Row("models:models", "List the models that are on this machine."),
    "show": Row("models:show", "Show what a model is and what it can do."),
    "pull": Row("models:pull", "Fetch a model from huggingface.co."),
    "rm": Row("models:rm", "Remove a model from the models folder."),
}
RUNNING = {
    "ps": Row("loading:ps", "Show the loaded models: until when, and held by whom."),
    "load": Row("loading:load", "Load a model now, or only say whether it fits."),
    "unload": Row("loading:unload", "Free a model's memory."),
    "status": Row("status:status", "Show what is loaded, what it uses and what it does."),
    "cancel": Row("control:cancel", "Cancel the running generations, or the one with this ID."),
    "stop": Row("control:stop", "Stop the host and its runners."),
}
PROGRAMS = {
    "serve": Row("serve:serve", "Serve OpenAI's API on a port of this machine, until Ctrl-C."),
    "token": Row("serve:token", "Print the token that programs need for the served port."),
    "service": Row("service:service", "Serve the port from login on, as a systemd user service."),
    "logs": Row("logs:logs", "Show the host's log, or the one of the model with this NAME."),
}
SETUP = {
    "doctor": Row("doctor:doctor", "Look whether everything is as it should be, and say what to do."),
    "config": Row("settings:config_group", "Show and change the settings in config.toml."),
    "install": Row("install:install", "Let Jupyter know the ThreadRunner kernel of this Python."),
    "uninstall": Row("install:uninstall", "Take the ThreadRunner kernel away from Jupyter."),
    "completion": Row("completion:completion", "Print the lines that let a shell complete with Tab."),
}

SECTIONS = {
    "Ask": ASK,
    "Models": MODELS,
    "What runs": RUNNING,
    "Other programs": PROGRAMS,
    "Setting up": SETUP,
}
ROWS = {name: row for rows in SECTIONS.values() for name, row in rows.items()}


class Commands(click.Group):
    """The group of them all: it lists them from the table, and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(ROWS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return ROWS[cmd_name].load() if cmd_name in ROWS else None

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("threadrunner", '"PROMPT" [OPTIONS]  |  COMMAND [ARGS]')

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, ROWS))
        for title, rows in SECTIONS.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl([(name.ljust(width), row.help) for name, row in rows.items()])
