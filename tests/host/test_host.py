"""The life of the host and its runners: started once, warm while somebody needs them, gone when nobody does."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

import threadrunner_kernel
from tests.conftest import SCRIPT, lease, processes_of, shut_down, wait_until
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import LEASE_HEADER, Cancellation, HostClient
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import Endpoint, HttpConnection
from threadrunner_kernel.errors import Cancelled, HostUnavailable, ThreadRunnerError, Unauthorized
from threadrunner_kernel.messages import WIRE_VERSION, Event, chat_request

ROOT = Path(threadrunner_kernel.__file__).parents[1]


@pytest.fixture
def speaking(home: Path, scripted: Path) -> Settings:
    """The settings for the scripted model."""
    return config.load(overrides={"model": str(scripted)})


def ask(prompt: str, settings: Settings) -> str:
    """The answer of the shared host, which is started if there is none."""
    return "".join(event.text for event in events_of(prompt, settings))


def events_of(prompt: str, settings: Settings) -> list[Event]:
    return list(launcher.ask(chat_request(prompt, settings), Cancellation(), lambda: launcher.ensure_host(settings)))


@contextmanager
def answering(host: HostClient, prompt: str, settings: Settings) -> Iterator[Iterator[Event]]:
    """A generation under way: its first text has come."""
    with host.chat(chat_request(prompt, settings), Cancellation()) as events:
        next(event for event in events if event.text)
        yield events


def models(host: HostClient) -> list[dict[str, Any]]:
    """The models that are not stopped."""
    return [model for model in host.get("/status")["models"] if model["state"] != "stopped"]


def runner_pid(host: HostClient) -> int:
    (model,) = models(host)
    return int(model["pid"])


def is_gone(host: HostClient, home: Path) -> bool:
    return not host.endpoint.path.exists() and not processes_of(home)


@contextmanager
def script(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs ``code``; it is killed at the end if it still lives."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


# Starting


def test_there_is_no_host_until_somebody_needs_one(settings: Settings) -> None:
    assert launcher.find_host(settings) is None
    pid = launcher.ensure_host(settings).get("/health")["pid"]
    found = launcher.find_host(settings)
    assert found is not None
    assert found.get("/health")["pid"] == launcher.ensure_host(settings).get("/health")["pid"] == pid


def test_ten_programs_that_start_at_once_get_one_host(home: Path) -> None:
    code = (
        "from threadrunner_kernel import config, launcher\n"
        "input()\n"
        "print(launcher.ensure_host(config.load()).get('/health')['pid'], flush=True)\n"
    )
    programs = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(10)
    ]
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda program: program.communicate("go\n", timeout=200)[0], programs))
    assert len(set(answers)) == 1
    assert answers[0].strip().isdecimal()
    hosts = [process for process in processes_of(home) if "threadrunner_kernel.host" in process.cmdline()]
    assert [str(process.pid) for process in hosts] == [answers[0].strip()]


def test_a_cancel_ends_the_wait_for_a_host_that_starts(settings: Settings, home: Path) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        launcher.ensure_host(settings, cancellation)
    # It goes on starting, and is the next one's; if two were started then one gives way.
    assert launcher.ensure_host(settings).get("/health")["status"] == "ok"
    wait_until(lambda: len(processes_of(home)) == 1, what="the end of the superfluous host")


def test_a_host_keeps_to_itself_what_its_starter_does_to_its_group(speaking: Settings) -> None:
    host = launcher.ensure_host(speaking)
    pid = host.get("/health")["pid"]
    assert os.getsid(pid) == pid != os.getsid(0)


# Answers


def test_an_answer_streams_from_a_model_that_stays_warm(speaking: Settings) -> None:
    events = events_of("hi", speaking)
    assert "".join(event.text for event in events) == SCRIPT[""]
    assert len([event for event in events if event.text]) > 3
    assert events[-1].finish_reason == "stop"
    host = launcher.ensure_host(speaking)
    pid = runner_pid(host)
    assert ask("count", speaking) == SCRIPT["count"]
    assert runner_pid(host) == pid


def test_two_models_have_a_runner_each(speaking: Settings, slow: Path) -> None:
    assert ask("hi", speaking) == SCRIPT[""]
    host = launcher.ensure_host(speaking)
    with answering(host, "count", replace(speaking, model=str(slow))):
        # One that is busy does not hold up the other.
        assert ask("hi", speaking) == SCRIPT[""]
        assert len({model["pid"] for model in models(host)}) == 2


def test_a_cancel_while_a_model_loads_leaves_it_loading(speaking: Settings) -> None:
    host = launcher.ensure_host(speaking)
    cancellation = Cancellation()
    with ThreadPoolExecutor(1) as threads:
        # It has no end of its own, should the load be over by then.
        request = chat_request("endless", speaking)
        asked = threads.submit(lambda: list(launcher.ask(request, cancellation, lambda: HostClient(host.endpoint))))
        wait_until(lambda: models(host) and models(host)[0]["pid"], what="the load's start")
        pid = runner_pid(host)
        cancellation.cancel()
        with pytest.raises(Cancelled):
            asked.result()
    assert ask("hi", speaking) == SCRIPT[""]
    assert runner_pid(host) == pid


def test_a_load_that_is_unloaded_at_once_leaves_a_model_that_works(speaking: Settings) -> None:
    """However the two cross: both requests end, and the next one is served."""
    host = launcher.ensure_host(speaking)
    body = {"model": speaking.model}
    with lease(host):
        for _ in range(3):
            with host.stream("POST", "/models/load", {**body, "stream": True}, Cancellation()) as loading:
                with closing(HttpConnection(host.endpoint, 100)) as connection:
                    connection.request("POST", "/models/unload", json.dumps(body))
                    assert connection.getresponse().status == 200
                with contextlib.suppress(Cancelled):
                    list(loading)
            assert ask("hi", speaking) == SCRIPT[""]
            host.post("/models/unload", body)


# Leaving


def test_keep_alive_0_frees_the_model_after_the_answer_and_then_the_host_leaves(home: Path, slow: Path) -> None:
    settings = config.load(overrides={"model": str(slow), "keep_alive": 0, "max_tokens": 20})
    host = launcher.ensure_host(settings)
    pid = host.get("/health")["pid"]
    assert events_of("count", settings)[-1].finish_reason == "length"
    wait_until(lambda: [p.pid for p in processes_of(home)] in ([pid], []), what="the runner's end")
    wait_until(lambda: is_gone(host, home), what="the host's end")


def test_a_model_is_kept_for_its_keep_alive(speaking: Settings, home: Path) -> None:
    settings = replace(speaking, keep_alive=200.0)
    assert ask("hi", settings) == SCRIPT[""]
    host = launcher.ensure_host(settings)
    pid = runner_pid(host)
    assert 0 < models(host)[0]["expires_in_seconds"] <= 200
    assert ask("hi", settings) == SCRIPT[""]
    assert runner_pid(host) == pid
    assert ask("hi", replace(settings, keep_alive=1.0)) == SCRIPT[""]
    wait_until(lambda: is_gone(host, home), what="the end of host and runner")


def test_keep_alive_for_ever_has_no_end(speaking: Settings) -> None:
    settings = replace(speaking, keep_alive=-1.0)
    ask("hi", settings)
    (model,) = models(launcher.ensure_host(settings))
    assert (model["state"], model["expires_in_seconds"]) == ("ready", None)


def test_a_lease_keeps_the_model_until_its_connection_closes(speaking: Settings, home: Path) -> None:
    settings = replace(speaking, keep_alive=0.0)
    host = launcher.ensure_host(settings)
    # The other lease holds the host, and no model: nothing is asked under it.
    with lease(host) as other:
        with lease(host) as held:
            leases = host.get("/status")["leases"]
            assert leases == [{"pid": os.getpid(), "name": "", "id": id} for id in (other, held)]
            assert ask_under(held, host, settings) == SCRIPT[""]
            (model,) = models(host)
            assert (model["state"], model["leases"], model["expires_in_seconds"]) == ("ready", [held], None)
            # A request without the lease does not have it unloaded.
            assert ask("hi", settings) == SCRIPT[""]
            assert runner_pid(host) == model["pid"]
        wait_until(lambda: not models(host), what="the runner's end")
        assert [entry["id"] for entry in host.get("/status")["leases"]] == [other]
        # Nor does a lease that has ended hold anything.
        assert ask_under(held, host, settings) == SCRIPT[""]
        wait_until(lambda: not models(host), what="the runner's end")
    wait_until(lambda: is_gone(host, home), what="the end of host and runner")


def ask_under(held: str, host: HostClient, settings: Settings) -> str:
    """The answer to a request that is made under a lease."""
    with HostClient(host.endpoint, held).chat(chat_request("hi", settings), Cancellation()) as events:
        return "".join(event.text for event in events)


LEASE_AND_FORK = f"""
import json, os, sys, time
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.messages import chat_request
settings = config.load(overrides={{"model": sys.argv[1], "keep_alive": 0}})
host = launcher.ensure_host(settings)
with host.stream("GET", "/lease", None, Cancellation()) as chunks:
    held = HostClient(host.endpoint, next(chunks)["lease"])
    with held.chat(chat_request("hi", settings), Cancellation()) as events:
        list(events)
    child = os.fork()
    if child == 0:
        os.environ["{LEASE_HEADER}"] = ""
        time.sleep(600)
    print(child, flush=True)
    time.sleep(600)
