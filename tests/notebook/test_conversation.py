"""The conversation of a notebook: cells that continue one chat, run again, forget, save and are stopped."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests import model_files
from tests.conftest import SCRIPT, own_home, wait_until
from tests.notebook.kernel_client import (
    Cell,
    NotebookKernel,
    assert_one_line,
    host_of,
    hosts_of,
    notebook,
    runners_of,
)
from threadrunner_kernel.client import HostGone

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kernels are driven on POSIX systems only")


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_home(tmp_path_factory.mktemp("chat")) as home:
        yield home


@pytest.fixture(scope="module")
def running(shared_home: Path, slow: Path) -> Iterator[NotebookKernel]:
    """A kernel with the dummy, which says what it was told, and the slow model at hand; one prompt at a time."""
    with notebook(shared_home, backend="dummy", context=300, parallel=1) as started:
        started.run(f"import asyncio\nslow = {str(slow)!r}")
        yield started


@pytest.fixture
def kernel(running: NotebookKernel) -> Iterator[NotebookKernel]:
    """The kernel with all chats empty."""
    running.run("for name in list(llm._session.chats): llm.chat(name).reset()")
    yield running
    running.settle()


def ask(kernel: NotebookKernel, prompt: str, cell_id: str | None = None, options: str = "") -> Cell:
    """Run a prompt cell to its good end."""
    cell = kernel.run(f"%%llm {options}\n{prompt}", cell_id=cell_id)
    assert cell.status == "ok", cell.reply
    return cell


def prompts(kernel: NotebookKernel, chat: str = "notebook") -> list[str]:
    """The prompts of a chat's turns."""
    return list(json.loads(kernel.value(f"__import__('json').dumps([t.prompt for t in llm.chat({chat!r}).turns])")))


def sent(kernel: NotebookKernel, what: str = "llm.last") -> list[str]:
    """The users' messages that an answer's request had."""
    messages = json.loads(kernel.value(f"__import__('json').dumps({what}.messages)"))
    return [message["content"] for message in messages if message["role"] == "user"]


# Cells and their turns


def test_cells_continue_one_chat(kernel: NotebookKernel) -> None:
    ask(kernel, "one", "a")
    ask(kernel, "two", "b")
    messages = json.loads(kernel.value("__import__('json').dumps(llm.last.messages)"))
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant"]
    assert [message["content"].split()[-1] for message in messages] == ["one", "one", "two", "two"]
    assert int(kernel.value("llm.last.usage.prompt_tokens")) == len(
        " ".join(m["content"] for m in messages[:3]).split()
    )


def test_a_cell_that_runs_again_replaces_its_turn_with_the_turns_before_it_as_context(kernel: NotebookKernel) -> None:
    for prompt, cell_id in (("one", "a"), ("two", "b"), ("three", "c")):
        ask(kernel, prompt, cell_id)
    ask(kernel, "two again", "b")
    assert sent(kernel) == ["one", "two again"]
    assert prompts(kernel) == ["one", "two again", "three"]
    ask(kernel, "one again", "a")
    assert sent(kernel) == ["one again"]
    assert prompts(kernel) == ["one again", "two again", "three"]
    ask(kernel, "four", "d")
    assert sent(kernel) == ["one again", "two again", "three", "four"]


def test_without_cell_ids_every_run_appends(kernel: NotebookKernel) -> None:
    for _ in range(2):
        ask(kernel, "same")
    assert prompts(kernel) == ["same", "same"]
    assert sent(kernel) == ["same", "same"]


def test_the_order_is_that_of_first_execution(kernel: NotebookKernel) -> None:
    for cell_id in ("lower", "upper", "lower"):
        ask(kernel, cell_id, cell_id)
    assert prompts(kernel) == ["lower", "upper"]


