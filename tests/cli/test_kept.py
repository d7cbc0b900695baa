"""What a terminal remembers: ``-c``, ``--chat``, and what is not kept."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import run, running
from threadrunner_kernel.cli.kept import Kept
from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest


def messages(file: Path) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in json.loads(file.read_text())["messages"]]


def prompt_tokens(*words: str) -> int:
    """How many words reach the dummy: the earlier turns are among them."""
    body: dict[str, Any] = json.loads(run(*words, "--json").stdout)
    tokens: int = body["usage"]["prompt_tokens"]
    return tokens


def test_c_goes_on_with_the_last_conversation(dummy: Path) -> None:
    first = run("one two").stdout.strip()
    assert prompt_tokens("-c", "three") == 2 + len(first.split()) + 1
    assert [role for role, _ in messages(dummy / "conversations" / "last.json")] == ["user", "assistant"] * 2
    assert prompt_tokens("four") == 1
    assert [text for role, text in messages(dummy / "conversations" / "last.json") if role == "user"] == ["four"]


def test_a_named_conversation_stays_and_c_goes_on_with_it(dummy: Path) -> None:
    run("--chat", "trip", "one")
    trip = dummy / "conversations" / "trip.json"
    os.utime(trip, (1, 1))
    run("other")
    assert len(messages(trip)) == 2
    run("--chat", "trip", "two")
    run("-c", "three")
    assert [text for role, text in messages(trip) if role == "user"] == ["one", "two", "three"]


def test_nobody_else_can_read_what_is_kept(dummy: Path) -> None:
    run("secret")
    folder = dummy / "conversations"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600]


def test_nothing_is_kept_when_that_is_asked_for(dummy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("--no-keep", "secret")
    run("--raw", "secret")
    monkeypatch.setenv("THREADRUNNER_KEEP_CONVERSATIONS", "false")
    run("secret")
    assert list(dummy.glob("conversations/*")) == []
    refused = run("-c", "more")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("threadrunner: keep_conversations is false")
    run("--chat", "named", "this is asked for by its name")
    assert [file.name for file in dummy.glob("conversations/*")] == ["named.json"]


def test_c_with_no_keep_goes_on_and_leaves_the_file_as_it_was(dummy: Path) -> None:
    run("one")
    file = dummy / "conversations" / "last.json"
    before = file.read_text()
    assert prompt_tokens("-c", "--no-keep", "two") > 2
    assert file.read_text() == before


@pytest.mark.parametrize(
    ("words", "code", "fragment"),
    [
        (["-c", "hi"], 1, "There is no conversation to go on with yet"),
        (["--chat", "../x", "hi"], 1, "'../x' is no name for a conversation"),
        (["--chat", "x", "--no-keep", "hi"], 2, "leave one of them out"),
        (["--raw", "-c", "hi"], 2, "--raw has nothing to do with a conversation"),
        (["--raw", "-s", "You are.", "hi"], 2, "--raw sends the text alone"),
    ],
)
def test_what_does_not_go_together_is_refused(dummy: Path, words: list[str], code: int, fragment: str) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert fragment in done.stderr.splitlines()[-1]


def test_a_file_that_is_no_conversation_any_more_is_refused_by_its_name(dummy: Path) -> None:
    run("one")
    file = dummy / "conversations" / "last.json"
    file.write_text("{")
    done = run("-c", "two")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{file} is not a saved chat" in done.stderr
    assert run("three").returncode == 0


def test_what_cannot_be_kept_costs_a_sentence_and_not_the_answer(dummy: Path) -> None:
    run("one")
    folder = dummy / "conversations"
    (folder / "last.json").unlink()
    folder.rmdir()
    folder.write_text("in the way")
    try:
        done = run("two")
    finally:
        folder.unlink()
    assert done.returncode == 0
    assert done.stdout.endswith("You said: two\n")
    assert "not kept" in done.stderr


def test_a_stopped_answer_is_kept_as_far_as_it_came(dummy: Path) -> None:
    with running("word " * 2000) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        out = process.communicate(timeout=200)[0].decode()
    assert process.returncode == 130
    (_, prompt), (_, answer) = messages(dummy / "conversations" / "last.json")
    assert prompt.startswith("word word")
    assert answer == "T" + out.removesuffix("\n")


def test_a_conversation_goes_on_with_its_model_and_system_text(home: Path) -> None:
    kept = Kept.begin()
    kept.put("one", "answer", Settings(model="/a/model.gguf", system="Be brief.", engine="llama-cpp-python"))
    again = Kept.go_on()
    assert again.remembered == {"model": "/a/model.gguf", "engine": "llama-cpp-python"}
    request = again.request("two", Settings())
    assert [(message.role, message.content) for message in request.messages] == [
        ("system", "Be brief."),
        ("user", "one"),
        ("assistant", "answer"),
        ("user", "two"),
    ]
    assert again.request("two", Settings(system="Be long.")).messages[0].content == "Be long."


def test_the_remembered_model_stands_below_an_option(dummy: Path) -> None:
    run("one")
    done = run("-c", "--engine", "llama-cpp-python", "-m", "./nothing.gguf", "two")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing.gguf" in done.stderr


def test_a_conversation_that_is_too_long_is_refused_with_the_way_out(dummy: Path) -> None:
    kept = Kept.begin()
    kept.put("word " * 2500, "word " * 2500, Settings())
    done = run("-c", "more")
    assert (done.returncode, done.stdout) == (1, "")
    assert "earlier turns are a part of it: a prompt without -c begins afresh" in done.stderr
    assert "earlier turns" not in run("--no-keep", "word " * 5000).stderr
    assert "/reset begins afresh" in run("chat", "-c", input="more\n").stderr


def test_names_that_could_leave_the_folder_are_refused(home: Path) -> None:
    for name in ("", "a/b", ".hidden", "a b", "x" * 200):
        with pytest.raises(BadRequest, match="no name"):
            Kept.begin(name or "/")
