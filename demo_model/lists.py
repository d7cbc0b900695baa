"""Repeating, reversing and counting words that are given; counting numbers."""

from __future__ import annotations

from dataclasses import replace
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
    let me hear: {text}
    let me hear {quoted} again
    I want to hear [this|these words] again: {text}
    can I hear the words {quoted}
    return: {text}
    return this text unchanged: {text}
    return the message {quoted}
    return {quoted} verbatim
    send back: {text}
    send me this message back: {text}
    send back {quoted} unchanged
    send this line back to me: {text}
    display: {text}
    display {quoted}
    display the message {quoted}
    display this [text|line] exactly as it is: {text}
    repeat verbatim: {text}
    verbatim: {text}
    echo verbatim: {text}
    this message again: {text}
    quote {quoted}
    quote the [sentence|line|phrase] {quoted}
    quote this unchanged: {text}
    parrot {quoted}
    parrot my words: {text}
    respond only with: {text}
    respond with the phrase {quoted}
    take dictation: {text}
    a dictation for you: {text}
    this is a dictation, write: {text}
    read {quoted} aloud
    say aloud: {text}
    say {quoted} [aloud|out loud]
    your answer is [just|only|exactly] {quoted}
    your reply must be: {text}
    let your [answer|reply|response] be {quoted}
    I say it and you repeat it: {text}
    you say what I say: {text}
    {quoted}: copy that
    {quoted}, echo this
    {quoted}, print it
    is it possible to repeat {quoted}
    I would like you to say {quoted}
    the text to [repeat|copy|echo]: {text}
    what I want you to [say|repeat|write] is {quoted}
    say the following: {text}
    [type|print|copy] it exactly as I wrote it: {text}
    show me this text again: {text}
    output the [text|line|message] {quoted}
    output this unchanged: {text}
    type the [words|line|message] {quoted}
    type this exactly: {text}
    read this back to me: {text}
    read the line {quoted} [out|aloud]
    give me {quoted} back
    give me the same text again: {text}
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
    reverse them: {text}
    reverse all [of these|the|these] words: {text}
    reverse the sequence: {text}
    reverse the sequence of words in {quoted}
    the sequence backwards: {text}
    turn the sequence around: {text}
    rearrange these words from last to first: {text}
    rearrange {quoted} in reverse order
    rearrange the list, last word first: {text}
    rearrange [this|the words] backwards: {text}
    in the opposite order: {text}
    write [this|these words] in the opposite order: {text}
    say {quoted} in the opposite order
    the opposite order of: {text}
    back to front: {text}
    say the words back to front: {text}
    write {quoted} back to front
    put this list back to front: {text}
    swap the words of {quoted} around
    swap first and last, and so on: {text}
    swap the word order: {text}
    invert {quoted}
    invert these words: {text}
    show [these words|this list] reversed: {text}
    show {quoted} backwards
    show me the words in reverse order: {text}
    the list reversed: {text}
    I want these words reversed: {text}
    I would like to see {quoted} reversed
    can I have this backwards: {text}
    can I get the words in reverse: {text}
    is it possible to reverse {quoted}
    how is {quoted} read backwards
    how does {quoted} look [in reverse|backwards]
    start with the last word and end with the first: {text}
    start from the end: {text}
    begin with the last word: {text}
    go from the last word to the first: {text}
    from the end to the start: {text}
    end to start: {text}
    return {quoted} in reverse order
    return the reversed list: {text}
    return these words backwards: {text}
    flip {quoted}
    flip the words of {quoted} around
    {quoted} the other way round
    {quoted} in reverse order
    {quoted}, from last to first
    turn {quoted} around
    print {quoted} in reverse
    print the reversed words: {text}
    put {quoted} in reverse order
    read {quoted} from last to first
    read the words in reverse: {text}
    """,
    """
    backwards = backwards|in reverse|in reverse order|from last to first|the other way round|back to front|
    in the opposite order|with the last word first|from the end to the start|in backward order|last one first|
    end first

    [say|write|print|repeat|give me|list|show|show me|read|type|output|return|display|echo|tell me|let me hear|
    I want|I would like|put|spell out|send back] [the words|these words|this|them|this list|the list|the line|
    the sentence|the following|all of these|my words|it] <backwards>: {text}

    [reverse|flip|invert|turn around|swap around|turn over|mirror|undo the order of] [the words|these words|this|
    them|this list|the list|the line|the sentence|the order|the word order|the following|the order of the words|
    the sequence|this text|the order of this list|the whole list|my words|all words]: {text}

    [say|write|print|repeat|give me|list|show|show me|read|type|output|return|display|tell me|let me hear|I want|
    put] {quoted} <backwards>

    [reverse|flip|invert|turn around|swap around|turn over|mirror] [the words of|the order of|the words in|
    the sentence|the line|the text|the list|the words|] {quoted}

    {quoted} <backwards> [|, please|, say it|, write it|, that is what I want]

    <backwards>: {text}

    <backwards>, [the words|this list|all of them|please|say]: {text}

    [take|read|go through] [the words|this list|these] <backwards>: {text}
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
    word total: {text}
    what is the total number of words in {quoted}
    the total of words: {text}
    how many words in total: {text}
    give me the total word count of {quoted}
    how many words does {quoted} contain
    how many words does this contain: {text}
    this list contains how many words: {text}
    {quoted} contains how many words
    how many entries [does this list have|are there|are in the list]: {text}
    count the entries: {text}
    number of entries in this list: {text}
    the number of entries: {text}
    how many elements [are there|does the list have]: {text}
    number of elements: {text}
    what is the number of elements in this list: {text}
    number of items: {text}
    what is the number of items here: {text}
    count all [items|things|elements] in this list: {text}
    how many things did I list: {text}
    how many things do you count: {text}
    how many words did I type: {text}
    how many words do I have here: {text}
    how many words can you find in {quoted}
    how many words can you see: {text}
    how many words do you find here: {text}
    how many words are in the [following|next] [line|sentence|text|list]: {text}
    in {quoted}, how many words are there
    of how many words is {quoted} made
    length in words: {text}
    what is the length of {quoted} in words
    give me the length of this list: {text}
    the length of the list: {text}
    word length of the sentence {quoted}
    word count for this [line|text|sentence]: {text}
    the word count of {quoted}, please
    I need the word count: {text}
    I need to know how many words this has: {text}
    I would like to know how many words are in {quoted}
    I want to know the number of words: {text}
    can you tell me how many words {quoted} has
    could you count the words in {quoted}
    is it possible to count the words here: {text}
    please count: {text}
    count each word: {text}
    count them word by word: {text}
    count every word in {quoted}
    find the number of words in {quoted}
    show me the word count of: {text}
    words in {quoted}
    words, how many: {text}
    {quoted}: word count
    {quoted}, count the words
    {quoted} is how many words long
    find out how many words there are: {text}
    """,
    """
    [how many|tell me how many|can you say how many|I want to know how many|do you know how many|
    please say how many|find out how many|say how many|show me how many|count how many|let me know how many] [words|
    items|elements|entries|things] [are in this|are in the list|are there|does this have|are here|
    does this list have|do you see|did I write|do you count|make up this|are there in total|are written here|
    can you find here|are in the following|stand here|are given|did I give you]: {text}

    [how many|tell me how many|can you say how many|I want to know how many|count how many|say how many|
    find out how many] [words|items|elements] [are in|are there in|make up|do you see in|can you find in|stand in|
    do you count in] {quoted}

    [count|count up|add up|please count|can you count|let us count|number|give me the number of|
    what is the number of|tell me the number of|find the number of|the number of|say the number of|
    I need the number of|work out the number of] [|all|the|all the|these|my] [words|items|elements|entries] [|here|
    in this list|in this line|in this text|in the following|of this list|of the sentence|of this]: {text}

    [count the words|what is the number of words|tell me the number of words|give me the number of words|
    find the number of words|the number of words|say the number of words|the word count|the length in words] [in|
    of] [the line|the text|the list|the sentence|] {quoted}

    [word count|length in words|total number of words|number of items|number of words|size in words] [of|for|
    in] [this|the line|the list|the text|the following|this sentence]: {text}

    {quoted} [has|is made of|contains|is] how many words [|in total|, please|, count them]
    """,
)
_COUNT_WORDS = replace(_COUNT_WORDS, patterns=tuple(p for p in _COUNT_WORDS.patterns if "{" in p))

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
    count [every number|each number] from {a} to {b}
    count each number between {a} and {b}
    count with {a} as the first and {b} as the last number
    the first number is {a}, the last number is {b}, count
    count, the first is {a} and the last is {b}
    count from {a}, stop at {b}
    count from {a} and end at {b}
    count from {a} and do not stop before {b}
    count from {a} all the way [up|] to {b}
    count upwards, starting at {a}, until you reach {b}
    count from {a} until you reach {b}
    start from {a} and count until {b} is reached
    go up from {a} till you reach {b}
    go through the numbers {a} to {b}
    go up from {a} to {b}, one by one
    one by one from {a} to {b}
    say {a} to {b} one by one
    list the numbers one by one, from {a} to {b}
    list the integers from {a} to {b}
    all integers from {a} to {b}
    integers {a} through {b}
    show the integers between {a} and {b}
    count the integers from {a} up to {b}
    write the sequence from {a} to {b}
    give me the sequence {a} to {b}
    the sequence of numbers from {a} to {b}
    print the number sequence from {a} up to {b}
    the range {a} to {b}
    list the range from {a} to {b}
    print the range of numbers from {a} to {b}
    show me the range {a} through {b}
    recite {a} to {b}
    recite all numbers between {a} and {b}
    recite the numbers, starting at {a}, ending at {b}
    enumerate all numbers from {a} until {b}
    enumerate, starting at {a}, ending at {b}
    name every number from {a} up to {b}
    begin counting at {a} and end at {b}
    begin your count at {a} and stop at {b}
    start your count at {a}, end it at {b}
    display the numbers from {a} to {b}
    display {a} to {b}
    display all integers between {a} and {b}
    display every number from {a} through {b}
    I would like to hear the numbers from {a} to {b}
    let me hear you count from {a} to {b}
    let me see the numbers {a} to {b}
    let us count from {a} to {b}
    which numbers go from {a} to {b}
    how do you count from {a} to {b}
    is it possible to count from {a} to {b}
    do you know the numbers from {a} to {b}
    a count from {a} to {b}
    numbers {a} through {b}, in order
    say them in order, {a} to {b}
    count in order from {a} up to {b}
    beginning with {a} and ending with {b}, count
    count, beginning at {a} and ending at {b}
    the numbers beginning with {a}, ending with {b}
    count upwards from {a}, till {b}
    upwards from {a} till {b}
    the first number is {a}, count until you reach the last, {b}
    say each number, {a} the first and {b} the last
    list each number from {a} till you reach {b}
    """,
    """
    [count|list|say|write|print|show|display|recite|enumerate|give me|name|tell me|type|output|read out|write down|
    let me see|let me hear|I want to see|I would like|show me|go through|run through|produce|return] [the numbers|
    all numbers|all the numbers|numbers|every number|the integers|all integers|each number|the whole numbers|
    ] [from {a} to {b}|from {a} up to {b}|{a} to {b}|between {a} and {b}|from {a} until {b}|from {a} till {b}|
    {a} through {b}|from {a} through {b}|starting at {a} and ending at {b}|beginning with {a} and ending with {b}|
    beginning at {a}, ending at {b}|from {a} on, up to {b}|in the range {a} to {b}|from {a} and up to {b}] [||||
    in order|one by one|one after the other|aloud|slowly|for me]

    [count|start counting|begin counting|go on|count up|count upwards|go up|keep counting|start|begin] [from|at|
    with] {a} [to|up to|until|till|and stop at|and end at|and count to|until you reach|, ending at|all the way to|
    and do not stop before|and go on to|through to|and go up to] {b} [||||in order|one by one|slowly|for me]

    [from|starting at|starting with|starting from|beginning at|beginning with] {a} [to|up to|until|till|through|
    all the way to] {b} [, count|, count for me|, in order|, one by one|, all numbers|, please count|
    , list the numbers|, every number]
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
    count until you reach {b}
    count up till you reach {b}
    count until {b} is reached
    keep counting until you reach {b}
    keep counting, stop at {b}
    keep counting up to {b}
    count from the start to {b}
    count from one to {b}
    count from one [up|] till {b}
    start at one and count to {b}
    start with one and go up to {b}
    begin at one and count until {b}
    begin counting, end at {b}
    begin to count, up to {b}
    begin to count and stop at {b}
    one to {b}
    all numbers from one to {b}
    go up to {b}, one by one
    count one by one [up|] to {b}
    list the numbers one by one up to {b}
    count to {b} in order
    say the first {b} numbers in order
    the numbers to {b}, in order
    numbers in order up to {b}
    let me hear the numbers up to {b}
    let me hear you count to {b}
    I want to hear you count to {b}
    can I hear the first {b} numbers
    I want you to count up to {b}
    I would like to see the numbers up to {b}
    is it possible to count to {b}
    is it possible for you to count up to {b}
    how do you count to {b}
    how does one count to {b}
    what are the numbers up to {b}
    what are the first {b} numbers
    do you know the numbers up to {b}
    show me the first {b} numbers
    show all numbers up to {b}
    show the numbers to {b}
    display the numbers up to {b}
    display the first {b} numbers
    display all numbers to {b}
    display a count to {b}
    recite the numbers up to {b}
    recite the first {b} numbers
    recite all numbers to {b}
    recite, up to {b}
    enumerate the numbers up to {b}
    enumerate the first {b} numbers
    enumerate all numbers to {b}
    enumerate up to {b}
    name the first {b} numbers
    name all numbers up to {b}
    every number up to {b}
    list every number to {b}
    a count up to {b}
    up to {b}, count
    to {b}, count [for me|]
    keep on counting till {b}
    try to say the numbers up to {b}
    try and count upwards to {b}
    upwards to {b}, count
    count upwards until you reach {b}
    write every number up to {b}
    print every number to {b}
    """,
    """
    [count|start counting|begin counting|go on counting|keep counting|count up|count upwards|count for me|
    count aloud|just count|try to count|go and count] [to|up to|until|till|all the way to|as far as|until you reach|
    and stop at|and end at|, stop at|through to|and finish at] {b} [||||in order|one by one|slowly|for me]

    [list|say|write|print|show|display|recite|enumerate|give me|name|tell me|type|output|show me|let me see|
    let me hear|I want|I would like|return|count] [the|all the|all|every one of the|] numbers [up to|to|until|till|
    through to|as far as] {b} [||||in order|one by one|for me]

    [list|say|write|print|show|display|recite|enumerate|give me|name|tell me|type|output|show me|let me hear|
    what are|count|return] the first {b} [numbers|integers|whole numbers] [||||in order|one by one|for me]
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
    count downwards from {a}
    count downwards from {a} to {b}
    count downwards to {b} from {a}
    downwards from {a} to {b}
    the numbers from {a} down to {b}
    list the numbers from {a} down to {b}
    say the numbers backwards from {a}
    say the numbers from {a} to {b} backwards
    write the numbers backwards, from {a} to {b}
    numbers in reverse, from {a} to {b}
    list the numbers in reverse from {a}
    count in reverse from {a} to {b}
    start at {a} and count [down|backwards|back] to {b}
    start at {a} and count down
    go [down|back|backwards] from {a} to {b}
    count back to {b} from {a}
    give me a countdown from {a} to {b}
    start a countdown at {a}
    countdown from {a}
    countdown
    can I have a countdown from {a}
    how do you count backwards from {a}
    is it possible to count down from {a}
    I would like you to count backwards from {a}
    count from {big} down to {small}
    list the numbers from {big} to {small}
    count down from {far}
    count backwards from {far}
    count up to {far} by [twos|threes|fives|tens]
    count from {b} to {a} [by|in] [twos|threes|fives|tens]
    go up to {a} in [twos|threes|fives|tens]
    list the numbers to {a} in steps of [two|three|five|ten]
    count to {a} in steps of [two|three|five|ten]
    count in steps of [two|three|five|ten]
    say every second number up to {a}
    count every second number from {b} to {a}
    list every second number to {a}
    every second number from {b} to {a}
    skip every second number and count to {a}
    count to {a} and skip the odd numbers
    count to {a}, but skip the even numbers
    skip the even numbers, list the odd numbers to {a}
    list the odd numbers [up to|to] {a}
    say the even numbers from {b} to {a}
    write the odd numbers from {b} to {a}
    give me the even numbers to {a}
    the odd numbers to {a}
    the even numbers from {b} to {a}
    say all numbers up to {far}
    write all numbers from {a} to {far}
    numbers from {a} to {far}
    list the first {far} numbers
    give me the first {far} numbers
    start at {a} and count to {far}
    count until {far}
    show me the numbers up to {far}
    is it possible to count to {far}
    I would like you to count to {far}
    count until you reach {far}
    start counting and stop at {far}
    keep counting forever
    count on forever
    never stop counting
    count and never stop
    count up to infinity
    keep counting to infinity
    count from {a} to infinity
    count up to one [million|billion|thousand]
    list the numbers to one [million|thousand]
    count from one to a [million|billion|thousand]
    say all numbers up to a [million|thousand]
    never stop, count forever
    say numbers forever and never stop
    do not stop, keep counting forever
    list numbers forever
    count to a billion, one by one
    """,
    """
    [list|say|write|print|show|display|recite|enumerate|give me|name|show me|count] [the|all|all the|
    ] numbers [up to {far}|backwards from {a}|down from {a}|from {a} down to {b}|from {big} to {small}|
    in reverse from {a}|until {far}|from {a} to {far}|from {far} to {far2}]

    [count|start counting|count for me|just count|begin counting|keep counting|try to count] [down|backwards|
    in reverse|back|downwards] [from {a}|from {a} to {b}|from {big} to {small}|, starting at {a}]

    [count|start counting|keep counting|count for me|just count|try to count|count up|count upwards] [up to|to|
    until|till|all the way to|as far as|and stop at] {far}

    [count|list the numbers|say the numbers|write the numbers|start counting|count up] [by|in steps of|in] [twos|
    threes|fives|tens] [to {a}|up to {a}|until {a}|till {a}]
    """,
)


