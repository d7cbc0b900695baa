"""``threadrunner models``, ``show``, ``pull`` and ``rm`` as programs, against a hub on loopback."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.conftest import wait_until
from tests.models.files import put, put_in_ollama
from tests.models.hub_server import FakeHub, serving

COMMAND = [sys.executable, "-m", "threadrunner_kernel.cli"]


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return put(tmp_path_factory.mktemp("hub") / "tiny.gguf").read_bytes()


@pytest.fixture
def hub(content: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    files = {f"tiny-{name}.gguf": content for name in ("Q4_K_M", "Q8_0")}
    with serving(
        FakeHub({"org/Tiny-GGUF": files, "org/Large": {"large-Q8_0.gguf": content + bytes(3_000_000)}})
    ) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        yield hub


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models folder of a user of whom Ollama has a model, too."""
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    put_in_ollama(tmp_path / "ollama", "llama3.2:1b")
    return tmp_path / "home" / "models"


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(
        [*COMMAND, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=200
    )


def ok(*words: str) -> str:
    """What a command prints; it must succeed and say nothing else."""
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_model_is_fetched_listed_shown_and_removed(hub: FakeHub, models: Path) -> None:
    path = models / "org" / "Tiny-GGUF" / "tiny-Q4_K_M.gguf"
    assert ok("pull", "org/Tiny-GGUF").startswith("tiny-Q4_K_M is here (")
    assert path.is_file()
    assert [line.split()[:2] for line in ok("models").splitlines()] == [
        ["model", "quantisation"],
        ["tiny-Q4_K_M", "Q4_K_M"],
        ["llama3.2:1b", ok("models").splitlines()[2].split()[1]],
        ["demo", ok("models").splitlines()[3].split()[1]],
    ]
    shown = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in ok("show", "tiny-Q4_K_M").splitlines())
    assert shown["path"] == str(path)
    assert shown["from"] == "models folder"
    assert shown["context"] == "4096 tokens"
    assert ok("rm", "--yes", "tiny-Q4_K_M").startswith("tiny-Q4_K_M is removed (")
    assert list(models.rglob("*")) == []


def test_for_programs_everything_is_json(hub: FakeHub, models: Path) -> None:
    pulled = json.loads(ok("pull", "org/Tiny-GGUF:Q8_0", "--json"))
    assert (pulled["name"], pulled["quantization"], pulled["was_there"]) == ("tiny-Q8_0", "Q8_0", False)
    assert json.loads(ok("pull", "org/Tiny-GGUF:Q8_0", "--json"))["was_there"]
    assert [row["origin"] for row in json.loads(ok("models", "--json"))] == ["models folder", "Ollama", "built in"]
    assert json.loads(ok("show", "llama3.2:1b", "--json"))["architecture"] == "llama"
    assert json.loads(ok("rm", "tiny-Q8_0", "--yes", "--json"))["removed"] == [pulled["path"]]


def test_on_a_terminal_there_is_a_bar_and_a_question(hub: FakeHub, models: Path) -> None:
    command = shlex.join([*COMMAND, "pull", "org/Tiny-GGUF"])
    child = pexpect.spawn("/bin/sh", ["-c", command], encoding="utf-8", timeout=200, dimensions=(24, 120))
    shown = child.read()
    child.close()
    assert "━" in shown
    assert "tiny-Q4_K_M is here" in shown
    child = pexpect.spawn(COMMAND[0], [*COMMAND[1:], "rm", "tiny-Q4_K_M"], encoding="utf-8", timeout=200)
    child.expect_exact("[y/N]")
    child.sendline("n")
    child.expect_exact("tiny-Q4_K_M stays.")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    assert (models / "org" / "Tiny-GGUF" / "tiny-Q4_K_M.gguf").is_file()


def test_ctrl_c_keeps_what_has_come_and_says_so(hub: FakeHub, models: Path) -> None:
    hub.pauses_after = 1_000_000
    with subprocess.Popen([*COMMAND, "pull", "org/Large"], stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        wait_until(lambda: any(part.stat().st_size > 0 for part in models.rglob(".*.part")), what="the first bytes")
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=200)
    assert (process.returncode, out) == (130, b"")
    assert re.fullmatch(r"Stopped\. .* of 3 MB are kept; the same command goes on from there\.\s*", error.decode())
    (part,) = models.rglob(".*.part")
    kept = part.stat().st_size
    hub.pauses_after = None
    hub.may_go_on.set()
    hub.seen.clear()
    assert ok("pull", "org/Large").startswith("large-Q8_0 is here (3 MB)")
    assert hub.ranges == [f"bytes={kept}-"]


@pytest.mark.parametrize(
    ("words", "fragments"),
    [
        (["pull", "tiny"], ["'tiny' is no repository: say pull ORG/REPO"]),
        (["pull", "org/Nothing"], ["has no repository org/Nothing"]),
        (["pull", "org/Tiny-GGUF:Q2_K"], ["has no Q2_K. There are: Q4_K_M, Q8_0."]),
        (["show", "lama3.2"], ["There is no model 'lama3.2'. There are: llama3.2:1b, demo."]),
        (["show", "./nothing.gguf"], ["There is no model file"]),
        (["rm", "llama3.2:1b", "--yes"], ["belongs to Ollama: only what is in"]),
        (["rm", "demo", "--yes"], ["demo ships with ThreadRunner and goes with it"]),
        (["rm", "own"], ["give --yes"]),
        (["rm", "nothing", "--yes"], ["There is no model 'nothing'"]),
    ],
)
def test_a_refusal_is_one_sentence(hub: FakeHub, models: Path, words: list[str], fragments: list[str]) -> None:
    if words[1] == "own":
        put(models / "own.gguf")
    done = run(*words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("threadrunner: ")
    assert len(done.stderr.splitlines()) == 1
    assert all(fragment in done.stderr for fragment in fragments), done.stderr


def test_offline_and_without_a_token_it_says_what_to_do(hub: FakeHub, models: Path) -> None:
    assert "HF_HUB_OFFLINE is set" in run("pull", "org/Tiny-GGUF", HF_HUB_OFFLINE="1").stderr
    hub.token = "hf_right"
    assert "or set HF_TOKEN" in run("pull", "org/Tiny-GGUF").stderr
    assert "check HF_TOKEN" in run("pull", "org/Tiny-GGUF", HF_TOKEN="hf_wrong").stderr
    assert run("pull", "org/Tiny-GGUF", HF_TOKEN="hf_right").returncode == 0


def test_what_is_loaded_is_not_removed(home: Path, scripted: Path) -> None:
    folder = home / "models"
    folder.mkdir(parents=True)
    (folder / "scripted.gguf").write_bytes(scripted.read_bytes())
    assert run("-q", "-m", "scripted", "hi").returncode == 0
    done = run("rm", "--yes", "scripted")
    assert (done.returncode, done.stdout) == (1, "")
    assert "scripted is loaded: `threadrunner unload scripted` first." in done.stderr
    run("stop")
    assert ok("rm", "--yes", "scripted").startswith("scripted is removed (")
    assert scripted.is_file()
