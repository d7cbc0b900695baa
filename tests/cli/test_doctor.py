"""``threadrunner doctor``: each line against a machine on which the thing is as it should be, or is not."""

from __future__ import annotations

import json
import os
import site
import sys
import venv
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import threadrunner_kernel
from tests import broken_builds
from tests.cli.program import run
from tests.models.files import put
from threadrunner_kernel.cli.install import install_kernelspec
from threadrunner_kernel.doctor import (
    CHECKS,
    Finding,
    engine,
    examine,
    generation,
    jupyter,
    lines_of,
    llama,
    machine,
    place,
)
from threadrunner_kernel.llama_build import cpu_flags


def the(findings: object, what: str) -> Finding:
    (found,) = [finding for finding in findings if finding.what == what]  # type: ignore[attr-defined]
    assert isinstance(found, Finding)
    return found


def test_the_whole_of_it_ends_well_with_the_dummy(dummy: Path, kernel_prefix: Path) -> None:
    done = run("doctor", "--json")
    body: dict[str, Any] = json.loads(done.stdout)
    fails = [finding for finding in body["findings"] if finding["level"] == "fail"]
    assert (fails, body["ok"], done.returncode) == ([], True, 0)
    levels = {finding["what"]: finding["level"] for finding in body["findings"]}
    assert {"python", "llama.cpp", "memory", "home", "socket", "jupyter", "host", "answer"} <= set(levels)
    assert (levels["python"], levels["jupyter"], levels["answer"]) == ("ok", "ok", "ok")


