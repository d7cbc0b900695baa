"""The served port as the programs of a user meet it: OpenAI's SDK, curl, a browser's page, the OpenAPI document."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import openai
import psutil
import pytest

from tests import model_files
from tests.conftest import SCRIPT, own_environment, own_home, processes_of, wait_until
from tests.host.served import Served, command, serving
from threadrunner_kernel.host.openapi import ROUTES

HI: list[Any] = [{"role": "user", "content": "hi"}]
SECRET = "a-word-that-stands-in-no-log"
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")


@pytest.fixture(scope="module")
def folder(scripted: Path, slow: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with some models."""
    with own_home(tmp_path_factory.mktemp("served")) as folder:
        models = folder / "models"
        models.mkdir(parents=True)
        for path in (scripted, slow):
            (models / path.name).symlink_to(path)
        model_files.write_embedding_model(models / "encoder.gguf", "encoder")
        yield folder


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    """One port for these tests; it is not harmed by any of them."""
    with (
        own_environment(folder),
        serving(folder, THREADRUNNER_MODEL="scripted", THREADRUNNER_CONTEXT="2048") as one,
    ):
        yield one


@pytest.fixture(scope="module")
def sdk(served: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key=served.token, max_retries=0) as client:
        yield client


def generations(served: Served) -> list[Any]:
    rows: list[Any] = served.ask("/status")[1]["generations"]
    return rows


# OpenAI's SDK


def test_a_chat_of_the_sdk(sdk: openai.OpenAI) -> None:
    answer = sdk.chat.completions.create(model="scripted", messages=HI)
    assert (answer.choices[0].message.role, answer.choices[0].message.content) == ("assistant", SCRIPT[""])
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_streamed_chat_of_the_sdk(sdk: openai.OpenAI) -> None:
    chunks = list(sdk.chat.completions.create(model="scripted", messages=HI, stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].delta.role for chunk in chunks[1:]] == [None] * (len(chunks) - 1)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == SCRIPT[""]
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_the_usage_of_a_stream_comes_in_a_last_chunk_without_choices_when_asked_for(sdk: openai.OpenAI) -> None:
    asked = sdk.chat.completions.create(
        model="scripted", messages=HI, stream=True, stream_options={"include_usage": True}
    )
    *chunks, last = list(asked)
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.completion_tokens > 0
    assert all(chunk.usage is None and len(chunk.choices) == 1 for chunk in chunks)
    plain = list(
        sdk.completions.create(model="scripted", prompt="a", stream=True, stream_options={"include_usage": True})
    )
    assert "".join(chunk.choices[0].text for chunk in plain[:-1]) == SCRIPT[""]
    assert (plain[-1].choices, plain[-1].usage is not None) == ([], True)


def test_the_sdks_helper_puts_a_stream_together(sdk: openai.OpenAI) -> None:
    with sdk.chat.completions.stream(model="scripted", messages=HI) as events:
        texts = [event.delta for event in events if event.type == "content.delta"]
        final = events.get_final_completion()
    assert "".join(texts) == final.choices[0].message.content == SCRIPT[""]
    assert final.choices[0].message.role == "assistant"


def test_an_answer_can_be_sent_back_as_the_sdk_has_it(sdk: openai.OpenAI) -> None:
    """With the fields that have no value, a text in parts, and the system's newer name."""
    said = sdk.chat.completions.create(model="scripted", messages=HI).choices[0].message
    messages: list[Any] = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "text", "text": " there"}]},
        said.model_dump(),
        {"role": "user", "content": "count"},
    ]
    answer = sdk.chat.completions.create(model="scripted", messages=messages, user="me", service_tier="auto")
    assert answer.choices[0].message.content == SCRIPT["count"]


def test_embeddings_of_the_sdk(sdk: openai.OpenAI) -> None:
    """It asks for base64 by itself."""
    answer = sdk.embeddings.create(model="encoder", input=["one", "two"])
    plain = sdk.embeddings.create(model="encoder", input="one", encoding_format="float")
    assert [row.index for row in answer.data] == [0, 1]
    assert answer.data[0].embedding == pytest.approx(plain.data[0].embedding)


