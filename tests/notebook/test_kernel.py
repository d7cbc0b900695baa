"""The kernel, driven as a front end drives it, with real host and runner processes and real model files."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from tests import model_files
from tests.conftest import SCRIPT, is_gone, own_home, processes_of, wait_until
from tests.notebook.kernel_client import (
    WIDGET_MIME,
    Cell,
    NotebookKernel,
    assert_one_line,
    host_of,
    hosts_of,
    notebook,
    runner_pid,
    runners_of,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kernels are driven on POSIX systems only")

# Three seconds of the slow model: room for more pieces than are asked for, also where a kernel is slow to show them.
MANY_TOKENS = 120


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_home(tmp_path_factory.mktemp("kernel")) as home:
        yield home


@pytest.fixture(scope="module")
def kernel(shared_home: Path, scripted: Path) -> Iterator[NotebookKernel]:
    """One kernel for all tests that leave it as they found it."""
    with notebook(shared_home, model_path=scripted) as running:
        yield running


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NotebookKernel, Path]]:
    """A kernel that never asks a model, and its home: no host may come to be."""
    with own_home(tmp_path_factory.mktemp("untouched")) as home, notebook(home, backend="dummy") as running:
        yield running, home


@pytest.fixture(scope="module")
def tiny_random(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose words depend on the sampling."""
    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    return model_files.write_random_model(path, model_files.TINY)


# Before any model work


def test_kernel_info_comes_without_any_model_work(untouched: tuple[NotebookKernel, Path]) -> None:
    kernel, home = untouched
    info = kernel.client.kernel_info(reply=True, timeout=30)["content"]
    assert info["status"] == "ok"
    assert info["implementation"] == "threadrunner"
    assert info["language_info"]["name"] == "python"
    assert "%%llm" in info["banner"]
    assert kernel.value("[name for name in __import__('sys').modules if 'llama' in name]") == "[]"
    assert hosts_of(home) == []


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("%%llm\nabout {{ nothing }}", ["TemplateError", "'nothing'"]),
        ("%%llm\nabout {{ 1 + }}", ["TemplateError", "mistake"]),
        ("%%llm\nabout {{ 1 / 0 }}", ["TemplateError", "ZeroDivisionError"]),
        ("%%llm -s '{{ nothing }}'\nhello", ["TemplateError", "'nothing'"]),
        ("%%llm\n \n\t\n", ["empty"]),
        ("%%llm\n{{ '' }}", ["empty"]),
        ("%%llm --temprature 1\nhello", ["--temprature", "Did you mean '--temperature'?"]),
        ("%%llm --engine dumy\nhello", ["dumy", "dummy"]),
        ("%%llm -t hot\nhello", ["temperature", "'hot'", "a number"]),
        ("%%llm -t -1\nhello", ["temperature", "at least 0"]),
        ("%%llm -t\nhello", ["-t", "expected one argument"]),
        ("%%llm -n 0\nhello", ["max_tokens", "at least 1"]),
        ("%%llm -n 2.5\nhello", ["max_tokens", "a whole number"]),
        ("%%llm --top-p 1.5\nhello", ["top_p", "at most 1"]),
        ("%%llm --top-k -1\nhello", ["top_k", "at least 0"]),
        ("%%llm --min-p 2\nhello", ["min_p", "at most 1"]),
        ("%%llm --seed -1\nhello", ["seed", "at least 0"]),
        ("%%llm --stop ''\nhello", ["stop", "a text"]),
        ("%%llm -o 'not a name'\nhello", ["not a name"]),
        ("%%llm -s 'open\nhello", ["quotation"]),
        ("%llm lod", ["'lod'", "Did you mean 'load'?"]),
        ("%llm what is a llama", ["'what'", "%%llm"]),
        ("%llm load --temperatur 1", ["--temperatur", "Did you mean '--temperature'?"]),
        ("llm('hello', temprature=1)", ["temprature", "Did you mean 'temperature'?"]),
        ("llm('')", ["empty"]),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_sent(
    untouched: tuple[NotebookKernel, Path], code: str, parts: list[str]
) -> None:
    kernel, home = untouched
    kernel.run("kept = 'still here'")
    cell = kernel.run(code)
    assert_one_line(cell, *parts)
    assert cell.displays() == []
    assert kernel.value("kept") == "still here"
    assert hosts_of(home) == []


