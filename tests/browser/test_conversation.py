"""The conversation that is the notebook, in a real JupyterLab: which cell owns which turn, asked from the kernel."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenNotebook

pytestmark = pytest.mark.browser

TURNS = "[(turn.prompt, turn.cell_number) for turn in llm.chat().turns], len(llm.last.messages)"


def test_a_cell_that_runs_again_replaces_its_turn_in_place(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        "%%llm -m slow\nSomething short.", "%%llm -m slow\nSome markdown.", TURNS, "%llm history", "%llm context"
    )

    def run(cell: int, number: int) -> None:
        notebook.run(cell)
        expect(notebook.prompt(cell)).to_have_text(f"[{number}]:")

    run(0, 1)
    run(1, 2)
    run(2, 3)
    expect(notebook.output(2)).to_contain_text("([('Something short.', 1), ('Some markdown.', 2)], 4)")

    notebook.write(0, "%%llm -m slow\nSomething else.")
    run(0, 4)
    expect(notebook.answer(0)).to_contain_text("The scripted answer")
    run(2, 5)
    expect(notebook.output(2)).to_contain_text("([('Something else.', 4), ('Some markdown.', 2)], 2)")
    run(3, 6)
    expect(notebook.output(3)).to_contain_text(re.compile(r"1 +\[4\].+Something else\.\s+2 +\[2\].+Some markdown\."))
    run(4, 7)
    expect(notebook.output(4)).to_contain_text(
        re.compile(r"user: Something else\.\s+assistant: The scripted.+user: Some markdown\.", re.DOTALL)
    )
