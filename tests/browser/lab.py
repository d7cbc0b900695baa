"""A JupyterLab of the tests' own, and a notebook in it as a user sees it: what is on the page, what is clicked.

It does not know how the kernel works.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import BrowserContext, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
# Read here, since no setting of whoever runs the tests is left when a test begins.
IS_FOR_README = os.environ.get("THREADRUNNER_README_SCREENSHOT") == "1"
COMMAND = Path(sys.executable).with_name("threadrunner")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

READY_TIMEOUT_SECONDS = 150.0
EXIT_TIMEOUT_SECONDS = 60.0
# One wait in the page: the start of a kernel or the load of a model on two busy cores is within it.
WAIT_MS = 60_000

# Below the last cell of a picture.
BELOW_PICTURE_PIXELS = 16

# No question about news, no toast over the page; and what is on disk, the user's own save has put there.
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "checkForUpdates": False,
        "doNotDisturbMode": True,
        "fetchNews": "false",
    },
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
KERNELSPEC = {"name": "threadrunner", "display_name": "ThreadRunner", "language": "python"}


def take_picture(page: Page, name: str) -> None:
    """A picture for the README, of the notebook to its last cell; among the others, unless it is to be made anew."""
    folder = ROOT / "docs" / "images" if IS_FOR_README else SCREENSHOTS
    page.evaluate("jupyterapp.shell.collapseLeft()")
    expect(page.locator("#jp-left-stack")).to_be_hidden()
    last = page.locator(".jp-Notebook .jp-Cell").last.bounding_box()
    size = page.viewport_size
    assert last
    assert size
    height = min(size["height"], last["y"] + last["height"] + BELOW_PICTURE_PIXELS)
    page.screenshot(path=folder / f"{name}.png", clip={"x": 0, "y": 0, "width": size["width"], "height": height})


# The server


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab, and the folder that it shows."""

    url: str
    folder: Path
    environment: Mapping[str, str]

    def address(self, path: str, workspace: str) -> str:
        """The page that shows a folder or a notebook; what is open beside it, each workspace remembers for itself."""
        return f"{self.url}lab/workspaces/{workspace}/tree/{path}?token={self.environment['JUPYTER_TOKEN']}"

    def write_notebook(self, path: str, *cells: str) -> None:
        """A notebook file with these code cells, none of them run, for the ThreadRunner kernel."""
        code_cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": KERNELSPEC}, cells=code_cells)
        nbformat.write(notebook, self.folder / path)

    def outputs(self, path: str, cell: int) -> list[dict[str, Any]]:
        """The outputs of a cell as they are on disk; the first cell is 0."""
        notebook = nbformat.read(self.folder / path, as_version=4)
        found: list[dict[str, Any]] = notebook.cells[cell].outputs
        return found

    def status(self) -> dict[str, Any]:
        """What ``threadrunner status`` tells."""
        done = subprocess.run(
            [COMMAND, "status", "--json"], env=dict(self.environment), capture_output=True, text=True, check=True
        )
        status: dict[str, Any] = json.loads(done.stdout)
        return status


