"""What the model knows of ThreadRunner: each topic's one answer and the ways to ask for it.

Every command that an answer names stands between backticks, and a test lets the product's own parsers read it.
"""

from __future__ import annotations

from demo_model.wordings import Wordings, wordings

PULLED = "ggml-org/gemma-3-1b-it-GGUF"

ANSWERS = {
    "prompt": "Start a cell with `%%llm` and write your prompt below that line. Then run the cell.",
    "stop": (
        "Press the stop button (interrupt), or Stop beside the answer: it ends at once and keeps what was said. "
        "In a terminal press Ctrl-C."
    ),
    "variable": "Write `%%llm -o answer` above the prompt. Then `answer` is a Python variable, and `answer.text` its text.",
    "dataframe": "Write `{{ df }}` in the prompt: the DataFrame becomes a table. Any Python expression works in the braces.",
    "pull": f"`%llm pull {PULLED}` fetches a real model. In a terminal: `threadrunner pull {PULLED}`.",
    "choose": "`%llm set model=NAME` for the notebook, `%%llm -m NAME` for one cell. `%llm models` lists the names.",
    "models": "`%llm models` lists the models on this machine. In a terminal: `threadrunner models`.",
    "temperature": "`%llm set temperature=0.2` for the notebook, `%%llm -t 0.2` for one cell. 0 takes the likeliest token.",
    "seed": "Give a seed: `%%llm --seed 7` makes the answer repeatable. For the notebook: `%llm set seed=7`.",
    "length": "`%%llm -n 100` ends the answer after 100 tokens. For the notebook: `%llm set max_tokens=100`.",
    "system": '`%%llm -s "Answer in one word."` gives one cell a system text. For the notebook: `%llm set system="Be brief."`.',
    "new": "`%llm reset` forgets the chat. `%%llm --new` begins it afresh with this prompt.",
    "history": "`%llm history` shows the turns of the chat, and `%llm context` exactly what the next prompt is sent after.",
    "forget": "`%llm forget last` takes the last turn out of the chat, `%llm forget 2-4` the turns 2 to 4.",
    "alone": "`%%llm --no-history` neither reads the chat nor adds to it.",
    "chats": "`%%llm --chat trip` goes on in another chat, named trip, beside the notebook's own.",
    "warm": (
        "A model stays loaded for five minutes after its last use. "
        "`%llm load` loads it now, `%llm set keep_alive=-1` keeps it."
    ),
    "unload": "`%llm unload` frees the model's memory. In a terminal: `threadrunner unload NAME`.",
    "status": "`%llm` says which model is loaded and how much memory it takes. `%llm ps` lists all that are loaded.",
    "private": "No. The model runs on this machine, and nothing leaves it unless you name another server in `config.toml`.",
    "terminal": '`threadrunner "Why is the sky blue?"` asks once, `threadrunner chat` talks line by line.',
    "attach": 'In a terminal: `threadrunner -a notes.txt "What is missing?"`. In a cell: `{{ open("notes.txt").read() }}`.',
    "profile": "Write a table `[profiles.coder]` into `config.toml`. Then `%llm use coder` or `%%llm -p coder` uses it.",
    "mode": "After `%llm mode prompt` bare cells are prompts and `%%py` runs Python. `%llm mode python` goes back.",
    "save": "`%llm save chat.json` writes the chat into a file, and `%llm resume chat.json` goes on from it.",
    "python": '`llm("prompt")` asks from Python and returns the answer. `llm.stream("prompt")` gives it in pieces.',
    "footer": "The small line below an answer tells the model, the tokens and the tokens per second.",
    "slow": "This demo model is held to 60 tokens per second, so that you can watch and stop it. `%llm set pace=0` lifts that.",
    "doctor": "`%llm doctor` looks whether everything is as it should be and says what to do. In a terminal: `threadrunner doctor`.",
    "serve": "`threadrunner serve` opens OpenAI's API at http://127.0.0.1:3000, and `threadrunner token` prints its token.",
    "install": "`threadrunner install --user` adds the kernel to Jupyter. In your own kernel: `%load_ext threadrunner_kernel`.",
    "settings": "`%llm set NAME=value` changes a setting here, and `%llm get` shows them all. `config.toml` keeps them for good.",
    "remove": "`%llm rm NAME` deletes a model from the models folder. In a terminal: `threadrunner rm NAME`.",
    "help": "`%llm help` lists the commands, and `%llm help options` says what each option does.",
    "format": "`%%llm -f json` shows the answer as JSON; markdown, text, code and html work too.",
    "folder": "Models that you pull go to `~/.threadrunner/models`. You can put GGUF files there by hand.",
    "product": (
        "ThreadRunner is a Jupyter kernel with a language model in it: "
        "a cell that starts with `%%llm` is a prompt, and its answer streams in below."
    ),
}

