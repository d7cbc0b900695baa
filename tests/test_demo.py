"""The model that ships with the package: who has chosen none is answered by it, told so, and how to get another."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import run
from tests.conftest import lease, own_home
from tests.notebook.kernel_client import NotebookKernel, host_of, notebook
from threadrunner_kernel import config
from threadrunner_kernel.endpoint import Endpoint, HttpConnection
from threadrunner_kernel.launcher import ensure_host
from threadrunner_kernel.models.catalogue import DEMO_FILE

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kernels are driven on POSIX systems only")

LARGEST_BYTES = 4_000_000
PACE = 60.0
NOTICE = "The demo model answers"


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a newcomer: nothing is set, and no model is there."""
    with own_home(tmp_path_factory.mktemp("demo")) as home:
        yield home


@pytest.fixture(scope="module")
def kernel(shared_home: Path) -> Iterator[NotebookKernel]:
    with notebook(shared_home) as running:
        yield running


@pytest.fixture
def newcomer(shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process and its children have the same home."""
    monkeypatch.setenv("THREADRUNNER_HOME", str(shared_home))


@pytest.fixture
def host(newcomer: None) -> Iterator[Endpoint]:
    client = ensure_host(config.load())
    with lease(client):
        yield client.endpoint


def shown(kernel: NotebookKernel, code: str) -> dict[str, Any]:
    """What a cell leaves, by MIME type; it must end well."""
    cell = kernel.run(code)
    assert cell.status == "ok", cell.traceback
    last: dict[str, Any] = cell.of("display_data", "update_display_data")[-1]["data"]
    return last


def asked(host: Endpoint, **body: Any) -> tuple[int, dict[str, Any]]:
    with closing(HttpConnection(host, 100)) as connection:
        said = {"messages": [{"role": "user", "content": "Hello!"}], **body}
        connection.request("POST", "/v1/chat/completions", json.dumps(said))
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def test_it_is_small() -> None:
    assert DEMO_FILE.stat().st_size <= LARGEST_BYTES


def test_a_notebook_is_told_once_and_each_answer_says_whose_it_is(kernel: NotebookKernel) -> None:
    assert kernel.run("%llm").printed().startswith("Model for the next prompt: demo\n")
    first, second = shown(kernel, "%%llm -t 0\nHello!"), shown(kernel, "%%llm -t 0\nHello again!")
    for form in ("text/plain", "text/markdown"):
        assert NOTICE in first[form]
        assert "%llm pull ggml-org/gemma-3-1b-it-GGUF" in first[form]
        assert NOTICE not in second[form]
    for bundle in (first, second):
        assert "demo model &#183; " in bundle["text/markdown"]
        assert "paced to 60 tokens/s" in bundle["text/markdown"]
    # It is neither of the answer nor of the chat.
    assert NOTICE not in kernel.run("%llm history\n%llm context").printed()
    assert kernel.value("llm.last.model") == "demo"
    assert kernel.value("llm.last.pace") == "60.0"
    assert NOTICE not in kernel.value("llm.last.messages")


def test_a_notebook_lifts_the_pace_and_sets_another(kernel: NotebookKernel) -> None:
    assert "paced to 20 tokens/s" in shown(kernel, "%%llm --pace 20 -n 4\nHello!")["text/markdown"]
    kernel.run("%llm set pace=0")
    assert "paced" not in shown(kernel, "%%llm\nHello!")["text/markdown"]
    kernel.run("%llm unset pace")
    assert "paced to 60 tokens/s" in shown(kernel, "%%llm\nHello!")["text/markdown"]


def test_an_answer_that_is_paced_can_be_stopped(kernel: NotebookKernel) -> None:
    cell = kernel.stop(kernel.send("%%llm --new --pace 5 -t 0\nHow do I stop an answer?"), at="Press the")
    assert (cell.status, cell.ename) == ("error", "GenerationInterrupted")
    assert "demo model &#183; " in cell.displays()[-1]
    assert "interrupted" in cell.displays()[-1]
    assert "paced to 5 tokens/s" in cell.displays()[-1]


def test_what_is_quiet_does_not_take_the_notice_away(shared_home: Path) -> None:
    with notebook(shared_home) as fresh:
        assert NOTICE not in fresh.value("llm('Hello!', quiet=True)")
        assert NOTICE in shown(fresh, "%%llm\nHello!")["text/plain"]


def test_beside_a_tree_of_json_it_is_told_in_the_line_of_its_root(shared_home: Path) -> None:
    with notebook(shared_home) as fresh:
        cell = fresh.run("%%llm -f json -t 0\nExtract name as JSON: Ada lives in Paris.")
        roots = [
            content["metadata"]["application/json"]["root"]
            for content in cell.of("display_data", "update_display_data")
            if "application/json" in content["metadata"]
        ]
        assert "demo model · " in roots[-1]
        assert NOTICE in roots[-1]


def said(kernel: NotebookKernel, prompt: str, options: str = "") -> str:
    """Its answer to a prompt, the likeliest one."""
    cell = kernel.run(f"%%llm -q -t 0 --pace 0 {options} -o said\n{prompt}")
    assert cell.status == "ok", cell.traceback
    return kernel.value("said.text")


def test_it_remembers_what_was_said_some_cells_ago(kernel: NotebookKernel) -> None:
    said(kernel, "My name is Ada.", "--new")
    assert "stop" in said(kernel, "How do I stop an answer?")
    assert "Ada" in said(kernel, "What is my name?")
    assert "Ada" not in said(kernel, "What is my name?", "--no-history")


def test_what_is_forgotten_is_not_known_any_more(kernel: NotebookKernel) -> None:
    said(kernel, "My name is Ada.", "--new")
    kernel.run("%llm forget last")
    assert said(kernel, "What is my name?") == "You have not told me."


def test_it_knows_the_way_to_a_real_model(kernel: NotebookKernel) -> None:
    assert "%llm pull ggml-org/gemma-3-1b-it-GGUF" in said(kernel, "How do I get a real model?", "--no-history")
    assert "%llm pull" in said(kernel, "What is the capital of France?", "--no-history")


def test_a_value_of_the_notebook_becomes_a_value_again(kernel: NotebookKernel) -> None:
    kernel.run('note = "Ada is 36 years old and lives in London."')
    text = said(kernel, "Extract name, age and city as JSON: {{ note }}", "--no-history")
    assert json.loads(text) == {"name": "Ada", "age": 36, "city": "London"}


def test_it_counts_to_where_it_shall(kernel: NotebookKernel) -> None:
    for end in ("", ".", "!"):
        text = said(kernel, f"Count from 1 to 20{end}", "--no-history")
        assert text.split() == [str(number) for number in range(1, 21)]


@pytest.mark.usefixtures("newcomer")
def test_a_conversation_goes_on_in_a_terminal() -> None:
    assert run("-q", "-t", "0", "--pace", "0", "My name is Ada.").returncode == 0
    assert "Ada" in run("-q", "-t", "0", "--pace", "0", "-c", "What is my name?").stdout


@pytest.mark.usefixtures("newcomer")
def test_a_terminal_is_told_beside_the_answer() -> None:
    done = run("-v", "Hello!")
    assert done.returncode == 0
    assert done.stdout.strip()
    assert NOTICE not in done.stdout
    told, numbers = done.stderr.splitlines()
    assert told.startswith(NOTICE)
    assert "`threadrunner pull ggml-org/gemma-3-1b-it-GGUF`" in told
    assert numbers.startswith("demo model · ")
    assert "paced to 60 tokens/s" in numbers
    assert run("-q", "Hello!").stderr == ""
    assert "paced" not in run("-v", "--pace", "0", "Hello!").stderr
    assert "paced to 200 tokens/s" in run("-v", "Hello!", THREADRUNNER_PACE="200").stderr


@pytest.mark.usefixtures("newcomer")
def test_who_has_named_it_is_told_no_way_to_another() -> None:
    assert run("-m", "demo", "Hello!").stderr == ""


def test_who_starts_the_host_chooses_no_model_for_others(home: Path, scripted: Path) -> None:
    assert json.loads(run("--json", "Hello!", THREADRUNNER_MODEL=str(scripted)).stdout)["model"] == "scripted"
    assert json.loads(run("--json", "Hello!").stdout)["model"] == "demo"
    assert run("-q", "Hello!", THREADRUNNER_ENGINE="dummy").returncode == 0
    assert json.loads(run("--json", "Hello!").stdout)["model"] == "demo"


def test_the_only_model_of_ones_own_is_named_too(home: Path, scripted: Path) -> None:
    (home / "models").mkdir(parents=True)
    (home / "models" / "mine.gguf").symlink_to(scripted)
    done = run("--json", "Hello!")
    assert (json.loads(done.stdout)["model"], done.stderr) == ("mine", "")
    assert run("-v", "Hello!").stderr.startswith("mine · ")


@pytest.mark.usefixtures("newcomer")
def test_for_programs_the_answer_has_the_models_name_and_its_pace() -> None:
    body = json.loads(run("--json", "Hello!").stdout)
    assert (body["model"], body["pace"]) == ("demo", PACE)
    assert NOTICE not in body["text"]


@pytest.mark.usefixtures("newcomer")
def test_a_conversation_is_told_once() -> None:
    done = run("chat", "-v", input="Hello!\nHello again!\n")
    assert done.stderr.count(NOTICE) == 1
    assert done.stderr.count("demo model · ") == 2


@pytest.mark.parametrize("model", [{}, {"model": "demo"}])
def test_a_program_gets_it_by_name_and_without_one(host: Endpoint, model: dict[str, str]) -> None:
    status, body = asked(host, **model)
    assert (status, body["model"], body["pace"]) == (200, "demo", PACE)
    timings = body["timings"]
    assert timings["predicted_ms"] >= 1000 * (timings["predicted_n"] - 1) / PACE - 0.01


def test_a_request_over_http_sets_its_pace(host: Endpoint) -> None:
    assert asked(host, pace=200)[1]["pace"] == 200
    assert "pace" not in asked(host, pace=0)[1]
    status, body = asked(host, pace=-1)
    assert (status, body["error"]["param"]) == (400, "pace")


def test_a_plain_prompt_and_a_load_need_no_name_either(host: Endpoint) -> None:
    with closing(HttpConnection(host, 100)) as connection:
        connection.request("POST", "/run_prompt", json.dumps({"prompt": "Hello!"}))
        response = connection.getresponse()
        assert (response.status, bool(response.read().strip())) == (200, True)


def test_one_model_of_the_users_own_comes_before_it(shared_home: Path, scripted: Path, host: Endpoint) -> None:
    mine = shared_home / "models" / "mine.gguf"
    mine.parent.mkdir(exist_ok=True)
    mine.symlink_to(scripted)
    try:
        assert asked(host)[1]["model"] == "mine"
        assert asked(host, model="demo")[1]["model"] == "demo"
        mine.with_name("other.gguf").symlink_to(scripted)
        status, body = asked(host)
        assert status == 404
        assert "There are: mine, other, demo." in body["error"]["message"]
    finally:
        for path in mine.parent.iterdir():
            path.unlink()
    assert host_of(shared_home).get("/health")["status"] == "ok"
