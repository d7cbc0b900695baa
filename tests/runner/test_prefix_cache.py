"""The radix tree against a plain list of what each branch holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from threadrunner_kernel.runner.prefix_cache import PrefixCache, common_length

TOKENS = st.lists(st.integers(0, 2), max_size=8)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.integers(0, 4), TOKENS),
        st.tuples(st.just("remove"), st.integers(0, 4), st.just([])),
        st.tuples(st.sampled_from(["match", "match whole"]), st.just(0), TOKENS),
    ),
    max_size=25,
)


@given(ACTIONS)
def test_a_match_is_as_long_as_the_best_of_all_branches(actions: list[tuple[str, int, list[int]]]) -> None:
    cache, held = PrefixCache(), dict[int, list[int]]()
    for action, branch, tokens in actions:
        if action == "insert":
            cache.insert(branch, tokens)
            held[branch] = tokens
        elif action == "remove":
            cache.remove(branch)
            held.pop(branch, None)
        elif action == "match whole":
            match = cache.match_whole(tokens)
            whole = [other for other in held.values() if other == tokens[: len(other)]]
            assert match.length == max(map(len, whole), default=0)
            assert match.branch is None or held[match.branch] == tokens[: match.length]
        else:
            match = cache.match(tokens)
            assert match.length == max((common_length(other, tokens) for other in held.values()), default=0)
            if match.length:
                assert match.branch is not None
                assert common_length(held[match.branch], tokens) == match.length
        assert set(cache.branches) == set(held)
        assert {branch: cache.length_of(branch) for branch in held} == {b: len(t) for b, t in held.items()}
        assert {branch: cache.tokens_of(branch) for branch in held} == held


@given(st.lists(TOKENS, max_size=6))
def test_shared_prefixes_count_once(sequences: list[list[int]]) -> None:
    cache = PrefixCache()
    for branch, tokens in enumerate(sequences):
        cache.insert(branch, tokens)
    prefixes = {tuple(tokens[: n + 1]) for tokens in sequences for n in range(len(tokens))}
    assert cache.tokens == len(prefixes)


def test_the_branch_used_longest_ago_comes_first() -> None:
    cache = PrefixCache()
    for branch, tokens in enumerate(([1, 2], [3, 4], [5, 6])):
        cache.insert(branch, tokens)
    cache.match([1, 2, 3])
    assert cache.branches == [1, 2, 0]


def test_what_only_a_removed_branch_held_is_forgotten_and_what_it_shared_is_not() -> None:
    cache = PrefixCache()
    cache.insert(0, [1, 2, 3, 4])
    cache.insert(1, [1, 2, 9])
    cache.remove(0)
    assert cache.match([1, 2, 3, 4]).length == 2
    assert cache.tokens == 3
