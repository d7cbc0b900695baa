"""The probe: a build that computes, one that crashes in its first decode, and one with bad repacked weights only."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests import broken_builds
from threadrunner_kernel import llama_build
from threadrunner_kernel.models.metadata import read_metadata
from threadrunner_kernel.runner.tiny_model import write_tiny_model

needs_machine_code = pytest.mark.skipif(not broken_builds.IS_POSSIBLE, reason="needs Linux on x86-64 or arm64")


def probed(**variables: str) -> tuple[int, dict[str, Any], str]:
    """The probe's exit code, its report and the last line of its errors."""
    done = subprocess.run(
        llama_build.PROBE, env={**os.environ, **variables}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return done.returncode, json.loads(done.stdout), (done.stderr.splitlines() or [""])[-1]


def test_this_build_decodes_every_kind_of_weights() -> None:
    code, report, said = probed()
    assert (code, report["problem"], report["needs_plain_weights"], said) == (0, None, False, "")
    assert report["version"]
    assert "CPU" in report["features"]


def test_the_model_is_one_that_our_own_reader_knows(tmp_path: Path) -> None:
    path = tmp_path / "probe.gguf"
    write_tiny_model(path)
    assert path.stat().st_size < 500_000
    assert read_metadata(path).architecture == "llama"


@needs_machine_code
def test_a_crash_in_the_first_decode_is_told_with_its_signal(tmp_path: Path) -> None:
    """The library can be loaded and tells its features: only computing shows it."""
    build = broken_builds.write_broken_build(tmp_path / "lib", "libggml-cpu", "ggml_graph_plan")
    code, report, said = probed(LLAMA_CPP_LIB_PATH=str(build))
    assert code == 1
    assert said == report["problem"] == "a decode with quantised weights was ended by SIGILL"
    assert report["version"]


@needs_machine_code
def test_where_only_repacked_weights_crash_models_can_run_without(tmp_path: Path) -> None:
    functions = ("ggml_gemm_q4_K_8x8_q8_K", "ggml_gemv_q4_K_8x8_q8_K")
    build = broken_builds.write_broken_build(tmp_path / "lib", "libggml-cpu", *functions)
    code, report, _ = probed(LLAMA_CPP_LIB_PATH=str(build))
    if "crash" not in report:
        pytest.skip("this CPU's llama.cpp does not repack q4_K")
    assert (code, report["problem"], report["needs_plain_weights"]) == (0, None, True)
    assert report["crash"] == "a decode with quantised weights was ended by SIGILL"


def test_a_package_that_raises_is_told_with_its_last_word(tmp_path: Path) -> None:
    package = tmp_path / "llama_cpp"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('no such library')")
    code, report, said = probed(PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    assert code == 1
    assert said == report["problem"]
    assert said == "its import ended with exit code 1 (RuntimeError: no such library)"


def test_what_works_is_remembered_for_this_very_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as short:  # a socket's path must be: a long one is not used
        monkeypatch.setenv("TMPDIR", short)
        monkeypatch.setattr("tempfile.tempdir", None)
        assert not llama_build.is_known_to_work()
        assert probed()[0] == 0
        assert llama_build.is_known_to_work()
        monkeypatch.setenv("LLAMA_CPP_LIB_PATH", str(tmp_path))  # another build
        assert not llama_build.is_known_to_work()
