"""What a reader sees of an answer in a real JupyterLab: growing smoothly, its reasoning, its raw text, its formats."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests import model_files
from tests.browser.attacks import ACTIVE, Trap
from tests.browser.conftest import OpenNotebook
from tests.browser.lab import Lab, Notebook, take_picture
from tests.browser.texts import long_answer
from tests.conftest import wait_until
from threadrunner_kernel.notebook.reopening import LOST

pytestmark = pytest.mark.browser

LONG_WAIT_MS = 180_000


# Reasoning


def test_reasoning_is_folded_and_stays_open_when_opened(lab: Lab, open_notebook: OpenNotebook, page: Page) -> None:
    notebook = open_notebook("%%llm -m thinker\nWhich planet is the largest?", file="planets.ipynb")
    notebook.run(0)
    fold = notebook.output(0).locator(".jupyter-widget-Collapse")
    expect(fold).to_contain_text(re.compile(r"Thinking … \d+ tokens"))
    thought = fold.locator(".jp-RenderedText")
    expect(thought).to_be_hidden()
    fold.locator(".jupyter-widget-Collapse-header").click()
    expect(thought).to_be_visible()
    expect(fold).to_contain_text("Thought for ")
    expect(thought).to_be_visible()
    expect(notebook.answer(0).last).to_contain_text("Jupiter")
    take_picture(page, "reasoning")

    expect(notebook.prompt(0)).to_have_text("[1]:")
    folded = notebook.answer(0).locator("details").first
    expect(folded.locator("summary")).to_have_text(re.compile(r"^Thought for \d+\.\d s$"))
    expect(folded.locator("blockquote")).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.locator("blockquote")).to_contain_text("Saturn has <b>rings</b>, and *that* is no size.")
    notebook.save()
    (shown,) = lab.outputs(notebook.file, 0)
    assert "Saturn" not in shown["data"]["text/plain"]
    assert shown["metadata"]["threadrunner"]["reasoning_seconds"] > 0


# Raw text


def test_the_raw_text_is_one_click_away(lab: Lab, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("%%llm -m slow\nPlease count.", "%%llm -m slow\nSome markdown.")
    notebook.run(0)
    notebook.wait_longer(0, 20)
    notebook.raw_button(0).click()
    expect(notebook.output(0).locator(".jp-RenderedText")).to_contain_text("1, 2, 3, 4")
    notebook.raw_button(0).click()
    expect(notebook.answer(0)).to_contain_text("1, 2, 3, 4")
    notebook.stop_button(0).click()

    expect(notebook.prompt(0)).to_have_text("[1]:")
    notebook.run(1)
    expect(notebook.prompt(1)).to_have_text("[2]:")

    def check(cell: int) -> None:
        expect(notebook.raw(cell)).to_be_hidden()
        notebook.line(cell).click()
        expect(notebook.raw(cell)).to_have_text("Some **bold** text.\n\n```python\nprint('<b>')\n```\n\nThe end.")
        expect(notebook.raw(cell)).to_be_visible()

    check(1)
    notebook.save()
    notebook.reload()
    check(1)
    # A notebook that came from elsewhere is not trusted, and JupyterLab takes out what it does not know.
    foreign = nbformat.read(lab.folder / notebook.file, as_version=4)
    del foreign.cells[0]
    foreign.cells[0].source += " "
    nbformat.write(foreign, lab.folder / f"foreign-{notebook.file}")
    notebook.page.goto(lab.address(f"foreign-{notebook.file}", "foreign"))
    notebook.wait_idle()
    expect(notebook.answer(0)).not_to_have_class(re.compile("jp-mod-trusted"))
    check(0)


# Formats


def test_json_is_a_tree_and_code_comes_in_a_next_cell(lab: Lab, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("%%llm -m forms -f json\nGive me JSON.", "%%llm -m forms -f code\nGive me code.")
    notebook.run(0)
    tree = notebook.output(0).locator(".jp-RenderedJSON")
    expect(tree).to_contain_text("planets")
    expect(tree).to_contain_text("forms · ")
    notebook.run(1)
    expect(notebook.cell(2).locator(".cm-content")).to_have_text(re.compile("print"))
    notebook.run(2)
    expect(notebook.output(2)).to_have_text("made by a model")
    notebook.save()
    assert lab.outputs(notebook.file, 0)[0]["data"]["application/json"] == {"planets": ["Mercury", "<b>Venus</b>"]}


def test_hostile_html_is_shown_and_can_do_nothing(lab: Lab, open_notebook: OpenNotebook, page: Page) -> None:
    trap = Trap(page, lab.url)
    notebook = open_notebook("%%llm -m forms -f html\nGive me a page.")
    notebook.run(0)
    expect(notebook.prompt(0)).to_have_text("[1]:")

    def check() -> None:
        frame = notebook.output(0).locator("iframe")
        expect(frame).to_have_attribute("sandbox", "")
        expect(frame.content_frame.locator("h1")).to_have_text("A page")
        expect(frame.content_frame.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")
        assert notebook.output(0).locator(ACTIVE.replace("iframe, ", "")).count() == 0
        assert trap.requests == []
        assert not trap.is_sprung()

    check()
    notebook.save()
    notebook.reload()
    check()


# Two notebooks


def test_two_notebooks_at_once_share_one_runner(lab: Lab, page: Page, open_notebook: OpenNotebook) -> None:
    one = open_notebook("%%llm -m slow\nPlease count.")
    lab.write_notebook("the-other.ipynb", "%%llm -m slow\nPlease count.")
    other_page = page.context.new_page()
    try:
        other_page.goto(lab.address("the-other.ipynb", "the-other"))
        other = Notebook(other_page)
        other.wait_idle()
        for notebook in (one, other):
            notebook.run(0)
        for notebook in (one, other):
            notebook.wait_longer(0, 20)
        (slow,) = [model for model in lab.status()["models"] if model["name"] == "slow"]
        assert slow["active"] == 2
        one.stop_button(0).click()
        expect(one.error(0)).to_contain_text("Interrupted: ")
        seen = len(other.look(0).text)
        other.wait_longer(0, seen)
        assert other.look(0).prompt == "[*]:", "the stop of one is none of the other"
        other.stop_button(0).click()
        expect(other.error(0)).to_contain_text("Interrupted: ")
    finally:
        other_page.close()


# A page that is loaded anew


def test_a_page_reloaded_in_mid_answer_gets_the_answer(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("%%llm -m slow\nPlease count.", "%%llm -m slow\nSomething short.")
    notebook.run(0)
    notebook.wait_longer(0, 20)
    notebook.save()
    notebook.page.reload()
    expect(notebook.answer(0)).to_contain_text("298, 299", timeout=LONG_WAIT_MS)
    expect(notebook.line(0)).to_contain_text("slow · ")
    assert "Error displaying widget" not in notebook.look(0).text
    notebook.wait_idle()
    notebook.run(1)
    expect(notebook.answer(1)).to_contain_text("The scripted answer")
    expect(notebook.answer(0)).to_contain_text("298, 299")


def test_a_page_opened_after_the_end_gets_the_answer_and_after_the_kernel_a_sentence(
    lab: Lab, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook("%%llm -m slow -n 80\nPlease count.")
    notebook.run(0)
    notebook.wait_longer(0, 20)
    notebook.save()
    address = notebook.page.url
    notebook.page.goto("about:blank")
    wait_until(lambda: lab.status()["generations"] == [], what="the answer's end")
    notebook.page.goto(address)
    expect(notebook.answer(0)).to_contain_text("38, 39, 40")
    expect(notebook.line(0)).to_contain_text("80 tokens")

    notebook.choose("Kernel", "Restart Kernel…")
    notebook.accept()
    notebook.wait_idle()
    notebook.reload()
    expect(notebook.output(0)).to_have_text(LOST)


# Long answers


@dataclass(frozen=True)
class Watched:
    """What a page noticed while an answer grew. Times in milliseconds."""

    seen_at: float
    clicks: list[float]
    shrinks: list[list[list[int]]]
    frames: int


# At every frame: has the last part of the text become shorter, is the last word there? It looks at no more than that,
# for what it costs is in the figures. At every click: how long until what comes of it is painted?
_WATCH = """([last]) => {
    const area = document.querySelector('.jp-Notebook .jp-CodeCell .jp-Cell-outputArea');
    const parts = area.getElementsByClassName('jp-RenderedMarkdown');
    const watched = window.watched = {seen_at: 0, clicks: [], shrinks: [], frames: 0};
    let before = [0, 0];
    const look = () => {
        const text = parts.length ? parts[parts.length - 1].textContent : '';
        const now = [parts.length, text.length];
        const is_shorter = now[0] < before[0] || (now[0] === before[0] && now[1] < before[1] - 40);
        if (text.includes(last)) { watched.seen_at ||= Date.now(); }  // the whole answer, in one part, at its end
        if (is_shorter && !watched.seen_at) { watched.shrinks.push([before, now]); }
        before = now;
        watched.frames += 1;
        if (!watched.seen_at) { requestAnimationFrame(look); }
    };
    look();
    document.addEventListener('mousedown', event => {
        const painted = () => watched.clicks.push(performance.now() - event.timeStamp);
        requestAnimationFrame(() => setTimeout(painted));
    }, true);
}"""


def watch_answer(notebook: Notebook, last_word: str) -> tuple[Watched, dict[str, float]]:
    """Run the cell, click about until the answer is there; what was noticed, and when the tokens were made."""
    page = notebook.page
    page.evaluate(_WATCH, [last_word])
    notebook.run(0)
    spot = page.locator(".jp-NotebookPanel-toolbar").bounding_box()
    assert spot
    while not page.evaluate("watched.seen_at"):
        page.mouse.click(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
        page.wait_for_timeout(150)
    expect(notebook.prompt(0)).to_have_text("[1]:", timeout=LONG_WAIT_MS)
    notebook.run(1)
    expect(notebook.prompt(1)).to_have_text("[2]:")
    times: dict[str, float] = json.loads(notebook.output(1).locator("pre").inner_text().strip().strip("'"))
    return Watched(**page.evaluate("watched")), times


ASK = """\
import json, time
began = time.time()
answer = llm({prompt!r}, model={model!r})
None"""
TELL = """\
made = began + answer.first_token_seconds + answer.timings.predicted_ms / 1000
tokens, speed = answer.usage.completion_tokens, answer.timings.predicted_per_second
json.dumps({"made": made, "tokens": tokens, "per_second": speed})"""


def check_smooth(watched: Watched, times: dict[str, float], patience: float = 1.0) -> None:
    """The last word within a second, each click within 200 ms; ``patience`` times that where others use the cores."""
    facts = facts_of(watched, times)
    assert watched.shrinks == [], "the text flickered"
    assert watched.seen_at / 1000 - times["made"] < patience, facts
    assert max(watched.clicks) < 200 * patience, facts


def facts_of(watched: Watched, times: dict[str, float]) -> str:
    """The figures, for whoever reads them: benchmarks/README.md has those of a run."""
    seen_after = watched.seen_at / 1000 - times["made"]
    clicks = sorted(map(round, watched.clicks))
    return (
        f"{times['tokens']} tokens at {times['per_second']:.0f}/s, {watched.frames} frames, last word after "
        f"{seen_after:.2f} s, {len(clicks)} clicks: median {clicks[len(clicks) // 2]} ms, worst {clicks[-1]} ms"
    )


def test_a_long_answer_grows_smoothly_and_the_page_stays_alive(lab: Lab, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(ASK.format(prompt="Tell me all.", model="long"), TELL)
    check_smooth(*watch_answer(notebook, "omega"), patience=5)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_twenty_thousand_tokens_grow_as_smoothly(lab: Lab, open_notebook: OpenNotebook) -> None:
    models = Path(lab.environment["THREADRUNNER_HOME"]) / "models"
    said = {"": long_answer(20_000)}
    model_files.write_scripted_model(models / "longest.gguf", said, pace=200, context_length=32_768)
    notebook = open_notebook(ASK.format(prompt="Tell me all.", model="longest"), TELL)
    watched, times = watch_answer(notebook, "omega")
    assert times["tokens"] > 19_000
    print(facts_of(watched, times))
    check_smooth(watched, times)
