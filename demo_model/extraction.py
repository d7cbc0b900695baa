"""Extracting a small JSON object: the asked keys, from a sentence, from `key: value` pairs, from a table."""

from __future__ import annotations

import json
from random import Random

from demo_model.exchange import Exchange, answered
from demo_model.vocabulary import CITIES, FIRST_NAMES, NOUNS
from demo_model.wordings import Split, Wordings, fill, random_word, wordings

_ASKS = wordings(
    "command",
    """
    extract {keys} as JSON: {text}
    extract {keys} as JSON from: {text}
    extract {keys} as JSON from this [sentence|text|line]: {text}
    extract {keys} into JSON: {text}
    extract {keys} to JSON: {text}
    extract the {keys} as JSON: {text}
    extract the {keys} from this text as JSON: {text}
    extract JSON with {keys}: {text}
    extract JSON with the keys {keys} from: {text}
    extract a JSON object with {keys}: {text}
    extract a JSON object with the keys {keys} from this [text|sentence]: {text}
    extract {keys}: {text}
    extract {keys} from: {text}
    as JSON with {keys}: {text}
    as a JSON object with {keys}: {text}
    answer in JSON with {keys}: {text}
    answer with JSON, keys {keys}: {text}
    JSON with {keys}: {text}
    JSON with the keys {keys}: {text}
    JSON, please, with {keys}: {text}
    JSON object with {keys} from: {text}
    make JSON with {keys} from: {text}
    make a JSON object with {keys} [out of|from] this: {text}
    make a JSON object with {keys}: {text}
    make JSON of this, keys {keys}: {text}
    turn this into JSON with {keys}: {text}
    turn this [sentence|text] into JSON, keys {keys}: {text}
    turn the sentence into a JSON object with {keys}: {text}
    convert this to JSON with {keys}: {text}
    convert this [sentence|text] to JSON, keys {keys}: {text}
    convert to JSON ({keys}): {text}
    find {keys} and write them as JSON: {text}
    find {keys} in this [text|sentence], as JSON: {text}
    find the {keys} as JSON: {text}
    get {keys} as JSON from: {text}
    get {keys} as JSON: {text}
    get me {keys} from this as JSON: {text}
    give me {keys} as JSON: {text}
    give me JSON with {keys}: {text}
    give me a JSON object with {keys}: {text}
    give {keys} as JSON: {text}
    read {keys} from this and write JSON: {text}
    read out {keys} as JSON: {text}
    return {keys} as JSON: {text}
    return JSON with {keys}: {text}
    return a JSON object with the keys {keys}: {text}
    write {keys} as JSON: {text}
    write a JSON object with {keys}: {text}
    write JSON with the keys {keys}: {text}
    pull {keys} out of this as JSON: {text}
    parse {keys} as JSON: {text}
    parse this into JSON with {keys}: {text}
    list {keys} as JSON: {text}
    show {keys} as JSON: {text}
    take {keys} from this and make JSON: {text}
    what are the {keys}, as JSON: {text}
    {text} Extract {keys} as JSON.
    {text} Give me {keys} as JSON.
    {text} Return JSON with {keys}.
    {text} As JSON with {keys}, please.
    {text} Write {keys} as JSON.
    """,
)

