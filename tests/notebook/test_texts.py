"""What values become in a prompt: tables, sources, arrays' heads, and what the user registers."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.template import render
from threadrunner_kernel.notebook.texts import MOST_CELL_CHARACTERS, MOST_COLUMNS, MOST_ROWS, Texts

ROOT = Path(__file__).resolve().parent.parent.parent


def text(value: object) -> str:
    return render("{{ value }}", {"value": value}, Texts())


# Tables


def test_a_data_frame_is_a_markdown_table() -> None:
    frame = pd.DataFrame({"name": ["Ada", "Bob"], "age": [36, 41], "share": [0.5, 1 / 3]})
    assert text(frame) == ("| name | age | share |\n| --- | --- | --- |\n| Ada | 36 | 0.5 |\n| Bob | 41 | 0.333333 |")


def test_an_index_that_says_something_is_a_column() -> None:
    frame = pd.DataFrame({"age": [36]}, index=pd.Index(["Ada"], name="name"))
    assert text(frame) == "| name | age |\n| --- | --- |\n| Ada | 36 |"
    grouped = pd.DataFrame({"n": [1]}, index=pd.MultiIndex.from_tuples([("x", 1)], names=["a", "b"]))
    assert text(grouped).splitlines()[::2] == ["| a / b | n |", "| x / 1 | 1 |"]
    assert "| mean | 36 |" in render("{{ frame.describe() }}", {"frame": frame}, Texts())


def test_a_long_or_wide_table_is_cut_and_says_so() -> None:
    frame = pd.DataFrame(np.arange(50_000).reshape(1000, 50))
    lines = text(frame).splitlines()
    assert len(lines) == MOST_ROWS + 3
    assert all(line.count("|") == MOST_COLUMNS + 1 for line in lines[:-1])
    assert lines[-1] == "(the first 30 of 1000 rows and the first 12 of 50 columns)"
    assert text(frame.iloc[:, :2]).splitlines()[-1] == "(the first 30 of 1000 rows)"
    assert "(the first" not in text(frame.iloc[:MOST_ROWS, :MOST_COLUMNS])


def test_a_cell_can_neither_break_the_table_nor_fill_the_prompt() -> None:
    long = "x" * 5000
    lines = text(pd.DataFrame({"a|b": ["one\ntwo|three", long, None]})).splitlines()
    assert lines[0] == r"| a\|b |"
    assert lines[2] == r"| one two\|three |"
    assert lines[3] == f"| {'x' * MOST_CELL_CHARACTERS}… (5000 characters) |"
    assert len(lines) == 5


@given(st.lists(st.text(), min_size=1, max_size=MOST_ROWS))
def test_every_row_stays_one_line_whatever_its_texts(values: list[str]) -> None:
    assert len(text(pd.DataFrame({"a": values})).splitlines()) == len(values) + 2


def test_missing_values_dates_and_numbers_are_shown() -> None:
    frame = pd.DataFrame({"n": [np.nan], "d": pd.to_datetime(["2026-01-02"]), "big": [1234567.891], "small": [1e-9]})
    assert text(frame).splitlines()[-1] == "| nan | 2026-01-02 00:00:00 | 1234567.891 | 1e-09 |"


def test_an_empty_table_says_that_it_is() -> None:
    assert text(pd.DataFrame({"a": []})) == "(an empty table: 0 rows, columns: a)"
    assert text(pd.DataFrame()) == "(an empty table: 0 rows, columns: none)"


def test_a_series_is_a_table_of_one_column() -> None:
    assert text(pd.Series([1, 2], name="n")) == "| n |\n| --- |\n| 1 |\n| 2 |"
    assert text(pd.Series([1], index=["a"])) == "|  | value |\n| --- | --- |\n| a | 1 |"


# Arrays


def test_an_array_is_its_shape_type_and_head() -> None:
    assert text(np.array([1, 2, 3])) == "ndarray of shape (3,) and dtype int64, all values:\n[1, 2, 3]"
    assert text(np.zeros((1000, 1000))).splitlines()[:2] == [
        "ndarray of shape (1000, 1000) and dtype float64, its first values along each axis:",
        "[[0, 0, 0, 0, 0, 0, 0, 0],",
    ]
    assert len(text(np.zeros((1000, 1000)))) < 500
    assert len(text(np.zeros((50, 50, 50, 50)))) < 2000


def test_a_number_of_numpys_is_a_number() -> None:
    assert (text(np.float64(2.5)), text(np.int64(3)), text(np.array(4))) == ("2.5", "3", "4")


class Tensor:
    """As torch's: a shape, a dtype, slices, a list."""

    dtype = "torch.float32"

    def __init__(self, values: Any) -> None:
        self._values = np.asarray(values)

    @property
    def shape(self) -> tuple[int, ...]:
        return self._values.shape

    def __getitem__(self, key: Any) -> Tensor:
        return Tensor(self._values[key])

    def tolist(self) -> Any:
        return self._values.tolist()


def test_what_looks_like_an_array_is_one() -> None:
    assert text(Tensor([[1.0, 2.0]])) == "Tensor of shape (1, 2) and dtype torch.float32, all values:\n[[1, 2]]"


def test_what_only_has_a_shape_is_shown_as_it_prints_itself() -> None:
    class Garment:
        shape, dtype = (3, 4), "wool"

        def __str__(self) -> str:
            return "a scarf"

    assert text(Garment()) == "a scarf"


# Sources


def double(number: int) -> int:
    """Twice the number."""
    return 2 * number


def test_a_function_or_class_is_its_source() -> None:
    assert text(double) == inspect.getsource(double).rstrip()
    assert text(Tensor) == inspect.getsource(Tensor).rstrip()
    assert text(Tensor.tolist).startswith("def tolist(self)")
    assert text(Tensor(1).tolist).startswith("def tolist(self)")


def test_what_has_no_source_is_named() -> None:
    assert text(len) == "<built-in function len>"
    assert text(int) == "<class 'int'>"


# Others


def test_an_answer_is_its_text_and_is_not_rendered_again() -> None:
    assert text(Answer("{{ value }} {% x %}")) == "{{ value }} {% x %}"


@pytest.mark.parametrize("value", [None, True, 3, 2.5, [1, "a"], {"a": {"b": 1}}, "text", b"bytes"])
def test_plain_values_are_as_python_prints_them(value: object) -> None:
    assert text(value) == str(value)


def test_the_user_registers_more_and_the_nearest_type_wins() -> None:
    class Base:
        pass

    class Derived(Base):
        pass

    texts = Texts()
    texts.register(Base, lambda value: f"a {type(value).__name__}")
    assert texts(Derived()) == "a Derived"
    texts.register(Derived, lambda value: 7)
    assert (texts(Derived()), texts(Base())) == ("7", "a Base")
    texts.register(pd.DataFrame, lambda frame: f"{len(frame)} rows")
    assert texts(pd.DataFrame({"a": [1]})) == "1 rows"
    with pytest.raises(TypeError, match="needs a type and a function"):
        texts.register("DataFrame", str)  # type: ignore[arg-type]


def test_none_of_the_libraries_it_knows_is_imported() -> None:
    code = (
        "import sys; from threadrunner_kernel.notebook.texts import Texts; Texts()([1]);"
        "print({'pandas', 'numpy', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
