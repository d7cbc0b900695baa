"""The llama.cpp backend in a real runner process, asked over its socket: what is said, how it ends and is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import psutil
import pytest

from tests import model_files
from tests.conftest import SCRIPT, is_gone, wait_until
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import Endpoint, socket_folder
from threadrunner_kernel.errors import BadRequest, Cancelled, PromptTooLong, QueueFull
from threadrunner_kernel.messages import ChatRequest, Event, Message
from threadrunner_kernel.process import ChildFailed, ChildProcess

COUNT = SCRIPT["count"]
TINY_CONTEXT = 512
# What the random model's plain ChatML adds around one user message: "<|im_start|>user\n", "<|im_end|>\n" and
# "<|im_start|>assistant\n", with a token for each byte and for each control text.
AROUND_ONE_MESSAGE = 6 + 2 + 11
# As many tokens of a prompt are read at once.
STEP_TOKENS = Settings().step_tokens
_numbers = count()


@contextmanager
def runner_of(model: Path, folder: Path, *arguments: str, **variables: str) -> Iterator[ChildProcess]:
    """A runner's process, started; it may still load."""
    endpoint = Endpoint(socket_folder() / f"test-{os.getpid()}-{next(_numbers)}.sock")
    command = [sys.executable, "-m", "threadrunner_kernel.runner", "--endpoint", str(endpoint.path)]
    command += ["--engine", "llama-cpp-python", "--model", str(model), *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("THREADRUNNER_")}
    environment |= {"THREADRUNNER_HOME": str(folder), **variables}
    process = ChildProcess(command, endpoint, log=folder / "runner.log", environment=environment)
    process.start()
    try:
        yield process
    finally:
        process.stop()
        endpoint.unlink()


@contextmanager
def ready_runner(model: Path, folder: Path, *arguments: str, **variables: str) -> Iterator[HostClient]:
    with runner_of(model, folder, *arguments, **variables) as process:
        process.wait_ready(timeout_seconds=60)
        yield HostClient(process.endpoint)


@pytest.fixture(scope="module")
def speaker(scripted: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostClient]:
    """A runner of the scripted model."""
    with ready_runner(scripted, tmp_path_factory.mktemp("speaker")) as client:
        yield client


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights that answers at once and never ends by itself."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    return model_files.write_random_model(path, model_files.TINY, context_length=TINY_CONTEXT)


@pytest.fixture(scope="module")
def babbler(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostClient]:
    """A runner of the tiny random model."""
    with ready_runner(tiny, tmp_path_factory.mktemp("babbler")) as client:
        yield client


@pytest.fixture(scope="module")
def reader(small_random: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostClient]:
    """A runner of the model that takes seconds for a long prompt."""
    with ready_runner(small_random, tmp_path_factory.mktemp("reader")) as client:
        yield client


def request(prompt: str) -> ChatRequest:
    return ChatRequest(messages=(Message("user", prompt),), stream=True)


def events_of(client: HostClient, chat: ChatRequest) -> list[Event]:
    with client.chat(chat, Cancellation()) as events:
        return list(events)


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events)


def answer(client: HostClient, chat: ChatRequest) -> str:
    return text_of(events_of(client, chat))


def active(client: HostClient) -> int:
    """Generations that the runner itself says it works on."""
    return int(client.get("/health")["active"])


def stopped(client: HostClient, chat: ChatRequest, is_enough: Callable[[str, Event], bool]) -> str:
    """What was said before the cancel, which comes when ``is_enough`` of the text so far and the newest event."""
    cancellation = Cancellation()
    said = ""
    try:
        with client.chat(chat, cancellation) as events:
            for event in events:
                said += event.text
                if is_enough(said, event):
                    cancellation.cancel()
    except Cancelled:
        return said
    raise AssertionError(f"it ended by itself: {said}")


# What is said


