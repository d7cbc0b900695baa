"""The display through a real kernel: formats, the raw text by a button, a page that is opened anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import model_files
from tests.conftest import own_home
from tests.notebook.kernel_client import WIDGET_MIME, Cell, NotebookKernel, notebook

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kernels are driven on POSIX systems only")

SAID = {
    "": "Nothing special.",
    "json": 'Here:\n\n```json\n{"planets": ["Mercury", "Venus"]}\n```',
    "code": "So:\n\n```python\nx = 6 * 7\n```\n\nDone.",
    "page": "<h1>A page</h1><script>alert(1)</script>",
    "count": ", ".join(map(str, range(1, 200))),
}


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookKernel]:
    folder: Path = tmp_path_factory.mktemp("display")
    model = model_files.write_scripted_model(folder / "said.gguf", SAID, pace=60)
    with own_home(folder) as home, notebook(home, model_path=model) as running:
        yield running


def final(cell: Cell) -> dict[str, object]:
    """What stays of a cell's one display."""
    assert cell.status == "ok", cell.reply
    data: dict[str, object] = cell.of("display_data", "update_display_data")[-1]["data"]
    return data


@pytest.mark.parametrize("cell_id", [None, "c-1"])
def test_json_is_parsed(kernel: NotebookKernel, cell_id: str | None) -> None:
    shown = final(kernel.run("%%llm -f json\nGive me json.", cell_id=cell_id))
    assert shown["application/json"] == {"planets": ["Mercury", "Venus"]}
    assert "text/markdown" not in shown


def test_text_that_is_no_json_says_so(kernel: NotebookKernel) -> None:
    shown = final(kernel.run("%%llm -f json\nWhat else?"))
    assert set(shown) == {"text/plain"}
    assert "not valid JSON: " in str(shown["text/plain"])


@pytest.mark.parametrize("cell_id", [None, "c-1"])
def test_code_is_the_text_of_a_next_cell(kernel: NotebookKernel, cell_id: str | None) -> None:
    cell = kernel.run("%%llm --format code\nGive me code.", cell_id=cell_id)
    assert "x = 6 * 7" in str(final(cell)["text/markdown"])
    assert cell.reply is not None
    assert cell.reply["payload"] == [{"source": "set_next_input", "text": "x = 6 * 7", "replace": False}]


def test_html_is_in_a_sandbox(kernel: NotebookKernel) -> None:
    shown = str(final(kernel.run("%%llm -f html\nGive me a page."))["text/html"])
    assert shown.startswith('<iframe sandbox=""')
    assert "<script" not in shown


def test_an_unknown_format_names_the_known_ones(kernel: NotebookKernel) -> None:
    cell = kernel.run("%%llm -f yaml\nHi.")
    assert "one of markdown, text, json, code, html" in "".join(cell.traceback)


def test_the_raw_button_works_while_the_cell_runs(kernel: NotebookKernel) -> None:
    cell = kernel.send("%%llm\nPlease count.", cell_id="c-2")
    kernel.wait_for_text(cell, "1, 2, 3")
    button = cell.widget_id("ButtonModel", "Raw")
    assert button is not None
    kernel.click(button)

    def is_raw() -> bool:
        return any("text/plain" in outputs[-1]["data"] for outputs in cell.widget_states("outputs") if outputs)

    kernel.wait(is_raw, "the raw text")
    assert not cell.is_done
    kernel.interrupt()
    kernel.finish(cell)


QUESTIONS = {
    "comm_info_request": {"target_name": "jupyter.widget"},
    "comm_open": {"comm_id": "asks", "target_name": "jupyter.widget.control", "data": {}},
}


def ask_for_widgets(kernel: NotebookKernel, kind: str) -> None:
    """What a front end sends when a page is opened."""
    kernel.client.shell_channel.send(kernel.client.session.msg(kind, QUESTIONS[kind]))


def root_of(cell: Cell) -> str:
    """The widget that a cell displays."""
    (shown,) = [content["data"] for content in cell.of("display_data")]
    return str(shown[WIDGET_MIME]["model_id"])


@pytest.mark.parametrize("question", [*QUESTIONS, None])
def test_the_widget_stays_only_for_a_page_that_was_opened_anew(kernel: NotebookKernel, question: str | None) -> None:
    cell = kernel.send("%%llm\nPlease count.", cell_id="c-3")
    kernel.wait_for_text(cell, "1, 2, 3")
    if question:
        ask_for_widgets(kernel, question)
    kernel.wait_for_text(cell, "60, 61")
    kernel.interrupt()
    kernel.finish(cell)
    closed = {content["comm_id"] for content in cell.of("comm_close")}
    assert closed
    assert (root_of(cell) in closed) is (question is None)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_page_that_is_opened_after_the_end_finds_the_widget_with_the_answer(
    kernel: NotebookKernel, question: str
) -> None:
    root = root_of(kernel.run("%%llm\nWhat else?", cell_id="c-4"))
    living = f"{root!r} in get_ipython().kernel.comm_manager.comms"
    assert kernel.value(living) == "False"
    ask_for_widgets(kernel, question)
    kernel.wait(lambda: kernel.value(living) == "True", "the widget")
    shown = f"__import__('ipywidgets').widgets.widget._instances[{root!r}].children[0].outputs[0]['data']['text/plain']"
    assert kernel.value(shown).startswith("Nothing special.")
