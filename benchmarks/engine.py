"""How near the engine is to llama.cpp's own speed, and what its cache saves: ``python -m benchmarks.engine``.

The runner's real process, over its Unix socket, beside the bare decode loop in C calls (the ceiling), the high-level
``llama_cpp.Llama`` and llama.cpp's own C++ server (PyPI's ``xllamacpp``), in alternating rounds: same file, same
threads, same context, same samplers.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import machine_line, markdown_table, milliseconds, ratio, say
from benchmarks.sides import (
    PARALLEL,
    SPINNING_AS_OURS,
    Chat,
    Served,
    Set,
    Side,
    in_process,
    llama_server,
    our_runner,
    xllamacpp_python,
)
from benchmarks.startup import model_file
from tests.model_files import SMALL, cached, write_random_model
from threadrunner_kernel.runner.threads import default_threads

# A byte of a prompt is a token to the random model. The file was trained, as it says, for this context.
CONTEXT_TOKENS = 2048
CELLS = 4 * CONTEXT_TOKENS
CONVERSATION_TOKENS = 1500
SHARED_BY_BRANCHES = 300
LONG_PROMPT_TOKENS = 1900
SYSTEM_TOKENS = 600
PROMPTS = 32
# Of the time that the whole prompt takes.
MOMENTS_OF_CANCEL = 0.05, 0.6
WORDS = "token", "branch", "model", "answer", "notebook", "cell", "kernel", "prompt", "seed", "cache", "turn", "batch"

OURS, SEEDED, BARE, BARE_SPINNING, HIGH_LEVEL, SERVER = (
    "ours",
    "seeded",
    "bare",
    "bare-spinning",
    "high-level",
    "server",
)
Values = dict[str, list[float]]
OneRound = Callable[[str, int], float]


class Sides:
    """The sides, each opened when it is first asked for; without ``server_python`` there is no server."""

    def __init__(self, common: Set, server_python: str | None) -> None:
        self._common = common
        self._server_python = server_python
        self._open: dict[str, Side] = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Sides:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __getitem__(self, key: str) -> Side:
        key = OURS if key == SEEDED else key
        if key not in self._open:
            self._open[key] = self._stack.enter_context(self._opening(key))
        return self._open[key]

    def has(self, key: str) -> bool:
        return key != SERVER or self._server_python is not None

    def served(self, key: str) -> Served:
        side = self[key]
        assert isinstance(side, Served)
        return side

    def name(self, key: str) -> str:
        if not self.has(key):
            return "llama.cpp's server: left out (pip install xllamacpp, or --xllamacpp-python)"
        return f"{self[key].name}, seeded" if key == SEEDED else self[key].name

    def _opening(self, key: str) -> contextlib.AbstractContextManager[Side]:
        match key:
            case "ours":
                return our_runner(self._common)
            case "bare":
                return in_process("bare", "bare loop, spinning as ours", self._common, SPINNING_AS_OURS)
            case "bare-spinning":
                return in_process("bare", "bare loop, libgomp's own spinning", self._common)
            case "high-level":
                return in_process("high-level", "llama_cpp.Llama", self._common)
            case _:
                assert self._server_python is not None
                return llama_server(self._server_python, self._common)


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured, in which unit, which sides take part in how many rounds, and what is aimed at."""

    title: str
    show: Callable[[float], str]
    counts: dict[str, int]
    aims: dict[str, str]
    prepare: Callable[[Sides, list[str]], OneRound]


# Texts. The same in each run; those of one round differ from their first byte from those of any other.


def text(tokens: int, *seed: object) -> str:
    """So many bytes of words, different from the first byte on for another seed."""
    source = random.Random(repr(seed))
    said = f"{source.getrandbits(32):08x}"
    while len(said) < tokens:
        said += f" {source.choice(WORDS)}"
    return said[:tokens]


def question(tokens: int, *seed: object) -> tuple[tuple[str, str], ...]:
    return (("user", text(tokens, *seed)),)


