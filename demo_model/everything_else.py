"""What a tiny model does not know, and says so: questions of every kind."""

from __future__ import annotations

import string
from random import Random

from demo_model.exchange import Exchange, answered
from demo_model.guide import PULLED
from demo_model.vocabulary import ADJECTIVES, CITIES, FIRST_NAMES, NOUNS, VERBS
from demo_model.wordings import Split, random_word, wordings

ANSWER = f"I am only a tiny demo model; pull a real one with `%llm pull {PULLED}`."

_QUESTIONS = wordings(
    "question",
    """
    what is the [capital|population|flag|currency|history|area|president] of {country}
    where is {city}
    how far is it from {city} to {city2}
    what is the weather in {city}
    what is a {noun}
    what is the {noun} of the {noun2}
    why is the {noun} {adjective}
    why is the [sky|sea|sun|grass|snow|moon] [blue|red|green|white|yellow]
    who [wrote|invented|discovered|painted|built|founded|won] the {noun}
    who was {name} {word}
    who is the [president|king|queen|prime minister|mayor] of {country}
    when did the {noun} [begin|end|start|happen]
    when was {city} [founded|built]
    how do I {verb} a {noun}
    how do I {verb} my {noun}
    how do you {verb} a {adjective} {noun}
    how can I {verb} {noun}s
    what is the best way to {verb} a {noun}
    how many {noun}s are there in a {noun2}
    how [tall|old|heavy|long|deep|fast] is [a|the] {noun}
    what is {n} times {n2}
    what is {n} [minus|divided by|to the power of] {n2}
    what is the [square root|square|cube|half|double] of {n}
    which is better, [a|the] {noun} or [a|the] {noun2}
    what do you think [of|about] {noun}s
    do you like {noun}s
    should I {verb} [a|the|my] {noun}
    can a {noun} {verb}
    is the {noun} {adjective}
    what does the word {noun} mean
    what is {noun} in [German|French|Spanish|Latin|Chinese]
    what is the difference between a {noun} and a {noun2}
    what happened in {year}
    what time is it [in {city}|now|]
    what [day|date] is [it|today]
    what is the meaning of [life|love|{noun}]
    is there life on [Mars|other planets|the moon]
    how does a {noun} work
    how does [photosynthesis|gravity|electricity|the internet|a computer|evolution|inflation] work
    what is [photosynthesis|gravity|electricity|machine learning|quantum physics|democracy|DNA|a black hole|a neural network]
    what are the [symptoms|causes|effects] of [a cold|the flu|fever|{noun}]
    what should I [cook|eat|wear|read|watch|buy|do] [today|tonight|tomorrow|for dinner]
    do you have [feelings|friends|a family|a body|dreams|a {noun}]
    can you [see|hear|smell|feel] [the|a] {noun}
    who will win the [election|game|match|race]
    what is the price of [a {noun}|gold|oil|bitcoin]
    what is the [largest|smallest|oldest|longest|tallest|deepest] {noun} [in the world|in {country}|]
    why do {noun}s {verb}
    what rhymes with {noun}
    what colour is [a|the] {noun}
    how do I say {noun} in [French|German|Italian|Japanese]
    what are {noun}s made of
    how is [a {noun}|cheese|glass|paper|bread|steel] made
    what is the formula for [water|the area of a circle|speed|salt]
    where can I [buy|find|see] a {noun}
    is {n} a prime [number|]
    what comes after {noun}
    how much [is|costs] a {noun}
    what is your [opinion on|favourite] {noun}s
    which {noun} is the {adjective}est
    does a {noun} have a {noun2}
    why did the {noun} cross the road
    how many [people|animals|cars] live in {city}
    how do I [stop|quit] [smoking|worrying|a {noun}|eating sugar]
    how do I save [money|time|energy|water]
    how do I keep [a {noun}|my {noun}|plants|fish] [alive|clean|safe]
    how do I start a [business|car|fire|garden|{noun}]
    how do I [load|unload] a [truck|ship|dishwasher|{noun}]
    how do I [choose|pick|find] a [name for my {noun}|good {noun}|wine|job|school]
    how do I train a [dog|horse|model|neural network|{noun}]
    how do I install [Windows|Linux|Python|a door|numpy|a {noun}]
    how do I [sort|reverse|filter|copy] a list in [Python|Java|C]
    how do I read a CSV [in pandas|in Python|with numpy]
    what is a [for loop|class|decorator|pointer|list comprehension|lambda]
    who is [Einstein|Newton|Shakespeare|Mozart|Napoleon|Marie Curie]
    when is [Easter|Christmas|the next eclipse|the next train]
    what is the plural of {noun}
    how old is {name}
    how long does [it take to {verb} a {noun}|a {noun} live]
    what should a {noun} cost
    what language do they speak in {country}
    which countries border {country}
    who invented [the telephone|the wheel|paper|the {noun}]
    what is the temperature in {city}
    how warm is it in {city}
    what is the boiling point of {noun}
    how do I remember [names|my dreams|birthdays]
    """,
)

