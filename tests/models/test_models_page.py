"""Every command of docs/models.md does what the page says, one after the other in one home."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import model_files
from tests.conftest import SCRIPT, own_home
from tests.models.hub_server import FakeHub, serving
from tests.notebook.kernel_client import notebook

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "models.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, scripted: Path) -> Iterator[Path]:
    """A home beside a hub with the page's repository, whose files are all the scripted model."""
    content = scripted.read_bytes()
    files = {f"gemma-3-1b-it-{name}.gguf": content for name in ("Q4_K_M", "Q6_K", "Q8_0", "f16")}
    with (
        serving(FakeHub({"ggml-org/gemma-3-1b-it-GGUF": files})) as hub,
        own_home(tmp_path_factory.mktemp("page")) as home,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("HF_ENDPOINT", hub.endpoint)
        home.mkdir(parents=True, exist_ok=True)
        (toml,) = blocks("toml")
        (home / "config.toml").write_text(toml)
        yield home


def test_the_commands_of_the_page_do_what_it_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADRUNNER_HOME", str(home))
    scripts = sysconfig.get_path("scripts")
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) >= 12
    for command in commands:
        done = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        if '"Why' in command:
            assert done.stdout == SCRIPT[""] + "\n"
    left = {path.name for path in (home / "models").rglob("*.gguf")}
    assert left == {"gemma-3-1b-it-Q4_K_M.gguf", "gemma-3-1b-it-Q8_0.gguf"}


def test_the_magics_of_the_page_work(home: Path) -> None:
    (block,) = blocks("ipython")
    model_files.write_scripted_model(home / "models" / "gemma-3-1b-it-Q8_0.gguf", SCRIPT)
    with notebook(home) as kernel:
        for line in block.splitlines():
            cell = kernel.run(line)
            assert cell.status == "ok", cell.traceback
        assert kernel.run("%%llm -q -o answer\nhi").status == "ok"
        assert SCRIPT[""] in kernel.value("answer.text")