_PEOPLE = wordings(
    "plain",
    """
    {name} is {age} years old and lives in {city}.
    {name} is {age} and lives in {city}.
    {name} lives in {city} and is {age} years old.
    {name} lives in {city} and is {age}.
    {name}, {age}, lives in {city}.
    {name}, {age}, comes from {city}.
    {name}, {age}, {city}.
    {name} from {city} is {age} years old.
    {name} from {city} is {age}.
    {name} comes from {city} and is {age} years old.
    {name} of {city}, aged {age}, came by.
    {name} was born in {city} and is {age} now.
    {name} turned {age} in {city}.
    {name} moved to {city} at {age}.
    {name} has lived in {city} for years and is {age}.
    I am {name}, {age} years old, from {city}.
    I am {name} and I am {age} years old; I live in {city}.
    I am {age}, my name is {name} and I live in {city}.
    My name is {name}, I am {age} and I live in {city}.
    My name is {name} and I live in {city}. I am {age}.
    My friend {name} is {age} and lives in {city}.
    My friend {name} from {city} is {age}.
    My sister {name}, {age}, works in {city}.
    My brother {name} lives in {city}; he is {age}.
    Our guest {name} is {age} years old and comes from {city}.
    Our teacher {name} is {age} and was born in {city}.
    In {city} lives {name}, who is {age}.
    In {city} there is a baker called {name}, {age} years old.
    In {city} I met {name}, who is {age} years old.
    At {age}, {name} moved to {city}.
    At the age of {age}, {name} left for {city}.
    The {age}-year-old {name} lives in {city}.
    The {age}-year-old {name} is from {city}.
    A man of {age} called {name} lives in {city}.
    A woman named {name}, {age}, lives in {city}.
    This is {name}, {age}, from {city}.
    This is {name} from {city}, {age} years old.
    There is {name}, who is {age} and lives in {city}.
    Meet {name} from {city}, aged {age}.
    Yesterday {name} from {city} turned {age}.
    We met {name} in {city}; she is {age}.
    We know {name}: {age} years old, at home in {city}.
    You may know {name} from {city}, who is {age}.
    Next week {name} will be {age} and will move to {city}.
    Home: {city}. Name: {name}. Age: {age}.
    """,
)
_ORDERS = wordings(
    "plain",
    """
    {name} bought {count} {item}s for {price} euros.
    {name} bought {count} {item}s and paid {price} euros.
    {name} paid {price} euros for {count} {item}s.
    {name} paid {price} for {count} {item}s.
    {name} ordered {count} {item}s at {price} euros.
    {name} ordered {count} {item}s for {price}.
    {name} wants {count} {item}s for {price} euros.
    {name} sold {count} {item}s for {price} dollars.
    {name} needs {count} {item}s and has {price} dollars.
    {name} sends {count} {item}s, {price} euros in all.
    {name} takes {count} {item}s. That makes {price}.
    {name} got {count} {item}s for {price} pounds.
    {name} found {count} {item}s worth {price} euros.
    {count} {item}s for {price} euros, bought by {name}.
    {count} {item}s went to {name} for {price} dollars.
    {count} {item}s, {price} euros, customer {name}.
    {count} {item}s were ordered by {name} at {price} euros.
    For {price} euros {name} got {count} {item}s.
    For {price} dollars, {name} sold {count} {item}s.
    For {name}: {count} {item}s at {price} euros.
    An order by {name}: {count} {item}s for {price} euros.
    An order came from {name}, {count} {item}s for {price}.
    Our customer {name} ordered {count} {item}s for {price} euros.
    The customer {name} takes {count} {item}s at {price} dollars.
    The price of {count} {item}s is {price} euros, says {name}.
    The bill for {name} is {price} euros for {count} {item}s.
    Please send {count} {item}s to {name} for {price} euros.
    Please charge {name} {price} euros for {count} {item}s.
    Yesterday {name} bought {count} {item}s for {price} euros.
    Last week {name} sold {count} {item}s at {price}.
    We sold {count} {item}s to {name} for {price} euros.
    We owe {name} {price} euros for {count} {item}s.
    Item: {item}. Count: {count}. Price: {price}. Name: {name}.
    I, {name}, order {count} {item}s and pay {price} euros.
    With {price} euros {name} bought {count} {item}s.
    """,
)
_MEETINGS = wordings(
    "plain",
    """
    {name} meets {other} on {day} at {hour} in {city}.
    {name} and {other} meet on {day} at {hour} in {city}.
    {name} will see {other} in {city} on {day} at {hour}.
    {name} has a meeting with {other} on {day} at {hour} in {city}.
    {name} calls {other} on {day} at {hour} from {city}.
    {name} visits {other} in {city}, {day} at {hour}.
    {name} is waiting for {other} in {city} on {day} at {hour}.
    {name} invites {other} to {city} for {day}, {hour}.
    On {day} at {hour} {name} meets {other} in {city}.
    On {day} {name} sees {other} in {city} at {hour}.
    On {day}, at {hour}, {name} and {other} are in {city}.
    At {hour} on {day}, {name} meets {other} in {city}.
    At {hour} on {day} there is {name} with {other} in {city}.
    In {city} {name} meets {other} on {day} at {hour}.
    In {city}, {day} at {hour}: {name} and {other}.
    The meeting of {name} and {other} is on {day} at {hour} in {city}.
    The meeting in {city} on {day} at {hour} is for {name} and {other}.
    The train of {name} and {other} leaves {city} on {day} at {hour}.
    Dinner with {name} and {other} on {day} at {hour} in {city}.
    Lunch in {city} on {day} at {hour}, with {name} and {other}.
    Please tell {name} to meet {other} on {day} at {hour} in {city}.
    Please book a table in {city} for {name} and {other}, {day} at {hour}.
    There is a talk by {name} with {other} on {day} at {hour} in {city}.
    Next {day} at {hour}, {name} will meet {other} in {city}.
    Do not forget: {name} and {other}, {day} at {hour}, {city}.
    """,
)
_KINDS: tuple[tuple[Wordings, tuple[str, ...]], ...] = (
    (_PEOPLE, ("name", "age", "city")),
    (_ORDERS, ("name", "item", "count", "price")),
    (_MEETINGS, ("name", "other", "day", "hour", "city")),
)
_KEYS = (
    "name",
    "age",
    "city",
    "job",
    "colour",
    "size",
    "price",
    "count",
    "item",
    "day",
    "team",
    "score",
    "code",
    "food",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def extract(rng: Random, split: Split) -> Exchange:
    ways, keys = rng.choice(_KINDS)
    values = _values(rng)
    if rng.random() < 0.15:
        keys = tuple(rng.sample(_KEYS, rng.randint(2, 4)))
        text = _pairs(rng, {key: values[key] for key in keys})
    else:
        text = fill(rng.choice(ways.of(split)), values)
    asked = rng.sample(keys, rng.randint(1, len(keys))) if rng.random() < 0.6 else list(keys)
    if rng.random() < 0.75:
        asked.sort(key=keys.index)
    if rng.random() < 0.03:
        return _table(rng, split)
    question = _ASKS.say(rng, split, {"keys": _spoken(rng, asked), "text": text})
    return answered(question, json.dumps({key: values[key] for key in asked}))


def _table(rng: Random, split: Split) -> Exchange:
    """The rows of a table as `{{ df }}` writes it."""
    keys = rng.sample(_KEYS, rng.randint(2, 3))
    rows = [_values(rng) for _ in range(rng.randint(1, 3))]
    lines = [keys, ["---"] * len(keys), *([str(row[key]) for key in keys] for row in rows)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    ask = rng.choice(_TABLES.of(split))
    return answered(
        fill(_TABLES.typed(rng, ask), {"table": table}), json.dumps([{key: row[key] for key in keys} for row in rows])
    )


_TABLES: Wordings = wordings(
    "command",
    """
    this table as JSON:\\n{table}
    turn this table into JSON:\\n{table}
    convert this table to JSON:\\n{table}
    write this table as JSON:\\n{table}
    give me this table as JSON:\\n{table}
    extract this table as JSON:\\n{table}
    make JSON of this table:\\n{table}
    return the rows as JSON:\\n{table}
    the rows of this table as JSON:\\n{table}
    show the table as JSON:\\n{table}
    """,
)
_TABLES = Wordings(tuple(pattern.replace("\\n", "\n\n") for pattern in _TABLES.patterns), "command")


def _values(rng: Random) -> dict[str, str | int | float]:
    name, other = rng.sample(FIRST_NAMES, 2) if rng.random() < 0.7 else (_made_up(rng), _made_up(rng))
    return {
        "name": name,
        "other": other,
        "age": rng.randint(1, 99),
        "city": rng.choice(CITIES) if rng.random() < 0.7 else _made_up(rng),
        "item": rng.choice(NOUNS) if rng.random() < 0.8 else random_word(rng),
        "count": rng.randint(2, 10 ** rng.randint(1, 3)),
        "price": rng.randint(1, 999),
        "day": rng.choice(_DAYS),
        "hour": rng.randint(1, 23),
        "job": rng.choice(["baker", "farmer", "teacher", "doctor", "painter", "driver", random_word(rng)]),
        "colour": rng.choice(["red", "blue", "green", "black", "white", random_word(rng)]),
        "size": rng.randint(1, 60),
        "team": random_word(rng),
        "score": rng.randint(0, 100),
        "code": random_word(rng),
        "food": rng.choice(NOUNS),
    }


def _made_up(rng: Random) -> str:
    return random_word(rng).capitalize()


def _pairs(rng: Random, values: dict[str, str | int | float]) -> str:
    form = rng.randrange(4)
    if form == 0:
        return repr(values)
    joint, sep = [(": ", ", "), ("=", " "), (": ", "; ")][form - 1]
    return sep.join(f"{key}{joint}{value}" for key, value in values.items())


def _spoken(rng: Random, keys: list[str]) -> str:
    roll = rng.random()
    if len(keys) == 1 or roll < 0.35:
        return ", ".join(keys)
    if roll < 0.5:
        return " and ".join(keys) if len(keys) == 2 else ", ".join(keys[:-1]) + ", and " + keys[-1]
    return ", ".join(keys[:-1]) + " and " + keys[-1]
