"""Models that say exact texts, so that a test can ask real llama.cpp for a known answer.

How one knows its lines: attention and feed-forward weights are zero, so what leaves the last layer is the embedding of
the newest token alone, and the model is a table "after this token comes that one". Each token has a random code of ±1s
as its output row; its embedding is the code of the token that comes after it. Such a table needs a token of its own for
every position of every text: `cut_into_pieces` cuts texts so that no two pieces are equal. The chat template picks the
text: it looks for the trigger and ends the prompt in the control token that leads to the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import numpy as np

from tests.gguf_writing import (
    CONTROLS,
    MESSAGES,
    PROMPT_FOR_ANSWER,
    PROMPT_PIECES,
    Floats,
    Model,
    Shape,
    Vocabulary,
    write_model,
)

ENDLESS = "\x00endless"
"""An answer that ends with this is said again and again: after its last token comes its first, never the end."""

# Two random codes of 256 agree in 192 places or more (a logit of 128 beside the right one's 256) with a probability of
# e^-32: in any vocabulary used here the right token leads by more than 128, too far for any temperature or penalty.
_CODE_WIDTH = 256
# In bytes. llama-cpp-python's own `detokenize` reads each token into a buffer of this size and garbles a longer one.
_LONGEST_PIECE = 32
# A word, some punctuation, or two bytes of what is not ASCII, with the white space before it. Two bytes, so that a
# character of three or four is cut in the middle: text that streams in must stand that.
_NATURAL_PIECE = re.compile(rb"\s*(?:\w{1,12}|[\x80-\xff]{1,2}|[^\w\s\x80-\xff]+)|\s+")


def write_scripted_model(
    path: Path,
    answers: Mapping[str, str],
    *,
    pace: float | None = None,
    context_length: int = 4096,
    name: str = "scripted",
) -> Path:
    """Write a model that says exact texts whatever the sampling settings, and return `path`.

    `answers` maps triggers to texts. The first trigger found in the last user message, case ignored, picks the text;
    that of the trigger "" is the default, also for a prompt that the chat template did not make. A text that ends with
    ENDLESS has no end. Prompts cost about one token per byte, answers about one per five bytes.

    Raises ValueError if the default is missing, if nothing stands before ENDLESS, and if two texts are so short that
    they leave no tokens for each other.
    """
    if "" not in answers:
        raise ValueError('answers need a default, the text for the trigger ""')
    vocabulary = Vocabulary()
    openings = {text: f"<|answer_{number}|>" for number, text in enumerate(dict.fromkeys(answers.values()))}
    followers = _add_scripts(vocabulary, openings)
    codes = np.random.default_rng(0).choice(np.array([-1, 1], np.float32), (len(vocabulary), _CODE_WIDTH))
    default = followers[vocabulary.control(openings[answers[""]])]

    def fill(tensor: str, size: tuple[int, ...]) -> Floats:
        if tensor == "token_embd.weight":
            return codes[[followers.get(token, default) for token in range(len(vocabulary))]]
        if tensor == "output.weight":
            return codes
        return np.ones(size, np.float32) if len(size) == 1 else np.zeros(size, np.float32)

    model = Model(
        name=name,
        architecture=Shape(len(vocabulary), _CODE_WIDTH, layers=1, heads=4, kv_heads=1, feed_forward=32),
        vocabulary=vocabulary,
        template=_scripted_template({trigger: openings[text] for trigger, text in answers.items()}),
        context_length=context_length,
        pace=pace,
    )
    return write_model(path, model, fill, "f16")


def _add_scripts(vocabulary: Vocabulary, openings: Mapping[str, str]) -> dict[int, int]:
    """Add the tokens of each text and its opening control token; returns which token comes after which."""
    # The pieces that prompts are made of stay with prompts, so that no prompt ends in the middle of an answer.
    taken = {*PROMPT_PIECES, *(text.encode() for text in (*CONTROLS, *openings.values()))}
    followers: dict[int, int] = {}
    # The shortest text first: no longer one has then taken it as a piece, so that at worst it is one token.
    for text in sorted(openings, key=lambda text: len(text.removesuffix(ENDLESS).encode())):
        pieces = cut_into_pieces(text.removesuffix(ENDLESS).encode(), taken)
        taken.update(pieces)
        chain = [vocabulary.control(openings[text]), *(vocabulary.piece(piece) for piece in pieces)]
        if text.endswith(ENDLESS) and not pieces:
            raise ValueError("an endless answer needs a text before ENDLESS")
        if not followers.keys().isdisjoint(chain):
            raise ValueError(f"other answers leave no tokens for the answer {text!r}")
        after_last = chain[1] if text.endswith(ENDLESS) else vocabulary.end
        followers.update(zip(chain, [*chain[1:], after_last], strict=True))
    return followers


def cut_into_pieces(text: bytes, taken: Collection[bytes]) -> list[bytes]:
    """Cut a text into pieces of which no two are equal and none is in `taken`, unless it is the whole text.

    A piece is about a word long, as nearly as one is new, and has more than `_LONGEST_PIECE` bytes only where a text
    repeats itself so much that no shorter one is.
    """
    pieces: dict[bytes, None] = {}

    def is_new(piece: bytes) -> bool:
        return piece not in taken and piece not in pieces

    def fits(piece: bytes, rest: bytes) -> bool:
        """Whether the piece is new, and what is left of the text can then be one."""
        return is_new(piece) and (not rest or len(rest) > _LONGEST_PIECE or (is_new(rest) and rest != piece))

    start = 0
    while natural := _NATURAL_PIECE.match(text, start):
        end = next((end for end in _possible_ends(natural) if fits(text[start:end], text[end:])), len(text))
        piece, start = text[start:end], end
        # Only the last piece can be an old one, and hardly ever is: it goes together with those before it.
        while pieces and not is_new(piece):
            piece = pieces.popitem()[0] + piece
        pieces[piece] = None
    return list(pieces)


def _possible_ends(natural: re.Match[bytes]) -> Iterator[int]:
    """Where a piece can end: nearest to the natural end first, beyond the limit last."""
    limit = min(natural.start() + _LONGEST_PIECE, len(natural.string))
    yield from sorted(range(natural.start() + 1, limit + 1), key=lambda end: (abs(end - natural.end()), -end))
    yield from range(limit + 1, len(natural.string) + 1)


def _scripted_template(openings: Mapping[str, str]) -> str:
    """ChatML whose prompt for an answer ends in the control token that belongs to the trigger found.

    Plain loops and tests only, since llama.cpp's own server has a Jinja of its own.
    """
    choice = "".join(
        # json's escapes are Jinja's, if non-ASCII letters stay as they are.
        f"{{% if not found.opening and {json.dumps(trigger.lower(), ensure_ascii=False)} in found.said %}}"
        f"{{% set found.opening = '{opening}' %}}{{% endif %}}"
        for trigger, opening in sorted(openings.items(), key=lambda item: item[0] == "")
    )
    return (
        "{% set found = namespace(said='', opening='') %}"
        "{% for message in messages %}{% if message['role'] == 'user' %}"
        "{% set found.said = message['content'] | string | lower %}{% endif %}{% endfor %}"
        f"{MESSAGES}{choice}"
        f"{{% if add_generation_prompt %}}{PROMPT_FOR_ANSWER}{{{{ found.opening }}}}{{% endif %}}"
    )
