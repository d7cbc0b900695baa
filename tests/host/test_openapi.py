"""The OpenAPI document against the host: schemathesis asks what fits and what does not, in every way it can."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import processes_of, shut_down, wait_until
from tests.host.served import Served, serving
from threadrunner_kernel.host.openapi import ROUTES

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
CONFIGURATION = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "4xx", 503]
"""


def serving_engine(folder: Path, engine: str) -> Iterator[Served]:
    """What is made up to be pulled is asked of no hub."""
    with serving(folder, THREADRUNNER_ENGINE=engine, HF_HUB_OFFLINE="1") as one:
        yield one
    shut_down(folder)
    wait_until(lambda: not processes_of(folder), what="the end of all processes")


@pytest.fixture
def dummy(tmp_path: Path) -> Iterator[Served]:
    yield from serving_engine(tmp_path / "home", "dummy")


@pytest.fixture
def speaking(tmp_path: Path, scripted: Path) -> Iterator[Served]:
    """The scripted model is the only one, so that it need not be named."""
    models = tmp_path / "home" / "models"
    models.mkdir(parents=True)
    (models / "scripted.gguf").symlink_to(scripted)
    yield from serving_engine(tmp_path / "home", "auto")


def realistic(document: dict[str, Any], models: list[str | None]) -> dict[str, Any]:
    """The document with values that lead past the front: known models that stay, answers that do not take long."""
    for name, schema in document["components"]["schemas"].items():
        fields = schema.get("properties", {})
        if "engine" not in fields or "active" in fields:
            continue
        fields["model"] = {"enum": ["nothing"] if name == "UnloadRequest" else models}
        fields["engine"] = {"enum": [None, "auto"]}
        fields["keep_alive"] = {"enum": [None, 60, "5m"]}
        if "max_tokens" in fields:
            fields |= {limit: {"enum": [1, 2]} for limit in ("max_tokens", "max_completion_tokens") if limit in fields}
            schema["required"] = [*schema["required"], "max_tokens"]
            fields["pace"] = {"enum": [None, 0, 50]}
    return document


def questioned(served: Served, folder: Path, models: list[str | None], phases: str, examples: int) -> None:
    """Put schemathesis' questions to the host; every route but one is asked, and each answer is as it should be."""
    document = served.ask("/openapi.json")[1]
    # What does not fit is refused, so that it needs no known names: it is made from the document as it is.
    refused = {"mode": "negative", "checks": f"{CHECKS},negative_data_rejection"}
    put(served, folder / "refused", document, {"phases": phases, "max-examples": str(examples), **refused})
    answered = {"phases": phases, "max-examples": str(examples), "checks": CHECKS}
    put(served, folder / "answered", realistic(document, models), answered)


def put(served: Served, folder: Path, document: dict[str, Any], options: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    (folder / "schemathesis.toml").write_text(CONFIGURATION)
    (folder / "openapi.json").write_text(json.dumps(document))
    options |= {"url": served.url, "header": f"Authorization: Bearer {served.token}", "seed": "1", "workers": "2"}
    # A lease has no end.
    options |= {"exclude-path": "/lease"}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", *words, "--no-color", "--no-shrink"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Selected: {len(ROUTES) - 1}/{len(ROUTES)}\n" in done.stdout, done.stdout


@pytest.mark.parametrize("examples", [3, pytest.param(12, marks=pytest.mark.long)])
def test_the_host_answers_as_its_document_says(dummy: Served, tmp_path: Path, examples: int) -> None:
    questioned(dummy, tmp_path / "questions", [None, "dummy"], "examples,fuzzing", examples)


@pytest.mark.long
def test_with_a_model_too_the_host_answers_as_its_document_says(speaking: Served, tmp_path: Path) -> None:
    """Also to every bound of every field, some 1,500 questions."""
    questioned(speaking, tmp_path / "questions", [None, "scripted"], "examples,coverage,fuzzing", 20)