def test_a_cell_without_a_prompt_is_ipythons_own_mistake(untouched: tuple[NotebookKernel, Path]) -> None:
    kernel, home = untouched
    cell = kernel.run("%%llm -n 5")
    assert cell.ename == "UsageError"
    assert "the cell body is empty" in cell.printed("stderr")
    assert hosts_of(home) == []


def test_the_state_can_be_asked_for_without_starting_anything(untouched: tuple[NotebookKernel, Path]) -> None:
    kernel, home = untouched
    for code in ("%llm", "%llm status", "llm"):
        cell = kernel.run(code)
        text = cell.printed() or cell.results()[0]["text/plain"]
        assert "Model for the next prompt: dummy" in text
        assert "Nothing is loaded" in text
    assert kernel.run("%llm unload").printed() == "Nothing is loaded.\n"
    assert kernel.run("%llm last").results() == []
    assert hosts_of(home) == []


def test_help_names_the_commands_and_every_option(untouched: tuple[NotebookKernel, Path]) -> None:
    kernel, _ = untouched
    text = kernel.run("%llm help").printed()
    for word in ("status", "load", "unload", "last", "{{ expression }}"):
        assert word in text
    for option in ("-m", "-s", "-t", "-n", "--top-p", "--top-k", "--min-p", "--seed", "--stop", "-o", "--model"):
        assert option in text


# Python


def test_python_works_as_ever(kernel: NotebookKernel) -> None:
    kernel.run("x = 20\ndef double(n):\n    return 2 * n")
    assert kernel.run("double(x) + 2").results() == [{"text/plain": "42"}]
    assert kernel.value("_") == "42"
    assert kernel.run("import asyncio\nawait asyncio.sleep(0, 'awaited')").results() == [{"text/plain": "'awaited'"}]
    assert kernel.run("x;").results() == []
    assert kernel.run("%who_ls function").results() == [{"text/plain": "['double']"}]
    assert kernel.run("%%capture caught\nprint('inside')").printed() == ""
    assert kernel.value("caught.stdout") == "inside\n"
    assert kernel.run("!echo from the shell").printed().strip() == "from the shell"
    assert kernel.run("import sys; print('seen', file=sys.stderr)").printed("stderr") == "seen\n"


def test_a_python_error_has_its_traceback(kernel: NotebookKernel) -> None:
    cell = kernel.run("def broken():\n    return 1 / 0\nbroken()")
    assert cell.status == "error"
    assert cell.ename == "ZeroDivisionError"
    assert len(cell.traceback) > 2
    assert any("broken" in line for line in cell.traceback)


def test_llm_in_the_namespace_is_not_the_users_own(kernel: NotebookKernel) -> None:
    assert "llm" not in kernel.run("%who_ls").results()[0]["text/plain"]
    assert "last" in kernel.value("dir(llm)")


def test_prompts_keep_python_syntax_highlighting_out_of_their_way(kernel: NotebookKernel) -> None:
    """What is a syntax error in Python is a prompt like any other."""
    cell = kernel.run("%%llm --engine dummy\nWhy? \"It's 5 o'clock\" \\n — $x {a} !ls ?")
    assert cell.status == "ok"
    assert kernel.value("llm.last").endswith("You said: Why? \"It's 5 o'clock\" \\n — $x {a} !ls ?")


# Streaming


def grows(texts: list[str]) -> bool:
    """Whether each text continues the one before."""
    return all(later.startswith(earlier) for earlier, later in pairwise(texts))


