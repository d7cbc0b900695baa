"""The model table's decisions: what a runner's end means, how long a model stays, what the user is told."""

from __future__ import annotations

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadrunner_kernel.host.policy import (
    MOST_CRASHES,
    TOLERATED_BYTES,
    AfterExit,
    Holding,
    Occupant,
    Relief,
    Room,
    after_exit,
    describe_exit,
    expires_at,
    failure_ends_at,
    last_line,
    make_room,
    relieving,
    what_happened,
)
from threadrunner_kernel.models.space import Space
from threadrunner_kernel.process import Exit

CRASH = Exit(-signal.SIGILL)
KILLED = Exit(-signal.SIGKILL)
ERROR = Exit(1, "one line\nthe last line")


@pytest.mark.parametrize("report", [CRASH, KILLED, ERROR, Exit(0)])
@pytest.mark.parametrize("extra_buffers", [True, False])
def test_a_runner_that_had_answered_starts_again_with_a_clean_slate(report: Exit, extra_buffers: bool) -> None:
    decision = after_exit(report, completed=1, crashes=2, extra_buffers=extra_buffers)
    assert decision == AfterExit(crashes=0, extra_buffers=extra_buffers, is_failed=False)


def test_the_first_native_crash_takes_the_repacked_weights_away_and_says_so() -> None:
    decision = after_exit(CRASH, completed=0, crashes=0, extra_buffers=True)
    assert (decision.crashes, decision.extra_buffers, decision.is_failed) == (0, False, False)
    assert decision.notice is not None
    assert "without llama.cpp's repacked weights" in decision.notice


def test_a_native_crash_without_the_repacked_weights_counts_like_any_other_end() -> None:
    decision = after_exit(CRASH, completed=0, crashes=0, extra_buffers=False)
    assert decision == AfterExit(crashes=1, extra_buffers=False, is_failed=False)


@pytest.mark.parametrize("report", [KILLED, ERROR, Exit(0), Exit(-signal.SIGTERM)])
def test_an_end_from_outside_keeps_the_repacked_weights(report: Exit) -> None:
    assert after_exit(report, completed=0, crashes=0, extra_buffers=True).extra_buffers


@pytest.mark.parametrize(("report", "starts"), [(ERROR, 3), (KILLED, 3), (CRASH, 4)])
def test_a_runner_that_never_answers_is_given_up_after_three_crashes(report: Exit, starts: int) -> None:
    decision = AfterExit(crashes=0, extra_buffers=True, is_failed=False)
    count = 0
    while not decision.is_failed:
        decision = after_exit(report, completed=0, crashes=decision.crashes, extra_buffers=decision.extra_buffers)
        count += 1
    assert (count, decision.crashes) == (starts, MOST_CRASHES)


@given(code=st.integers(-31, 255), completed=st.integers(0, 3), crashes=st.integers(0, 2), extra_buffers=st.booleans())
def test_no_end_ever_brings_the_repacked_weights_back(
    code: int, completed: int, crashes: int, extra_buffers: bool
) -> None:
    decision = after_exit(Exit(code), completed=completed, crashes=crashes, extra_buffers=extra_buffers)
    assert extra_buffers or not decision.extra_buffers
    assert decision.crashes <= crashes + 1
    assert decision.is_failed is (decision.crashes >= MOST_CRASHES)


@pytest.mark.parametrize(
    ("keep_alive", "active", "leases", "when"),
    [
        (300.0, 0, 0, 1300.0),
        (0.0, 0, 0, 1000.0),
        (-1.0, 0, 0, None),
        (300.0, 1, 0, None),
        (300.0, 0, 1, None),
        (0.0, 1, 1, None),
    ],
)
def test_a_model_is_unloaded_after_its_keep_alive_unless_it_is_used_or_leased(
    keep_alive: float, active: int, leases: int, when: float | None
) -> None:
    assert expires_at(last_used=1000.0, keep_alive=keep_alive, active=active, leases=leases) == when


def test_a_failure_is_forgotten_after_a_while() -> None:
    assert failure_ends_at(1000.0) == 1300.0


# Room