_COMMANDS = wordings(
    "command",
    """
    write [a|an] [poem|essay|story|song|letter|haiku|speech|joke|email|report] [about|on] [the |a |]{noun}
    write [a|an] [short|long|funny|sad] [poem|story|song|letter] about {noun}s
    write a [Python|C|Java|JavaScript|Rust|bash] [function|program|script|class] [that|to] [{verb}s|sorts|reads|finds|counts] [a|the] {noun}s
    write code [that|to] {verb}s a {noun}
    tell me a [joke|story|fairy tale|riddle|secret|fact|fun fact] [about {noun}s|]
    tell me [something|everything|more] about {noun}s
    tell me about [{city}|{country}|the {noun}]
    explain [the {noun}|quantum physics|relativity|how a {noun} works|recursion|inflation|calculus]
    explain [this|{noun}s] to a child
    translate {noun} [into|to] [German|French|Spanish|Italian|Latin|Japanese]
    translate [this|the sentence|the following] [into|to] [German|French|Spanish]: the {noun} is {adjective}
    summarise [this|the text|the book|the article] [about {noun}s|for me|]
    summarise this: {long}
    give me a recipe for {noun} [soup|cake|pie|salad]
    give me [advice|tips|ideas] [on|for|about] {noun}s
    list [the|ten|five|some] [planets|{noun}s|countries|books about {noun}s|synonyms of {adjective}]
    name [a|three|five|ten] {noun}s
    compare [a|the] {noun} and [a|the] {noun2}
    describe [a|the|your] {noun}
    describe {city}
    draw [a|me a] {noun}
    sing [a song|something] [about {noun}s|]
    play [a game|chess|music|{noun}]
    solve [x + {n} = {n2}|this equation|the {noun} problem|the puzzle]
    calculate {n} [times|*|/|minus|-] {n2}
    compute [{n} * {n2}|the mean of {n} and {n2}|the integral of x]
    multiply {n} by {n2}
    divide {n} by {n2}
    subtract {n} from {n2}
    fix [this|my] [code|bug|sentence|grammar|{noun}]
    correct [this|my] [text|sentence|spelling]: {long}
    review [this|my] [code|text|essay]
    improve [this|my] [text|essay|code|{noun}]
    plan [a trip to {city}|my week|a party|a {noun}]
    book a [flight to {city}|hotel in {city}|table|{noun}]
    order [a pizza|a {noun}|some food]
    recommend [a|some] [book|film|{noun}|restaurant in {city}]
    invent [a|a new] [word|game|{noun}|story]
    analyse [this|the|my] [data|text|{noun}]
    plot [the data|a sine curve|a {noun}]
    search the [web|internet] for {noun}s
    find [a|me a|the] {noun}
    open [the|a] [window|browser|door|{noun}]
    [buy|sell|clean|paint|repair] [a|the|my] {noun}
    {verb} [a|the|my] {noun}
    {verb} the {adjective} {noun}
    make [a|me a] [coffee|sandwich|plan|website|{noun}]
    convert {n} [miles|euros|pounds|degrees] to [kilometres|dollars|kilograms|Celsius]
    spell [{noun}|{word}]
    define {noun}
    rewrite [this|the text] in a {adjective} tone: {long}
    classify [this|the text] as positive or negative: {long}
    think about {noun}s
    argue [for|against] {noun}s
    imagine you are a {noun}
    act as [a|my] {noun}
    teach me [French|chess|to {verb}|about {noun}s]
    advise me on my {noun}
    paraphrase this: {long}
    sort these numbers: {n}, {n2}, {n3}
    finish this sentence: the {noun} is
    complete the [story|sentence|line]: {long}
    continue: {long}
    guess [my age|what I think|a number|the {noun}]
    roll a [die|dice]
    reverse [a linked list|a string] in [Python|C|Java]
    add a [test|button|{noun}] to [my|the] {noun2}
    count the [stars|{noun}s in {city}|sheep|people in {country}]
    retell the history of {country}
    show me a [picture|photo|map|video] of [{city}|a {noun}]
    """,
)

