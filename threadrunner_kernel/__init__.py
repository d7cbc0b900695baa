"""ThreadRunner for Jupyter: a local language model as close as Python itself."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` itself takes 10 ms, in which a Ctrl-C in the terminal would show a traceback
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "load_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext threadrunner_kernel``: ``%%llm``, ``%llm`` and ``llm`` in this IPython."""
    from threadrunner_kernel.notebook.extension import load

    load(shell)
