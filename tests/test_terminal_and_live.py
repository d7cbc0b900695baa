"""What a terminal and every view are given: text that obeys nobody, and a line on what is going on."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadrunner_kernel import live as live_module
from threadrunner_kernel.live import Live, numbers_line
from threadrunner_kernel.messages import Event, Progress, Timings, Usage
from threadrunner_kernel.status import holder_lines, host_lines, status_lines, table_lines
from threadrunner_kernel.terminal import printable


@pytest.fixture
def at_100_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock that answers are timed by stands still."""
    monkeypatch.setattr(live_module, "time", SimpleNamespace(monotonic=lambda: 100.0))


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    kept = [letter for letter in text if unicodedata.category(letter) != "Cc" or letter in "\n\t"]
    assert printable(text) == "".join(kept)


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[2J\x1b]0;title\x07gone", "[2J]0;titlegone"),
        ("\x9b31mred", "31mred"),
        ("100 %\rdone", "100 %done"),
        ("a\x08\x7fb", "ab"),
        ("naïve 🙂\n\tcafé", "naïve 🙂\n\tcafé"),
    ],
)
def test_escape_sequences_become_plain_text(hostile: str, harmless: str) -> None:
    assert printable(hostile) == harmless


def test_text_is_gathered_and_each_event_with_text_is_a_token() -> None:
    live = Live()
    for event in (Event(text="a"), Event(), Event(text="b"), Event(finish_reason="stop")):
        live.take(event)
    assert (live.text, live.tokens) == ("ab", 2)


def test_the_first_token_is_timed_once() -> None:
    live = Live()
    live.take(Event(progress=Progress("prompt", 1, 2)))
    assert live.first_token is None
    live.take(Event(text="a"))
    first = live.first_token
    assert first is not None
    assert first >= live.began
    live.take(Event(text="b"))
    assert live.first_token == first


def test_progress_is_shown_until_text_comes() -> None:
    live = Live()
    live.take(Event(progress=Progress("prompt", 1, 2)))
    live.take(Event())
    assert live.progress == Progress("prompt", 1, 2)
    live.take(Event(text="a"))
    assert live.progress is None


def test_notices_are_kept_in_order() -> None:
    live = Live()
    live.take(Event(notice="one"))
    live.take(Event(notice="two", text="a"))
    assert live.notices == ["one", "two"]


def test_the_hosts_name_is_taken_where_nothing_else_was_known() -> None:
    for live, name in ((Live(), "qwen"), (Live(model="mine"), "mine")):
        live.take(Event(model="qwen"))
        live.take(Event(text="a"))
        assert live.model == name


def test_a_short_answer_is_not_said_to_be_faster_than_its_pace() -> None:
    four = Timings(predicted_n=4, predicted_ms=150)
    assert "26.7 tokens/s" in numbers_line("m", Usage(), four, None, "length")
    assert "20.0 tokens/s · paced to 20 tokens/s" in numbers_line("m", Usage(), four, None, "length", pace=20.0)


def test_a_pace_is_kept_also_when_no_end_comes() -> None:
    live = Live()
    live.take(Event(progress=Progress("prompt", 2, 2), pace=60.0))
    live.take(Event(text="a"))
    assert live.pace == 60.0


def test_thinking_is_no_text_but_its_tokens_count() -> None:
    live = Live(model="qwen")
    assert live.thinking_seconds is None
    live.take(Event(reasoning="Hm"))
    live.take(Event(reasoning="."))
    assert (live.text, live.reasoning, live.tokens, live.reasoning_tokens) == ("", "Hm.", 2, 2)
    assert live.is_thinking
    assert live.state().startswith("thinking · qwen · 2 tokens · ")
    live.take(Event(text="Yes."))
    assert not live.is_thinking
    assert live.state().startswith("qwen · 3 tokens · ")


def test_the_thinking_lasts_from_its_first_token_to_the_answers_first() -> None:
    assert Live(reasoning_tokens=2, first_token=10.0, first_text=13.5).thinking_seconds == 3.5


def test_two_answers_share_no_notices() -> None:
    Live().notices.append("of the first")
    assert Live().notices == []


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (None, "starting, 5 s"),
        (Progress("load", 0.456), "loading qwen: 46 %, 5 s"),
        (Progress("queue", 2), "waiting: place 2 in the queue, 5 s"),
        (Progress("prompt", 100, 250), "reading the prompt: 100 of 250 tokens, 5 s"),
        (Progress("prompt", 100, 250, 100, 30.0), "reading the prompt: 100 of 250 tokens, 5 s"),
        (Progress("prompt", 150, 250, 100, 2000.0), "reading the prompt: 150 of 250 tokens, 4 s left"),
    ],
)
@pytest.mark.usefixtures("at_100_seconds")
def test_before_the_first_token_the_state_says_what_is_waited_for(progress: Progress | None, line: str) -> None:
    assert Live(model="qwen", progress=progress, began=95).state() == line