def test_a_second_chat_knows_nothing_of_the_first(kernel: NotebookKernel) -> None:
    ask(kernel, "one", "a")
    ask(kernel, "idea", "b", "--chat ideas")
    assert sent(kernel) == ["idea"]
    ask(kernel, "two", "c")
    assert sent(kernel) == ["one", "two"]
    ask(kernel, "more", "d", "--chat ideas")
    assert sent(kernel) == ["idea", "more"]
    assert (prompts(kernel), prompts(kernel, "ideas")) == (["one", "two"], ["idea", "more"])


def test_new_begins_afresh_and_only_its_own_chat(kernel: NotebookKernel) -> None:
    ask(kernel, "one", "a")
    ask(kernel, "idea", "b", "--chat ideas")
    ask(kernel, "first", "c", "--new")
    assert sent(kernel) == ["first"]
    assert (prompts(kernel), prompts(kernel, "ideas")) == (["first"], ["idea"])
    ask(kernel, "second", "d")
    assert sent(kernel) == ["first", "second"]


def test_no_history_neither_reads_nor_writes(kernel: NotebookKernel) -> None:
    ask(kernel, "one", "a")
    ask(kernel, "aside", "b", "--no-history")
    assert sent(kernel) == ["aside"]
    assert prompts(kernel) == ["one"]


def test_the_system_text_is_sent_first_and_is_no_turn(kernel: NotebookKernel) -> None:
    kernel.run("role = 'poet'")
    ask(kernel, "one", "a", "-s 'Be a {{ role }}.'")
    ask(kernel, "two", "b", "-s 'Be short.'")
    messages = json.loads(kernel.value("__import__('json').dumps(llm.last.messages)"))
    assert [message["content"] for message in messages if message["role"] == "system"] == ["Be short."]
    assert prompts(kernel) == ["one", "two"]


@pytest.mark.parametrize(
    "code",
    [
        "%%llm --raw --new\nhello",
        "%%llm --no-history --chat ideas\nhello",
        "%%llm --raw -s 'Be short.'\nhello",
        "%%llm\n{{ nothing }}",
        "%%llm --engine dumy\nhello",
        "%%llm -m nowhere.gguf --engine llama\nhello",
        "%llm forget 2",
        "%llm forget 0",
        "%llm forget 2-1",
        "%llm forget one",
        "%llm forget",
        "%llm history --chat idaes",
        "%llm save",
        "%llm resume nowhere.json",
        "llm.chat()('')",
        "llm('hello', raw=True, chat='ideas')",
    ],
)
def test_what_is_refused_changes_nothing(kernel: NotebookKernel, code: str) -> None:
    ask(kernel, "one", "a")
    assert_one_line(kernel.run(code, cell_id="a"))
    assert prompts(kernel) == ["one"]


def test_a_restart_ends_the_conversation_and_the_cells_build_it_again(home: Path) -> None:
    with notebook(home, backend="dummy") as kernel:
        for cell_id in ("a", "b"):
            ask(kernel, cell_id, cell_id)
        kernel.restart()
        assert "no turns" in kernel.run("%llm history").printed()
        for cell_id in ("a", "b"):
            ask(kernel, cell_id, cell_id)
        assert sent(kernel) == ["a", "b"]


# Full, stopped, broken


def test_a_full_context_says_the_numbers_and_the_ways_out(kernel: NotebookKernel) -> None:
    ask(kernel, "word " * 200, "a", "-n 1")
    before = prompts(kernel)
    prompt = "more " * 99
    cell = kernel.run(f"%%llm\n{prompt}", cell_id="b")
    assert_one_line(cell, "PromptTooLong", "300 tokens", "holds 300", "%llm forget", "--new", "larger context")
    assert prompts(kernel) == before
    ask(kernel, prompt, "b", "--new -n 1")
    assert len(sent(kernel)) == 1


def test_a_prompt_that_is_too_long_by_itself_is_not_told_of_turns(kernel: NotebookKernel) -> None:
    ask(kernel, "one", "a")
    prompt = "word " * 300
    for options, cell_id in (("--no-history", "b"), ("--new", "b"), ("", "a")):
        cell = kernel.run(f"%%llm {options}\n{prompt}", cell_id=cell_id)
        assert_one_line(cell, "PromptTooLong", "300 tokens", "holds 300")
        assert "%llm forget" not in cell.evalue
    assert prompts(kernel) == ["one"]


