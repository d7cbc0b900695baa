"""ThreadRunner for Jupyter: a local language model as close as Python itself."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "load_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext threadrunner_kernel``: ``%%llm``, ``%llm`` and ``llm`` in this IPython."""
    from threadrunner_kernel.notebook.extension import load

    load(shell)
