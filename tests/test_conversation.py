"""A conversation's turns: put in place, before a cell, forgotten; and the file, which any program can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadrunner_kernel.conversation import Conversation, Turn, as_dicts
from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.messages import Message


def turn(name: str, cell_id: str | None = None) -> Turn:
    return Turn(name, name.upper(), cell_id)


def names(conversation: Conversation) -> list[str]:
    return [turn.prompt for turn in conversation.turns]


def of(*cell_ids: str) -> Conversation:
    return Conversation([turn(cell_id, cell_id) for cell_id in cell_ids])


# Turns


def test_a_turn_takes_the_place_of_its_cells_earlier_one() -> None:
    conversation = of("a", "b", "c")
    conversation.put(turn("b again", "b"))
    assert names(conversation) == ["a", "b again", "c"]


def test_a_turn_of_a_new_cell_or_of_none_goes_to_the_end() -> None:
    conversation = of("a")
    for one in (turn("b", "b"), turn("c"), turn("d")):
        conversation.put(one)
    assert names(conversation) == ["a", "b", "c", "d"]


def test_the_context_of_a_cell_is_the_turns_before_its_own() -> None:
    conversation = of("a", "b", "c")
    assert [turn.prompt for turn in conversation.before("a")] == []
    assert [turn.prompt for turn in conversation.before("c")] == ["a", "b"]
    assert conversation.before("d") == conversation.before(None) == conversation.turns


@given(st.lists(st.sampled_from([None, "a", "b", "c"])))
def test_whatever_runs_again_the_order_is_that_of_first_execution(cells: list[str | None]) -> None:
    conversation = Conversation()
    for number, cell_id in enumerate(cells):
        before = conversation.before(cell_id)
        conversation.put(turn(str(number), cell_id))
        assert conversation.before(cell_id)[: len(before)] == before
    first_runs = [cell_id for place, cell_id in enumerate(cells) if cell_id is None or cell_id not in cells[:place]]
    assert [turn.cell_id for turn in conversation.turns] == first_runs
    newest = {cell_id: str(number) for number, cell_id in enumerate(cells)}
    assert all(turn.prompt == newest[turn.cell_id] for turn in conversation.turns if turn.cell_id)


def test_messages_are_the_system_text_and_what_was_said_before_the_cell() -> None:
    conversation = of("a", "b")
    said = [("user", "a"), ("assistant", "A"), ("user", "b"), ("assistant", "B")]
    assert conversation.messages() == tuple(Message(*pair) for pair in said)  # type: ignore[arg-type]
    assert conversation.messages("Be short.", "b")[0] == Message("system", "Be short.")
    assert len(conversation.messages("Be short.", "b")) == 3


def test_the_settings_system_text_goes_before_the_files() -> None:
    conversation = Conversation(system="Be long.")
    assert conversation.messages() == (Message("system", "Be long."),)
    assert conversation.messages("Be short.") == (Message("system", "Be short."),)


def test_forget_takes_out_turns_by_number() -> None:
    conversation = of("a", "b", "c", "d")
    conversation.forget([2, 4, 2])
    assert names(conversation) == ["a", "c"]
    conversation.put(turn("b", "b"))
    assert names(conversation) == ["a", "c", "b"]


@pytest.mark.parametrize("numbers", [[0], [3], [-1], [1, 3]])
def test_a_turn_that_is_not_there_is_refused_and_all_stay(numbers: list[int]) -> None:
    conversation = of("a", "b")
    with pytest.raises(BadRequest, match=r"There is no turn -?\d: the chat has 2 turns"):
        conversation.forget(numbers)
    assert names(conversation) == ["a", "b"]


def test_begin_and_reset_leave_nothing_of_before() -> None:
    conversation = Conversation([turn("a")], system="Be long.")
    conversation.begin(turn("b"))
    assert (names(conversation), conversation.system) == (["b"], "")
    conversation.reset()
    assert (len(conversation), conversation.messages()) == (0, ())


# Files


@given(turns=st.lists(st.tuples(st.text(), st.text())), system=st.text())
def test_what_is_saved_is_loaded_again(
    tmp_path_factory: pytest.TempPathFactory, turns: list[tuple[str, str]], system: str
) -> None:
    path = tmp_path_factory.mktemp("chats") / "chat.json"
    conversation = Conversation([Turn(prompt, answer) for prompt, answer in turns])
    conversation.save(path, system)
    loaded = Conversation.load(path)
    assert (loaded.turns, loaded.system) == (conversation.turns, system)


def test_the_file_is_a_list_of_openais_messages(tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    of("a").save(path, "Be short.")
    messages = [("system", "Be short."), ("user", "a"), ("assistant", "A")]
    listed = [{"role": role, "content": content} for role, content in messages]
    assert json.loads(path.read_text("utf-8")) == {"messages": listed}
    assert as_dicts(Conversation.load(path).messages()) == listed
    assert [file.name for file in tmp_path.iterdir()] == ["chat.json"]


def test_a_bare_list_of_another_program_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "x": 1}]))
    assert Conversation.load(path).turns == (Turn("a", "b"),)


def test_half_a_surrogate_pair_is_saved_as_it_was_sent(tmp_path: Path) -> None:
    Conversation([Turn("\ud83d", "b")]).save(tmp_path / "chat.json")
    assert Conversation.load(tmp_path / "chat.json").turns[0].prompt == "?"


USER, ASSISTANT = {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}
SYSTEM = {"role": "system", "content": "c"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, 'there is no list of "messages" in it'),
        ("text", 'there is no list of "messages" in it'),
        ({"messages": "text"}, 'there is no list of "messages" in it'),
        ({"cells": []}, 'there is no list of "messages" in it'),
        ([1], "the role of message 1 is not system, user or assistant"),
        ([USER, {"role": "tool", "content": "x"}], "the role of message 2"),
        ([USER, {"role": ["user"], "content": "x"}], "the role of message 2"),
        ([USER, {"role": "assistant"}], "the content of message 2 is not a text"),
        ([{"role": "user", "content": [{"type": "text"}]}], "the content of message 1 is not a text"),
        ([ASSISTANT], "message 1 is of the assistant, where one of the user belongs"),
        ([SYSTEM, ASSISTANT], "message 2 is of the assistant, where one of the user belongs"),
        ([USER, USER], "message 2 is of the user, where one of the assistant belongs"),
        ([USER, SYSTEM, ASSISTANT], "message 2 is of the system, where one of the assistant belongs"),
        ([USER, ASSISTANT, USER], "the last prompt has no answer"),
    ],
)
def test_what_is_no_list_of_messages_is_refused_with_file_and_reason(tmp_path: Path, content: Any, reason: str) -> None:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(content))
    with pytest.raises(BadRequest) as caught:
        Conversation.load(path)
    assert caught.value.message.startswith(f"{path} is not a saved chat: ")
    assert reason in caught.value.message


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "chat.json"
    path.write_bytes(content)
    with pytest.raises(BadRequest, match="is not a saved chat: it is not JSON"):
        Conversation.load(path)


def test_a_file_that_cannot_be_reached_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"none\.json cannot be read \(No such file or directory\)\.$"):
        Conversation.load(tmp_path / "none.json")
    with pytest.raises(BadRequest, match=r"cannot be saved in .*chat\.json \(No such file or directory\)\.$"):
        of("a").save(tmp_path / "none" / "chat.json")
    with pytest.raises(BadRequest, match="cannot be saved"):
        of("a").save(tmp_path)
    assert list(tmp_path.iterdir()) == []
