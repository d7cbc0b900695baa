"""``threadrunner doctor``: each line against a machine on which the thing is as it should be, or is not."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import run
from tests.models.files import put
from threadrunner_kernel.cli.install import install_kernelspec
from threadrunner_kernel.doctor import CHECKS, Finding, examine, generation, jupyter, lines_of, llama, machine, place
from threadrunner_kernel.endpoint import socket_folder


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
    assert done.stderr == "1 thing to mend.\n"


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


def test_a_socket_of_nobody_is_told(home: Path) -> None:
    path = socket_folder() / f"private-test-{os.getpid()}.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    try:
        assert the(place.socket(), "socket").level == "warn"
    finally:
        path.unlink()


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
    assert with_python("/bin/sh").level == "warn"
    (folder / "kernel.json").write_text(json.dumps({**spec, "interrupt_mode": "signal"}))
    assert "cannot be interrupted" in the(jupyter.kernelspec(), "jupyter").text
    (folder / "kernel.json").write_text("{")
    assert the(jupyter.kernelspec(), "jupyter").level == "fail"


def test_a_build_for_another_cpu_fails() -> None:
    facts = {"version": "1.0", "features": "CPU : AVX = 1 | MATMUL_INT8 = 1 | ", "has_gpu": False}
    if not llama.cpu_flags():
        pytest.skip("this system does not tell what its CPU has")
    assert llama._features({**facts, "features": "LLAMAFILE = 1"}).level == "ok"
    lacking = sorted(name for name, flag in llama.CPU_FLAGS.items() if flag not in llama.cpu_flags())
    if not lacking:
        pytest.skip("this CPU has everything")
    found = llama._features({**facts, "features": f"CPU : {lacking[0]} = 1 | "})
    assert found.level == "fail"
    assert lacking[0] in found.text


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
