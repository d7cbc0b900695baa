"""What the demo model teaches exists: every command in its answers is read by the product's own parsers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from demo_model.everything_else import ANSWER
from demo_model.guide import ANSWERS
from demo_model.small_talk import SELF_ANSWERS
from threadrunner_kernel import config
from threadrunner_kernel.cli.ask import ask
from threadrunner_kernel.cli.commands import ROWS
from threadrunner_kernel.notebook.magics import COMMANDS
from threadrunner_kernel.notebook.options import make_parser, parse_line
from threadrunner_kernel.notebook.template import render
from threadrunner_kernel.notebook.texts import Texts


def commands() -> list[str]:
    answers = [*ANSWERS.values(), *SELF_ANSWERS, ANSWER]
    return sorted({command for answer in answers for command in re.findall(r"`([^`]+)`", answer)})


def starting(*starts: str) -> list[str]:
    return [command for command in commands() if command.startswith(starts)]


OTHERS = {
    "answer", "answer.text", "config.toml", "[profiles.coder]", "~/.threadrunner/models", "%%py",
    "%load_ext threadrunner_kernel",
}  # fmt: skip


def test_every_command_is_of_a_kind_that_is_tested() -> None:
    tested = {*starting("%llm", "%%llm", "threadrunner ", "{{", "llm"), *OTHERS}
    assert set(commands()) == tested


@pytest.mark.parametrize("command", starting("%%llm"))
def test_a_cell_is_read_by_the_options_parser(command: str) -> None:
    parse_line(make_parser("llm", with_out=True), command.removeprefix("%%llm"))


@pytest.mark.parametrize("command", starting("%llm"))
def test_a_line_names_a_command_and_its_settings(command: str) -> None:
    words = shlex.split(command)[1:]
    assert not words or words[0] in COMMANDS
    if words[:1] == ["set"] and words[1] != "NAME=value":
        name, _, value = words[1].partition("=")
        assert name in config.FIELDS
        config.parse(name, value, "the answer")


@pytest.mark.parametrize("command", starting("threadrunner "))
def test_a_terminal_command_is_read_by_the_command_lines_parser(command: str) -> None:
    name, *words = shlex.split(command)[1:]
    read = ROWS[name].load() if name in ROWS else ask
    read.make_context(name, words if name in ROWS else [name, *words])
    assert isinstance(read, click.Command)


@pytest.mark.parametrize("template", starting("{{"))
def test_a_template_is_python(template: str) -> None:
    file = type("File", (), {"read": lambda self: "said"})
    assert render(template, {"df": "said", "open": lambda name: file()}, Texts()) == "said"


@pytest.mark.parametrize("call", starting("llm"))
def test_a_call_is_python(call: str) -> None:
    assert TransformerManager().check_complete(call)[0] == "complete"


def said() -> Iterator[str]:
    yield from ANSWERS.values()


def test_no_answer_is_given_twice() -> None:
    assert len(set(said())) == len(ANSWERS)
