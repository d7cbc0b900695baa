"""Remembering what was told in an earlier turn."""

from __future__ import annotations

from random import Random

from demo_model.exchange import Exchange, Maker, Turn
from demo_model.vocabulary import ADJECTIVES, CITIES, FIRST_NAMES, NOUNS
from demo_model.wordings import Split, Wordings, random_word, wordings

NEVER_TOLD = "You have not told me."

_TELL_NAME = wordings(
    "plain",
    """
    my name is {value}
    I am {value}
    I'm {value}
    hi, I am {value}
    hello, my name is {value}
    hello, I'm {value}
    hi, my name is {value}, [nice to meet you|how are you|hello]
    my name is {value}, remember that
    my name is {value}, [please|] remember it
    call me {value}
    please call me {value}
    you can call me {value}
    I am called {value}
    my name's {value}
    they call me {value}
    everybody calls me {value}
    people call me {value}
    this is {value}
    {value} is my name
    {value} here
    hello, {value} here
    hi, this is {value}
    hey, I am {value}
    hey, my name is {value}
    hey there, I'm {value}
    good morning, I am {value}
    good evening, my name is {value}
    remember my name: {value}
    remember that my name is {value}
    remember: my name is {value}
    remember, I am {value}
    note that my name is {value}
    my first name is {value}
    just call me {value}
    you are talking to {value}
    you may call me {value}
    let me introduce myself: {value}
    let me introduce myself, I am {value}
    for the record, my name is {value}
    the name is {value}
    name: {value}
    my name: {value}
    """,
)
_ASK_NAME = wordings(
    "question",
    """
    what is my name
    what's my name
    who am I
    do you know my name
    do you remember my name
    do you still know my name
    do you remember who I am
    do you know who I am
    what was my name [again|]
    tell me my name
    say my name
    can you tell me my name
    can you say my name
    how am I called
    what am I called
    what do you call me
    what do people call me
    what name did I [give|tell you|say]
    what did I say my name was
    what did I say my name is
    which name did I give you
    which name is mine
    my name is
    my name was
    remember my name
    and my name
    who is talking to you
    who are you talking to
    who is writing to you
    with whom are you talking
    please say who I am
    what is the name I gave you
    what was the name I told you
    did I tell you my name
    have you forgotten my name
    you know my name, right
    say my name again
    what should you call me
    repeat my name
    give me my name
    """,
)
_TELL_FACT = wordings(
    "plain",
    """
    my {thing} is {value}
    remember: my {thing} is {value}
    remember that my {thing} is {value}
    remember my {thing}: {value}
    please remember that my {thing} is {value}
    keep in mind that my {thing} is {value}
    note that my {thing} is {value}
    note: my {thing} is {value}
    do not forget that my {thing} is {value}
    don't forget: my {thing} is {value}
    you should know that my {thing} is {value}
    let me tell you, my {thing} is {value}
    I tell you that my {thing} is {value}
    just so you know, my {thing} is {value}
    for later: my {thing} is {value}
    {value} is my {thing}
    by the way, my {thing} is {value}
    here is my {thing}: {value}
    my {thing}: {value}
    my {thing} is {value}, remember that
    my {thing} is {value}, do not forget it
    my {thing} is {value}, keep that in mind
    store this: my {thing} is {value}
    keep this: my {thing} is {value}
    listen, my {thing} is {value}
    learn this: my {thing} is {value}
    know that my {thing} is {value}
    fact: my {thing} is {value}
    I want you to remember that my {thing} is {value}
    I want you to know that my {thing} is {value}
    can you remember that my {thing} is {value}
    could you remember my {thing}, it is {value}
    the name of my {thing} is {value}
    memorise this: my {thing} is {value}
    save this: my {thing} is {value}
    in case I ask later, my {thing} is {value}
    my {thing} is now {value}
    ok, my {thing} is {value}
    well, my {thing} is {value}
    as for my {thing}, it is {value}
    """,
)
_ASK_FACT = wordings(
    "question",
    """
    what is my {thing}
    what's my {thing}
    what was my {thing} [again|]
    which is my {thing}
    do you know my {thing}
    do you remember my {thing}
    do you still know my {thing}
    do you remember what my {thing} is
    do you know what my {thing} is
    do you recall my {thing}
    tell me my {thing}
    tell me what my {thing} is
    can you tell me my {thing}
    can you tell me what my {thing} is
    can you remember my {thing}
    can you say what my {thing} is
    say what my {thing} is
    say my {thing}
    what did I say my {thing} is
    what did I say my {thing} was
    what did I tell you about my {thing}
    what did I say about my {thing}
    what have I told you about my {thing}
    did I tell you my {thing}
    I forgot my {thing}, what is it
    I forgot, what is my {thing}
    remind me of my {thing}
    remind me, what is my {thing}
    remind me what my {thing} is
    give me my {thing}
    repeat my {thing}
    my {thing} is what
    my {thing} is
    and my {thing}
    and what is my {thing}
    now what is my {thing}
    what about my {thing}
    have you forgotten my {thing}
    name my {thing}
    recall my {thing}
    """,
)

