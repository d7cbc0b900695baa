"""What is in the wheel and in the source archive: the model that ships, the kernelspec, all that the tests need."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DEMO = "threadrunner_kernel/models/demo.gguf"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both, as the project's build backend makes them."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(folder)], cwd=ROOT, check=True)
    return folder


def test_the_wheel_has_the_demo_model_and_the_kernelspec(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert archive.read(DEMO) == (ROOT / DEMO).read_bytes()
    assert [name for name in names if name.endswith("share/jupyter/kernels/threadrunner/kernel.json")]
    assert not [name for name in names if name.startswith(("tests/", "demo_model/"))]
    assert [name for name in names if name.endswith(".gguf")] == [DEMO]


def test_the_source_archive_has_what_the_tests_read(built: Path) -> None:
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {DEMO, "Makefile", "README.md", "pyproject.toml", "tools/demo.py", "demo_model/scores.json"} <= names
    assert {"tests/test_packaging.py", "benchmarks/README.md", "docs/models.md", "notebooks/quickstart.ipynb"} <= names
