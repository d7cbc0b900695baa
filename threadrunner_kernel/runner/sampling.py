"""The sampler chain of a request, in llama.cpp's C samplers and in llama.cpp's order."""

from __future__ import annotations

import ctypes
import json
import secrets
from typing import Any

import llama_cpp.llama_cpp as C
import numpy as np
from llama_cpp.llama_grammar import json_schema_to_gbnf

from threadrunner_kernel.errors import BadRequest
from threadrunner_kernel.messages import ChatRequest
from threadrunner_kernel.requests import refuse_contradictions, schema_of

# llama-server's defaults.
TEMPERATURE = 0.8
TOP_K = 40
TOP_P = 0.95
MIN_P = 0.05
PENALTY_LAST_TOKENS = 64
XTC_THRESHOLD = 0.1
DRY_BASE = 1.75
DRY_ALLOWED_LENGTH = 2
DRY_BREAKERS = (b"\n", b":", b'"', b"*")
# Far beyond what any logit is: a token with that much is always chosen, or never.
LARGEST_BIAS = 1e20
MIROSTAT_TAU = 5.0
MIROSTAT_ETA = 0.1
MIROSTAT_M = 100


class SamplerChain:
    """A chain to sample one generation with; ``close`` frees it.

    Raises:
        BadRequest: parameters that contradict each other, or a grammar that llama.cpp does not take.
    """

    def __init__(self, request: ChatRequest, model: Any, *, seed_offset: int = 0) -> None:
        refuse_contradictions(request)
        self._model = model
        seed = secrets.randbelow(2**32 - 1) if request.seed is None else request.seed + seed_offset
        self.seed = seed % (2**32 - 1)
        self._grammar: Any = None
        self._chain: Any = C.llama_sampler_chain_init(C.llama_sampler_chain_default_params())
        try:
            if text := grammar_of(request):
                self._grammar = self._made_grammar(text)
                self._candidates = Candidates(model.vocabulary_size)
            for sampler in self._samplers(request):
                C.llama_sampler_chain_add(self._chain, sampler)
        except BadRequest:
            self.close()
            raise

    def _samplers(self, request: ChatRequest) -> list[Any]:
        samplers = self._biases(request) + self._penalties(request)
        temperature = _or(request.temperature, TEMPERATURE)
        if temperature == 0:
            return [*samplers, C.llama_sampler_init_greedy()]
        if request.mirostat:
            return [*samplers, C.llama_sampler_init_temp(temperature), self._mirostat(request)]
        samplers += self._filters(request)
        if request.dynatemp_range:
            exponent = _or(request.dynatemp_exponent, 1.0)
            samplers.append(C.llama_sampler_init_temp_ext(temperature, request.dynatemp_range, exponent))
        else:
            samplers.append(C.llama_sampler_init_temp(temperature))
        return [*samplers, C.llama_sampler_init_dist(self.seed)]

    def _biases(self, request: ChatRequest) -> list[Any]:
        if not request.logit_bias:
            return []
        size = self._model.vocabulary_size
        try:
            biases = [(int(token), float(bias)) for token, bias in request.logit_bias.items()]
        except ValueError as exc:
            raise BadRequest("logit_bias goes by token id, a number.", param="logit_bias") from exc
        if wrong := [token for token, _ in biases if not 0 <= token < size]:
            raise BadRequest(f"logit_bias: there is no token {wrong[0]}, the model has {size}.", param="logit_bias")
        if any(abs(bias) > LARGEST_BIAS for _, bias in biases):
            raise BadRequest(f"logit_bias: no bias is beyond {LARGEST_BIAS:g} either way.", param="logit_bias")
        array = (C.llama_logit_bias * len(biases))(*(C.llama_logit_bias(*pair) for pair in biases))
        return [C.llama_sampler_init_logit_bias(size, len(biases), array)]

    def _penalties(self, request: ChatRequest) -> list[Any]:
        samplers = []
        values = (_or(request.repeat_penalty, 1.0), request.frequency_penalty or 0.0, request.presence_penalty or 0.0)
        if values != (1.0, 0.0, 0.0):  # neutral ones would cost 0.7 ms a token at 152k tokens
            last = _or(request.repeat_last_n, PENALTY_LAST_TOKENS)
            last = self._model.trained_context if last == -1 else last
            samplers.append(C.llama_sampler_init_penalties(self._model.vocabulary_size, last, *values))
        if request.dry_multiplier:
            breakers = (ctypes.c_char_p * len(DRY_BREAKERS))(*DRY_BREAKERS)
            samplers.append(
                C.llama_sampler_init_dry(
                    self._model.vocabulary,
                    request.dry_multiplier,
                    _or(request.dry_base, DRY_BASE),
                    _or(request.dry_allowed_length, DRY_ALLOWED_LENGTH),
                    _or(request.dry_penalty_last_n, -1),
                    breakers,
                    len(DRY_BREAKERS),
                )
            )
        return samplers

    def _filters(self, request: ChatRequest) -> list[Any]:
        samplers = []
        if (top_k := _or(request.top_k, TOP_K)) > 0:
            samplers.append(C.llama_sampler_init_top_k(top_k))
        if (typical := _or(request.typical_p, 1.0)) < 1:
            samplers.append(C.llama_sampler_init_typical(typical, 1))
        if (top_p := _or(request.top_p, TOP_P)) < 1:
            samplers.append(C.llama_sampler_init_top_p(top_p, 1))
        if (min_p := _or(request.min_p, MIN_P)) > 0:
            samplers.append(C.llama_sampler_init_min_p(min_p, 1))
        if request.xtc_probability:
            threshold = _or(request.xtc_threshold, XTC_THRESHOLD)
            samplers.append(C.llama_sampler_init_xtc(request.xtc_probability, threshold, 1, self.seed))
        return samplers

    def _mirostat(self, request: ChatRequest) -> Any:
        tau, eta = _or(request.mirostat_tau, MIROSTAT_TAU), _or(request.mirostat_eta, MIROSTAT_ETA)
        if request.mirostat == 1:
            return C.llama_sampler_init_mirostat(self._model.vocabulary_size, self.seed, tau, eta, MIROSTAT_M)
        return C.llama_sampler_init_mirostat_v2(self.seed, tau, eta)

    def _made_grammar(self, text: str) -> Any:
        sampler = C.llama_sampler_init_grammar(self._model.vocabulary, text.encode(), b"root")
        if not sampler:
            raise BadRequest("llama.cpp does not understand the grammar (GBNF with a rule `root`).", param="grammar")
        return sampler

    def sample(self, context: Any, row: int) -> int:
        """The next token from the logits of a row of the last step; the samplers learn that it was taken."""
        if not self._grammar:
            return int(C.llama_sampler_sample(self._chain, context, row))
        logits = logits_of(context, row, self._model.vocabulary_size)
        token = self._candidates.fill(logits).choose(self._chain)
        # Looking at every token would cost 7 ms at 32,000 of them; most often the one that was chosen is allowed.
        if not self._candidates.only(token).is_allowed(self._grammar):
            token = self._candidates.fill(logits).restrict(self._grammar).choose(self._chain)
        C.llama_sampler_accept(self._grammar, token)
        C.llama_sampler_accept(self._chain, token)
        return token

    def close(self) -> None:
        C.llama_sampler_free(self._chain)
        if self._grammar:
            C.llama_sampler_free(self._grammar)


