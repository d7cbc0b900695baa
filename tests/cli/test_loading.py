"""``threadrunner ps``, ``load`` and ``unload`` as programs of their own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import run
from tests.conftest import lease, processes_of, shut_down, wait_until
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation, HostClient

NO_MODEL = "No model is loaded.\n"


@pytest.fixture(scope="module")
def warm_home(tmp_path_factory: pytest.TempPathFactory, scripted: Path) -> Iterator[Path]:
    """One host for all tests, with the model "mine" in its folder."""
    folder = tmp_path_factory.mktemp("loading") / "home"
    (folder / "models").mkdir(parents=True)
    shutil.copy(scripted, folder / "models" / "mine.gguf")
    yield folder
    shut_down(folder)
    wait_until(lambda: not processes_of(folder), what="the end of all processes")


@pytest.fixture
def host(warm_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostClient]:
    """The host with nothing loaded."""
    monkeypatch.setenv("THREADRUNNER_HOME", str(warm_home))
    running = launcher.ensure_host(config.load())
    with lease(running):
        running.post("/models/unload", {"model": "mine"})
        yield running


def test_a_model_is_loaded_listed_and_unloaded(host: HostClient) -> None:
    assert run("ps").stdout == NO_MODEL
    done = run("load", "mine", "--keep-alive", "-1", "--context", "1024")
    assert (done.returncode, done.stdout, done.stderr) == (0, "mine is loaded.\n", "")
    head, row = run("ps").stdout.splitlines()
    assert head.split() == ["name", "engine", "size", "device", "context", "until", "held", "by"]
    assert row.split()[:2] == ["mine", "llama-cpp-python"]
    assert row.endswith("CPU     1024     for ever")
    assert run("unload", "-m", "mine").stdout == "mine is unloaded.\n"
    assert run("ps").stdout == NO_MODEL
    assert run("unload", "mine").stdout == "mine was not loaded.\n"


def test_for_programs_it_is_json(host: HostClient) -> None:
    assert json.loads(run("ps", "--json").stdout) == []
    assert json.loads(run("load", "mine", "--json").stdout)["model"] == "mine"
    (row,) = json.loads(run("ps", "--json").stdout)
    assert (row["name"], row["state"], row["held_by"]) == ("mine", "ready", [])
    assert row["reserved_bytes"] > 0
    assert json.loads(run("unload", "mine", "--json").stdout)["success"] is True


def test_it_says_who_holds_a_model(host: HostClient) -> None:
    with host.stream("GET", "/lease?name=plan.ipynb", None, Cancellation()) as chunks:
        held = HostClient(host.endpoint, next(chunks)["lease"])
        held.post("/models/load", {"model": "mine"}, Cancellation())
        row = run("ps").stdout.splitlines()[1]
    assert "as long as it is held" in row
    assert "plan.ipynb (process " in row


def test_an_estimate_loads_nothing_and_its_exit_code_says_whether_it_fits(host: HostClient) -> None:
    fits = run("load", "mine", "--estimate")
    assert fits.returncode == 0
    assert fits.stdout.startswith("mine would take ")
    assert fits.stdout.endswith("it fits.\n")
    large = run("load", "mine", "--estimate", "--context", str(2**31 - 1), "--json")
    assert large.returncode == 1
    forecast = json.loads(large.stdout)
    assert (forecast["fits"], forecast["estimate"]["context"]) == (False, 2**31 - 1)
    assert forecast["alternatives"]
    assert run("ps").stdout == NO_MODEL


def test_what_does_not_fit_is_refused_in_a_sentence_with_the_ways_out(host: HostClient) -> None:
    refused = run("load", "mine", "--context", str(2**31 - 1))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("threadrunner: mine needs ")
    assert "--context " in refused.stderr
    assert "--force" in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "fragment"),
    [
        (["load", "nothing-like-it"], 1, "There is no model 'nothing-like-it'"),
        (["load", "mine", "-m", "other"], 2, "Two models are named"),
        (["load", "mine", "--kv-type", "q9"], 2, "q8_0"),
        (["load", "mine", "--context", "few"], 2, "'few' is not a whole number"),
        (["load", "mine", "--contxt", "5"], 2, "--context"),
    ],
)
def test_a_refusal_is_a_sentence(host: HostClient, words: list[str], code: int, fragment: str) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert fragment in done.stderr


def test_without_a_host_nothing_is_loaded_and_none_is_started(home: Path) -> None:
    assert run("ps").stdout == NO_MODEL
    assert run("unload", "dummy").stdout == "Nothing is loaded.\n"
    assert processes_of(home) == []
