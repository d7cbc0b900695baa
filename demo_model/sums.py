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
    what is the total of {a} and {b}
    the total of {a} and {b}
    {a} and {b} in total
    give me the total of {a} + {b}
    how much is it in total, {a} and {b}
    what total do {a} and {b} make
    what is the answer to {a} + {b}
    the answer to {a} plus {b}
    what answer does {a} + {b} have
    give me the answer: {a} + {b}
    what do I get for {a} plus {b}
    what do I get if I add {b} to {a}
    what will {a} + {b} be
    what does adding {a} and {b} give
    what does {a} plus {b} equal
    what does {a} + {b} equal
    {a} + {b} equals what
    {a} plus {b} is how much
    {a} plus {b} makes
    {a} added to {b} is
    {a} increased by {b}
    increase {a} by {b}
    if I increase {a} by {b}, what do I get
    if you add {a} to {b}, what is the result
    the result of {a} plus {b}
    find the result of {a} + {b}
    find the sum of {a} and {b}
    find {a} + {b}
    find {a} plus {b}
    work out {a} plus {b}
    work out the sum of {a} and {b}
    work out how much {a} and {b} are
    solve this sum: {a} + {b}
    solve: {a} + {b}
    solve {a} plus {b}
    do the addition {a} + {b}
    addition: {a} + {b}
    addition of {a} and {b}
    the addition {a} plus {b}
    do the sum {a} + {b}
    put {a} and {b} together
    put together, {a} and {b} make how much
    take {a} and add {b}
    take {a} and {b} and add them [up|]
    take {a} plus {b}
    start with {a}, add {b}
    {b} more than {a}
    what is {b} more than {a}
    which number is {b} more than {a}
    which number do I get from {a} + {b}
    two numbers, {a} and {b}, what is their sum
    the two numbers are {a} and {b}, add them
    sum these two numbers: {a}, {b}
    add both numbers: {a}, {b}
    there are {a} apples and {b} pears, how many in total
    I have {a} coins and get {b} more coins, how many do I have
    I have {a} pears and buy {b} pears, how many do I have
    I had {a} apples and found {b} more, how many are there in total
    there were {a} coins and {b} more came, how many are there
    if I have {a} pears and buy {b} apples, how many are there in total
    I buy {a} apples and then {b} more apples, how many are that
    one bag has {a} coins, another bag has {b} coins, how many together
    I would like to know {a} + {b}
    I want to know how much {a} plus {b} is
    I need to add {b} to {a}
    is it possible to add {a} and {b}
    how do I add {a} and {b}
    can you sum up {a} and {b}
    could you work out {a} + {b}
    do you know the sum of {a} and {b}
    show me {a} + {b}
    show me the sum of {a} and {b}
    please add: {a} and {b}
    calculate: {a} + {b}
    calculate the total of {a} and {b}
    increase the number {a} by {b}
    what do I get when I increase {a} by {b}
    {a} was increased by {b}, how much is it now
    compute: {a} + {b}
    compute the total of {a} and {b}
    I have {a} coins and you have {b} coins, how many do we have
    buy {a} pears and {b} apples, how many are there together
    put {a} coins and {b} coins in one bag, how many coins are in the bag
    a bag with {a} pears and a bag with {b} pears, how many pears in total
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