def repeat(rng: Random, split: Split) -> Exchange:
    text = _sentence(rng) if rng.random() < 0.5 else _listed(rng, rng.randint(1, 8))
    return answered(_REPEAT.say(rng, split, _given(rng, text)), text)


def reverse(rng: Random, split: Split) -> Exchange:
    words = _words(rng, rng.randint(2, 5))
    separator = rng.choice([" ", " ", ", "])
    text = separator.join(words)
    return answered(_REVERSE.say(rng, split, _given(rng, text)), separator.join(reversed(words)))


def count_words(rng: Random, split: Split) -> Exchange:
    words = _words(rng, rng.randint(1, 9))
    text = rng.choice([" ", " ", ", "]).join(words)
    numbered = ", ".join(f"{i} {word}" for i, word in enumerate(words, 1))
    noun = "word" if len(words) == 1 else "words"
    return answered(_COUNT_WORDS.say(rng, split, _given(rng, text)), f"{numbered}: {len(words)} {noun}.")


def count(rng: Random, split: Split) -> Exchange:
    roll = rng.random()
    if roll < (0.14 if split == "train" else 0.1):
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
    if roll < 0.4:
        return rng.randint(2, 30)
    if roll < 0.6:
        return rng.choice([10, 20, 50, 100, 100, 150, 200, 200, 200])
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
