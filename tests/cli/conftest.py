"""A user of the dummy engine: one host for all tests of a file, which leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import processes_of, shut_down, wait_until


@pytest.fixture(scope="module")
def _dummy_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("dummy") / "home"
    yield folder
    shut_down(folder)
    wait_until(lambda: not processes_of(folder), what="the end of all processes")


@pytest.fixture
def dummy(_dummy_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a user whose prompts go to the dummy, without anything kept yet."""
    for kept in (_dummy_home / "conversations").glob("*"):
        kept.unlink()
    monkeypatch.setenv("THREADRUNNER_HOME", str(_dummy_home))
    monkeypatch.setenv("THREADRUNNER_ENGINE", "dummy")
    return _dummy_home