def test_without_a_cell_id_one_display_grows_and_becomes_the_answer(kernel: NotebookKernel, slow: Path) -> None:
    cell = kernel.run(f"%%llm -m {slow} -n {MANY_TOKENS}\ncount to 300")
    assert cell.status == "ok"
    pieces = [text for text in cell.displays("text/plain")[:-1] if text.startswith("1")]
    assert len(set(pieces)) >= 3
    assert grows(pieces)
    assert all(SCRIPT["count"].startswith(piece) for piece in pieces)
    ids = {content["transient"]["display_id"] for content in cell.of("display_data", "update_display_data")}
    assert len(cell.of("display_data")) == len(ids) == 1
    assert cell.of("comm_open") == []
    assert cell.displays("text/plain")[-1].startswith(f"{kernel.value('llm.last')}\n\n[slow · {MANY_TOKENS} tokens")


def test_the_pieces_arrive_while_the_model_speaks(kernel: NotebookKernel, slow: Path) -> None:
    """The answer has no end: what comes in one lump at the end cannot pass."""
    cell = kernel.send(f"%%llm -m {slow}\nendless")
    kernel.wait(lambda: len({text for text in cell.displays("text/plain") if "on and on" in text}) >= 4, "four pieces")
    assert not cell.is_done
    assert host_of(kernel_home(kernel)).get("/status")["generations"] != []
    kernel.interrupt()
    assert kernel.finish(cell).ename == "GenerationInterrupted"


def kernel_home(kernel: NotebookKernel) -> Path:
    return Path(psutil.Process(kernel.pid).environ()["THREADRUNNER_HOME"])


def test_with_a_cell_id_a_widget_streams_and_leaves_plain_markdown(kernel: NotebookKernel, slow: Path) -> None:
    cell = kernel.run(f"%%llm -m {slow} -n {MANY_TOKENS}\ncount to 300", cell_id="cell-1")
    assert cell.status == "ok"
    pieces = cell.texts_in_widget()
    assert len(set(pieces)) >= 3
    assert grows(pieces)
    assert any("tokens/s" in value for value in cell.widget_states("value"))
    first, last = cell.of("display_data", "update_display_data")[0], cell.of("display_data", "update_display_data")[-1]
    assert WIDGET_MIME in first["data"]
    assert set(last["data"]) == {"text/markdown", "text/plain"}
    assert last["transient"]["display_id"] == first["transient"]["display_id"]
    assert last["data"]["text/plain"].startswith(pieces[-1])


def test_nothing_of_the_widget_stays_open(kernel: NotebookKernel) -> None:
    cell = kernel.run("%%llm\nhello", cell_id="cell-1")
    opened = {content["comm_id"]: content["data"]["state"]["_model_name"] for content in cell.of("comm_open")}
    closed = {content["comm_id"] for content in cell.of("comm_close")}
    assert "ButtonModel" in opened.values()
    assert [name for id, name in opened.items() if id not in closed] == []


@pytest.mark.parametrize("cell_id", [None, "cell-1"])
def test_what_the_model_writes_cannot_run(kernel: NotebookKernel, slow: Path, cell_id: str | None) -> None:
    cell = kernel.run(f"%%llm -m {slow}\nhostile", cell_id=cell_id)
    live = [outputs[0]["data"]["text/markdown"] for outputs in cell.widget_states("outputs") if outputs]
    for markdown in [*cell.displays(), *live]:
        assert "<script" not in markdown
        assert "![" not in markdown
        assert "](javascript" not in markdown
    assert "safe" in cell.displays()[-1]
    assert cell.displays("text/plain")[-1].startswith(SCRIPT["hostile"])
    assert kernel.value("llm.last.text") == SCRIPT["hostile"]


def test_markdown_is_shown_as_markdown(kernel: NotebookKernel) -> None:
    shown = kernel.run("%%llm\nmarkdown").displays()[-1]
    assert "**bold**" in shown
    assert "```python\nprint('<b>')\n```" in shown


