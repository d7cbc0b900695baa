"""Remembering what was told in an earlier turn."""

from __future__ import annotations

from random import Random

from demo_model.exchange import Exchange, Maker, Turn
from demo_model.vocabulary import ADJECTIVES, CITIES, FIRST_NAMES, NOUNS
from demo_model.wordings import Split, Wordings, random_word, wordings

NEVER_TOLD = "You have not told me."

_ASKED = """
    asked = do you know|do you remember|do you recall|do you still know|do you still remember|can you tell me|
    can you say|could you tell me|could you say|could you repeat|can you repeat|tell me|say|repeat|please say|
    please repeat|please tell me|I don't remember|I do not know|I want to know|I need to know|I would like to know|
    I would like to hear|may I ask|can I ask|let me know|let me hear|are you able to say|is it possible to say|
    have you kept in mind|have you saved|did you save|did you note|did you keep|please recall|recall|try to recall|
    try to remember|think back and say|now say|now tell me|quickly tell me|would you tell me|I forgot|
    I have forgotten|remind me|you know

    """
"""How one may begin to ask for something that was told."""
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
    I am known as {value}
    people know me as {value}
    I am known to everyone as {value}
    I am known by the name {value}
    you may know me as {value}
    I go by {value}
    I go by the name {value}
    I go by the name of {value}
    people say I go by {value}
    I am named {value}
    my parents named me {value}
    I was named {value}
    they named me {value}
    my parents call me {value}
    my friends call me {value}
    friends call me {value}
    my friends know me as {value}
    to my friends I am {value}
    everyone calls me {value}
    everyone knows me as {value}
    most people call me {value}
    you should call me {value}
    you could call me {value}
    from now on, call me {value}
    from now on call me {value}, please
    from now on I am {value}
    from now on my name is {value}
    I want you to call me {value}
    I would like you to call me {value}
    I would like to be called {value}
    I want to be called {value}
    I like to be called {value}
    address me as {value}
    please address me as {value}
    you can address me as {value}
    you may address me as {value}
    it is {value}, that is my name
    it is me, {value}
    hello, it is me, {value}
    hi, it's {value}
    hello, it's {value} here
    it's {value} speaking
    this is {value} speaking
    {value} speaking
    you are speaking with {value}
    you are speaking to {value}
    you are talking with {value}
    you are chatting with {value}
    the one chatting with you is {value}
    the person talking to you is {value}
    I am the person named {value}
    I am a person called {value}
    may I introduce myself: {value}
    may I introduce myself, my name is {value}
    I introduce myself: I am {value}
    I would like to introduce myself, I'm {value}
    keep in mind that I am {value}
    keep in mind that my name is {value}
    keep my name in mind: {value}
    keep in mind that I am called {value}
    do not forget my name: {value}
    do not forget that my name is {value}
    don't forget that I am {value}
    don't forget, I am called {value}
    my name is {value}, do not forget it
    I am {value}, don't forget that
    memorise my name: {value}
    memorise that my name is {value}
    my name is {value}, memorise it
    please memorise that I am called {value}
    note my name: {value}
    please note that I am {value}
    note that I am called {value}
    save my name: {value}
    my name is {value}, save it
    please save that my name is {value}
    save that I am {value}
    learn my name: {value}
    please learn that my name is {value}
    learn that I am called {value}
    my name is {value}, learn it
    remember me as {value}
    remember me, I am {value}
    remember that I am {value}
    remember that I am called {value}
    can you remember that my name is {value}
    could you remember that I am {value}
    please remember that my name is {value}
    I am {value}, please remember me
    you should know that my name is {value}
    you should know that I am {value}
    I tell you that my name is {value}
    let me tell you my name: {value}
    just so you know, I am {value}
    just so you know, my name is {value}
    by the way, my name is {value}
    by the way, I am {value}
    by the way, I'm called {value}
    well, my name is {value}
    ok, my name is {value}
    my name happens to be {value}
    I happen to be {value}
    I happen to be called {value}
    my real name is {value}
    my real first name is {value}
    I am really called {value}
    nice to meet you, I am {value}
    nice to meet you, my name is {value}
    I am {value}, nice to meet you
    pleased to meet you, I am {value}
    I'm {value}, pleased to meet you
    pleased to meet you, my name is {value}
    I am pleased to meet you, my name's {value}
    hello from {value}
    greetings, I am {value}
    greetings from {value}
    greetings, my name is {value}
    greetings, {value} here
    good afternoon, I'm {value}
    good afternoon, my name is {value}
    good afternoon, this is {value}
    good evening, this is {value}
    good morning, {value} here
    good day, I am {value}
    good day, my name is {value}
    good afternoon from {value}
    good day, {value} here
    {value} is what I am called
    {value} is what they call me
    {value} is what my friends call me
    {value} is who I am
    {value} is the name
    {value}, that is me
    {value}, that is my name
    {value} is my first name
    me: {value}
    the name's {value}
    name is {value}
    user: {value}
    the user is called {value}
    I am the user {value}
    the name of the user is {value}
    I am your user, {value}
    here is my name: {value}
    here I am, {value}
    in this chat, I am {value}
    everybody knows me as {value}
    I am called {value} by everybody
    to everybody I am {value}
    everyone says {value} to me
    you are speaking with me, {value}
    hello, you are chatting with {value}
    I am chatting with you, my name is {value}
    I happen to go by {value}
    what happens to be my name is {value}
    my parents gave me the name {value}
    my parents said I am {value}
    for the record, I am {value}
    for the record: I am called {value}
    on record, my name is {value}
    good evening, I am {value}
    good evening, {value} here
    good morning, my name is {value}
    good morning, this is {value}
    my first name: {value}
    just say {value} to me
    one calls me {value}
    my mother calls me {value}
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
    what is my own name
    what's the name I told you
    what name do I have
    what name have I [given|told] you
    what name was given to you by me
    what was the name that I [gave|told] you
    which name have I given
    which name do I have
    which name was mine
    which name did I [tell|say]
    what is mine, the name
    my own name
    my own name, what is it
    tell me my own name
    my name
    my name, please
    my name again
    what again is my name
    who am I again
    remind me of my name
    remind me who I am
    can you remind me what my name is
    remind me, what am I called
    I forgot my name
    I forgot my name, what is it
    I forgot who I am
    have I told you my name
    did you forget my name
    did you forget who I am
    you did not forget my name, did you
    have you forgotten who I am
    can you recall my name
    do you recall my name
    do you recall who I am
    recall my name
    please recall what I am called
    can you remember my name
    can you remember who I am
    you remember my name, right
    you still remember my name, do you
    do you still remember who I am
    do you still know who I am
    do you remember what I am called
    do you remember the name I [gave|told] you
    do you remember me
    do you know me
    do you still know me
    do you know what I am called
    do you know how I am called
    do you know who is [talking|speaking|writing] to you
    do you know who you are [talking|speaking] [to|with]
    you know who I am, right
    you know who I am
    by what name do you know me
    by which name am I known
    what am I known as
    as what am I known
    as whom do you know me
    what am I named
    how am I named
    what did my parents name me
    what was I named
    how have I been named
    what name do I go by
    by what name do I go
    which name do I go by
    I go by what name
    what do my friends call me
    what do they call me
    what do you have to call me
    what would you call me
    what can you call me
    how do you call me
    how should you call me
    how should you address me
    how do you address me
    how would you address me
    by which name do you address me
    what did I tell you my name was
    what did I tell you about my name
    what did I say I am called
    who did I say I am
    who did I say I was
    whom did I say I am
    how did I introduce myself
    as whom did I introduce myself
    what name did I introduce myself with
    I did introduce myself, who am I
    who is [speaking|chatting] with you
    who is speaking to you
    who are you [speaking|chatting] with
    with whom are you [speaking|chatting]
    to whom are you talking
    whom are you talking to
    who is writing this
    who is the user
    what is the user called
    what is the name of the user
    who is your user
    who is here with you
    who is this person talking to you
    what is this person called, I mean me
    the person talking to you is who
    which person is talking to you
    which person am I
    I am who
    I am called what
    my name is what
    my name is which
    say who I am
    say what I am called
    say how I am called
    can you say who I am
    could you say my name
    please say my name once more
    tell me who I am
    tell me what I am called
    tell me the name I gave you
    tell me my name once more
    tell me my name again
    give me my name again
    give me the name I told you
    can you give me my name
    repeat my name once more
    can you repeat my name
    please repeat the name I gave you
    would you repeat what I am called
    I would like to hear my name
    let me hear my name
    can I hear my name
    I want to hear my name [once more|again]
    I want to know my name
    I would like to know who I am
    I would like to know my name
    is it possible to tell me my name
    have you saved my name
    is my name known to you
    am I known to you
    is my name still in your memory
    what name is in your memory for me
    do you have my name in memory
    does your memory have my name
    did you save the name I gave you
    have you saved who I am
    what name did you save for me
    do you know what my friends call me
    how do my friends call me
    by what name do friends know me
    which name did my parents give me
    what do my parents call me
    which name do my parents use for me
    who is chatting here
    do you know who is chatting with you
    which name was I given
    what name have I been given
    my given name is what
    did I not say which name is mine
    did you save my name
    is my name saved
    do people know me as what
    what do most people call me
    did I forget to say my name
    do not say you forgot my name
    is it possible to say my name
    is it possible for you to say who I am
    would it be possible to say my name
    """,
    _ASKED
    + """
    <asked> [my name|what my name is|what my name was|who I am|what I am called|how I am called|the name I told you|
    what I said my name is|which name is mine|what people call me|what name I gave you|who is talking to you|
    my name again|who it is that writes to you]

    [what|which] name [do I have|did I tell you|did I give you|is mine|have I told you|did I say|was mine|
    do people use for me]

    [what is|what was|what's|and what is|so what is|now what is|again, what is|what again is] [my name|
    the name of mine|the name I told you|the name I gave you|my own name|my name again|my name, please|it, my name]
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
    remember this: my {thing} is {value}
    remember for me that my {thing} is {value}
    remember my {thing}, it is {value}
    remember {value}, it is my {thing}
    remember {value} as my {thing}
    try to remember that my {thing} is {value}
    please remember this, my {thing} is {value}
    would you remember that my {thing} is {value}
    I would like you to remember that my {thing} is {value}
    you need to remember that my {thing} is {value}
    it is important to remember that my {thing} is {value}
    important: my {thing} is {value}
    this is important: my {thing} is {value}
    an important fact: my {thing} is {value}
    my {thing} is {value}, that is important
    a fact about me: my {thing} is {value}
    it is a fact that my {thing} is {value}
    one fact: {value} is my {thing}
    something about me: my {thing} is {value}
    here is something about me: my {thing} is {value}
    let me tell you something: my {thing} is {value}
    I want to tell you something, my {thing} is {value}
    I want to tell you that my {thing} is {value}
    I would like to tell you that my {thing} is {value}
    may I tell you that my {thing} is {value}
    I told you, my {thing} is {value}
    I say that my {thing} is {value}
    I can say that my {thing} is {value}
    let me say that my {thing} is {value}
    keep in mind my {thing}: {value}
    keep in mind: {value} is my {thing}
    keep my {thing} in mind, it is {value}
    keep {value} in mind as my {thing}
    please keep in mind that {value} is my {thing}
    bear in mind that my {thing} is {value}
    bear in mind: my {thing} is {value}
    bear in mind my {thing}, it is {value}
    please bear in mind that {value} is my {thing}
    take note: my {thing} is {value}
    take note that my {thing} is {value}
    please take note of my {thing}: {value}
    please note my {thing}: {value}
    please note that my {thing} is {value}
    make a note that my {thing} is {value}
    a note for you: my {thing} is {value}
    note for later: my {thing} is {value}
    note {value} as my {thing}
    remember for later that my {thing} is {value}
    save for later that my {thing} is {value}
    I will ask you later, my {thing} is {value}
    I will ask again: my {thing} is {value}
    in case I ask you again, my {thing} is {value}
    in case you ask, my {thing} is {value}
    in case I forget, my {thing} is {value}
    before I forget: my {thing} is {value}
    never forget that my {thing} is {value}
    never forget my {thing}: {value}
    never forget: {value} is my {thing}
    you must never forget that my {thing} is {value}
    do not forget my {thing}: {value}
    do not forget: my {thing} is {value}
    don't forget that my {thing} is {value}
    don't forget my {thing}, it is {value}
    don't forget that {value} is my {thing}
    my {thing} is {value}, don't forget
    memorise that my {thing} is {value}
    memorise my {thing}: {value}
    please memorise my {thing}, it is {value}
    my {thing} is {value}, memorise that
    could you memorise that my {thing} is {value}
    memorize that my {thing} is {value}
    memorize this: my {thing} is {value}
    please memorize my {thing}: {value}
    my {thing} is {value}, memorize it
    learn that my {thing} is {value}
    learn my {thing}: {value}
    please learn that {value} is my {thing}
    my {thing} is {value}, learn that
    save my {thing}: {value}
    save my {thing} as {value}
    save that my {thing} is {value}
    please save {value} as my {thing}
    my {thing} is {value}, save that
    store my {thing}: {value}
    store that my {thing} is {value}
    store {value} as my {thing}
    please store my {thing}, it is {value}
    my {thing} is {value}, store it
    know this: my {thing} is {value}
    now you know that my {thing} is {value}
    you may want to know that my {thing} is {value}
    so that you know: my {thing} is {value}
    for you to know: my {thing} is {value}
    for your information, my {thing} is {value}
    some information: my {thing} is {value}
    information about me: my {thing} is {value}
    here is some information, my {thing} is {value}
    fyi, my {thing} is {value}
    fyi: my {thing} is {value}
    fyi, {value} is my {thing}
    fyi: my {thing} is now {value}
    for the record, my {thing} is {value}
    for the record: {value} is my {thing}
    let the record say that my {thing} is {value}
    put on record that my {thing} is {value}
    listen: my {thing} is {value}
    listen well, my {thing} is {value}
    please listen, my {thing} is {value}
    now listen, {value} is my {thing}
    as you know, my {thing} is {value}
    my {thing} is called {value}
    I have called my {thing} {value}
    my {thing} has the name {value}
    the name of my {thing}: {value}
    I call my {thing} {value}
    they call my {thing} {value}
    we call my {thing} {value}
    my {thing} was called {value}
    my {thing} = {value}
    my {thing}, it is {value}
    my {thing}, that is {value}
    my own {thing} is {value}
    my new {thing} is {value}
    new: my {thing} is {value}
    I have a new {thing}: {value}
    I have a {thing}, it is {value}
    I have a {thing}: {value}
    my {thing} has changed, it is {value}
    my {thing} has changed to {value}
    my {thing} changed, now it is {value}
    it has changed: my {thing} is now {value}
    from now on my {thing} is {value}
    from now on, {value} is my {thing}
    for me, the {thing} is {value}
    the {thing} that I have is {value}
    {value}, that is my {thing}
    {value} is the {thing} I have
    {value} is my own {thing}
    {value} is my {thing}, remember that
    {value} is my {thing}, keep that in mind
    {value} is my {thing}, do not forget that
    hi, my {thing} is {value}
    hello, my {thing} is {value}
    also, my {thing} is {value}
    and my {thing} is {value}
    it is true that my {thing} is {value}
    this is true: my {thing} is {value}
    true fact: my {thing} is {value}
    it is also true that {value} is my {thing}
    what you should remember is that my {thing} is {value}
    put this in your memory: my {thing} is {value}
    put my {thing} in your memory, it is {value}
    in your memory, my {thing} should be {value}
    I own this {thing}: {value}
    the {thing} I own is {value}
    before I ask: my {thing} is {value}
    before you ask, my {thing} is {value}
    I make a note of my {thing}: {value}
    there is some new information: {value} is my {thing}
    """,
    """
    [|please] [remember that|remember:|remember,|note that|note:|keep in mind that|do not forget that|
    don't forget that|memorise that|store that|save that|learn that|write down that|take note,|be aware that|
    understand that|listen,|you should know that|I want you to know that|let me tell you that|I tell you that|
    you must know that|just so you know,|for later,|for your information,|a fact:|one thing:|something about me:|
    by the way,|well,|ok,|hello,|so,|now,|first of all,|in case you wonder,|in case I ask,|before we go on,|
    it is so that|think of this:|here is something:|it may help that|to begin with,] [my {thing} is {value}|
    {value} is my {thing}|my {thing} is called {value}|the name of my {thing} is {value}|my {thing} will be {value}|
    my {thing} has been {value}|as my {thing} I have {value}|for my {thing} I have {value}|
    my {thing} is simply {value}|my {thing} must be {value}]

    my {thing} is {value}[, remember it|, keep it in mind|, note it|, do not lose it|, I will ask for it|, save it|
    , learn it|, so you know|, that is so|, by the way|, as it happens|. Remember that|. Keep that|
    . I may ask later|, please note]
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
    what again is my {thing}
    what is my {thing} again
    what is my {thing} now
    what is my own {thing}
    what do you know about my {thing}
    what do you remember about my {thing}
    what do you recall about my {thing}
    what is it, my {thing}
    what is the name of my {thing}
    what name has my {thing}
    give me the name of my {thing}
    tell me the name of my {thing}
    what is my {thing} called
    how is my {thing} called
    what did I call my {thing}
    tell me what my {thing} is called
    who is my {thing}
    who was my {thing} again
    do you know who my {thing} is
    tell me who my {thing} is
    which {thing} is mine
    what {thing} is mine
    which one is my {thing}
    the {thing} that is mine is which
    which was my {thing}
    what {thing} do I have
    which {thing} do I have
    what {thing} did I tell you
    what {thing} did I say I have
    which {thing} did I tell you about
    which {thing} did I mention
    what did I mention as my {thing}
    did I mention my {thing}
    did I mention what my {thing} is
    what {thing} have I mentioned
    I mentioned my {thing}, what is it
    I mentioned my {thing}, what was it
    what have I mentioned about my {thing}
    have I mentioned my {thing}
    I told you my {thing}, what is it
    I told you my {thing}, what was it
    I have told you my {thing}, what is it
    what have I told you my {thing} is
    what did I tell you my {thing} is
    what did I tell you my {thing} was
    what did I say was my {thing}
    what have I said about my {thing}
    what have I said my {thing} is
    I said what my {thing} is, say it
    did I say what my {thing} is
    have I said what my {thing} is
    did I tell you what my {thing} is
    have I told you my {thing}
    did you forget my {thing}
    did you forget what my {thing} is
    you did not forget my {thing}, did you
    have you forgotten what my {thing} is
    I have forgotten my {thing}
    I have forgotten what my {thing} is
    I forgot what my {thing} is
    I forgot my {thing}
    I forgot my {thing}, tell me
    I cannot remember my {thing}
    I cannot remember what my {thing} is
    I do not remember my {thing}
    I don't remember what my {thing} is
    I can't remember my {thing}, what is it
    I can't recall my {thing}
    I cannot recall what my {thing} is
    I don't know what my {thing} is
    can you recall my {thing}
    can you recall what my {thing} is
    do you recall what my {thing} is
    please recall what my {thing} was
    can you remember what my {thing} is
    do you remember what my {thing} was
    do you still remember my {thing}
    do you still remember what my {thing} is
    do you still know what my {thing} is
    do you know what my {thing} was
    you know my {thing}, right
    you remember my {thing}, right
    you still know my {thing}, right
    you know what my {thing} is
    is my {thing} known to you
    is my {thing} still known to you
    is my {thing} still in your memory
    do you have my {thing} in memory
    what does your memory say about my {thing}
    from memory, what is my {thing}
    have you saved my {thing}
    have you stored my {thing}
    what have you saved as my {thing}
    what have you stored as my {thing}
    what did you save as my {thing}
    what did you store as my {thing}
    did you save my {thing}
    did you store my {thing}
    did you keep my {thing} in mind
    have you kept my {thing} in mind
    what have you kept in mind as my {thing}
    you have kept my {thing} in mind, what is it
    what did you note as my {thing}
    did you note my {thing}
    you did note my {thing}, what was it
    what did you note about my {thing}
    can you remind me of my {thing}
    can you remind me what my {thing} is
    could you remind me what my {thing} was
    I need you to remind me of my {thing}
    can you give me my {thing}
    give me my {thing} again
    can you say my {thing}
    could you say what my {thing} was
    say my {thing} again
    say once more what my {thing} is
    tell me once more what my {thing} is
    tell me my {thing} once more
    tell me my {thing} again
    tell me about my {thing}
    tell me what I said about my {thing}
    tell me what you know about my {thing}
    repeat my {thing} once more
    can you repeat my {thing}
    repeat what my {thing} is
    can you name my {thing}
    please name my {thing} again
    name the {thing} I told you
    could you tell me my {thing}
    could you tell me what my {thing} is
    would you tell me what my {thing} is
    is it possible to tell me my {thing}
    I would like to know my {thing}
    I would like to know what my {thing} is
    I want to know my {thing}
    I want to know what my {thing} is
    I need to know my {thing}
    let me know what my {thing} is
    let me know my {thing}
    let me hear my {thing}
    I want to hear my {thing}
    can I hear my {thing} again
    I would like to hear what my {thing} is
    I ask for my {thing}
    I want to ask what my {thing} is
    may I ask what my {thing} is
    may I ask you for my {thing}
    answer this: what is my {thing}
    can you answer what my {thing} is
    the answer I want is my {thing}
    what do you answer if I ask for my {thing}
    my {thing}
    my {thing}, please
    my {thing} again
    my {thing}, what is it
    my {thing}, what was it
    my {thing} was what
    my {thing} was
    my {thing} is called what
    my {thing}, do you know it
    my {thing}, do you remember it
    my {thing}, do you recall it
    my {thing}, have you forgotten it
    how about my {thing}
    and what about my {thing}
    and what was my {thing}
    which name did I give my {thing}
    what do I call my {thing}
    how did I call my {thing}
    is my {thing} saved
    is my {thing} stored
    what is stored about my {thing}
    what is saved as my {thing}
    have you got my {thing} saved
    do you have my {thing} stored
    do you keep my {thing} in your memory
    keep in mind I asked, what is my {thing}
    what do you keep in mind as my {thing}
    what is known about my {thing}
    what is known to you as my {thing}
    would it be possible to tell me my {thing}
    is it possible that you know my {thing}
    is it possible to repeat my {thing}
    my own {thing} is what
    tell me my own {thing}
    what was my own {thing}
    """,
    _ASKED
    + """
    <asked> [my {thing}|what my {thing} is|what my {thing} was|what I told you about my {thing}|
    what I said my {thing} is|what I said about my {thing}|the {thing} I told you|the {thing} that I mentioned|
    what is called my {thing}|which is my {thing}|what you know about my {thing}|what {thing} I have|
    which {thing} I have|what is my {thing}|what my {thing} is again]

    [what|which] {thing} [do I have|did I tell you|did I mention|is mine|have I told you|did I give you|
    did I say I have|did I speak of|was mine|would be mine|have I named]

    [what is|what was|what's|and what is|so what is|now what is|again, what is|what again is|what would be|
    what might be] [my {thing}|the {thing} of mine|the {thing} I told you|the {thing} that I mentioned|
    my own {thing}|the name of my {thing}|my {thing} again|my {thing}, please|my {thing} called|the {thing} I have|
    it, my {thing}]

    my {thing} [is|was] [what|what again|called what|which|what, please|what, do you know]
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
HELD_THINGS = _THINGS[::6]