class Candidates:
    """The tokens that samplers choose from, as llama.cpp's array of them."""

    def __init__(self, size: int) -> None:
        self._data = np.zeros(size, dtype=[("id", "i4"), ("logit", "f4"), ("p", "f4")])
        self._array: Any = C.llama_token_data_array()

    def fill(self, logits: Any) -> Candidates:
        """All tokens, with these logits: shape (vocabulary,)."""
        self._data["id"] = np.arange(len(self._data))
        self._data["logit"] = logits
        return self._begin(len(self._data))

    def only(self, token: int) -> Candidates:
        """This token alone."""
        self._data[0] = (token, 1.0, 0.0)
        return self._begin(1)

    def _begin(self, size: int) -> Candidates:
        self._array.data = self._data.ctypes.data_as(C.llama_token_data_p)
        self._array.size, self._array.selected, self._array.sorted = size, -1, False
        return self

    def restrict(self, grammar: Any) -> Candidates:
        """Make what the grammar does not allow impossible."""
        C.llama_sampler_apply(grammar, ctypes.byref(self._array))
        return self

    def is_allowed(self, grammar: Any) -> bool:
        self.restrict(grammar)
        return bool(np.isfinite(self._data["logit"][0]))

    def choose(self, chain: Any) -> int:
        """The token that a chain of samplers takes."""
        C.llama_sampler_apply(chain, ctypes.byref(self._array))
        return int(self._array.data[self._array.selected].id)


def grammar_of(request: ChatRequest) -> str | None:
    """The GBNF text of a request's constraint, if it has one.

    Raises:
        BadRequest: a response format that is not known, or a schema that cannot be a grammar.
    """
    if request.grammar is not None:
        return request.grammar
    schema = schema_of(request)
    if schema is None:
        return None
    try:
        return str(json_schema_to_gbnf(json.dumps(schema)))
    except Exception as exc:  # llama-cpp-python's converter raises whatever it meets
        raise BadRequest(f"The JSON schema cannot be made a grammar: {exc}.", param="json_schema") from exc


def logits_of(context: Any, row: int, vocabulary_size: int) -> Any:
    """The logits of a row of the last step, in llama.cpp's own memory: shape (vocabulary,)."""
    return np.ctypeslib.as_array(C.llama_get_logits_ith(context, row), shape=(vocabulary_size,))


def log_probabilities(context: Any, row: int, vocabulary_size: int) -> Any:
    """Natural logarithms of the probabilities of all tokens at a row, before any sampler: shape (vocabulary,)."""
    logits = logits_of(context, row, vocabulary_size).astype(np.float64)
    shifted = logits - logits.max()
    return shifted - np.log(np.exp(shifted).sum())


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value
