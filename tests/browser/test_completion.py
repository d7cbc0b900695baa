"""Tab in JupyterLab: what the user's fingers meet in a prompt."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenNotebook
from tests.browser.lab import Notebook

pytestmark = pytest.mark.browser

VARIABLES = "planet_names = ['Mars', 'Venus']\nplan = 'b'"


def open_with_variables(open_notebook: OpenNotebook) -> Notebook:
    """A notebook whose kernel knows two variables, and whose second cell is empty."""
    notebook = open_notebook(VARIABLES, "")
    notebook.run(0)
    expect(notebook.prompt(0)).to_have_text("[1]:")
    return notebook


def offered_after(notebook: Notebook, text: str) -> Locator:
    """Type into the second cell and press Tab: what is offered."""
    notebook.write(1, text)
    notebook.page.keyboard.press("Tab")
    return notebook.page.locator(".jp-Completer .jp-Completer-item")


def test_tab_in_an_expression_completes_a_variable(open_notebook: OpenNotebook) -> None:
    notebook = open_with_variables(open_notebook)
    offered = offered_after(notebook, "%%llm\nTell me of {{ pla")
    expect(offered).to_have_count(2)
    expect(offered).to_contain_text(["plan", "planet_names"])
    notebook.page.keyboard.press("ArrowDown")
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.insert_text(" }}")
    expect(notebook.cell(1).locator(".cm-content")).to_contain_text("Tell me of {{ planet_names }}")


def test_tab_and_shift_tab_show_the_options(open_notebook: OpenNotebook) -> None:
    notebook = open_with_variables(open_notebook)
    expect(offered_after(notebook, "%%llm --temp")).to_contain_text(["--temperature"])
    notebook.page.keyboard.press("Enter")
    expect(notebook.cell(1).locator(".cm-content")).to_contain_text("%%llm --temperature")
    notebook.write(1, "%%llm")
    notebook.page.keyboard.press("Shift+Tab")
    expect(notebook.page.locator(".jp-Tooltip")).to_contain_text("--temperature")