def test_the_output_carries_the_numbers(kernel: NotebookKernel) -> None:
    cell = kernel.run("%%llm\nhello")
    numbers = cell.of("display_data", "update_display_data")[-1]["metadata"]["threadrunner"]
    assert numbers["model"] == "scripted"
    assert numbers["finish_reason"] == "stop"
    assert numbers["interrupted"] is False
    assert numbers["usage"]["completion_tokens"] == numbers["timings"]["predicted_n"] > 0


# The answer's value


@pytest.mark.parametrize("cell_id", [None, "cell-1"])
def test_the_answer_is_everywhere_the_same_object(kernel: NotebookKernel, cell_id: str | None) -> None:
    cell = kernel.run("%%llm -o mine\nhello", cell_id=cell_id)
    number = (cell.reply or {})["execution_count"]
    assert cell.results() == []
    assert kernel.value(f"[mine is _, mine is Out[{number}], mine is llm.last, mine is _{number}]") == str([True] * 4)
    assert kernel.value("mine") == SCRIPT[""]
    assert kernel.value("type(mine).__name__, mine.finish_reason, mine.interrupted") == "('Answer', 'stop', False)"
    assert kernel.value("mine.usage.completion_tokens == mine.timings.predicted_n > 0") == "True"


def assert_shows(cell: Cell, shown: list[dict[str, str]]) -> None:
    """A rich repr of the default answer, once."""
    (data,) = shown
    assert data["text/markdown"].startswith("The scripted answer")
    assert data["text/plain"].startswith(SCRIPT[""])
    assert cell.status == "ok"


def test_elsewhere_the_answer_has_its_rich_repr(kernel: NotebookKernel) -> None:
    kernel.run("%%llm -o mine\nhello")
    for code in ("mine", "%llm last", "llm.last", "mine"):
        cell = kernel.run(code)
        assert_shows(cell, cell.results())
        assert cell.displays() == []
    cell = kernel.run("display(mine)")
    assert_shows(cell, [content["data"] for content in cell.of("display_data")])


def test_an_answer_kept_by_python_is_shown_where_it_is_asked_for(kernel: NotebookKernel) -> None:
    """Its own cell has displayed it while it streamed; the next cell has not."""
    cell = kernel.run("mine = llm('hello')")
    assert cell.displays("text/plain")[-1].startswith(SCRIPT[""])
    again = kernel.run("mine")
    assert_shows(again, again.results())


def test_the_cell_that_has_shown_an_answer_does_not_show_it_again(kernel: NotebookKernel) -> None:
    for code in ("llm('hello')", "mine = llm('hello')\nmine", "%%llm\nhello;", "%%llm\nx = 'a'; # b;\n"):
        cell = kernel.run(code)
        assert cell.status == "ok"
        assert cell.results() == []
        assert len(cell.of("display_data")) == 1
        assert kernel.value("_ is llm.last") == "True", code


def test_llm_is_a_function_with_the_options_names(kernel: NotebookKernel) -> None:
    kernel.run("short = llm('hello', max_tokens=2, temperature=0, stop=['zzz'])")
    assert kernel.value("short.finish_reason, short.usage.completion_tokens") == "('length', 2)"
    assert kernel.value("[str(llm(p, view='stream'))[:3] for p in ('hello', 'count')]").endswith("['The', '1, ']")


# The prompt


def test_expressions_are_filled_in(kernel: NotebookKernel) -> None:
    kernel.run("class Row:\n    name = 'Ada'\nrow, numbers, trap = Row(), [1, 2, 3], '{{ 1 / 0 }}'")
    kernel.run("%%llm --engine dummy\n{{ row.name | upper }} {{ sum(numbers) + len(numbers) }} {{ trap }}")
    assert kernel.value("llm.last").endswith("You said: ADA 9 {{ 1 / 0 }}")


