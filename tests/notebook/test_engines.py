"""A notebook whose answers come from another engine than our own runner: said so, and stopped all the same."""

from __future__ import annotations

import html
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SCRIPT, own_home
from tests.host import servers
from tests.notebook.kernel_client import NotebookKernel, assert_one_line, notebook
from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.process import ChildProcess

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="kernels are driven on POSIX systems only"),
    pytest.mark.skipif(not servers.KINDS, reason="neither llama-server nor xllamacpp is here"),
]


@pytest.fixture(scope="module")
def upstream(slow: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A runner of ours on loopback TCP, as anybody's server."""
    endpoint = Endpoint(tmp_path_factory.mktemp("upstream") / "upstream.json", "tcp")
    command = [sys.executable, "-m", "threadrunner_kernel.runner", "--endpoint", str(endpoint.path)]
    child = ChildProcess(
        [*command, "--transport", "tcp", "--engine", "llama-cpp-python", "--model", str(slow)], endpoint
    )
    child.start()
    child.wait_ready()
    yield endpoint
    child.stop()


@pytest.fixture(scope="module")
def kernel(slow: Path, upstream: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookKernel]:
    program = servers.program(servers.KINDS[0], tmp_path_factory.mktemp("program"))
    with own_home(tmp_path_factory.mktemp("engines")) as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("UPSTREAM_KEY", str(upstream.token()))
        home.mkdir(exist_ok=True)
        (home / "config.toml").write_text(
            f'[upstreams.there]\nurl = "{upstream.base_url()}"\napi_key_env = "UPSTREAM_KEY"\n'
        )
        with notebook(home, model=slow, llama_server=program) as kernel:
            yield kernel


@pytest.mark.parametrize(
    ("option", "engine"),
    [("--engine llama-server", "llama-server"), ("-m there/slow", "openai, 127.0.0.1")],
    ids=["llama-server", "openai"],
)
def test_the_line_below_the_answer_says_who_answered(kernel: NotebookKernel, option: str, engine: str) -> None:
    cell = kernel.run(f"%%llm -o mine --no-history {option}\nhello")
    assert cell.status == "ok", cell.reply
    assert kernel.value("mine") == SCRIPT[""]
    assert kernel.value("mine.engine").startswith(engine)
    assert f"through {engine}" in html.unescape(cell.displays("text/markdown")[-1])
    last = cell.of("display_data", "update_display_data")[-1]
    assert last["metadata"]["threadrunner"]["engine"].startswith(engine)
    assert kernel.value("mine.usage.completion_tokens == mine.timings.predicted_n > 3") == "True"


def test_our_own_runner_is_not_told_of(kernel: NotebookKernel) -> None:
    cell = kernel.run("%%llm -o mine --no-history\nhello")
    assert kernel.value("repr(mine.engine)") == "''"
    assert "through" not in cell.displays("text/markdown")[-1]


@pytest.mark.parametrize("option", ["--engine llama-server", "-m there/slow"], ids=["llama-server", "openai"])
def test_a_stop_stops_it(kernel: NotebookKernel, option: str) -> None:
    cell = kernel.send(f"%%llm -o part --no-history {option}\nendless")
    kernel.stop(cell, at="on and on")
    assert_one_line(cell, "Interrupted: the answer was stopped")
    assert kernel.value("part is llm.last, part.interrupted, part.text[:9]") == "(True, True, 'on and on')"
    assert kernel.run(f"%%llm --no-history {option}\nhello").status == "ok"
    assert kernel.value("llm.last") == SCRIPT[""]


def test_what_the_engine_cannot_honour_is_one_sentence(kernel: NotebookKernel) -> None:
    cell = kernel.run("%%llm -m there/slow --top-k 3\nhello")
    assert_one_line(cell, "BadRequest", "top_k", "accepts in [upstreams.there]")


def test_the_status_names_the_upstreams(kernel: NotebookKernel, upstream: Endpoint) -> None:
    printed = kernel.run("%llm").printed()
    assert f"there/…: an upstream at {upstream.base_url().removeprefix('http://')}" in printed
    assert "through llama-server" in printed
