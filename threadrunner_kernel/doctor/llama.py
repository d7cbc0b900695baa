"""The build of llama.cpp that is here, looked at in a child: one for another CPU ends its process."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from threadrunner_kernel.doctor.finding import Finding, fail, ok, warn
from threadrunner_kernel.process import Exit

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
    command = [sys.executable, "-m", "threadrunner_kernel.runner.probe"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        yield fail("llama.cpp", f"it did not load within {TIMEOUT_SECONDS:.0f} s", f"Install it anew: {REBUILD}")
        return
    if done.returncode:
        report = Exit(done.returncode)
        last = (done.stderr.strip().splitlines() or ["it wrote nothing"])[-1]
        yield fail("llama.cpp", f"loading it {report} ({last})", f"Install it anew: {REBUILD}")
        return
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    yield _features(facts)
    yield _gpu(facts)


def _features(facts: dict[str, Any]) -> Finding:
    built_with = set(re.findall(r"(\w+) = 1", facts["features"]))
    text = (
        f"llama-cpp-python {facts['version']}, built with {' '.join(sorted(built_with)) or 'no special instructions'}"
    )
    flags = cpu_flags()
    lacking = sorted(name for name, flag in CPU_FLAGS.items() if name in built_with and flags and flag not in flags)
    if lacking:
        advice = f"It will crash; build it for any CPU: {REBUILD}"
        return fail("llama.cpp", f"{text}; this CPU has no {', '.join(lacking)}", advice)
    if "AMX_INT8" in built_with and "hypervisor" in flags:
        advice = f"Some virtual machines announce AMX and do not have it. If answers crash: {REBUILD}"
        return warn("llama.cpp", text, advice)
    return ok("llama.cpp", text)


def cpu_flags() -> set[str]:
    """What the CPU has, as Linux tells; empty where it does not."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), []))


def _gpu(facts: dict[str, Any]) -> Finding:
    if facts["has_gpu"]:
        return ok("gpu", "llama.cpp is built for a GPU")
    if shutil.which("nvidia-smi"):
        advice = 'CMAKE_ARGS="-DGGML_CUDA=on" pip install --force-reinstall --no-cache-dir --no-deps llama-cpp-python'
        return warn("gpu", "there is an NVIDIA GPU, and llama.cpp is built without it", f"To use it: {advice}")
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return warn("gpu", "llama.cpp is built without Metal", f"Install it anew: {REBUILD} -DGGML_METAL=on")
    return ok("gpu", "none; models run on the CPU")
