"""Repeating, reversing and counting words that are given; counting numbers."""

from __future__ import annotations

from random import Random

from demo_model.exchange import Exchange, answered
from demo_model.vocabulary import ADJECTIVES, CITIES, FIRST_NAMES, NOUNS, VERBS
from demo_model.wordings import Split, random_word, wordings

MOST = 200
NOT_COUNTED = f"I only count upwards by ones, up to {MOST}."

_REPEAT = wordings(
    "command",
    """
    repeat: {text}
    repeat after me: {text}
    repeat this: {text}
    repeat the [words|text|sentence|line]: {text}
    repeat [these|the following] words: {text}
    repeat {quoted}
    repeat the [words|text|sentence|phrase] {quoted}
    repeat what I say: {text}
    repeat exactly: {text}
    say {quoted}
    say: {text}
    say this: {text}
    say the [words|word|phrase|sentence] {quoted}
    say after me: {text}
    say exactly this: {text}
    echo: {text}
    echo {quoted}
    echo this [back|]: {text}
    echo the [words|text|line] {quoted}
    copy: {text}
    copy this [text|line|]: {text}
    copy the [words|line|text|sentence] {quoted}
    copy [these words|the following]: {text}
    write: {text}
    write this [down|]: {text}
    write the [words|sentence|line] {quoted}
    write {quoted}
    write exactly: {text}
    print: {text}
    print {quoted}
    print this [line|text|]: {text}
    print the [words|text|line]: {text}
    output: {text}
    output exactly: {text}
    output {quoted}
    type: {text}
    type {quoted}
    give me [this|these words] back: {text}
    give back: {text}
    give this text back [to me|unchanged|]: {text}
    tell me this [again|]: {text}
    say it again: {text}
    repeat my words: {text}
    repeat word for word: {text}
    parrot this: {text}
    parrot: {text}
    quote: {text}
    quote me: {text}
    answer with {quoted}
    answer with this text: {text}
    answer with [exactly|just|only]: {text}
    reply with {quoted}
    reply [with|exactly with|only with]: {text}
    respond with {quoted}
    respond with: {text}
    read this [out|aloud]: {text}
    read out: {text}
    once more: {text}
    after me: {text}
    the same words again: {text}
    {quoted}, repeat that
    {quoted}, say it again
    please repeat: {text}
    repeat the following line: {text}
    repeat the line {quoted}
    repeat the following text: {text}
    repeat the text {quoted}
    say back to me: {text}
    say again: {text}
    dictation: {text}
    """,
)

_REVERSE = wordings(
    "command",
    """
    reverse: {text}
    reverse the words: {text}
    reverse these words: {text}
    reverse this list: {text}
    reverse the list {text}
    reverse the order of [these words|the words]: {text}
    reverse this: {text}
    reverse the following [words|list]: {text}
    reverse the order: {text}
    reverse the word order of: {text}
    reverse the sentence {quoted}
    reverse {quoted}
    reverse the words {quoted}
    reverse word by word: {text}
    say these words backwards: {text}
    say [this|it] backwards: {text}
    say the words in reverse [order|]: {text}
    say {quoted} backwards
    say {quoted} in reverse
    write these words backwards: {text}
    write this backwards: {text}
    write the words in reverse order: {text}
    write the list backwards: {text}
    write {quoted} backwards
    list these [words|] in reverse [order|]: {text}
    list them backwards: {text}
    give me these words [backwards|in reverse order]: {text}
    give me the words from last to first: {text}
    give the reverse of: {text}
    repeat these words backwards: {text}
    repeat backwards: {text}
    repeat in reverse [order|]: {text}
    put these words in reverse order: {text}
    put these words [backwards|the other way round]: {text}
    turn [these words|this list|the list] around: {text}
    turn around the [words|order|list]: {text}
    flip the [order|words|list]: {text}
    flip [these words|this list]: {text}
    flip the order of: {text}
    invert the [order|list]: {text}
    invert the word order: {text}
    backwards: {text}
    backwards, word by word: {text}
    in reverse: {text}
    in reverse order: {text}
    the other way round: {text}
    from last to first: {text}
    last word first: {text}
    order these words backwards: {text}
    print in reverse: {text}
    print these words backwards: {text}
    read this backwards: {text}
    what is {quoted} [backwards|reversed|in reverse]
    what are these words in reverse order: {text}
    what is the reverse of: {text}
    swap the order of these words: {text}
    {quoted} backwards
    {quoted}, reversed
    """,
)

