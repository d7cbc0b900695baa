"""One answer through each engine: our runner, llama.cpp's own server, and an upstream."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests import broken_builds, model_files
from tests.conftest import SCRIPT, is_gone, lease, own_environment, processes_of, shut_down, wait_until
from tests.host import servers
from tests.host.test_http import CHAT, chat, chunks_of, get, next_text, post, stream, streaming, text_of
from threadrunner_kernel import config, foreign, launcher
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import Endpoint, HttpConnection
from threadrunner_kernel.process import ChildProcess

COMPLETIONS = "/v1/completions"
SERVER = {"engine": "llama-server"}
READER = f"small-f16-v{model_files.WRITER_VERSION}"
pytestmark = pytest.mark.skipif(not servers.KINDS, reason="neither llama-server nor xllamacpp is here")


@pytest.fixture(scope="module")
def upstream(scripted: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A runner of ours on loopback TCP with a token, as anybody's server."""
    folder = tmp_path_factory.mktemp("upstream")
    endpoint = Endpoint(folder / "upstream.json", "tcp")
    command = [sys.executable, "-m", "threadrunner_kernel.runner", "--endpoint", str(endpoint.path)]
    command += ["--transport", "tcp", "--engine", "llama-cpp-python", "--model", str(scripted)]
    child = ChildProcess(command, endpoint, log=folder / "log")
    child.start()
    child.wait_ready()
    yield endpoint
    child.stop()


@pytest.fixture(scope="module", params=servers.KINDS)
def host(
    request: pytest.FixtureRequest,
    upstream: Endpoint,
    scripted: Path,
    slow: Path,
    small_random: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Endpoint]:
    """One host with all engines, and models that speak, one slowly, and one that rambles."""
    folder = tmp_path_factory.mktemp("engines") / "home"
    variables = {
        "THREADRUNNER_LLAMA_SERVER": str(servers.program(request.param, tmp_path_factory.mktemp("program"))),
        "THREADRUNNER_CONTEXT": "4096",
        "UPSTREAM_KEY": str(upstream.token()),
    }
    with own_environment(folder, **variables):
        models = folder / "models"
        models.mkdir(parents=True)
        for path in (scripted, slow, small_random):
            (models / path.name).symlink_to(path)
        model_files.write_random_model(models / "rambling.gguf", model_files.TINY, attentive=True)
        table = f'url = "{upstream.base_url()}/v1"\napi_key_env = "UPSTREAM_KEY"\nmodels = ["scripted"]\n'
        (folder / "config.toml").write_text(
            f"[upstreams.plain]\n{table}\n"
            f'[upstreams.ours]\n{table}accepts = ["top_k", "grammar", "return_progress"]\n'
            '[upstreams.far]\nurl = "https://api.example.org/v1"\nmodels = ["large"]\n'
        )
        endpoint = launcher.ensure_host(config.load()).endpoint
    with lease(HostClient(endpoint)):
        yield endpoint
    shut_down(folder)
    wait_until(lambda: not processes_of(folder), what="the end of all processes")


WAYS: dict[str, dict[str, Any]] = {
    "llama-cpp-python": {"model": "scripted", "engine": "llama-cpp-python"},
    "llama-server": {"model": "scripted", "engine": "llama-server"},
    "openai": {"model": "ours/scripted"},
}
OTHERS = [way for way in WAYS if way != "llama-cpp-python"]


def asked(host: Endpoint, path: str, way: str, **body: Any) -> dict[str, Any]:
    status, content = post(host, path, {**body, **WAYS[way]})
    assert status == 200, content
    return content


def refusal(host: Endpoint, body: dict[str, Any], path: str = CHAT) -> tuple[int, dict[str, Any]]:
    status, content = post(host, path, body)
    assert status != 200, content
    return status, content["error"]


# The same through each


