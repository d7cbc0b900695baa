"""``%llm load``, ``unload`` and ``ps``, and what a notebook is told of its model that went for another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SCRIPT, own_home
from tests.notebook.kernel_client import NotebookKernel, assert_one_line, host_of, notebook
from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.config import Settings
from threadrunner_kernel.models import fit
from threadrunner_kernel.models.metadata import read_metadata

CONTEXT = 512


@pytest.fixture(scope="module")
def room_home(tmp_path_factory: pytest.TempPathFactory, scripted: Path) -> Iterator[Path]:
    """Two models."""
    with own_home(tmp_path_factory.mktemp("loading")) as home:
        (home / "models").mkdir(parents=True)
        for name in ("ada", "bert"):
            shutil.copy(scripted, home / "models" / f"{name}.gguf")
        yield home


@pytest.fixture(scope="module")
def kernel(room_home: Path, scripted: Path) -> Iterator[NotebookKernel]:
    """A notebook whose host has room for one of them."""
    need = fit.least(read_metadata(scripted), Settings(context=CONTEXT, kv_cells=CONTEXT)).total_bytes
    limits: dict[str, Any] = {"memory_limit": need * 3 // 2, "context": CONTEXT, "kv_cells": CONTEXT}
    with notebook(room_home, model="ada", **limits) as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_is_loaded(kernel: NotebookKernel) -> None:
    assert kernel.run("%llm load").status == "ok"
    assert kernel.run("%llm unload").printed() == "ada is unloaded.\n"


def test_a_model_is_loaded_listed_and_unloaded(kernel: NotebookKernel) -> None:
    assert kernel.run("%llm ps").printed() == "No model is loaded.\n"
    assert kernel.run("%llm load --keep-alive 60").printed() == "ada is loaded.\n"
    head, row = kernel.run("%llm ps").printed().splitlines()
    assert head.split()[:3] == ["name", "engine", "size"]
    assert row.split()[:2] == ["ada", "llama-cpp-python"]
    assert "as long as it is held" in row
    assert f"(process {kernel.pid})" in row or f"process {kernel.pid}" in row
    assert kernel.run("%llm unload").printed() == "ada is unloaded.\n"


def test_an_estimate_is_asked_for_and_a_refusal_is_one_line(kernel: NotebookKernel) -> None:
    assert kernel.run("%llm load --estimate").printed().endswith("it fits.\n")
    assert "it does not fit" in kernel.run(f"%llm load --estimate --context {2**31 - 1}").printed()
    assert kernel.run("%llm ps").printed() == "No model is loaded.\n"
    refused = kernel.run(f"%llm load --context {2**31 - 1}")
    assert_one_line(refused, "ModelTooLarge", "ada needs", "--context", "--force")
    assert_one_line(kernel.run("%llm load --contxt 5"), "--context")


def test_the_next_cell_is_told_that_its_model_went_for_another(kernel: NotebookKernel, room_home: Path) -> None:
    assert kernel.run("%%llm\nhi").status == "ok"
    host_of(room_home).post("/models/load", {"model": "bert"}, Cancellation())
    assert kernel.run("%llm ps").printed().splitlines()[1].startswith("bert ")
    cell = kernel.run("%%llm\nhi")
    assert cell.status == "ok"
    told = "ada was unloaded to make room for bert"
    assert told in str(cell.displays())
    assert SCRIPT[""] in cell.displays("text/plain")[-1]
    assert told not in str(kernel.run("%%llm\nhi").displays())
