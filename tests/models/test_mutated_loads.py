"""Model files whose headers are spoilt, loaded by a real host through real llama.cpp: it survives each of them."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from tests import model_files
from tests.conftest import SCRIPT, lease
from tests.models.files import mutated
from threadrunner_kernel import config
from threadrunner_kernel.client import HostClient
from threadrunner_kernel.errors import ModelLoadFailed, ModelTooLarge, RunnerDied, ThreadRunnerError
from threadrunner_kernel.launcher import ensure_host


def load_all(home: Path, scripted: Path, count: int) -> None:
    """Load ``count`` mutated files; then the host must still answer with a good one."""
    tiny = model_files.write_random_model(home.parent / "tiny.gguf", model_files.TINY).read_bytes()
    rng, path = random.Random(1), home.parent / "mutated.gguf"
    host = ensure_host(config.load())
    with lease(host):
        told = []
        for number in range(count):
            # A file of its own each time: three that end their runners would make one model failed for good.
            path = home.parent / f"mutated-{number}.gguf"
            path.write_bytes(mutated(tiny, rng))
            told.append(refusal(host, path))
            path.unlink()
        refusals = [error for error in told if error is not None]
        assert len(refusals) > count / 4
        assert [repr(error) for error in refusals if not is_sentence(error)] == []
        answer = host.post("/v1/chat/completions", {"model": str(scripted), "messages": [USER]})
        assert answer["choices"][0]["message"]["content"] == SCRIPT[""]


USER = {"role": "user", "content": "hi"}


def is_sentence(error: ThreadRunnerError) -> bool:
    """Whether it is one line about the file or about the process that read it, and no mistake of ours put into one."""
    is_ours = re.search(r"\b[A-Z]\w*Error\b", error.message)
    is_known = type(error) in (ModelLoadFailed, ModelTooLarge, RunnerDied)
    return is_known and not is_ours and len(error.message.strip().splitlines()) == 1


def refusal(host: HostClient, path: Path) -> ThreadRunnerError | None:
    """What a load fails with, if it does; one that succeeds is unloaded."""
    try:
        host.post("/models/load", {"model": str(path)})
    except ThreadRunnerError as exc:
        return exc
    host.post("/models/unload", {"model": str(path)})
    return None


def test_fifty_mutated_models_do_not_harm_the_host(home: Path, scripted: Path) -> None:
    load_all(home, scripted, 50)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_thousand_mutated_models_do_not_harm_the_host(home: Path, scripted: Path) -> None:
    load_all(home, scripted, 1000)
