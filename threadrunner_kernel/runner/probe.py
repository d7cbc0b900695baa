"""What the llama.cpp here is, and whether it computes: ``python -m threadrunner_kernel.runner.probe`` prints JSON.

A build for another CPU ends its process, mostly in the first decode with quantised weights and sometimes at its import.
So all of llama.cpp is in children of this process, which says how far they came. It ends with 0 when models can run
here; else with 1, and the last line it writes to stderr is why.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from threadrunner_kernel.llama_build import forget, remember
from threadrunner_kernel.process import Exit, die_with_parent

# It takes a second.
TIMEOUT_SECONDS = 50.0
# Enough rows for the kernels that take many at once; then single ones, as when an answer is made.
PROMPT_TOKENS = 64
ANSWER_TOKENS = 4


def main() -> int:
    parser = argparse.ArgumentParser(prog="threadrunner-probe")
    parser.add_argument("--decode", type=Path, help="decode with this model, in this very process")
    parser.add_argument("--no-extra-buffers", action="store_true", help="without repacked weights")
    arguments = parser.parse_args()
    if arguments.decode:
        die_with_parent(lambda: None)
        look(arguments.decode, extra_buffers=not arguments.no_extra_buffers)
        return 0
    report = probe()
    print(json.dumps(report), flush=True)
    if report["problem"]:
        print(report["problem"], file=sys.stderr)
        forget()
        return 1
    remember()
    return 0


def probe() -> dict[str, Any]:
    """What the build is (as far as it came), its ``problem``, and whether it ``needs_plain_weights``."""
    from threadrunner_kernel.runner.tiny_model import write_tiny_model

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        model = Path(folder) / "probe.gguf"
        write_tiny_model(model)
        facts, problem = _try([str(model)])
        if problem is None or "version" not in facts:
            return {**facts, "problem": problem, "needs_plain_weights": False}
        # As the host does with a runner that crashes before its first answer.
        _, without = _try([str(model), "--no-extra-buffers"])
        return {**facts, "crash": problem, "problem": without, "needs_plain_weights": without is None}


def _try(arguments: list[str]) -> tuple[dict[str, Any], str | None]:
    """What a child learned before its end, and what was wrong with that."""
    command = [sys.executable, "-m", __spec__.name, "--decode", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, errors="replace") as child:
        try:
            # Its stdin stays open until it ends: it watches that.
            said, wrote = _read(child)
        except subprocess.TimeoutExpired:
            child.kill()
            return {}, f"llama.cpp did not compute anything within {TIMEOUT_SECONDS:.0f} s"
    facts: dict[str, Any] = {}
    for line in said.splitlines():
        facts |= json.loads(line) if line.startswith("{") else {}
    if child.returncode == 0:
        return facts, facts.get("wrong")
    stage = "a decode with quantised weights" if "version" in facts else "its import"
    end = Exit(child.returncode)
    last = f" ({lines[-1][-200:]})" if (lines := wrote.strip().splitlines()) and end.code >= 0 else ""
    return facts, f"{stage} {end}{last}"


def _read(child: subprocess.Popen[str]) -> tuple[str, str]:
    """As ``communicate``, which would close the child's stdin."""
    stdin, child.stdin = child.stdin, None
    try:
        return child.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        if stdin:
            stdin.close()


def look(model: Path, *, extra_buffers: bool) -> None:
    """Print what the build is, then decode with ``model``: a line of JSON for each."""
    import llama_cpp
    import llama_cpp.llama_cpp as C

    facts = {
        "version": llama_cpp.__version__,
        "features": C.llama_print_system_info().decode(errors="replace"),
        "has_gpu": bool(C.llama_supports_gpu_offload()),
    }
    print(json.dumps(facts), flush=True)
    C.llama_backend_init()
    params = C.llama_model_default_params()
    params.use_extra_bufts = extra_buffers
    params.n_gpu_layers = 0  # it is the CPU that is probed
    handle = C.llama_model_load_from_file(str(model).encode(), params)
    if not handle:
        sys.exit("llama.cpp could not load the model that it was tried with")
    wrong = _decode(C, handle)
    print(json.dumps({"wrong": wrong}), flush=True)


def _decode(C: Any, handle: Any) -> str | None:
    """What was wrong with the numbers that came out, if anything."""
    params = C.llama_context_default_params()
    params.n_ctx = PROMPT_TOKENS + ANSWER_TOKENS
    params.n_batch = params.n_ubatch = PROMPT_TOKENS
    params.n_threads = params.n_threads_batch = 1  # several wait for each other where the cores are busy
    context = C.llama_init_from_model(handle, params)
    vocabulary = C.llama_vocab_n_tokens(C.llama_model_get_vocab(handle))
    for step in range(1 + ANSWER_TOKENS):
        count = 1 if step else PROMPT_TOKENS
        tokens = (C.llama_token * count)(*((step + 7 * number) % vocabulary for number in range(count)))
        if code := C.llama_decode(context, C.llama_batch_get_one(tokens, count)):
            return f"a decode with quantised weights failed with code {code}"
        logits = ctypes.cast(C.llama_get_logits_ith(context, -1), ctypes.POINTER(ctypes.c_float * vocabulary))
        if not all(map(math.isfinite, logits.contents)):
            return "a decode with quantised weights gave numbers that are none"
    return None


if __name__ == "__main__":
    sys.exit(main())
