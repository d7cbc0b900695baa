"""The sampler chain on real logits of llama.cpp: greedy takes the likeliest, a seed repeats, each setting counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import llama_cpp.llama_cpp as C
import numpy as np
import pytest
from llama_cpp import Llama
from numpy.typing import NDArray

from tests import model_files
from threadrunner_kernel.config import Sampling
from threadrunner_kernel.messages import ChatRequest
from threadrunner_kernel.runner.sampling import SamplerChain

DRAWS = 200


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llama]:
    """A model of random weights that has read a prompt: its last row of logits is what is sampled from."""
    path = model_files.write_random_model(tmp_path_factory.mktemp("models") / "tiny.gguf", model_files.TINY)
    with closing(Llama(str(path), n_ctx=64, n_threads=1, verbose=False)) as llama:
        llama.eval(llama.tokenize(b"Say something.", add_bos=False))
        yield llama


@pytest.fixture(scope="module")
def likeliest(model: Llama) -> list[int]:
    """All tokens, the likeliest first."""
    return [int(token) for token in np.argsort(-logits(model), kind="stable")]


def logits(model: Llama) -> NDArray[np.float64]:
    row = C.llama_get_logits_ith(model.ctx, -1)
    return np.ctypeslib.as_array(row, shape=(model.n_vocab(),)).astype(np.float64)


def chain_of(sampling: Sampling, llama: Llama) -> SamplerChain:
    """The chain of a request with these settings."""
    values = {f.name: getattr(sampling, f.name) for f in fields(Sampling)}
    vocabulary = SimpleNamespace(vocabulary_size=llama.n_vocab(), trained_context=llama.n_ctx(), vocabulary=None)
    return SamplerChain(ChatRequest(messages=(), **values), vocabulary)


def draws(model: Llama, sampling: Sampling, count: int = DRAWS) -> list[int]:
    """Tokens drawn from the same row again and again by one chain."""
    with closing(chain_of(sampling, model)) as chain:
        return [chain.sample(model.ctx, -1) for _ in range(count)]


# Every sampler is off but those that a test names.
OPEN = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, seed=1)


def opened(**settings: float) -> Sampling:
    return replace(OPEN, **settings)  # type: ignore[arg-type]  # numbers, as each setting wants


def test_temperature_zero_takes_the_likeliest_token_whatever_else_is_set(model: Llama, likeliest: list[int]) -> None:
    for sampling in (Sampling(temperature=0.0), Sampling(temperature=0.0, top_k=5, top_p=0.1, min_p=0.5, seed=7)):
        assert set(draws(model, sampling)) == {likeliest[0]}


def test_one_candidate_is_greedy_at_any_temperature(model: Llama, likeliest: list[int]) -> None:
    assert set(draws(model, opened(top_k=1, temperature=50.0))) == {likeliest[0]}


def test_a_seed_repeats_the_draws_and_another_gives_others(model: Llama) -> None:
    assert draws(model, opened(seed=3)) == draws(model, opened(seed=3))
    assert draws(model, opened(seed=3)) != draws(model, opened(seed=4))
    assert draws(model, Sampling(seed=3)) == draws(model, Sampling(seed=3))


@pytest.mark.parametrize("seed", [0, 2**32 - 2])
def test_the_seeds_at_the_ends_are_seeds_like_any_other(model: Llama, seed: int) -> None:
    with closing(chain_of(Sampling(seed=seed), model)) as chain:
        assert chain.seed == seed
    assert draws(model, opened(seed=seed)) == draws(model, opened(seed=seed))


def test_without_a_seed_each_chain_has_its_own_and_says_it(model: Llama) -> None:
    chains = [chain_of(Sampling(), model) for _ in range(8)]
    assert len({chain.seed for chain in chains}) > 1
    drawn = [chains[0].sample(model.ctx, -1) for _ in range(DRAWS)]
    assert drawn == draws(model, Sampling(seed=chains[0].seed))
    for chain in chains:
        chain.close()


def test_top_k_keeps_that_many_of_the_likeliest(model: Llama, likeliest: list[int]) -> None:
    assert set(draws(model, opened(top_k=3, temperature=100.0))) == set(likeliest[:3])


def test_the_defaults_are_llama_servers(model: Llama) -> None:
    spelled_out = Sampling(temperature=0.8, top_k=40, top_p=0.95, min_p=0.05, repeat_penalty=1.0, seed=5)
    assert draws(model, Sampling(seed=5)) == draws(model, spelled_out)


def test_top_p_keeps_the_likeliest_that_reach_it_together(model: Llama, likeliest: list[int]) -> None:
    probabilities = np.exp(logits(model) - logits(model).max())
    sums = np.cumsum(probabilities[likeliest] / probabilities.sum())
    kept = int(np.searchsorted(sums, 0.5)) + 1
    drawn = set(draws(model, opened(top_p=0.5), 2000))
    assert drawn <= set(likeliest[:kept])
    assert len(drawn) > 1


def test_min_p_leaves_out_what_is_less_likely_than_its_share_of_the_likeliest(
    model: Llama, likeliest: list[int]
) -> None:
    share = np.exp(logits(model) - logits(model).max())
    drawn = set(draws(model, opened(min_p=0.3), 2000))
    assert drawn <= {token for token in likeliest if share[token] >= 0.3 - 1e-4}
    assert len(drawn) > 1


def test_a_higher_temperature_spreads_the_draws(model: Llama) -> None:
    kinds = [len(set(draws(model, opened(temperature=temperature)))) for temperature in (0.1, 1.0, 10.0)]
    assert all(cooler < hotter for cooler, hotter in pairwise(kinds))


def test_a_repeat_penalty_makes_what_was_said_less_likely_even_when_greedy(model: Llama, likeliest: list[int]) -> None:
    drawn = draws(model, Sampling(temperature=0.0, repeat_penalty=10.0), 3)
    assert drawn[0] == likeliest[0]
    assert len(set(drawn)) > 1


def test_a_neutral_repeat_penalty_changes_nothing(model: Llama) -> None:
    assert draws(model, opened(repeat_penalty=1.0)) == draws(model, OPEN)


def test_whole_answers_repeat_with_a_seed(tmp_path: Path) -> None:
    path = model_files.write_random_model(tmp_path / "tiny.gguf", model_files.TINY)
    with closing(Llama(str(path), n_ctx=128, n_threads=1, verbose=False)) as llama:
        first, second = (answer(llama, opened(seed=9)) for _ in range(2))
        other = answer(llama, opened(seed=10))
    assert len(first) == 60
    assert first == second != other


def answer(llama: Llama, sampling: Sampling) -> list[int]:
    llama.reset()  # type: ignore[no-untyped-call]  # so it is in llama-cpp-python
    llama.eval(llama.tokenize(b"Say something.", add_bos=False))
    said: list[int] = []
    with closing(chain_of(sampling, llama)) as chain:
        for _ in range(60):
            said.append(chain.sample(llama.ctx, -1))
            llama.eval(said[-1:])
    return said
