"""docs/cli.md: each of its commands is run, by a user of the dummy engine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import THREADRUNNER
from threadrunner_kernel.cli.commands import ROWS
from threadrunner_kernel.cli.slash import COMMANDS

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0])
def test_the_commands_of_the_page_do_what_they_say(
    dummy: Path, kernel_prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    folders = Path(THREADRUNNER).parent, Path(sys.executable).parent
    monkeypatch.setenv("PATH", os.pathsep.join((*map(str, folders), os.environ["PATH"])))
    (tmp_path / "notes.txt").write_text("A note.\n")
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    script = "set -e -o pipefail\n" + block
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    # Of another test of this file; a host of these tests reads it at its start alone.
    (dummy / "config.toml").unlink(missing_ok=True)


def test_the_page_names_every_option_of_its_own_and_every_command_of_a_chat() -> None:
    assert len(BLOCKS) >= 6
    own = "-a", "-c", "--chat", "--no-keep", "--raw", "--json", "-q", "-v", "--once"
    assert [flag for flag in own if f"`{flag}" not in PAGE] == []
    assert [name for name in COMMANDS if f"/{name}" not in PAGE] == []
    assert set(re.findall(r"^threadrunner ([a-z]+)(?= |$)", PAGE, re.MULTILINE)) <= set(ROWS)