def occupant(name: str, size: int, last_used: float = 0.0, gpu: int = 0, **facts: bool) -> Occupant:
    return Occupant(name=name, size_bytes=size, gpu_bytes=gpu, last_used=last_used, **facts)


def space(size: int | Space) -> Space:
    return Space(size) if isinstance(size, int) else size


def leaving(needed: int | Space, free: int | Space, *occupants: Occupant) -> list[str] | None:
    """The names of those that go; ``None`` when there can be no room. A number is of the machine's memory."""
    room = make_room(space(needed), space(free), occupants)
    return [occupants[place].name for place in room.leaving] if room.fits else None


def test_where_there_is_room_nobody_goes() -> None:
    assert make_room(Space(5), Space(5), [occupant("a", 9)]) == Room(fits=True)


def test_the_one_used_longest_ago_goes_first_and_no_more_than_need_to() -> None:
    three = [occupant("new", 5, 30), occupant("old", 5, 10), occupant("middle", 5, 20)]
    assert leaving(5, 0, *three) == ["old"]
    assert leaving(6, 0, *three) == ["old", "middle"]
    assert leaving(15, 0, *three) == ["old", "middle", "new"]
    assert leaving(16, 0, *three) is None


def test_leased_ones_go_after_all_others_and_preloaded_ones_last() -> None:
    four = [
        occupant("kept", 5, 1, is_preloaded=True),
        occupant("leased", 5, 2, is_leased=True),
        occupant("free", 5, 4),
        occupant("held", 5, 3, is_leased=True),
    ]
    assert leaving(5, 0, *four) == ["free"]
    assert leaving(15, 0, *four) == ["free", "leased", "held"]
    assert leaving(20, 0, *four) == ["free", "leased", "held", "kept"]


def test_a_small_one_stays_when_a_larger_one_after_it_is_enough() -> None:
    assert leaving(10, 0, occupant("small", 1, 10), occupant("large", 10, 20)) == ["large"]


def test_a_busy_one_never_goes_and_nobody_goes_in_vain() -> None:
    assert leaving(10, 0, occupant("busy", 20, is_busy=True), occupant("idle", 5)) is None


def test_those_that_go_already_are_waited_for() -> None:
    going = occupant("going", 10, is_busy=True, is_leaving=True)
    assert make_room(Space(10), Space(0), [going, occupant("idle", 10)]) == Room(fits=True, is_waiting=True)
    assert leaving(15, 0, going, occupant("idle", 10)) == ["idle"]


OCCUPANTS = st.lists(
    st.builds(
        Occupant,
        name=st.just("x"),
        size_bytes=st.integers(0, 20),
        gpu_bytes=st.integers(0, 20),
        last_used=st.floats(0, 9),
        is_busy=st.booleans(),
        is_leaving=st.booleans(),
        is_leased=st.booleans(),
        is_preloaded=st.booleans(),
    ),
    max_size=6,
)


SPACES = st.builds(Space, st.integers(0, 60), st.integers(0, 60))
FREE = st.builds(Space, st.integers(-20, 40), st.integers(-20, 40))


@given(needed=SPACES, free=FREE, occupants=OCCUPANTS)
def test_room_is_enough_by_idle_ones_each_of_which_is_needed(
    needed: Space, free: Space, occupants: list[Occupant]
) -> None:
    room = make_room(needed, free, occupants)
    soon = sum((each.space for each in occupants if each.is_leaving), free)
    chosen = [occupants[place] for place in room.leaving]
    idle = [each for each in occupants if not each.is_busy and not each.is_leaving]
    assert room.fits is (free.holds(needed) or sum((each.space for each in idle), soon).holds(needed))
    assert all(each in idle for each in chosen)
    if chosen:
        freed = sum((each.space for each in chosen), soon)
        assert freed.holds(needed)
        assert not any((freed - each.space).holds(needed) for each in chosen)


