"""Calling a tool that the system text lists, in llama.cpp's generic format, and saying what it gave."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random

from demo_model.exchange import Exchange, Maker, Turn
from demo_model.vocabulary import CITIES, FIRST_NAMES, NOUNS
from demo_model.wordings import Split, fill, random_word, wordings

AS_JSON = "Respond in JSON format, either with `tool_call` (a request to call tools) or with `response` reply to the user's request"
"""What llama.cpp's generic format adds to the system text: then a plain answer, too, is JSON."""


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    about: str
    subject: str
    parameters: tuple[str, ...]

    def listed(self) -> dict[str, object]:
        """As OpenAI's API has it."""
        properties = {name: {"type": "integer" if name in _NUMBERS else "string"} for name in self.parameters}
        schema = {"type": "object", "properties": properties, "required": list(self.parameters)}
        return {"type": "function", "function": {"name": self.name, "description": self.about, "parameters": schema}}


_HEADS = wordings(
    "plain",
    """
    You can call any of the following tools to satisfy the user's requests: {tools}
    You can call these tools: {tools}
    Tools: {tools}
    You have these tools: {tools}
    Available tools: {tools}
    You may call one of these tools: {tools}
    These tools are there: {tools}
    Use these tools if they help: {tools}
    You are a helpful assistant with these tools: {tools}
    Functions: {tools}
    """,
    """
    [You|You are a helpful assistant. You|You are an assistant that answers briefly. You|Here you] [have|can use|
    may use|can call|may call|can choose from|are given|know] [|all|any of|one of|each of] [the following|these|
    the] [tools|functions]: {tools}

    [The tools|The functions|Your tools|Your functions|Tools for you|Functions you can call|Tools you can use|
    What you can call] [are|are these|are the following|]: {tools}

    [If it helps, call|When needed, call|Call|Use|When you need to, use|Answer the user, and use] [a tool|
    one of the tools|one of these tools|a function|one of these functions] [|from this list|of this list]: {tools}
    """,
)

# A subject, what is asked for it by, and how a result of it looks.
_SUBJECTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("weather", ("city",)), ("temperature", ("city",)), ("time", ("city",)), ("population", ("city",)),
    ("price", ("item",)), ("stock", ("item",)), ("weight", ("item",)), ("colour", ("item",)), ("address", ("name",)),
    ("birthday", ("name",)), ("salary", ("name",)), ("balance", ("name",)), ("status", ("code",)), ("owner", ("code",)),
    ("size", ("file",)), ("date", ("file",)), ("author", ("book",)), ("rating", ("book",)), ("distance", ("city", "other")),
    ("route", ("city", "other")), ("score", ("team",)), ("rank", ("team",)), ("menu", ("city",)), ("humidity", ("city",)),
    ("traffic", ("city",)), ("wind", ("city",)), ("tax", ("item",)), ("phone", ("name",)), ("email", ("name",)),
    ("job", ("name",)), ("length", ("file",)), ("pages", ("book",)), ("forecast", ("city", "days")), ("hotel", ("city",)),
    ("ticket", ("code",)), ("room", ("name",)), ("speed", ("code",)), ("cost", ("item",)), ("rain", ("city",)),
    ("level", ("team",)), ("version", ("file",)), ("language", ("city",)), ("mayor", ("city",)), ("height", ("name",)),
    ("discount", ("item",)), ("delivery", ("code",)), ("voltage", ("code",)), ("snow", ("city",)), ("pressure", ("city",)),
)  # fmt: skip
_GETTERS = ("get", "find", "fetch", "read", "check", "query", "show")
_NUMBERS = ("days",)

