"""JupyterLab in a real browser: what a user sees of an ``%%llm`` cell while it runs, when it is stopped, and later."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Request, expect

from tests import model_files
from tests.browser.lab import ROOT, SCREENSHOTS, Lab, Notebook, running_browser, running_lab
from tests.conftest import SCRIPT, processes_of, shut_down, wait_until

pytestmark = pytest.mark.browser

# Read here, since no setting of whoever runs the tests is left when a test begins.
IS_FOR_README = os.environ.get("THREADRUNNER_README_SCREENSHOT") == "1"
CONVERSATION = (ROOT / "docs" / "images" if IS_FOR_README else SCREENSHOTS) / "jupyterlab.png"

# It must not be reached, and cannot: the top-level domain is reserved (RFC 2606).
FOREIGN = "foreign.invalid"
ATTACK = "window.attacked = true; alert(1)"
ATTACKS = {
    "prose": f"""{SCRIPT["hostile"]}

Begin <script>{ATTACK}</script> and <img src=x onerror="{ATTACK}"> and <img src="http://{FOREIGN}/tag.png"> inline.

<iframe src="http://{FOREIGN}/frame"></iframe>
<svg onload="{ATTACK}"></svg><details open ontoggle="{ATTACK}">details</details>
<style>@import url(http://{FOREIGN}/style.css);</style><link rel="stylesheet" href="http://{FOREIGN}/link.css">

![picture](http://{FOREIGN}/inline.png) ![picture][there] [script](javascript:window.attacked=true) [script][evil]
[data](data:text/html,<script>{ATTACK}</script>) <javascript:window.attacked=true> <a href="javascript:{ATTACK}">a</a>

[there]: http://{FOREIGN}/reference.png
[evil]: javascript:window.attacked=true

| table | `<img src=x onerror="{ATTACK}">` |
|---|---|
| <img src=x onerror="{ATTACK}"> | $\\href{{javascript:window.attacked=true}}{{x}}$ |

The last line.""",
    # The fence has no end: what is shown after it must not be taken into it, nor let out what is in it.
    "unclosed": f"""Look:

```html
<script>{ATTACK}</script>
<img src=x onerror="{ATTACK}"> ![x](http://{FOREIGN}/fence.png)

</code></pre><img src=x onerror="{ATTACK}">
The last line.""",
}
ACTIVE = "script, img, iframe, object, embed, link, style, form, [onerror], [onload], [ontoggle]"
DOUBTFUL_LINK = 'a:not([href^="http:"], [href^="https:"], [href^="mailto:"], [href^="#"])'


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab, with the models by name; of a host that its kernels have started nothing is left."""
    scratch = tmp_path_factory.mktemp("lab")
    home = scratch / "home"
    (home / "models").mkdir(parents=True)
    model_files.write_quickstart_model(home / "models" / "quickstart.gguf")
    model_files.write_scripted_model(home / "models" / "slow.gguf", SCRIPT, pace=20)
    model_files.write_scripted_model(home / "models" / "hostile.gguf", {"": "none", **ATTACKS}, pace=100)
    try:
        with running_lab(scratch, {"THREADRUNNER_HOME": str(home), "THREADRUNNER_MODEL": "quickstart"}) as running:
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


@dataclass
class Trap:
    """Sees what a hostile answer must not bring about."""

    page: Page
    url: str
    dialogs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("dialog", self._dismiss)
        self.page.on("request", self._note)

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.requests.append(request.url)

    def is_sprung(self) -> bool:
        return bool(self.dialogs or self.page.evaluate("'attacked' in window"))


def test_answer_streams_is_stopped_by_the_toolbar_and_stays(lab: Lab, page: Page, name: str) -> None:
    (lab.folder / name).mkdir()
    page.goto(lab.address(name, name))
    page.locator('.jp-LauncherCard[data-category="Notebook"]', has_text="ThreadRunner").click()
    notebook = Notebook(page)
    notebook.wait_idle()

    notebook.write(0, "%%llm -m slow\nPlease count.")
    notebook.run(0)
    looks = [notebook.wait_longer(0, 0)]
    while len(looks) < 4:
        looks.append(notebook.wait_longer(0, len(looks[-1].text)))
    assert [look.prompt for look in looks] == ["[*]:"] * 4
    assert "1, 2, 3, 4" in looks[-1].text

    notebook.press_toolbar("interrupt")
    expect(notebook.prompt(0)).to_have_text("[1]:")
    expect(notebook.error(0)).to_be_visible()
    expect(notebook.stop_button(0)).to_have_count(0)
    expect(notebook.answer(0)).to_contain_text("interrupted")
    answer = notebook.answer(0).inner_text()
    assert answer.startswith("1, 2, 3, 4")
    assert "299" not in answer
    assert re.fullmatch(r"Interrupted: the answer was stopped, \d+ tokens are kept\.", notebook.error(0).inner_text())
    assert "Traceback" not in notebook.look(0).text

    notebook.write(1, "%%llm -m slow\nSomething short.")
    notebook.run(1)
    expect(notebook.answer(1)).to_contain_text("The scripted answer, naïve 🙂 and short.")
    expect(notebook.prompt(1)).to_have_text("[2]:")
    notebook.write(2, "6 * 7")
    notebook.run(2)
    expect(notebook.output(2)).to_contain_text("42")

    # The first save of an untitled notebook asks for its name.
    page.keyboard.press("ControlOrMeta+s")
    page.locator(".jp-Dialog input[type=text]").fill("stopped.ipynb")
    notebook.accept()
    expect(page.get_by_role("tab", name="stopped.ipynb")).to_be_visible()
    notebook.wait_saved()
    on_disk = lab.outputs(f"{name}/stopped.ipynb", 0)
    assert [output["output_type"] for output in on_disk] == ["display_data", "error"]
    assert set(on_disk[0]["data"]) == {"text/markdown", "text/plain"}
    assert on_disk[0]["data"]["text/markdown"].startswith("1, 2, 3, 4")
    assert on_disk[0]["metadata"]["threadrunner"]["interrupted"] is True

    notebook.reload()
    expect(notebook.answer(0)).to_have_text(answer)
    expect(notebook.error(0)).to_contain_text("Interrupted: ")
    expect(notebook.answer(1)).to_contain_text("The scripted answer")


def test_stop_button_of_the_answer_works_during_the_cell(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("%%llm -m slow\nPlease count.", "print('must not run')", "print('still', 'works')")
    notebook.choose("Run", "Run All Cells")
    look = notebook.wait_longer(0, 20)
    assert look.prompt == "[*]:"
    notebook.stop_button(0).click()
    expect(notebook.error(0)).to_have_text(re.compile(r"^Interrupted: .*$"))
    expect(notebook.answer(0)).to_have_text(re.compile(r"^1, 2, 3, 4"))
    expect(notebook.prompt(0)).to_have_text("[1]:")
    expect(notebook.stop_button(0)).to_have_count(0)
    expect(notebook.prompt(1)).to_have_text("[ ]:")
    notebook.wait_idle()
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("still works")


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_answer_is_only_text(lab: Lab, open_notebook: OpenNotebook, page: Page, attack: str) -> None:
    trap = Trap(page, lab.url)
    notebook = open_notebook(f"%%llm -m hostile\nSay the {attack} text.", "")
    notebook.run(0)
    expect(notebook.answer(0)).to_contain_text("The last line.")
    expect(notebook.prompt(0)).to_have_text("[1]:")

    def check() -> None:
        expect(notebook.answer(0)).to_contain_text("<script>window.attacked")
        outputs = notebook.output(0).locator(".jp-OutputArea-output")
        assert outputs.locator(ACTIVE).count() == 0
        assert outputs.locator(DOUBTFUL_LINK).count() == 0
        assert trap.requests == []
        assert not trap.is_sprung()

    check()
    notebook.save()
    # JupyterLab has signed what it has shown: it trusts these outputs from now on.
    notebook.reload()
    check()

    notebook.write(1, f"from IPython.display import Markdown\nMarkdown('<img src=x onerror=\"{ATTACK}\">')")
    notebook.run(1)
    page.wait_for_function("'attacked' in window")
    assert trap.is_sprung(), "the trap must spring at raw Markdown, or the checks above show nothing"


def test_answer_is_rendered_as_markdown(open_notebook: OpenNotebook, page: Page, name: str) -> None:
    notebook = open_notebook(
        'planets = {"Mercury": 0.39, "Venus": 0.72, "Earth": 1.0, "Mars": 1.52}\nmax(planets, key=planets.get)',
        "%%llm\nHello! Who are you?",
        "%%llm\nPlease count to {{ 100 * len(planets) }}.",
        file="conversation.ipynb",
    )
    notebook.run(0)
    notebook.run(1)
    expect(notebook.prompt(1)).to_have_text("[2]:")
    expect(notebook.answer(1).locator("strong")).to_have_text("scripted stand-in")
    expect(notebook.answer(1).locator("pre code")).to_contain_text('for word in ("fixed", "text"')
    expect(notebook.answer(1).locator("em")).to_contain_text("quickstart · ")
    expect(notebook.output(0)).to_contain_text("'Mars'")

    # The picture of the README: the side bar away, one answer made and one in the making.
    page.keyboard.press("ControlOrMeta+b")
    notebook.cell(2).locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(notebook.answer(2)).to_contain_text(", 90, ")
    page.screenshot(path=CONVERSATION)
    notebook.stop_button(2).click()
    expect(notebook.error(2)).to_contain_text("Interrupted: ")


def test_restart_of_the_kernel_keeps_the_model_warm(lab: Lab, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("import os\nos.getpid()", "%%llm -m slow\nSomething short.")

    def run_both() -> str:
        notebook.run(0)
        notebook.run(1)
        expect(notebook.prompt(1)).to_have_text("[2]:")
        expect(notebook.answer(1)).to_contain_text("The scripted answer")
        return notebook.look(0).text

    kernel, runners = run_both(), runner_pids(lab)
    assert runners["slow"] is not None
    notebook.choose("Kernel", "Restart Kernel and Clear Outputs")
    notebook.accept()
    expect(notebook.prompt(0)).to_have_text("[ ]:")
    notebook.wait_idle()
    assert run_both() != kernel
    assert runner_pids(lab) == runners


def runner_pids(lab: Lab) -> dict[str, int | None]:
    """The process of each model's runner, by the model's name."""
    return {model["name"]: model["pid"] for model in lab.status()["models"]}