def conversation(branch: str) -> tuple[tuple[str, str], ...]:
    """System text, turns and answers, all but the last turn; branches part after ``SHARED_BY_BRANCHES`` tokens."""
    turn = 150
    messages = [("system", text(SHARED_BY_BRANCHES, "system"))]
    while sum(len(content) + 20 for _, content in messages) < CONVERSATION_TOKENS - turn:
        role = "user" if messages[-1][0] != "user" else "assistant"
        messages.append((role, text(turn, branch, len(messages))))
    if messages[-1][0] == "user":
        messages.append(("assistant", text(turn, branch, "last")))
    return tuple(messages)


# The measures.


def one_stream(sides: Sides, keys: list[str]) -> OneRound:
    def one_round(key: str, number: int) -> float:
        seed = number if key == SEEDED else None
        (answer,) = sides[key].ask([Chat(question(12, "one", number, key), 96, seed)])
        return answer.tokens_per_second

    return one_round


def eight_streams(sides: Sides, keys: list[str]) -> OneRound:
    """All tokens over all the time, from asking to the last one's end."""

    def one_round(key: str, number: int) -> float:
        seed = number if key == SEEDED else None
        chats = [Chat(question(12, "eight", number, key, place), 64, seed) for place in range(PARALLEL)]
        answers = sides[key].ask(chats)
        return sum(answer.tokens for answer in answers) / max(answer.seconds for answer in answers)

    return one_round


def edited_turn(sides: Sides, keys: list[str]) -> OneRound:
    def ask(key: str, number: int) -> float:
        chat = Chat((*conversation("A"), ("user", text(60, "edit", number, key))), 2)
        return sides[key].ask([chat])[0].first_seconds

    for key in keys:
        ask(key, -1)
    return ask


def branches_in_turn(sides: Sides, keys: list[str]) -> OneRound:
    def ask(key: str, number: int) -> float:
        branch = "AB"[number % 2]
        chat = Chat((*conversation(branch), ("user", text(60, "branch", number, key))), 2)
        return sides[key].ask([chat])[0].first_seconds

    for key in keys:
        for number in (-2, -1):
            ask(key, number)
    return ask


