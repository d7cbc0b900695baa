"""What the tests share: a home of their own, real model files, and the promise that no process stays behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import hypothesis
import psutil
import pytest

from tests import model_files
from threadrunner_kernel import config
from threadrunner_kernel.cli.install import install_kernelspec
from threadrunner_kernel.client import Cancellation, HostClient
from threadrunner_kernel.endpoint import host_endpoint
from threadrunner_kernel.errors import ThreadRunnerError
from threadrunner_kernel.messages import WIRE_VERSION

# No property is about the clock, and what one finds today it shall find on every machine.
hypothesis.settings.register_profile(
    "everywhere", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("everywhere")

# A shell starts what it puts in the background with SIGINT ignored, and every process below would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Far more than any of it takes: a wait ends with what it waits for, and a machine may be slow.
GONE_TIMEOUT_SECONDS = 60.0


def processes_of(home: Path) -> list[psutil.Process]:
    """Every living process that was started with this THREADRUNNER_HOME, but for this one."""
    found = []
    for process in psutil.process_iter():
        try:
            mine = process.environ().get("THREADRUNNER_HOME") == str(home)
            if mine and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def is_gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody has waited for yet has."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


@contextmanager
def lease(host: HostClient) -> Iterator[str]:
    """A lease's id; leaving the block closes its connection.

    Within the block the host stays, however long a test takes from one step to the next: one that nobody needs leaves
    after two seconds.
    """
    with host.stream("GET", "/lease", None, Cancellation()) as chunks:
        yield str(next(chunks)["lease"])


def wait_until(condition: object, timeout: float = GONE_TIMEOUT_SECONDS, what: str = "the condition") -> None:
    """Poll until ``condition()`` is true, or fail; for states that another process reaches in its own time."""
    assert callable(condition)
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about in {timeout} s"
        time.sleep(0.02)


@pytest.fixture(autouse=True, scope="session")
def _own_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No model that another program of whoever runs the tests has downloaded reaches them, and no token."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HF_HOME", "HF_HUB_CACHE", "LLAMA_CACHE", "OLLAMA_MODELS"):
            patch.setenv(name, str(folder))
        patch.setenv("HF_TOKEN_PATH", str(folder / "token"))
        for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "HF_ENDPOINT"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path) -> Iterator[None]:
    """No setting of whoever runs the tests reaches them."""
    with own_environment(tmp_path / "home"):
        yield


@contextmanager
def own_environment(home: Path, **settings: str) -> Iterator[None]:
    """Of ThreadRunner's variables the environment has this home and these settings alone."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("THREADRUNNER_"):
                patch.delenv(name)
        for name, value in {"THREADRUNNER_HOME": str(home), **settings}.items():
            patch.setenv(name, value)
        yield


@contextmanager
def own_home(folder: Path) -> Iterator[Path]:
    """A THREADRUNNER_HOME for the tests of a whole module; at the end nothing may be left of it."""
    home = folder / "home"
    yield home
    shut_down(home)
    wait_until(lambda: not processes_of(home), what="the end of all processes")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A fresh THREADRUNNER_HOME; at the end its host is shut down and nothing may be left of it."""
    folder = tmp_path / "home"
    monkeypatch.setenv("THREADRUNNER_HOME", str(folder))
    yield folder
    shut_down(folder)
    try:
        wait_until(lambda: not processes_of(folder), what="the end of all processes")
    finally:
        left = processes_of(folder)
        lines = [f"{process.pid} {' '.join(process.cmdline())}" for process in left]
        for process in left:
            process.kill()
    assert not lines, f"left behind: {lines}"


def shut_down(folder: Path) -> None:
    """Ask the host of this home to leave, if there is one, on either transport."""
    for transport in ("unix", "tcp"):
        endpoint = host_endpoint(folder, WIRE_VERSION, transport)
        if endpoint.path.exists() and endpoint.is_served():
            try:
                HostClient(endpoint).post("/shutdown")
            except ThreadRunnerError:
                continue


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that says fixed texts through real llama.cpp at full speed: see SCRIPT; "endless" never ends."""
    path = tmp_path_factory.mktemp("models") / "scripted.gguf"
    return model_files.write_scripted_model(path, SCRIPT)


@pytest.fixture(scope="session")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same texts at 40 tokens a second, to be stopped in the middle."""
    path = tmp_path_factory.mktemp("models") / "slow.gguf"
    return model_files.write_scripted_model(path, SCRIPT, pace=40, name="slow")


@pytest.fixture(scope="session")
def small_random() -> Path:
    """A model of 42 million random weights: a prompt of thousands of tokens takes it some seconds."""
    return model_files.cached("small-f16", lambda path: model_files.write_random_model(path, model_files.SMALL))


SCRIPT = {
    "": "The scripted answer, naïve 🙂 and short.",
    "markdown": "Some **bold** text.\n\n```python\nprint('<b>')\n```\n\nThe end.",
    "endless": "on and on and " + model_files.ENDLESS,
    "count": ", ".join(str(n) for n in range(1, 300)),
    "hostile": "<script>alert(1)</script> ![x](http://example.org/x.png) [y](javascript:alert(1)) safe",
}


@pytest.fixture
def settings(home: Path) -> config.Settings:
    """The default settings with this test's home."""
    return config.load()


@pytest.fixture(scope="session")
def _kernel_prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("prefix")
    install_kernelspec(str(prefix))
    return prefix


@pytest.fixture
def kernel_prefix(_kernel_prefix: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prefix with the kernelspec of this very Python, first on Jupyter's path."""
    monkeypatch.setenv("JUPYTER_PATH", str(_kernel_prefix / "share" / "jupyter"))
    return _kernel_prefix
