"""Imports stay light and go one way: what a warm command or a notebook's start would otherwise pay for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

import threadrunner_kernel
from threadrunner_kernel.cli.commands import ROWS

ROOT = Path(__file__).resolve().parent.parent
SERVER_SIDE = {"llama_cpp", "fastapi", "starlette", "uvicorn", "pydantic", "httpx2", "gguf", "numpy"}
FACES = {"IPython", "ipykernel", "ipywidgets", "jinja2", "markdown_it", "rich", "click", "jupyter_client"}


def loaded_by(module: str, heavy: Iterable[str]) -> set[str]:
    """Which of the ``heavy`` a fresh Python has after the import of ``module``."""
    code = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    modules = set(json.loads(done.stdout))
    assert module in modules
    return modules & set(heavy)


def test_the_package_loads_none_of_its_libraries() -> None:
    assert loaded_by("threadrunner_kernel", SERVER_SIDE | FACES | {"asyncio", "http.client", "psutil"}) == set()


def test_the_package_loads_none_of_its_own_parts() -> None:
    parts = {f"threadrunner_kernel.{path.stem}" for path in (ROOT / "threadrunner_kernel").iterdir()}
    assert len(parts) > 10
    assert loaded_by("threadrunner_kernel", parts) == set()


def test_a_question_in_the_terminal_loads_click_alone_of_the_libraries() -> None:
    heavy = SERVER_SIDE | FACES | {"filelock", "psutil", "asyncio", "annotated_types", "prompt_toolkit", "tomlkit"}
    assert loaded_by("threadrunner_kernel.cli.ask", heavy) == {"click"}


def test_the_terminals_other_commands_cost_a_question_nothing() -> None:
    others = {f"threadrunner_kernel.cli.{row.place.partition(':')[0]}" for row in ROWS.values()}
    others |= {f"threadrunner_kernel.{name}" for name in ("conversation", "doctor", "lease", "models", "process")}
    assert "threadrunner_kernel.cli.control" in others
    others.remove("threadrunner_kernel.cli.ask")
    assert loaded_by("threadrunner_kernel.cli.main", others | SERVER_SIDE | (FACES - {"click"})) == set()


def test_a_ctrl_c_in_the_terminal_finds_its_handler_before_any_library() -> None:
    assert loaded_by("threadrunner_kernel.cli.entry", SERVER_SIDE | FACES | {"http", "tomllib", "typing"}) == set()


@pytest.mark.parametrize("module", ["client", "launcher", "process", "config", "errors", "messages", "live"])
def test_the_client_side_meets_no_server_and_no_face(module: str) -> None:
    assert loaded_by(f"threadrunner_kernel.{module}", SERVER_SIDE | FACES) == set()


def test_the_notebooks_extension_meets_no_server_and_loads_what_a_prompt_needs_with_the_first_one() -> None:
    assert (
        loaded_by("threadrunner_kernel.notebook.extension", SERVER_SIDE | {"ipywidgets", "jinja2", "markdown_it"})
        == set()
    )


def test_the_public_names_are_these() -> None:
    assert threadrunner_kernel.__all__ == ["__version__", "load_ipython_extension"]
    assert all(hasattr(threadrunner_kernel, name) for name in threadrunner_kernel.__all__)


def test_the_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout
