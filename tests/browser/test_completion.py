"""Tab in JupyterLab: what the user's fingers meet in a prompt."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.lab import SCREENSHOTS, Lab, Notebook, running_browser, running_lab
from tests.conftest import processes_of, shut_down, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab with the dummy, of which nothing is left at the end."""
    scratch = tmp_path_factory.mktemp("completion")
    home = scratch / "home"
    try:
        with running_lab(scratch, {"THREADRUNNER_HOME": str(home), "THREADRUNNER_ENGINE": "dummy"}) as running:
            yield running
    finally:
        shut_down(home)
        wait_until(lambda: not processes_of(home), what="the end of all processes")


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    with running_browser() as context:
        yield context


@pytest.fixture
def notebook(lab: Lab, browser: BrowserContext) -> Iterator[Notebook]:
    """A notebook with a variable, its kernel ready."""
    lab.write_notebook("completion.ipynb", "planet_names = ['Mars', 'Venus']\nplan = 'b'", "")
    page = browser.new_page()
    page.goto(lab.address("completion.ipynb", "completion"))
    opened = Notebook(page)
    opened.wait_idle()
    opened.run(0)
    expect(opened.prompt(0)).to_have_text("[1]:")
    yield opened
    page.screenshot(path=SCREENSHOTS / "completion.png")
    page.close()


def press_tab_after(notebook: Notebook, text: str) -> Page:
    """Type into the second cell and press Tab."""
    notebook.write(1, text)
    notebook.page.keyboard.press("Tab")
    return notebook.page


def test_tab_in_an_expression_completes_a_variable(notebook: Notebook) -> None:
    page = press_tab_after(notebook, "%%llm\nTell me of {{ planet_n")
    expect(notebook.cell(1).locator(".cm-content")).to_contain_text("{{ planet_names")

    page = press_tab_after(notebook, "%%llm\nTell me of {{ pla")
    offered = page.locator(".jp-Completer .jp-Completer-item")
    expect(offered).to_have_count(2)
    expect(offered.first).to_contain_text("plan")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(notebook.cell(1).locator(".cm-content")).to_contain_text("{{ planet_names")
    page.keyboard.insert_text(" }}")
    notebook.run(1)
    expect(notebook.answer(1)).to_contain_text("['Mars', 'Venus']")


def test_tab_offers_the_options(notebook: Notebook) -> None:
    press_tab_after(notebook, "%%llm --temp")
    expect(notebook.cell(1).locator(".cm-content")).to_contain_text("%%llm --temperature")


def test_shift_tab_shows_the_options(notebook: Notebook) -> None:
    notebook.write(1, "%%llm")
    notebook.page.keyboard.press("Shift+Tab")
    expect(notebook.page.locator(".jp-Tooltip")).to_contain_text("--temperature")