def test_a_stopped_answer_is_kept_and_marked(kernel: NotebookKernel) -> None:
    cell = kernel.send("%%llm\n" + "word " * 40, cell_id="a")
    kernel.stop(cell, at="You said: word")
    assert cell.ename == "GenerationInterrupted"
    assert kernel.value("[turn.is_interrupted for turn in llm.chat().turns]") == "[True]"
    assert kernel.value("llm.last.interrupted and llm.last.text == llm.chat().turns[0].answer") == "True"
    assert "(interrupted)" in kernel.run("%llm history").printed()
    ask(kernel, "word", "a")
    assert kernel.value("[turn.is_interrupted for turn in llm.chat().turns]") == "[False]"


@pytest.fixture
def busy(kernel: NotebookKernel, shared_home: Path) -> Iterator[NotebookKernel]:
    """The kernel while its only lane is taken by another's endless answer: a prompt waits without a token."""
    code = "list(llm.stream('endless', model=slow, engine='llama'))"
    code = f"import threading\nthreading.Thread(target=lambda: {code}, daemon=True).start()"
    kernel.run(code)

    def has_words() -> bool:
        with suppress(HostGone):  # it is not there yet
            return bool(host_of(shared_home).get("/status")["tokens_per_second"])
        return False

    # Then it has the lane: two that wait for a load may come to the runner in either order.
    wait_until(has_words, what="the other answer's words")
    yield kernel
    host_of(shared_home).post("/stop")


def test_one_that_is_stopped_before_its_first_token_leaves_all_as_it_was(busy: NotebookKernel) -> None:
    ask(busy, "one", "a")
    path = busy.value("slow")
    for cell_id in ("a", "b"):
        for more in ("", "--new"):
            cell = busy.send(f"%%llm --engine llama -m {path} {more}\nhello", cell_id=cell_id)
            busy.stop(cell, at="place 1 in the queue")
            assert_one_line(cell, "before the first token")
            assert prompts(busy) == ["one"]


def test_an_answer_whose_runner_died_is_kept_as_far_as_it_came(home: Path, slow: Path) -> None:
    with notebook(home, model_path=slow) as kernel:
        cell = kernel.send("%%llm\nendless", cell_id="a")
        kernel.wait_for_text(cell, "on and on")
        runners_of(home)[0].kill()
        assert_one_line(kernel.finish(cell), "RunnerDied")
        assert kernel.value("[(t.is_interrupted, t.answer[:9]) for t in llm.chat().turns]") == "[(True, 'on and on')]"


# %llm


def test_history_lists_the_turns(kernel: NotebookKernel) -> None:
    assert kernel.run("%llm history").printed() == "The chat notebook has no turns.\n"
    number = ask(kernel, "the first prompt", "a").reply["execution_count"]  # type: ignore[index]
    ask(kernel, "long " * 15, "b", "--chat ideas")
    head, line, others = kernel.run("%llm history").printed().splitlines()
    assert head.split("  ")[0] == "#"
    assert line.split() == ["1", f"[{number}]", "3", "14", "dummy", "the", "first", "prompt"]
    assert others == "Other chats: ideas (1 turn)."
    (_, line, others) = kernel.run("%llm history --chat ideas").printed().splitlines()
    assert line.endswith("…")
    assert others == "Other chats: notebook (1 turn)."


def test_forget_takes_out_turns_by_number_range_and_last(kernel: NotebookKernel) -> None:
    for number in range(1, 7):
        ask(kernel, str(number), str(number), "-n 1")
    assert kernel.run("%llm forget 2-3 5").printed() == "3 turns forgotten, 3 left.\n"
    assert prompts(kernel) == ["1", "4", "6"]
    kernel.run("%llm forget last")
    ask(kernel, "7", "7", "-n 1")
    assert sent(kernel) == ["1", "4", "7"]
    assert kernel.run("%llm reset").printed() == "The chat notebook is empty (3 turns forgotten).\n"
    ask(kernel, "8", "1")
    assert sent(kernel) == ["8"]


