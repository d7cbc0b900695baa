"""What Jupyter needs of us: the kernelspec, and widgets on both sides."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from threadrunner_kernel.doctor.finding import Finding, fail, ok, warn

KERNEL = "threadrunner"
INSTALL = "threadrunner install --user"


def kernelspec() -> Iterator[Finding]:
    """Whether Jupyter finds the kernel, and starts it with a Python that exists."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(KERNEL)
    except NoSuchKernel:
        yield fail("jupyter", "Jupyter does not know the kernel", INSTALL)
        return
    except Exception as exc:  # a kernel.json that is not right fails in many ways
        yield fail("jupyter", f"the installed kernel cannot be read ({type(exc).__name__}: {exc})", INSTALL)
        return
    python = spec.argv[0] if spec.argv else ""
    text = f"the kernel is installed in {spec.resource_dir}"
    if shutil.which(python) is None:
        yield fail("jupyter", f"{text}, for {python}, which is not there any more", INSTALL)
    elif os.path.isabs(python) and not os.path.samefile(python, sys.executable):
        yield warn("jupyter", f"{text}, for another Python: {python}", f"{INSTALL} has it run by this one.")
    elif spec.interrupt_mode != "message":
        yield fail("jupyter", f"{text}, by an older version: it cannot be interrupted", INSTALL)
    else:
        yield ok("jupyter", text)


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
