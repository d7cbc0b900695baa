"""Settings that stick to a notebook: ``%llm set``, ``get``, ``use``, ``%config``, and which of all wins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import own_home
from tests.notebook.kernel_client import NotebookKernel, assert_one_line, notebook
from threadrunner_kernel import config
from threadrunner_kernel.errors import BadSetting
from threadrunner_kernel.notebook.sticky import Sticky

PROFILES = """
[profiles.coder]
system = "Answer with code alone, and in as few words as you can."
max_tokens = 4

[profiles.poet]
temperature = 1.5
"""


@pytest.fixture
def sticky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sticky:
    """A notebook's settings beside a config.toml with two profiles."""
    monkeypatch.setenv("THREADRUNNER_HOME", str(tmp_path))
    (tmp_path / "config.toml").write_text("top_k = 7\n" + PROFILES)
    return Sticky()


def where(sticky: Sticky, name: str) -> tuple[str, str]:
    """Value and source of one setting, as ``%llm get`` shows them."""
    _, value, source = sticky.get(name).split("  ", 2)
    return value.strip(), source.strip()


def test_what_is_set_holds_for_every_later_call_until_it_is_put_back(sticky: Sticky) -> None:
    sticky.set("temperature=0.2 max-tokens=20 --seed=3")
    settings = sticky.load()
    assert (settings.temperature, settings.max_tokens, settings.seed) == (0.2, 20, 3)
    assert sticky.load({"temperature": 0.5}).temperature == 0.5
    sticky.set("temperature=")
    sticky.unset("seed max_tokens")
    assert sticky.load() == Sticky().load()


@pytest.mark.parametrize(
    ("line", "name", "expected"),
    [
        ("system='Be short.'", "system", "Be short."),
        ('system="a = b"', "system", "a = b"),
        ("stop=END", "stop", ("END",)),
        ("stop=a stop='b c'", "stop", ("a", "b c")),
        ("engine=llama", "engine", "llama-cpp-python"),
        ("view=stream", "view", "stream"),
        ("parallel=2", "parallel", 2),
    ],
)
def test_a_word_becomes_the_settings_value(sticky: Sticky, line: str, name: str, expected: object) -> None:
    sticky.set(line)
    assert getattr(sticky.load(), name) == expected


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("temprature=1", "Did you mean 'temperature'"),
        ("temperature=warm", "'warm' is not a number"),
        ("temperature=-1", "at least 0"),
        ("temperature", "write name=value"),
        ("temperature = 1", "write name=value"),
        ("seed=1 seed=2", "seed is given 2 times"),
        ("system='open", "cannot be read"),
        ("profile=codr", "Did you mean 'coder'"),
    ],
)
def test_of_a_line_that_does_not_fit_nothing_is_taken_over(sticky: Sticky, line: str, what: str) -> None:
    with pytest.raises(BadSetting, match=what):
        sticky.set(f"top_p=0.5 {line}")
    assert sticky.load().top_p is None


