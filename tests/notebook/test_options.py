"""The line of ``%%llm``: every setting has its option, and what does not fit is said in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from threadrunner_kernel import config
from threadrunner_kernel.errors import BadSetting
from threadrunner_kernel.notebook.options import OPTIONS, make_parser, parse_line

CELL = make_parser("llm", with_out=True)


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("", {}),
        ("-t 0.5", {"temperature": 0.5}),
        ("--temperature=0", {"temperature": 0.0}),
        ("-n 12 --top-k 0 --seed 7", {"max_tokens": 12, "top_k": 0, "seed": 7}),
        ("-m qwen -s 'Be short.'", {"model": "qwen", "system": "Be short."}),
        ('-s "It\'s fine"', {"system": "It's fine"}),
        ("--stop END --stop '\n'", {"stop": ("END", "\n")}),
        ("--stop=---", {"stop": ("---",)}),
        ("--engine llama", {"engine": "llama-cpp-python"}),
        ("--keep-alive -1", {"keep_alive": -1.0}),
        ("--view markdown", {"view": "markdown"}),
        ("-o answer", {"out": "answer"}),
        ("--out _a1 -t 1", {"out": "_a1", "temperature": 1.0}),
        ("-t 1 -t 2", {"temperature": 2.0}),
    ],
)
def test_a_line_becomes_settings(line: str, options: dict[str, Any]) -> None:
    assert parse_line(CELL, line) == options


def test_a_line_does_not_remember_the_one_before() -> None:
    assert parse_line(CELL, "--stop a") == {"stop": ("a",)}
    assert parse_line(CELL, "--stop b") == {"stop": ("b",)}
    assert parse_line(CELL, "") == {}


def test_every_request_setting_and_those_of_the_display_have_an_option_with_help() -> None:
    assert set(OPTIONS) == {*config.names("request"), "view", "format", "profile"}
    text = "".join(CELL.format_help().split())  # argparse breaks lines within words that have a hyphen
    for name in OPTIONS:
        assert f"--{name.replace('_', '-')}" in text
        assert "".join(str(config.FIELDS[name].metadata["help"]).split()) in text


@pytest.mark.parametrize("line", ["--temprature 1", "--temprature=1", "--temperatur 1"])
def test_an_unknown_or_shortened_option_is_refused_with_the_nearest(line: str) -> None:
    with pytest.raises(BadSetting, match=r"%%llm does not know '--temp.*Did you mean '--temperature'\?"):
        parse_line(CELL, line)


def test_a_host_setting_is_no_option_of_a_cell() -> None:
    with pytest.raises(BadSetting, match="does not know '--threads'"):
        parse_line(CELL, "--threads 4")


@pytest.mark.parametrize("line", ["What is a llama?", "-t 1 please"])
def test_a_prompt_in_the_line_is_refused(line: str) -> None:
    with pytest.raises(BadSetting, match="%%llm does not know"):
        parse_line(CELL, line)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("-t", "expected one argument"),
        ("--stop ---", "expected one argument"),
        ("-s 'open", "the options cannot be read"),
        ("-s don't", "the options cannot be read"),
        ("-t warm", "option --temperature: 'warm' is not a number"),
        ("-n 0", "must be at least 1"),
        ("-t -1", "must be at least 0"),
        ("--view sideways", "is not one of auto, widget, markdown, stream"),
        ("--stop ''", "is not a text"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(line: str, what: str) -> None:
    with pytest.raises(BadSetting, match=what):
        parse_line(CELL, line)


@pytest.mark.parametrize("name", ["1x", "a.b", "a-b", "class", "None", "''"])
def test_the_variable_of_the_answer_must_be_a_name(name: str) -> None:
    with pytest.raises(BadSetting, match="that is no name for a variable"):
        parse_line(CELL, f"-o {name}")


def test_a_parser_without_out_has_no_out() -> None:
    with pytest.raises(BadSetting, match="%%llm load does not know '-o'"):
        parse_line(make_parser("llm load", with_out=False), "-o x")


def test_a_wrong_line_never_leaves_the_program() -> None:
    for line in ("--help", "-h", "--version", "-t", "--unknown"):
        with pytest.raises(BadSetting):
            parse_line(CELL, line)