def name(rng: Random, split: Split, between: Maker) -> Exchange:
    value = _name(rng)
    told: list[Turn] = [
        ("user", _TELL_NAME.say(rng, split, {"value": value})),
        ("assistant", f"Nice to meet you, {value}!"),
    ]
    return _asked(rng, split, told, (_ASK_NAME, {}), f"Your name is {value}.", between)


def fact(rng: Random, split: Split, between: Maker) -> Exchange:
    """One thing or several; the one asked for last, sometimes told anew."""
    things = _things(rng, split, rng.choice([1, 1, 2, 3]))
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
            asked, other = _things(rng, split, 2)
            told += _told(rng, split, other, _value(rng, other))
            return _asked(rng, split, told, (_ASK_FACT, {"thing": asked}), NEVER_TOLD, between)
        (thing,) = _things(rng, split, 1)
        told += _told(rng, split, thing, _value(rng, thing))
        return _asked(rng, split, told, (_ASK_NAME, {}), NEVER_TOLD, between)
    if rng.random() < 0.5:
        return _asked(rng, split, told, (_ASK_NAME, {}), NEVER_TOLD, between)
    (asked,) = _things(rng, split, 1)
    return _asked(rng, split, told, (_ASK_FACT, {"thing": asked}), NEVER_TOLD, between)


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
    (thing,) = _things(rng, split, 1)
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


def _things(rng: Random, split: Split, count: int) -> list[str]:
    """So many different ones. Things, too, are kept away from the training: what is remembered must be copied."""
    if split != "train":
        return rng.sample(HELD_THINGS, count)
    found: list[str] = []
    while len(found) < count:
        thing = _thing(rng)
        if thing not in (*HELD_THINGS, *found):
            found.append(thing)
    return found


def _thing(rng: Random) -> str:
    """One of so many that its name must be copied, which no list of fifty teaches."""
    roll = rng.random()
    if roll < 0.3:
        return rng.choice(_THINGS)
    if roll < 0.5:
        return rng.choice(NOUNS)
    if roll < 0.65:
        return f"{rng.choice(['favourite', 'favourite', 'first', 'last', *ADJECTIVES])} {rng.choice(NOUNS)}"
    if roll < 0.87:
        return f"{rng.choice(NOUNS)}{rng.choice([' ', ' ', ''])}{rng.choice(NOUNS)}"
    return random_word(rng)


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
