"""Room on a GPU, reckoned apart from the machine's memory. A stand-in for llama.cpp's server tells of the GPU."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.conftest import lease
from tests.models.files import put
from threadrunner_kernel import config, launcher
from threadrunner_kernel.client import Cancellation
from threadrunner_kernel.config import Settings
from threadrunner_kernel.endpoint import Endpoint
from threadrunner_kernel.errors import ModelTooLarge
from threadrunner_kernel.host.answers import LoadAnswer
from threadrunner_kernel.host.records import Record, Wishes
from threadrunner_kernel.host.room import Memory, Needs, too_large
from threadrunner_kernel.host.runs import Run
from threadrunner_kernel.memory import available_bytes
from threadrunner_kernel.models import ModelRef, fit
from threadrunner_kernel.models.space import Space
from threadrunner_kernel.process import ChildProcess, State

MIB = 1 << 20
GIB = 1 << 30


class Machine:
    """A machine with a GPU, and models of any size that are loaded there or not."""

    def __init__(self, folder: Path, free_mib: int | None) -> None:
        self.folder = folder
        self.program = folder / "llama-server"
        self.say(free_mib)

    def say(self, free_mib: int | None) -> None:
        device = "" if free_mib is None else f"\n  CUDA0: A GPU (24576 MiB, {free_mib} MiB free)"
        self.program.write_text(f"#!/bin/sh\ncat <<'END'\nAvailable devices:{device}\nEND\n")
        self.program.chmod(0o755)

    def model(self, name: str, size_bytes: int) -> ModelRef:
        path = put(self.folder / f"{name}.gguf")
        with path.open("r+b") as file:
            file.truncate(size_bytes)  # a hole: it takes no disk
        return ModelRef("llama-server", path, name)

    def memory(self, **settings: object) -> Memory:
        return Memory(Settings(llama_server=str(self.program), context=512, **settings), self.folder)  # type: ignore[arg-type]

    def needs(self, ref: ModelRef, records: list[Record] | None = None, **settings: object) -> Needs:
        return self.memory(**settings).needs(ref, Wishes(), records or [])


def loaded(needs: Needs, state: State = "ready") -> Record:
    """The row of such a model when its runner has loaded it, in a process that takes no memory of the machine's."""
    loop = asyncio.new_event_loop()
    process = ChildProcess([], Endpoint(Path("/nowhere.sock")))
    record = Record(needs.ref, 300.0, state=state, run=Run(process, loop.create_future()))
    loop.close()
    record.reserved_bytes = needs.least.total_bytes
    record.reserved_gpu_bytes = needs.split.space(needs.least).gpu_bytes
    return record


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, 24 * 1024)


def test_a_model_larger_than_the_gpu_does_not_fit_whatever_the_machine_has(machine: Machine) -> None:
    for size, fits in ((20 * GIB, True), (30 * GIB, False)):
        needs = machine.needs(machine.model("m", size))
        free = Space(64 * GIB, machine.memory().free(needs, []).gpu_bytes)
        assert free.gpu_bytes == 24 * GIB
        assert free.holds(needs.split.space(needs.least)) is fits
        assert (needs.usable_bytes(free) >= needs.least.total_bytes) is fits


def test_a_model_on_the_gpu_takes_nothing_from_the_machine(machine: Machine) -> None:
    """Nor, once it is loaded, a second time from the GPU, whose free memory it is no part of any more."""
    first = machine.needs(machine.model("a", 10 * GIB))
    record = loaded(first)
    machine.say(14 * 1024)
    second = machine.needs(machine.model("b", 10 * GIB), [record])
    free = machine.memory().free(second, [record])
    assert free.gpu_bytes == 14 * GIB
    assert available_bytes() - free.ram_bytes < 2 * fit.PROCESS_BYTES + 500 * MIB
    # When it goes for the other one, what it had is free.
    assert machine.memory().free(second, []).gpu_bytes == 14 * GIB + record.reserved_gpu_bytes


def test_what_still_loads_has_taken_nothing_yet_and_will(machine: Machine) -> None:
    record = loaded(machine.needs(machine.model("a", 10 * GIB)), "starting")
    second = machine.needs(machine.model("b", 10 * GIB), [record])
    assert machine.memory().free(second, [record]).gpu_bytes == 24 * GIB - record.reserved_gpu_bytes


@pytest.mark.parametrize("settings", [{"gpu_layers": 0}, {}])
def test_without_a_gpu_or_without_its_use_all_lies_in_the_machine(
    machine: Machine, settings: dict[str, object]
) -> None:
    if not settings:
        machine.say(None)
    needs = machine.memory(**settings).needs(machine.model("m", 10 * GIB), Wishes(), [])
    assert needs.split.space(needs.least) == Space(needs.least.total_bytes, 0)
    assert needs.usable_bytes(Space(5, 24 * GIB)) == 5


def test_the_limit_is_the_machines_memory_alone(machine: Machine) -> None:
    ref = machine.model("m", 20 * GIB)
    for layers, fits in ((-1, True), (0, False)):
        needs = machine.needs(ref, gpu_layers=layers)
        free = machine.memory(memory_limit=GIB).free(needs, [])
        assert free.holds(needs.split.space(needs.least)) is fits


def test_the_forecast_and_the_refusal_tell_of_both(machine: Machine) -> None:
    forecast = machine.memory().forecast(machine.needs(machine.model("large", 30 * GIB)), [])
    assert not forecast.fits
    assert "of it on a GPU" in str(forecast)
    assert " of memory and 25.8 GB of a GPU's are free for models: it does not fit" in str(forecast)
    wire = json.loads(json.dumps(forecast.to_wire()))
    assert wire["free_gpu_bytes"] == 24 * GIB
    assert 30 * GIB <= wire["gpu_bytes"] < 31 * GIB
    needs = machine.needs(machine.model("large", 30 * GIB))
    refusal = too_large(needs, Space(64 * GIB, 24 * GIB), [], []).message
    assert " and 68.7 GB of memory and 25.8 GB of a GPU's are free for models: " in refusal


def test_only_who_lies_on_the_gpu_goes_for_one_that_does(machine: Machine) -> None:
    on_gpu = loaded(machine.needs(machine.model("on-gpu", 15 * GIB)))
    in_memory = loaded(machine.needs(machine.model("in-memory", 1 * GIB), gpu_layers=0))
    machine.say(9 * 1024)
    forecast = machine.memory().forecast(
        machine.needs(machine.model("new", 15 * GIB), [on_gpu, in_memory]), [in_memory, on_gpu]
    )
    assert forecast.leaving == ("on-gpu",)


def test_a_host_tells_of_the_gpu_when_it_is_asked(home: Path, machine: Machine) -> None:
    ref = machine.model("large", 30 * GIB)
    host = launcher.ensure_host(config.load(overrides={"llama_server": str(machine.program)}))
    with lease(host):
        body = {"model": str(ref.path), "engine": "llama-server", "context": 512, "estimate": True}
        said = host.post("/models/load", body, Cancellation())
        assert (said["fits"], said["free_gpu_bytes"]) == (False, 24 * GIB)
        assert 30 * GIB <= said["gpu_bytes"] < 31 * GIB
        LoadAnswer.model_validate(said, extra="forbid")
        with pytest.raises(ModelTooLarge, match="of a GPU's are free for models"):
            host.post("/models/load", {**body, "estimate": False}, Cancellation())
