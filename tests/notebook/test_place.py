"""Where the cursor is in a cell; the cursor is the bar."""

from __future__ import annotations

import pytest

from threadrunner_kernel.notebook.place import Place, find_place


def place(marked: str, *, is_prompt_mode: bool = False) -> Place | None:
    before, _, after = marked.partition("|")
    return find_place(before + after, len(before), lambda code: is_prompt_mode and not code.strip().startswith("%"))


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("%%ll|m", Place("name")),
        ("%%llm|", Place("name")),
        ("%%llm |", Place("options", "")),
        ("\n %%llm  -t 1 -m|\nhello", Place("options", "-t 1 -m")),
        ("%%llm -t| 1\n{{ x }}", Place("options", "-t")),
        ("%%llm\n|", Place("body")),
        ("%%llm\nhello wo|rld", Place("body")),
        ("%%llm\n{{ one }} two|", Place("body")),
        ("%%llm -t 1\n{{ on|", Place("expression", " on")),
        ("%%llm\n{{ a }} {{ b|}}", Place("expression", " b")),
        ("%%llm\n{{ a.\nb|", Place("expression", " a.\nb")),
        ("%%llm\n%llm set |", Place("body")),
        ("%llm|", Place("name")),
        ("%llm |", Place("command", "")),
        ("x = 1\n  %llm set te|mp=1\ny", Place("command", "set te")),
    ],
)
def test_a_place_of_ours(marked: str, expected: Place) -> None:
    assert place(marked) == expected


@pytest.mark.parametrize(
    "marked", ["|", "pri|nt", "%%ll|", "%%llmx |", "%lsm|", "{{ pri|", "x = 1|\n%llm set", "%%time\n{{ a|"]
)
def test_pythons_own(marked: str) -> None:
    assert place(marked) is None


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("Why is the sk|y", Place("body")),
        ("Tell {{ pla|", Place("expression", " pla")),
        ("%%py\npri|nt", None),
        ("%llm set |", Place("command", "set ")),
    ],
)
def test_in_prompt_mode_a_bare_cell_is_a_prompt(marked: str, expected: Place | None) -> None:
    assert place(marked, is_prompt_mode=True) == expected
