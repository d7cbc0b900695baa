"""What becomes of live views that a notebook's file was saved with, when their kernel is gone."""

from __future__ import annotations

from pathlib import Path

import ipywidgets
import nbformat
import pytest

from threadrunner_kernel.notebook.reopening import LOST, UNFINISHED, WIDGET_MIME, Reopenings, lost_views


def test_a_view_whose_kernel_ended_comes_back_as_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "saved.ipynb"
    data = {WIDGET_MIME: {"model_id": "lost-1"}, "text/plain": UNFINISHED}
    ours = nbformat.v4.new_output("display_data", data)
    theirs = nbformat.v4.new_output(
        "display_data", {**data, WIDGET_MIME: {"model_id": "theirs"}, "text/plain": "HBox()"}
    )
    cell = nbformat.v4.new_code_cell("%%llm\nHi.", outputs=[theirs, ours])
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Hi."), cell]), file)
    living = ipywidgets.widgets.widget._instances
    Reopenings(file).bring_back(("lost-1",))
    assert "lost-1" not in living
    Reopenings(file).bring_back(())
    assert LOST in living["lost-1"].value
    assert "theirs" not in living


@pytest.mark.parametrize(
    "text", ["", "[]", '{"cells": 1}', UNFINISHED, f'{{"cells": [{{"outputs": ["{UNFINISHED}"]}}]}}']
)
def test_whatever_is_in_a_notebooks_file_does_no_harm(tmp_path: Path, text: str) -> None:
    file = tmp_path / "saved.ipynb"
    assert list(lost_views(file)) == []
    file.write_text(text)
    assert list(lost_views(file)) == []