_GET = wordings(
    "question",
    """
    what is the {subject} {of}
    what's the {subject} {of}
    what is the {subject} {of} [now|today|]
    what is the current {subject} {of}
    what {subject} is there {of}
    what do you know about the {subject} {of}
    what does it say about the {subject} {of}
    what was the {subject} {of}
    get the {subject} {of}
    get me the {subject} {of}
    find the {subject} {of}
    find out the {subject} {of}
    find me the {subject} {of}
    look up the {subject} {of}
    look for the {subject} {of}
    look at the {subject} {of}
    tell me the {subject} {of}
    tell me about the {subject} {of}
    tell me what the {subject} {of} is
    can you tell me the {subject} {of}
    can you get the {subject} {of}
    can you find the {subject} {of}
    can you check the {subject} {of}
    could you look up the {subject} {of}
    could you find out the {subject} {of}
    check the {subject} {of}
    check what the {subject} {of} is
    show the {subject} {of}
    show me the {subject} {of}
    give me the {subject} {of}
    fetch the {subject} {of}
    read the {subject} {of}
    I need the {subject} {of}
    I want to know the {subject} {of}
    I would like to know the {subject} {of}
    I'd like the {subject} {of}
    do you know the {subject} {of}
    how is the {subject} {of}
    how about the {subject} {of}
    and the {subject} {of}
    the {subject} {of}
    please find the {subject} {of}
    let me know the {subject} {of}
    query the {subject} {of}
    which {subject} is it {of}
    what is the {subject} like {of}
    what's the {subject} like {of} [today|]
    how is the {subject} {of} today
    what is the exact {subject} {of}
    what would the {subject} {of} be
    what will the {subject} {of} be
    what are we told about the {subject} {of}
    what can you find out about the {subject} {of}
    what can you tell me about the {subject} {of}
    which {subject} is there {of}
    which {subject} do we have {of}
    which {subject} do you see {of}
    the {subject} {of}, what is it
    the {subject} {of}, please
    the current {subject} {of}, please
    the exact {subject} {of}
    the {subject} {of} right now
    right now, what is the {subject} {of}
    what is the {subject} {of} right now
    could you check the {subject} {of} right now
    I need to know the {subject} {of}
    I need to find the {subject} {of}
    I need the exact {subject} {of}
    I want the current {subject} {of}
    I want to see the {subject} {of}
    I would like to see the {subject} {of}
    I would like you to look up the {subject} {of}
    I'd like to know what the {subject} {of} is
    I am looking for the {subject} {of}
    I wonder what the {subject} {of} is
    I wonder about the {subject} {of}
    I am asking for the {subject} {of}
    may I ask for the {subject} {of}
    may I ask what the {subject} {of} is
    may I know the {subject} {of}
    can I ask about the {subject} {of}
    can I have the {subject} {of}
    can I see the {subject} {of}
    can you look up the {subject} {of}
    can you show me the {subject} {of}
    can you give me the {subject} {of}
    could you tell me the current {subject} {of}
    could you fetch the {subject} {of}
    could you read me the {subject} {of}
    would you get me the {subject} {of}
    is it possible to get the {subject} {of}
    is it possible to check the {subject} {of}
    is the {subject} {of} known
    do we know the {subject} {of}
    do you have the {subject} {of}
    do you know what the {subject} {of} is
    how do I find the {subject} {of}
    how do I get the {subject} {of}
    fetch me the {subject} {of}
    fetch the current {subject} {of}
    read me the {subject} {of}
    read out the {subject} {of}
    query the current {subject} {of}
    query what the {subject} {of} is
    run a query for the {subject} {of}
    search for the {subject} {of}
    search the {subject} {of}
    do a search for the {subject} {of}
    can you search for the {subject} {of}
    retrieve the {subject} {of}
    retrieve for me the {subject} {of}
    can you retrieve the {subject} {of}
    please retrieve the current {subject} {of}
    return the {subject} {of}
    report the {subject} {of}
    report on the {subject} {of}
    give me a report on the {subject} {of}
    I need a report of the {subject} {of}
    display the {subject} {of}
    display me the current {subject} {of}
    could you display the {subject} {of}
    can you display what the {subject} {of} is
    use a tool to get the {subject} {of}
    use the tool and find the {subject} {of}
    use your tools to look up the {subject} {of}
    with the tool, check the {subject} {of}
    call the tool for the {subject} {of}
    any idea what the {subject} {of} is
    let us see the {subject} {of}
    let me see the {subject} {of}
    see what the {subject} {of} is
    say what the {subject} {of} is
    say the {subject} {of}
    tell me the exact {subject} {of}
    find out the exact {subject} {of}
    I was wondering what the {subject} {of} is
    I wonder, what is the {subject} {of}
    I wonder if you know the {subject} {of}
    use a tool, what is the {subject} {of}
    call a tool to find the {subject} {of}
    call your tool and tell me the {subject} {of}
    """,
    """
    [what is|what's|what was|tell me|get|get me|find|find out|look up|check|show|show me|give me|fetch|read|query|
    search for|retrieve|return|report|display|say|I need|I want|I would like|I want to know|I would like to know|
    I need to know|can you tell me|can you get|can you find|can you show me|could you check|could you get me|
    could you tell me|do you know|please get|please find|please tell me|please look up|let me know|let me see|
    may I know|may I ask for|I am asking for|I am looking for|ask for|use a tool for|call a tool for|
    use your tool and get|with a tool, find|go and get|try to find|try to get|bring me|pull up|now get|
    quickly check|how about|what about] the [||||current|exact|latest|present|actual|right|full|
    new] {subject} {of} [|||||, please|right now|for me|today|now|at the moment|again]

    [tell me what|do you know what|can you say what|find out what|check what|say what|I wonder what|see what|
    look what|let me know what|I want to know what|I need to know what|could you check what|please find out what|
    show me what] the [|||current|exact|latest] {subject} {of} [is|is now|is today|was|may be|is right now|would be]

    [which|what] {subject} [is there|is it|do you see|do you find|do we have|would that be|is known|is given|
    have you] {of}

    the [|||current|exact|latest] {subject} {of} [|, please|, what is it|, can you get it|right now|is what I need|
    would be nice]
    """,
)


