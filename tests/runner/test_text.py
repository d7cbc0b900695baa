"""From bytes to text that may be shown: whole characters only, and nothing of a stop text, however it is cut."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from threadrunner_kernel.runner.text import TextAssembler


def shown(pieces: Iterable[bytes], stop: tuple[str, ...] = ()) -> tuple[list[str], bool]:
    """What is shown piece by piece, as a runner does it: it reads no further once the text is stopped."""
    assembler = TextAssembler(stop)
    out = []
    for piece in pieces:
        out.append(assembler.feed(piece))
        if assembler.is_stopped:
            break
    return [*out, assembler.finish()], assembler.is_stopped


def text_of(pieces: Iterable[bytes], stop: tuple[str, ...] = ()) -> str:
    return "".join(shown(pieces, stop)[0])


def by_bytes(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@st.composite
def pieces(draw: st.DrawFn, data: st.SearchStrategy[bytes]) -> list[bytes]:
    """Bytes, cut anywhere."""
    whole = draw(data)
    cuts = sorted(draw(st.sets(st.integers(0, len(whole)), max_size=8)))
    return [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


LETTERS = st.text(alphabet="abé🙂\n", max_size=14).map(str.encode)
STOPS = st.lists(st.text(alphabet="abé🙂\n", min_size=1, max_size=4), max_size=3).map(tuple)


def test_text_without_stops_is_shown_as_it_comes() -> None:
    assert shown([b"one", b" two", b" three"]) == (["one", " two", " three", ""], False)


def test_a_character_is_shown_when_its_last_byte_has_come() -> None:
    assert shown(by_bytes("é🙂".encode())) == (["", "é", "", "", "", "🙂", ""], False)


@pytest.mark.parametrize("beginning", [b"\xc3", b"\xe2\x82", b"\xf0\x9f\x99"])
def test_a_character_without_its_end_becomes_one_replacement_character(beginning: bytes) -> None:
    assert shown([b"a", beginning]) == (["a", "", "�"], False)


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    assert text_of([b"a\xffb", b"\x80c"]) == "a�b�c"


def test_the_text_ends_before_the_stop_text() -> None:
    assert shown([b"one END two"], ("END",)) == (["one ", ""], True)


def test_a_stop_text_across_borders_is_found_and_nothing_of_it_is_shown() -> None:
    assert shown([b"one E", b"N", b"D two"], ("END",)) == (["one ", "", "", ""], True)


def test_what_only_began_like_a_stop_text_is_shown_once_that_is_known() -> None:
    assert shown([b"one E", b"N", b"ough"], ("END",)) == (["one ", "", "ENough", ""], False)


def test_what_began_like_a_stop_text_at_the_end_is_shown_at_the_end() -> None:
    assert shown([b"one EN"], ("END",)) == (["one ", "EN"], False)


def test_a_stop_text_may_begin_inside_its_own_false_beginning() -> None:
    assert text_of(by_bytes(b"xaab!"), ("aab",)) == "x"
    assert text_of(by_bytes(b"x\n\n\n\nEND"), ("\n\n\nEND",)) == "x\n"


def test_a_stop_text_may_hold_characters_of_several_bytes() -> None:
    assert text_of(by_bytes("ja 🙂é nein".encode()), ("🙂é",)) == "ja "


def test_the_stop_text_that_comes_first_ends_the_text() -> None:
    assert text_of([b"one STOP two END"], ("END", "STOP")) == "one "


@pytest.mark.parametrize("cut", [1, 2, 100])
def test_a_stop_text_within_another_ends_the_text_however_it_is_cut(cut: int) -> None:
    data = b"xabcy"
    cuts = [data[at : at + cut] for at in range(0, len(data), cut)]
    assert text_of(cuts, ("abc", "b")) == "xa"


@given(pieces=pieces(LETTERS), stop=STOPS)
@example(pieces=[b"abc"], stop=("abc", "b"))
@example(pieces=[b"a", b"b", b"a", b"b"], stop=("bab", "ab"))
def test_every_way_of_cutting_gives_the_same_text(pieces: list[bytes], stop: tuple[str, ...]) -> None:
    whole = b"".join(pieces)
    assert text_of(pieces, stop) == text_of([whole], stop) == text_of(by_bytes(whole), stop)


@given(pieces=pieces(LETTERS), stop=STOPS)
def test_no_stop_text_is_ever_in_what_is_shown(pieces: list[bytes], stop: tuple[str, ...]) -> None:
    text, whole = text_of(pieces, stop), b"".join(pieces).decode()
    assert whole.startswith(text)
    assert not any(word in text for word in stop)


@given(pieces=pieces(LETTERS), stop=STOPS)
def test_it_stops_exactly_when_a_stop_text_comes_and_then_cuts_right_before_one(
    pieces: list[bytes], stop: tuple[str, ...]
) -> None:
    parts, is_stopped = shown(pieces, stop)
    text, whole = "".join(parts), b"".join(pieces).decode()
    assert is_stopped is any(word in whole for word in stop)
    if is_stopped:
        assert any(whole[len(text) :].startswith(word) for word in stop)
    else:
        assert text == whole


@given(pieces=pieces(LETTERS), stop=STOPS)
def test_nothing_that_may_be_shown_is_held_back(pieces: list[bytes], stop: tuple[str, ...]) -> None:
    assembler, seen, said = TextAssembler(stop), b"", ""
    for piece in pieces:
        seen += piece
        said += assembler.feed(piece)
        if assembler.is_stopped:
            break
        held = seen.decode(errors="ignore")[len(said) :]
        # What is held is the beginning of a stop text, and no longer than it must be.
        assert held == "" or any(word.startswith(held) and word != held for word in stop)


@given(pieces=pieces(st.binary(max_size=20)))
def test_any_bytes_become_the_text_that_they_are_in_one_piece(pieces: list[bytes]) -> None:
    assert text_of(pieces) == b"".join(pieces).decode(errors="replace")
