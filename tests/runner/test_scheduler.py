"""The scheduler's decisions, without a model, a thread or a clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from threadrunner_kernel.runner.scheduler import (
    SMALLEST_LAST_CHUNK,
    Part,
    Step,
    Work,
    exact_rows,
    fits,
    next_budget,
    plan,
    reservation,
)

WORKS = st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=12).map(
    lambda pairs: [Work(number, unread, exact) for number, (unread, exact) in enumerate(pairs)]
)


def test_answers_go_on_before_prompts_are_read() -> None:
    works = [Work(1, unread=500), Work(2, unread=0), Work(3, unread=0)]
    assert plan(works, 128) == [Step((Part(2, 1), Part(3, 1), Part(1, 126)))]


def test_prompts_share_what_is_left_in_the_order_of_their_coming() -> None:
    works = [Work(1, unread=100), Work(2, unread=100)]
    assert plan(works, 128) == [Step((Part(1, 100), Part(2, 28)))]


def test_an_exact_generation_has_a_step_of_its_own() -> None:
    works = [Work(1, unread=0), Work(2, unread=0, is_exact=True), Work(3, unread=20, is_exact=True)]
    assert plan(works, 128) == [Step((Part(1, 1),)), Step((Part(2, 1),), True), Step((Part(3, 20),), True)]


def test_a_step_of_single_rows_is_short() -> None:
    assert Step((Part(1, 1), Part(2, 1))).is_short
    assert not Step((Part(1, 1), Part(2, 2))).is_short


@given(WORKS, st.integers(16, 128))
def test_no_step_is_over_the_budget_and_nobody_is_served_twice_or_more_than_is_unread(
    works: list[Work], budget: int
) -> None:
    unread = {work.id: work.unread for work in works}
    steps = plan(works, budget)
    served = [part.id for step in steps for part in step.parts]
    assert len(served) == len(set(served))
    for step in steps:
        assert 0 < sum(part.rows for part in step.parts) <= budget
        assert all(part.rows <= max(1, unread[part.id]) for part in step.parts)


@given(WORKS)
def test_every_answer_gets_its_row_in_each_round(works: list[Work]) -> None:
    served = {part.id for step in plan(works, 128) for part in step.parts}
    assert {work.id for work in works if not work.unread} <= served


@given(st.integers(1, 2000), st.integers(16, 256))
def test_an_exact_prompt_is_read_whole_and_its_last_chunk_is_never_too_small(unread: int, budget: int) -> None:
    chunks = []
    while unread:
        chunks.append(exact_rows(unread, budget))
        unread -= chunks[-1]
    assert all(0 < chunk <= budget for chunk in chunks)
    assert len(chunks) == 1 or chunks[-1] >= SMALLEST_LAST_CHUNK


def test_a_step_that_nothing_can_end_is_made_to_take_its_time() -> None:
    assert next_budget(128, 128, seconds=0.4, largest=128) == 16
    assert next_budget(16, 16, seconds=0.001, largest=128) == 24
    assert next_budget(100, 100, seconds=0.001, largest=128) == 128
    assert next_budget(64, 1, seconds=5.0, largest=128) == 64
    assert next_budget(64, 64, seconds=50.0, largest=128) == 16


def test_a_request_joins_when_it_fits_beside_the_others_and_always_when_it_is_alone() -> None:
    assert fits(100, [], cells=50)
    assert fits(100, [200, 200], cells=500)
    assert not fits(101, [200, 200], cells=500)
    assert reservation(100, None, 4096) == 356
    assert reservation(100, 10, 4096) == 110
    assert reservation(4000, None, 4096) == 4096
