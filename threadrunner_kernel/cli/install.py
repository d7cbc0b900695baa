"""``threadrunner install``: the kernelspec, with this very Python in its command."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

from threadrunner_kernel.errors import ThreadRunnerError

NAME = "threadrunner"


def install_kernelspec(prefix: str | None) -> str:
    """Install for the user, or below ``prefix``; the folder it went to.

    Raises:
        ThreadRunnerError: the folder cannot be written.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / NAME
        shutil.copytree(resources(), folder)
        spec = json.loads((folder / "kernel.json").read_text())
        # The wheel's own "python" means the Jupyter server's interpreter, which may be another.
        spec["argv"][0] = sys.executable
        (folder / "kernel.json").write_text(json.dumps(spec, indent=1) + "\n")
        try:
            manager = KernelSpecManager()
            return str(manager.install_kernel_spec(str(folder), NAME, user=prefix is None, prefix=prefix))
        except OSError as exc:
            raise ThreadRunnerError(f"The kernel could not be installed: {exc}.") from exc


def resources() -> Path:
    """The folder with kernel.json and the logos: in the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "kernelspec"
    return inside if inside.is_dir() else package.parent / "kernelspec" / NAME
