"""The vocabulary: byte-level BPE trained on the dialogues, digits one by one, and the chat's two marks of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from demo_model.dialogues import dialogue
from demo_model.exchange import Turn

START, END, BEGIN = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
START_ID, END_ID, BEGIN_ID = 0, 1, 2
SIZE = 1280
PRE = "smollm"
"""llama.cpp's name for: digits one by one, then GPT-2's pattern."""

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
FILE = Path(__file__).with_name("tokenizer.json")


def trained(seed: int, dialogues: int = 20_000) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE, special_tokens=[START, END, BEGIN], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(_texts(seed, dialogues), trainer)
    return tokenizer


def load() -> Tokenizer:
    return Tokenizer.from_file(str(FILE))


def encoded(tokenizer: Tokenizer, system: str | None, turns: Sequence[Turn]) -> tuple[list[int], list[bool]]:
    """A dialogue's ids as the chat template writes it, and which of them are the model's own words."""
    ids: list[int] = []
    own: list[bool] = []
    newline = _ids(tokenizer, "\n")
    for role, text in [("system", system), *turns] if system else turns:
        head = [START_ID, *_ids(tokenizer, f"{role}\n")] if role == "assistant" else []
        said = _ids(tokenizer, text or "") if role == "assistant" else [START_ID, *_ids(tokenizer, f"{role}\n{text}")]
        ids += [*head, *said, END_ID, *newline]
        own += [False] * len(head) + [role == "assistant"] * (len(said) + 1) + [False] * len(newline)
    return ids, own


def _ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


def _texts(seed: int, dialogues: int) -> Iterable[str]:
    rng = Random(seed)
    for _ in range(dialogues):
        made = dialogue(rng)
        for role, text in [("system", made.system or ""), *made.turns]:
            yield f"{role}\n{text}"


if __name__ == "__main__":
    trained(seed=1).save(str(FILE))