def test_a_chat_is_saved_and_resumed(kernel: NotebookKernel, tmp_path: Path) -> None:
    file = tmp_path / "my chat.json"
    ask(kernel, "one {{ 1 + 1 }} naïve 🙂", "a")
    assert kernel.run(f"%llm save '{file}'").printed() == f"1 turn saved in {file}.\n"
    saved: dict[str, Any] = json.loads(file.read_text("utf-8"))
    assert saved == {"messages": json.loads(kernel.value("__import__('json').dumps(llm.last.messages)"))}
    ask(kernel, "two", "b", "--chat ideas")
    printed = kernel.run(f"%llm resume --chat ideas '{file}'").printed()
    assert printed == f"1 turn resumed from {file}, in place of 1 turn.\n"
    ask(kernel, "three", "c", "--chat ideas")
    assert sent(kernel) == ["one 2 naïve 🙂", "three"]


def test_a_system_text_is_saved_and_resumed(kernel: NotebookKernel, tmp_path: Path) -> None:
    file = tmp_path / "chat.json"
    messages = [("system", "Be short."), ("user", "one"), ("assistant", "1")]
    file.write_text(json.dumps({"messages": [{"role": role, "content": text} for role, text in messages]}))
    kernel.run(f"%llm resume {file}")
    ask(kernel, "two", "a")
    assert kernel.value("llm.last.messages[0]") == "{'role': 'system', 'content': 'Be short.'}"
    kernel.run(f"%llm save {file}")
    assert [m["role"] for m in json.loads(file.read_text())["messages"]] == ["system", *["user", "assistant"] * 2]
    ask(kernel, "three", "b", "-s 'Be long.'")
    assert kernel.value("llm.last.messages[0]['content']") == "Be long."


# llm


def test_llm_stands_alone_and_a_chat_goes_on(kernel: NotebookKernel) -> None:
    ask(kernel, "one", "a")
    kernel.run("llm('alone')")
    assert (sent(kernel), prompts(kernel)) == (["alone"], ["one"])
    kernel.run("for prompt in ('two', 'three'): llm.chat()(prompt, quiet=True)", cell_id="b")
    assert (sent(kernel), prompts(kernel)) == (["one", "two", "three"],) * 2
    kernel.run("ideas = llm.chat('ideas')\nideas.ask('idea', max_tokens=3)\nllm('more', chat='ideas')")
    assert sent(kernel) == ["idea", "more"]
    assert kernel.value("ideas, len(ideas), [m['role'] for m in ideas.messages][:2]") == (
        "(<Chat 'ideas', 2 turns>, 2, ['user', 'assistant'])"
    )
    kernel.run("ideas.forget(1)\nideas('new', new=True)")
    assert prompts(kernel, "ideas") == ["new"]


def test_a_chat_object_saves_and_resumes(kernel: NotebookKernel, tmp_path: Path) -> None:
    kernel.run(f"llm.chat()('one', quiet=True)\nllm.chat().save({str(tmp_path / 'c.json')!r})\nllm.chat().reset()")
    assert prompts(kernel) == []
    kernel.run(f"llm.chat('copy').resume({str(tmp_path / 'c.json')!r})")
    assert prompts(kernel, "copy") == ["one"]
    assert kernel.value("llm.chat('copy').turns[0].answer.endswith('You said: one')") == "True"


def test_an_answer_has_its_messages_and_its_seed(kernel: NotebookKernel) -> None:
    kernel.run("mine = llm('hello', seed=7, system='Be short.', quiet=True)")
    assert kernel.value("mine.seed, mine.reasoning, mine.interrupted") == "(7, '', False)"
    assert kernel.value("[m['role'] for m in mine.messages], mine.messages[-1]['content'] == str(mine)") == (
        "(['system', 'user', 'assistant'], True)"
    )
    kernel.run("other = llm('hello', quiet=True)")
    assert kernel.value("other.seed") == "None"


