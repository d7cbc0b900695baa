"""Where llama.cpp's own server is on this machine, and whether it runs. It starts none that stays."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys

from threadrunner_kernel.config import Settings
from threadrunner_kernel.errors import BadRequest

XLLAMACPP = "xllamacpp"


def server_program(settings: Settings) -> list[str] | None:
    """How llama.cpp's server is started, without its options; ``None`` when there is none.

    Raises:
        BadRequest: the one that the settings name is not a program.
    """
    if settings.llama_server:
        path = shutil.which(os.path.expanduser(settings.llama_server))
        if path is None:
            raise BadRequest(f"llama_server = {settings.llama_server!r} is not a program.", param="llama_server")
        return [path]
    if path := shutil.which("llama-server"):
        return [path]
    if importlib.util.find_spec(XLLAMACPP):
        return [sys.executable, "-m", "threadrunner_kernel.runner.xllamacpp_server"]
    return None