def test_models_of_the_sdk(sdk: openai.OpenAI) -> None:
    assert {"scripted", "slow", "encoder"} <= {model.id for model in sdk.models.list()}
    assert sdk.models.retrieve("scripted").id == "scripted"
    with pytest.raises(openai.NotFoundError, match="There are: scripted"):
        sdk.models.retrieve("scriptd")


def test_the_sdk_knows_the_errors_by_their_status(sdk: openai.OpenAI, served: Served) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        sdk.chat.completions.create(model="nothing", messages=HI)
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as wrong:
        sdk.chat.completions.create(model="scripted", messages=HI, temperature=-1)
    assert wrong.value.param == "temperature"
    with pytest.raises(openai.BadRequestError, match="context holds 2048"):
        sdk.chat.completions.create(model="scripted", messages=[{"role": "user", "content": "x" * 5000}], stream=True)
    with (
        openai.OpenAI(base_url=f"{served.url}/v1", api_key="wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.models.list()


def test_closing_a_stream_of_the_sdk_cancels_the_generation(sdk: openai.OpenAI, served: Served) -> None:
    stream = sdk.chat.completions.create(model="slow", messages=[{"role": "user", "content": "endless"}], stream=True)
    assert next(iter(stream)).choices[0].delta.content
    assert len(generations(served)) == 1
    stream.close()
    wait_until(lambda: not generations(served), what="the end of the generation")


# curl, and how Ollama's users ask


def curl(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["curl", "-sS", *words], capture_output=True, text=True, timeout=200)


@needs_curl
def test_a_bare_curl(served: Served) -> None:
    """Its data is a form by its header and JSON in truth."""
    header = ["-H", f"Authorization: Bearer {served.token}"]
    asked = json.dumps({"model": "scripted", "messages": HI})
    done = curl(*header, f"{served.url}/v1/chat/completions", "-d", asked)
    assert json.loads(done.stdout)["choices"][0]["message"]["content"] == SCRIPT[""]
    done = curl("-N", *header, f"{served.url}/v1/chat/completions", "-d", asked.replace("{", '{"stream": true, ', 1))
    lines = [line for line in done.stdout.splitlines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    done = curl(*header, "-o", "/dev/null", "-w", "%{http_code}", f"{served.url}/v1/models/nothing")
    assert done.stdout == "404"


@needs_curl
def test_a_curl_that_is_stopped_cancels_the_generation(served: Served) -> None:
    asked = json.dumps({"model": "slow", "messages": [{"role": "user", "content": "endless"}]})
    words = ["-H", f"Authorization: Bearer {served.token}", f"{served.url}/v1/chat/completions", "-d", asked]
    with subprocess.Popen(["curl", "-sS", *words], stdout=subprocess.DEVNULL) as process:
        wait_until(lambda: generations(served), what="the generation")
        process.terminate()
    wait_until(lambda: not generations(served), what="its end")


@needs_curl
def test_a_body_that_is_too_large_is_refused_before_it_is_sent(served: Served, tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(40_000_000)
    done = curl("-H", f"Authorization: Bearer {served.token}", f"{served.url}/tokenize", "-T", f"{tmp_path}/large")
    assert "405" in done.stdout or "Method" in done.stdout
    words = ["-X", "POST", "-w", "%{http_code} %{size_upload}", "-o", "/dev/null"]
    words += ["-H", f"Authorization: Bearer {served.token}"]
    done = curl(*words, f"{served.url}/tokenize", "-T", f"{tmp_path}/large")
    status, sent = done.stdout.split()
    assert status == "413"
    assert int(sent) < 40_000_000
    again = curl(*words, "-H", "Transfer-Encoding: chunked", f"{served.url}/tokenize", "-T", f"{tmp_path}/large")
    assert again.stdout.startswith("413")


@pytest.mark.parametrize(("keep_alive", "seconds"), [("5m", 300), ("1.5h", 5400), ("90s", 90), ("-1s", -1), (60, 60)])
def test_keep_alive_may_be_written_as_for_ollama(served: Served, keep_alive: object, seconds: float) -> None:
    assert served.ask("/models/load", {"model": "encoder", "keep_alive": keep_alive})[0] == 200
    rows = {row["name"]: row for row in served.ask("/status")[1]["models"]}
    assert rows["encoder"]["keep_alive"] == seconds


@pytest.mark.parametrize("keep_alive", ["soon", "5 minutes", "-2s", "nan", {}, "1e400"])
def test_another_keep_alive_is_refused_by_name(served: Served, keep_alive: object) -> None:
    status, body, _ = served.ask("/models/load", {"model": "encoder", "keep_alive": keep_alive})
    assert (status, body["error"]["param"]) == (400, "keep_alive")


def test_a_model_that_nobody_keeps_goes_after_its_answer(served: Served) -> None:
    asked = {"model": "slow", "prompt": "a", "max_tokens": 1, "keep_alive": 0}
    assert served.ask("/v1/completions", asked)[0] == 200

    def state() -> str:
        rows = {row["name"]: row for row in served.ask("/status")[1]["models"]}
        return str(rows["slow"]["state"])

    wait_until(lambda: state() == "stopped", what="the unload")


# The ancestors' routes


def test_a_model_is_loaded_by_its_path_and_a_prompt_needs_no_name(folder: Path, slow: Path) -> None:
    """Where no setting names a model, the one that was loaded is meant."""
    with serving(folder) as other:
        assert other.ask("/load_model", {"path": str(slow)})[1] == {"success": True, "message": "slow is loaded."}
        body = other.ask("/status")[1]
        assert body["model_loaded"] is True
        assert {"cpu_usage", "memory_usage", "state", "models", "leases"} <= body.keys()
        assert other.ask("/load_model", {"model": "scripted"})[1]["success"] is True
        assert other.ask("/run_prompt", {"prompt": "hi"})[1] == SCRIPT[""]


def test_a_load_can_tell_its_progress(served: Served) -> None:
    served.ask("/models/unload", {"model": "slow"})
    status, text, headers = served.ask("/load_model", {"model": "slow", "stream": True})
    assert (status, headers["content-type"].split(";")[0]) == (200, "text/event-stream")
    assert text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"path": "relative.gguf"}, "path"),
        ({"path": 3}, "path"),
        ({"path": "/a.gguf", "model": "scripted"}, "path"),
        ({"path": "/nowhere/a.gguf"}, "model"),
    ],
)
def test_a_path_that_does_not_fit_is_refused(served: Served, body: object, param: str) -> None:
    status, answer, _ = served.ask("/load_model", body)
    assert (status in (400, 404), answer["error"]["param"]) == (True, param)