def test_memory_of_one_kind_makes_no_room_in_the_other() -> None:
    on_gpu, in_ram = occupant("gpu", 1, 1, gpu=20), occupant("ram", 20, 2)
    assert leaving(Space(1, 30), Space(100, 20), in_ram) is None
    assert leaving(Space(1, 30), Space(100, 20), in_ram, on_gpu) == ["gpu"]
    assert leaving(Space(30, 0), Space(20, 100), on_gpu, in_ram) == ["ram"]
    assert leaving(Space(20, 30), Space(1, 20), on_gpu, in_ram) == ["gpu", "ram"]


def test_who_wants_nothing_of_a_gpu_does_not_mind_that_it_is_too_full() -> None:
    assert leaving(Space(5, 0), Space(5, -3), occupant("gpu", 1, gpu=20)) == []


def test_a_killed_runner_is_told_with_the_likely_reason_and_what_to_do() -> None:
    text = describe_exit("qwen", KILLED)
    assert "The runner of qwen was killed from outside (SIGKILL)" in text
    assert "memory" in text
    assert "Ask again" in text


def test_a_runner_that_ended_by_an_error_is_told_with_its_last_line() -> None:
    assert describe_exit("qwen", ERROR) == (
        "The runner of qwen ended with exit code 1: the last line. Ask again to start it anew."
    )


@pytest.mark.parametrize(
    ("report", "end"),
    [
        (Exit(-signal.SIGSEGV, "loading layer 3"), "was ended by SIGSEGV"),
        (Exit(0, "goodbye"), "ended with exit code 0"),
        (Exit(2), "ended with exit code 2"),
    ],
)
def test_an_end_without_words_of_its_own_is_told_by_its_code_alone(report: Exit, end: str) -> None:
    assert describe_exit("qwen", report) == f"The runner of qwen {end}. Ask again to start it anew."


@pytest.mark.parametrize("report", [CRASH, KILLED, ERROR, Exit(0)])
def test_what_is_told_begins_with_what_happened_and_goes_on_with_what_to_do(report: Exit) -> None:
    text = describe_exit("qwen", report)
    happened = what_happened("qwen", report)
    assert text.startswith(f"{happened} Ask again to start it anew.")
    assert ("choose a smaller model" in text) is (report == KILLED)


def test_the_last_line_of_a_log_is_a_sentence_and_not_longer_than_a_screen() -> None:
    assert last_line(ERROR) == "Its log ends with: the last line"
    assert last_line(Exit(1)) == "Its log says nothing."
    assert len(last_line(Exit(1, "x" * 10_000))) < 350


# When memory is short


def holding(held: int, *, is_busy: bool = False, used: float = 0.0, is_leaving: bool = False) -> Holding:
    """A runner that was reckoned to take 100 bytes at most."""
    occupant = Occupant(name="x", size_bytes=100, last_used=used, is_busy=is_busy, is_leaving=is_leaving)
    return Holding(occupant=occupant, held_bytes=held, most_bytes=100)


LEAKING = TOLERATED_BYTES + 1000


def test_what_keeps_to_its_share_is_never_ended_however_short_memory_is() -> None:
    assert relieving([holding(125 + TOLERATED_BYTES), holding(100, is_busy=True)]) is None
    assert relieving([]) is None


def test_the_idle_one_that_leaks_goes_before_any_other() -> None:
    runners = [holding(100), holding(LEAKING * 2, is_busy=True), holding(LEAKING), holding(LEAKING + 1)]
    assert relieving(runners) == Relief(leaving=3, outgrown=3)


def test_idle_ones_go_before_a_generation_is_ended_and_one_at_a_time() -> None:
    leaking = holding(LEAKING, is_busy=True)
    assert relieving([holding(100, used=2), leaking, holding(100, used=1)]) == Relief(leaving=2, outgrown=1)
    assert relieving([holding(100, is_leaving=True), leaking]) is None
    assert relieving([holding(100, is_busy=True), leaking]) == Relief(leaving=1, outgrown=1)


def test_a_kill_by_the_system_for_want_of_memory_is_told_as_such() -> None:
    report = Exit(-signal.SIGKILL, cause="memory ran out, and the system killed it (SIGKILL)")
    said = describe_exit("m", report)
    assert said.startswith("The runner of m was ended: memory ran out, and the system killed it (SIGKILL). Ask again")
    assert "smaller model or context" in said