def test_nothing_else_in_a_prompt_is_active(kernel: NotebookKernel) -> None:
    kernel.run("%%llm --engine dummy\n{% if x %} {# remark #} {a} $HOME # not a comment {{ 1 + 1 }}")
    assert kernel.value("llm.last").endswith("You said: {% if x %} {# remark #} {a} $HOME # not a comment 2")


def test_expressions_work_in_the_system_text(kernel: NotebookKernel) -> None:
    kernel.run("long = 'word ' * 50")
    kernel.run("%%llm --no-history -o short -s '{{ long[:4] }}'\nhello")
    kernel.run("%%llm --no-history -o far -s '{{ long }}'\nhello")
    assert int(kernel.value("far.usage.prompt_tokens - short.usage.prompt_tokens")) > 200


# The options, by their effect


def ask(kernel: NotebookKernel, options: str, prompt: str = "hello") -> str:
    """The text of an answer with these options, to a prompt that stands alone."""
    cell = kernel.run(f"%%llm --no-history {options}\n{prompt}")
    assert cell.status == "ok", cell.reply
    return kernel.value("llm.last")


def test_max_tokens_limits(kernel: NotebookKernel) -> None:
    for options in ("-n 3", "--max-tokens 3"):
        text = ask(kernel, options)
        assert text
        assert SCRIPT[""].startswith(text)
        assert kernel.value("llm.last.usage.completion_tokens, llm.last.finish_reason") == "(3, 'length')"


def test_stop_ends_before_the_text(kernel: NotebookKernel) -> None:
    assert ask(kernel, "--stop ' and short'") == SCRIPT[""].removesuffix(" and short.")
    assert kernel.value("llm.last.finish_reason") == "stop"
    assert ask(kernel, "--stop nowhere --stop answer --stop short") == "The scripted "


def test_system_text_reaches_the_prompt(kernel: NotebookKernel) -> None:
    ask(kernel, "-o without")
    for option in ("-s", "--system"):
        ask(kernel, f"-o with_system {option} 'You are a poet.'")
        more = kernel.value("with_system.usage.prompt_tokens - without.usage.prompt_tokens")
        assert int(more) >= len("You are a poet.")


def test_model_is_chosen_by_path_and_by_name(kernel: NotebookKernel, shared_home: Path, tiny_random: Path) -> None:
    (shared_home / "models").mkdir(exist_ok=True)
    (shared_home / "models" / "in-folder.gguf").symlink_to(tiny_random)
    for option in (f"-m {tiny_random}", "--model in-folder", "-m in-folder"):
        assert ask(kernel, f"{option} -n 3") != ask(kernel, "-n 3")
        ask(kernel, f"{option} -n 3")
        assert kernel.value("llm.last.model") in ("tiny", "in-folder")


def test_a_seed_makes_the_answer_repeatable(kernel: NotebookKernel, tiny_random: Path) -> None:
    model = f"-m {tiny_random} -n 12"
    assert ask(kernel, f"{model} --seed 7") == ask(kernel, f"{model} --seed 7")
    assert ask(kernel, f"{model} --seed 7") != ask(kernel, f"{model} --seed 8")
    assert len({ask(kernel, model) for _ in range(4)}) > 1


@pytest.mark.parametrize("option", ["--temperature 0", "--top-k 1", "--top-p 0.000001", "--min-p 1"])
def test_each_sampling_option_can_leave_only_the_likeliest(
    kernel: NotebookKernel, tiny_random: Path, option: str
) -> None:
    model = f"-m {tiny_random} -n 12"
    assert ask(kernel, f"{model} {option} --seed 7") == ask(kernel, f"{model} -t 0")


# Models that cannot be had


