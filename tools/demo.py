"""`make demo`: the quickstart notebook through the real ThreadRunner kernel, in the terminal, with a press of stop.

`--lab` opens JupyterLab on it instead, `--save` runs the notebooks, all or those named, and saves the answers in them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from threadrunner_kernel import config  # noqa: E402
from threadrunner_kernel.messages import DEMO  # noqa: E402
from threadrunner_kernel.models.catalogue import Catalogue  # noqa: E402
from threadrunner_kernel.models.names import next_model  # noqa: E402

NOTEBOOK = ROOT / "notebooks" / "quickstart.ipynb"
STOP_TAG = "stop-me"
STOP_AFTER_SECONDS = 3.0
DIM, BOLD, PLAIN = ("\x1b[2m", "\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "", "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", action="store_true", help="open JupyterLab on the notebook")
    parser.add_argument(
        "--save", nargs="*", type=Path, metavar="NOTEBOOK", help="run the notebooks and save their answers"
    )
    arguments = parser.parse_args()
    choose_model(is_saving=arguments.save is not None)
    if arguments.lab:
        os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", str(NOTEBOOK)])
    if arguments.save is not None:
        for path in arguments.save or sorted(NOTEBOOK.parent.glob("*.ipynb")):
            save(path)
    else:
        demo()


def choose_model(*, is_saving: bool) -> None:
    """The user's own model where one is chosen; else the demo, of which the saved answers are in any case."""
    if is_saving or next_model(config.load(), Catalogue(config.home() / "models")) is None:
        os.environ["THREADRUNNER_MODEL"] = DEMO


def demo() -> None:
    """Run each code cell, showing what comes while it comes; stop the one that is tagged."""
    import nbformat
    from jupyter_client.manager import start_new_kernel

    # In a terminal the answer is shown as text; and what the demo started shall not stay for five minutes.
    os.environ.setdefault("THREADRUNNER_VIEW", "stream")
    os.environ.setdefault("THREADRUNNER_KEEP_ALIVE", "5")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    # ipykernel warns at each start that loopback is not encrypted, which is so for every kernel.
    quiet = ["--IPKernelApp.log_level=40"]
    manager, client = start_new_kernel(kernel_name="threadrunner", cwd=str(ROOT), extra_arguments=quiet)
    try:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                run_cell(manager, client, cell.source, is_stopped=STOP_TAG in cell.metadata.get("tags", []))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    print(f"\n{DIM}The model stays warm for other notebooks and terminals until it has been unused for a while.{PLAIN}")


def run_cell(manager: Any, client: Any, source: str, *, is_stopped: bool) -> None:
    """Run one cell and print its outputs; with ``is_stopped`` interrupt it after a while, as the stop button does."""
    print(f"\n{BOLD}" + "\n".join(f"▌ {line}" for line in source.splitlines()) + PLAIN)
    request = client.execute(source)
    began, pressed = time.monotonic(), 0.0
    while True:
        message = client.get_iopub_msg(timeout=600)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
        print_output(message["msg_type"], message["content"])
        if is_stopped and not pressed and time.monotonic() - began > STOP_AFTER_SECONDS:
            print(f"{BOLD}  ⏹ stop{PLAIN}", flush=True)
            pressed = time.monotonic()
            manager.interrupt_kernel()
    if pressed:
        print(f"{DIM}The cell ended {1000 * (time.monotonic() - pressed):.0f} ms after the stop.{PLAIN}")


def print_output(kind: str, content: dict[str, Any]) -> None:
    if kind == "stream":
        print(content["text"], end="", flush=True)
    elif kind in {"execute_result", "display_data"}:
        print(content["data"].get("text/plain", ""))
    elif kind == "error":
        print("\n" + "\n".join(content["traceback"]))


def save(path: Path) -> None:
    """Run a notebook as a front end without widgets would, and keep its answers."""
    import nbformat
    from nbclient import NotebookClient

    os.environ.setdefault("THREADRUNNER_KEEP_ALIVE", "5")
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(ROOT)}}
    NotebookClient(notebook, kernel_name="threadrunner", coalesce_streams=True, resources=where).execute()
    for cell in notebook.cells:
        cell.get("metadata", {}).pop("execution", None)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
