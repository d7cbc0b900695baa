"""JupyterLab in a real browser: what a user sees of an ``%%llm`` cell while it runs, when it is stopped, and later."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.attacks import ACTIVE, ATTACK, ATTACKS, DOUBTFUL_LINK, Trap
from tests.browser.conftest import OpenNotebook
from tests.browser.lab import Lab, Notebook, take_picture

pytestmark = pytest.mark.browser


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
    take_picture(page, "stopped")

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
    expect(notebook.answer(0)).to_have_text(answer, use_inner_text=True)
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
    expect(notebook.answer(0).last).to_contain_text("The last line.")
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


def test_answer_is_rendered_as_markdown(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook("%%llm -m slow\nSay it in markdown.")
    notebook.run(0)
    expect(notebook.prompt(0)).to_have_text("[1]:")
    expect(notebook.answer(0).locator("strong")).to_have_text("bold")
    expect(notebook.answer(0).locator("pre code").first).to_contain_text("print('<b>')")
    expect(notebook.line(0)).to_contain_text("slow · ")


def test_the_demo_model_answers_and_is_told_from_a_real_one(open_notebook: OpenNotebook, page: Page) -> None:
    notebook = open_notebook(
        'planets = {"Mercury": 0.39, "Venus": 0.72, "Earth": 1.0, "Mars": 1.52}\nmax(planets, key=planets.get)',
        "%%llm -t 0\nHello!",
        "%%llm -t 0 --no-history\nCount from 1 to {{ 50 * len(planets) }}.",
        file="conversation.ipynb",
    )
    notebook.run(0)
    notebook.run(1)
    expect(notebook.prompt(1)).to_have_text("[2]:")
    expect(notebook.answer(1).locator("blockquote")).to_contain_text("For a real one: %llm pull ")
    expect(notebook.line(1)).to_contain_text("demo model · ")
    expect(notebook.line(1)).to_contain_text("paced to 60 tokens/s")
    expect(notebook.output(0)).to_contain_text("'Mars'")

    # The picture of the README: one answer made and one in the making.
    notebook.cell(2).locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(notebook.answer(2)).to_contain_text(" 40 ")
    take_picture(page, "jupyterlab")
    notebook.stop_button(2).click()
    expect(notebook.error(2)).to_contain_text("Interrupted: ")
    expect(notebook.answer(2).locator("blockquote")).to_have_count(0)


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
