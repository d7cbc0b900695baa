"""The made model files, held against what they are for: loading and speaking through real llama.cpp."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_cpp import Llama, llama_model_is_hybrid, llama_model_is_recurrent, llama_model_n_swa

from tests import model_files
from tests.model_files import (
    ENDLESS,
    PACE_KEY,
    SMALL,
    TINY,
    TINYLLAMA_1B,
    WINDOW,
    Quantisation,
    cached,
    cut_into_pieces,
    write_hybrid_model,
    write_not_gguf,
    write_random_model,
    write_recurrent_model,
    write_scripted_model,
    write_truncated,
    write_window_model,
)

MARKDOWN = """\
# A *title*

Some text,  with two spaces, and `code`:

```python
def greet(name: str) -> None:
    if name:
        print(f"Hello, {name}!")


greet("world")
```

| planet | moons |
|--------|-------|
| Mars   | 2     |

1. first\r\n2. second\t"quotes" {{ braces }} {% percent %} \\ \x00
"""
CIRCLE = "round and round and "

ANSWERS = {
    "repeated words": "the cat and the dog and the bird and the cat and the dog and the bird",
    "unicode": "naïve 🙂 café 🙂🙂 日本語 é 👩‍👩‍👧",
    "markdown": MARKDOWN,
    "long": "".join(f"Line {number} of a long, long text.\n" for number in range(100)),
    "one letter many times": "a" * 300,
    "the same text again": MARKDOWN,
    "digit": "4",
    "two spaces": "  ",
    "nothing": "",
    'a "quoted" trigger — with 🙂, \\ and\na line end': "found",
    "the end token": "It is spelled <|im_end|>.",
    "circle": CIRCLE + ENDLESS,
    "": "I know nothing about that.",
}
ATTENTIVE: dict[str, Callable[..., Path]] = {
    "llama": partial(write_random_model, shape=TINY, attentive=True),
    "window": write_window_model,
    "state": write_recurrent_model,
    "both": write_hybrid_model,
}
SAMPLING: dict[str, dict[str, Any]] = {
    "greedy": {"temperature": 0.0},
    "temperature 1": {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "seed": 1},
    "hot and penalised": {"temperature": 2.0, "top_k": 0, "top_p": 0.5, "repeat_penalty": 1.3, "seed": 2},
}


@contextmanager
def loaded(path: Path, **settings: Any) -> Iterator[Llama]:
    with closing(Llama(str(path), n_threads=1, verbose=False, **settings)) as model:
        yield model


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llama]:
    path = write_scripted_model(tmp_path_factory.mktemp("scripted") / "scripted.gguf", ANSWERS, pace=12.5)
    with loaded(path, n_ctx=4096) as model:
        yield model


def ask(model: Llama, *messages: str, **settings: Any) -> tuple[str, str]:
    """The answer and why it ended; messages are the user's and the assistant's by turns."""
    roles = ["user", "assistant"] * len(messages)
    turns = [{"role": role, "content": message} for role, message in zip(roles, messages, strict=False)]
    reply: Any = model.create_chat_completion(turns, **settings)  # type: ignore[arg-type]  # plain dicts for TypedDicts
    choice = reply["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


def said_tokens(model: Llama, prompt: str, count: int) -> list[int]:
    tokens = model.tokenize(prompt.encode(), add_bos=False, special=True)
    model.reset()  # type: ignore[no-untyped-call]  # it has no annotations
    return list(islice(model.generate(tokens, temp=0.0), count))


@pytest.mark.parametrize("sampling", SAMPLING.values(), ids=SAMPLING)
@pytest.mark.parametrize("trigger", [trigger for trigger in ANSWERS if trigger not in ("circle", "the end token")])
def test_a_scripted_model_says_its_text(scripted: Llama, trigger: str, sampling: dict[str, Any]) -> None:
    assert ask(scripted, f"Please: {trigger}!", **sampling) == (ANSWERS[trigger], "stop")


def test_the_case_of_a_trigger_does_not_matter(scripted: Llama) -> None:
    assert ask(scripted, "A Digit, please") == ("4", "stop")


def test_the_last_user_message_picks_the_text(scripted: Llama) -> None:
    assert ask(scripted, "digit", "4", "repeated words") == (ANSWERS["repeated words"], "stop")
    assert ask(scripted, "digit", "4", "something else") == (ANSWERS[""], "stop")


def test_a_prompt_without_the_template_leads_to_the_default(scripted: Llama) -> None:
    completion: Any = scripted.create_completion("Once upon a time", max_tokens=-1)
    assert completion["choices"][0]["text"] == ANSWERS[""]


def test_any_text_can_be_a_prompt(scripted: Llama) -> None:
    prompt = "".join(map(chr, range(1, 0x800))) + "naïve 🙂 日本語  \r\n"
    assert scripted.detokenize(scripted.tokenize(prompt.encode(), add_bos=False)).decode() == prompt


def test_an_endless_answer_goes_round(scripted: Llama) -> None:
    text, reason = ask(scripted, "circle", max_tokens=300)
    assert reason == "length"
    assert len(text) > 300
    assert (CIRCLE * len(text)).startswith(text)


def test_a_text_can_spell_a_control_token(scripted: Llama) -> None:
    # Not through the high-level chat, which takes the end token's spelling for a stop string.
    number = list(ANSWERS).index("the end token") - 1  # two triggers before it share one text
    tokens = said_tokens(scripted, f"<|answer_{number}|>", 100)
    end = tokens.index(scripted.token_eos())
    assert scripted.detokenize(tokens[:end]).decode() == ANSWERS["the end token"]


def test_a_piece_is_no_longer_than_llama_cpp_python_can_read() -> None:
    taken = {bytes([byte]) for byte in range(256)}
    for text in ("the cat and the dog " * 150, *ANSWERS.values()):
        assert all(len(piece) <= 32 for piece in cut_into_pieces(text.encode(), taken))


def test_an_emoji_comes_in_several_tokens(scripted: Llama) -> None:
    tokens = said_tokens(scripted, "<|answer_1|>", 5)
    pieces = [scripted.detokenize([token]) for token in tokens]
    assert pieces == [b"na", b"\xc3\xaf", b"ve", b" \xf0\x9f", b"\x99\x82"]


def test_the_pace_is_in_the_metadata(scripted: Llama) -> None:
    assert float(scripted.metadata[PACE_KEY]) == 12.5


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"hello": "world"}, "default"),
        ({"": ENDLESS}, "before ENDLESS"),
        ({"": "a", "again": f"a{ENDLESS}"}, "no tokens"),
    ],
    ids=["no default", "nothing to repeat", "one letter twice"],
)
def test_what_cannot_be_said_is_refused(tmp_path: Path, answers: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_scripted_model(tmp_path / "scripted.gguf", answers)
    assert not list(tmp_path.iterdir())


@given(st.lists(st.text(max_size=200) | st.text("ab ", max_size=200), unique=True))
def test_pieces_are_the_text_and_never_repeat(texts: list[str]) -> None:
    taken = {bytes([byte]) for byte in range(256)}
    for text in sorted((text.encode() for text in texts), key=len):
        pieces = cut_into_pieces(text, taken)
        assert b"".join(pieces) == text
        assert len(pieces) == len(set(pieces))
        assert pieces == [text] or taken.isdisjoint(pieces)
        taken.update(pieces)


def check_it_says_words_without_end(model: Llama) -> None:
    tokens = said_tokens(model, "Hello", 200)
    assert all(math.isfinite(logit) for row in model.scores[: model.n_tokens] for logit in row)
    assert model.token_eos() not in tokens
    assert len(set(tokens)) > 20
    assert said_tokens(model, "Hello", 200) == tokens
    text, reason = ask(model, "Hello", temperature=1.5, max_tokens=200)
    assert reason == "length"
    assert text.replace(" ", "").isalpha()


@pytest.mark.parametrize("quantisation", get_args(Quantisation))
def test_a_random_model_runs(tmp_path: Path, quantisation: Quantisation) -> None:
    path = write_random_model(tmp_path / "random.gguf", TINY, quantisation=quantisation)
    with loaded(path, n_ctx=512, logits_all=True) as model:
        check_it_says_words_without_end(model)


@pytest.mark.parametrize(
    ("kind", "window", "is_recurrent", "is_hybrid"),
    [("llama", 0, False, False), ("window", WINDOW, False, False), ("state", 0, True, False), ("both", 0, False, True)],
)
def test_a_random_model_of_each_kind_of_memory_runs(
    tmp_path: Path, kind: str, window: int, is_recurrent: bool, is_hybrid: bool
) -> None:
    with loaded(ATTENTIVE[kind](tmp_path / "random.gguf"), n_ctx=512, logits_all=True) as model:
        assert llama_model_n_swa(model.model) == window
        assert llama_model_is_recurrent(model.model) == is_recurrent
        assert llama_model_is_hybrid(model.model) == is_hybrid
        check_it_says_words_without_end(model)


@pytest.mark.parametrize("kind", ATTENTIVE)
def test_an_attentive_model_depends_on_every_token(tmp_path: Path, kind: str) -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 5
    with loaded(ATTENTIVE[kind](tmp_path / "random.gguf"), n_ctx=512) as model:
        said = said_tokens(model, text, 60)
        for place in (0, 100, len(text) - 2):
            assert said_tokens(model, f"{text[:place]}#{text[place + 1 :]}", 60) != said


@pytest.mark.parametrize("kind", ATTENTIVE)
def test_the_seed_makes_the_random_file(tmp_path: Path, kind: str) -> None:
    first, same, other = (
        ATTENTIVE[kind](tmp_path / f"{number}.gguf", seed=seed).read_bytes() for number, seed in enumerate([1, 1, 2])
    )
    assert first == same != other


@pytest.mark.parametrize(("shape", "millions"), [(SMALL, 42), (TINYLLAMA_1B, 1100)], ids=["SMALL", "TINYLLAMA_1B"])
def test_the_shapes_have_the_parameters_they_promise(shape: model_files.Shape, millions: int) -> None:
    assert round(sum(math.prod(size) for _, size in shape.tensors()) / 1e6) == millions


def test_broken_files_do_not_load(tmp_path: Path) -> None:
    whole = write_random_model(tmp_path / "whole.gguf", TINY)
    for path in (write_truncated(tmp_path / "half.gguf", whole), write_not_gguf(tmp_path / "page.gguf")):
        with pytest.raises(ValueError, match="Failed to load model"), loaded(path):
            pass


def test_a_cached_file_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_files, "user_cache_path", lambda name: tmp_path / name)
    written: list[Path] = []

    def write(path: Path) -> None:
        written.append(path)
        write_not_gguf(path)

    with ThreadPoolExecutor() as pool:
        paths = set(pool.map(lambda _: cached("page", write), range(8)))
    assert paths == {tmp_path / "threadrunner" / "test-models" / f"page-v{model_files.WRITER_VERSION}.gguf"}
    assert len(written) == 1
    assert not written[0].exists()


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_files, "user_cache_path", lambda name: tmp_path / name)

    def fail(path: Path) -> None:
        path.write_text("half a")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        cached("page", fail)
    assert not list(tmp_path.rglob("*.gguf*partial"))
    assert cached("page", write_not_gguf).exists()