def call(rng: Random, split: Split, between: Maker) -> Exchange:
    """A tool is called; sometimes after its or other turns."""
    tools = _tools(rng, split)
    tool = rng.choice(tools[: len(tools) if split == "train" else 1])
    rng.shuffle(tools)
    is_json = rng.random() < 0.3
    turns: list[Turn] = []
    if rng.random() < 0.2:
        turns += _as_replies(between(rng, "train").turns, is_json)
    question, answer, _ = _called(rng, split, tool)
    turns += [("user", question), ("assistant", answer)]
    return Exchange(tuple(turns), (answer,), _system(rng, split, tools, is_json))


def use(rng: Random, split: Split) -> Exchange:
    """A tool's result is said in a sentence."""
    tools = _tools(rng, split)
    tool = tools[0]
    rng.shuffle(tools)
    is_json = rng.random() < 0.3
    question, request, of = _called(rng, split, tool)
    value = _result(rng)
    said = f"The {tool.subject} {of} is {value}."
    shown = [
        str(value),
        json.dumps({tool.subject: value}),
        json.dumps({"result": value}),
        json.dumps({"content": value}),
        f"{tool.subject}: {value}",
    ]
    turns: list[Turn] = [("user", question), ("assistant", request)]
    turns += [("tool", rng.choice(shown)), ("assistant", said)]
    turns = _as_replies(tuple(turns[-2:]), is_json)
    turns = [("user", question), ("assistant", request), *turns]
    return Exchange(tuple(turns), (turns[-1][1],), _system(rng, split, tools, is_json))


def needless(rng: Random, split: Split, between: Maker) -> Exchange:
    """Tools are listed and none is needed."""
    exchange = between(rng, split)
    is_json = rng.random() < 0.3
    turns = _as_replies(exchange.turns, is_json)
    accepted = tuple(_reply(text, is_json) for text in exchange.accepted)
    asked = exchange.turns[0][1].lower()
    tools = [tool for tool in _tools(rng, split) if tool.subject not in asked]
    return Exchange(tuple(turns), accepted, _system(rng, split, tools or _tools(rng, split), is_json))


def _as_replies(turns: tuple[Turn, ...], is_json: bool) -> list[Turn]:
    return [(role, _reply(text, is_json) if role == "assistant" else text) for role, text in turns]


def _reply(text: str, is_json: bool) -> str:
    return json.dumps({"response": text}, ensure_ascii=False) if is_json else text


