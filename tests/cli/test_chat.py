"""``threadrunner chat`` on a terminal of its own, and with its lines piped in."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.cli.program import THREADRUNNER, run
from threadrunner_kernel import config, launcher
from threadrunner_kernel.cli.lines import Lines

SAID = "You said: "
# What a terminal sends for Alt-Enter, the arrow up, and Tab.
ALT_ENTER, UP, TAB = "\x1b\r", "\x1b[A", "\t"


@contextmanager
def chatting(*words: str) -> Iterator[pexpect.spawn[str]]:
    """A chat on a terminal that shows its prompt."""
    child = pexpect.spawn(
        THREADRUNNER, ["chat", *words], encoding="utf-8", timeout=60, dimensions=(40, 200), echo=False
    )
    try:
        if "-c" in words:
            child.expect_exact("going on after 1 turn.")
        ready(child)
        yield child
    finally:
        child.close(force=True)


def ready(child: pexpect.spawn[str]) -> None:
    """Wait until the line editor takes lines: it begins by asking for pasted text to be marked."""
    child.expect_exact("\x1b[?2004h")


def say(child: pexpect.spawn[str], line: str) -> None:
    child.send(line + "\r")


def kept(home: Path) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = json.loads((home / "conversations" / "last.json").read_text())["messages"]
    return messages


def leases() -> int:
    host = launcher.find_host(config.load())
    return len(host.get("/status")["leases"]) if host else 0


# On a terminal.


def test_lines_are_prompts_of_one_conversation_and_ctrl_d_leaves(dummy: Path) -> None:
    with chatting() as child:
        say(child, "one")
        child.expect(SAID + "one")
        child.expect("tokens/s")
        ready(child)
        say(child, "two")
        child.expect(SAID + "two")
        ready(child)
        child.sendeof()
        child.expect(pexpect.EOF)
    assert child.exitstatus == 0
    assert [message["content"] for message in kept(dummy) if message["role"] == "user"] == ["one", "two"]


def test_ctrl_c_stops_the_answer_and_not_the_program(dummy: Path) -> None:
    with chatting() as child:
        say(child, "word " * 400)
        child.expect("You said: word")
        child.sendintr()
        child.expect("stopped")
        ready(child)
        say(child, "still there")
        child.expect(SAID + "still there")
        ready(child)
        child.sendintr()
        child.expect("Ctrl-D leaves")
        ready(child)
        child.sendeof()
        child.expect(pexpect.EOF)
    assert child.exitstatus == 0
    assert "Traceback" not in (child.before or "")
    assert kept(dummy)[1]["content"].startswith("This is the dummy engine")


def test_a_text_of_several_lines_is_one_prompt(dummy: Path) -> None:
    with chatting() as child:
        child.send("first" + ALT_ENTER + "second\r")
        child.expect("tokens/s")
        ready(child)
        child.send('"""third\r')
        child.send('fourth"""\r')
        child.expect("tokens/s")
        ready(child)
        child.sendeof()
        child.expect(pexpect.EOF)
    assert [message["content"] for message in kept(dummy) if message["role"] == "user"] == [
        "first\nsecond",
        "third\nfourth",
    ]


def test_the_history_is_there_the_next_time_and_its_owners_alone(dummy: Path) -> None:
    with chatting() as child:
        say(child, "remember this")
        child.expect("tokens/s")
        ready(child)
        child.sendeof()
        child.expect(pexpect.EOF)
    history = dummy / "chat_history"
    assert "remember this" in history.read_text()
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    with chatting() as child:
        child.send(UP + "\r")
        child.expect(SAID + "remember this")
        child.sendeof()
    before = history.read_text()
    with chatting("--no-keep") as child:
        say(child, "forget this")
        child.expect("tokens/s")
        ready(child)
        child.sendeof()
        child.expect(pexpect.EOF)
    assert history.read_text() == before


def test_tab_completes_a_command(dummy: Path) -> None:
    with chatting() as child:
        child.send("/res" + TAB)
        child.expect("/reset")
        child.send("\r")
        child.expect("Begun afresh")


def test_a_chat_holds_a_lease_until_it_ends(dummy: Path) -> None:
    with chatting() as child:
        say(child, "one")
        child.expect("tokens/s")
        assert leases() == 1
        ready(child)
        child.sendeof()
        child.expect(pexpect.EOF)


