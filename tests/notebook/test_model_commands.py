"""``%llm models``, ``show``, ``pull`` and ``rm`` in a real kernel, against a hub on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import own_home
from tests.models.files import put
from tests.models.hub_server import FakeHub, serving
from tests.notebook.kernel_client import Cell, NotebookKernel, notebook

CONTENT_BYTES = 3_000_000


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHub]:
    """A hub with one small model and one that takes a while."""
    small = put(tmp_path_factory.mktemp("hub") / "small.gguf").read_bytes()
    large = b"GGUF\x03\x00\x00\x00" + bytes(CONTENT_BYTES)
    with serving(
        FakeHub({"org/Small-GGUF": {"small-Q4_K_M.gguf": small}, "org/Large-GGUF": {"large-Q8_0.gguf": large}})
    ) as hub:
        yield hub


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory, hub: FakeHub) -> Iterator[NotebookKernel]:
    with own_home(tmp_path_factory.mktemp("model_commands")) as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", hub.endpoint)
        with notebook(home) as kernel:
            yield kernel


@pytest.fixture
def models(kernel: NotebookKernel) -> Path:
    """The kernel's models folder."""
    return Path(kernel.value("__import__('os').environ['THREADRUNNER_HOME']").strip("'")) / "models"


def said(kernel: NotebookKernel, line: str) -> str:
    """What a command prints; it must not fail."""
    cell = kernel.run(f"%llm {line}")
    assert cell.status == "ok", cell.traceback
    return cell.printed()


def test_a_model_is_fetched_shown_listed_and_removed(kernel: NotebookKernel, models: Path) -> None:
    cell = kernel.run("%llm pull org/Small-GGUF")
    assert cell.printed().startswith("small-Q4_K_M is here (")
    # One display, updated in place.
    assert len(cell.of("display_data")) == 1
    assert "100%" in cell.displays("text/plain")[-1]
    assert said(kernel, "pull org/Small-GGUF").startswith("small-Q4_K_M was there already")
    assert "small-Q4_K_M  Q4_K_M" in said(kernel, "models")
    row, demo = json.loads(said(kernel, "models --json"))
    assert (demo["name"], demo["origin"]) == ("demo", "built in")
    assert row["path"] == str(models / "org" / "Small-GGUF" / "small-Q4_K_M.gguf")
    shown = said(kernel, "show small-Q4_K_M")
    assert "architecture  llama" in shown
    assert "org/Small-GGUF" in shown
    assert json.loads(said(kernel, "show small-Q4_K_M --json"))["context_length"] == 4096
    # The tests' client cannot be asked.
    assert "give --yes" in kernel.run("%llm rm small-Q4_K_M").evalue
    assert said(kernel, "rm small-Q4_K_M --yes").startswith("small-Q4_K_M is removed")
    assert not list(models.rglob("*.gguf"))
    assert [row["name"] for row in json.loads(said(kernel, "models --json"))] == ["demo"]


def test_where_there_are_widgets_a_pull_has_a_bar_whose_last_words_stay(
    kernel: NotebookKernel, hub: FakeHub, models: Path
) -> None:
    hub.pauses_after = 1_000_000
    cell = kernel.send("%llm pull org/Large-GGUF", cell_id="a")
    kernel.wait(lambda: any(0 < share < 1 for share in shares(cell)), "the bar in its middle")
    hub.may_go_on.set()
    kernel.finish(cell)
    hub.pauses_after, hub.may_go_on, hub.has_paused = None, threading.Event(), threading.Event()
    assert (cell.status, shares(cell)[-1]) == ("ok", 1)
    assert shares(cell) == sorted(shares(cell))
    # One display: the widget, and in its place at the end the words, which a saved notebook keeps.
    (shown,) = cell.of("display_data")
    assert "application/vnd.jupyter.widget-view+json" in shown["data"]
    (stays,) = cell.of("update_display_data")
    assert (
        stays["data"] == {"text/plain": "large-Q8_0.gguf: 100%, 3 MB of 3 MB"} or "100%" in stays["data"]["text/plain"]
    )
    opened = {content["comm_id"] for content in cell.of("comm_open")}
    assert {content["comm_id"] for content in cell.of("comm_close")} == opened
    said(kernel, "rm large-Q8_0 --yes")


def shares(cell: Cell) -> list[float]:
    """How full the bar was, at each update."""
    return [value for value in cell.widget_states("value") if isinstance(value, float | int)]


def test_a_stop_of_a_pull_is_one_line_and_the_next_goes_on(kernel: NotebookKernel, hub: FakeHub, models: Path) -> None:
    hub.pauses_after = 1_000_000
    cell = kernel.send("%llm pull org/Large-GGUF")
    kernel.wait(lambda: hub.has_paused.is_set() and cell.displays("text/plain"), "the pull's beginning")
    kernel.interrupt()
    kernel.finish(cell)
    hub.may_go_on.set()
    assert (cell.status, cell.ename) == ("error", "GenerationInterrupted")
    assert len(cell.traceback) == 1
    assert "are kept; the same command goes on from there." in cell.traceback[0]
    (part,) = models.rglob(".*.part")
    kept = part.stat().st_size
    hub.pauses_after = None
    hub.seen.clear()
    assert "large-Q8_0 is here" in said(kernel, "pull org/Large-GGUF")
    assert hub.ranges == [f"bytes={kept}-"]
    said(kernel, "rm large-Q8_0 --yes")


@pytest.mark.parametrize(
    ("line", "fragment"),
    [
        ("pull", "required: ORG/REPO"),
        ("pull small", "'small' is no repository"),
        ("pull org/Nothing", "has no repository org/Nothing"),
        ("show nothing-like-it", "There is no model 'nothing-like-it'"),
        ("rm demo --yes", "demo ships with ThreadRunner"),
        ("rm nothing-like-it --yes", "There is no model 'nothing-like-it'"),
        ("models --jsn", "does not know '--jsn'"),
    ],
)
def test_a_refusal_is_one_line(kernel: NotebookKernel, line: str, fragment: str) -> None:
    cell = kernel.run(f"%llm {line}")
    assert cell.status == "error"
    assert len(cell.traceback) == 1
    assert fragment in cell.traceback[0]
