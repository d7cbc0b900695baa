"""The scores: each skill's held-out wordings, through the GGUF file and llama.cpp.

``python -m demo_model.evaluate`` prints the table; ``--logits CHECKPOINT`` compares llama.cpp with PyTorch instead.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import llama_cpp
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from demo_model.dialogues import SKILLS, held_out
from demo_model.exchange import Exchange
from demo_model.scores import SCORES, Scores
from demo_model.wordings import Split

SHIPPED = Path(__file__).parents[1] / "threadrunner_kernel" / "models" / "demo.gguf"
TOO_MANY = 4
"""Tokens beyond a right answer: what has not ended there is wrong, and need not be waited for."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A column of the table."""

    title: str
    temperature: float
    split: Split = "held"


TRIALS = (Trial("T=0", 0.0), Trial("T=0.7", 0.7), Trial("T=0, with a typing mistake", 0.0, "mistyped"))


class Demo:
    """The model file as llama.cpp runs it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.llama = llama_cpp.Llama(str(path), n_ctx=1024, n_threads=1, verbose=False)
        template = self.llama.metadata["tokenizer.chat_template"]
        self._format = Jinja2ChatFormatter(template, eos_token="<|im_end|>", bos_token="")

    def ids(self, exchange: Exchange) -> list[int]:
        """The prompt: everything before the last answer, by the file's own template."""
        spoken = [("system", exchange.system)] if exchange.system else []
        messages = [{"role": role, "content": text} for role, text in [*spoken, *exchange.turns[:-1]]]
        return self.llama.tokenize(self._format(messages=messages).prompt.encode(), add_bos=False, special=True)  # type: ignore[arg-type]

    def answer(self, exchange: Exchange, temperature: float, seed: int) -> str:
        most = TOO_MANY + max(len(self._words(text)) for text in exchange.accepted)
        self.llama.set_seed(seed)
        made: list[int] = []
        ids = self.ids(exchange)
        # The runner's defaults.
        tokens = self.llama.generate(ids, temp=temperature, top_k=40, top_p=0.95, min_p=0.05, repeat_penalty=1.0)
        for token in tokens:
            if token == self.llama.token_eos() or len(made) == most:
                break
            made.append(token)
        return self.llama.detokenize(made).decode(errors="replace")

    def _words(self, text: str) -> list[int]:
        return self.llama.tokenize(text.encode(), add_bos=False)


def questions(skill: str, count: int, split: Split = "held", seed: int = 1000) -> Iterator[Exchange]:
    rng = Random(f"{skill} {seed}")
    for _ in range(count):
        yield held_out(skill, rng, split)


def score(
    demo: Demo, skill: str, count: int, trial: Trial = TRIALS[0], wrong: list[tuple[str, Exchange, str]] | None = None
) -> float:
    """The share of right answers."""
    right = 0
    for number, exchange in enumerate(questions(skill, count, trial.split)):
        answer = demo.answer(exchange, trial.temperature, seed=number)
        if answer in exchange.accepted:
            right += 1
        elif wrong is not None:
            wrong.append((skill, exchange, answer))
    return right / count


def table(demo: Demo, count: int, trials: Sequence[Trial], shown: int, skills: Sequence[str]) -> Scores:
    titles = "".join(f" | {trial.title}" for trial in trials)
    say(f"| skill{titles} |\n|---{'|--:' * len(trials)}|")
    wrong: list[tuple[str, Exchange, str]] = []
    scores: Scores = {}
    for skill in skills:
        missed = [wrong, *[None for _ in trials[1:]]]
        scores[skill] = [score(demo, skill, count, trial, missed[i]) for i, trial in enumerate(trials)]
        say(f"| {skill} | " + " | ".join(f"{value:.0%}" for value in scores[skill]) + " |")
    seen: dict[str, int] = {}
    for skill, exchange, answer in wrong:
        seen[skill] = seen.get(skill, 0) + 1
        if seen[skill] <= shown:
            say(f"\n{skill}: {exchange.turns[-2][1]!r}\n  wanted {exchange.accepted[0]!r}\n  said   {answer!r}")
    return scores


def compare_logits(demo: Demo, checkpoint: Path, count: int = 100) -> None:
    """The largest difference to PyTorch's logits over the prompts: as trained, and as shipped."""
    from demo_model.logits import compared  # it needs PyTorch

    exchanges = [exchange for skill in SKILLS for exchange in questions(skill, 1 + count // len(SKILLS))]
    for line in compared(demo.path, checkpoint, [demo.ids(exchange) for exchange in exchanges[:count]]):
        say(line)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description="Score the demo model.")
    parser.add_argument("--file", type=Path, default=SHIPPED)
    parser.add_argument("--count", type=int, default=100, help="questions of each skill")
    parser.add_argument("--trials", type=int, default=len(TRIALS), help="so many of the table's columns")
    parser.add_argument("--shown", type=int, default=0, help="wrong answers to show of each skill")
    parser.add_argument("--skills", nargs="+", default=list(SKILLS))
    parser.add_argument("--save", action="store_true", help="keep the scores for the file's card")
    parser.add_argument("--logits", type=Path, metavar="CHECKPOINT")
    options = parser.parse_args()
    demo = Demo(options.file)
    if options.logits:
        compare_logits(demo, options.logits)
        return
    scores = table(demo, options.count, TRIALS[: options.trials], options.shown, options.skills)
    if options.save:
        SCORES.write_text(json.dumps(scores, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
