"""The sides of ``benchmarks.engine`` that have no server: ``python -m benchmarks.in_process KIND MODEL ...``.

Each is a process that answers lines of JSON: a list of request bodies in, ``[first, end, tokens]`` of each out, in
seconds from the line's arrival.

``bare`` is what llama.cpp itself can do: ``llama_decode`` and ``llama_sampler_sample`` in C calls and nothing around
them. ``high-level`` is ``llama_cpp.Llama``, streaming; it knows one sequence, so it takes requests in turn.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import llama_cpp
import llama_cpp.llama_cpp as C

Times = list[tuple[float, float, int]]
# The random model's chat template, written out.
TURN = "<|im_start|>{role}\n{content}<|im_end|>\n"
BEGIN_OF_ANSWER = "<|im_start|>assistant\n"
ROWS = 2048


class BareLoop:
    """Prompts in one batch, then a row for each a step. A context for one sequence, and one that many share."""

    def __init__(self, path: Path, threads: int, context: int, cells: int, parallel: int) -> None:
        self._log = C.llama_log_callback(lambda *_: None)  # kept: llama.cpp holds only the address
        C.llama_log_set(self._log, None)
        C.llama_backend_init()
        self._model = C.llama_model_load_from_file(str(path).encode(), C.llama_model_default_params())
        self._vocabulary = C.llama_model_get_vocab(self._model)
        self._one = self._context(threads, context, 1)
        self._many = self._context(threads, cells, parallel)
        self._batch = C.llama_batch_init(ROWS, 0, 1)

    def _context(self, threads: int, cells: int, sequences: int) -> Any:
        params = C.llama_context_default_params()
        params.n_ctx, params.n_seq_max, params.kv_unified = cells, sequences, sequences > 1
        params.n_batch = ROWS
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        return C.llama_init_from_model(self._model, params)

    def answer(self, bodies: Sequence[dict[str, Any]]) -> Times:
        began = time.perf_counter()
        context = self._one if len(bodies) == 1 else self._many
        C.llama_memory_clear(C.llama_get_memory(context), True)
        prompts = [self._tokenize(body["messages"]) for body in bodies]
        samplers = [self._sampler(body) for body in bodies]
        rows = self._read(context, prompts)
        tokens = [C.llama_sampler_sample(sampler, context, row) for sampler, row in zip(samplers, rows, strict=True)]
        first = time.perf_counter() - began
        count = bodies[0]["max_tokens"]
        for step in range(count - 1):
            self._step(context, tokens, [len(prompt) + step for prompt in prompts])
            tokens = [C.llama_sampler_sample(sampler, context, row) for row, sampler in enumerate(samplers)]
        end = time.perf_counter() - began
        for sampler in samplers:
            C.llama_sampler_free(sampler)
        return [(first, end, count)] * len(bodies)

    def _tokenize(self, messages: Sequence[dict[str, str]]) -> list[int]:
        text = ("".join(TURN.format(**message) for message in messages) + BEGIN_OF_ANSWER).encode()
        tokens = (C.llama_token * (len(text) + 8))()
        count = C.llama_tokenize(self._vocabulary, text, len(text), tokens, len(tokens), True, True)
        return list(tokens[:count])

    def _sampler(self, body: dict[str, Any]) -> Any:
        chain = C.llama_sampler_chain_init(C.llama_sampler_chain_default_params())
        for sampler in (
            C.llama_sampler_init_top_k(body["top_k"]),
            C.llama_sampler_init_top_p(body["top_p"], 1),
            C.llama_sampler_init_min_p(body["min_p"], 1),
            C.llama_sampler_init_temp(body["temperature"]),
            C.llama_sampler_init_dist(1),
        ):
            C.llama_sampler_chain_add(chain, sampler)
        return chain

    def _read(self, context: Any, prompts: Sequence[Sequence[int]]) -> list[int]:
        """Read the prompts; the rows whose logits make the first tokens."""
        rows = [(token, at, n, at == len(p) - 1) for n, p in enumerate(prompts) for at, token in enumerate(p)]
        self._decode(context, rows)
        return [number for number, row in enumerate(rows) if row[3]]

    def _step(self, context: Any, tokens: Sequence[int], positions: Sequence[int]) -> None:
        self._decode(
            context, [(token, at, n, True) for n, (token, at) in enumerate(zip(tokens, positions, strict=True))]
        )

    def _decode(self, context: Any, rows: Sequence[tuple[int, int, int, bool]]) -> None:
        batch = self._batch
        batch.n_tokens = len(rows)
        for index, (token, position, sequence, wants_logits) in enumerate(rows):
            batch.token[index] = token
            batch.pos[index] = position
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = sequence
            batch.logits[index] = wants_logits
        if code := C.llama_decode(context, batch):
            raise RuntimeError(f"llama_decode returned {code}")


class HighLevel:
    """``llama_cpp.Llama`` with its prefix match, one request after the other."""

    def __init__(self, path: Path, threads: int, context: int) -> None:
        self._llama = llama_cpp.Llama(
            str(path), n_ctx=context, n_threads=threads, n_threads_batch=threads, verbose=False
        )

    def answer(self, bodies: Sequence[dict[str, Any]]) -> Times:
        began = time.perf_counter()
        return [self._one(body, began) for body in bodies]

    def _one(self, body: dict[str, Any], began: float) -> tuple[float, float, int]:
        moments = [time.perf_counter() - began for _ in self._pieces(body)]
        return moments[0], moments[-1], body["max_tokens"]

    def _pieces(self, body: dict[str, Any]) -> Iterator[str]:
        chunks: Any = self._llama.create_chat_completion(**body)
        for chunk in chunks:
            if text := chunk["choices"][0]["delta"].get("content"):
                yield text


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.in_process", description=__doc__)
    parser.add_argument("kind", choices=["bare", "high-level"])
    parser.add_argument("model", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--cells", type=int, required=True)
    parser.add_argument("--parallel", type=int, required=True)
    options = parser.parse_args()
    side: BareLoop | HighLevel
    if options.kind == "bare":
        side = BareLoop(options.model, options.threads, options.context, options.cells, options.parallel)
    else:
        side = HighLevel(options.model, options.threads, options.context)
    print("[]", flush=True)
    for line in sys.stdin:
        print(json.dumps(side.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