def cancel_in_prompt(sides: Sides, keys: list[str]) -> OneRound:
    """From leaving, in the middle of a long prompt, until a tiny request is served."""

    def tiny(key: str, *seed: object) -> float:
        return sides[key].ask([Chat(question(8, "tiny", key, *seed), 1)])[0].seconds

    whole: dict[str, float] = {}
    for key in keys:
        part = sides[key].ask([Chat(question(LONG_PROMPT_TOKENS // 6, "estimate", key), 1)])[0].first_seconds
        whole[key] = 6 * part
        say(f"{sides.name(key)}: the long prompt takes some {whole[key]:.1f} s, the tiny one {tiny(key):.2f} s")

    def one_round(key: str, number: int) -> float:
        share = random.Random(number).uniform(*MOMENTS_OF_CANCEL)
        sides.served(key).drop(Chat(question(LONG_PROMPT_TOKENS, "long", number, key), 1), share * whole[key])
        began = time.perf_counter()
        tiny(key, number)
        return time.perf_counter() - began

    return one_round


def shared_system_text(sides: Sides, keys: list[str]) -> OneRound:
    def one_round(key: str, number: int) -> float:
        system = ("system", text(SYSTEM_TOKENS, "shared", number, key))
        chats = [Chat((system, *question(16, place)), 16) for place in range(PROMPTS)]
        return max(answer.seconds for answer in sides[key].ask(chats))

    return one_round


def measures(rounds: int) -> dict[str, Measure]:
    """All measures; what takes a side very long it does in fewer rounds."""
    half, third = max(2, rounds // 2), max(1, rounds // 3)
    every = (OURS, BARE, BARE_SPINNING, HIGH_LEVEL, SERVER)
    return {
        "one": Measure(
            "one stream, tokens/s",
            rate,
            dict.fromkeys((*every, SEEDED), rounds),
            {BARE: "at least 0.97", SERVER: "at least 1"},
            one_stream,
        ),
        "eight": Measure(
            f"{PARALLEL} streams at once, tokens/s together",
            rate,
            {**dict.fromkeys((OURS, BARE, BARE_SPINNING, SERVER), rounds), HIGH_LEVEL: third, SEEDED: third},
            {SERVER: "at least 1"},
            eight_streams,
        ),
        "edit": Measure(
            f"first token when the last turn of {CONVERSATION_TOKENS} tokens is edited",
            milliseconds,
            dict.fromkeys((OURS, HIGH_LEVEL, SERVER), rounds),
            {},
            edited_turn,
        ),
        "branches": Measure(
            f"first token when two branches of {CONVERSATION_TOKENS} tokens are asked in turn",
            milliseconds,
            {OURS: rounds, HIGH_LEVEL: half, SERVER: rounds},
            {HIGH_LEVEL: "at most 0.1"},
            branches_in_turn,
        ),
        "cancel": Measure(
            f"from a cancel in the middle of {LONG_PROMPT_TOKENS} tokens until a tiny request is served",
            milliseconds,
            {OURS: rounds, SERVER: half},
            {SERVER: "at most 0.02"},
            cancel_in_prompt,
        ),
        "shared": Measure(
            f"{PROMPTS} prompts that share a system text of {SYSTEM_TOKENS} tokens, all together",
            milliseconds,
            {OURS: half, HIGH_LEVEL: third, SERVER: third},
            {},
            shared_system_text,
        ),
    }


def rate(tokens_per_second: float) -> str:
    return f"{tokens_per_second:.1f}"


# Running and reporting.


def alternate(counts: dict[str, int], one_round: OneRound, tell: Callable[[str, float], None]) -> Values:
    """The rounds of all sides, those of the fewer spread evenly; who comes first changes."""
    order = list(counts)
    places = []
    for key, count in counts.items():
        for number in range(count):
            turned = (order.index(key) + number) % len(order)
            places.append((number / count, turned, key, number))
    values: Values = {key: [] for key in counts}
    for _, _, key, number in sorted(places):
        values[key].append(one_round(key, number))
        tell(key, values[key][-1])
    return values


def run(measure: Measure, sides: Sides) -> str:
    """Take a measure; its table."""
    say(f"\n{measure.title}")
    counts = {key: count for key, count in measure.counts.items() if sides.has(key)}
    one_round = measure.prepare(sides, list(counts))
    values = alternate(counts, one_round, lambda key, value: say(f"  {sides.name(key)}: {measure.show(value)}"))
    return table(measure, values, sides.name)


def table(measure: Measure, values: Values, name: Callable[[str], str]) -> str:
    ours = statistics.median(values[OURS])
    rows = []
    for key in measure.counts:
        aim = measure.aims.get(key, "")
        if key not in values:
            rows.append([name(key), *["—"] * 5, aim])
            continue
        one = statistics.median(values[key])
        shown = [measure.show(value) for value in (one, min(values[key]), max(values[key]))]
        compared = "" if key == OURS else ratio(ours, one)
        rows.append([name(key), *shown, str(len(values[key])), compared, aim])
    return markdown_table([measure.title, "median", "least", "most", "rounds", "ThreadRunner ÷ it", "aim"], rows)


def small_model_file() -> Path:
    return cached("small-f16", lambda path: write_random_model(path, SMALL))


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each side; slow ones take fewer (5)")
    parser.add_argument(
        "--only", action="append", choices=list(measures(1)), help="this measure (several times: these)"
    )
    parser.add_argument("--small", action="store_true", help="a model of 42 million parameters, to try it out")
    parser.add_argument(
        "--xllamacpp-python", metavar="PATH", help="the interpreter that has xllamacpp, if not this one"
    )
    return parser.parse_args(arguments)


def main() -> None:
    options = parse()
    machine, threads = machine_line(), default_threads()
    path = small_model_file() if options.small else model_file()
    common = Set(path, threads, CONTEXT_TOKENS, CELLS)
    chosen = {name: measure for name, measure in measures(options.rounds).items() if name in (options.only or [name])}
    with Sides(common, xllamacpp_python(options.xllamacpp_python)) as sides:
        tables = [run(measure, sides) for measure in chosen.values()]
    say(f"\n{machine}; {path.stem}, {threads} threads, {CONTEXT_TOKENS} tokens of context, {CELLS} cells\n")
    say("\n\n".join(tables))


if __name__ == "__main__":
    main()
