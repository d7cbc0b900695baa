"""JupyterLab with models to ask, a browser, and a page and a notebook for each test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests import model_files
from tests.browser.attacks import ATTACKS
from tests.browser.lab import SCREENSHOTS, Lab, Notebook, running_browser, running_lab
from tests.browser.texts import FORMS, THINKER, long_answer
from tests.conftest import SCRIPT, processes_of, shut_down, wait_until


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab, with the models by name; of a host that its kernels have started nothing is left."""
    scratch = tmp_path_factory.mktemp("lab")
    home = scratch / "home"
    (home / "models").mkdir(parents=True)
    model_files.write_scripted_model(home / "models" / "slow.gguf", SCRIPT, pace=20)
    model_files.write_scripted_model(home / "models" / "hostile.gguf", {"": "none", **ATTACKS}, pace=100)
    model_files.write_scripted_model(home / "models" / "thinker.gguf", {"": THINKER}, pace=25)
    model_files.write_scripted_model(home / "models" / "forms.gguf", {"": "none", **FORMS})
    model_files.write_scripted_model(home / "models" / "long.gguf", {"": long_answer(2000)}, pace=200)
    try:
        with running_lab(scratch, {"THREADRUNNER_HOME": str(home), "THREADRUNNER_MODEL": "demo"}) as running:
            yield running
    finally:
        shut_down(home)
        try:
            wait_until(lambda: not processes_of(home), what="the end of all processes")
        finally:
            for process in processes_of(home):
                process.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    # Not for the whole session: while it is open, an event loop runs in this thread, and other tests want their own.
    with running_browser() as context:
        yield context


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A test's own name for its notebook, workspace and picture."""
    return re.sub(r"\W+|_", "-", request.node.name.removeprefix("test_")).strip("-")


@pytest.fixture
def page(browser: BrowserContext, name: str) -> Iterator[Page]:
    """A page without a notebook; its last sight stays as a picture, also of a test that has failed."""
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        yield page
        page.screenshot(path=SCREENSHOTS / f"{name}.png")
    finally:
        page.close()
    assert not errors


OpenNotebook = Callable[..., Notebook]


@pytest.fixture
def open_notebook(lab: Lab, page: Page, name: str) -> OpenNotebook:
    """Opens a new notebook with the given cells, its kernel ready."""

    def open_it(*cells: str, file: str = f"{name}.ipynb") -> Notebook:
        lab.write_notebook(file, *cells)
        page.goto(lab.address(file, name))
        notebook = Notebook(page)
        notebook.wait_idle()
        return notebook

    return open_it