"""


def test_a_lease_ends_with_its_process_though_a_forked_child_holds_the_connection(
    speaking: Settings, home: Path
) -> None:
    with script(LEASE_AND_FORK, speaking.model) as holder:
        assert holder.stdout is not None
        child = psutil.Process(int(holder.stdout.readline()))
        try:
            host = launcher.find_host(speaking)
            assert host is not None
            assert [entry["pid"] for entry in host.get("/status")["leases"]] == [holder.pid]
            assert models(host)[0]["leases"]
            holder.kill()
            holder.wait()
            wait_until(lambda: [p.pid for p in processes_of(home)] == [child.pid], what="the end of all but the child")
            assert not host.endpoint.path.exists()
        finally:
            child.kill()


def test_a_host_that_is_asked_to_end_takes_its_runners_along(settings: Settings, slow: Path, home: Path) -> None:
    host = launcher.ensure_host(settings)
    with answering(host, "endless", replace(settings, model=str(slow))) as events:
        os.kill(host.get("/health")["pid"], signal.SIGTERM)
        with pytest.raises((Cancelled, HostUnavailable)):
            list(events)
    wait_until(lambda: is_gone(host, home), what="the end of host and runner")


def test_a_host_that_is_only_looked_at_leaves(home: Path) -> None:
    settings = config.load(overrides={"engine": "dummy", "keep_alive": 0})
    assert ask("hi", settings)
    host = launcher.ensure_host(settings)

    def has_left() -> bool:
        try:
            return not host.get("/status")
        except HostUnavailable:
            return True

    wait_until(has_left, what="the host's leaving")
    wait_until(lambda: not processes_of(home), what="its end")


def test_a_shutdown_while_a_model_loads_leaves_nothing(speaking: Settings, small_random: Path, home: Path) -> None:
    host = launcher.ensure_host(speaking)
    body = {"model": str(small_random), "stream": True}
    with host.stream("POST", "/models/load", body, Cancellation()):
        wait_until(lambda: models(host), what="the load's start")
        shut_down(home)
    wait_until(lambda: is_gone(host, home), what="the end of host and runner")


def test_a_client_of_a_host_that_has_gone_gets_a_new_one_once(speaking: Settings, home: Path) -> None:
    gone = launcher.ensure_host(speaking)
    pid = gone.get("/health")["pid"]
    shut_down(home)
    wait_until(lambda: is_gone(gone, home), what="the host's end")
    hosts = iter([gone])
    request = chat_request("hi", speaking)
    events = launcher.ask(request, Cancellation(), lambda: next(hosts, None) or launcher.ensure_host(speaking))
    assert "".join(event.text for event in events) == SCRIPT[""]
    assert launcher.ensure_host(speaking).get("/health")["pid"] != pid


# A private host


PRIVATE = """
import os, sys, time
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.messages import chat_request
settings = config.load(overrides={"model": sys.argv[1], "host": "private"})
client, child = launcher.start_private_host(settings)
with client.chat(chat_request("endless", settings), Cancellation()) as events:
    next(event for event in events if event.text)
    print(client.endpoint.path, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("transport", ["unix", "tcp"])
def test_a_private_host_ends_with_its_parent(
    settings: Settings, slow: Path, home: Path, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADRUNNER_TRANSPORT", transport)
    with script(PRIVATE, slow) as parent:
        assert parent.stdout is not None
        path = Path(parent.stdout.readline().strip())
        assert path.exists()
        assert launcher.find_host(settings) is None  # nobody else's
        assert len(processes_of(home)) == 3
        parent.kill()
        parent.wait()
        wait_until(lambda: not processes_of(home), what="the end of host and runner")
    assert not path.exists()


# Loopback TCP, as where there are no Unix sockets


@pytest.fixture
def over_tcp(speaking: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("THREADRUNNER_TRANSPORT", "tcp")
    return replace(speaking, transport="tcp")


def status_with(endpoint: Endpoint, **headers: str) -> int:
    with closing(HttpConnection(endpoint, 30)) as connection:
        sent = {"Host": "127.0.0.1", **{name.title(): value for name, value in headers.items()}}
        connection.putrequest("GET", "/status", skip_host=True)
        for name, value in sent.items():
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders()
        return connection.getresponse().status


def test_over_tcp_it_is_the_same_host(over_tcp: Settings, slow: Path, home: Path) -> None:
    assert ask("hi", over_tcp) == SCRIPT[""]
    host = launcher.ensure_host(over_tcp)
    pid = runner_pid(host)
    assert ask("count", over_tcp) == SCRIPT["count"]
    assert runner_pid(host) == pid
    with answering(host, "endless", replace(over_tcp, model=str(slow))):
        wait_until(lambda: [model["active"] for model in models(host)] == [0, 1], what="the one generation")
    wait_until(lambda: not any(model["active"] for model in models(host)), what="the idle runner")
    assert host.endpoint.path.suffix == ".json"
    assert stat.S_IMODE(host.endpoint.path.stat().st_mode) == 0o600
    for path in host.endpoint.path.parent.glob(f"runner-{host.get('/health')['pid']}-*"):
        assert (path.suffix, stat.S_IMODE(path.stat().st_mode)) == (".json", 0o600)
    shut_down(home)
    wait_until(lambda: is_gone(host, home), what="the end of host and runner")


def test_over_tcp_only_loopback_listens(over_tcp: Settings, home: Path) -> None:
    launcher.ensure_host(over_tcp)
    listening = [c for p in processes_of(home) for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}


def test_over_tcp_the_token_the_host_and_the_origin_are_checked(over_tcp: Settings) -> None:
    host = launcher.ensure_host(over_tcp)
    endpoint = host.endpoint
    token = f"Bearer {endpoint.token()}"
    with lease(host):
        assert status_with(endpoint, authorization=token) == 200
        assert status_with(endpoint, authorization=token, origin="http://localhost:8888") == 200
        assert status_with(endpoint, authorization=token, host="localhost:99") == 200
        assert status_with(endpoint) == 401
        for wrong in ("Bearer ", "Bearer x", f"{token}x", token[:-1], token.removeprefix("Bearer "), "Bearer \xe9"):
            assert status_with(endpoint, authorization=wrong) == 401, wrong
        for foreign in ("example.org", "127.0.0.1.example.org", "localhost.example.org:80", "10.0.0.1"):
            assert status_with(endpoint, authorization=token, host=foreign) == 403, foreign
            assert status_with(endpoint, authorization=token, origin=f"https://{foreign}") == 403, foreign
        assert status_with(endpoint, authorization=token, origin="null") == 403


def test_over_tcp_a_lease_ends_with_the_process_that_it_names(over_tcp: Settings) -> None:
    host = launcher.ensure_host(over_tcp)
    with (
        lease(host) as other,
        script("input()") as holder,
        host.stream("GET", f"/lease?pid={holder.pid}", None, Cancellation()) as chunks,
    ):
        theirs = {"pid": holder.pid, "name": "", "id": next(chunks)["lease"]}
        assert host.get("/status")["leases"] == [{"pid": None, "name": "", "id": other}, theirs]
        holder.kill()
        holder.wait()
        wait_until(
            lambda: host.get("/status")["leases"] == [{"pid": None, "name": "", "id": other}], what="the lease's end"
        )


def test_a_wrong_token_in_the_file_is_told(over_tcp: Settings, tmp_path: Path) -> None:
    endpoint = launcher.ensure_host(over_tcp).endpoint
    other = Endpoint(tmp_path / "other.json", "tcp")
    token = endpoint.token()
    assert token is not None
    other.path.write_text(endpoint.path.read_text().replace(token, "wrong"))
    with pytest.raises(Unauthorized):
        HostClient(other).get("/status")


# Other versions, other settings


def test_two_wire_versions_do_not_share_a_host(settings: Settings, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other-version"
    shutil.copytree(ROOT / "threadrunner_kernel", other / "threadrunner_kernel")
    messages = other / "threadrunner_kernel" / "messages.py"
    line = f"WIRE_VERSION = {WIRE_VERSION}\n"
    assert line in messages.read_text()
    messages.write_text(messages.read_text().replace(line, f"WIRE_VERSION = {WIRE_VERSION + 1}\n"))
    code = (
        "from threadrunner_kernel import config, launcher\n"
        "assert launcher.find_host(config.load()) is None\n"
        "client = launcher.ensure_host(config.load())\n"
        "print(client.get('/health')['wire'], client.get('/health')['pid'])\n"
        "input()\n"
        "client.post('/shutdown')\n"
    )
    host = launcher.ensure_host(settings)
    mine = host.get("/health")
    with lease(host):
        program = subprocess.run(
            [sys.executable, "-c", code],
            input="\n",
            env={**os.environ, "PYTHONPATH": str(other)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=200,
        )
        wire, pid = map(int, program.stdout.split())
        assert (wire, mine["wire"]) == (WIRE_VERSION + 1, WIRE_VERSION)
        assert pid != mine["pid"] == launcher.ensure_host(settings).get("/health")["pid"]


def test_two_homes_have_a_host_each(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = launcher.ensure_host(settings)
    monkeypatch.setenv("THREADRUNNER_HOME", str(tmp_path / "another"))
    try:
        with lease(mine):
            assert launcher.find_host(settings) is None
            assert launcher.ensure_host(settings).get("/health")["pid"] != mine.get("/health")["pid"]
    finally:
        shut_down(tmp_path / "another")
        wait_until(lambda: not processes_of(tmp_path / "another"), what="the other host's end")


def test_a_host_with_other_settings_is_told_apart(speaking: Settings) -> None:
    started_with = replace(speaking, context=512, threads=1)
    health = launcher.ensure_host(started_with).get("/health")
    assert launcher.differing_host_settings(started_with, health) == {}
    assert launcher.differing_host_settings(speaking, health) == {}  # who asks for nothing misses nothing
    asked = replace(speaking, context=1024, max_queue=3)
    assert launcher.differing_host_settings(asked, health) == {"context": (1024, 512), "max_queue": (3, 64)}


def test_the_host_settings_of_its_starter_reach_the_runner(speaking: Settings) -> None:
    with pytest.raises(ThreadRunnerError, match=r"\b512\b"):
        ask("x" * 600, replace(speaking, context=512))


def test_a_path_means_the_same_file_to_the_host(
    home: Path, scripted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here.gguf").symlink_to(scripted)
    monkeypatch.chdir(tmp_path)
    assert ask("hi", config.load(overrides={"model": "here.gguf"})) == SCRIPT[""]
    assert ask("hi", config.load(overrides={"model": "./here.gguf"})) == SCRIPT[""]
