"""How keys and values are kept and the model is read: every choice answers, and what is repeatable stays so."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings

from tests.runner.test_batching import (
    KINDS,
    PROMPTS,
    REQUESTS,
    SYSTEM,
    TOKENS,
    Bench,
    answers_of,
    bench,
    check_requests,
)
from threadrunner_kernel.config import KvType
from threadrunner_kernel.errors import ModelLoadFailed

FLASHING: dict[str, dict[str, Any]] = {
    "q8_0": {"kv_type": "q8_0"},
    "q4_0": {"kv_type": "q4_0", "flash_attention": "on"},
    "f16 with flash attention": {"flash_attention": "on"},
}


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return KINDS["wide"](tmp_path_factory.mktemp("models") / "wide.gguf")


@pytest.mark.parametrize("kv_type", get_args(KvType))
def test_keys_and_values_of_every_type_answer(wide: Path, kv_type: str) -> None:
    with bench(wide, kv_type=kv_type) as engine:
        for options in ({}, {"seed": 1}):
            one = engine.answer(PROMPTS[0], **options)
            assert one.error is None
            assert one.last.usage is not None
            assert one.last.usage.completion_tokens == TOKENS
        assert engine.engine.info is not None
        assert f"keys and values in {kv_type}" in engine.engine.info.description


def test_quantised_keys_and_values_take_less_memory_for_more_cells(wide: Path) -> None:
    sizes = {}
    for kv_type in ("f32", "f16", "q4_0"):
        with bench(wide, kv_type=kv_type) as engine:
            sizes[kv_type] = engine.backend._model.bytes_per_cell(kv_type)
    assert sizes["f32"] == 2 * sizes["f16"] > 6 * sizes["q4_0"]


@pytest.mark.parametrize("kv_type", ["q8_0", "q4_0"])
def test_quantised_values_without_flash_attention_are_refused_in_a_sentence(wide: Path, kv_type: str) -> None:
    failure = Bench(wide, kv_type=kv_type, flash_attention="off").engine.failure
    assert isinstance(failure, ModelLoadFailed)
    assert failure.message == (f"kv_type = {kv_type} needs flash attention, which is off: set flash_attention = auto.")


def test_a_type_that_the_heads_do_not_fill_is_refused_with_llama_cpps_reason(tmp_path: Path) -> None:
    failure = Bench(KINDS["llama"](tmp_path / "narrow.gguf"), kv_type="q8_0").engine.failure
    assert isinstance(failure, ModelLoadFailed)
    assert "block size 32" in failure.message
    assert failure.message.endswith("another kv_type.")


@pytest.fixture(scope="module", params=list(FLASHING))
def flashing(request: pytest.FixtureRequest) -> dict[str, Any]:
    options: dict[str, Any] = FLASHING[request.param]
    return options


@pytest.fixture(scope="module")
def references(wide: Path, flashing: dict[str, Any]) -> dict[tuple[str, int | None], str]:
    return answers_of(wide, **flashing)


@given(requests=REQUESTS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_with_flash_attention_repeatable_requests_say_what_a_fresh_context_says(
    wide: Path,
    flashing: dict[str, Any],
    references: dict[tuple[str, int | None], str],
    requests: list[tuple[str, str, int | None]],
) -> None:
    check_requests(wide, references, requests, **flashing)


class Fixed:
    """A thread chooser that others on the machine have left so many cores."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    def choose(self) -> int:
        return self._threads


@pytest.mark.parametrize("kind", FLASHING)
def test_with_flash_attention_a_seed_holds_while_threads_come_and_go(wide: Path, kind: str) -> None:
    """Over many cells llama.cpp has each thread add up a part of them: the bits depend on how many there are."""
    said = set()
    for threads in (1, 2):
        with bench(wide, threads=None, **FLASHING[kind]) as engine:
            batch = engine.backend._batch
            assert batch is not None
            batch._chooser = Fixed(threads)  # type: ignore[assignment]
            said.add(engine.answer(SYSTEM * 3, seed=1, max_tokens=200).text)
    assert len(said) == 1


@pytest.mark.parametrize(
    "options", [{"mmap": False}, {"mlock": True}, {"mmap": False, "mlock": True}], ids=["read", "locked", "both"]
)
def test_how_the_file_is_read_changes_nothing_in_what_is_said(wide: Path, options: dict[str, Any]) -> None:
    with bench(wide) as usual, bench(wide, **options) as other:
        assert other.answer(SYSTEM, seed=1).text == usual.answer(SYSTEM, seed=1).text != ""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_file_is_mapped_or_read_and_locked_as_set(wide: Path) -> None:
    def mappings() -> int:
        return Path("/proc/self/maps").read_text().count(str(wide))

    def locked_kilobytes() -> int:
        return int(re.findall(r"VmLck:\s+(\d+)", Path("/proc/self/status").read_text())[0])

    before, locked = mappings(), locked_kilobytes()
    with bench(wide, mmap=False):
        assert mappings() == before
        assert locked_kilobytes() == locked
    with bench(wide):
        assert mappings() > before
        assert locked_kilobytes() == locked
    with bench(wide, mlock=True):
        assert locked_kilobytes() > locked