def test_a_load_of_an_unnamed_model_has_a_name_too() -> None:
    assert Live(progress=Progress("load", 0.5)).state().startswith("loading the model: 50 %, ")


@pytest.mark.usefixtures("at_100_seconds")
def test_while_text_comes_the_state_says_how_much_and_how_fast() -> None:
    live = Live(model="qwen", tokens=100, first_token=90)
    assert live.state() == "qwen · 100 tokens · 10.0 tokens/s"


@pytest.mark.usefixtures("at_100_seconds")
def test_the_state_of_an_unnamed_model_begins_with_no_empty_name() -> None:
    assert Live(tokens=100, first_token=90).state() == "100 tokens · 10.0 tokens/s"


def test_a_token_of_this_very_moment_has_a_speed() -> None:
    live = Live(model="qwen")
    live.take(Event(text="a"))
    assert live.state().startswith("qwen · 1 tokens · ")


def model(**changes: object) -> dict[str, object]:
    """A model's entry in the host's status."""
    idle = {"memory_bytes": 0, "active": 0, "expires_in_seconds": None, "failure": None, "progress": 1.0}
    uses: dict[str, object] = {"cpu_usage": 1.0, "gpu_memory_bytes": None, "queued": 0, "tokens_per_second": 0.0}
    return {"name": "qwen", "engine": "llama-cpp-python", "state": "ready", "leases": [], **idle, **uses, **changes}


UNUSED: dict[str, object] = {"device": None, "context": None, "held_by": [], "leases": [], "is_preloaded": False}


def status(*models: dict[str, object], upstreams: Sequence[dict[str, str]] = ()) -> dict[str, object]:
    return {"models": models, "upstreams": upstreams}


def test_the_status_has_a_line_for_each_model_that_is_not_stopped() -> None:
    models = [model(), model(name="b", state="stopped"), model(name="c", state="stopping")]
    assert status_lines(status(*models)) == ["qwen: warm", "c: stopping"]


def test_the_status_and_the_list_of_models_name_the_upstreams() -> None:
    known = status(upstreams=[{"name": "box", "place": "example.org, outside this machine"}])
    box = "box/…: an upstream at example.org, outside this machine"
    assert status_lines(known) == [box]
    assert table_lines(known) == ["No model is loaded.", box]
    assert table_lines({**known, "models": [model(engine="llama-server", **UNUSED)]})[1].split()[:2] == [
        "qwen",
        "llama-server",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"state": "starting", "progress": 0.256}, "qwen: loading, 26 %"),
        ({"memory_bytes": 1_500_000_000, "active": 2}, "qwen: warm, 1.5 GB of memory, 2 generating"),
        (
            {
                "cpu_usage": 187.4,
                "gpu_memory_bytes": 2_000_000_000,
                "active": 5,
                "queued": 3,
                "tokens_per_second": 45.26,
            },
            "qwen: warm, 2.0 GB of GPU memory, 1.9 cores, 2 generating at 45.3 tokens/s, 3 waiting",
        ),
        ({"state": "starting", "progress": 0.0, "queued": 2}, "qwen: loading, 0 %, 2 waiting"),
        ({"engine": "llama-server"}, "qwen: warm, through llama-server"),
        ({"expires_in_seconds": 0.0}, "qwen: warm, unloaded in 0 s if unused"),
        ({"state": "failed", "failure": "It is broken."}, "qwen: failed, It is broken."),
    ],
)
def test_a_models_line_says_what_is_known(changes: dict[str, object], line: str) -> None:
    assert status_lines(status(model(**changes))) == [line]


def test_the_holders_and_the_ports_are_named() -> None:
    leases = [{"pid": 12, "name": "report.ipynb", "id": "a"}, {"pid": None, "name": "", "id": "b"}]
    served = [{"port": 3000, "is_token_needed": True}, {"port": 3001, "is_token_needed": False}]
    models = [model(leases=["a", "c"]), model(name="b", leases=["a"])]
    assert holder_lines({"leases": leases, "served": served, "models": models}) == [
        "report.ipynb (process 12) holds qwen, b",
        "a process holds no model yet",
        "served at http://127.0.0.1:3000, with the token",
        "served at http://127.0.0.1:3001, without a token",
    ]


def test_the_host_says_what_all_of_it_uses() -> None:
    machine = {"memory_usage": 1_200_000_000, "memory_available": 3_000_000_000, "cpu_usage": 134.0, "cpu_count": 2}
    gpus = [{"name": "Card", "used_bytes": 500_000_000, "total_bytes": 24_000_000_000}]
    assert host_lines({"pid": 7, "version": "1.0", "gpus": gpus, **machine}) == [
        "The host (process 7, version 1.0) and its runners use 1.2 GB and 1.3 of 2 cores; 3.0 GB are free.",
        "Card: 500 MB of 24.0 GB are in use.",
    ]