@pytest.mark.parametrize("trigger", ["", "markdown", "count", "hostile"])
def test_the_answer_is_the_models_own_text_in_pieces(speaker: HostClient, trigger: str) -> None:
    events = events_of(speaker, request(f"please: {trigger}"))
    assert text_of(events) == SCRIPT[trigger]
    assert len([event for event in events if event.text]) > 3
    assert events[-1].finish_reason == "stop"


def test_a_character_of_several_tokens_comes_whole(speaker: HostClient) -> None:
    pieces = [event.text for event in events_of(speaker, request("hello"))]
    assert [piece for piece in pieces if "🙂" in piece]
    assert not [piece for piece in pieces if "\ufffd" in piece]


def test_usage_and_timings_count_the_same_tokens(speaker: HostClient) -> None:
    *others, last = events_of(speaker, request("hi"))
    assert all(event.usage is None and event.timings is None for event in others)
    assert last.usage is not None
    assert last.timings is not None
    # The scripted template ends in one more control token, the one that opens the answer.
    assert last.usage.prompt_tokens == AROUND_ONE_MESSAGE + len("hi") + 1
    assert last.timings.prompt_n + last.timings.cache_n == last.usage.prompt_tokens
    assert last.timings.cache_n == last.usage.cached_tokens
    assert last.usage.completion_tokens == last.timings.predicted_n >= len([event for event in others if event.text])
    assert last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens
    assert last.timings.prompt_ms > 0
    assert last.timings.predicted_ms > 0


def test_a_whole_answer_is_the_streamed_one(speaker: HostClient) -> None:
    body = replace(request("markdown"), stream=False).to_wire()
    whole = speaker.post("/v1/chat/completions", body)
    assert whole["object"] == "chat.completion"
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": SCRIPT["markdown"]}
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert whole["usage"]["completion_tokens"] == whole["timings"]["predicted_n"] > 0


def test_the_system_text_and_earlier_turns_are_read(speaker: HostClient) -> None:
    turns = (Message("system", "Be short."), Message("user", "count"), Message("assistant", "1"), Message("user", "hi"))
    last = events_of(speaker, replace(request(""), messages=turns))[-1]
    alone = events_of(speaker, request("hi"))[-1]
    assert last.usage is not None
    assert alone.usage is not None
    assert last.usage.prompt_tokens > alone.usage.prompt_tokens + len("Be short.count1")


def test_sampling_settings_are_taken_together(speaker: HostClient) -> None:
    chat = replace(
        request("hi"), temperature=1.5, top_k=7, top_p=0.5, min_p=0.2, repeat_penalty=1.3, seed=11, max_tokens=500
    )
    assert answer(speaker, chat) == SCRIPT[""]


def test_the_weights_without_repacking_say_the_same(scripted: Path, tmp_path: Path) -> None:
    with ready_runner(scripted, tmp_path, "--no-extra-buffers") as client:
        assert answer(client, request("count")) == COUNT


@pytest.mark.parametrize("quantisation", ["q4_0", "q8_0"])
def test_quantised_weights_are_computed_with(quantisation: model_files.Quantisation, tmp_path: Path) -> None:
    model = model_files.write_random_model(tmp_path / "q.gguf", model_files.TINY, quantisation=quantisation)
    with ready_runner(model, tmp_path) as client:
        chat = replace(request("hi"), temperature=0.0, max_tokens=20)
        assert answer(client, chat) == answer(client, chat) != ""


# How it ends


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_the_token_limit_ends_an_answer(speaker: HostClient, limit: int) -> None:
    events = events_of(speaker, replace(request("count"), max_tokens=limit))
    assert events[-1].finish_reason == "length"
    assert events[-1].usage is not None
    assert events[-1].usage.completion_tokens == limit
    assert text_of(events) != ""
    assert COUNT.startswith(text_of(events))


def test_a_character_cut_off_by_the_token_limit_is_marked_and_does_not_break_the_stream(speaker: HostClient) -> None:
    texts = {answer(speaker, replace(request("hi"), max_tokens=limit)) for limit in range(1, 13)}
    whole = SCRIPT[""]
    assert all(whole.startswith(text.rstrip("\ufffd")) for text in texts)
    assert any(text.endswith("\ufffd") for text in texts)