@pytest.mark.parametrize("way", OTHERS)
@pytest.mark.parametrize(
    ("prompt", "fields"),
    [("hi", {}), ("markdown", {}), ("count", {"max_tokens": 7}), ("count", {"stop": [", 9"]})],
    ids=["whole", "markdown", "limit", "stop"],
)
def test_the_answer_its_end_and_its_numbers_are_those_of_our_own_runner(
    host: Endpoint, way: str, prompt: str, fields: dict[str, Any]
) -> None:
    ours, theirs = (asked(host, CHAT, name, **chat(prompt, **fields)) for name in ("llama-cpp-python", way))
    assert theirs["choices"] == ours["choices"]
    assert theirs["usage"]["prompt_tokens"] == ours["usage"]["prompt_tokens"]
    timings = theirs["timings"]
    assert timings.keys() == ours["timings"].keys()
    assert timings["prompt_n"] + timings["cache_n"] == theirs["usage"]["prompt_tokens"]
    assert timings["predicted_n"] == theirs["usage"]["completion_tokens"] > 0
    assert timings["predicted_ms"] > 0
    assert theirs["model"] == WAYS[way]["model"]


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_has_the_same_form(host: Endpoint, way: str) -> None:
    *chunks, done = stream(host, {**chat("markdown", stream=True), **WAYS[way]})
    assert done is None
    assert text_of(chunks) == SCRIPT["markdown"]
    assert len(chunks) > 5
    *others, last = [chunk for chunk in chunks if chunk]
    assert {chunk["choices"][0]["finish_reason"] for chunk in others} == {None}
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["usage"]["completion_tokens"] == last["timings"]["predicted_n"] > 5
    known = {"id", "object", "created", "model", "choices", "usage", "timings"}
    assert all(chunk.keys() <= known for chunk in (*others, last))
    assert {chunk["model"] for chunk in (*others, last)} == {WAYS[way]["model"]}
    assert len({chunk["id"] for chunk in (*others, last)}) == 1


@pytest.mark.parametrize("way", WAYS)
def test_who_asks_for_progress_is_told_who_answers(host: Endpoint, way: str, upstream: Endpoint) -> None:
    chunks = stream(host, {**chat("hi", stream=True, return_progress=True), **WAYS[way]})
    place = upstream.base_url().removeprefix("http://")
    said = {"llama-cpp-python": [], "llama-server": ["llama-server"], "openai": [f"openai, {place}"]}
    assert [chunk["engine"] for chunk in chunks if chunk and "engine" in chunk] == said[way]
    reads = [chunk["prompt_progress"] for chunk in chunks if chunk and "prompt_progress" in chunk]
    assert reads[-1]["processed"] == reads[-1]["total"] > 0


@pytest.mark.parametrize("way", WAYS)
def test_a_prompt_is_continued_as_it_stands(host: Endpoint, way: str) -> None:
    expected = asked(host, COMPLETIONS, "llama-cpp-python", prompt="Once upon a time", max_tokens=9, temperature=0)
    got = asked(host, COMPLETIONS, way, prompt="Once upon a time", max_tokens=9, temperature=0)
    assert got["object"] == "text_completion"
    assert got["choices"] == expected["choices"]


@pytest.mark.parametrize("way", WAYS)
def test_log_probabilities_have_one_form(host: Endpoint, way: str) -> None:
    body = asked(host, CHAT, way, **chat("hi", max_tokens=3, logprobs=True, top_logprobs=1, temperature=0))
    content = body["choices"][0]["logprobs"]["content"]
    assert "".join(token["token"] for token in content) == body["choices"][0]["message"]["content"]
    assert all(token["logprob"] == pytest.approx(0, abs=1e-3) for token in content)
    assert all([other["token"] for other in token["top_logprobs"]] == [token["token"]] for token in content)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "constraint",
    [
        {"grammar": 'root ::= "yes" | "no"'},
        {"json_schema": {"enum": ["yes", "no"]}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"enum": ["yes", "no"]}}}},
    ],
    ids=["grammar", "json_schema", "response_format"],
)
def test_a_constraint_is_kept_to(host: Endpoint, way: str, constraint: dict[str, Any]) -> None:
    body = asked(host, CHAT, way, **chat("hi", max_tokens=20, **constraint))
    assert body["choices"][0]["message"]["content"].strip('"') in ("yes", "no")


@pytest.mark.parametrize("engine", ["llama-cpp-python", "llama-server"])
def test_a_seed_says_the_same_again(host: Endpoint, engine: str) -> None:
    body = chat("ramble", "rambling", engine=engine, max_tokens=20, temperature=1.5, seed=7)
    texts = [post(host, CHAT, asking)[1]["choices"][0]["message"]["content"] for asking in (body, body)]
    other = post(host, CHAT, {**body, "seed": 8})[1]["choices"][0]["message"]["content"]
    assert texts[0] == texts[1] != other