@contextlib.contextmanager
def running_lab(scratch: Path, settings: Mapping[str, str]) -> Iterator[Lab]:
    """A JupyterLab with all its files below ``scratch``, the ThreadRunner kernel installed, and these settings.

    It is gone at the end and its kernels with it. The host that they started is the caller's to shut down.
    """
    environment = _environment(scratch, settings)
    subprocess.run([COMMAND, "install", "--quiet", "--prefix", scratch / "prefix"], env=environment, check=True)
    folder = scratch / "notebooks"
    folder.mkdir()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.root_dir={folder}"]
    command += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", "--ServerApp.allow_root=True"]
    command += ["--LabApp.expose_app_in_browser=True"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    log = scratch / "jupyterlab.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            yield Lab(_wait_ready(server, scratch / "runtime", log), folder, environment)
        finally:
            _stop(server)


def _environment(scratch: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """This environment with nobody's Jupyter, IPython and ThreadRunner settings but ours."""
    foreign = ("JUPYTER", "IPYTHON", "THREADRUNNER_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    overrides = scratch / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(LAB_SETTINGS))
    return environment | {
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_CONFIG_DIR": str(scratch / "config"),
        "JUPYTER_DATA_DIR": str(scratch / "data"),
        "JUPYTER_PATH": str(scratch / "prefix" / "share" / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        "JUPYTER_TOKEN": os.urandom(16).hex(),
        **settings,
    }


def _wait_ready(server: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    """The server's address, once it answers there: it writes the port that it was given into its runtime folder."""
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            url = str(json.loads((runtime / f"jpserver-{server.pid}.json").read_text())["url"])
            with urllib.request.urlopen(f"{url}api", timeout=5):
                return url
        time.sleep(0.05)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Have the server end, which ends its kernels first; kill it if it does not."""
    server.terminate()
    try:
        server.wait(EXIT_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


# The page


@contextlib.contextmanager
def running_browser() -> Iterator[BrowserContext]:
    """This machine's own Chromium, without a window; the pages in it share a cache."""
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    assert program, 'there is no chromium here: install it, or leave these tests out with -m "not browser"'
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=BROWSER_ARGUMENTS)
        try:
            context = browser.new_context(viewport={"width": 1200, "height": 760})
            context.set_default_timeout(WAIT_MS)
            yield context
        finally:
            browser.close()


# Prompt and text in one go: between two looks the cell could end.
_LOOK = """cell => ({
    prompt: cell.querySelector('.jp-InputPrompt').innerText,
    text: cell.querySelector('.jp-Cell-outputArea').innerText,
})"""
_IS_LONGER = """([number, length]) => {
    const cell = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[number];
    const shown = [...cell.querySelectorAll('.jp-RenderedMarkdown')];
    return shown.reduce((sum, part) => sum + part.innerText.length, 0) > length;
}"""
_IS_IDLE = """() => {
    const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
    return context?.isReady && !context.hasNoKernel && context.kernelDisplayStatus === 'idle';
}"""


@dataclass(frozen=True)
class Look:
    """A cell at one moment: the number beside it, and what its output area shows."""

    prompt: str
    text: str


@dataclass(frozen=True)
class Notebook:
    """The one notebook of a page. Its first cell is 0."""

    page: Page

    @property
    def file(self) -> str:
        """The notebook's path below the folder that JupyterLab shows."""
        path: str = self.page.evaluate("jupyterapp.shell.currentWidget.context.path")
        return path

    def wait_idle(self) -> None:
        """Until the kernel is there and has nothing to do: before, JupyterLab drops what is to be run.

        The mark in the toolbar says idle too early, so JupyterLab itself is asked.
        """
        self.page.wait_for_function(_IS_IDLE)

    def cell(self, number: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def write(self, number: int, text: str) -> None:
        """Type a cell's text in place of what is there."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)

    def run(self, number: int) -> None:
        """Run a cell and go on to the next, which is made if there is none."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")

    def prompt(self, number: int) -> Locator:
        return self.cell(number).locator(".jp-InputPrompt")

    def output(self, number: int) -> Locator:
        return self.cell(number).locator(".jp-Cell-outputArea")

    def answer(self, number: int) -> Locator:
        """The Markdown that a cell shows, in the widget (a long one in several parts) or as what stays."""
        return self.output(number).locator(".jp-RenderedMarkdown")

    def error(self, number: int) -> Locator:
        return self.output(number).locator('[data-mime-type="application/vnd.jupyter.stderr"]')

    def stop_button(self, number: int) -> Locator:
        """The button of the live view."""
        return self.output(number).get_by_role("button", name="Stop")

    def line(self, number: int) -> Locator:
        """The small line below an answer that stays; a click on it opens the raw text."""
        return self.output(number).locator("details > summary").last

    def raw(self, number: int) -> Locator:
        """The raw text behind the small line, whether it is to be seen or not."""
        return self.output(number).locator("details").last.locator("pre")

    def raw_button(self, number: int) -> Locator:
        """The button of the live view."""
        return self.output(number).get_by_role("button", name="Raw")

    def look(self, number: int) -> Look:
        return Look(**self.cell(number).evaluate(_LOOK))

    def wait_longer(self, number: int, length: int) -> Look:
        """Until a cell shows an answer of more than ``length`` characters."""
        self.page.wait_for_function(_IS_LONGER, arg=[number, length])
        return self.look(number)

    def press_toolbar(self, item: str) -> None:
        """Press a toolbar's button by JupyterLab's name for it, such as "interrupt"."""
        self.page.locator(f'.jp-NotebookPanel-toolbar [data-jp-item-name="{item}"] jp-button').click()

    def choose(self, menu: str, item: str) -> None:
        """Choose from the menu bar, by the beginning of the entry's text."""
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.get_by_role("menuitem", name=re.compile(f"^{re.escape(item)}")).click()

    def accept(self) -> None:
        """Press the right-hand button of the dialog."""
        self.page.locator(".jp-Dialog-button.jp-mod-accept").click()

    def save(self) -> None:
        """Save by key, and wait until the tab's mark of unsaved changes is gone."""
        self.page.keyboard.press("ControlOrMeta+s")
        self.wait_saved()

    def wait_saved(self) -> None:
        expect(self.page.locator(".lm-DockPanel-tabBar .lm-mod-current.jp-mod-dirty")).to_have_count(0)

    def reload(self) -> None:
        """Load the page anew, and wait until the notebook and its kernel are there again."""
        self.page.reload()
        self.wait_idle()