@pytest.mark.parametrize("length", [1, 2, 5, 11])
@pytest.mark.parametrize("start", range(150, 170, 3))
def test_a_stop_text_is_never_shown_in_part(speaker: HostClient, start: int, length: int) -> None:
    stop = COUNT[start : start + length]
    events = events_of(speaker, replace(request("count"), stop=(stop,)))
    assert text_of(events) == COUNT[: COUNT.index(stop)]
    assert events[-1].finish_reason == "stop"


def test_the_earliest_of_several_stop_texts_counts(speaker: HostClient) -> None:
    chat = replace(request("count"), stop=("60, 61", "never said", "40, 41, 42"))
    assert answer(speaker, chat) == COUNT[: COUNT.index("40, 41, 42")]


def test_a_stop_text_around_a_character_of_several_tokens(speaker: HostClient) -> None:
    assert answer(speaker, replace(request("hi"), stop=("🙂 and",))) == "The scripted answer, naïve "


def test_what_only_looked_like_a_stop_text_is_said_in_the_end(speaker: HostClient) -> None:
    assert answer(speaker, replace(request("hi"), stop=("short. And more",))) == SCRIPT[""]


def test_an_answer_without_an_end_fills_the_context(babbler: HostClient) -> None:
    events = events_of(babbler, request("hi"))
    assert events[-1].finish_reason == "length"
    assert events[-1].usage is not None
    assert events[-1].usage.total_tokens == TINY_CONTEXT


def test_a_prompt_that_just_fits_is_answered(babbler: HostClient) -> None:
    events = events_of(babbler, request("x" * (TINY_CONTEXT - 1 - AROUND_ONE_MESSAGE)))
    assert events[-1].usage is not None
    assert (events[-1].usage.prompt_tokens, events[-1].usage.completion_tokens) == (TINY_CONTEXT - 1, 1)


@pytest.mark.parametrize("too_many", [0, 1, 5000])
def test_a_prompt_longer_than_the_context_is_refused_with_both_numbers(babbler: HostClient, too_many: int) -> None:
    prompt = "x" * (TINY_CONTEXT - AROUND_ONE_MESSAGE + too_many)
    with pytest.raises(PromptTooLong, match=rf"\b{TINY_CONTEXT + too_many} tokens.*\b{TINY_CONTEXT}\b"):
        events_of(babbler, request(prompt))


def test_a_model_is_not_asked_for_more_context_than_it_was_trained_for(tmp_path: Path) -> None:
    model = model_files.write_random_model(tmp_path / "short.gguf", model_files.TINY, context_length=256)
    with ready_runner(model, tmp_path) as client:
        events = events_of(client, request("hi"))
    assert events[-1].usage is not None
    assert events[-1].usage.total_tokens == 256


def test_the_context_that_was_set_is_the_limit(tiny: Path, tmp_path: Path) -> None:
    with ready_runner(tiny, tmp_path, THREADRUNNER_CONTEXT="100") as client:
        events = events_of(client, request("hi"))
        assert events[-1].usage is not None
        assert events[-1].usage.total_tokens == 100
        with pytest.raises(PromptTooLong, match=r"\b150 tokens.*\b100\b"):
            events_of(client, request("x" * (150 - AROUND_ONE_MESSAGE)))


# Chance


def test_a_seed_repeats_an_answer(babbler: HostClient) -> None:
    chat = replace(request("tell"), temperature=1.0, max_tokens=60)
    first, again, other = (answer(babbler, replace(chat, seed=seed)) for seed in (7, 7, 8))
    assert first == again != other


def test_without_a_seed_answers_differ(babbler: HostClient) -> None:
    chat = replace(request("tell"), temperature=1.0, max_tokens=60)
    assert answer(babbler, chat) != answer(babbler, chat)


def test_temperature_0_leaves_nothing_to_chance(babbler: HostClient) -> None:
    chat = replace(request("tell"), temperature=0.0, max_tokens=60)
    assert len({answer(babbler, replace(chat, seed=seed)) for seed in (1, 2, None)}) == 1


