"""The settings: where each value comes from, which wins, and what is said of one that does not fit."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadrunner_kernel import config
from threadrunner_kernel.config import FIELDS, Settings, load, nearest, parse
from threadrunner_kernel.errors import BadSetting


def write_toml(tmp_path: Path, text: str) -> dict[str, str]:
    """The environment of a home whose config.toml is ``text``."""
    (tmp_path / "config.toml").write_text(text, "utf-8")
    return {"THREADRUNNER_HOME": str(tmp_path)}


def test_without_a_file_or_variables_every_setting_has_its_default(tmp_path: Path) -> None:
    assert load({"THREADRUNNER_HOME": str(tmp_path)}) == Settings()


def test_arguments_win_over_the_environment_which_wins_over_the_file(tmp_path: Path) -> None:
    environ = write_toml(tmp_path, 'temperature = 0.1\ntop_k = 1\nsystem = "from the file"\n')
    environ |= {"THREADRUNNER_TEMPERATURE": "0.2", "THREADRUNNER_TOP_K": "2"}
    settings = load(environ, {"temperature": "0.3", "seed": None})
    assert (settings.temperature, settings.top_k, settings.system) == (0.3, 2, "from the file")
    assert settings.seed is None


def test_a_child_reads_what_its_parent_has_handed_on_and_not_the_file(tmp_path: Path) -> None:
    environ = write_toml(tmp_path, "temperature = 0.1\nunknown = 1\n") | {"THREADRUNNER_THREADS": "2"}
    assert config.from_environment(environ) == Settings(threads=2)
    with pytest.raises(BadSetting, match="THREADRUNNER_THREADS"):
        config.from_environment({"THREADRUNNER_THREADS": "0"})


def test_every_setting_says_what_it_is_and_who_needs_it() -> None:
    for name, field in FIELDS.items():
        assert field.metadata["help"], name
        assert field.metadata["scope"] in ("request", "host", "client"), name


def test_each_setting_has_one_scope() -> None:
    by_scope = [*config.names("request"), *config.names("host"), *config.names("client")]
    assert sorted(by_scope) == sorted(config.names())


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("temperature", "0.5", 0.5),
        ("temperature", 1, 1.0),
        ("max_tokens", "12", 12),
        ("max_tokens", 12.0, 12),
        ("stop", "END", ("END",)),
        ("stop", ["a", "b"], ("a", "b")),
        ("engine", "llama", "llama-cpp-python"),
        ("engine", "llama.cpp", "llama-cpp-python"),
        ("engine", "dummy", "dummy"),
        ("keep_alive", "-1", -1.0),
        ("seed", str(2**32 - 2), 2**32 - 2),
        ("system", "", ""),
        ("model", "some-name", "some-name"),
        ("memory_limit", "8000000000", 8_000_000_000),
        ("memory_limit", "200MB", 200_000_000),
        ("memory_limit", "1.5 gib", 1_610_612_736),
        ("memory_limit", "8G", 8_000_000_000),
        ("preload", "one, two", ("one", "two")),
        ("preload", ["one", "/there/two.gguf"], ("one", "/there/two.gguf")),
        ("preload", "name:Q4_K_M,", ("name:Q4_K_M",)),
    ],
)
def test_a_value_becomes_the_settings_type(name: str, value: object, expected: object) -> None:
    result = parse(name, value, "here")
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", "warm"),
        ("temperature", "nan"),
        ("temperature", "inf"),
        ("temperature", True),
        ("temperature", -0.1),
        ("temperature", 101),
        pytest.param("temperature", 10**400, id="temperature-beyond-a-float"),
        ("max_tokens", 1.5),
        ("max_tokens", "1.5"),
        ("max_tokens", 0),
        ("max_tokens", float("inf")),
        ("max_tokens", float("nan")),
        ("max_tokens", False),
        ("max_tokens", [1]),
        ("max_tokens", None),
        ("top_p", 0),
        ("top_p", 1.01),
        ("seed", -1),
        ("seed", 2**32 - 1),
        ("stop", ""),
        ("stop", []),
        ("stop", [""]),
        ("stop", [1]),
        ("stop", 3),
        ("system", 3),
        ("engine", "quantum"),
        ("engine", ["auto"]),
        ("host", "mine"),
        ("keep_alive", -2),
        ("context", 15),
        ("memory_limit", -1),
        ("memory_limit", "8 gigabytes"),
        ("memory_limit", "GB"),
        ("preload", ""),
        ("preload", [1]),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_source_and_name(name: str, value: object) -> None:
    with pytest.raises(BadSetting) as caught:
        parse(name, value, "config.toml")
    assert caught.value.message.startswith("config.toml: ")
    assert name in caught.value.message
    assert caught.value.param == name


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("max_tokens", "many", "a whole number"),
        ("temperature", "warm", "a number"),
        ("system", 1, "a text"),
        ("engine", "x", "one of auto, llama-cpp-python, llama-server, openai, dummy"),
        ("temperature", -1, "at least 0"),
        ("top_p", 0, "more than 0"),
        ("top_p", 2, "at most 1"),
    ],
)
def test_a_refusal_says_what_would_fit(name: str, value: object, hint: str) -> None:
    with pytest.raises(BadSetting) as caught:
        parse(name, value, "here")
    assert hint in caught.value.message


def test_an_unknown_name_is_refused_with_the_nearest_and_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as caught:
        load(write_toml(tmp_path, "temprature = 1\n"))
    assert "Did you mean 'temperature'?" in caught.value.message
    assert "max_tokens" in caught.value.message
    assert str(tmp_path / "config.toml") in caught.value.message


def test_an_unknown_variable_is_refused_by_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="THREADRUNNER_TEMPRATURE"):
        load({"THREADRUNNER_HOME": str(tmp_path), "THREADRUNNER_TEMPRATURE": "1"})


def test_variables_of_others_and_of_the_set_up_are_left_alone(tmp_path: Path) -> None:
    environ = {
        "THREADRUNNER_HOME": str(tmp_path),
        "THREADRUNNER_WHEELS": "/w",
        "TEMPERATURE": "hot",
        "XTHREADRUNNER_A": "",
    }
    assert load(environ) == Settings()


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert load({"THREADRUNNER_HOME": str(tmp_path), "THREADRUNNER_SEED": ""}).seed is None


def test_the_ancestors_variables_are_understood(tmp_path: Path) -> None:
    environ = {"THREADRUNNER_HOME": str(tmp_path), "THREADRUNNER_BACKEND": "llama", "THREADRUNNER_MODEL_PATH": "m.gguf"}
    settings = load(environ)
    assert settings.engine == "llama-cpp-python"
    assert settings.model == str(Path("m.gguf").absolute())


@pytest.mark.parametrize("order", [1, -1])
def test_the_real_name_wins_over_an_ancestors_in_any_order(tmp_path: Path, order: int) -> None:
    items = [("THREADRUNNER_MODEL", "new"), ("THREADRUNNER_MODEL_PATH", "old")]
    assert load({"THREADRUNNER_HOME": str(tmp_path), **dict(items[::order])}).model == "new"


def test_an_ancestors_variable_counts_beside_an_empty_real_one(tmp_path: Path) -> None:
    environ = {"THREADRUNNER_HOME": str(tmp_path), "THREADRUNNER_MODEL": "", "THREADRUNNER_MODEL_PATH": "old"}
    assert load(environ).model == "old"


def test_a_models_path_is_made_absolute_and_a_name_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parse("model", "a.gguf", "here") == str(tmp_path / "a.gguf")
    assert parse("model", "./sub/a", "here") == str(tmp_path / "sub" / "a")
    for name in ("sub/a", "sub/a:Q4_K_M", "llama3.2:3b", "hf.co/sub/a"):
        assert parse("model", name, "here") == name
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").touch()
    assert parse("model", "sub/a", "here") == str(Path("sub/a").absolute())
    assert parse("model", "~/a.gguf", "here") == str(tmp_path / "a.gguf")
    assert parse("model", "a-name", "here") == "a-name"


def test_a_model_in_the_folder_of_an_unknown_user_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadSetting, match="model"):
        parse("model", "~no-such-user-here/a.gguf", "here")


def test_a_file_that_is_not_toml_is_refused_with_its_path_and_line(tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as caught:
        load(write_toml(tmp_path, "seed = 1\nseed =\n"))
    assert str(tmp_path / "config.toml") in caught.value.message
    assert "line 2" in caught.value.message


def test_the_models_table_is_read_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    assert config.read_file(write_toml(tmp_path, '[models]\nsmall = "org/repo:Q4_0"\n')).models == {
        "small": "org/repo:Q4_0"
    }
    with pytest.raises(BadSetting, match="a line for each alias"):
        load(write_toml(tmp_path, "[models]\nsmall = 3\n"))


def test_a_file_that_is_not_text_is_refused_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetting, match=r"config\.toml is not valid TOML"):
        load({"THREADRUNNER_HOME": str(tmp_path)})


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(BadSetting, match=r"config\.toml cannot be read \(Is a directory\)"):
        load({"THREADRUNNER_HOME": str(tmp_path)})


def test_a_home_that_is_a_file_has_no_settings(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    assert load({"THREADRUNNER_HOME": str(tmp_path / "home")}) == Settings()


def test_the_home_is_absolute_and_has_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config.home({}) == tmp_path / ".threadrunner"
    assert config.home({"THREADRUNNER_HOME": ""}) == tmp_path / ".threadrunner"
    assert config.home({"THREADRUNNER_HOME": "here"}) == tmp_path / "here"
    assert config.home({"THREADRUNNER_HOME": "~/there"}) == tmp_path / "there"


def test_the_nearest_name_is_hinted_only_when_it_is_near() -> None:
    assert nearest("temprature", ["temperature", "seed"]) == " Did you mean 'temperature'? Known: seed, temperature."
    assert nearest("xyz", ["temperature", "seed"]) == " Known: seed, temperature."


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.text(max_size=3), max_size=3),
)


@given(name=st.sampled_from(sorted(FIELDS)), value=VALUES)
def test_any_value_either_fits_or_is_refused(name: str, value: object) -> None:
    with contextlib.suppress(BadSetting):
        result = parse(name, value, "here")
        assert parse(name, result, "again") == result


CODER = '[profiles.coder]\nsystem = "Code."\ntemperature = 0.1\nmodel = "small"\n'


def test_a_profile_lies_between_the_environment_and_the_arguments(tmp_path: Path) -> None:
    environ = write_toml(tmp_path, f"top_k = 1\n{CODER}")
    environ |= {"THREADRUNNER_PROFILE": "coder", "THREADRUNNER_TEMPERATURE": "0.2"}
    settings = load(environ, {"model": "large"})
    assert (settings.system, settings.temperature, settings.model, settings.top_k) == ("Code.", 0.1, "large", 1)
    assert load(environ, {"profile": ""}).temperature == 0.2


def test_the_file_may_choose_a_profile_of_its_own(tmp_path: Path) -> None:
    assert load(write_toml(tmp_path, f'profile = "coder"\n{CODER}')).system == "Code."


@pytest.mark.parametrize("profile", ["[profiles.coder]\ntemprature = 1\n", "[profiles.coder]\ntemperature = 'hot'\n"])
def test_a_mistake_in_a_profile_is_refused_though_nobody_uses_it(tmp_path: Path, profile: str) -> None:
    with pytest.raises(BadSetting, match=r"config\.toml, profile coder: .*'temp|.*'hot'"):
        load(write_toml(tmp_path, profile))


def test_a_profile_has_settings_of_requests_only(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="'threads' is not a setting of a request"):
        load(write_toml(tmp_path, "[profiles.coder]\nthreads = 1\n"))
    with pytest.raises(BadSetting, match=r"'temprature' does not exist\. Did you mean 'temperature'"):
        load(write_toml(tmp_path, "[profiles.coder]\ntemprature = 1\n"))
    with pytest.raises(BadSetting, match=r"profiles are tables"):
        load(write_toml(tmp_path, "profiles = 3\n"))
    with pytest.raises(BadSetting, match=r"profiles are tables"):
        load(write_toml(tmp_path, "[profiles]\ncoder = 3\n"))


def test_an_unknown_profile_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"no profile 'codr'\. Did you mean 'coder'\? Known: coder\."):
        load(write_toml(tmp_path, CODER), {"profile": "codr"})
    with pytest.raises(BadSetting, match=r"has no \[profiles\.NAME\] table yet"):
        load({"THREADRUNNER_HOME": str(tmp_path / "empty")}, {"profile": "coder"})