def test_a_model_that_cannot_be_had_is_one_sentence(
    kernel: NotebookKernel, shared_home: Path, scripted: Path, tmp_path: Path
) -> None:
    (shared_home / "models").mkdir(exist_ok=True)
    (shared_home / "models" / "scripted-again.gguf").symlink_to(scripted)
    page = model_files.write_not_gguf(tmp_path / "page.gguf")
    half = model_files.write_truncated(tmp_path / "half.gguf", scripted)
    kernel.run("kept = 'still here'")
    for option, parts in {
        "-m scripted-agian": ["'scripted-agian'", "scripted-again"],
        f"-m {tmp_path}/none.gguf": ["There is no model file", "none.gguf"],
        f"-m {page}": ["page.gguf", "not a GGUF model file"],
        f"-m {half}": ["half.gguf", "cannot be loaded"],
    }.items():
        assert_one_line(kernel.run(f"%%llm {option}\nhello"), *parts)
        assert_one_line(kernel.run(f"%llm load {option}"), *parts)
        assert kernel.value("kept") == "still here"
    assert ask(kernel, "") == SCRIPT[""]


@pytest.mark.parametrize("cell_id", [None, "cell-1"])
def test_a_prompt_longer_than_the_context_is_refused_with_both_numbers(
    kernel: NotebookKernel, cell_id: str | None
) -> None:
    cell = kernel.run("%%llm --no-history\n{{ 'x' * 5000 }}", cell_id=cell_id)
    assert_one_line(cell, "PromptTooLong", "4096")
    assert "50" in cell.evalue
    assert cell.displays("text/plain")[-1] == "" or cell.displays() == []
    assert ask(kernel, "") == SCRIPT[""]


# %llm


def test_load_and_unload_by_hand(home: Path, scripted: Path) -> None:
    with notebook(home, model_path=scripted) as kernel:
        assert kernel.run("%llm load").printed() == "scripted is loaded.\n"
        pid = runner_pid(home)
        for code in ("%llm", "%llm status"):
            text = kernel.run(code).printed()
            assert "Model for the next prompt: scripted" in text
            assert "scripted: warm" in text
            assert "of memory" in text
        assert kernel.run("%llm load").printed() == "scripted is loaded.\n"
        assert kernel.run("%%llm\nhello").status == "ok"
        assert runner_pid(home) == pid
        assert kernel.run("%llm unload").printed() == "scripted is unloaded.\n"
        assert runners_of(home) == []
        assert kernel.run("%llm unload").printed() == "scripted was not loaded.\n"
        assert "Nothing is loaded" in kernel.run("%llm").printed()
        assert kernel.run("%%llm\nhello").displays("text/plain")[-1].startswith(SCRIPT[""])
        assert runner_pid(home) != pid


# Processes


def test_two_kernels_share_one_runner(home: Path, scripted: Path) -> None:
    with notebook(home, model_path=scripted) as one, notebook(home, model_path=scripted) as two:
        first, second = one.send("%%llm\nhello"), two.send("%%llm\nhello")
        assert one.finish(first).status == "ok"
        assert two.finish(second).status == "ok"
        assert len(hosts_of(home)) == 1
        assert len(runners_of(home)) == 1
        assert len(host_of(home).get("/status")["leases"]) == 2


def test_a_restart_keeps_the_model_warm(home: Path, scripted: Path) -> None:
    with notebook(home, model_path=scripted) as kernel:
        kernel.run("x = 1")
        kernel.run("%%llm\nhello")
        before, kernel_before = runner_pid(home), kernel.pid
        kernel.restart()
        assert kernel.pid != kernel_before
        assert kernel.run("x").ename == "NameError"
        assert "scripted: warm" in kernel.run("%llm").printed()
        assert kernel.run("%%llm\nhello").displays("text/plain")[-1].startswith(SCRIPT[""])
        assert runner_pid(home) == before


@pytest.mark.parametrize("prompt", ["hello", "endless"])
def test_nothing_stays_after_the_kernel_is_killed(home: Path, slow: Path, prompt: str) -> None:
    """At rest, and in the middle of an answer."""
    with notebook(home, model_path=slow, keep_alive=1) as kernel:
        cell = kernel.send(f"%%llm\n{prompt}")
        kernel.wait(lambda: cell.is_done or "on and on" in str(cell.displays()), "the answer")
        assert len(runners_of(home)) == 1
        kernel.kill()
        wait_until(lambda: not processes_of(home), what="the end of host and runner")


