"""What Jupyter needs of us: the kernelspec with a Python that has us, and widgets on both sides."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadrunner_kernel import __version__
from threadrunner_kernel.doctor.finding import Finding, fail, ok, warn
from threadrunner_kernel.errors import ThreadRunnerError

KERNEL = "threadrunner"
INSTALL = "threadrunner install --user"
# A name that jupyter-client replaces by the Python that itself runs in.
BARE_PYTHON = re.compile(r"python(3(\.\d+)?)?")
# What the kernel's command imports, in the other Python; a busy machine takes its time.
IMPORT_KERNEL = "import threadrunner_kernel.notebook.kernel; print(threadrunner_kernel.__version__)"
IMPORT_TIMEOUT_SECONDS = 60.0


def kernelspec() -> Iterator[Finding]:
    """Whether Jupyter finds the kernel, and starts it with a Python that can run it."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    manager = KernelSpecManager()
    try:
        spec = manager.get_kernel_spec(KERNEL)
    except NoSuchKernel:
        yield _installable(fail("jupyter", "Jupyter does not know the kernel", INSTALL), ["--user"])
        return
    except Exception as exc:  # a kernel.json that is not right fails in many ways
        found = fail("jupyter", f"the installed kernel cannot be read ({type(exc).__name__}: {exc})", INSTALL)
        # The first folder that has it hides the others.
        folder = manager.find_kernel_specs().get(KERNEL, "")
        yield _installable(found, _place_options(folder, manager.user_kernel_dir))
        return
    found = _judged(spec.argv[0] if spec.argv else "", spec.resource_dir, spec.interrupt_mode, spec.env)
    # One that works with another Python may be meant so.
    options = _place_options(spec.resource_dir, manager.user_kernel_dir) if found.level == "fail" else None
    yield _installable(found, options)


def _judged(python: str, folder: str, interrupt_mode: str, env: Mapping[str, str]) -> Finding:
    text = f"the kernel is installed in {folder}"
    if interrupt_mode != "message":
        return fail("jupyter", f"{text}, by an older version: it cannot be interrupted", INSTALL)
    if BARE_PYTHON.fullmatch(python):
        if Path(sys.prefix) in Path(folder).parents:
            return ok("jupyter", f"{text}, for the Jupyter of this Python")
        text += f", for {python!r}: the Python of whatever Jupyter starts it, which need not have ThreadRunner"
        return warn("jupyter", text, f"{INSTALL} has it run by this one.")
    path = shutil.which(python)
    if path is None:
        return fail("jupyter", f"{text}, for {python}, which is not there any more", INSTALL)
    if is_this_python(path):
        return ok("jupyter", text)
    problem, found_version = _asked(path, env)
    if problem:
        return fail("jupyter", f"{text}, for {python}, which cannot run it ({problem})", INSTALL)
    other = f"{text}, for another Python: {python}"
    if found_version != __version__:
        other += f", which has version {found_version}"
    return warn("jupyter", other, f"{INSTALL} has it run by this one.")


def is_this_python(path: str) -> bool:
    """Whether it is the Python of this environment: two environments may link to one and the same program."""
    same_folder = os.path.abspath(os.path.dirname(path)) == os.path.abspath(os.path.dirname(sys.executable))
    return same_folder and os.path.samefile(path, sys.executable)


def _asked(python: str, env: Mapping[str, str]) -> tuple[str | None, str]:
    """What hinders this Python from running the kernel, if anything, and which version of us it has."""
    try:
        done = subprocess.run(
            [python, "-c", IMPORT_KERNEL],
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, **env},
            cwd=tempfile.gettempdir(),  # not a checkout of ours, which `-c` would find
            timeout=IMPORT_TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        return str(exc), ""
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1][-200:], ""
    return None, done.stdout.strip()


def _place_options(folder: str, user_folder: str) -> list[str] | None:
    """The options of ``threadrunner install`` that write over the kernel in ``folder``; ``None`` when none does."""
    path = Path(folder)
    if path.parent == Path(user_folder):
        return ["--user"]
    if path.parts[-4:-1] == ("share", "jupyter", "kernels"):
        return ["--prefix", str(path.parents[3])]
    return None


def _installable(found: Finding, options: list[str] | None) -> Finding:
    if options is None:
        return found
    return found.mended_by(
        f"Install the kernel of this Python: threadrunner install {' '.join(options)}", partial(_install, options)
    )


def _install(options: list[str]) -> str:
    command = [sys.executable, "-m", "threadrunner_kernel.cli", "install", *options]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    if done.returncode:
        raise ThreadRunnerError((done.stderr.strip().splitlines() or ["The kernel could not be installed."])[-1])
    return done.stdout.strip()


def widgets() -> Iterator[Finding]:
    """ipywidgets here and jupyterlab-widgets where JupyterLab is must be of the same generation."""
    here = {name: found for name in ("ipywidgets", "jupyterlab-widgets", "jupyterlab") if (found := _version(name))}
    text = ", ".join(f"{name} {found}" for name, found in here.items())
    advice = "pip install --upgrade ipywidgets jupyterlab-widgets, where JupyterLab is, and load its page anew."
    if "ipywidgets" not in here:
        yield fail("widgets", "ipywidgets is missing", advice)
    elif "jupyterlab" in here and not here.get("jupyterlab-widgets", "").startswith("3."):
        yield warn("widgets", f"{text}: JupyterLab here shows no widgets of ipywidgets 8", advice)
    elif "jupyterlab" not in here:
        yield ok("widgets", f"{text}; JupyterLab is not in this Python and needs jupyterlab-widgets 3 in its own")
    else:
        yield ok("widgets", text)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