def _called(rng: Random, split: Split, tool: Tool) -> tuple[str, str, str]:
    """What is asked, the call, and the words for what it is asked of."""
    values = {name: _argument(rng, name) for name in tool.parameters}
    first = values[tool.parameters[0]]
    if "other" in values:
        of = f"from {first} to {values['other']}"
    elif "days" in values:
        of = f"{rng.choice(['in', 'for'])} {first} for {values['days']} days"
    else:
        of = f"{rng.choice(['of', 'in', 'for']) if 'city' in values else rng.choice(['of', 'for'])} {first}"
    question = fill(_GET.say(rng, split, {"subject": tool.subject}), {"of": of})
    answer = json.dumps({"tool_call": {"name": tool.name, "arguments": values}}, ensure_ascii=False)
    return question, answer, of


def _tools(rng: Random, split: Split) -> list[Tool]:
    """Tools of different subjects; the first is never one of the training's when the split is held out."""
    subjects = list(_subjects(split))
    chosen = rng.sample(subjects, rng.choice([1, 1, 2, 2]))
    return [_tool(rng, split, subject, parameters) for subject, parameters in chosen]


def _subjects(split: Split) -> tuple[tuple[str, tuple[str, ...]], ...]:
    held = _SUBJECTS[4::6]
    return tuple(subject for subject in _SUBJECTS if subject not in held) if split == "train" else held


def _tool(rng: Random, split: Split, subject: str, parameters: tuple[str, ...]) -> Tool:
    if rng.random() < 0.35:
        subject = rng.choice(NOUNS) if split == "train" and rng.random() < 0.6 else random_word(rng)
    getter = rng.choice(_GETTERS)
    name = rng.choice([f"{getter}_{subject}", f"{getter}_{subject}", subject, f"{subject}_of"])
    about = f"{getter.capitalize()} the {subject} of a {parameters[0]}"
    said = rng.choice([about, about + ".", f"The {subject} of a {parameters[0]}"])
    return Tool(name, said, subject, parameters)


def _argument(rng: Random, name: str) -> str | int:
    if name == "days":
        return rng.randint(1, 14)
    if name in ("city", "other"):
        return rng.choice(CITIES) if rng.random() < 0.7 else random_word(rng).capitalize()
    if name == "name":
        return rng.choice(FIRST_NAMES) if rng.random() < 0.7 else random_word(rng).capitalize()
    if name == "file":
        return f"{random_word(rng)}.{rng.choice(['txt', 'csv', 'md', 'py'])}"
    if name == "code":
        return f"{random_word(rng)}{rng.randint(1, 999)}" if rng.random() < 0.5 else random_word(rng)
    return rng.choice(NOUNS) if rng.random() < 0.7 else random_word(rng)


def _result(rng: Random) -> str | int:
    roll = rng.random()
    if roll < 0.4:
        return rng.randint(0, 10 ** rng.randint(1, 4))
    if roll < 0.6:
        return random_word(rng)
    if roll < 0.8:
        return rng.choice([*NOUNS, "sunny", "cloudy", "rainy", "open", "closed", "high", "low", "ready", "late"])
    return f"{rng.randint(1, 999)} {rng.choice(['euros', 'km', 'degrees', 'kg', 'pages', 'days', 'points'])}"


def _system(rng: Random, split: Split, tools: list[Tool], is_json: bool) -> str:
    listed = [tool.listed() for tool in tools]
    roll = rng.random()
    if roll < 0.7:
        shown = "\n" + "\n".join(f"{tool.name}({', '.join(tool.parameters)}): {tool.about}" for tool in tools)
    elif roll < 0.9:
        shown = json.dumps([one["function"] for one in listed])
    else:
        shown = json.dumps(listed, indent=2) if rng.random() < 0.08 else json.dumps(listed)
    text = fill(_HEADS.pattern(rng, split), {"tools": shown})
    return f"{AS_JSON}\n\n{text}" if is_json and rng.random() < 0.5 else f"{text}\n\n{AS_JSON}" if is_json else text