_THINGS = (
    "favourite colour", "favourite food", "favourite city", "favourite number", "favourite animal", "favourite word",
    "dog", "cat", "horse", "city", "home town", "street", "password", "code", "lucky number", "age", "job", "hobby",
    "car", "boat", "brother", "sister", "teacher", "friend", "country", "team", "school", "project", "company",
    "favourite drink", "favourite fruit", "room number", "phone number", "shoe size", "birthday month", "secret word",
    "nickname", "pet", "village", "boss", "daughter", "son", "wife", "husband", "neighbour", "doctor", "bank", "train",
    "seat", "deadline", "budget", "server", "user name", "ticket number", "key word", "plan", "goal", "instrument",
)  # fmt: skip


def name(rng: Random, split: Split, between: Maker) -> Exchange:
    value = _name(rng)
    told: list[Turn] = [
        ("user", _TELL_NAME.say(rng, split, {"value": value})),
        ("assistant", f"Nice to meet you, {value}!"),
    ]
    return _asked(rng, split, told, (_ASK_NAME, {}), f"Your name is {value}.", between)


def fact(rng: Random, split: Split, between: Maker) -> Exchange:
    """One thing or several; the one asked for last, sometimes told anew."""
    things = rng.sample(_of(split), rng.choice([1, 1, 2, 3]))
    values = {thing: _value(rng, thing) for thing in things}
    told: list[Turn] = []
    for thing in things:
        told += _told(rng, split, thing, values[thing])
    asked = rng.choice(things)
    if rng.random() < 0.08:
        values[asked] = _value(rng, asked)
        told += _told(rng, split, asked, values[asked])
    answer = f"Your {asked} is {values[asked]}."
    return _asked(rng, split, told, (_ASK_FACT, {"thing": asked}), answer, between)


def never_told(rng: Random, split: Split, between: Maker) -> Exchange:
    """A question about what was not said, perhaps after something else was."""
    told: list[Turn] = []
    if rng.random() < 0.4:
        if rng.random() < 0.5:
            asked, other = rng.sample(_of(split), 2)
            told += _told(rng, split, other, _value(rng, other))
            return _asked(rng, split, told, (_ASK_FACT, {"thing": asked}), NEVER_TOLD, between)
        told += _told(rng, split, thing := rng.choice(_of(split)), _value(rng, thing))
        return _asked(rng, split, told, (_ASK_NAME, {}), NEVER_TOLD, between)
    if rng.random() < 0.5:
        return _asked(rng, split, told, (_ASK_NAME, {}), NEVER_TOLD, between)
    return _asked(rng, split, told, (_ASK_FACT, {"thing": rng.choice(_of(split))}), NEVER_TOLD, between)


def told_now(rng: Random, split: Split) -> Exchange:
    """What is told, and the model's word on it."""
    if rng.random() < 0.5:
        value = _name(rng)
        return Exchange(
            (
                ("user", _TELL_NAME.say(rng, split, {"value": value})),
                ("assistant", answer := f"Nice to meet you, {value}!"),
            ),
            (answer,),
        )
    thing = rng.choice(_of(split))
    turns = _told(rng, split, thing, _value(rng, thing))
    return Exchange(tuple(turns), (turns[-1][1],))


def _asked(
    rng: Random, split: Split, told: list[Turn], ask: tuple[Wordings, dict[str, object]], answer: str, between: Maker
) -> Exchange:
    turns = list(told)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3]) if told else rng.choice([0, 0, 1])):
        turns += between(rng, "train").turns
    ways, values = ask
    turns += [("user", ways.say(rng, split, values)), ("assistant", answer)]
    return Exchange(tuple(turns), (answer,))


def _told(rng: Random, split: Split, thing: str, value: str) -> list[Turn]:
    said = _TELL_FACT.say(rng, split, {"thing": thing, "value": value})
    return [("user", said), ("assistant", f"I will remember that your {thing} is {value}.")]


def _of(split: Split) -> list[str]:
    """Things, too, are kept away from the training: what is remembered must be copied."""
    held = _THINGS[::6]
    if split == "held":
        return list(held)
    # Among so many that the word must be copied, which no list of fifty teaches.
    others = [noun for noun in NOUNS if noun not in held]
    return [thing for thing in _THINGS if thing not in held] + others[::3]


def _name(rng: Random) -> str:
    return random_word(rng).capitalize() if rng.random() < 0.4 else rng.choice(FIRST_NAMES)


def _value(rng: Random, thing: str) -> str:
    if "number" in thing or thing in ("age", "code", "shoe size", "budget") or rng.random() < 0.1:
        return str(rng.randint(1, 10 ** rng.randint(1, 4)))
    roll = rng.random()
    if roll < 0.3:
        return random_word(rng)
    if roll < 0.5:
        return rng.choice([*FIRST_NAMES, *CITIES])
    return rng.choice([*NOUNS, *ADJECTIVES]) if roll < 0.9 else f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}"