def test_one_likeliest_token_leaves_nothing_to_chance(babbler: HostClient) -> None:
    chat = replace(request("tell"), temperature=2.0, top_k=1, max_tokens=60)
    assert answer(babbler, chat) == answer(babbler, replace(chat, temperature=0.0, top_k=None))


def test_a_seeded_answer_does_not_depend_on_what_was_asked_before(babbler: HostClient) -> None:
    chat = replace(request("tell"), temperature=0.0, max_tokens=60)
    before = answer(babbler, chat)
    answer(babbler, replace(request("something else of another length"), max_tokens=9))
    assert answer(babbler, chat) == before


# What is refused


@pytest.mark.parametrize("prompt", ["", "  \n\t "])
def test_an_empty_prompt_is_refused(speaker: HostClient, prompt: str) -> None:
    with pytest.raises(BadRequest, match="empty"):
        events_of(speaker, request(prompt))


def test_a_field_that_would_be_dropped_is_refused_by_name(speaker: HostClient) -> None:
    for name, value in (("tools", []), ("functions", []), ("best_of", 2), ("tool_choice", "auto")):
        with pytest.raises(BadRequest, match=name) as refusal:
            speaker.post("/v1/chat/completions", {**request("hi").to_wire(), name: value})
        assert refusal.value.param == name


# What cannot be loaded


@pytest.mark.parametrize("kind", ["missing", "truncated", "not gguf", "folder"])
def test_a_file_that_is_no_model_fails_in_one_sentence(kind: str, scripted: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    make: dict[str, Callable[[], object]] = {
        "missing": lambda: None,
        "truncated": lambda: model_files.write_truncated(path, scripted),
        "not gguf": lambda: model_files.write_not_gguf(path),
        "folder": path.mkdir,
    }
    make[kind]()
    with runner_of(path, tmp_path) as process, pytest.raises(ChildFailed) as failure:
        process.wait_ready(timeout_seconds=60)
    message = failure.value.body["error"]["message"]
    assert message.startswith("broken.gguf cannot be loaded: ")
    assert "\n" not in message


def test_a_context_that_memory_cannot_hold_is_refused_with_its_size(scripted: Path, tmp_path: Path) -> None:
    with (
        runner_of(scripted, tmp_path, THREADRUNNER_CONTEXT="2000000000") as process,
        pytest.raises(ChildFailed) as failure,
    ):
        process.wait_ready(timeout_seconds=60)
    message = failure.value.body["error"]["message"]
    assert "2000000000 tokens" in message
    assert "GB" in message
    assert "THREADRUNNER_CONTEXT" in message


# How it is stopped


def test_a_cancel_in_mid_answer_leaves_the_runner_idle(speaker: HostClient) -> None:
    said = stopped(speaker, request("endless"), lambda said, _: len(said) > 200)
    assert said.startswith("on and on and on and on")
    wait_until(lambda: active(speaker) == 0, what="the idle runner")
    assert answer(speaker, request("hi")) == SCRIPT[""]


def test_a_cancel_in_a_long_prompt_ends_the_reading(reader: HostClient) -> None:
    short = replace(request("a short prompt"), max_tokens=8, temperature=0.0)
    before = answer(reader, short)
    long = replace(request("a long prompt " * 200), max_tokens=1, return_progress=True)
    stopped(reader, long, lambda _, event: bool(event.progress and event.progress.done > 0))
    wait_until(lambda: active(reader) == 0, what="the idle runner")
    # What was cut off in the middle left nothing behind in the context.
    assert answer(reader, short) == before
    # It was cut off: what was read of it counts as read, and that is not nearly all.
    usage = events_of(reader, long)[-1].usage
    assert usage is not None
    assert 0 < usage.cached_tokens < usage.prompt_tokens - STEP_TOKENS


def test_reading_a_long_prompt_is_reported_from_nothing_to_all(reader: HostClient) -> None:
    chat = replace(request("word " * 200), max_tokens=1, return_progress=True)
    events = events_of(reader, chat)
    progress = [event.progress for event in events if event.progress]
    assert [p.kind for p in progress] == ["prompt"] * len(progress)
    done = [p.done for p in progress]
    assert done == sorted(done)
    assert len(set(done)) > 3
    assert events[-1].usage is not None
    # What an earlier prompt began with in the same way counts as read from the start.
    assert (done[0], done[-1]) == (events[-1].usage.cached_tokens, events[-1].usage.prompt_tokens)
    assert {p.total for p in progress} == {events[-1].usage.prompt_tokens}


def test_who_waits_and_leaves_is_never_served(slow: Path, tmp_path: Path) -> None:
    with ready_runner(slow, tmp_path, THREADRUNNER_PARALLEL="1") as client:
        with client.chat(request("endless"), Cancellation()) as running:
            next(running)
            with client.chat(replace(request("hi"), return_progress=True), Cancellation()) as waiting:
                event = next(waiting)
                assert event.progress is not None
                assert (event.progress.kind, event.progress.done) == ("queue", 1)
                assert active(client) == 2
            wait_until(lambda: active(client) == 1, what="the end of the waiting one")
        wait_until(lambda: active(client) == 0, what="the idle runner")


def test_a_full_queue_refuses(slow: Path, tmp_path: Path) -> None:
    with (
        ready_runner(slow, tmp_path, THREADRUNNER_PARALLEL="1", THREADRUNNER_MAX_QUEUE="0") as client,
        client.chat(request("endless"), Cancellation()) as running,
    ):
        next(running)
        with pytest.raises(QueueFull, match="ask again later"):
            events_of(client, request("hi"))


# Its life


def test_a_ctrl_c_is_not_meant_for_it_and_sigterm_is(slow: Path, tmp_path: Path) -> None:
    with runner_of(slow, tmp_path) as process:
        process.wait_ready(timeout_seconds=60)
        client = HostClient(process.endpoint)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGINT)
        assert answer(client, request("hi")) == SCRIPT[""]
        with client.chat(request("endless"), Cancellation()) as events:
            next(events)
            process.stop(grace_seconds=60)
        assert process.exit is not None
        assert process.exit.code == 0
        assert not process.endpoint.path.exists()