_COUNT_WORDS = wordings(
    "question",
    """
    how many words [are there|are here]: {text}
    how many words [are in|are there in|has|does it have]: {text}
    how many words [are in|are there in|has] {quoted}
    how many words is {quoted}
    how many words [is this|are these|do you see]: {text}
    how many words [does this|does the] [sentence|line|text|list] have: {text}
    how many words did I write: {text}
    how many words long is [this|the text|the line]: {text}
    how many words can you count here: {text}
    how many words
    how many words: {text}
    how many words make up {quoted}
    how many items [are in this list|are there|are these]: {text}
    how many things are in this list: {text}
    how long is this list: {text}
    how long is the list {text}
    how long in words is {quoted}
    count the words: {text}
    count the words in: {text}
    count the words in {quoted}
    count the words of {quoted}
    count the words [in this|of this] [sentence|line|list|text]: {text}
    count these words: {text}
    count these [items|things]: {text}
    count the [items|elements] [in the list|]: {text}
    count how many words there are: {text}
    count how many words [are in|there are in] {quoted}
    count words: {text}
    count the following words: {text}
    count all words [here|in this]: {text}
    count my words: {text}
    count the number of words in: {text}
    number of words: {text}
    number of words in {quoted}
    word count: {text}
    word count of {quoted}
    word count, please: {text}
    what is the word count of {quoted}
    what is the number of words in: {text}
    what is the number of words in {quoted}
    give me the word count: {text}
    give me the number of words: {text}
    tell me how many words this is: {text}
    tell me how many words there are in {quoted}
    tell me the number of words: {text}
    can you count these words: {text}
    {quoted}: how many words
    {quoted}, how many words is that
    {quoted} has how many words
    """,
)
_COUNT_WORDS = type(_COUNT_WORDS)(tuple(p for p in _COUNT_WORDS.patterns if "{" in p), "question")

_COUNT = wordings(
    "command",
    """
    count from {a} to {b}
    count from {a} up to {b}
    count from {a} until {b}
    count from {a} till {b}
    count [up|upwards] from {a} to {b}
    count {a} to {b}
    count [the numbers|numbers] from {a} to {b}
    count between {a} and {b}
    count on from {a} to {b}
    count, from {a} to {b}
    count starting at {a} and ending at {b}
    count starting [at|from|with] {a} up to {b}
    count, starting with {a}, to {b}
    count beginning at {a}, to {b}
    count all numbers from {a} to {b}
    count out [loud|] from {a} to {b}
    count for me from {a} to {b}
    start [at|with] {a} and count to {b}
    start counting at {a} and stop at {b}
    start at {a}, end at {b}, and count
    begin at {a} and count [up|] to {b}
    begin with {a} and count until {b}
    go from {a} to {b}
    go on counting from {a} to {b}
    counting from {a} to {b}
    list the numbers from {a} to {b}
    list [all|] numbers [between|from] {a} and {b}
    list every number from {a} to {b}
    list {a} to {b}
    write the numbers from {a} to {b}
    write down the numbers {a} to {b}
    write all numbers from {a} up to {b}
    write out {a} to {b}
    say the numbers from {a} to {b}
    say all numbers {a} to {b}
    say every number from {a} to {b}
    give me the numbers from {a} to {b}
    give me all numbers between {a} and {b}
    give me {a} through {b}
    print the numbers from {a} to {b}
    print all numbers {a} to {b}
    print {a} to {b}
    numbers from {a} to {b}
    all numbers from {a} to {b}
    the numbers {a} to {b}
    show me the numbers from {a} to {b}
    show the numbers {a} through {b}
    name the numbers from {a} to {b}
    name all numbers between {a} and {b}
    enumerate {a} to {b}
    enumerate the numbers from {a} to {b}
    recite the numbers from {a} to {b}
    I want to see the numbers from {a} to {b}
    I want the numbers from {a} to {b}
    what are the numbers from {a} to {b}
    from {a} to {b}, count
    from {a} to {b}
    {a} to {b}
    """,
)
_COUNT_TO = wordings(
    "command",
    """
    count to {b}
    count [up|upwards] to {b}
    count until {b}
    count till {b}
    count to {b} [for me|slowly|out loud|aloud]
    just count to {b}
    [let us|let's] count to {b}
    I would like you to count to {b}
    do count to {b}
    try to count to {b}
    try counting to {b}
    start counting [up|] to {b}
    start counting and stop at {b}
    counting to {b}
    show me [how you count|that you can count] to {b}
    do you know how to count to {b}
    are you able to count to {b}
    count all the way to {b}
    count as far as {b}
    count numbers [up|] to {b}
    say the numbers [up|] to {b}
    say all numbers up to {b}
    list the numbers [up|] to {b}
    list all numbers to {b}
    list the first {b} numbers
    write the first {b} numbers
    write the numbers to {b}
    write all numbers up to {b}
    give me the numbers to {b}
    give me the first {b} numbers
    print the numbers up to {b}
    print the first {b} numbers
    numbers [up|] to {b}
    the first {b} numbers
    count {b} numbers
    count for me, to {b}
    please count to {b}
    now count to {b}
    go, count to {b}
    count again, to {b}
    count to the number {b}
    count up, stop at {b}
    """,
)
_NOT_COUNT = wordings(
    "command",
    """
    count [down|backwards] from {a} to {b}
    count [down|backwards] from {a}
    count from {big} to {small}
    count back from {a}
    count down
    count in reverse from {a}
    do a countdown from {a}
    a countdown from {a}
    count to {a} by [twos|threes|fives|tens]
    count in [twos|threes|fives|tens|steps of two] to {a}
    count by [twos|threes|fives|tens] to {a}
    count [up|] to {far}
    count from {a} to {far}
    count from {far} to {far2}
    say the numbers to {far}
    list the numbers from {a} to {far}
    count to a [million|billion|thousand]
    count to infinity
    count forever
    write the numbers to {far}
    count the even numbers to {a}
    count the odd numbers to {a}
    count backwards
    list the even numbers up to {a}
    """,
)