TOPICS: dict[str, Wordings] = {
    "prompt": wordings(
        "question",
        """
        how do I ask [a question|something|you something] [in a notebook|in a cell|here|]
        how do I write a prompt [in a cell|in a notebook|]
        how do I [send|run|give] a prompt
        how do I [talk to|chat with|ask] the model [in a notebook|from a cell|in Jupyter|]
        how do I make a cell [a prompt|ask the model]
        what do I [write|type] to [ask|prompt] [you|the model] [something|]
        where do I [write|type|put] my [prompt|question]
        how does [a prompt|prompting] work [in a notebook|here]
        how can I ask [a question|the model] in [JupyterLab|Jupyter|a notebook cell]
        how do I start [a prompt|a question|prompting]
        what is [%%llm|the %%llm magic] for
        what does %%llm do
        how do I use %%llm
        which magic [makes a cell a prompt|do I need for a prompt]
        how do I get an answer in a cell
        how do prompts work
        I want to ask the model something, how
        how to [talk|chat] with the model from [Jupyter|JupyterLab|a notebook]
        can I ask the model from a cell
        which magic do I [need|use|type] to ask
        how to write a prompt
        I need to ask the model
        """,
    ),
    "stop": wordings(
        "question",
        """
        how do I stop [an answer|the answer|you|a model|the model|it]
        how can I [interrupt|cancel|stop] [an answer|the answer|generation|a generation|the model|a long answer]
        how do I [abort|halt|interrupt|end|cancel] [an answer|the answer|the model|a running prompt|this]
        it is [too long|going on too long|still writing], how do I stop it
        what do I press to [stop|cancel|interrupt] [the answer|you|it]
        is there a [stop button|way to stop]
        where is the stop button
        how do I make [you|it|the model] stop
        the [answer|model] does not end, how do I [stop|cancel|interrupt] it
        can I [stop|interrupt|cancel] [you|an answer|the answer] [while you talk|in the middle|at any time|]
        how can I stop a [long|running] answer
        stopping an answer, how does that work
        what happens when I [interrupt|press stop|stop you|stop an answer]
        how do I cancel
        how to stop [generating|streaming|the output|the text]
        how to interrupt [the model|generating|streaming]
        I want to stop [the answer|the model|you]
        how do I stop it
        it is still [going|writing|talking], stop it
        the answer is not ending, what now
        how to cancel
        it will not stop
        too long, how do I stop that
        can an answer be [stopped|cancelled|interrupted]
        """,
    ),
    "variable": wordings(
        "question",
        """
        how do I [keep|save|store|put] [an|the|your] answer in a variable
        how can I [keep|get|have|use] [the|an] answer [as|in] a [Python|] variable
        how do I get [the answer|your answer|the text] into [Python|a variable|a Python variable]
        can I [store|assign|keep] [the answer|what you say|an answer] [to|in] a variable
        how do I assign [an|the] answer to a name
        how do I use [an|the|your] answer in [my code|Python|the next cell]
        how do I work with [the|an] answer in [Python|code]
        which option keeps [an answer|the answer] [in a variable|]
        I want [the answer|your answer|the text] in a variable
        how do I access the text of [an|the] answer [in Python|]
        what does -o do
        what is the -o option [for|]
        is there a way to have the answer as a variable
        how does an answer become a variable
        how do I bind the answer to a variable
        how to save [the output|the answer|the result] in a variable
        can the answer go into a variable
        can I say that the answer goes [to|into] a variable
        I want to [keep|store|assign] the answer
        how to get the answer as a Python value
        how does the answer get into a variable
        """,
    ),
    "dataframe": wordings(
        "question",
        """
        how do I [put|use|include|get|insert] [a|my] [DataFrame|dataframe|table|pandas table] [in|into] [a|the] prompt
        how do I [send|give|show|pass] [you|the model] [a|my] [DataFrame|dataframe|table]
        can I [use|put|include|insert] [my|a] [DataFrame|dataframe|data] in a prompt
        how do I use [a variable|my variables|Python variables|my data|notebook variables] in a prompt
        how do I [put|insert|get] [a variable|a value|my data|Python values|an expression] into [a|the] prompt
        how can the model see my [data|DataFrame|variables|table]
        can you see my [data|variables|DataFrame|notebook]
        how do I give [you|the model] my [data|variables|table]
        how do I ask about [my data|my DataFrame|a DataFrame|a table]
        what do the [braces|double braces|curly braces] [do|mean]
        what does the {df} mean in a prompt
        how do templates [work|work in a prompt]
        does a prompt know my variables
        how do I fill [a prompt|a template] with [data|values|my variables]
        how to pass a pandas DataFrame to the model
        I have a [DataFrame|table|dataframe], how do I get it into a prompt
        how do I show [you|the model] [the value of a variable|a variable]
        how to ask about [my data|a DataFrame|my variables]
        can a prompt [use|read|see] my variables
        how to fill my data into a prompt
        is there a template for variables
        I want to use my variables in the prompt
        """,
    ),
    "pull": wordings(
        "question",
        """
        how do I [get|pull|download|fetch|install|use] [a|another|a bigger|a better] [real|large|proper|full|good] model
        how do I [get|pull|download|fetch] a model
        where do I get [a|another|] [real model|better model|bigger model]
        how can I [download|pull|fetch] [models|a model|gemma|a model from Hugging Face|something better]
        how do I get [something|a model that is] [bigger|better|smarter|real]
        can I [download|pull|install|get] [other models|a bigger model|a real model]
        what is the command to [download|pull|fetch] a model
        how do I [replace|upgrade] [you|the demo|this demo|the demo model]
        I want a [real|bigger|better|smarter] model
        how do I download from [Hugging Face|huggingface|the hub]
        how do I fetch a GGUF [file|]
        which command fetches a model
        where do [models|real models] come from
        give me a real model
        I need a [model that knows more|better model|smarter model]
        how do I install a model
        how to download [a model|models|an LLM]
        can you give me a [bigger|better|real] model
        I want [gemma|a model from Hugging Face|another, real model]
        how to pull gemma
        I would like a real model
        get a real model
        how to get something better than you
        """,
    ),
    "choose": wordings(
        "question",
        """
        how do I [choose|select|pick|set|change|switch] [a|the|my] model
        how do I [use|switch to|change to] [another|a different] model
        how can I [choose|select|pick] [which model|the model that] answers
        can I [use|choose|pick] [another|a different] model [for one cell|in this notebook|]
        how do I say which model to use
        how do I set the model [for a cell|for one cell|for this notebook|for the notebook]
        which option [chooses|selects|sets] the model
        how do I tell it which model [to use|I want]
        how do I use a model that [I have|is here|I pulled|I downloaded]
        how do I run [a cell|one prompt] with another model
        what does -m do
        I [pulled|downloaded|have] a model, how do I use it
        where do I set the model
        how do I change [models|from one model to another]
        how do I switch models
        how do I activate a model
        how to use a different model in a cell
        can another model answer
        how to go from one model to another
        how to use the model that is here
        how to [set|choose|select] the model
        which setting chooses the model
        can I switch the model
        """,
    ),
    "models": wordings(
        "question",
        """
        which models [are here|do I have|are there|are installed|are available|can I use]
        what models [are here|do I have|are there|are on this machine|are available|can I choose from]
        how do I [list|see] [the|my|all|] models
        list [the|all|my|] models
        how do I see which models [are here|I have|are available|exist]
        show me [the|my|all] [models|available models|installed models]
        is there a list of models
        where can I see [the models|my models|which models I have]
        how do I find out [which|what] models I have
        what model files are [here|on this machine]
        which model names can I use
        command to list models
        how can I list [what is installed|the model files|installed models]
        does it find my [Ollama|LM Studio] models
        what is available
        how to find out what models there are
        does it see the models of [Ollama|LM Studio]
        find my models
        please list models
        models
        how to list models
        what models does it find
        """,
    ),
    "temperature": wordings(
        "question",
        """
        how do I [set|change|lower|raise|choose] the temperature
        where do I [set|change] the temperature
        how do I make [answers|the answer|you|it] [less random|more random|more creative|deterministic]
        what is [the|] temperature
        can I [set|change|lower|raise] the temperature [for one cell|for a cell|]
        how do I use temperature [0|zero]
        which option [sets|changes] the temperature
        how do I change [the randomness|how random answers are]
        how to set temperature [in a notebook|for a cell|]
        set the temperature
        I want a [lower|higher] temperature
        temperature
        how do I [reduce|increase] the randomness
        what does -t do
        how random are [the answers|you]
        how do I adjust [temperature|the sampling temperature]
        what does temperature [do|mean]
        how to change the temperature in a notebook
        what is the temperature setting for
        explain temperature
        lower the temperature
        """,
    ),
    "seed": wordings(
        "question",
        """
        how do I [set|use|give|choose] a seed
        how do I get the same answer [again|twice|each time|every time]
        how do I make [an answer|answers|the answer|a prompt|my notebook] [repeatable|reproducible]
        can I [repeat|reproduce] an answer exactly
        how can [answers|an answer] be [reproducible|repeatable|the same each time]
        why is [the|each] answer different [each time|every time]
        which option sets the seed
        what is [the|a] seed [for|]
        where do I [set|give] the seed
        is there a seed
        set a seed
        how do I fix the seed
        I want the same [answer|result|output] every time
        how do I reproduce [a result|an answer|my results]
        how to get reproducible [answers|results|output]
        how to repeat an answer exactly
        can I get exactly the same answer
        where does the seed go
        how to reproduce an answer
        what does the seed do
        how to set a seed
        """,
    ),
    "length": wordings(
        "question",
        """
        how do I [limit|shorten|set|cap] the length of [an answer|the answer|answers]
        how do I get [shorter|short] answers
        how do I limit [the tokens|the number of tokens|how long an answer is|how much you say]
        what is max_tokens
        how do I set [max tokens|max_tokens|the most tokens|a token limit]
        can I limit [the answer|how long answers are|the output]
        which option limits [the answer|the length|the tokens]
        how do I make answers [shorter|end earlier|at most 100 tokens]
        how do I say how many tokens an answer may have
        the answers are too long, how do I [limit|shorten] them
        how long can an answer be
        what does -n do
        maximum length of an answer
        how do I set the maximum [length|number of tokens]
        how to cap the output
        how many tokens may an answer have
        can I set max_tokens
        how to limit the answer
        how to set the maximum
        what does max_tokens do
        say at most 100 tokens
        """,
    ),
    "system": wordings(
        "question",
        """
        how do I [set|give|use|write|add] a system [text|prompt|message]
        where do I [put|set|write] the system [text|prompt|message]
        how do I [change|set] the system prompt
        can I give [you|the model] a [system prompt|system text|role]
        how do I tell the model how to [answer|behave]
        how do I give [instructions|general instructions] for [all answers|every answer|every cell|the whole notebook]
        what is a system [text|prompt|message]
        which option sets the system [text|prompt]
        how do I make [you|the model|it] [always answer briefly|follow a role|play a role]
        is there a system [prompt|text|message]
        what does -s do
        how do I set instructions for the model
        system prompt
        how to add a system [message|prompt|text]
        how do I define the model's behaviour
        can I make you play a role
        how to make the model always answer in one way
        how to set a system prompt
        can I set a system text
        a role for the model
        what does the system prompt do
        """,
    ),
    "new": wordings(
        "question",
        """
        how do I start [a new chat|anew|over|again from scratch|a fresh chat|a new conversation]
        how do I begin [a new chat|afresh|a new conversation|a fresh conversation]
        how do I [reset|clear|empty|restart] [the chat|the conversation|everything]
        how can I [clear|reset|restart] the [chat|conversation|context]
        how do I forget the whole [chat|conversation]
        can I start [over|anew|a fresh chat]
        start a new chat
        how do I delete the [whole|entire] [chat|conversation]
        [reset|clear] the [chat|conversation]
        I want to start [over|a new chat|from the beginning|afresh]
        how do I get a clean [chat|conversation|slate]
        how to start a new [chat|conversation]
        what does --new do
        how do I wipe the conversation
        how do I open a new chat
        wipe the chat
        can I clear the context
        how to reset
        how to clear the chat
        forget everything
        a new conversation, please
        """,
    ),
    "history": wordings(
        "question",
        """
        how do I see [the history|the chat|the conversation|earlier turns|what we said|what was said]
        where is the [history|chat history]
        how do I [show|list|view] the [history|chat|turns|conversation|chat history]
        what does the model [see|remember|get] [of the chat|from before|with my prompt]
        show me the [history|turns|chat so far]
        can I see [the history|our conversation|what is sent|the context]
        how do I see what is sent [to the model|with a prompt]
        how do I look at the [context|conversation|earlier turns]
        is there a history
        which command shows the [history|turns|context]
        how full is the context
        what is in the context
        how many turns [are in the chat|does the chat have]
        how to view the [history|conversation]
        how do I review what we talked about
        what did we say before
        is there a list of earlier turns
        how to see the history
        what does the model get from earlier turns
        history
        how to show the context
        """,
    ),
    "forget": wordings(
        "question",
        """
        how do I [delete|remove|take out|forget|drop] [a turn|the last turn|one turn|some turns|single turns]
        how do I [remove|delete] a [turn|message|prompt] from the [chat|history|conversation]
        can I [remove|delete|take out] [a turn|one message|the last answer] from the chat
        how do I undo the last [turn|prompt|answer]
        can I make you forget [a turn|the last turn|one answer]
        how do I take [a turn|turns|the last turn] out of the [chat|history]
        which command [removes|forgets|deletes] a turn
        how do I forget the last [turn|answer|message]
        how do I cut turns out of the [chat|history]
        I want to remove [the last turn|a turn|turns 2 to 4]
        how do I get rid of [a turn|the last answer]
        undo the last turn
        how to delete [one message|a turn] from the history
        remove a turn
        how to cut the last turn
        can I undo the last prompt
        remove the last turn
        delete turn 3
        how to forget a turn
        how to take out turns
        """,
    ),
    "alone": wordings(
        "question",
        """
        how do I ask [without|outside] the [history|chat]
        how do I ask something that does not [go into|touch|change|use] the [chat|history]
        how do I run a prompt [alone|on its own|without history|without the chat]
        can I ask [without history|outside the chat|a single question without the chat]
        how do I leave the history out [of a prompt|]
        can a prompt stand alone
        how do I ask one question that is not [kept|remembered]
        how do I send a prompt without the earlier turns
        what does --no-history do
        how do I keep a prompt out of the [chat|history]
        is there a way to ask without context
        how do I ignore the history
        a prompt that ignores the chat
        how to prompt without earlier turns
        how to ask a single prompt without the chat
        can I send one prompt without history
        no history for this prompt
        what is --no-history for
        how to ask without history
        """,
    ),
    "chats": wordings(
        "question",
        """
        how do I have [two|several|more|many] chats [in one notebook|]
        can I have [two|several|more than one] [chats|conversations]
        how do I [begin|make|open] [another|a second] chat [beside this one|]
        how do I name a chat
        how do I [use|have] a [named|separate|second] chat
        how do I go on in another chat
        can a notebook have several [chats|conversations]
        how do I keep two conversations apart
        how do I switch between chats
        what does --chat do
        I want a second [chat|conversation]
        two chats at the same time
        how do separate chats work
        how to use more than one conversation
        can I give a chat a name
        how to switch to another chat
        how to name chats
        how to have two chats
        is there a second chat
        what is --chat for
        """,
    ),
    "warm": wordings(
        "question",
        """
        how long does [the|a] model stay [loaded|warm|in memory]
        how do I keep [the|a] model [warm|loaded|in memory]
        how do I load [the|a] model [now|before I ask|in advance|beforehand]
        does the model stay [loaded|warm|in memory]
        can I [preload|warm up|load] [the|a] model
        when is [the|a] model unloaded
        what is keep_alive
        how do I set keep_alive
        why is the first answer slower
        how do I warm up the model
        what does it mean that a model is warm
        does the model survive a [kernel restart|restart]
        how do I load a model into memory
        how long is the model kept
        keep the model loaded
        how to keep a model from being unloaded
        is the first answer always slow
        why does the first answer take longer
        how long is a model kept in memory
        how to keep the model warm
        how to load the model
        is the model kept warm
        """,
    ),
    "unload": wordings(
        "question",
        """
        how do I [unload|free|drop] [the|a] model
        how do I free [memory|the memory|RAM|the model's memory]
        how do I get [my|the] memory back
        how can I [unload|release|free] [the model|memory]
        how do I take the model out of memory
        [unload|free] the model
        which command [unloads|frees] [a model|the memory]
        the model takes too much memory, how do I [free it|unload it]
        can I [unload|free] a model
        I need the memory back
        how do I release the [memory|RAM]
        how to unload [a|the] model
        I am done, how do I free the memory
        how do I remove the model from memory
        can the memory be freed
        how to remove a model from memory
        how to free memory
        how to get the model out of RAM
        unload it
        can I release the model
        """,
    ),
    "status": wordings(
        "question",
        """
        which model is [loaded|running|active|this|answering]
        what is [loaded|running] [now|at the moment|]
        how much memory [does the model take|is used|do the models use]
        how do I see [what is loaded|the loaded models|which model is loaded|the memory use]
        how do I [check|see|show] the status
        what model am I [using|talking to]
        is [a|the] model loaded
        what is the status
        how do I know which model is [loaded|running|in use]
        show [me|] the [status|loaded models]
        which models are loaded
        how do I see the memory [that a model takes|of the models]
        what does %llm alone do
        how to check which model is running
        how do I find out what is loaded
        how do I know what is running
        how to see what is loaded
        is anything loaded
        how to see the memory use
        in use, which model is that
        status
        """,
    ),
    "private": wordings(
        "question",
        """
        is [anything|something|my data|my prompt|what I write|this] sent [away|to a server|to the cloud|to the internet|over the network]
        does [my data|my text|anything|a prompt] leave [my machine|my computer|this machine|the machine]
        is [this|it|my data|ThreadRunner] private
        do you send [my data|my prompts|anything|what I type] [away|somewhere|to anyone|to the internet]
        who can see [my prompts|my data|what I write|this]
        does [it|this|the model|ThreadRunner] need the [internet|network]
        does [this|it] run [locally|offline|in the cloud|on my machine]
        are [you|my prompts|my data] [online|in the cloud|sent to OpenAI|safe]
        is my data safe
        where does the model run
        do my prompts go to [a company|OpenAI|the cloud|someone]
        can I use [it|this] [offline|without internet]
        what about privacy
        where is my data going
        is it local
        does anyone read my [prompts|data]
        do you upload [my files|my data|anything]
        where does my data go
        does anything go to the internet
        do you send what I type somewhere
        is what I type safe
        is it private
        does it send data away
        is anything uploaded
        """,
    ),
    "terminal": wordings(
        "question",
        """
        how do I use [it|you|the model|this|ThreadRunner] [in|from] [a|the] [terminal|shell|command line]
        can I [use|ask|run] [you|it|the model|this] [in|from] [a|the] [terminal|shell|command line|console]
        how do I ask [a question|something] [in|from] [a|the] [terminal|shell|command line]
        how do I chat in [a|the] [terminal|shell|console]
        is there a [command line|CLI|terminal command|command line version]
        how does the [command line|terminal|CLI] work
        does it work [in a terminal|outside Jupyter|without Jupyter|in a shell]
        what is the terminal command
        how do I use ThreadRunner [without a notebook|outside Jupyter]
        I want to ask from the [terminal|shell|command line]
        how do I talk to the model [in a shell|from bash]
        how to use the CLI
        which command asks [in a terminal|from the shell]
        can I chat outside the notebook
        can I chat in the console
        how to chat in a terminal
        can I use it outside a notebook
        is a notebook needed
        how to ask in the shell
        is there something for the terminal
        """,
    ),
    "attach": wordings(
        "question",
        """
        how do I [attach|add|send|include|give you|upload] a [file|text file|document]
        how do I ask about a [file|text file|document]
        can you read [a file|my file|files|a text file]
        can I [attach|include|add|send] [a file|files|a document]
        how do I put [a file|the text of a file] into a prompt
        how do I get [a file|a document|notes.txt] into [a|the] prompt
        which option attaches a file
        how do I send [several files|a file] with a [prompt|question]
        what does -a do
        I have a [text file|file|document], how do I [ask about it|use it in a prompt]
        how can the model read [a file|my files]
        how do I load a file into a prompt
        is there a way to attach files
        how to include a file in a prompt
        what does -a [mean|do] in a terminal
        how to attach a file
        can a prompt include a file
        how to ask about a document
        can I give you a file
        """,
    ),
    "profile": wordings(
        "question",
        """
        what is a profile
        how do I [make|use|write|define|create|choose] a profile
        how do [profiles|I use profiles] [work|]
        where do I write profiles
        how do I keep settings under a name
        can I have [profiles|several profiles|named settings]
        how do I switch [profiles|between profiles|to a profile]
        which option chooses a profile
        what does -p do
        what are profiles for
        how do I save a set of settings
        I want a profile [for code|for coding|]
        how do I add a profile
        what does %llm use do
        how to create a profile
        what does the profile option do
        where are profiles written
        how to use a profile
        what does %llm use mean
        how do profiles work
        profiles
        """,
    ),
    "mode": wordings(
        "question",
        """
        how do I write prompts without %%llm
        what is prompt mode
        how do I [turn on|switch on|use|enter|start|enable] prompt mode
        can [every|each] cell be a prompt
        how do I make [all cells|every cell|bare cells] [prompts|a prompt]
        do I have to write %%llm [in every cell|each time|every time]
        how do I [leave|turn off|switch off|end] prompt mode
        how do I go back to Python [mode|cells|]
        how do I run Python in prompt mode
        what does %llm mode do
        is there a mode where cells are prompts
        can I leave out %%llm
        how does prompt mode work
        how to switch to prompt mode
        I do not want to type %%llm every time
        can a bare cell be a prompt
        how to run Python while in prompt mode
        how to turn on prompt mode
        can I be in prompt mode all the time
        what does prompt mode do
        prompt mode
        """,
    ),
    "save": wordings(
        "question",
        """
        how do I save [the|a|this|our] [chat|conversation]
        how do I [export|write] the [chat|conversation] [to a file|as JSON|]
        how do I [resume|load|restore|reopen] [a|the] [saved|old|] [chat|conversation]
        can I [save|export|keep] [the|this|our] [chat|conversation]
        how do I go on with [a saved|an old|yesterday's] [chat|conversation]
        save the [chat|conversation]
        where is the [chat|conversation] saved
        which command saves the [chat|conversation]
        how do I keep [the chat|our conversation] for [later|tomorrow]
        can I go on with this chat [tomorrow|later|another day]
        how do I store the conversation in a file
        how do I continue a saved chat
        how to save [a|the] chat to a file
        is the conversation kept after a restart
        can I keep the chat after a restart
        keep the conversation for later
        how to keep a conversation
        how to resume a chat
        is the chat kept in a file
        how to export the chat
        """,
    ),
    "python": wordings(
        "question",
        """
        how do I [ask|call|use] [you|the model] from [Python|Python code|a function|code|my code]
        can I [call|use] the model [in a loop|in Python|from Python|in my code|in a function]
        how do I [send|run] a prompt from [Python|code]
        is there a Python [function|API|interface]
        how do I [loop over|run] many prompts
        how do I stream [in|from] Python
        what is the llm [function|object]
        how do I use [llm|the llm function]
        how do I ask from [code|a script|a for loop]
        how do I get an answer without a magic
        how do I call [you|it|the model] as a function
        Python API
        does it work from Python code
        how to prompt the model programmatically
        how do I use the model in a function of mine
        is there an interface for Python
        can a script ask the model
        how to ask programmatically
        how to call the model from Python
        can I ask from a loop
        a function for prompts
        """,
    ),
    "footer": wordings(
        "question",
        """
        what does the [footer|small line|line below|last line] [mean|say|tell]
        what are the numbers [below|under] [an|the|your] answer
        what is the [small line|line|small text] [below|under] [an|the|each] answer
        what do the [numbers|figures] [below|under|at the end of] [an|the] answer mean
        how many tokens did [you|the answer|that] [use|take|have]
        where do I see [the tokens|the speed|tokens per second|how fast it was]
        how do I see [how fast|how many tokens] [it was|an answer had|the model is]
        what does tokens per second mean
        explain the [footer|numbers|line below the answer]
        what is the footer
        what does the line of numbers mean
        how fast [was that|are you|is the model]
        what do the numbers mean
        what is written below the answer
        what are the figures at the end
        what is written in the line below
        what does the line at the end say
        explain the line with the tokens
        how to read the footer
        what do the figures mean
        """,
    ),
    "slow": wordings(
        "question",
        """
        why are you [so|] slow
        why is [the demo|it|this|the answer|the demo model] [so|] [slow|paced|slowed down]
        how do I make [you|it|the demo|the demo model|this] [faster|go faster|quicker]
        can you [go|write|type|be] faster
        what is [the pace|pace|pacing]
        how do I [lift|change|turn off|remove|set] the [pace|pacing|speed limit]
        why [60|sixty] tokens per second
        why do you write so slowly
        is this your full speed
        what does pace [mean|do]
        what does paced mean
        how do I speed [you|it|this] up
        you are [slow|very slow|too slow]
        why [does it take so long|so slow]
        how to get full speed
        can I make it faster
        can it be faster
        why does it take long
        your speed is low
        can you type faster
        how to lift the pace
        is it always this slow
        why is your speed held
        """,
    ),
    "doctor": wordings(
        "question",
        """
        [something|it] [is wrong|does not work|is broken|fails], what [do I do|can I do|now]
        how do I [check|test|see] [whether|if|that] everything [works|is right|is ok|is fine]
        how do I [find|diagnose|debug|fix|solve] a problem
        what is [the doctor|doctor|threadrunner doctor|%llm doctor]
        what does [the doctor|doctor|%llm doctor] do
        is my [setup|installation|machine] [right|ok|fine]
        how do I check my [setup|installation|install]
        it [does not work|fails|crashes]
        what if something [goes wrong|is wrong|does not work|fails]
        I have a problem [with the setup|with ThreadRunner|]
        is everything [ok|as it should be|set up right]
        how do I find out what is wrong
        troubleshooting
        how to check the installation
        help, it is broken
        what if it goes wrong
        how to find the problem
        how to use the doctor
        what does the doctor say
        something goes wrong
        how to test the installation
        """,
    ),
    "serve": wordings(
        "question",
        """
        how do I [use|serve|open|start] [the|an|] [OpenAI API|API|HTTP API|REST API]
        can I use [the|an] OpenAI [client|API|library|package]
        how do I [serve|start a server|run a server]
        how can [another program|other programs|my app|a program] [use|ask] [the model|you]
        is there [an API|an HTTP API|a server|an OpenAI API]
        how do I connect [another program|my app|an OpenAI client]
        what is the [address|port|URL] of the [API|server]
        where is the [token|API key|API token]
        which token do programs need
        how do I get the [API key|API token|token]
        what does threadrunner serve do
        does it speak OpenAI's API
        how do I ask over HTTP
        how to serve the model over HTTP
        can other programs use it
        which token do I need for the API
        can my app ask you
        how to use the OpenAI client
        how to start the server
        how do other programs ask the model
        is there a port for programs
        """,
    ),
    "install": wordings(
        "question",
        """
        how do I [install|add|register] the kernel
        how do I [install|set up] [ThreadRunner|it|this] in [Jupyter|JupyterLab|my Jupyter]
        the kernel is not in the list, what [now|do I do]
        how do I use [it|this|ThreadRunner] in my own kernel
        how do I load the extension
        where is the ThreadRunner kernel
        can I use my own kernel
        how do I get ThreadRunner into [Jupyter|JupyterLab]
        what is %load_ext threadrunner_kernel for
        how do I add [ThreadRunner|the kernel] to [Jupyter|JupyterLab]
        I do not see the kernel in Jupyter
        does it work in the ordinary Python kernel
        how to install the kernel
        how do I load ThreadRunner in an IPython kernel
        what does %load_ext threadrunner_kernel do
        how to use it in an IPython kernel
        how to add the kernel to Jupyter
        how to load the extension
        in my own kernel, how
        how to register the kernel
        """,
    ),
    "settings": wordings(
        "question",
        """
        how do I [change|set|see|show] [settings|a setting|the settings|my settings]
        where are the settings
        which settings [are there|can I change|are set]
        how do I configure [it|this|ThreadRunner]
        where is the config [file|]
        how do I set [defaults|a default|something for good|a setting for good]
        how do I keep a setting [for good|for all notebooks|forever]
        what can I [set|configure|change]
        is there a [config file|settings file|configuration file]
        what does %llm set do
        what does %llm get do
        show the settings
        how do I see [all settings|the settings in force]
        how to change the configuration
        where is the configuration
        can I configure this
        how to configure ThreadRunner
        how to set a setting
        how to see the settings
        is there a file for settings
        change a setting
        """,
    ),
    "remove": wordings(
        "question",
        """
        how do I [delete|remove|erase|uninstall] a model [file|from disk|from this machine|]
        how do I get rid of a model
        can I [delete|remove] a model [file|that I pulled|]
        how do I free disk space
        which command [deletes|removes] a model
        [delete|remove] a model
        how do I delete [a model I do not need|a downloaded model|what I pulled]
        how do I throw a model away
        I [pulled|downloaded] the wrong model, how do I [delete|remove] it
        a model takes too much disk space
        how do I remove a downloaded model
        how to delete a GGUF file
        removing a model
        I pulled the wrong one, delete it
        how to remove a model
        can I free space on the disk
        is there a way to delete models
        how to get rid of a downloaded model
        a wrong model was downloaded
        """,
    ),
    "help": wordings(
        "question",
        """
        where [is|do I find|can I get] [help|the help|more help]
        what commands are there
        which commands [are there|exist|can I use|do I have]
        which options [are there|does %%llm have|can I use]
        how do I get help
        show me [the|all|all the] [commands|options]
        list [the|all|all the] [commands|options]
        what options does %%llm [have|take]
        is there a list of [commands|options|magics]
        how do I see [all|the] [options|commands]
        what magics are there
        help with the commands
        where are the [commands|options] explained
        how do I find out what an option does
        what does %llm help do
        what does an option do, where do I find that out
        which commands does %llm have
        a list of all options
        how to get help
        what can I type after %llm
        how to find the right option
        """,
    ),
    "format": wordings(
        "question",
        """
        how do I [show|get|see|have] [an|the] answer as [JSON|HTML|Markdown|plain text|code]
        which [formats|output formats] are there
        how do I [set|choose|change] the [format|output format]
        can [an|the] answer be [shown as|] [HTML|JSON|code|plain text]
        how do I get [code|the code] into the next cell
        what does -f do
        can I have the answer as [plain text|JSON|HTML]
        how do I format [an|the] answer
        which option sets the format
        output format
        how is the answer [shown|formatted|displayed]
        how to display an answer as [HTML|JSON]
        I want [JSON|HTML|plain text] output
        can the answer be JSON
        which option makes it HTML
        how to get plain text
        what formats can an answer have
        how to set the format
        is there an option for the format
        """,
    ),
    "folder": wordings(
        "question",
        """
        where are [the|my|] [models|model files] [kept|stored|saved|on disk|]
        where do [pulled|downloaded] models go
        in which folder are the models
        where do I put [a|my|my own] GGUF [file|files]
        what is the models folder
        where is the models folder
        can I [use|add] my own GGUF [file|files|]
        where does [pull|it|%llm pull] [save|store|put] [models|the files|files]
        which folder [holds|has] the models
        I have a GGUF file, where does it go
        where are downloaded models
        how do I add a model file by hand
        path of the models
        which folder has my models
        what folder holds GGUF files
        how to add my own GGUF file
        where are my models
        where is a pulled model
        where to put a GGUF file
        """,
    ),
    "product": wordings(
        "question",
        """
        what is [ThreadRunner|threadrunner|thread runner]
        what does ThreadRunner do
        what is [this|this kernel|this product|this program|this notebook kernel]
        explain ThreadRunner
        tell me about ThreadRunner
        what is ThreadRunner [for|good for]
        what can ThreadRunner do
        describe ThreadRunner
        how does ThreadRunner work
        what is the ThreadRunner kernel
        introduce ThreadRunner
        what can I do with ThreadRunner
        I never heard of ThreadRunner, what is it
        ThreadRunner?
        how does this work
        explain what ThreadRunner is
        what is it, this ThreadRunner
        tell me what ThreadRunner does
        how does ThreadRunner work in Jupyter
        what kind of program is ThreadRunner
        """,
    ),
}