def test_quiet_shows_nothing_and_gives_the_answer(kernel: NotebookKernel) -> None:
    for code in ("%%llm -q -o mine\nhello", "%%llm --quiet -o mine\nhello", "mine = llm('hello', quiet=True)\nmine"):
        cell = kernel.run(code, cell_id="a")
        assert cell.status == "ok"
        assert [message.kind for message in cell.messages if message.kind != "execute_input"] == []
        assert kernel.value("mine is llm.last, mine.text[-5:]") == "(True, 'hello')"


def test_no_template_leaves_braces_alone(kernel: NotebookKernel) -> None:
    ask(kernel, "{{ nothing }} {{ }}", options="--no-template")
    assert sent(kernel) == ["{{ nothing }} {{ }}"]


def test_the_text_streams_into_python(kernel: NotebookKernel, slow: Path) -> None:
    kernel.run("pieces = list(llm.stream('hello there', max_tokens=100))")
    assert (
        kernel.value("len(pieces) > 5, ''.join(pieces) == llm.last.text, llm.last.interrupted") == "(True, True, False)"
    )


def test_leaving_the_stream_ends_the_generation(kernel: NotebookKernel, shared_home: Path) -> None:
    cell = kernel.run("for piece in llm.stream('endless', model=slow, engine='llama'):\n    break\npiece")
    assert cell.status == "ok", cell.reply
    wait_until(lambda: host_of(shared_home).get("/status")["generations"] == [], what="the generation's end")
    assert kernel.value("llm.last.interrupted, llm.last.text") == "(True, 'on')"


def test_the_text_streams_into_code_that_awaits(kernel: NotebookKernel) -> None:
    kernel.run("pieces = [piece async for piece in llm.astream('hello there')]")
    assert kernel.value("len(pieces) > 5, ''.join(pieces) == llm.last.text") == "(True, True)"
    cell = kernel.run("both = await asyncio.gather(llm.astream('one'), llm.astream('two'))")
    assert cell.status == "ok", cell.reply
    assert kernel.value("[str(answer)[-3:] for answer in both]") == "['one', 'two']"
    cell = kernel.run("await llm.astream('word ' * 300)")
    assert_one_line(cell, "PromptTooLong")


ENDLESS = "('endless', model=slow, engine='llama')"
AWAITING = {
    "async for": f"async for piece in llm.astream{ENDLESS}:\n    print(piece, end='', flush=True)",
    "await": f"async def follow():\n    await llm.astream{ENDLESS}\nprint('on and on')\nawait follow()",
    "sync": f"for piece in llm.stream{ENDLESS}:\n    print(piece, end='', flush=True)",
}


@pytest.mark.parametrize("way", AWAITING)
def test_a_stream_is_interrupted_in_one_line(kernel: NotebookKernel, shared_home: Path, way: str) -> None:
    cell = kernel.send(AWAITING[way])
    kernel.wait(lambda: "on and on" in cell.printed(), "the first words")
    wait_until(lambda: host_of(shared_home).get("/status")["generations"], what="the generation")
    kernel.interrupt()
    kernel.finish(cell)
    assert_one_line(cell, "the answer was stopped; llm.last has what there was.")
    wait_until(lambda: host_of(shared_home).get("/status")["generations"] == [], what="the generation's end")
    assert kernel.value("llm.last.interrupted") == "True"