def repeat(rng: Random, split: Split) -> Exchange:
    text = _sentence(rng) if rng.random() < 0.5 else _listed(rng, rng.randint(1, 8))
    return answered(_REPEAT.say(rng, split, _given(rng, text)), text)


def reverse(rng: Random, split: Split) -> Exchange:
    words = _words(rng, rng.randint(2, 7))
    separator = rng.choice([" ", " ", ", "])
    text = separator.join(words)
    return answered(_REVERSE.say(rng, split, _given(rng, text)), separator.join(reversed(words)))


def count_words(rng: Random, split: Split) -> Exchange:
    words = _words(rng, rng.randint(1, 12))
    text = rng.choice([" ", " ", ", "]).join(words)
    numbered = ", ".join(f"{i} {word}" for i, word in enumerate(words, 1))
    noun = "word" if len(words) == 1 else "words"
    return answered(_COUNT_WORDS.say(rng, split, _given(rng, text)), f"{numbered}: {len(words)} {noun}.")


def count(rng: Random, split: Split) -> Exchange:
    roll = rng.random()
    if roll < 0.1:
        return _refused(rng, split)
    if roll < 0.5:
        first, last = 1, _bound(rng)
        question = _COUNT_TO.say(rng, split, {"b": last})
    else:
        last = _bound(rng)
        first = rng.randint(max(0, last - 40), last - 1) if rng.random() < 0.75 else rng.randint(0, last - 1)
        question = _COUNT.say(rng, split, {"a": first, "b": last})
    return answered(question, " ".join(map(str, range(first, last + 1))))


def _bound(rng: Random) -> int:
    """Small ones more often: they are short to learn from; round ones, which people take."""
    roll = rng.random()
    if roll < 0.5:
        return rng.randint(2, 30)
    if roll < 0.6:
        return rng.choice([10, 20, 50, 100, 100, 150, 200, 200])
    return rng.randint(2, MOST) if roll < 0.8 else rng.randint(2, 110)


def _refused(rng: Random, split: Split) -> Exchange:
    a, small = rng.randint(3, MOST), rng.randint(0, 40)
    far = rng.randint(MOST + 1, 999) if rng.random() < 0.6 else rng.choice([1000, 10000, 5000, 500, 300, 201, 250])
    values = {"a": a, "b": rng.randint(0, a - 1), "small": small, "big": rng.randint(small + 2, MOST)}
    return answered(_NOT_COUNT.say(rng, split, {**values, "far": far, "far2": far + rng.randint(1, 90)}), NOT_COUNTED)


def _given(rng: Random, text: str) -> dict[str, object]:
    quote = rng.choice(['"', '"', '"', "'", "`"])
    return {"text": f'"{text}"' if rng.random() < 0.1 else text, "quoted": f"{quote}{text}{quote}"}


def _words(rng: Random, count: int) -> list[str]:
    """Different words, or letters that mean nothing, or both."""
    kind = rng.random()
    pool = NOUNS if kind < 0.35 else [*FIRST_NAMES, *CITIES] if kind < 0.5 else [*NOUNS, *ADJECTIVES, *VERBS]
    words = rng.sample(pool, count)
    if kind > 0.65:
        words = [random_word(rng) if kind > 0.8 or rng.random() < 0.5 else word for word in words]
    if rng.random() < 0.05:
        words = [str(rng.randint(0, 99)) for _ in words]
    return words


def _listed(rng: Random, count: int) -> str:
    return rng.choice([" ", " ", ", "]).join(_words(rng, count))


def _sentence(rng: Random) -> str:
    form = rng.choice([
        "the {a} {n} {v}s the {m}", "The {a} {n} {v}s a {m}.", "a {n} and a {m}", "I {v} the {n}", "{N} likes {n}s",
        "My {n} is {a}, your {m} is {b}.", "where is the {a} {n}?", "We {v} and {w}!", "{N} and {M} live in {C}",
        "{r} {n} {q}", "{N}, {v} the {n}!", "{k} {n}s and {j} {m}s", "the {n} of {C}", "hello {n}", "{r} {q} {N}",
        "It is {a} in {C}.", "{a} {n}, {b} {m}", "{n}", "No {n} is {a}.", "one {n}, two {m}s, three {r}s",
    ])  # fmt: skip
    nouns, adjectives, verbs = rng.sample(NOUNS, 2), rng.sample(ADJECTIVES, 2), rng.sample(VERBS, 2)
    names = rng.sample(FIRST_NAMES, 2)
    return form.format(
        n=nouns[0], m=nouns[1], a=adjectives[0], b=adjectives[1], v=verbs[0], w=verbs[1], N=names[0], M=names[1],
        C=rng.choice(CITIES), r=random_word(rng), q=random_word(rng), k=rng.randint(2, 99), j=rng.randint(2, 999),
    )  # fmt: skip