FORK = "import os, time\nchild = os.fork()\nif child == 0:\n    time.sleep(600)\n    os._exit(0)\nprint(child)"


def assert_only_the_child_stays(kernel: NotebookKernel, home: Path, child: int) -> None:
    try:
        kernel.kill()
        wait_until(lambda: {process.pid for process in processes_of(home)} <= {child}, what="the end of all but it")
        assert psutil.pid_exists(child)
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_forked_child_of_the_kernel_keeps_nothing_alive(home: Path, slow: Path) -> None:
    """It holds the same sockets as the kernel and lives on."""
    with notebook(home, model_path=slow, keep_alive=1) as kernel:
        assert kernel.run("%%llm\nhello").status == "ok"
        child = int(kernel.run(FORK).printed())
        assert_only_the_child_stays(kernel, home, child)


def test_a_child_forked_during_an_answer_keeps_nothing_alive(home: Path, slow: Path) -> None:
    """It holds the very connection that the answer comes on."""
    with notebook(home, model_path=slow, keep_alive=1) as kernel:
        kernel.run("import threading\nthreading.Thread(target=llm, args=['endless'], daemon=True).start()")
        wait_until(lambda: runners_of(home) and host_of(home).get("/status")["generations"], what="the generation")
        child = int(kernel.run(FORK).printed().split()[-1])
        assert_only_the_child_stays(kernel, home, child)


@pytest.mark.parametrize("cell_id", [None, "cell-1"])
def test_a_runner_killed_in_mid_answer_is_one_sentence(home: Path, slow: Path, cell_id: str | None) -> None:
    with notebook(home, model_path=slow) as kernel:
        kernel.run("kept = 'still here'")
        cell = kernel.send("%%llm -o part\nendless", cell_id=cell_id)
        kernel.wait_for_text(cell, "on and on")
        os.kill(runner_pid(home), signal.SIGKILL)
        kernel.finish(cell)
        assert_one_line(cell, "RunnerDied", "slow", "SIGKILL", "Ask again")
        assert kernel.value("part is llm.last, part.interrupted, part.text[:9]") == "(True, True, 'on and on')"
        assert cell.displays("text/plain")[-1].startswith("on and on")
        assert WIDGET_MIME not in cell.of("display_data", "update_display_data")[-1]["data"]
        assert kernel.value("kept") == "still here"
        assert ask(kernel, "") == SCRIPT[""]


def test_a_runner_killed_before_its_first_word_is_replaced(home: Path, small_random: Path) -> None:
    with notebook(home, model_path=small_random) as kernel:
        cell = kernel.send("%%llm -n 3\n{{ 'x' * 2000 }}")
        kernel.wait_for_text(cell, "reading the prompt")
        first = runner_pid(home)
        os.kill(first, signal.SIGKILL)
        assert kernel.finish(cell).status == "ok"
        assert kernel.value("llm.last.usage.completion_tokens") == "3"
        assert runner_pid(home) != first


def test_a_host_killed_in_mid_answer_is_one_sentence(home: Path, slow: Path) -> None:
    with notebook(home, model_path=slow) as kernel:
        kernel.run("kept = 'still here'")
        cell = kernel.send("%%llm -o part\nendless")
        kernel.wait_for_text(cell, "on and on")
        (host,), before = hosts_of(home), runner_pid(home)
        host.kill()
        kernel.finish(cell)
        assert_one_line(cell, "HostUnavailable", "Ask again")
        assert kernel.value("part is llm.last, part.interrupted, part.text[:9]") == "(True, True, 'on and on')"
        assert kernel.value("kept") == "still here"
        wait_until(lambda: is_gone(before), what="the end of the runner")
        assert ask(kernel, "") == SCRIPT[""]
        assert len(hosts_of(home)) == 1