def test_a_chat_goes_on_with_the_last_conversation(dummy: Path) -> None:
    run("one")
    with chatting("-c") as child:
        say(child, "two")
        child.expect("tokens/s")
        ready(child)
        child.sendeof()
        child.expect(pexpect.EOF)
    assert [message["content"] for message in kept(dummy) if message["role"] == "user"] == ["one", "two"]


# Its lines piped in.


def test_piped_lines_are_prompts_and_answers_alone_are_on_stdout(dummy: Path) -> None:
    done = run("chat", input='one\n\n"""\ntwo\nthree\n"""\n/etc/hosts is a file\n')
    answers = [line for line in done.stdout.splitlines() if SAID in line]
    assert (done.returncode, done.stderr) == (0, "")
    assert [answer.partition(SAID)[2] for answer in answers] == ["one", "two", "/etc/hosts is a file"]


def test_commands_answer_on_stderr(dummy: Path, tmp_path: Path) -> None:
    file = tmp_path / "talk.json"
    script = f"one\n/save {file}\n/reset\n/load {file}\ntwo\n/bye\nthree\n"
    done = run("chat", input=script)
    assert done.stderr == f"Saved in {file}.\nBegun afresh.\nGoing on after 1 turn.\n"
    assert json.loads(file.read_text())["messages"][0]["content"] == "one"
    assert [message["content"] for message in kept(dummy) if message["role"] == "user"] == ["one", "two"]


def test_settings_are_changed_within_the_chat(dummy: Path) -> None:
    done = run(
        "chat", input="/set max_tokens=2\none\n/set max_tokens=\n/system Be brief.\n/system\n/model m.gguf\n/set\ntwo\n"
    )
    assert done.stdout.splitlines()[0] == "This is"
    assert done.stdout.splitlines()[1].endswith("You said: two")
    lines = done.stderr.splitlines()
    assert "max_tokens = 2" in lines
    assert lines.count("system: Be brief.") == 2
    assert lines[-2:] == ["system = Be brief.", f"model = {Path('m.gguf').absolute()}"]


def test_a_file_goes_with_the_next_prompt_alone(dummy: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("inside\n")
    done = run("chat", input=f"/attach {file}\nread\nagain\n")
    assert f"{file}:\n```txt\ninside\n```\n\nread\n" in done.stdout
    assert done.stdout.endswith("You said: again\n")
    assert f"[attached {file}, 7 bytes]" in done.stderr


REFUSED = {
    "/modle x": "There is no command /modle. Did you mean 'model'?",
    "/set temprature=1": "'temprature' is no setting of a request. Did you mean 'temperature'?",
    "/set temperature=hot": "'hot' is not a number for temperature",
    "/set context=5": "'context' is no setting of a request",
    "/set temperature": "write name=value",
    '/set stop="': "the line cannot be read",
    "/set profile=none": "There is no profile 'none'",
    "/set seed=1 top_k=-1": "top_k must be at least 0",
    "/save": "/save: name the file",
    "/load": "/load: name the file",
    "/load /nowhere/x.json": "/nowhere/x.json cannot be read",
    "/save /nowhere/x.json": "/nowhere/x.json",
    "/attach": "/attach: name the file",
    "/attach /nowhere/x": "/nowhere/x cannot be attached",
    "/set": "Nothing is set.",
}


def test_what_a_command_cannot_do_is_a_sentence_and_changes_nothing(dummy: Path) -> None:
    done = run("chat", input="\n".join(REFUSED))
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (0, "", len(REFUSED))
    assert all(line.startswith("threadrunner: ") for line in lines[:-1])
    assert [fragment for fragment, line in zip(REFUSED.values(), lines, strict=True) if fragment not in line] == []


def test_a_prompt_that_is_refused_leaves_the_chat_going(dummy: Path) -> None:
    done = run("chat", input="/set engine=llama-cpp-python model=./nothing.gguf\none\n/set engine= model=\ntwo\n")
    assert "threadrunner: There is no model file" in done.stderr
    assert done.stdout.endswith("You said: two\n")
    assert [message["content"] for message in kept(dummy) if message["role"] == "user"] == ["two"]


def test_quotes_that_are_not_closed_are_taken_at_the_end() -> None:
    left = iter(['"""one', "two"])

    def read_line(_: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    with pytest.raises(EOFError):
        Lines(read_line, is_terminal=False).read()
