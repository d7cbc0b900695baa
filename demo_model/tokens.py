"""The vocabulary: byte-level BPE trained on the dialogues, digits one by one, and the chat's two marks of its own.

A word has the same pieces after a blank as elsewhere, so that copying it is copying pieces. Only the commonest words
that no dialogue asks to copy have a token together with their blank, which keeps texts short.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from demo_model.dialogues import dialogue
from demo_model.exchange import Turn
from demo_model.vocabulary import ADJECTIVES, CITIES, FIRST_NAMES, NOUNS, VERBS

START, END, BEGIN = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
START_ID, END_ID, BEGIN_ID = 0, 1, 2
SIZE = 1408
WITH_BLANK = 256
"""So many words have a token together with the blank before them."""
BLANK = "Ġ"
PRE = "smollm"
"""llama.cpp's name for: digits one by one, then GPT-2's pattern."""

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
FILE = Path(__file__).with_name("tokenizer.json")


def trained(seed: int, dialogues: int = 20_000) -> Tokenizer:
    texts = list(_texts(seed, dialogues))
    blanks_apart = pre_tokenizers.Split(" ", "isolated")
    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.Sequence([_digits(), blanks_apart, _bytes()])
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE - WITH_BLANK, special_tokens=[START, END, BEGIN], initial_alphabet=alphabet, show_progress=False
    )
    pieces.train_from_iterator(texts, trainer)
    learned = json.loads(pieces.to_str())["model"]
    vocabulary: dict[str, int] = learned["vocab"]
    merges = [(left, right) for left, right in learned["merges"]]
    for word in _common(texts, vocabulary):
        vocabulary[BLANK + word] = len(vocabulary)
        merges.append((BLANK, word))
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([_digits(), _bytes()])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([START, END, BEGIN])
    return tokenizer


def _common(texts: Iterable[str], vocabulary: Mapping[str, int]) -> list[str]:
    """The words that most often follow a blank, have one token, and stand in no list of words to copy."""
    copied = {*ADJECTIVES, *CITIES, *FIRST_NAMES, *NOUNS, *VERBS}
    split = pre_tokenizers.Sequence([_digits(), _bytes()])
    counted: Counter[str] = Counter()
    for text in texts:
        counted.update(piece for piece, _ in split.pre_tokenize_str(text) if piece.startswith(BLANK))
    words = [piece[1:] for piece, _ in counted.most_common()]
    return [word for word in words if word in vocabulary and word not in copied][:WITH_BLANK]


def _digits() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Digits(individual_digits=True)


def _bytes() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.ByteLevel(add_prefix_space=False)


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