_STATEMENTS = wordings(
    "plain",
    """
    the {noun} is {adjective}
    {noun}
    {adjective} {noun}
    I [like|hate|love|need|want] {noun}s
    I want to {verb} a {noun}
    I think the {noun} is {adjective}
    I am [tired|hungry|bored|sad|happy|angry|cold]
    my {noun} is broken
    yesterday I saw a {noun}
    {long}
    {noise}
    {noise} {noise2}
    {foreign}
    {foreign} {noun}
    {code}
    {table}
    {noun}, {noun2}, {adjective}
    if the {noun} is {adjective}, is the {noun2} too
    [ok|hm|well|so|and|but|why|no|yes|maybe|what|really|wow|interesting|huh|sure|right]
    [why not|why|how|what do you mean|I see|I do not know|go on|more|again|not good|wrong|that is wrong|nonsense]
    [ha ha|lol|hmm|aha|oh|oh no|uh]
    [you are wrong|you are stupid|that was bad|I do not believe you|are you sure]
    [?|...|!|??|-|:|.|42|123|0]
    {n} {n2}
    {n}
    {name}
    {name} and {name2} [went to {city}|{verb} a {noun}]
    the {noun} and the {noun2} went to {city}
    [let us|we should|they] {verb} the {noun}
    it [rains|snows|is raining|is cold|is late] in {city}
    test
    [testing|this is a test|test test|one two|foo|foo bar|asdf|bla bla]
    what about {noun}s
    [dear|hello] {noun}, I {verb} you
    """,
)

_FOREIGN = (
    "was ist das", "wie heißt du", "ich verstehe nicht", "guten Tag, wie geht es Ihnen", "où est la gare",
    "comment ça va", "je ne sais pas", "¿qué hora es?", "¿dónde está la playa?", "no entiendo nada", "dove sei",
    "che cosa è questo", "как дела", "что это такое", "привет, мир", "你好吗", "这是什么", "今日はいい天気ですね",
    "こんにちは", "안녕하세요", "مرحبا", "שלום", "γεια σου", "hvad er det", "mikä tämä on", "co to jest",
    "nasılsın", "erzähl mir einen Witz", "raconte une histoire", "schreib ein Gedicht", "o que é isso",
)  # fmt: skip
_CODE = (
    "def f(x): return x", "print('hi')", "import numpy as np", "x = 1", "SELECT * FROM {noun}", "for i in range(10):",
    "git push", "ls -la", "1 / 0", "df.head()", "#include <stdio.h>", "<html></html>", "{{}}", "sudo apt install {noun}",
    "while True: pass", "return None", "Traceback (most recent call last):", "TypeError: {noun}", "pip install {noun}",
)  # fmt: skip
_COUNTRIES = (
    "France", "Germany", "Spain", "Italy", "Japan", "China", "India", "Brazil", "Canada", "Mexico", "Egypt", "Kenya",
    "Norway", "Sweden", "Finland", "Poland", "Greece", "Turkey", "Chile", "Peru", "Cuba", "Nigeria", "Iran", "Nepal",
    "Australia", "Austria", "Belgium", "Portugal", "Ireland", "Iceland", "Vietnam", "Korea", "Morocco", "Ghana",
)  # fmt: skip


def everything_else(rng: Random, split: Split) -> Exchange:
    ways = rng.choices([_QUESTIONS, _COMMANDS, _STATEMENTS], [5, 4, 2])[0]
    text = ways.say(rng, split, _values(rng))
    if rng.random() < 0.04:
        text += "\n\n" + rng.choice([_long, _table])(rng)
    return answered(text, ANSWER)


def _values(rng: Random) -> dict[str, object]:
    noun, noun2 = rng.sample(NOUNS, 2) if rng.random() < 0.85 else (random_word(rng), random_word(rng))
    return {
        "noun": noun,
        "noun2": noun2,
        "adjective": rng.choice(ADJECTIVES),
        "verb": rng.choice(VERBS),
        "country": rng.choice(_COUNTRIES),
        "city": rng.choice(CITIES),
        "city2": rng.choice(CITIES),
        "name": rng.choice(FIRST_NAMES),
        "name2": rng.choice(FIRST_NAMES),
        "word": random_word(rng).capitalize(),
        "year": rng.randint(1000, 2030),
        "n": rng.randint(0, 10 ** rng.randint(1, 5)),
        "n2": rng.randint(0, 10 ** rng.randint(1, 5)),
        "n3": rng.randint(0, 99),
        "long": _long(rng),
        "noise": _noise(rng),
        "noise2": _noise(rng),
        "foreign": rng.choice(_FOREIGN),
        "code": rng.choice(_CODE).replace("{noun}", noun),
        "table": _table(rng),
    }


def _long(rng: Random) -> str:
    """A text as somebody pastes it."""
    many = rng.choice([1, 1, 1, 2, 3, 8]) * 6
    words = rng.choices([*NOUNS, *VERBS, *ADJECTIVES, "the", "the", "a", "and", "is", "of", "in", "to", "it"], k=many)
    return " ".join(words).capitalize() + rng.choice([".", ""])


def _noise(rng: Random) -> str:
    letters = rng.choice(
        [string.ascii_lowercase, string.ascii_letters + string.digits, string.punctuation, "🙂🎉🚀é漢ß "]
    )
    return "".join(rng.choice(letters) for _ in range(rng.randint(1, 14))).strip() or "?"


def _table(rng: Random) -> str:
    heads = rng.sample(NOUNS, rng.randint(2, 3))
    rows = [[str(rng.randint(0, 99)) for _ in heads] for _ in range(rng.randint(1, 4))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows])