def test_each_value_is_shown_with_where_it_comes_from(sticky: Sticky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADRUNNER_MIN_P", "0.1")
    sticky.configure("repeat_penalty", 1.1)
    sticky.set("seed=4")
    sticky.use("poet")
    shown = {name: where(sticky, name) for name in ("top_p", "top_k", "min_p", "repeat_penalty", "temperature", "seed")}
    assert shown == {
        "top_p": ("-", "default"),
        "top_k": ("7", "config.toml"),
        "min_p": ("0.1", "environment"),
        "repeat_penalty": ("1.1", "%config"),
        "temperature": ("1.5", "profile poet"),
        "seed": ("4", "%llm set"),
    }
    assert [line.split()[0] for line in sticky.get("").splitlines()] == list(config.FIELDS)
    assert sticky.set("") == sticky.get("")


def test_each_place_wins_over_the_ones_before_it(sticky: Sticky, monkeypatch: pytest.MonkeyPatch) -> None:
    home = config.home()
    text = "temperature = 0.1\n[profiles.p]\ntemperature = 0.4\n"

    def value() -> tuple[str, str]:
        return where(sticky, "temperature")

    assert value() == ("-", "default")
    (home / "config.toml").write_text(text)
    assert value() == ("0.1", "config.toml")
    monkeypatch.setenv("THREADRUNNER_TEMPERATURE", "0.2")
    assert value() == ("0.2", "environment")
    sticky.configure("temperature", 0.3)
    assert value() == ("0.3", "%config")
    sticky.use("p")
    assert value() == ("0.4", "profile p")
    sticky.set("temperature=0.5")
    assert value() == ("0.5", "%llm set")
    assert sticky.load({"temperature": 0.6}).temperature == 0.6


def test_a_profile_is_used_until_another_or_none(sticky: Sticky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADRUNNER_PROFILE", "coder")
    assert sticky.load().max_tokens == 4
    sticky.use("poet")
    assert (sticky.load().max_tokens, sticky.load().temperature) == (None, 1.5)
    assert (sticky.load({"profile": "coder"}).max_tokens, sticky.load({"profile": ""}).temperature) == (4, None)
    sticky.use("")
    assert sticky.load().max_tokens is None
    assert where(sticky, "profile") == ("-", "%llm set")
    sticky.unset("profile")
    assert where(sticky, "profile") == ("coder", "environment")
    with pytest.raises(BadSetting, match=r"no profile 'codr'\. Did you mean 'coder'\? Known: coder, poet"):
        sticky.use("codr")


def test_a_host_setting_says_when_it_takes_effect(sticky: Sticky) -> None:
    assert "takes effect when the next host starts" in sticky.set("threads=1")
    assert "takes effect" not in sticky.set("view=stream")


# In a kernel


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with own_home(tmp_path_factory.mktemp("sticky")) as home:
        home.mkdir()
        (home / "config.toml").write_text(PROFILES)
        yield home


@pytest.fixture(scope="module")
def kernel(home: Path) -> Iterator[NotebookKernel]:
    if os.name == "nt":
        pytest.skip("kernels are driven on POSIX systems only")
    profile = home.parent / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_config.py").write_text("c.ThreadRunner.min_p = 0.25\nc.ThreadRunner.seed = 'many'\n")
    with notebook(home, backend="dummy") as running:
        running.run("%config ThreadRunner.seed = None")
        yield running


def test_a_wrong_value_in_ipythons_configuration_is_said_at_the_first_prompt(kernel: NotebookKernel) -> None:
    kernel.restart()
    assert_one_line(kernel.run("%%llm\nhello"), "ThreadRunner.seed: 'many' is not a whole number for seed")
    assert kernel.run("%config ThreadRunner.seed = 5").status == "ok"
    assert kernel.run("%llm get seed min_p").printed().split() == ["seed", "5", "%config", "min_p", "0.25", "%config"]


def test_config_sets_and_refuses_with_the_same_sentence(kernel: NotebookKernel) -> None:
    kernel.run("%config ThreadRunner.temperature = 0.5")
    assert kernel.run("%config ThreadRunner.temperature").results()[0]["text/plain"] == "0.5"
    refused = kernel.run("%config ThreadRunner.temperature = 'warm'").printed("stderr")
    assert "ThreadRunner.temperature: 'warm' is not a number for temperature." in refused
    unknown = kernel.run("%config ThreadRunner.temprature = 1").printed("stderr")
    assert "Did you mean 'temperature'?" in unknown
    assert kernel.run("%llm get temperature").printed().split() == ["temperature", "0.5", "%config"]
    kernel.run("%config ThreadRunner.temperature = None")
    assert kernel.run("%llm get temperature").printed().split() == ["temperature", "-", "default"]
    assert "randomness" in kernel.run("%config ThreadRunner").printed()


def test_cells_commands_and_calls_use_what_is_set(kernel: NotebookKernel) -> None:
    kernel.run("%llm set max_tokens=3")
    kernel.run("%%llm -o mine\none two three four")
    assert kernel.value("mine.usage.completion_tokens") == "3"
    assert kernel.value("llm('one two three four').usage.completion_tokens") == "3"
    assert kernel.value("llm('one two three four', max_tokens=2).usage.completion_tokens") == "2"
    assert kernel.run("%llm unset max_tokens").printed().split() == ["max_tokens", "-", "default"]
    assert kernel.value("llm('one two three four').usage.completion_tokens > 4") == "True"
    assert_one_line(kernel.run("%llm set temprature=1"), "Did you mean 'temperature'?")


def test_a_profile_brings_its_system_text_and_sampling(kernel: NotebookKernel) -> None:
    kernel.run("%%llm -o plain\none two three four five")
    kernel.run("%%llm -p coder -o short\none two three four five")
    assert kernel.value("short.usage.completion_tokens") == "4"
    assert kernel.value("short.usage.prompt_tokens - plain.usage.prompt_tokens > 9") == "True"
    assert kernel.run("%llm use coder").printed().split() == ["profile", "coder", "%llm", "set"]
    assert kernel.value("llm('one two three four five').usage.completion_tokens") == "4"
    assert kernel.value("llm('one two three four five', profile='poet').usage.completion_tokens > 4") == "True"
    kernel.run("%llm use")
    assert kernel.value("llm('one two three four five').usage.completion_tokens > 4") == "True"
    assert_one_line(kernel.run("%%llm -p codr\nhello"), "no profile 'codr'", "Did you mean 'coder'?")


def test_a_restart_of_the_kernel_ends_what_was_set(kernel: NotebookKernel) -> None:
    kernel.run("%config ThreadRunner.seed = 5")
    kernel.run("%llm set top_k=9")
    kernel.restart()
    kernel.run("%config ThreadRunner.seed = None")
    assert kernel.run("%llm get top_k").printed().split() == ["top_k", "-", "default"]