@pytest.mark.parametrize("way", WAYS)
def test_several_answers_count_their_prompt_once(host: Endpoint, way: str) -> None:
    body = asked(host, CHAT, way, **chat("hi", n=2, max_tokens=3))
    assert [choice["index"] for choice in body["choices"]] == [0, 1]
    assert len({choice["message"]["content"] for choice in body["choices"]}) == 1
    assert body["usage"]["completion_tokens"] == 6


def test_tokens_and_templates_are_the_same_through_both_servers_of_llama_cpp(host: Endpoint) -> None:
    for path, body in (
        ("/tokenize", {"content": "naïve 🙂"}),
        ("/apply-template", {"messages": [{"role": "user", "content": "hi"}]}),
    ):
        ours, theirs = (asked(host, path, way, **body) for way in ("llama-cpp-python", "llama-server"))
        assert ours == theirs


# Refused by name


@pytest.mark.parametrize(
    ("body", "status", "code", "word"),
    [
        (chat("hi", engine="llama-server", top_q=1), 400, "bad_request", "top_q"),
        (chat("hi", engine="llama-server", temperature="warm"), 400, "bad_request", "temperature"),
        (chat("hi", engine="llama-server", mirostat=2, top_k=3), 400, "bad_request", "mirostat"),
        (chat("hi", engine="llama-server", grammar="root ::= nonsense"), 400, "bad_request", "grammar"),
        (chat("hi", engine="llama-server", response_format={"type": "xml"}), 400, "bad_request", "xml"),
        (chat("hi", engine="llama-server", n=60), 400, "bad_request", "'n'"),
        (chat("hi", engine="llama-server", pace=30), 400, "bad_request", "keeps no pace"),
        (chat("hi", "plain/scripted", pace=30), 400, "bad_request", "pace"),
        (chat("hi", "plain/scripted", top_k=3), 400, "bad_request", "top_k"),
        (chat("hi", "plain/scripted", grammar='root ::= "x"'), 400, "bad_request", "grammar"),
        (chat("hi", "plain/scripted", repeat_penalty=1.1), 400, "bad_request", "repeat_penalty"),
        (chat("hi", "plain/scripted", temperature=-1), 400, "bad_request", "temperature"),
        (chat("hi", "plain/other"), 404, "model_not_found", "Known: scripted"),
        (chat("hi", "plian/scripted", engine="openai"), 404, "model_not_found", "'plain'"),
        (chat("hi", engine="openai"), 404, "model_not_found", "UPSTREAM/MODEL"),
        (chat("hi", engine="llama-sever"), 400, "bad_request", "'llama-server'"),
        (chat("x" * 5000, engine="llama-server"), 400, "context_length_exceeded", "4096"),
        (chat("x" * 9000, "ours/scripted"), 400, "context_length_exceeded", "shorten"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_an_engine_cannot_honour_is_refused_by_name(
    host: Endpoint, body: dict[str, Any], status: int, code: str, word: str
) -> None:
    got, error = refusal(host, body)
    assert (got, error["code"]) == (status, code), error
    assert word in error["message"]


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("/v1/embeddings", {"model": "scripted", "engine": "llama-server", "input": "x"}, "embeddings"),
        ("/tokenize", {"model": "plain/scripted", "content": "x"}, "/tokenize"),
        (COMPLETIONS, {"model": "plain/scripted", "prompt": "x", "logprobs": True}, "logprobs"),
    ],
)
def test_a_route_that_an_engine_has_not_is_refused(host: Endpoint, path: str, body: dict[str, Any], word: str) -> None:
    status, error = refusal(host, body, path)
    assert (status, error["code"]) == (400, "bad_request")
    assert word in error["message"]


# Who is there


def test_upstreams_are_in_the_status_and_their_models_in_the_list(host: Endpoint) -> None:
    places = {row["name"]: row for row in get(host, "/status")[1]["upstreams"]}
    assert places["far"]["place"] == "api.example.org, outside this machine"
    assert not places["far"]["is_on_this_machine"]
    assert places["plain"]["is_on_this_machine"]
    names = {row["id"] for row in get(host, "/v1/models")[1]["data"]}
    assert {"plain/scripted", "far/large", "scripted"} <= names


def test_an_upstreams_model_needs_no_load(host: Endpoint) -> None:
    status, said = post(host, "/models/load", {"model": "plain/scripted", "force": False})
    assert status == 200
    assert said["message"].startswith("plain/scripted needs no load here: its own server does that (openai, 127.")
    body = {"model": "far/large", "stream": True}
    with HostClient(host).stream("POST", "/models/load", body, Cancellation()) as chunks:
        assert [chunk["engine"] for chunk in chunks] == ["openai, api.example.org, outside this machine"]
    assert post(host, "/models/unload", {"model": "plain/scripted"})[1]["message"].endswith("was not loaded.")


@pytest.mark.parametrize("wish", [{"context": 512}, {"kv_type": "q8_0"}, {"force": True}, {"estimate": True}], ids=str)
def test_an_upstream_is_not_told_how_to_load_its_models(host: Endpoint, wish: dict[str, Any]) -> None:
    status, error = refusal(host, {"model": "plain/scripted", **wish}, "/models/load")
    assert (status, error["param"]) == (400, *wish)
    assert "its own server loads" in error["message"]


def test_one_file_through_two_engines_is_two_models(host: Endpoint) -> None:
    for way in ("llama-cpp-python", "llama-server"):
        asked(host, CHAT, way, **chat("hi"))
    rows = [row for row in get(host, "/status")[1]["models"] if row["name"] == "scripted" and row["state"] == "ready"]
    assert {row["engine"] for row in rows} == {"llama-cpp-python", "llama-server"}
    assert len({row["pid"] for row in rows}) == 2
    assert all(row["context"] == 4096 and row["memory_bytes"] > 0 for row in rows)
    assert all(row["device"] in ("CPU", "GPU") for row in rows)


def test_a_model_is_unloaded_whatever_engine_runs_it(host: Endpoint) -> None:
    def engines() -> set[str]:
        rows = get(host, "/status")[1]["models"]
        return {row["engine"] for row in rows if row["name"] == "scripted" and row["state"] == "ready"}

    for way in ("llama-cpp-python", "llama-server"):
        asked(host, CHAT, way, **chat("hi"))
    body = {"model": "scripted", "engine": "llama-cpp-python"}
    assert post(host, "/models/unload", body)[1]["message"] == "scripted is unloaded."
    assert engines() == {"llama-server"}
    body["engine"] = "auto"
    assert post(host, "/models/unload", body)[1]["message"] == "scripted is unloaded."
    assert engines() == set()
    assert post(host, "/models/unload", body)[1]["message"] == "scripted was not loaded."


# Cancelling


def is_server_idle(host: Endpoint) -> bool:
    """Whether no slot of any of the host's llama-servers computes, by their own word."""
    pid = get(host, "/health")[1]["pid"]
    for path in host.path.parent.glob(f"runner-{pid}-*.sock"):
        answer: tuple[int, Any] = Endpoint(path).get_json("/slots")
        if answer[0] == 200 and any(slot["is_processing"] for slot in answer[1]):
            return False
    return True


def test_closing_the_connection_cancels_in_the_server(host: Endpoint) -> None:
    with streaming(host, chat("endless", "slow", stream=True, **SERVER)) as response:
        next_text(chunks_of(response))
        assert not is_server_idle(host)
    wait_until(lambda: not get(host, "/status")[1]["generations"], what="the end of the generation")
    wait_until(lambda: is_server_idle(host), what="an idle server")


def test_a_stop_ends_an_answer_that_nobody_streams(host: Endpoint) -> None:
    with closing(HttpConnection(host, 100)) as connection:
        connection.request("POST", CHAT, json.dumps(chat("endless", "slow", **SERVER)))
        wait_until(lambda: not is_server_idle(host), what="the generation's beginning")
        assert post(host, "/stop", {})[1]["cancelled"] == 1
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["error"]["code"]) == (499, "cancelled")
    wait_until(lambda: is_server_idle(host), what="an idle server")