def test_it_ends_with_who_started_it(slow: Path, tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from tests.runner.test_llama import ready_runner, request\n"
        "from threadrunner_kernel.client import Cancellation\n"
        f"with ready_runner(Path({str(slow)!r}), Path({str(tmp_path)!r})) as client:\n"
        "    with client.chat(request('endless'), Cancellation()) as events:\n"
        "        next(events)\n"
        "        print('generating', flush=True)\n"
        "        time.sleep(600)\n"
    )
    root = Path(__file__).parents[2]
    with psutil.Popen(
        [sys.executable, "-c", script], stdout=-1, text=True, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}
    ) as parent:
        assert parent.stdout.readline() == "generating\n"
        (runner,) = parent.children()
        parent.kill()
        parent.wait()
        wait_until(lambda: is_gone(runner.pid), what="the runner's end")


def test_the_log_may_change_hands_while_llama_cpp_writes_to_it(tmp_path: Path) -> None:
    """As when a second engine is made while the first computes. In a process of its own, which a fault would end."""
    script = f"""
import threading
import llama_cpp.llama_cpp as C
from threadrunner_kernel.runner.llama import AbortFlag, NativeLog

logs = [NativeLog(AbortFlag())]
is_over = threading.Event()

def write() -> None:
    while not is_over.is_set():
        C.llama_model_load_from_file({str(tmp_path / "none.gguf").encode()!r}, C.llama_model_default_params())

writers = [threading.Thread(target=write) for _ in range(2)]
for writer in writers:
    writer.start()
while len(logs) < 5000 or not any(log.errors for log in logs):
    logs.append(NativeLog(AbortFlag()))
is_over.set()
for writer in writers:
    writer.join()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
