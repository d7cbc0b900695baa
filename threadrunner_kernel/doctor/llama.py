"""The build of llama.cpp that is here, looked at in a child: one for another CPU ends its process."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

from threadrunner_kernel import config, llama_build
from threadrunner_kernel.doctor.finding import Finding, fail, ok, warn
from threadrunner_kernel.doctor.server import server_problem
from threadrunner_kernel.llama_build import cpu_flags

TIMEOUT_SECONDS = 120.0
REBUILD = 'CMAKE_ARGS="-DGGML_NATIVE=OFF" pip install --force-reinstall --no-cache-dir --no-deps llama-cpp-python'
# Names in llama.cpp's system info (ggml-cpu.c) and the kernel's for the same.
CPU_FLAGS = {
    "SSE3": "pni",
    "SSSE3": "ssse3",
    "AVX": "avx",
    "AVX2": "avx2",
    "F16C": "f16c",
    "FMA": "fma",
    "BMI2": "bmi2",
    "AVX512": "avx512f",
    "AVX512_VBMI": "avx512vbmi",
    "AVX512_VNNI": "avx512_vnni",
    "AVX512_BF16": "avx512_bf16",
    "AMX_INT8": "amx_int8",
}


def llama_cpp() -> Iterator[Finding]:
    """What it is built with, and whether it computes here: a small model of every common quantisation is tried."""
    if not llama_build.is_here():
        yield _broken("llama.cpp", "llama-cpp-python is not installed", "pip install llama-cpp-python")
        return
    try:
        report = probe()
    except subprocess.TimeoutExpired:
        yield _broken("llama.cpp", f"it did not compute anything within {TIMEOUT_SECONDS:.0f} s")
        return
    if "version" not in report:
        yield _broken("llama.cpp", f"llama-cpp-python: {report['problem']}")
        return
    yield _features(report)
    yield _decode(report)
    yield _gpu(report)


def probe() -> dict[str, Any]:
    """The report of ``runner/probe.py``, which tries the build out: at least its ``problem``."""
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    done = subprocess.run(
        llama_build.PROBE, stdin=none, stdout=pipe, stderr=pipe, text=True, errors="replace", timeout=TIMEOUT_SECONDS
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return {"problem": f"it could not be tried ({lines[-1]})"}
    return report


def _broken(what: str, text: str, how: str = f"Install it anew: {REBUILD}") -> Finding:
    """It fails, unless ``auto`` has another engine in its place."""
    if server_problem(config.load()) is None:
        return warn(what, text, f"llama.cpp's own server runs the models in its place. {how}")
    return fail(what, text, how)


def _features(report: dict[str, Any]) -> Finding:
    """What the compiler was told of the CPU. What is wrong with that shows in the decode."""
    built_with = set(re.findall(r"(\w+) = 1", report["features"]))
    text = (
        f"llama-cpp-python {report['version']}, built with {' '.join(sorted(built_with)) or 'no special instructions'}"
    )
    flags = cpu_flags()
    lacking = sorted(name for name, flag in CPU_FLAGS.items() if name in built_with and flags and flag not in flags)
    if lacking:
        advice = f"A model may crash by it; build it for any CPU: {REBUILD}"
        return warn("llama.cpp", f"{text}; this CPU has no {', '.join(lacking)}", advice)
    return ok("llama.cpp", text)


def _decode(report: dict[str, Any]) -> Finding:
    if report["problem"]:
        return _broken("decode", report["problem"], f"This build is for another CPU. Build it for any: {REBUILD}")
    if report["needs_plain_weights"]:
        text = f"{report['crash']}, and works without repacked weights: each model is started twice, and is slower"
        return warn("decode", text, f"Build it for any CPU: {REBUILD}")
    return ok("decode", "models with quantised weights compute here")


def _gpu(facts: dict[str, Any]) -> Finding:
    if facts["has_gpu"]:
        return ok("gpu", "llama.cpp is built for a GPU")
    if shutil.which("nvidia-smi"):
        advice = 'CMAKE_ARGS="-DGGML_CUDA=on" pip install --force-reinstall --no-cache-dir --no-deps llama-cpp-python'
        return warn("gpu", "there is an NVIDIA GPU, and llama.cpp is built without it", f"To use it: {advice}")
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return warn("gpu", "llama.cpp is built without Metal", f"Install it anew: {REBUILD} -DGGML_METAL=on")
    return ok("gpu", "none; models run on the CPU")
