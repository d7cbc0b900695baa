"""``%load_ext threadrunner_kernel``: the magics and ``llm``, in any IPython."""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from threadrunner_kernel.notebook import configurable
from threadrunner_kernel.notebook.language_model import LanguageModel
from threadrunner_kernel.notebook.magics import LlmMagics
from threadrunner_kernel.notebook.session import Session
from threadrunner_kernel.notebook.texts import Texts


def load(shell: InteractiveShell) -> LlmMagics:
    """Register the magics and put ``llm`` into the namespace, unless the user has something of that name."""
    loaded = shell.magics_manager.registry.get("LlmMagics")
    if loaded is not None:  # `%load_ext` in our kernel, or `%reload_ext`: a second session would part `llm` from %%llm
        running: LlmMagics = loaded
        return running
    kernel = getattr(shell, "kernel", None)
    session = Session(
        lambda: request_id(kernel.get_parent()) if kernel else None, getattr(kernel, "is_running_a_cell", lambda: False)
    )
    texts = Texts()
    magics = LlmMagics(shell, session, texts)
    shell.register_magics(magics)
    configurable.register(shell, session.sticky)
    shell.Completer.custom_matchers.append(magics.completer.matcher())
    if kernel is None:
        _prompt_with_output_only(shell.displayhook)
    if "llm" not in shell.user_ns:
        # Hidden from %who and %reset's count, as IPython's own names are.
        shell.push({"llm": LanguageModel(session, shell, texts)}, interactive=False)
    return magics


def request_id(parent: dict[str, Any]) -> str | None:
    """The id of a request, such as the one that runs a cell."""
    id: str | None = (parent or {}).get("header", {}).get("msg_id")
    return id


def _prompt_with_output_only(hook: Any) -> None:
    """A terminal writes ``Out[n]:`` before it asks the value for its text, and an answer that is on screen has none."""
    write_prompt, write_data = hook.write_output_prompt, hook.write_format_data

    def write_both(data: Any, metadata: Any = None) -> None:
        write_prompt()
        write_data(data, metadata)

    hook.write_output_prompt = lambda: None
    hook.write_format_data = write_both
