"""What config.toml says of upstreams, and what follows from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import threadrunner_kernel
from threadrunner_kernel import config
from threadrunner_kernel.errors import BadSetting
from threadrunner_kernel.upstreams import Upstream, upstreams_in

DOCS = Path(threadrunner_kernel.__file__).parents[1] / "docs" / "engines.md"


def read(folder: Path, text: str) -> dict[str, Upstream]:
    (folder / "config.toml").write_text(text)
    return upstreams_in(config.read_file({"THREADRUNNER_HOME": str(folder)}))


def test_an_upstream_is_a_table_of_config_toml(tmp_path: Path) -> None:
    text = (
        "temperature = 0.5\n"
        '[upstreams.ollama]\nurl = "http://localhost:11434/v1"\nmodels = ["qwen3:8b"]\naccepts = ["top_k"]\n'
        '[upstreams.far]\nurl = "https://api.example.org/v1"\napi_key_env = "FAR_KEY"\n'
    )
    assert read(tmp_path, text) == {
        "ollama": Upstream(name="ollama", url="http://localhost:11434/v1", models=("qwen3:8b",), accepts=("top_k",)),
        "far": Upstream(name="far", url="https://api.example.org/v1", api_key_env="FAR_KEY"),
    }
    assert config.load({"THREADRUNNER_HOME": str(tmp_path)}).temperature == 0.5


def test_the_tables_in_the_docs_are_understood(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert set(read(tmp_path, "\n".join(blocks))) == {"ollama", "far", "workstation"}


def test_without_a_table_there_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, "temperature = 0.5\n") == {}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("", ["url must be", "''"]),
        ('url = "localhost:11434"', ["url must be", "localhost:11434"]),
        ('url = "ftp://example.org"', ["url must be"]),
        ('url = "http://"', ["url must be"]),
        ('url = "http://localhost:port"', ["url must be"]),
        ("url = 3", ["url must be a text"]),
        ('url = "http://h"\nmodels = "one"', ["models must be a list"]),
        ('url = "http://h"\nmodels = [1]', ["models must be a list"]),
        ('url = "http://h"\napi_key = "secret"', ["'api_key'", "'api_key_env'"]),
        ('url = "http://h"\napi_key_env = ""', ["api_key_env must be a text"]),
        ('url = "http://h"\naccepts = ["topk"]', ["'topk'", "'top_k'"]),
        ('url = "http://h"\naccepts = ["messages"]', ["'messages'"]),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, table: str, words: list[str]) -> None:
    with pytest.raises(BadSetting) as caught:
        read(tmp_path, f"[upstreams.there]\n{table}\n")
    assert all(word in str(caught.value) for word in ["config.toml", *words])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ['upstreams = "http://h"\n', '[upstreams]\nthere = "http://h"\n'])
def test_an_upstream_that_is_no_table_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSetting, match=r"\[upstreams.NAME\]"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("url", "is_here", "place"),
    [
        ("http://localhost:11434/v1", True, "localhost:11434"),
        ("http://127.0.0.1:8080", True, "127.0.0.1:8080"),
        ("http://127.3.2.1", True, "127.3.2.1"),
        ("http://[::1]:8080/v1", True, "[::1]:8080"),
        ("http://192.168.1.7:8000/v1", False, "192.168.1.7:8000, outside this machine"),
        ("https://localhost.example.org/v1", False, "localhost.example.org, outside this machine"),
        ("https://name:secret@example.org/v1", False, "example.org, outside this machine"),
    ],
)
def test_only_loopback_is_this_machine(url: str, is_here: bool, place: str) -> None:
    upstream = Upstream(name="there", url=url)
    assert (upstream.is_on_this_machine, upstream.place) == (is_here, place)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://localhost:11434", "http://localhost:11434/v1"),
        ("http://localhost:11434/", "http://localhost:11434/v1"),
        ("http://localhost:11434/v1/", "http://localhost:11434/v1"),
        ("https://example.org/api/v3", "https://example.org/api/v3"),
    ],
)
def test_the_address_is_the_one_before_chat_completions(url: str, base: str) -> None:
    assert Upstream(name="there", url=url).base_url == base


def test_a_models_name_with_an_upstreams_before_it_is_no_path() -> None:
    for name in ("ollama/qwen3:8b", "router/org/model", "there/model-1.5"):
        assert config.load({}, {"model": name}).model == name
