"""Files in a prompt: how they are put into it, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.program import run
from threadrunner_kernel.cli.attachments import LARGEST_BYTES, Attachment, read_all, with_attachments
from threadrunner_kernel.errors import BadRequest

SAID = "This is the dummy engine, no model was asked. You said: "


def test_files_are_fenced_under_their_names_above_the_prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text("x = 1\n")
    Path("notes").write_text("no newline")
    prompt = with_attachments("Explain.", read_all(["a.py", "notes"]))
    assert prompt == "a.py:\n```py\nx = 1\n```\n\nnotes:\n```\nno newline\n```\n\nExplain."


@given(st.text(alphabet="`~ab\n", max_size=40))
def test_no_text_can_end_its_own_fence(text: str) -> None:
    lines = Attachment("x.md", text, len(text)).fenced().split("\n")
    opening, closing = lines[1], lines[-1]
    assert opening == f"{closing}md"
    assert closing.strip("`") == ""
    assert not any(line.strip().startswith(closing) for line in lines[2:-1])


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("\ufeffmark".encode(), "mark"),
        ("Grüße".encode("utf-16"), "Grüße"),
        (b"two\r\nlines\r\n", "two\nlines\n"),
        (b"", ""),
    ],
)
def test_texts_of_other_systems_are_read(tmp_path: Path, data: bytes, text: str) -> None:
    file = tmp_path / "file.txt"
    file.write_bytes(data)
    assert read_all([str(file)])[0].text == text


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\x00\x00", b"caf\xe9", b"a\x00b", b"\xff\xfea"])
def test_a_binary_file_is_refused_by_its_name(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(data)
    with pytest.raises(BadRequest, match=r"photo\.png is not a text file"):
        read_all([str(file)])


def test_what_cannot_be_read_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"missing\.txt cannot be attached \(No such file"):
        read_all([str(tmp_path / "missing.txt")])
    with pytest.raises(BadRequest, match=r"cannot be attached \(Is a directory\)"):
        read_all([str(tmp_path)])


def test_a_file_larger_than_any_prompt_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    with file.open("wb") as stream:
        stream.truncate(LARGEST_BYTES * 1000)
    with pytest.raises(BadRequest, match=r"large\.txt is larger than 16 MB"):
        read_all([str(file)])


def test_a_files_name_cannot_leave_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a\nb\x1b[2J.txt"
    file.write_text("x")
    assert read_all([str(file)])[0].fenced().split("\n")[0] == f"{tmp_path}/a b[2J.txt:"


def test_the_command_tells_the_size_on_stderr(dummy: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one two\n")
    (tmp_path / "b.txt").write_text("three\n")
    files = f"{tmp_path}/a.txt", f"{tmp_path}/b.txt"
    done = run("-a", files[0], "Count.", "-a", files[1])
    assert done.stdout == f"{SAID}{files[0]}:\n```txt\none two\n```\n\n{files[1]}:\n```txt\nthree\n```\n\nCount.\n"
    assert done.stderr == f"[attached {files[0]}, 8 bytes]\n[attached {files[1]}, 6 bytes]\n"
    assert run("-q", "-a", files[0], "Count.").stderr == ""


def test_a_dash_attaches_what_is_piped_in(dummy: Path) -> None:
    done = run("-a", "-", "Count.", input="one\n")
    assert done.stdout == f"{SAID}stdin:\n```\none\n```\n\nCount.\n"


def test_a_file_alone_is_a_prompt_and_a_binary_one_costs_no_answer(dummy: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    assert run("-a", str(tmp_path / "a.txt")).returncode == 0
    (tmp_path / "b.bin").write_bytes(b"\0")
    done = run("-a", str(tmp_path / "b.bin"), "hi")
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"threadrunner: {tmp_path}/b.bin is not a text file, and only text can be attached: convert it first.\n"
    )
