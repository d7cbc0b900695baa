"""What showing an answer costs for each token, in bytes and in CPU time: ``python -m benchmarks.display``.

The same pieces of text go through our two live views and through the two ways that a notebook's author would take:
``print`` of each token, and ``Output.append_stdout`` of each. Every side runs in the same kernel, one after the other,
at the same speed; no model and no host is in it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.report import machine_line, markdown_table, ratio, say
from benchmarks.startup import ANSWER_TIMEOUT_SECONDS, OURS, Kernel, fresh_home, is_idle
from tests.browser.texts import long_answer
from tests.scripted_models import cut_into_pieces

# A stop of the tokens' clock that is not in the CPU time: all sides wait alike.
TOKENS_PER_SECOND = 200.0

# What runs in the kernel: `show(pieces)` of each side, between two looks at the process's own CPU clock.
SIDES = """
import json, sys, time
from IPython.core.getipython import get_ipython
from threadrunner_kernel.config import Settings
from threadrunner_kernel.live import Live
from threadrunner_kernel.messages import Event
from threadrunner_kernel.notebook.answer import Answer
from threadrunner_kernel.notebook.magics import make_view

def view_of(name):
    def show(pieces):
        view, live = make_view(get_ipython(), Settings(view=name), lambda: None), Live(model="a model")
        for piece in pieces:
            live.take(Event(text=piece))
            view.update(live)
        view.finish(live, Answer(live.text, live.model))
    return show

def printed(pieces):
    for piece in pieces:
        print(piece, end="", flush=True)

def appended(pieces):
    import ipywidgets
    from IPython.display import display
    output = ipywidgets.Output()
    display(output)
    for piece in pieces:
        output.append_stdout(piece)

def paced(pieces, per_second):
    began = time.monotonic()
    for number, piece in enumerate(pieces):
        time.sleep(max(0.0, began + number / per_second - time.monotonic()))
        yield piece

def measure(side, pieces, per_second):
    shows = {"widget": view_of("widget"), "markdown": view_of("markdown"), "print": printed, "append": appended}
    waiting = idle_cost(len(pieces), per_second)
    began = time.process_time()
    shows[side](paced(pieces, per_second))
    sys.stdout.flush()
    return time.process_time() - began - waiting

def idle_cost(count, per_second):
    "The CPU time of the clock itself, from a part of it."
    part = min(count, 400)
    began = time.process_time()
    for _ in paced(range(part), per_second):
        pass
    return (time.process_time() - began) * count / part
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one side: bytes on iopub with the messages' headers, messages, and seconds of the kernel's CPU time."""

    size_bytes: int
    messages: int
    cpu_seconds: float


def pieces_of(tokens: int) -> list[str]:
    """An answer of so many pieces, cut as a model's tokens are."""
    pieces = [piece.decode() for piece in cut_into_pieces(long_answer(tokens + 200).encode(), ())]
    if len(pieces) < tokens:
        raise RuntimeError(f"the text has {len(pieces)} pieces, not {tokens}")
    return pieces[:tokens]


def measure(kernel: Kernel, side: str, tokens: int, per_second: float) -> Cost:
    cell = kernel.execute(f"_cost = measure({side!r}, _pieces[:{tokens}], {per_second})")
    size_bytes, messages = 0, 0
    for message in messages_of(kernel, cell):
        parts = [message[part] for part in ("header", "parent_header", "metadata", "content")]
        size_bytes += sum(len(json.dumps(part, ensure_ascii=False, default=str).encode()) for part in parts)
        messages += 1
    reply = kernel.client.get_shell_msg(timeout=ANSWER_TIMEOUT_SECONDS)
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{side} failed: {reply['content']}")
    return Cost(size_bytes, messages, float(value_of(kernel, "_cost")))


def messages_of(kernel: Kernel, cell: str) -> Iterator[dict[str, Any]]:
    """What a cell sends on iopub, to its end."""
    while True:
        message = kernel.client.get_iopub_msg(timeout=ANSWER_TIMEOUT_SECONDS)
        if message["parent_header"].get("msg_id") != cell:
            continue
        yield message
        if is_idle(message):
            return


def value_of(kernel: Kernel, expression: str) -> str:
    cell = kernel.execute(f"print({expression})")
    printed = [m["content"]["text"] for m in messages_of(kernel, cell) if m["msg_type"] == "stream"]
    kernel.client.get_shell_msg(timeout=ANSWER_TIMEOUT_SECONDS)
    return "".join(printed)


NAMES = {
    "widget": "our widget (JupyterLab)",
    "markdown": "our one Markdown display (no widgets)",
    "print": "`print` of each token",
    "append": "`Output.append_stdout` of each token",
}


def rows_of(kernel: Kernel, tokens: int, per_second: float, sides: list[str]) -> list[list[str]]:
    costs = {}
    for side in sides:
        costs[side] = measure(kernel, side, tokens, per_second)
        say(f"{tokens} tokens, {side}: {costs[side]}")
    base = costs["print"]
    return [
        [
            NAMES[side],
            f"{tokens:,}",
            f"{cost.messages:,}",
            f"{cost.size_bytes / tokens:,.0f} B",
            ratio(cost.size_bytes, base.size_bytes),
            f"{1e6 * cost.cpu_seconds / tokens:,.0f} µs",
            ratio(cost.cpu_seconds, base.cpu_seconds),
        ]
        for side, cost in costs.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.display", description=__doc__)
    parser.add_argument("--tokens", type=int, nargs="+", default=[2_000, 20_000], help="lengths (2000 20000)")
    parser.add_argument("--per-second", type=float, default=TOKENS_PER_SECOND, help="speed of the tokens (200)")
    parser.add_argument("--longest-append", type=int, default=2_000, help="tokens for the quadratic peer (2000)")
    arguments = parser.parse_args()
    machine = machine_line()
    rows = []
    pieces = pieces_of(max(arguments.tokens))
    with fresh_home(), Kernel(OURS) as kernel:
        kernel.start()
        kernel.run(SIDES)
        kernel.run(f"_pieces = json.loads({json.dumps(pieces)!r})")
        kernel.run("measure('widget', _pieces[:50], 1000.0); measure('append', _pieces[:50], 1000.0)")  # the imports
        for tokens in arguments.tokens:
            sides = [side for side in NAMES if side != "append" or tokens <= arguments.longest_append]
            rows += rows_of(kernel, tokens, arguments.per_second, sides)
    head = ["answer shown by", "tokens", "messages", "bytes / token", "to `print`", "CPU / token", "to `print`"]
    say(f"\n{machine}; {arguments.per_second:.0f} tokens/s\n\n{markdown_table(head, rows)}")


if __name__ == "__main__":
    main()