def test_a_prompt_is_answered_in_plain_text(served: Served) -> None:
    status, text, headers = served.ask("/run_prompt", {"prompt": "hi", "max_tokens": 200})
    assert (status, text) == (200, SCRIPT[""])
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert served.ask("/run_prompt", {"prompt": "hi", "stream": True})[1] == SCRIPT[""]
    assert served.ask("/run_prompt", {"prompt": "hi", "stream": True, "stop": [" answer"]})[1] == "The scripted"


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"prompt": 3}, 400, "prompt"),
        ({}, 400, "prompt"),
        ({"prompt": "x" * 5000}, 400, "messages"),
        ({"prompt": "x", "temperature": -1}, 400, "temperature"),
        ({"prompt": "x", "messages": []}, 400, "messages"),
        ({"prompt": "x", "n": 2}, 400, "n"),
        ({"prompt": "x", "stream": 1}, 400, "stream"),
        ({"prompt": "x", "model": "nothing"}, 404, "model"),
    ],
)
@pytest.mark.parametrize("stream", [{}, {"stream": True}])
def test_a_prompt_that_does_not_fit_is_refused_before_any_text(
    served: Served, fields: dict[str, Any], status: int, param: str | None, stream: dict[str, Any]
) -> None:
    answered, body, _ = served.ask("/run_prompt", {**stream, **fields})
    assert (answered, body["error"]["param"]) == (status, param)