def test_what_fails_is_said_with_what_to_do_and_by_the_exit_code(
    tmp_path: Path, kernel_prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("THREADRUNNER_HOME", str(tmp_path / "file" / "home"))
    done = run("doctor", "--quick")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    (number,) = [number for number, line in enumerate(lines) if line.startswith("fail")]
    assert lines[number].split()[1] == "home"
    assert "set THREADRUNNER_HOME" in lines[number + 1]
    # What else there is to mend, such as the socket of a host that was killed meanwhile, is the machine's.
    assert done.stderr.splitlines()[0] == "1 thing to mend."


def test_quick_starts_nothing(home: Path) -> None:
    found = {finding.what for finding in examine(is_quick=True)}
    assert "answer" not in found
    assert the(place.host(), "host").text == "not running; the first prompt starts it"


def test_without_a_model_the_demo_is_asked_and_the_way_to_another_told(home: Path) -> None:
    assert the(generation.default_model(), "default").text.startswith("demo, which ships with ThreadRunner")
    there = the(generation.models(), "models")
    assert (there.level, "threadrunner pull ORG/REPO" in there.advice) == ("ok", True)
    found = the(generation.answer(), "answer")
    assert (found.level, "tokens from the model" in found.text) == ("ok", True)
    assert the(place.host(), "host").level == "ok"


def test_among_several_models_of_which_none_is_chosen_the_way_to_one_is_tried(home: Path) -> None:
    for name in ("a", "b"):
        put(home / "models" / f"{name}.gguf")
    assert the(generation.default_model(), "default").level == "warn"
    refused, tried = generation.answer()
    assert (refused.level, tried.level) == ("warn", "ok")
    assert "No model is chosen" in refused.text
    assert "dummy engine" in tried.text


def test_the_default_is_told_with_its_reason(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home / "models" / "a.gguf")
    assert the(generation.default_model(), "default").text == "a, the only one in the models folder"
    monkeypatch.setenv("THREADRUNNER_MODEL", "qwen")
    assert the(generation.default_model(), "default").text == "qwen, as it is set"


def test_a_model_is_asked(home: Path, scripted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADRUNNER_MODEL", str(scripted))
    found = the(generation.answer(), "answer")
    assert found.level == "ok"
    assert found.text.startswith("8 tokens from the model")


def test_a_model_that_cannot_be_loaded_fails(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"no model")
    monkeypatch.setenv("THREADRUNNER_MODEL", str(broken))
    found = the(generation.answer(), "answer")
    assert found.level == "fail"
    assert "broken.gguf" in found.text


def test_settings_that_are_wrong_fail_with_the_files_name(tmp_path: Path) -> None:
    file = tmp_path / "home" / "config.toml"
    file.parent.mkdir()
    file.write_text("temprature = 1\n")
    found = the(place.home(), "settings")
    assert found.level == "fail"
    assert str(file) in found.text


def test_a_host_that_was_started_with_other_settings_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADRUNNER_ENGINE", "dummy")
    run("hi")
    monkeypatch.setenv("THREADRUNNER_CONTEXT", "512")
    found = the(place.host(), "host")
    assert (found.level, "context" in found.text) == ("warn", True)


def test_the_kernel_must_be_installed_for_a_python_that_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("JUPYTER_PATH", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / "share" / "jupyter"))
    folder = Path(install_kernelspec(str(tmp_path)))
    spec = json.loads((folder / "kernel.json").read_text())
    assert the(jupyter.kernelspec(), "jupyter").level == "ok"

    def with_python(path: str) -> Finding:
        (folder / "kernel.json").write_text(json.dumps({**spec, "argv": [path, *spec["argv"][1:]]}))
        return the(jupyter.kernelspec(), "jupyter")

    assert with_python("/nowhere/python").level == "fail"
    assert "cannot run it" in with_python("/bin/sh").text
    for bare in ("python", "python3", "python3.12"):
        found = with_python(bare)
        assert (found.level, "the Python of whatever Jupyter starts it" in found.text) == ("warn", True)
    (folder / "kernel.json").write_text(json.dumps({**spec, "interrupt_mode": "signal"}))
    assert "cannot be interrupted" in the(jupyter.kernelspec(), "jupyter").text
    (folder / "kernel.json").write_text("{")
    assert the(jupyter.kernelspec(), "jupyter").level == "fail"


@pytest.mark.skipif(not cpu_flags(), reason="only Linux tells what a CPU has, and elsewhere nothing is compared")
def test_a_build_for_another_cpu_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"version": "1.0", "features": "LLAMAFILE = 1", "has_gpu": False}
    assert llama._features(facts).level == "ok"
    # One that no CPU has, so that this one lacks it.
    monkeypatch.setitem(llama.CPU_FLAGS, "FUTURE", "a_flag_of_the_future")
    found = llama._features({**facts, "features": "CPU : FUTURE = 1 | "})
    assert found.level == "warn"
    assert "this CPU has no FUTURE" in found.text


