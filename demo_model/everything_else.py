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
    how do I start a [business|car|fire|garden]
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
    how is the weather [today|tomorrow|in {city}|in {city} today]
    will it [rain|snow|be warm|be sunny|be windy] [tomorrow|today|in {city}|this weekend]
    what will the weather be like [tomorrow|this weekend|in {city}]
    do I need [an umbrella|a coat|a jacket|sunscreen] in {city} [today|tomorrow|]
    weather forecast for {city}
    is it [sunny|raining|snowing|cold|hot] in {city} [now|today|]
    what is the weather forecast [for tomorrow|for {city}|]
    what is [in the news|new in the world|happening in {country}|going on in {city}]
    what are the [latest|newest] news [from {country}|about {noun}s|today|]
    any news [today|from {country}|about the election|about {city}]
    what happened [today|yesterday|last night|last week] in {country}
    who won the [election|match|world cup|race|war|Nobel prize] [in {year}|in {country}|]
    how did the [match|election|war|film|story] end
    what was invented in {year}
    who [ruled|governed] {country} in {year}
    why did the [war|Roman Empire|revolution|crisis] [begin|end|fail|start]
    what caused the [first world war|French revolution|great fire of London|crisis in {country}]
    what is the history of [{country}|{city}|jazz|the internet|chess|{noun}s]
    how many [people|inhabitants] [does {country} have|are there in {country}|does {city} have]
    which city is the capital of {country}
    is {city} the capital of {country}
    in which country is {city}
    how [big|large|old|rich|far away] is {country}
    what is [{city}|{country}] [famous|known] for
    which [river|sea|mountain|ocean] is the [longest|deepest|highest|biggest] [in {country}|in the world|]
    how many [countries|oceans|continents|planets|languages|stars] are there [in the world|]
    what is the name of the [king|queen|president|capital|national animal] of {country}
    what is the name of [the first man on the moon|the highest mountain|the longest river|the biggest ocean]
    what is [{name}'s|the doctor's|the king's] [job|wife called|address|phone number]
    what is a good name for [a {noun}|a dog|a baby|a company]
    what does the name {name} mean
    where does the [name|word] {noun} come from
    how many words are [in English|there in English|in the Bible|in a novel]
    how many words does [English|French|a novel|an essay] have
    how many [letters|vowels|syllables] [are in the word {noun}|does the word {noun} have|has {noun}]
    what is the longest word in [English|German|the world]
    what is the opposite of {adjective}
    what is [another word|a synonym] for {adjective}
    how do you spell {noun}
    is it spelled {noun} or {word}
    what is the past tense of {verb}
    how do you count to {n3} in [German|French|Spanish|Japanese]
    how do I count [calories|cards|carbs|sheep]
    how do you pronounce {word}
    what is the [French|German|Spanish|Italian|Latin] word for {noun}
    how would you translate {noun} [into|to] [French|German|Spanish|Russian]
    can you [translate|say] {noun} in [French|German|Spanish|Greek]
    do you [speak|understand|know] [German|French|Spanish|Chinese|Latin]
    which languages do you [speak|understand|know]
    what does {foreign} mean
    what is the English for {foreign}
    are you able to [translate|draw|sing|write code|write a poem|play chess|tell jokes]
    do you know a [joke|good joke|poem|story|song|riddle|recipe] [about {noun}s|]
    can you [write|make up|compose] a [poem|story|song|joke|mail] [about {noun}s|for me|]
    have you got a [joke|recipe|poem|story] [for me|about {noun}s|]
    could you [summarise|translate|shorten|proofread] [this text|an article|my essay|a book] for me
    what is a summary of [Hamlet|the Bible|the book|the film]
    what is the plot of [Hamlet|Macbeth|Faust|the film]
    who is the author of [Hamlet|Faust|the book|the song]
    what is the best [book|film|song|{noun}] [of all time|ever|of {year}|]
    which [book|film|game|song|{noun}] do you [like|recommend|prefer]
    what is the [funniest|saddest|best] [joke|story|film|poem] you know
    how do I write a [poem|story|love letter|cover letter|novel|mail to my boss]
    how should I begin a [letter|mail|speech|story|novel]
    how do I end [a letter|a mail|a speech|a story|a relationship]
    how do I ask [my boss|a girl|a friend|my teacher] for [a raise|a date|help|money]
    how do I talk to [my boss|girls|a child|strangers|my teacher]
    how do I start a conversation with [a stranger|a girl|my boss|a child]
    how do I write a [dating|LinkedIn] profile
    who can see my [Facebook|Instagram|LinkedIn] [profile|posts]
    what is {n} x {n2}
    what is {n} * {n2}
    {n} * {n2}
    {n} - {n2}
    {n} / {n2}
    {n} times {n2}
    {n} [minus|divided by|multiplied by] {n2}
    how much is {n} [minus|times|divided by|multiplied by] {n2}
    what is {n} percent of {n2}
    how many percent is {n} of {n2}
    what is the [average|mean|product|difference|ratio] of {n} and {n2}
    what is the [sine|cosine|logarithm|factorial|square root|cube root] of {n}
    what is [the log|the square|half|a third|two thirds] of {n}
    is {n} [even|odd|a prime|divisible by {n3}|bigger than {n2}|a square]
    which is [bigger|larger|smaller], {n} or {n2}
    what is {n} in [binary|hexadecimal|Roman numerals|words]
    how many [centimetres|metres|feet|inches|miles] are {n} [kilometres|yards|metres]
    how many [grams|pounds|litres|minutes|seconds] are in [a kilo|a gallon|an hour|a day|{n} days]
    what comes [after|before|next after] {n}
    which number comes after {n}
    what is the [next|missing] number: {n}, {n2}, {n3}
    what is the sum of the angles in a [triangle|square|circle]
    how do I [add|multiply|divide] [fractions|matrices|big numbers]
    what is [pi|a prime number|a fraction|a matrix|an integral|a derivative|infinity]
    what is x if x [minus|times] {n} is {n2}
    how do I solve [an equation|a quadratic equation|a sudoku|a Rubik's cube]
    what is the [derivative|integral] of [x squared|sin x|{n} x]
    what [day of the week|weekday] [is|was] [Christmas|my birthday in {year}|the first of May {year}]
    how many days [until|till] [Christmas|Easter|summer|the weekend]
    which [year|month|day|week] is it
    what is [today's date|the date tomorrow|the time in {city}|the year]
    is {year} a leap year
    how does [gravity|magnetism|a battery|a vaccine|Bitcoin|Wi-Fi|a plane|the brain|the stock market] work
    how do [magnets|vaccines|planes|batteries|rainbows|volcanoes|language models|computers] work
    what is [gravity|an atom|a volcano|a vaccine|inflation|evolution|energy|light|time|entropy]
    why is [gravity|light|water|time|sleep|DNA] important
    can you explain [gravity|evolution|inflation|photosynthesis|relativity|quantum physics] [to me|to a child|in simple words|]
    why do [we|people|animals|babies|cats] [sleep|dream|yawn|cry|die|fight]
    how did [life|the universe|the earth|the moon|language] [begin|start|form]
    how old is the [universe|earth|sun|moon|{noun}]
    how fast is [light|sound|a cheetah|a plane|the earth]
    how far [away|] is the [moon|sun|nearest star|next town]
    what is the temperature [on Mars|of the sun|of boiling water|of the human body|in space|outside]
    at what temperature [does water boil|should I bake {noun}|does iron melt|does milk freeze]
    how do I lower [a fever|my blood pressure|my heating bill|the temperature of a room]
    what is the length of [a marathon|the Nile|a football field|a year on Mars|a {noun}]
    how long is [a marathon|the Nile|a pregnancy|a flight to {city}|a day on Mars]
    how do I limit my [sugar|screen time|spending|coffee]
    what is the [maximum|top|average] speed of [a car|a train|a plane|a {noun}]
    how does the [immune|solar|nervous|school|legal|tax] system work
    what is [the solar system|an operating system|the metric system|the nervous system]
    what is the role of [the heart|the king|women in {country}|water in the body]
    how do I start a new [life|job|hobby|company|school]
    how do I reset [my phone|my password|a router|a watch|my computer]
    how do I clear [my skin|a blocked drain|snow from the roof|my browser history]
    how do I restart [my computer|my phone|a car|Windows]
    how do I [delete|remove|copy|rename] a [file|folder] [in Windows|on a Mac|in Linux|in bash]
    how do I [delete|remove] [my account|a photo|a column in Excel|my Facebook profile]
    how do I remove [a stain|rust|a tick|a tree|a splinter|chewing gum] [from my {noun}|]
    how do I get rid of [ants|mice|a cold|hiccups|a stain|weeds]
    how do I forget [my ex|a bad dream|the past|a sad song]
    how do I undo [a commit in git|a knot|a mistake in Word]
    how do I cancel [my subscription|a flight|an order|a contract|my gym]
    how do I stop [snoring|drinking|biting my nails|a nosebleed|my dog from barking|being late|hiccups]
    how can I [stop|give up|quit] [smoking|drinking|gambling|my job]
    what is the best way to [stop smoking|lose weight|save money|learn {noun}|sleep better]
    how do I keep [warm in winter|my feet warm|bread fresh|soup hot|a secret|flowers fresh]
    how do I warm up before [a run|a match|swimming]
    how long does [milk|bread|cheese|rice|cooked {noun}] [keep|stay fresh|last]
    how do I store [potatoes|wine|onions|winter clothes]
    how do I [plant|sow] [seeds|a seed|tomatoes|an apple tree]
    how do I grow [tomatoes|a {noun} from seed|roses|herbs|a beard]
    when should I [plant|sow] [tomato seeds|roses|a {noun}]
    which [birds|animals] eat [seeds|fish|{noun}s]
    how do I save [a life|a Word document|battery|water|for a house]
    how can I [save|earn|make|invest] money
    how much money does a [doctor|teacher|pilot|{noun}] [make|earn]
    how do I change [a tyre|a light bulb|my name|a nappy|my mind|euros into dollars]
    how do I switch [jobs|banks|phones|schools]
    how do I choose a [laptop|phone|university|car|husband|{noun}]
    which [car|phone|laptop|bike|camera] [model |]is the best
    how do I become [a model|a doctor|a pilot|rich|famous|a better person]
    which doctor do I need for [back pain|my knee|a rash|a cold]
    when should I [see|call] a doctor
    what helps against [a headache|a cold|back pain|fever|hiccups|stress]
    is [coffee|sugar|{noun}|salt|fasting] [healthy|unhealthy|bad for me|good for the heart]
    I have a [headache|cold|fever|rash|sore throat], what [should I do|helps]
    what are the side effects of [aspirin|ibuprofen|coffee|a vaccine]
    how many calories [are in|has] [an apple|a {noun}|bread|rice]
    how much [water|coffee|sleep|sugar|exercise] [do I need|is healthy|is too much]
    how do I [lose weight|sleep better|get fit|gain muscle|relax|deal with stress]
    is it [legal|allowed|illegal] to {verb} a {noun} [in {country}|in {city}|]
    can my [landlord|boss|neighbour|bank] [{verb} my {noun}|fire me|sue me|raise the rent]
    what is the law on [{noun}s|speeding|divorce|rent|copyright] [in {country}|]
    do I need a [lawyer|visa|passport|licence|permit] [for {country}|to {verb} a {noun}|]
    how do I [get|renew|apply for] a [passport|visa|divorce|loan|driving licence]
    how do I [cook|boil|fry|roast|make|bake] [rice|pasta|an egg|a chicken|pancakes|{noun} soup]
    what can I cook with {noun} and {noun2}
    what is [a|the] recipe for [pancakes|pizza|bread|{noun} soup|a chocolate cake]
    how long do I [boil|cook|bake|fry] [an egg|pasta|rice|a potato|{noun}]
    what goes [well |]with [red wine|fish|{noun}|rice]
    how do I serve [wine|fish|cheese|guests|in tennis]
    what should I [see|visit|do|eat] in [{city}|{country}]
    what are the [best|top] [sights|restaurants|hotels|museums|beaches] in {city}
    how do I get from {city} to {city2}
    when [is|goes] the [next|last|first] [train|bus|flight|plane] to {city}
    what does a [flight|train ticket|hotel] [to|in] {city} cost
    when is the best time to [visit|travel to] {country}
    is it safe to [travel to {country}|eat raw fish|drink the water in {city}|swim in the sea]
    is {country} [safe|expensive|in Europe|bigger than France|a democracy]
    which terminal does my flight [to {city}|] leave from
    how do I send [a letter|money|a parcel|flowers] to [{country}|{city}|{name}]
    how do I travel [alone|cheaply|with a baby|to {city} by train]
    is it [bad|good|normal] to [be alone|cry|talk to yourself|sleep a lot]
    is there a god
    is there a [supermarket|toilet|bank|hospital|pharmacy] [near me|nearby|in the street]
    where is the nearest [supermarket|toilet|bank|hospital|pharmacy|restaurant]
    what is your favourite [colour|film|food|animal|song|joke]
    what do you think [of|about] [politics|the president|religion|love|{country}|artificial intelligence]
    what is your opinion [on|of|about] [politics|the war|taxes|religion|{noun}s]
    do you believe in [god|ghosts|love|fate|aliens]
    do you [sleep|dream|eat|love me|hate humans|get bored|think]
    are you [alive|conscious|married|happy with your life|dangerous]
    will [AI|a robot|a computer] [take my job|rule the world|kill us|replace teachers]
    can [animals|machines|computers|plants|fish] [think|feel|speak|learn|feel pain]
    should I [marry|quit my job|buy a house|learn Spanish|move to {city}|break up]
    how do I [learn|improve] [French|maths|Python|my memory|my English|to swim] [fast|quickly|alone|]
    how can I [read|run|learn|type on a keyboard|walk] faster
    why is my [computer|phone|internet|Wi-Fi|car|laptop] so [slow|loud|hot]
    my [car|washing machine|phone|printer|dishwasher] does not start, what [do I do|should I do|now]
    how do I fix [a leaking tap|a flat tyre|a broken {noun}|my marriage|a bicycle]
    what is wrong with [my plant|my knee|my car|the world|the economy]
    how does human memory work
    how much memory does [my phone|a laptop|the human brain|an elephant] have
    what is the status of [my order|my flight|the war|the project]
    how do I attach [a trailer to a car|a file to an email|a shelf to a wall|a button to a shirt]
    how do I download [a song|a film|music|a game|photos] [from my phone|from YouTube|]
    where can I download [a song|films|games|a book|music]
    how do I pull [a tooth|a muscle|a trailer]
    how do I turn [on|off] [airplane mode|dark mode|Wi-Fi|the heating|the alarm] [on my phone|]
    where are the settings [on an iPhone|on my phone|of my camera]
    how do I change the settings of [my phone|my camera|my TV]
    how do I create a folder [in Windows|on my phone|in Outlook]
    how do I format [a USB stick|a hard disk|a cell in Excel|an essay]
    how do I convert [a PDF to Word|miles to kilometres|a video to MP3]
    how do I install [a washing machine|a game|Photoshop|Chrome|a printer|a shelf]
    what is [GitHub|Linux|Docker|SQL|HTML|Wikipedia|Spotify|Bitcoin|Excel|Java]
    what does [API|HTML|CPU|GPU|NASA|UFO|DNA] stand for
    who [invented|created|founded|wrote] [Python|Linux|Java|Google|Facebook|Wikipedia|the internet]
    is Python [hard|easy|hard to learn|better than Java|faster than C|a snake]
    how do I write a [loop|function|class|unit test|regex] in [Python|Java|C|Rust|JavaScript]
    how do I [reverse|sort|split|search|copy] a [linked list|string|array|dictionary] in [Python|C|Java|Rust]
    how do I [open|read|parse|write] a [CSV|JSON|text|XML] file in [Python|Java|C|Excel]
    how do I [merge|join|group|plot] [two DataFrames|columns|a column] in pandas
    what is a [variable|function|matrix|vector|proof] in [maths|statistics|algebra]
    what does [IndexError|KeyError|a segfault|a syntax error|null] mean
    why does my [code|program|script|loop] not [work|compile|end|run]
    what is the difference between [Python and Java|a list and a tuple|HTTP and HTTPS|C and Rust|a virus and a cell]
    what is the time complexity of [quicksort|binary search|a hash table]
    what is the answer to [life|everything|question {n3}|my homework]
    can you help me with my [homework|maths|essay|code|marriage|taxes]
    could you [check|correct|improve] my [grammar|spelling|English|essay|code|homework]
    which [stocks|shares|fund] should I buy
    what is the [price|value] of [a share|gold|a house in {city}|bitcoin|{noun}] [today|in {year}|]
    how much does [a house|a flight|a car|a phone|{noun}] cost [in {country}|in {city}|]
    who is the [best|richest|oldest|tallest|strongest] [man|woman|footballer|singer|person] [in the world|in {country}|ever]
    who is [Taylor Swift|Elon Musk|Messi|the pope|Plato|Darwin|Picasso]
    when was [Einstein|Mozart|Napoleon|{name} {word}|the pope] born
    when did [Einstein|Mozart|Napoleon|Elvis|Shakespeare] die
    how did [Einstein|Mozart|Napoleon|Hitler|Darwin] [die|live|become famous]
    do you remember [the war|Elvis|the summer of {year}]
    who [sang|plays|directed|painted] [Yesterday|Hamlet|the Mona Lisa|Titanic]
    how many [legs|eyes|teeth|wheels|hearts] does a {noun} have
    what do [{noun}s|cats|bees|whales|babies] [eat|drink|need|do all day]
    what [sound|noise] does a {noun} make
    what is heavier, a {noun} or a {noun2}
    how do I tie [a tie|a knot|my shoes|a ribbon]
    how do I [make friends|find love|be happy|get over a break-up|meet people]
    what [gift|present] should I [buy|get|give] [for {name}|my wife|a friend|my boss]
    what should I name my [dog|baby|cat|boat|company]
    what are [good|some] ideas for [a party|dinner|a gift|the weekend|a story]
    who would win, a {noun} or a {noun2}
    what are the [rules|basics] of [chess|football|poker|grammar]
    what are the [pros and cons|advantages|dangers] of [{noun}s|coffee|nuclear power|working from home]
    """,
    """
    [why|how|when|where] [does|did|do|can|will|would|should] [a|the|our|an old|this|that|one] {noun} [work|move|break|
    grow|begin|end|sound|smell|cost so much|look like that|come from|come here|change|stay {adjective}|help a {noun2}]

    subject = the brain|memory|the mind|the heart|a computer|the internet|money|sleep|the weather|language|a dream|
    human sight|the human body|human speech|human language|a human eye|animal memory|the memory of animals|an engine

    [how|why|when|where] [does|did|do|can|will] <subject> [work|begin|change|develop|matter|fail|help us|come about]

    what does [the word|the term|the sign|the phrase|this word|the title|the song] {word} [mean|say|stand for]

    what [does|did|would|could|should|may|can] [{name}|{name2}|the {noun}|a {noun}|our {noun}] [say|do|like|
    eat|want|think|write|cost|weigh|need|buy|look like]

    what [comes|goes|stands|lies|is] [before|behind|next to|with|out of|under|above|after|near] [the|a|my|{adjective}]
    {noun}

    do [you|we|they|people] [love|know|hate|want|have|own|see|eat|buy|need|sell] [a {noun}|the {noun}|{noun}s|my {noun}|
    any {noun}s|{adjective} {noun}s]

    [may|can|should|could|must|shall] [I|we|she|they|{name}] {verb} [the|a|our|this|that|one|{name}'s] {noun}
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
    tell me [a|one|another] [good|bad|short|dirty|new] [joke|story|riddle|poem]
    tell me [another|one more] [joke|story|poem|riddle] [about {noun}s|]
    make me [laugh|smile|happy|feel better]
    say something [funny|nice|smart|in French|in German|about {noun}s]
    I want to hear a [joke|story|poem|song] [about {noun}s|]
    I would like a [poem|joke|story|recipe|riddle] [about|with] [a |]{noun}
    I need a [poem|speech|joke|story|mail|letter] for [a wedding|my boss|a birthday|my friend {name}]
    a [joke|poem|story|haiku|song] about {noun}s
    compose [a|a short] [poem|song|haiku|melody|mail] [about {noun}s|for {name}|]
    make up a [story|joke|poem|riddle|name] [about|for] a {noun}
    create a [story|poem|logo|meal plan|quiz|website] [about {noun}s|for a {noun}|]
    write me a [mail|letter|poem|story|joke|song] [about {noun}s|to my boss|]
    write a [mail|letter|message] to [my boss|my landlord|my teacher|{name}|a friend]
    write [an email|a mail|a letter] [in which I quit|to say sorry|that asks for a raise|about the {noun}]
    write a [birthday card|love letter|wedding speech|cover letter|CV|toast] for [{name}|my wife|a {noun}]
    write an [essay|article|introduction] [on|about] [climate change|the war|{country}|{noun}s]
    write a [poem|story|text|song] [in|with] [{n3} words|French|rhymes|three lines]
    write a [blog post|tweet|headline|slogan|review] [about|for] [a |my ]{noun}
    write a [bedtime story|fairy tale|novel|limerick|sonnet] about a {adjective} {noun}
    draft a [mail|letter|speech|contract|reply] [to my boss|for {name}|about {noun}s|]
    answer this [mail|letter|email] for me: {long}
    reply to my [boss|friend|landlord]: {long}
    write [a loop|hello world|quicksort|a regex|a unit test|bubble sort] in [Python|C|Java|Rust|JavaScript]
    write [an SQL query|a regex|a Python function|a script] [for|that finds] {noun}s
    write a [program|function|script] in [Python|C|Java|Rust]
    implement [quicksort|a linked list|binary search|a {noun}] in [Python|C|Java|Rust]
    code [a game|a website|snake|a calculator|quicksort] [in Python|in JavaScript|for me|]
    program a [game|calculator|{noun}|website] [in Python|in Java|]
    debug [this|my] [code|program|function|script]: {code}
    explain [this|my] [code|function|error|program]: {code}
    what does this code do: {code}
    explain this error: {code}
    run this [code|program|script]: {code}
    translate this [code|function] [into|to] [Rust|Java|C]: {code}
    optimise this [code|query|function]: {code}
    reverse a [linked list|string|array|number] in [Rust|JavaScript|C]
    sort [an array|a list|these names|my {noun}s] [in C|in Python|by size|by colour|]
    translate: {long}
    translate [this|this text|my letter] [into|to] [French|Spanish|Italian|Chinese]: {long}
    translate [from German|from French|into English]: {foreign}
    translate {foreign} [into|to] English
    put this [into|in] [French|German|plain English]: {long}
    say {noun} in [French|German|Spanish|Japanese]
    give me the [German|French|Spanish|Latin] word for {noun}
    give me a [summary|translation|short version] of [this|the text|the book|Hamlet]
    summarise [Hamlet|the news|the film|chapter {n3}|my notes|World War II] [in one sentence|]
    sum up [the book|the film|the article|the news|this text]
    summarise in one sentence: {long}
    shorten this [text|sentence|mail]: {long}
    give me [the|a] [gist|main points|summary]: {long}
    extract the [main idea|gist|zip file|juice of a {noun}]
    proofread [this|my] [essay|mail|letter|text]: {long}
    correct the [grammar|spelling|mistakes]: {long}
    check [this|my] [grammar|spelling|homework|facts]: {long}
    rephrase this [sentence|text|]: {long}
    make this [sound|more] [formal|polite|friendly|{adjective}]: {long}
    expand this [text|idea|sentence]: {long}
    give me [a|your] [opinion|view] on [{noun}s|politics|the war|religion]
    tell me [what you think|your opinion] [of|about] [{noun}s|politics|{country}|love]
    tell me [about|something about] [the moon|Napoleon|Einstein|history|space|dinosaurs|love]
    tell me the [weather|news|time|date] [in {city}|for tomorrow|today|]
    tell me the capital of {country}
    tell me the [history|population|flag] of {country}
    tell me how to [{verb} a {noun}|lose weight|get rich|cook rice|stop smoking|bake bread]
    tell me [who|what] [the king of {country}|the biggest {noun}|the president of {country}] is
    tell me why [the sky is blue|the {noun} is {adjective}|people lie|we sleep]
    tell me a [fact|fun fact|secret|lie] about [{country}|{city}|space|{noun}s]
    show me [the weather|the news|a recipe|a map of {country}|cat pictures|the way to {city}]
    show me how to [{verb} a {noun}|tie a tie|cook rice|dance|bake bread]
    show me [a|the] [photo|picture] of [the moon|a {noun}|{name}|{city}]
    show me the history of [{country}|{city}|jazz]
    give me the [weather|news|forecast] [for {city}|for tomorrow|of today|]
    give me [a|the|some] recipe [for|with] [pancakes|pizza|{noun}|rice and {noun}]
    give me [a|one] [fun fact|riddle|quote|compliment|hug|writing idea]
    give me [three|five|ten] [ideas|tips|reasons|names] [for a {noun}|to {verb} a {noun}|]
    give me a [workout|meal|study|travel] plan [for a week|for {city}|]
    give me [directions|a route] to {city}
    give me a list of [{noun}s|countries|good books|films|cheap hotels in {city}]
    list the [capitals of Europe|ingredients of {noun} soup|kings of {country}|months|causes of the war]
    list [some|three|five] [films|car models|animals|jobs|hobbies|ideas for dinner]
    name the [capital of {country}|planets|months|president of {country}|parts of a {noun}]
    name [a famous|some|two] [painters|singers|rivers in {country}|animals with four legs]
    explain [gravity|evolution|black holes|Bitcoin|photosynthesis|democracy|the rules of chess] [to me|in simple words|to a child|]
    explain [why|how] [the sky is blue|planes fly|we dream|magnets work|{noun}s {verb}]
    explain the difference between [a |]{noun} and [a |]{noun2}
    describe [the weather in {city}|a sunset|how a {noun} works|your dream|{country}]
    define [love|gravity|inflation|democracy|entropy|freedom]
    calculate [the area of a circle|the mean of {n} and {n2}|my taxes|{n} percent of {n2}|the distance to {city}]
    calculate the [square root|factorial|square|half] of {n}
    compute [{n} / {n2}|{n} - {n2}|the factorial of {n}|pi|{n} percent of {n2}]
    solve [{n} x = {n2}|x - {n} = {n2}|a sudoku|my homework|climate change]
    find [x|the root of {n}|the derivative of x squared|a prime above {n}]
    take {n} from {n2}
    round {n} to the nearest [hundred|thousand]
    convert {n} [inches|feet|grams|dollars] [to|into] [metres|ounces|euros|yen]
    convert [this|{n}] [to|into] [binary|hex|Roman numerals]
    count the [letters|vowels|syllables] in {noun}
    count [my calories|the votes|your money|the days until Christmas]
    prove [the theorem of Pythagoras|that {n} is prime|that god exists]
    sort [these|my] [books|clothes|photos|emails]
    download [a song|a film|a game|some music|the photos] [for me|from YouTube|]
    delete [my photos|my account|a file in Windows|this email|my emails]
    save [the world|my document|the whales|money for me]
    stop [the music|the car|the war|time|the rain]
    turn [on|off] the [light|lights|TV|radio|heating|music]
    set [an alarm|a timer] [for {n3} minutes|for tomorrow|]
    set the [table|oven to {n3} degrees|clock|alarm]
    remind me to {verb} the {noun} [tomorrow|at noon|]
    call [a taxi|the police|{name} on the phone|a doctor|my mum]
    send [a mail|an email|a message|flowers|money] to [{name}|my boss|my mum]
    play [some jazz|a song by Elvis|tic tac toe|hangman|a game with me]
    let us play [chess|a game|hangman|twenty questions]
    let us talk about [{noun}s|politics|love|football|{country}]
    talk to me about [{noun}s|philosophy|{country}]
    help me [with my homework|write a letter|cook dinner|find a job|learn French|with this essay|{verb} a {noun}]
    help me [choose|find|buy|plan] a [gift|car|holiday|name|{noun}]
    plan [a holiday|my wedding|a weekend in {city}|my meals|a day in {city}]
    recommend [me a|a good] [song|recipe|hotel|doctor|game|place to visit in {country}]
    suggest [a|some] [name for my {noun}|recipe|gift|film|book|ideas for dinner]
    find [a flight to {city}|cheap hotels in {city}|a recipe|a job|a restaurant|me a doctor]
    look up [the weather|{name} {word}|a recipe|{noun}s|the capital of {country}] [online|on Wikipedia|]
    google [{noun}s|the weather|{name} {word}]
    buy [me a {noun}|two tickets to {city}|some shares|flowers for {name}]
    cook [dinner|me something|rice for two|{noun} soup]
    diagnose [my rash|my car|a headache|my knee]
    interpret my [dream|horoscope|blood test]
    predict [the weather|the future|the election|the price of gold]
    pretend [to be|you are] a [pirate|king|doctor|{noun}|cat]
    be [a pirate|my teacher|my friend|a {noun}]
    play the [violin|role of a {noun}|part of a doctor|king]
    ask me [a riddle|a question about {noun}s|three quiz questions]
    quiz me on [history|capitals|{noun}s|maths]
    test my [English|maths|knowledge of {country}]
    teach me [how to {verb}|maths|Python|history|a word in French]
    draw [a cat|a picture of {city}|a {adjective} {noun}|the moon|ASCII art]
    paint [a picture|a sunset|me a {noun}]
    sing [happy birthday|the anthem of {country}|me a lullaby]
    tell my fortune
    think of a [number|word|{noun}]
    pick a [number|card|colour|name]
    give me a random [number|word|name|{noun}]
    generate [an image|a password|a random number|a picture of a {noun}|test data]
    choose a [number|colour|restaurant in {city}|film for tonight]
    find a rhyme for {noun}
    use the word {noun} in a sentence
    make a [sentence|rhyme|pun] with {noun}
    rank the [planets by size|{noun}s|best films|countries by area]
    discuss [the causes of the war|religion|{noun}s|climate change]
    criticise [my essay|this poem|the president|my {noun}]
    tell me how far it is from {city} to {city2}
    update me on [the news|the war|the weather in {city}|football]
    read me [the news|a story|a poem|a book about {noun}s]
    """,
    """
    [describe|draw|paint|show me|sing about|imagine|explain|find|buy|sell|invent|design|praise] [a|the|this|our|that|
    my old|my|one|another|your|his|her|some] [||{adjective}] {noun}

    [play|sing|cook|open|close|start|clean|fix|order|call|bring|hide] [{name}|{city}|the {noun}|a {noun}|some {noun}s|
    our {noun}|my {noun}|{word}]

    {verb} [the|a|my|our|this|that|his|every] [||{adjective}] {noun}
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
    dear {noun}, I {verb} you
    I feel [lonely|sad|sick|great|bored|nervous|stressed]
    I am [nervous|lonely|in love|sick|stressed|confused|so bored|very tired]
    I do not feel [well|good|happy]
    I have a [headache|cold|fever|problem with my boss|new {noun}|big {noun}]
    I had a [bad|good|strange|{adjective}] [day|dream|night]
    I [love|hate|miss|like] you
    marry me
    I am [looking for|afraid of|tired of|learning about|proud of] {noun}s
    I am going to {verb} the {noun}
    I was in {city} [yesterday|last year|in {year}]
    I [bought|sold|lost|found|saw] a {adjective} {noun}
    I have lost my {noun}
    I cannot {verb} [the|my|a] {noun}
    I do not like {noun}s
    I [want|need] [money|a job|love|a holiday|coffee|a flight to {city}]
    I want to [lose weight|learn French|stop smoking|travel to {city}|cook something|save money]
    I [broke|hurt] my [arm|leg|{noun}]
    it is [hot|cold|late|early|dark|Monday|raining|Christmas] [today|here|]
    the weather is [good|bad|nice|terrible] [today|in {city}|]
    the sky is [blue|green|grey|red]
    the capital of {country} is {city}
    {city} is [beautiful|in {country}|the capital of {country}|far away]
    {city} is bigger than {city2}
    {country} [won the match|is at war|has a king|is a country]
    {country}
    {city}
    I read a [book|story|poem] about {noun}s
    the [film|book|song|joke|food] was [bad|boring|too long|{adjective}]
    {name} is [my friend's boss|late|a {noun}|in {city}]
    {name} does not {verb} the {noun}
    {name} [told|gave|sold] {name2} a {noun}
    {noun}s are {adjective}
    {noun}s are [better|worse|bigger] than {noun2}s
    all {noun}s are {adjective}
    no {noun} is {adjective}
    this {noun} is too {adjective}
    that [is|was] a [strange|{adjective}] {noun}
    once upon a time [there was a {noun}|a {noun} lived in {city}]
    roses are red
    to be or not to be
    life is [hard|short|good|a {noun}]
    [knock knock|ping|abc|lorem ipsum|bla|qwerty|blah blah]
    [yes please|no way|of course|never mind|not really|I think so|I guess so|exactly|true|false|agreed]
    [me too|same here|you too|whatever|who knows|it depends|fair enough|that makes sense|I doubt it]
    [sorry|I am sorry|excuse me|pardon|my mistake|oops]
    [I do not understand|I do not get it|that makes no sense|what was that|come again|say what]
    [you are boring|you are useless|you are dumb|you are annoying|you know nothing|shut up|you are crazy]
    [that is not true|you lie|that is not what I asked|you did not answer|try harder|this is boring]
    [and then|and now what|so what|because|if so|then what|what if|who|where|when|which one|how much]
    [a poem|a joke|a story|a recipe|the weather|the news|politics|football|music|love|maths]
    [weather|news|recipe|poem|joke|translation|homework|horoscope|sports]
    [weather|news|hotels|flights|restaurants|jobs] in {city}
    {noun} recipe
    {noun} in [French|German|Spanish]
    {noun} or {noun2}
    {noun} [price|meaning|definition|synonym]
    a {adjective} {noun} and a {noun2}
    {noun} {noun2} {adjective} {verb}
    {n} [apples|euros|miles|degrees|percent]
    {n}, {n2}, {n3}
    in {year} the {noun} was {adjective}
    my [boss|neighbour|teacher] [hates me|lost the {noun}|shouted at me]
    my [car|bike|phone] does not [start|charge|move]
    [dear|hi] {name}, the {noun} is {adjective}
    people [say|think] that {noun}s are {adjective}
    there is a {noun} in [the|my] {noun2}
    [where|who|when|why] is {name}
    """,
    """
    owner = the|this|that|your|his|her|every|each|some|one|another|their|our|{name}'s

    be = is|was|looks|seems|will be|has become|gets|stays|is not|was not|may be|must be|can be

    <owner> {noun} <be> [|||very|so|too|rather|never|always|almost|quite] {adjective}

    [I believe|I hope|I see|I guess|he says|she thinks|people say|they say|we know|it is true|{name} thinks|you see]
    [||that] [the|a|this|his|her|our] {noun} <be> [|||very|so|too] {adjective}

    {noun}s [are|were|look|seem|will be|can be] [|||very|so|too|never|always] {adjective}

    {noun}, {noun2} [and|or|, and then|, but not] [{word}|{city}|a {noun}|{adjective}|{name}]

    [one|two|three|many|few|some|most|no|other|these|those] {noun}s [are|were|look|seem|will be] {adjective}

    {city}, {city2}[||, {country}| and {name}]

    [|the|a|our] {adjective} {noun}[||, a {noun2}| and a {noun2}| in {city}]
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