def test_closing_the_connection_cancels_while_the_prompt_is_read(host: Endpoint) -> None:
    body = chat("word " * 700, READER, stream=True, return_progress=True, **SERVER)

    def first_read() -> dict[str, Any]:
        with streaming(host, body) as response:
            reads = (chunk["prompt_progress"] for chunk in chunks_of(response) if chunk and "prompt_progress" in chunk)
            return next(read for read in reads if read["processed"])

    read = first_read()
    assert read["processed"] < read["total"]
    wait_until(lambda: is_server_idle(host), what="an idle server")
    # Had it read on to the end, the whole prompt would be found again.
    assert first_read()["cache"] < read["total"] - 128
    wait_until(lambda: is_server_idle(host), what="an idle server")


def test_closing_the_connection_cancels_in_the_upstream(host: Endpoint, upstream: Endpoint) -> None:
    with streaming(host, chat("endless", "ours/scripted", stream=True)) as response:
        next_text(chunks_of(response))
        assert upstream.get_json("/health")[1]["active"] == 1
    wait_until(lambda: upstream.get_json("/health")[1]["active"] == 0, what="an idle upstream")
    assert not get(host, "/status")[1]["generations"]


# The server's life


@pytest.fixture(params=servers.KINDS)
def served(
    request: pytest.FixtureRequest, home: Path, tmp_path: Path, scripted: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The settings for the scripted model in llama.cpp's own server, with a home of this test's own."""
    monkeypatch.setenv("THREADRUNNER_LLAMA_SERVER", str(servers.program(request.param, tmp_path)))
    return config.load(overrides={"model": str(scripted), "engine": "llama-server", "keep_alive": -1})


def answer(settings: Settings) -> str:
    host = launcher.ensure_host(settings).endpoint
    status, body = post(host, CHAT, chat("hi", str(settings.model), engine=settings.engine))
    assert status == 200, body
    return str(body["choices"][0]["message"]["content"])


def server_pid(settings: Settings) -> int:
    (row,) = (row for row in launcher.ensure_host(settings).get("/status")["models"] if row["pid"])
    return int(row["pid"])


def test_the_server_ends_with_its_host_whatever_ended_that(served: Settings, home: Path) -> None:
    assert answer(served) == SCRIPT[""]
    pid = server_pid(served)
    os.kill(launcher.ensure_host(served).get("/health")["pid"], signal.SIGKILL)
    wait_until(lambda: is_gone(pid), what="the server's end")
    assert answer(served) == SCRIPT[""]


def test_a_server_that_was_killed_comes_back_with_the_next_request(served: Settings) -> None:
    assert answer(served) == SCRIPT[""]
    pid = server_pid(served)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid), what="the server's end")
    assert answer(served) == SCRIPT[""]
    assert server_pid(served) != pid


def test_a_server_that_does_not_end_by_itself_is_killed(served: Settings) -> None:
    assert answer(served) == SCRIPT[""]
    pid = server_pid(served)
    os.kill(pid, signal.SIGSTOP)
    host = launcher.ensure_host(served)
    with lease(host):
        host.post("/models/unload", {"model": served.model, "engine": served.engine})
        assert is_gone(pid)


def test_a_server_that_cannot_start_is_given_up_after_the_third_time(
    served: Settings, scripted: Path, tmp_path: Path, home: Path
) -> None:
    broken = model_files.write_truncated(tmp_path / "broken.gguf", scripted)
    host = launcher.ensure_host(served)
    with lease(host):
        # A request is tried twice, so it takes two of them.
        first, *_, last = (refusal(host.endpoint, chat("hi", str(broken), **SERVER))[1] for _ in range(3))
        log = (home / "logs" / "runner-broken.log").read_text()
    assert first["code"] == "runner_died"
    assert "exit code 1" in first["message"]
    assert last["code"] == "unavailable"
    assert "3rd time" in last["message"]
    assert log.count(": loading model '") == 3


def test_over_tcp_the_server_has_a_port_and_a_key(served: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADRUNNER_TRANSPORT", "tcp")
    settings = config.load(overrides={"model": served.model, "engine": "llama-server", "keep_alive": -1})
    host = launcher.ensure_host(settings)
    with closing(HttpConnection(host.endpoint, 100)) as connection:
        connection.request("POST", CHAT, json.dumps(chat("hi", str(served.model), **SERVER)), host.endpoint.headers())
        body = json.loads(connection.getresponse().read())
    assert body["choices"][0]["message"]["content"] == SCRIPT[""]
    listening = [c for c in psutil.Process(server_pid(settings)).net_connections("inet") if c.status == "LISTEN"]
    assert [connection.laddr.ip for connection in listening] == ["127.0.0.1"]
    (path,) = host.endpoint.path.parent.glob(f"runner-{host.get('/health')['pid']}-*.json")
    stranger = Endpoint(path.with_name("stranger.json"), "tcp")
    stranger.path.write_text(json.dumps({"port": listening[0].laddr.port, "token": "wrong"}))
    try:
        assert stranger.get_json("/props")[0] == 401
    finally:
        stranger.unlink()


def test_a_program_that_is_not_there_is_named(home: Path, scripted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADRUNNER_LLAMA_SERVER", "/nowhere/llama-server")
    host = launcher.ensure_host(config.load())
    status, error = refusal(host.endpoint, chat("hi", str(scripted), **SERVER))
    assert (status, error["param"]) == (400, "llama_server")
    assert "/nowhere/llama-server" in error["message"]


@pytest.mark.long
def test_a_server_that_hangs_after_a_cancel_is_killed(served: Settings) -> None:
    host = launcher.ensure_host(served)
    with lease(host):
        with streaming(host.endpoint, chat("endless", str(served.model), stream=True, **SERVER)) as response:
            next_text(chunks_of(response))
            pid = server_pid(served)
            os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: is_gone(pid), what="the server's end")
        assert answer(served) == SCRIPT[""]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a foreign program is watched in another way")
def test_a_foreign_program_ends_with_a_parent_that_is_killed() -> None:
    code = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-I', '-S', sys.argv[1], str(os.getpid()), 'sleep', '600'])\n"
        "print(child.pid, flush=True)\n"
        "input()\n"
    )
    command = [sys.executable, "-c", code, str(foreign.__file__)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        wait_until(lambda: psutil.Process(pid).cmdline()[:1] == ["sleep"], what="the program")
        parent.kill()
    wait_until(lambda: is_gone(pid), what="the program's end")


def test_a_foreign_program_ends_with_the_pipe_from_its_parent_where_that_is_all_there_is() -> None:
    code = (
        "import os, sys\n"
        "sys.platform = 'another'\n"
        "from threadrunner_kernel import foreign\n"
        "foreign.become(os.getppid(), ['sleep', '600'])\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as program:
        assert program.stdin is not None
        wait_until(lambda: psutil.Process(program.pid).cmdline()[:1] == ["sleep"], what="the program")
        (watcher,) = psutil.Process(program.pid).children()
        program.stdin.close()
        assert program.wait(60) == -signal.SIGKILL
    wait_until(lambda: is_gone(watcher.pid), what="the watcher's end")


def test_a_foreign_program_without_its_parent_does_not_begin() -> None:
    done = subprocess.run([sys.executable, str(foreign.__file__), "1", "echo", "begun"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")


# What auto takes


def environment_without(tmp_path: Path, modules: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """For every Python that is started from now on: as if these packages were not installed."""
    folder = tmp_path / "hidden"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(f"import sys\nfor name in {modules}: sys.modules[name] = None\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(servers.ROOT)]))


def test_auto_takes_the_next_engine_and_says_so_once(
    home: Path, scripted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment_without(tmp_path, ["llama_cpp"], monkeypatch)
    monkeypatch.setenv("THREADRUNNER_LLAMA_SERVER", str(servers.program(servers.KINDS[0], tmp_path)))
    host = launcher.ensure_host(config.load()).endpoint
    with lease(HostClient(host)):
        body = chat("hi", str(scripted), stream=True, return_progress=True)
        first, second = (stream(host, body) for _ in range(2))
        assert text_of([chunk for chunk in first if chunk and chunk["choices"]]) == SCRIPT[""]
        notices = [[chunk["notice"] for chunk in chunks if chunk and "notice" in chunk] for chunks in (first, second)]
        assert notices == [["llama-server runs the models here: llama-cpp-python is not installed."], []]
        log = (home / "logs" / "host.log").read_text()
        assert "engine auto is llama-server: llama-cpp-python is not installed" in log
        status, error = refusal(host, chat("hi", str(scripted), engine="llama-cpp-python"))
        assert status == 503
        assert "pip install llama-cpp-python" in error["message"]


def test_auto_says_why_no_engine_works(
    home: Path, scripted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package is there and cannot be imported, and the llama-server does not run."""
    package = tmp_path / "broken" / "llama_cpp"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('no libllama.so')")
    program = tmp_path / "llama-server"
    program.write_text("#!/bin/sh\necho 'no such instruction' >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(package.parent), str(servers.ROOT)]))
    monkeypatch.setenv("THREADRUNNER_LLAMA_SERVER", str(program))
    host = launcher.ensure_host(config.load()).endpoint
    with lease(HostClient(host)):
        status, error = refusal(host, chat("hi", str(scripted)))
        assert (status, error["param"]) == (503, "engine")
        for reason in ("llama-cpp-python does not work here", "libllama.so", "no such instruction", "engine=dummy"):
            assert reason in error["message"]
        assert post(host, CHAT, chat("hi", "dummy"))[0] == 200


def test_while_auto_looks_for_an_engine_the_host_goes_on_with_all_else(
    home: Path, scripted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment_without(tmp_path, ["llama_cpp"], monkeypatch)
    tried = hanging_server(tmp_path, monkeypatch)
    host = launcher.ensure_host(config.load())
    with lease(host), ThreadPoolExecutor(12) as threads:
        # More than the host has threads for.
        waiting = [threads.submit(refusal, host.endpoint, chat("hi", str(scripted))) for _ in range(12)]
        wait_until(tried.exists, what="the look at the server")
        wait_until(lambda: open_requests(host.endpoint) >= 12, what="the questions")
        assert host.get("/health")["status"] == "ok"
        assert get(host.endpoint, "/status")[0] == 200
        assert post(host.endpoint, CHAT, chat("hi", "dummy"))[0] == 200
        assert post(host.endpoint, CHAT, chat("hi", str(scripted), engine="openai"))[0] == 404
        assert not any(asked.done() for asked in waiting)
        os.kill(int(tried.read_text()), signal.SIGTERM)
        for asked in waiting:
            status, error = asked.result(60)
            assert (status, error["param"]) == (503, "engine")
            assert "does not run (exit code" in error["message"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_program_that_is_tried_ends_with_the_host(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    environment_without(tmp_path, ["llama_cpp"], monkeypatch)
    tried = hanging_server(tmp_path, monkeypatch)
    host = launcher.ensure_host(config.load()).get("/health")["pid"]
    wait_until(tried.exists, what="the look at the server")
    os.kill(host, how)
    wait_until(lambda: is_gone(host) and is_gone(int(tried.read_text())), what="the end of both")


def open_requests(host: Endpoint) -> float:
    with closing(HttpConnection(host, 60)) as connection:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    (line,) = (line for line in lines if line.startswith("threadrunner_open_requests "))
    return float(line.split()[1])


def hanging_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings' llama-server never answers; the file that it leaves, with its process id."""
    program, tried = folder / "hanging", folder / "tried"
    program.write_text(f'#!/bin/sh\necho $$ > "{tried}.new"\nmv "{tried}.new" "{tried}"\nexec sleep 600\n')
    program.chmod(0o755)
    monkeypatch.setenv("THREADRUNNER_LLAMA_SERVER", str(program))
    return tried


@pytest.mark.skipif(not broken_builds.IS_POSSIBLE, reason="needs Linux on x86-64 or arm64")
def test_auto_does_not_take_a_build_that_dies_in_its_first_decode(
    home: Path, scripted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be imported, and tells its features: models would end in a crash."""
    build = broken_builds.write_broken_build(tmp_path / "lib", "libggml-cpu", "ggml_graph_plan")
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", str(build))
    monkeypatch.setenv("THREADRUNNER_LLAMA_SERVER", str(servers.program(servers.KINDS[0], tmp_path)))
    host = launcher.ensure_host(config.load()).endpoint
    with lease(HostClient(host)):
        chunks = stream(host, chat("hi", str(scripted), stream=True, return_progress=True))
        assert text_of([chunk for chunk in chunks if chunk and chunk["choices"]]) == SCRIPT[""]
        (notice,) = [chunk["notice"] for chunk in chunks if chunk and "notice" in chunk]
        assert notice.startswith("llama-server runs the models here: llama-cpp-python does not work here")
        assert "ended by SIGILL" in notice


def test_the_default_engine_is_not_told_of(home: Path, scripted: Path) -> None:
    host = launcher.ensure_host(config.load()).endpoint
    chunks = stream(host, chat("hi", str(scripted), stream=True, return_progress=True))
    assert not [chunk for chunk in chunks if chunk and ("notice" in chunk or "engine" in chunk)]
    assert "engine auto is llama-cpp-python: it is the first that works" in (home / "logs" / "host.log").read_text()
