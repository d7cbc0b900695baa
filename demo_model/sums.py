"""Adding two numbers of up to three digits, digit by digit as on paper."""

from __future__ import annotations

from random import Random

from demo_model.exchange import Exchange, answered
from demo_model.wordings import Split, wordings

_SUMS = wordings(
    "question",
    """
    what is {a} + {b}
    what is {a}+{b}
    what is {a} plus {b}
    what is the sum of {a} and {b}
    what does {a} + {b} make
    what does {a} plus {b} make
    what do {a} and {b} make [together|]
    what do I get when I add {a} and {b}
    what do you get for {a} + {b}
    what [comes out of|results from] {a} + {b}
    what is {a} and {b} together
    what is {a} increased by {b}
    what is the result of {a} + {b}
    what is {a} added to {b}
    what's {a} + {b}
    what's {a} plus {b}
    how much is {a} + {b}
    how much is {a} plus {b}
    how much is {a} and {b}
    how much do {a} and {b} make
    how much does {a} + {b} make
    {a} + {b}
    {a}+{b}
    {a} + {b} =
    {a}+{b}=
    {a} plus {b}
    {a} and {b} make
    {a} + {b} is
    {a} plus {b} equals
    add {a} and {b}
    add {a} to {b}
    add {a} + {b}
    add the numbers {a} and {b}
    add these numbers: {a} and {b}
    add these: {a}, {b}
    add up {a} and {b}
    add {b} to the number {a}
    sum {a} and {b}
    sum up {a} and {b}
    sum: {a} + {b}
    the sum of {a} and {b}
    give me the sum of {a} and {b}
    give me {a} + {b}
    calculate {a} + {b}
    calculate {a} plus {b}
    calculate the sum of {a} and {b}
    compute {a} + {b}
    compute the sum of {a} and {b}
    compute {a} plus {b}
    solve {a} + {b}
    work out {a} + {b}
    tell me {a} + {b}
    tell me what {a} plus {b} is
    do you know what {a} + {b} is
    I have {a} apples and get {b} more, how many are there
    I want to add {a} and {b}
    I need the sum of {a} and {b}
    can you add {a} and {b}
    can you calculate {a} + {b}
    """,
)


def add(rng: Random, split: Split) -> Exchange:
    first, second = _number(rng), _number(rng)
    return answered(_SUMS.say(rng, split, {"a": first, "b": second}), worked(first, second))


def worked(first: int, second: int) -> str:
    """The sum with its steps: what a tiny model can do is one digit at a time."""
    if first < 10 and second < 10:
        return f"{first} + {second} = {first + second}."
    steps, carry = [], 0
    upper, lower = str(first)[::-1], str(second)[::-1]
    for i in range(max(len(upper), len(lower))):
        digits = [number[i] for number in (upper, lower) if i < len(number)] + (["1"] if carry else [])
        total = sum(map(int, digits))
        steps.append(f"{'+'.join(digits)}={total}")
        carry = total // 10
    return f"{', '.join(steps)}: {first} + {second} = {first + second}."


def _number(rng: Random) -> int:
    return rng.randint(0, 10 ** rng.choice([1, 2, 2, 3, 3]) - 1)