def test_a_text_that_is_stopped_half_way_ends_without_its_proper_end(served: Served) -> None:
    with closing(socket.create_connection(("127.0.0.1", served.port))) as connection:
        body = json.dumps({"model": "slow", "prompt": "endless", "stream": True}).encode()
        head = (
            f"POST /run_prompt HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {served.token}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        wait_until(lambda: generations(served), what="the generation")
        said = b""
        while said.count(b"\r\n") < 20:  # the head, and some texts in chunks of HTTP's
            said += connection.recv(4096)
        assert served.ask("/stop", {})[1]["cancelled"] == 1
        while part := connection.recv(4096):
            said += part
    assert b" 200 OK" in said
    assert not said.endswith(b"0\r\n\r\n")


# Who may ask


def test_the_token_the_host_and_the_origin_are_checked(served: Served) -> None:
    def status(**headers: str) -> int:
        return served.ask("/status", headers={name.replace("_", "-"): value for name, value in headers.items()})[0]

    token = f"Bearer {served.token}"
    assert status(Authorization=token) == 200
    assert status(Authorization=token, Host=f"LOCALHOST:{served.port}") == 200
    assert status(Authorization=token, Origin="http://localhost:8888") == 200
    assert status(Authorization=token, Origin="http://[::1]:8888") == 200
    for wrong in ("", "Bearer", f"{token}x", served.token, f"bearer {served.token[:-1]}"):
        assert status(Authorization=wrong) == 401, wrong
    foreign = ("example.org", "localhost.example.org", "127.0.0.1.example.org:80", "10.0.0.1", "127.0.0.1@a.example")
    for name in foreign:
        assert status(Authorization=token, Host=name) == 403, name
        assert status(Authorization=token, Origin=f"https://{name}") == 403, name
    assert status(Authorization=token, Origin="null") == 403
    assert status(Authorization=token, Sec_Fetch_Site="cross-site") == 403


def test_without_a_token_the_host_and_the_origin_are_checked_all_the_same(folder: Path) -> None:
    with serving(folder, "--no-token") as bare:
        assert bare.ask("/v1/models", headers={})[0] == 200
        assert bare.ask("/v1/models", headers={"Host": "example.org"})[0] == 403
        assert bare.ask("/stop", b"{}", headers={"Origin": "https://example.org"})[0] == 403
        assert bare.ask("/shutdown", b"", headers={})[0] == 403


def test_the_host_is_neither_stopped_nor_opened_further_from_the_port(served: Served) -> None:
    status, body, _ = served.ask("/shutdown", b"")
    assert (status, "threadrunner stop" in body["error"]["message"]) == (403, True)
    assert served.ask("/lease?port=0&is_token_needed=false")[0] == 403


def test_only_loopback_listens(served: Served, folder: Path) -> None:
    listening = [c for p in processes_of(folder) for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert served.port in {connection.laddr.port for connection in listening}
    assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}


def test_the_token_is_made_once_for_its_user_alone_and_a_new_one_counts_at_once(folder: Path) -> None:
    with serving(folder) as one:
        path = folder / "token"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert command("token", THREADRUNNER_HOME=str(folder)).stdout.strip() == path.read_text().strip() == one.token
        before = path.read_bytes()
        try:
            path.chmod(0o644)
            fresh = command("token", "--new", THREADRUNNER_HOME=str(folder)).stdout.strip()
            assert fresh != one.token
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert one.ask("/status")[0] == 401
            assert one.ask("/status", headers={"Authorization": f"Bearer {fresh}"})[0] == 200
        finally:
            path.write_bytes(before)


# The port's life


def test_a_port_that_is_taken_is_one_sentence(served: Served, folder: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        done = command("serve", "--port", str(port), THREADRUNNER_HOME=str(folder))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"threadrunner: Port {port} is taken by another program: choose another one with --port.\n"
    again = command("serve", "--port", str(served.port), THREADRUNNER_HOME=str(folder))
    assert "is served by this host already" in again.stderr


def test_ctrl_c_closes_the_port_and_it_can_be_had_again(folder: Path) -> None:
    with serving(folder) as one:
        assert one.ask("/status")[0] == 200
    assert one.process.returncode == 0
    wait_until(lambda: not is_open(one.port), what="the port's end")
    with serving(folder, "--port", str(one.port)) as again:
        assert again.url == one.url


def test_a_serve_that_is_killed_leaves_no_open_port(folder: Path) -> None:
    with serving(folder) as one:
        one.process.kill()
        one.process.wait()
        wait_until(lambda: not is_open(one.port), what="the port's end")


def test_a_host_that_is_stopped_ends_serve_with_a_sentence(home: Path) -> None:
    with serving(home, THREADRUNNER_ENGINE="dummy") as one:
        assert command("stop", THREADRUNNER_HOME=str(home)).returncode == 0
        _, said = one.process.communicate(timeout=60)
    assert (one.process.returncode, said) == (
        1,
        "threadrunner: The host was stopped, and with it the port is closed.\n",
    )


def test_what_it_prints_for_people_can_be_run(folder: Path) -> None:
    words = [sys.executable, "-m", "threadrunner_kernel.cli", "serve", "--port", "0"]
    environment = {**os.environ, "THREADRUNNER_HOME": str(folder)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        first, second, third = (process.stdout.readline() for _ in range(3))
        process.terminate()
    url = re.findall(r"http://127.0.0.1:\d+", first)[0]
    assert second == f'  curl -H "Authorization: Bearer $(threadrunner token)" {url}/v1/models\n'
    assert third == f'  export OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY="$(threadrunner token)"\n'
    assert process.returncode == 0


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


# Limits


def test_an_answer_that_takes_longer_than_the_ports_limit_is_ended(folder: Path) -> None:
    endless = {"model": "slow", "messages": [{"role": "user", "content": "endless"}]}
    with serving(folder, "--time-limit", "1.5") as limited:
        assert limited.ask("/models/load", {"model": "slow"})[0] == 200
        status, body, _ = limited.ask("/v1/chat/completions", endless)
        assert (status, body["error"]["code"]) == (408, "timeout")
        status, text, _ = limited.ask("/v1/chat/completions", {**endless, "stream": True})
        *_, last = text.strip().split("\n\n")
        assert status == 200
        assert json.loads(last[6:])["error"]["code"] == "timeout"
        wait_until(lambda: not generations(limited), what="the end of the generations")


def test_who_asks_too_much_at_once_is_refused(folder: Path) -> None:
    """The port's own limit, with open leases, which cost little."""
    with serving(folder) as crowded:
        held = [open_lease(crowded) for _ in range(256)]
        try:
            status, body, _ = crowded.ask("/v1/models")
            assert (status, body["error"]["code"]) == (429, "queue_full")
        finally:
            for connection in held:
                connection.close()
        wait_until(lambda: crowded.ask("/v1/models")[0] == 200, what="room again")


def open_lease(served: Served) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", served.port), 60)
    head = f"GET /lease HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {served.token}\r\n\r\n"
    connection.sendall(head.encode())
    assert connection.recv(64).startswith(b"HTTP/1.1 200")
    return connection


# What it tells of itself


def test_a_request_is_known_by_its_id_in_the_answer_and_in_the_log(served: Served, folder: Path) -> None:
    headers = {**served.headers, "X-Request-Id": "my-request.7"}
    asked = {"model": "scripted", "messages": [{"role": "user", "content": SECRET}]}
    _, _, head = served.ask("/v1/chat/completions", asked, headers)
    assert head["x-request-id"] == "my-request.7"
    told = "request=my-request.7 method="
    wait_until(lambda: told in log_of(folder), what="the log line")
    line = next(line for line in log_of(folder).splitlines() if told in line)
    facts = dict(word.split("=", 1) for word in line.split() if "=" in word)
    assert facts["method"] == "POST"
    assert facts["path"] == "/v1/chat/completions"
    assert (facts["status"], facts["model"], facts["door"]) == ("200", "scripted", f"port-{served.port}")
    assert facts["generation"].startswith("chatcmpl-")
    ids = {served.ask("/v1/models")[2]["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    for odd in ("two words", "x" * 65, 'quo"te', ""):
        assert served.ask("/v1/models", headers={**served.headers, "X-Request-Id": odd})[2]["x-request-id"] != odd
    assert served.ask("/v1/models", headers={})[2]["x-request-id"]


def test_no_prompt_and_no_answer_is_in_a_log(served: Served, folder: Path) -> None:
    for body in (
        {"messages": [{"role": "user", "content": SECRET}], "stream": True},
        {"messages": [{"role": SECRET, "content": SECRET}]},
        {"messages": [{"role": "user", "content": SECRET}], "temperature": SECRET},
    ):
        served.ask("/v1/chat/completions", body)
    served.ask("/run_prompt", {"prompt": SECRET})
    served.ask("/tokenize", {"content": SECRET, SECRET: 1})
    logs = "".join(path.read_text() for path in (folder / "logs").glob("*.log*"))
    assert "/run_prompt" in logs
    assert SECRET not in logs
    assert SCRIPT[""] not in logs


def test_a_path_cannot_forge_a_log_line(served: Served, folder: Path) -> None:
    served.ask("/nowhere%0A2026-01-01%20forged=1")
    # The line is written when the answer is over, which the client may know before.
    wait_until(lambda: "%0A2026-01-01%20forged" in log_of(folder), what="the log line")
    assert not any(line.startswith("2026-01-01 forged") for line in log_of(folder).splitlines())


def log_of(folder: Path) -> str:
    return (folder / "logs" / "host.log").read_text()


def test_the_numbers_for_prometheus(served: Served) -> None:
    def numbers() -> dict[str, float]:
        text = served.ask("/metrics")[1]
        rows = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, value in rows}

    before = numbers()
    asked = {"model": "scripted", "messages": HI}
    usage = served.ask("/v1/chat/completions", asked)[1]["usage"]
    served.ask("/v1/chat/completions", {**asked, "stream": True})
    served.ask("/run_prompt", {"prompt": "hi", "model": "scripted", "stream": True})
    served.ask("/nowhere/with/a/long/name")
    after = numbers()

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0.0)

    answered = 'threadrunner_requests_total{method="POST",route="/v1/chat/completions",status="200"}'
    assert grown(answered) == 2
    assert grown('threadrunner_generated_tokens_total{model="scripted"}') == 3 * usage["completion_tokens"]
    assert grown('threadrunner_prompt_tokens_total{model="scripted"}') == 3 * usage["prompt_tokens"]
    assert after['threadrunner_model_ready{model="scripted"}'] == 1
    assert after['threadrunner_runner_memory_bytes{model="scripted"}'] > 1_000_000
    assert after["threadrunner_leases"] >= 1
    assert not any("nowhere" in name for name in after)


def test_the_pages_need_no_token_and_fetch_nothing(served: Served) -> None:
    status, page, headers = served.ask("/docs", headers={})
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    assert not re.search(r"<script|src=|https?://", page)
    for (method, path), described in ROUTES.items():
        assert f"<b>{method}</b> <code>{path}</code>" in page, described
    assert served.ask("/", headers={})[1] == page
    assert served.ask("/docs", headers={"Host": "example.org"})[0] == 403


def test_every_route_is_described(served: Served) -> None:
    document = served.ask("/openapi.json", headers={})[1]
    listed = {(m.upper(), path) for path, methods in document["paths"].items() for m in methods}
    assert listed == set(ROUTES)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            for status, answer in operation["responses"].items():
                assert status == "200" or "Error" in str(answer["content"]["application/json"])
