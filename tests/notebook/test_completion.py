"""Tab and Shift-Tab as a front end asks for them, over the channels of real kernels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import model_files
from tests.conftest import SCRIPT, own_home
from tests.notebook.kernel_client import NotebookKernel, hosts_of, notebook
from tests.notebook.terminal import ESCAPES, SUBMIT, terminal
from threadrunner_kernel import config
from threadrunner_kernel.notebook import help as notebook_help
from threadrunner_kernel.notebook.magics import COMMANDS
from threadrunner_kernel.notebook.options import make_parser

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kernels are driven on POSIX systems only")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two models and two profiles to choose from."""
    with own_home(tmp_path_factory.mktemp("completion")) as home:
        (home / "models").mkdir(parents=True)
        model_files.write_scripted_model(home / "models" / "quick.gguf", SCRIPT)
        model_files.write_scripted_model(home / "models" / "other.gguf", SCRIPT)
        (home / "config.toml").write_text("[profiles.coder]\ntop_k = 1\n[profiles.poet]\ntop_k = 2\n")
        yield home


@pytest.fixture(scope="module", params=["threadrunner", "python3"])
def either(request: pytest.FixtureRequest, home: Path) -> Iterator[NotebookKernel]:
    """Our kernel, and the stock one with the extension loaded; each with some variables."""
    with notebook(home, name=request.param) as running:
        running.run("%load_ext threadrunner_kernel")
        running.run("planets = {'Mars': 1, 'Mercury': 2}; plan_number = 3; _hidden = 4")
        yield running


@pytest.fixture(scope="module")
def kernel(home: Path) -> Iterator[NotebookKernel]:
    """Our kernel, which can also keep Python still in a prompt."""
    with notebook(home) as running:
        running.run("planets = {'Mars': 1}; plan_number = 3")
        yield running


def offered(kernel: NotebookKernel, code: str) -> list[str]:
    """What the cell's text up to the cursor would be with each of the things that are offered."""
    reply = kernel.request("complete_request", code)
    assert reply["status"] == "ok"
    return [code[: reply["cursor_start"]] + match + code[reply["cursor_end"] :] for match in reply["matches"]]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("%%llm --te", ["%%llm --temperature"]),
        ("%%llm -t 1 --view ", [f"%%llm -t 1 --view {choice}" for choice in config.choices("view")]),
        ("%%llm --view=w", ["%%llm --view=widget"]),
        ("%%llm -m ", ["%%llm -m other", "%%llm -m quick", "%%llm -m demo"]),
        ("%%llm --model=q", ["%%llm --model=quick"]),
        ("%%llm -p ", ["%%llm -p coder", "%%llm -p poet"]),
        ("%llm unl", ["%llm unload"]),
        ("%llm set te", ["%llm set temperature="]),
        ("%llm set seed=1 model=o", ["%llm set seed=1 model=other"]),
        ("%llm set view=s", ["%llm set view=stream"]),
        ("%llm get temp", ["%llm get temperature"]),
        ("%llm use p", ["%llm use poet"]),
        ("%llm mode pr", ["%llm mode prompt"]),
        ("%llm load --mod", ["%llm load --model"]),
        ("%%llm\nTell of {{ pla", ["%%llm\nTell of {{ plan_number", "%%llm\nTell of {{ planets"]),
        ("%%llm\nTell of {{ planets.it", ["%%llm\nTell of {{ planets.items"]),
        ("%%llm\nTell of {{ planets['Me", ["%%llm\nTell of {{ planets['Mercury"]),
    ],
)
def test_tab_completes(either: NotebookKernel, typed: str, expected: list[str]) -> None:
    assert offered(either, typed) == expected


def test_tab_offers_the_options_and_the_commands(either: NotebookKernel) -> None:
    flags = {flag for flag in offered(either, "%%llm ")}
    assert {"%%llm --model", "%%llm --temperature", "%%llm --profile", "%%llm --chat"} <= flags
    assert set(offered(either, "%llm ")) == {f"%llm {name}" for name in COMMANDS}


def test_tab_knows_the_notebooks_chats(either: NotebookKernel) -> None:
    either.run("%%llm --engine dummy --chat travels\nhello")
    assert offered(either, "%%llm --chat tra") == ["%%llm --chat travels"]
    assert offered(either, "%llm history --chat tra") == ["%llm history --chat travels"]


@pytest.mark.parametrize(
    "typed", ["%%llm\npri", "%%llm\nimport ", "%%llm\n{{ planets }} pri", "%%llm -s 'pri", "%%llm\n%l", "%llm set xyz"]
)
def test_nothing_fires_in_a_prompt(kernel: NotebookKernel, typed: str) -> None:
    assert offered(kernel, typed) == []


