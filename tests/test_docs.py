"""The prose says what is true: settings page, changelog, README's commands, notebooks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, MarkdownExporter

import threadrunner_kernel
from threadrunner_kernel.cli.commands import ROWS
from threadrunner_kernel.notebook.magics import COMMANDS
from threadrunner_kernel.notebook.options import make_parser
from tools import settings_page

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_the_settings_page_is_what_the_settings_declare() -> None:
    assert settings_page.PAGE.read_text("utf-8") == settings_page.page()


def test_the_changelog_begins_with_this_version() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[0] == threadrunner_kernel.__version__


def test_every_make_target_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"demo", "test", "lab"} <= set(re.findall(r"make ([a-z-]+)", README)) <= targets


def test_every_command_in_the_readme_exists() -> None:
    named = set(re.findall(r"^threadrunner ([a-z]+)", README, re.MULTILINE))
    assert {"status", "install"} <= named <= set(ROWS)


def test_every_option_of_the_readmes_table_is_one() -> None:
    parser = make_parser("llm", with_out=True)
    known = {flag for action in parser._actions for flag in action.option_strings}
    row = next(line for line in README.splitlines() if "system text and sampling" in line)
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", row))
    assert len(named) >= 9
    assert named <= known


def test_every_option_that_begins_a_row_of_the_readme_is_one() -> None:
    known = {flag for action in make_parser("llm", with_out=True)._actions for flag in action.option_strings}
    named = {
        flag
        for line in README.splitlines()
        if line.startswith(("| `-", "| `{{"))
        for flag in re.findall(r"(?<=`)--?[a-z-]+", line)
    }
    assert {"--new", "--no-history", "--chat", "--raw", "--no-template", "-q", "-o"} <= named <= known


@pytest.mark.parametrize("first", ["load", "history"])
def test_every_subcommand_of_the_magic_in_the_readme_exists(first: str) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `%llm {first}`"))
    named = set(re.findall(r"`(?:%llm )?([a-z]+)`", row.split(" | ")[0]))
    assert len(named) >= 4
    assert named <= set(COMMANDS)


def test_what_the_magics_help_lists_is_what_the_prose_names() -> None:
    """Every command that a page or a notebook names exists, and the README names every one."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *NOTEBOOKS]
    named = {name for page in pages for name in re.findall(r"(?<!%)%llm ([a-z]+)", page.read_text("utf-8"))}
    assert named <= set(COMMANDS)
    rows = "".join(line.split(" | ")[0] for line in README.splitlines() if line.startswith("| "))
    assert set(COMMANDS) - {"status"} <= set(re.findall(r"[a-z]+", rows)), "`%llm` alone is the status"


@pytest.mark.parametrize("name", [None, *ROWS])
def test_the_help_of_each_command_fits_and_answers(name: str | None) -> None:
    words = [name, "--help"] if name else ["--help"]
    run = subprocess.run(
        [sys.executable, "-m", "threadrunner_kernel.cli", *words], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("Usage: threadrunner")
    assert all(len(line) <= 80 for line in run.stdout.splitlines())
    for row in [ROWS[name]] if name else ROWS.values():
        assert row.help in run.stdout


@pytest.mark.parametrize(
    "page", [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"], ids=lambda page: page.name
)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_saved_with_its_answers(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    prompts = [cell for cell in notebook.cells if cell.source.startswith("%%llm")]
    assert prompts
    for cell in prompts:
        assert cell.outputs[0]["data"]["text/markdown"].strip()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_top_to_bottom_and_its_answers_are_in_what_is_made_of_it(
    path: Path, home: Path, kernel_prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As `make demo` has it, only faster: what is to be stopped is counted to its end here.
    monkeypatch.setenv("THREADRUNNER_PACE", "0")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs = []
    NotebookClient(notebook, kernel_name="threadrunner", timeout=200, iopub_timeout=60).execute()
    saved = json.loads(nbformat.writes(notebook))
    first = next(cell for cell in saved["cells"] if "".join(cell["source"]).startswith("%%llm"))
    answer = "".join(first["outputs"][0]["data"]["text/plain"])
    told, _, said = answer.partition("\n\n")
    assert told.startswith("The demo model answers")
    assert said.strip()
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert "demo model &#183; " in page or "demo model · " in page
    text, _ = MarkdownExporter().from_notebook_node(notebook)
    assert said.strip().splitlines()[0] in text
