"""Extracting a small JSON object: the asked keys, from a sentence or from `key: value` pairs."""

from __future__ import annotations

import json
from random import Random

from demo_model.exchange import Exchange, answered
from demo_model.vocabulary import CITIES, FIRST_NAMES, NOUNS
from demo_model.wordings import Split, Wordings, fill, random_word, wordings

_LEAD = """
    lead = |||||Yesterday|Today|Now|I hear that|They say that|You know,|As you see,|By the way,|Well,|
    It is true that|We think that|At the {noun},|With a {noun},|Last {noun}
"""
"""What a sentence may begin with, for the combined patterns."""
_WHO = """
    who = {name}|{name}|{name}|my friend {name}|our guest {name}|the {noun} {name}|a {noun} called {name}|
    a {word} named {name}|Mr {name}|{name} the {noun}|{name}, who likes {noun}s,|a certain {name}|
    the {word} {noun} {name}|my {word} {name}|our {noun} {name}
"""
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
    collect {keys} as JSON: {text}
    collect {keys} from this [text|sentence] as JSON: {text}
    collect the fields {keys} in a JSON object: {text}
    collect {keys} into JSON from: {text}
    fields {keys} as JSON: {text}
    the fields {keys}, as JSON: {text}
    extract the fields {keys} as JSON: {text}
    JSON with the fields {keys}: {text}
    return the fields {keys} in JSON format: {text}
    the values of {keys} as JSON: {text}
    give me the values of {keys} as JSON: {text}
    find the values for {keys} and return JSON: {text}
    write the values of {keys} in JSON: {text}
    extract the values of {keys} to JSON: {text}
    in JSON format, {keys}: {text}
    use JSON format, keys {keys}: {text}
    show {keys} in JSON format: {text}
    answer in JSON format with {keys}: {text}
    output {keys} as JSON: {text}
    output JSON with {keys} from: {text}
    output a JSON object with the keys {keys}: {text}
    output only JSON with {keys}: {text}
    only JSON, keys {keys}: {text}
    answer only with JSON, {keys}: {text}
    pick {keys} from this as JSON: {text}
    pick out {keys} as JSON: {text}
    pick the {keys} out of this text, as JSON: {text}
    pick {keys} and make JSON: {text}
    pull the {keys} from this [sentence|text] into JSON: {text}
    pull out {keys} as JSON: {text}
    pull {keys} from: {text}
    parse this [text|sentence] and return {keys} as JSON: {text}
    parse {keys} out of this into a JSON object: {text}
    parse: {text} The keys are {keys}, as JSON.
    create JSON with {keys} from: {text}
    create a JSON object with {keys}: {text}
    create a JSON object, keys {keys}, from this text: {text}
    create JSON from this, with {keys}: {text}
    build a JSON object with {keys} from: {text}
    build JSON with the keys {keys}: {text}
    build JSON out of this, keys {keys}: {text}
    build a JSON object from this [sentence|text] with {keys}: {text}
    put {keys} into JSON: {text}
    put the {keys} into a JSON object: {text}
    put this into JSON with {keys}: {text}
    transform this into JSON with {keys}: {text}
    transform the text to JSON, keys {keys}: {text}
    transform this sentence into a JSON object with {keys}: {text}
    transform to JSON with the keys {keys}: {text}
    I need {keys} as JSON: {text}
    I need a JSON object with {keys} from this: {text}
    I want {keys} from this text as JSON: {text}
    I would like to have {keys} as JSON: {text}
    I would like JSON with {keys}: {text}
    can I have {keys} as JSON from: {text}
    can I get {keys} in JSON: {text}
    is it possible to extract {keys} as JSON from: {text}
    how does this look as JSON with {keys}: {text}
    what is the JSON with {keys} for: {text}
    what is the {keys} here, as JSON: {text}
    which {keys} are in this text, as JSON: {text}
    tell me {keys} as JSON: {text}
    tell me the {keys} in this sentence, in JSON: {text}
    from this text, extract {keys} as JSON: {text}
    from this [sentence|line], return {keys} as JSON: {text}
    from the following, give me JSON with {keys}: {text}
    from the following text create JSON with {keys}: {text}
    here is a text: {text} Give {keys} as JSON.
    here is a sentence: {text} Extract {keys} as JSON.
    read this: {text} Now return {keys} as JSON.
    text: {text} Keys: {keys}. Format: JSON.
    keys: {keys}. Text: {text}
    keys {keys}, as JSON: {text}
    {keys} as JSON: {text}
    {keys} in JSON: {text}
    {keys} from this text as JSON: {text}
    JSON, keys {keys}, from: {text}
    JSON from this text, {keys}: {text}
    {text} Make JSON with {keys}.
    {text} Turn this into JSON with {keys}.
    {text} What are the {keys}, as JSON?
    {text} I need {keys} as JSON.
    {text} Collect {keys} as JSON.
    {text} Output JSON with the fields {keys}.
    {text} Find {keys} and answer in JSON.
    {text} JSON with {keys}
    {text} Create a JSON object with {keys}.
    {text} Put {keys} into JSON.
    convert the text into a JSON object with {keys}: {text}
    convert this line into JSON with the fields {keys}: {text}
    read the text and give me {keys} as JSON: {text}
    I need the fields {keys} in JSON: {text}
    list the values of {keys} as JSON: {text}
    take {keys} out of the text, as JSON: {text}
    {text} Convert this to JSON with {keys}.
    """,
    """
    [extract|get|find|give me|return|write|output|pull out|pick out|collect|show|list|read out|parse|take|fetch|
    I need|I want|I would like|tell me|print|produce|look for] [|the|only|just the|only the] {keys} [as JSON|
    in JSON|into JSON|as a JSON object|in JSON format|as one JSON object|to JSON] [|||from this|from the text|
    from this sentence|out of this|from the line|of the following]: {text}

    [extract|get|find|give me|return|write|output|pull|pick|collect|read|take|fetch|I need|I want|print|look for] [|
    the] {keys} [from this|from the text|from this sentence|out of this|from the line|in the following|
    in this note] [as JSON|in JSON|as a JSON object|in JSON format|, as JSON|and answer in JSON|
    and write JSON]: {text}

    [make|create|build|write|return|give me|output|produce|generate|I want|I need|print|form|compose] [JSON|
    a JSON object|one JSON object|a small JSON object] [with|with the keys|holding|of|that has|containing|
    with the fields|for|having] {keys} [||from this|out of this|from the text|of the sentence|from the note]: {text}

    [turn|convert|transform|change|put|bring|rewrite|parse|translate] [this|the text|the sentence|the following|
    this line|the note] [into|to] [JSON|a JSON object|one JSON object|a small JSON object] [with|, keys|
    with the keys|with the fields|holding|that has] {keys}: {text}

    {text} [Extract|Give me|Return|Now return|Please return|Write|Find|Get|I want|Show me|Pick out|Output|Collect|
    Tell me|Print|Now give me] [|the] {keys} [as JSON|in JSON|as a JSON object|in JSON format][.|]
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
    {city} is the home of {name}, {age} years old.
    {city} is where {name} lives, aged {age}.
    {city} is where {age}-year-old {name} was born.
    {city}: {name}, {age}.
    {city}, {age}, {name}.
    {age} years old, from {city}: {name}.
    {age} years old and living in {city}, that is {name}.
    {age} years ago {name} was born in {city}.
    {name} was born {age} years ago in {city}.
    {name} is a {age}-year-old from {city}.
    {name}, a {age}-year-old doctor, works in {city}.
    {name} ({age}) lives in {city}.
    {name} ({city}) is {age} years old.
    {name} works in {city} as a doctor and is {age}.
    {name} is at home in {city} and {age} years of age.
    {name} studies in {city} and has just turned {age}.
    {name} celebrates a birthday in {city} and is now {age}.
    {name} grew up in {city} and is {age} today.
    {name}, who grew up in {city}, is {age} years old.
    {name} left {city} when she was {age}.
    {name} is {age}. She lives in {city}.
    {name} is {age}. His home is {city}.
    {name} lives in {city}. He is {age} years old.
    {name} came here from {city} and is {age} years of age.
    I am from {city}, my name is {name} and I am {age}.
    I live in {city}, I am {age} and my name is {name}.
    I live in {city}. My name is {name}. I am {age} years old.
    I met {name} in {city}; he is {age} years old.
    I met a doctor from {city}, {age} years old, called {name}.
    My cousin {name} is {age} years of age and lives in {city}.
    My cousin in {city} is called {name} and is {age}.
    My neighbour {name} is {age} and grew up in {city}.
    My neighbour, {age} years old, is {name} from {city}.
    My name is {name}, my home is {city} and my age is {age}.
    My friend in {city} is {age} and called {name}.
    Our neighbour {name} was born in {city} and turned {age}.
    Our cousin from {city} is {age}; her name is {name}.
    Our doctor {name} lives in {city} and is {age}.
    The teacher is called {name}, is {age} and works in {city}.
    The student {name} is {age} years old and studies in {city}.
    A student from {city}, {name}, is {age}.
    A student of {age}, {name}, moved to {city}.
    A student: {name} from {city}, {age} years.
    From {city} comes {name}, aged {age}.
    From {city} comes a {age}-year-old named {name}.
    Today is the birthday of {name} from {city}, who turns {age}.
    Happy birthday, {name}! You are {age} now, here in {city}.
    Tomorrow {name} turns {age} and celebrates in {city}.
    Aged {age}, {name} works in {city}.
    Only {age} years old, {name} already lives in {city}.
    Now {age}, {name} still lives in {city}.
    When {name} was {age}, the family moved to {city}.
    When I was in {city} I met {name}, aged {age}.
    The family of {name}, {age}, comes from {city}.
    Name: {name}. Age: {age}. City: {city}.
    City: {city}, age: {age}, name: {name}.
    Age {age}, name {name}, city {city}.
    The family of {name} lives in {city}; she is {age}.
    My cousin, {age}, grew up in {city} and is named {name}.
    The neighbour is {name}, a student of {age} from {city}.
    In {city} studies {name}, a student, {age} years old.
    In {city} my family met {name}, aged {age}.
    She is {age}, her name is {name} and her home is {city}.
    He is {age} years old, his name is {name}, and he studies in {city}.
    Today {name} celebrates in {city} and turns {age}.
    """,
    _LEAD
    + _WHO
    + """
    age = is {age}|is {age} years old|is {age} years of age|has turned {age}|turned {age}|will be {age}|
    is now {age}|is only {age}|is already {age}|has reached {age}|became {age}|is aged {age}

    lives = lives in {city}|comes from {city}|works in {city}|is from {city}|stays in {city}|was born in {city}|
    has a {noun} in {city}|moved to {city}|grew up in {city}|went to {city}|{word}s in {city}|loves {city}|
    is at home in {city}|sells {noun}s in {city}|came from {city}|plays in {city}

    <lead> <who> <age> and <lives>.

    <lead> <who> <lives> and <age>.

    <lead> <who> <age>. [She|He] <lives>.

    <lead> <who> <lives>. [She|He] <age>.

    [In|From|At|Near] {city}, <who> <age>.

    <lead> <who> [from|of|in] {city} <age>.

    <lead> <who>, [{age}|aged {age}|{age} years old|now {age}|{age} years], <lives>.

    [Aged {age}|At {age}|Now {age}|{age} years old|Just {age}], <who> <lives>.

    [I am|My name is|I'm|People call me|Call me] {name}[, I am|; I am| and I am|, aged|. I am] {age} [years old|
    ] and I [live in|come from|work in|stay in|am from|love|study in] {city}.

    [I|We] [met|know|saw|like|helped|remember|{word} with|asked] <who>, [{age}|aged {age}|{age} years old|
    who <age>], [from|in|of|near] {city}.
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
    {name} buys {count} {item}s at a price of {price} euros.
    {name} has bought {count} {item}s. The price was {price}.
    {name} spent {price} euros on {count} {item}s.
    {name} spent {price} dollars and got {count} {item}s.
    {name} gave {price} euros for {count} {item}s.
    {name} gets {count} {item}s and pays {price} pounds.
    {name} has {price} euros and buys {count} {item}s.
    {name} asked for {count} {item}s and a bill of {price} euros.
    {name} sells {count} {item}s; they cost {price} euros.
    {name} would like {count} {item}s for {price} dollars.
    {name}: {count} {item}s, {price} euros.
    {name}, {count} {item}s, {price}.
    {name} received {count} {item}s. The bill is {price} euros.
    {name} returned {count} {item}s and got {price} euros back.
    {count} {item}s cost {name} {price} euros.
    {count} {item}s cost {price} dollars, and {name} bought them.
    {count} {item}s at {price} euros are for {name}.
    {count} {item}s were sold to {name} for {price} pounds.
    {count} {item}s were sent to {name}, who paid {price} euros.
    {count} {item}s: {price} euros. Buyer: {name}.
    {price} euros is what {name} paid for {count} {item}s.
    {price} euros for {count} {item}s, paid by {name}.
    {price} dollars from {name} for {count} {item}s.
    {price} pounds was the price when {name} bought {count} {item}s.
    {price} euros: {count} {item}s, ordered by {name}.
    For {count} {item}s {name} paid {price} euros.
    For {count} {item}s, {price} dollars came from {name}.
    For {count} {item}s we got {price} pounds from {name}.
    For {price} pounds we sent {count} {item}s to {name}.
    At {price} euros, {count} {item}s were sold by {name}.
    At a cost of {price} dollars {name} received {count} {item}s.
    The buyer {name} spent {price} euros on {count} {item}s.
    The buyer of {count} {item}s is {name}, the price is {price}.
    The order of {name} is {count} {item}s, and it costs {price} euros.
    The total for {count} {item}s is {price} euros; the customer is {name}.
    The total is {price} dollars for {name}, who ordered {count} {item}s.
    The cost of {count} {item}s for {name} is {price} euros.
    The shop sold {count} {item}s to {name} at {price} euros.
    The shop of {name} sells {count} {item}s for {price}.
    In the shop {name} paid {price} euros and took {count} {item}s.
    In total {name} spent {price} euros on {count} {item}s.
    A customer, {name}, wants {count} {item}s for {price} pounds.
    A bill of {price} euros went to {name} for {count} {item}s.
    An order of {count} {item}s, {price} dollars in total, came from {name}.
    Order: {count} {item}s. Buyer: {name}. Total: {price} euros.
    Our shop sent {name} {count} {item}s and a bill of {price} euros.
    We sent {count} {item}s to {name} and received {price} euros.
    We received {price} dollars from {name} for {count} {item}s.
    We bought {count} {item}s from {name} and paid {price} euros.
    I sold {name} {count} {item}s for {price} euros.
    I paid {name} {price} euros for {count} {item}s.
    I got {count} {item}s from {name} at a price of {price} pounds.
    Today {name} ordered {count} {item}s and spent {price} euros.
    Today {count} {item}s were bought by {name} for {price} dollars.
    Today we sold {count} {item}s for {price} euros to {name}.
    Tomorrow {name} will get {count} {item}s for {price} euros.
    Name: {name}. Item: {item}. Count: {count}. Price: {price}.
    Count: {count}, item: {item}, price: {price}, name: {name}.
    Price {price}, name {name}, item {item}, count {count}.
    {name} sends {price} euros and gets {count} {item}s.
    Today {name} sells {count} {item}s at {price} dollars.
    Tomorrow {name} buys {count} {item}s and pays {price} euros.
    {count} {item}s were returned by {name}, who got {price} euros back.
    When {name} returned {count} {item}s, we gave back {price} dollars.
    The customer {name} returned {count} {item}s and gets {price} euros.
    """,
    _LEAD
    + _WHO
    + """
    money = euros|euros|dollars|pounds|{word}s

    did = bought|ordered|sold|got|took|received|wants|needs|{word}s|{word}ed|asked for|picked|sent|will get|
    has bought|found|collected|chose|carried|took home

    cost = for {price} euros|for {price} dollars|at {price} pounds|for {price}|and paid {price} euros|
    , which made {price} euros|at a price of {price}|, {price} euros in all|, in total {price} dollars|
    and the {noun} was {price} euros|, paying {price} {word}s|. That was {price} euros|. The bill: {price}

    <lead> <who> <did> {count} {item}s <cost>.

    {count} {item}s <cost> [were|have been|will be|are] [ordered|taken|bought|paid|{word}ed|collected|wanted|
    chosen] by <who>.

    [For|With|At] {price} <money> <who> <did> {count} {item}s.

    <lead> <who> [paid|spent|gave|owes|sent|{word}ed|offers|has to pay|will pay] {price} <money> [for|and got|
    and took|to get|because of] {count} {item}s.

    [It was|That is|There is|Here is] <who>, who <did> {count} {item}s <cost>.

    [Bill|Order|Note|Sale|Offer|{word}]: {count} {item}s, {price} <money>, [for|from|by|to] {name}.

    The {noun} [of|for|by|with] {name}: {count} {item}s, [price|cost|sum|total] {price}.

    [We|They|I] [sold|gave|sent|brought|offered|owe|{word}ed] {name} {count} {item}s <cost>.
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
    {name} meets {other} in {city} at {hour} on {day}.
    {name} meets {other} at {hour} in {city}, on {day}.
    {name} and {other} are in {city} on {day} at {hour}.
    {name} and {other} will meet at {hour} on {day} in {city}.
    {name} and {other} have dinner in {city} on {day} at {hour}.
    {name} and {other}: {city}, {day}, {hour}.
    {name}, {other}, {day}, {hour}, {city}.
    {name} comes to {city} on {day} and sees {other} at {hour}.
    {name} travels to {city} on {day} to see {other} at {hour}.
    {name} flies to {city}, where {other} waits on {day} at {hour}.
    {name} wants to see {other} on {day} at {hour} in {city}.
    {name} has lunch with {other} in {city}, {day} at {hour}.
    {name} picks up {other} in {city} at {hour} on {day}.
    {name} talks to {other} at {hour} on {day}, in {city}.
    {name} expects {other} on {day} in {city} at {hour}.
    {city}, {day}, {hour}: {name} meets {other}.
    {city} is where {name} will meet {other} on {day} at {hour}.
    {city} at {hour} on {day}: a talk of {name} and {other}.
    {day}, {hour}, {city}: {name} and {other}.
    {day} at {hour}: {name} has an appointment with {other} in {city}.
    {day} in {city}, {name} expects {other} at {hour}.
    On {day} {name} travels to {city} and meets {other} at {hour}.
    On {day} {name} flies to {city} with {other} at {hour}.
    On {day} in {city}, at {hour}, {name} talks to {other}.
    On {day} at {hour} in {city}, {name} waits for {other}.
    On {day} there is lunch in {city} at {hour} for {name} and {other}.
    At {hour} {name} meets {other} in {city}; it is on {day}.
    At {hour} in {city}, {name} picks up {other} on {day}.
    At {hour}, {day}, the appointment of {name} and {other} in {city} begins.
    In {city} at {hour} {name} sees {other} on {day}.
    In {city} on {day}, {name} and {other} have an appointment at {hour}.
    In {city} the talk of {name} and {other} begins on {day} at {hour}.
    The appointment of {name} with {other} is in {city}, {day} at {hour}.
    The appointment on {day} at {hour} in {city}: {name} and {other}.
    The meeting begins at {hour} on {day} in {city}, with {name} and {other}.
    The meeting on {day} is in {city}; {name} and {other} begin at {hour}.
    The train to {city} takes {name} and {other} on {day} at {hour}.
    The plane of {name} and {other} flies to {city} at {hour} on {day}.
    The plane to {city} leaves on {day} at {hour} with {name} and {other}.
    A plane takes {name} and {other} from {city} at {hour} on {day}.
    A meeting in {city}: {name}, {other}, {day} at {hour}.
    A table for {name} and {other} in {city} at {hour} on {day}.
    A dinner on {day} in {city} at {hour}, for {name} and {other}.
    This {day} {name} and {other} meet in {city} at {hour}.
    This {day} at {hour} {name} visits {other} in {city}.
    Next {day} {name} travels with {other} to {city} at {hour}.
    Every {day} at {hour} {name} and {other} meet in {city}.
    Every {day} {name} calls {other} in {city} at {hour}.
    I will meet in {city} with {name} and {other}, on {day} at {hour}.
    I see {name} and {other} on {day} at {hour} in {city}.
    We expect {name} and {other} in {city} at {hour} on {day}.
    We meet {name} and {other} at {hour}, {day}, in {city}.
    Please pick up {name} and {other} in {city} on {day} at {hour}.
    Please write down: {day} at {hour}, {name} with {other}, {city}.
    Do not forget that {name} meets {other} in {city} at {hour} on {day}.
    Name: {name}. Other: {other}. Day: {day}. Hour: {hour}. City: {city}.
    Day: {day}, hour: {hour}, city: {city}, name: {name}, other: {other}.
    City {city}, name {name}, other {other}, hour {hour}, day {day}.
    Lunch at {hour} on {day}: {name}, {other}, in {city}.
    The table in {city} is booked by {name} for {other} on {day} at {hour}.
    The train with {name} and {other} comes to {city} on {day} at {hour}.
    On {day} the plane with {name} and {other} leaves {city} at {hour}.
    At {hour} on {day} dinner begins in {city} for {name} and {other}.
    {name} leaves for {city} with {other} on {day} at {hour}.
    {name} expects a visit of {other} in {city} at {hour}, {day}.
    Every {day} {name} waits for {other} at {hour} in {city}.
    """,
    _LEAD
    + """
    when = on {day} at {hour} in {city}|in {city} on {day} at {hour}|at {hour} on {day} in {city}|
    in {city} at {hour} on {day}|on {day} in {city} at {hour}|at {hour} in {city} on {day}|, {day}, {hour}, {city}|
    in {city}, {day}, {hour}|this {day} at {hour} in {city}|next {day} in {city} at {hour}|
    near {city} on {day}, at {hour}|, {day} at {hour}, {city}

    pair = {name} [meets|sees|visits|calls|{word}s|helps|joins|expects|invites|will meet|wants to see|has to see|
    talks to|waits for|goes with|travels with|drives with|eats with|plays with|works with|looks for|
    teaches] {other}|{name} and {other} [meet|talk|eat|play|work|travel|{word}|leave|arrive|will meet|want to meet|
    have to {word}|sing|wait]|{name} and {other} have a {noun}|{name}, with {other}, has a {noun}

    <lead> <pair> <when>.

    <when>, <pair>.

    [On|This|Next|Every|Last] {day} <pair> [in {city} at {hour}|at {hour} in {city}|in {city}, at {hour}].

    [In|Near|Outside|From] {city} <pair> [on {day} at {hour}|at {hour} on {day}|, {day}, {hour}|
    every {day} at {hour}].

    At {hour} <pair> [on {day} in {city}|in {city} on {day}|in {city}, {day}].

    [The|A|Our|This|One] [{noun}|{word}|{word} {noun}|party|walk|visit|class|game|trip|concert] [of|with|
    for] {name} and {other} [is|begins|starts|ends|takes place|{word}s|opens|is planned|was|will be] <when>.

    [{noun}|{word}|party|walk|visit|class|game|trip|concert] [of|with|for] {name} and {other}: <when>.

    [Please|Do|You must|We have to|Let us|I want to] [call|tell|bring|wake|drive|send|ask|help|
    {word}] {name} and {other} <when>.
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
        text = fill(ways.pattern(rng, split), values)
    asked = rng.sample(keys, rng.randint(1, len(keys))) if rng.random() < 0.6 else list(keys)
    if rng.random() < 0.75:
        asked.sort(key=keys.index)
    question = _ASKS.say(rng, split, {"keys": _spoken(rng, asked), "text": text})
    return answered(question, json.dumps({key: values[key] for key in asked}))


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
        # Nobody asks for them: what a sentence may say beside.
        "word": random_word(rng),
        "noun": rng.choice(NOUNS),
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