def test_what_another_cell_awaits_is_not_stopped(kernel: NotebookKernel, shared_home: Path) -> None:
    """A task that an earlier cell left in the background goes on when a later cell is interrupted."""
    code = (
        "seen = []\n"
        "async def follow():\n"
        "    async for piece in llm.astream('endless', model=slow, engine='llama'):\n        seen.append(piece)\n"
        "task = asyncio.ensure_future(follow())\nwhile not seen:\n    await asyncio.sleep(0)"
    )
    assert kernel.run(code).status == "ok"
    cell = kernel.send("print('go')\nawait asyncio.sleep(600)")
    kernel.wait(lambda: "go" in cell.printed(), "the cell's first line")
    kernel.interrupt()
    assert kernel.finish(cell).status == "error"
    assert kernel.value("task.done()") == "False"
    kernel.run("task.cancel()")
    wait_until(lambda: host_of(shared_home).get("/status")["generations"] == [], what="the generation's end")


def test_nothing_of_this_starts_anything(home: Path, tmp_path: Path) -> None:
    with notebook(home, backend="dummy") as kernel:
        for code in ("%llm history", "%llm context", "%llm reset", f"%llm save {tmp_path}/c.json", "llm.chat()"):
            assert kernel.run(code).status == "ok"
        assert hosts_of(home) == []


# Through real llama.cpp


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory, scripted: Path) -> Iterator[NotebookKernel]:
    with own_home(tmp_path_factory.mktemp("llama")) as home, notebook(home, model_path=scripted) as started:
        yield started


def test_context_shows_what_the_next_prompt_sends_and_counts_it(llama: NotebookKernel) -> None:
    assert "is empty" in llama.run("%llm context").printed()
    ask(llama, "hello", "a", "-s 'Be short.'")
    ask(llama, "hello again", "b")
    shown = llama.run("%llm context").printed()
    assert shown.startswith(
        f"user: hello\n\nassistant: {SCRIPT['']}\n\nuser: hello again\n\nassistant: {SCRIPT['']}\n\n"
    )
    used, limit = re.findall(r"(\d+) of (\d+) tokens are used, with the next prompt still empty\.\n$", shown)[0]
    assert limit == "4096"
    ask(llama, "x", "c")
    assert int(llama.value("llm.last.usage.prompt_tokens")) == int(used) + int(llama.value("llm.count_tokens('x')"))


def test_tokens_are_counted_and_texts_embedded_by_the_model(llama: NotebookKernel, tmp_path: Path) -> None:
    model = model_files.write_random_model(tmp_path / "tiny.gguf", model_files.TINY)
    assert llama.value("llm.count_tokens('')") == "0"
    assert int(llama.value("llm.count_tokens('hello there')")) > int(llama.value("llm.count_tokens('hello')")) > 0
    llama.run(f"one, two, again = llm.embed(['one', 'two', 'one'], model={str(model)!r})")
    assert llama.value("len(one) == len(two) == len(again) > 8, type(one[0]).__name__") == "(True, 'float')"
    far = "max(abs(x - y) for x, y in zip({}, {}))"
    assert float(llama.value(far.format("one", "again"))) < 1e-3 < float(llama.value(far.format("one", "two")))
    assert llama.value("llm.embed([])") == "[]"
    assert_one_line(llama.run("llm.embed('one')"), "a list of texts")


def test_a_raw_prompt_is_continued_without_template_and_history(llama: NotebookKernel) -> None:
    ask(llama, "count", "a", "--new")
    ask(llama, "count", "b", "--raw")
    assert llama.value("llm.last") == SCRIPT[""]
    assert llama.value("llm.last.usage.prompt_tokens == llm.count_tokens('count')") == "True"
    assert prompts(llama) == ["count"]
    assert llama.value("str(llm('count', raw=True, quiet=True)) == str(llm.last)") == "True"


def test_a_stop_ends_the_wait_for_a_load(home: Path, small_random: Path) -> None:
    with notebook(home, model_path=small_random) as kernel:
        cell = kernel.send("print('go')\nllm.embed(['word ' * 300] * 200)")
        kernel.wait(lambda: "go" in cell.printed() and runners_of(home), "the runner")
        kernel.interrupt()
        assert_one_line(kernel.finish(cell), "Interrupted")
