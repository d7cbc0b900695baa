"""What people are told about models: capabilities, sheets, how far a pull is."""

from __future__ import annotations

from pathlib import Path

import pytest
from gguf import GGUFWriter, PoolingType

from tests import model_files
from tests.models.files import put
from threadrunner_kernel.models.catalogue import Catalogue
from threadrunner_kernel.models.description import capabilities, facts, sheet, table
from threadrunner_kernel.models.download import PullProgress
from threadrunner_kernel.models.metadata import read_metadata
from threadrunner_kernel.models.names import find
from threadrunner_kernel.models.pulling import PullLine
from threadrunner_kernel.models.quantization import nearest_first, quantization_in


def header(path: Path, template: str | None, pooling: PoolingType | None = None, architecture: str = "llama") -> Path:
    """A file that is a header only."""
    writer = GGUFWriter(path, architecture)
    if template is not None:
        writer.add_chat_template(template)
    if pooling is not None:
        writer.add_pooling_type(pooling)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    return path


@pytest.mark.parametrize(
    ("template", "pooling", "architecture", "can_do"),
    [
        (None, None, "llama", ("text",)),
        ("{{ messages }}", None, "llama", ("chat",)),
        ("{% if tools %}{{ tools }}{% endif %}", None, "qwen2", ("chat", "tools")),
        ("{% if enable_thinking %}<think>{% endif %}{{ tools }}", None, "qwen3", ("chat", "tools", "reasoning")),
        ("<|channel|>analysis", None, "gpt-oss", ("chat", "reasoning")),
        ("{{ messages }}", PoolingType.LAST, "qwen3", ("chat", "embeddings")),
        ("{{ messages }}", PoolingType.NONE, "llama", ("chat",)),
        (None, PoolingType.RANK, "bert", ("reranking",)),
        (None, PoolingType.MEAN, "nomic-bert", ("embeddings",)),
        (None, None, "bert", ("embeddings",)),
    ],
)
def test_what_a_model_can_do_is_told_by_its_file(
    tmp_path: Path, template: str | None, pooling: PoolingType | None, architecture: str, can_do: tuple[str, ...]
) -> None:
    path = header(tmp_path / "m.gguf", template, pooling, architecture)
    assert capabilities(read_metadata(path)) == can_do


def test_a_sheet_has_a_line_for_all_that_is_known(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    path = folder / "org" / "Tiny-GGUF" / "tiny-F16.gguf"
    path.parent.mkdir(parents=True)
    model_files.write_random_model(path, model_files.TINY)
    there = Catalogue(folder, {"HOME": str(tmp_path)}, {})
    lines = dict(line.split(maxsplit=1) for line in sheet(facts(find("tiny-F16", there))).splitlines())
    assert lines["architecture"] == "llama"
    assert lines["also"] == "org/Tiny-GGUF:F16"
    assert lines["quantisation"] == "F16"
    assert lines["from"] == "models folder"
    assert lines["path"] == str(path)
    assert lines["repository"] == "org/Tiny-GGUF"
    assert lines["parameters"].endswith((" K", " M"))
    assert "licence" not in lines


def test_people_are_told_that_tools_cannot_be_asked_for_yet(tmp_path: Path) -> None:
    path = header(tmp_path / "m.gguf", "{% if tools %}{{ tools }}{% endif %}", None, "qwen2")
    known = facts(find("m", Catalogue(path.parent, {"HOME": str(tmp_path)}, {})))
    assert known["capabilities"] == ["chat", "tools"]
    assert "chat, tools (by its template; a request cannot name any yet)\n" in sheet(known)


def test_the_demos_sheet_has_its_card_its_licence_and_its_pace(tmp_path: Path) -> None:
    there = Catalogue(tmp_path, {"HOME": str(tmp_path)}, {})
    lines = sheet(facts(find("demo", there))).splitlines()
    known = dict(line.split(maxsplit=1) for line in lines if not line.startswith(" "))
    assert known["from"] == "built in"
    assert known["licence"] == "MIT"
    assert known["pace"].startswith("60 tokens/s at most")
    assert "demo" in known["about"]
    # A card of several lines stays in its column.
    assert all(line.startswith(" " * 14) for line in lines[lines.index(f"about         {known['about']}") + 1 :])


def test_a_name_cannot_command_the_terminal(tmp_path: Path) -> None:
    put(tmp_path / "models" / "red\x1b[31m.gguf", b"GGUF")
    assert "\x1b" not in table(Catalogue(tmp_path / "models", {"HOME": str(tmp_path)}, {}).listed())


@pytest.mark.parametrize(
    ("there", "first"),
    [
        (["Q8_0", "Q4_K_M", "Q2_K"], "Q4_K_M"),
        (["Q8_0", "Q4_K_S", "Q5_K_M"], "Q4_K_S"),
        (["F16", "Q8_0"], "Q8_0"),
        (["Q2_K", "IQ2_M"], "Q2_K"),
        (["UD-Q4_K_XL", "Q6_K"], "UD-Q4_K_XL"),
        (["", "Q2_K"], "Q2_K"),
    ],
)
def test_the_nearest_quantisation_comes_first(there: list[str], first: str) -> None:
    assert nearest_first(there)[0] == first


@pytest.mark.parametrize("name", ["model.gguf", "qwen2-7b.gguf", "sha256-0f16aaff16", "Q44_0", "llama-3.2-1b-instruct"])
def test_a_name_without_a_quantisation_has_none(name: str) -> None:
    assert quantization_in(name) is None


def test_how_far_a_pull_is_in_words() -> None:
    now = 0.0
    line = PullLine(lambda: now)
    assert line.text() == "asking the hub …"
    assert line.stopped() == "Stopped."
    line.update(PullProgress("m.gguf", 500_000_000, 2_000_000_000, is_checking=True))
    assert line.text() == "m.gguf: checking what is here (25%)"
    assert line.stopped() == "Stopped. What is here was being checked, and stays as it is."
    for second in range(11):
        now = float(second)
        line.update(PullProgress("m.gguf", 500_000_000 + second * 10_000_000, 2_000_000_000))
    assert line.text() == "m.gguf: 30%, 600 MB of 2.0 GB, 10 MB/s, 2 min left"
    assert line.stopped() == "Stopped. 600 MB of 2.0 GB are kept; the same command goes on from there."