def test_in_prompt_mode_a_bare_cell_is_as_quiet(kernel: NotebookKernel) -> None:
    assert "print" in offered(kernel, "prin")
    kernel.run("%llm mode prompt")
    try:
        assert offered(kernel, "prin") == []
        assert offered(kernel, "Tell of {{ planets.it") == ["Tell of {{ planets.items"]
        assert "%%py\nprint" in offered(kernel, "%%py\nprin")
    finally:
        kernel.run("%llm mode python")


def test_python_is_completed_as_ever(kernel: NotebookKernel) -> None:
    assert offered(kernel, "plan_n") == ["plan_number"]
    assert "planets.items" in offered(kernel, "planets.it")
    assert "%%llm" in offered(kernel, "%%ll")


def test_tab_starts_no_host(tmp_path: Path) -> None:
    with own_home(tmp_path) as home, notebook(home, backend="dummy") as kernel:
        assert offered(kernel, "%%llm -m ") == ["%%llm -m demo"]
        assert hosts_of(home) == []


def test_a_loaded_model_from_elsewhere_is_offered_by_its_path(
    home: Path, kernel: NotebookKernel, tmp_path: Path
) -> None:
    path = model_files.write_scripted_model(tmp_path / "elsewhere.gguf", SCRIPT)
    assert kernel.run(f"%llm load -m {path}").status == "ok"
    # A busy machine may leave the host no time to answer a Tab; the next Tab asks again.
    kernel.wait(lambda: f"%%llm -m {path}" in offered(kernel, "%%llm -m "), "the loaded model's path")
    assert "%%llm -m quick" in offered(kernel, "%%llm -m ")


def test_a_mistake_in_the_file_offers_nothing_and_is_told_at_the_prompt(home: Path, kernel: NotebookKernel) -> None:
    text = (home / "config.toml").read_text()
    (home / "config.toml").write_text("temprature = 1\n")
    try:
        assert offered(kernel, "%%llm -p ") == []
    finally:
        (home / "config.toml").write_text(text)


def test_a_terminal_completes_a_variable(home: Path) -> None:
    with terminal(home, backend="dummy") as shell:
        shell.run("%load_ext threadrunner_kernel")
        shell.run("plan_number = 40 + 2")
        shell.type("%%llm\rsay {{ plan_n\t", until="umber")
        shell.type(f" }}}}{SUBMIT}", until="say 42")
        shell.wait_for_prompt()


# Help


def inspected(kernel: NotebookKernel, code: str, cursor: int | None = None) -> str:
    reply: dict[str, Any] = kernel.request("inspect_request", code, cursor)
    return ESCAPES.sub("", reply["data"]["text/plain"]) if reply["found"] else ""


@pytest.mark.parametrize("marked", ["%%ll|m", "%%llm|", "%%llm -t |1\nhello", "%llm| set", "%llm set te|"])
def test_shift_tab_shows_the_options(kernel: NotebookKernel, marked: str) -> None:
    shown = inspected(kernel, marked.replace("|", ""), marked.index("|"))
    assert "Ask the language model." in shown
    assert "--temperature" in shown
    assert "randomness" in shown


def test_shift_tab_in_a_prompt_is_still_but_in_an_expression_not(kernel: NotebookKernel) -> None:
    assert inspected(kernel, "%%llm\nprint") == ""
    assert "int" in inspected(kernel, "%%llm\nhello {{ plan_number")
    assert "Prints the values" in inspected(kernel, "print")


def test_a_question_mark_shows_the_options(either: NotebookKernel) -> None:
    cell = either.run("%%llm?")
    assert cell.status == "ok", cell.reply
    (page,) = [payload["data"]["text/plain"] for payload in (cell.reply or {})["payload"]]
    assert "--temperature" in page


def test_help_fits_one_screen_and_names_everything() -> None:
    parser = make_parser("llm", with_out=True)
    text = notebook_help.short_help(COMMANDS, parser)
    assert len(text.splitlines()) <= 30
    assert max(map(len, text.splitlines())) <= 100
    for action in parser._actions:
        assert all(flag in text for flag in action.option_strings)
    assert all(f"%llm {name} " in text for name in COMMANDS)


def test_the_options_help_says_what_each_does() -> None:
    parser = make_parser("llm", with_out=True)
    text = notebook_help.options_help(parser)
    assert max(map(len, text.splitlines())) <= 100
    words = " ".join(text.split())
    for action in parser._actions:
        assert ", ".join(action.option_strings) in words
        assert " ".join(str(action.help).replace("%%", "%").split()) in words


def test_help_is_printed(kernel: NotebookKernel) -> None:
    assert kernel.run("%llm help").printed().startswith("%%llm [options]")
    assert "randomness" in kernel.run("%llm help options").printed()
