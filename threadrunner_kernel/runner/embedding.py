"""Embeddings: texts as vectors, several in one step of a context of their own, which is made when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from threadrunner_kernel.errors import BadRequest, Cancelled, PromptTooLong
from threadrunner_kernel.messages import Vector
from threadrunner_kernel.runner.llama import AbortFlag, ContextShape, LlamaContext, LlamaModel, NativeLog, Row

SMALLEST_STEP = 512
MOST_INPUTS = 32
# By LLAMA_POOLING_TYPE: none, and rank.
REFUSALS = {
    0: "This model has a vector for each token and none for a text: it makes no embeddings here.",
    4: "This model ranks pairs of texts: it makes no embeddings.",
}


class Embedder:
    """Makes embeddings with a model; it is called on the decode thread only."""

    def __init__(self, model: LlamaModel, log: NativeLog, flag: AbortFlag, threads: int) -> None:
        self._model = model
        self._log = log
        self._flag = flag
        self._threads = threads
        self._context: LlamaContext | None = None
        self._step = 0

    def tokenize(self, inputs: Sequence[str | Sequence[int]]) -> list[list[int]]:
        """The tokens of each input; one that is tokens already is only looked at.

        Raises:
            BadRequest: the model makes no embeddings, or an input is empty or no token of it.
            PromptTooLong: an input is longer than the model can read.
        """
        if refusal := REFUSALS.get(self._model.pooling):
            raise BadRequest(refusal, param="model")
        return [self._tokens(number, given) for number, given in enumerate(inputs)]

    def _tokens(self, number: int, given: str | Sequence[int]) -> list[int]:
        tokens = self._model.tokenize(given) if isinstance(given, str) else list(given)
        if not tokens or given == "":
            raise BadRequest(f"Input {number} is empty: there is nothing to embed.", param="input")
        if wrong := [token for token in tokens if not 0 <= token < self._model.vocabulary_size]:
            raise BadRequest(
                f"Input {number}: there is no token {wrong[0]}, the model has {self._model.vocabulary_size}.",
                param="input",
            )
        if len(tokens) > self._model.trained_context:
            raise PromptTooLong(
                f"Input {number} has {len(tokens)} tokens and the model reads {self._model.trained_context} at most: "
                "split the text.",
                param="input",
            )
        return tokens

    def embed(self, inputs: Sequence[Sequence[int]], is_cancelled: Callable[[], bool]) -> list[Vector]:
        """The vectors, of length 1, of as many of the first ``inputs`` as one step holds; at least one.

        Raises:
            Cancelled
            ModelLoadFailed: there is no memory for the context.
        """
        context = self._fitting(max(len(tokens) for tokens in inputs))
        chosen: list[Sequence[int]] = []
        rows: list[Row] = []
        for sequence, tokens in enumerate(inputs[:MOST_INPUTS]):
            if len(rows) + len(tokens) > self._step:
                break
            rows += [Row(token, position, sequence, wants_logits=True) for position, token in enumerate(tokens)]
            chosen.append(tokens)
        # As with generations: clear the flag, look whether it is cancelled, compute. The flag may have been meant for a
        # generation, whose cancel must not end this.
        self._flag.clear()
        while is_cancelled() or context.decode(rows) != "done":
            context.clear()
            if is_cancelled():
                raise Cancelled("The embedding was stopped.")
            self._flag.clear()
        vectors = [_unit(context.embedding(sequence, self._model.vector_size)) for sequence in range(len(chosen))]
        context.clear()
        return vectors

    def _fitting(self, tokens: int) -> LlamaContext:
        """A context whose one step holds so many tokens: a text is pooled only as a whole."""
        step = SMALLEST_STEP
        while step < tokens:
            step *= 2
        if self._context is None or step > self._step:
            self.close()
            shape = ContextShape(
                cells=step,
                sequences=MOST_INPUTS,
                is_unified=True,
                step=step,
                threads=self._threads,
                flash_attention="auto",
                pooling=self._model.pooling,
            )
            self._context, self._step = LlamaContext(self._model, self._log, self._flag, shape), step
        return self._context

    def close(self) -> None:
        if self._context is not None:
            self._context.close()
            self._context = None


def _unit(vector: np.ndarray) -> Vector:
    length = float(np.linalg.norm(vector))
    scaled = vector / length if length else vector
    return np.ascontiguousarray(scaled, dtype="<f4").tobytes()