def test_another_environment_of_the_same_python_is_another_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both link to one program; only one of them has us."""
    for name in ("mine", "other"):
        venv.create(tmp_path / name, symlinks=True)
    mine, other = (tmp_path / name / "bin" / "python" for name in ("mine", "other"))
    assert other.samefile(mine)
    monkeypatch.setattr(sys, "executable", str(mine))
    for variable in ("JUPYTER_PATH", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / "share" / "jupyter"))
    folder = Path(install_kernelspec(str(tmp_path)))
    spec = json.loads((folder / "kernel.json").read_text())
    spec["env"] = {"PYTHONPATH": ""}
    (folder / "kernel.json").write_text(json.dumps({**spec, "argv": [str(other), *spec["argv"][1:]]}))
    found = the(jupyter.kernelspec(), "jupyter")
    assert found.level == "fail"
    assert "No module named 'threadrunner_kernel'" in found.text
    # With the package it can run the kernel, and is still another Python.
    paths = [str(Path(threadrunner_kernel.__file__).parents[1]), *site.getsitepackages()]
    spec["env"] = {"PYTHONPATH": os.pathsep.join(paths)}
    (folder / "kernel.json").write_text(json.dumps({**spec, "argv": [str(other), *spec["argv"][1:]]}))
    found = the(jupyter.kernelspec(), "jupyter")
    assert (found.level, f"for another Python: {other}" in found.text) == ("warn", True)


def test_here_the_build_computes_and_auto_takes_it() -> None:
    assert the(llama.llama_cpp(), "decode").level == "ok"
    found = the(engine.engine(), "engine")
    assert (found.level, found.text.startswith("auto is llama-cpp-python")) == ("ok", True)


@pytest.mark.skipif(not broken_builds.IS_POSSIBLE, reason="needs Linux on x86-64 or arm64")
def test_a_build_that_dies_in_its_first_decode_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = broken_builds.write_broken_build(tmp_path / "lib", "libggml-cpu", "ggml_graph_plan")
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", str(build))
    monkeypatch.setenv("THREADRUNNER_LLAMA_SERVER", str(tmp_path / "nothing"))
    found = the(llama.llama_cpp(), "decode")
    assert (found.level, "ended by SIGILL" in found.text) == ("fail", True)
    assert "GGML_NATIVE=OFF" in found.advice
    assert the(engine.engine(), "engine").level == "fail"
    # Where llama.cpp's own server runs the models in its place, nothing fails.
    monkeypatch.setenv("THREADRUNNER_LLAMA_SERVER", str(program(tmp_path, "exit 0")))
    assert the(llama.llama_cpp(), "decode").level == "warn"
    found = the(engine.engine(), "engine")
    assert (found.level, str(tmp_path / "llama-server") in found.text) == ("ok", True)


def test_without_llama_cpp_python_nothing_fails_where_a_server_is_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        if name == "llama-cpp-python":
            raise metadata.PackageNotFoundError(name)
        return found(name)

    found = metadata.version
    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    monkeypatch.setenv("THREADRUNNER_LLAMA_SERVER", str(program(tmp_path, "exit 0")))
    assert the(machine.packages(), "packages").level == "ok"
    told = the(llama.llama_cpp(), "llama.cpp")
    assert (told.level, "is not installed" in told.text) == ("warn", True)
    assert the(engine.engine(), "engine").level == "ok"
    monkeypatch.setenv("THREADRUNNER_LLAMA_SERVER", str(tmp_path / "nothing"))
    assert the(llama.llama_cpp(), "llama.cpp").level == "fail"


def test_an_engine_that_is_set_and_not_here_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADRUNNER_ENGINE", "llama-server")
    monkeypatch.setenv("THREADRUNNER_LLAMA_SERVER", str(program(tmp_path, "echo 'bad luck' >&2; exit 3")))
    found = the(engine.engine(), "engine")
    assert (found.level, found.repair) == ("fail", None)
    assert "bad luck" in found.text
    monkeypatch.delenv("THREADRUNNER_LLAMA_SERVER")
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    found = the(engine.engine(), "engine")
    assert found.level == "fail"
    assert found.repair
    assert found.repair.what.startswith("Install xllamacpp")


def program(folder: Path, does: str) -> Path:
    """A llama-server that does this."""
    path = folder / "llama-server"
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return path


def test_a_quota_and_a_limit_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    file = tmp_path / "cpu.max"
    file.write_text("150000 100000\n")
    assert machine._quota(file) == 1.5
    file.write_text("max 100000\n")
    assert machine._quota(file) is None
    assert machine._limit(file) is None
    file.write_text("1024\n")
    assert machine._limit(file) == 1024
    assert machine._quota(tmp_path / "nothing") is None


def test_this_python_has_the_packages() -> None:
    assert the(machine.packages(), "packages").level == "ok"
    assert sys.executable in the(machine.python(), "python").text


def test_every_check_has_its_place_and_a_line() -> None:
    assert {"python", "llama.cpp", "jupyter", "answer"} <= set(CHECKS)
    assert lines_of(Finding("disk", "warn", "full", "Make room.")) == [
        "warn  disk         full",
        "                   Make room.",
    ]
