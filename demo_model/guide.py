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

LEARNED = (
    "stop", "variable", "pull", "models", "temperature", "seed", "forget", "private", "attach", "profile", "mode", "save",
    "slow", "install", "settings", "product",
)  # fmt: skip
"""The topics that it knows best in unseen wordings too. The others are trained as well, and not claimed."""

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
        how to [submit|send] a [query|question|prompt] from a cell
        what is the way to [ask|query|prompt] the [model|LLM] from a cell
        is it possible to ask [the model|the LLM] a question in a notebook
        I would like to [ask a question|send a prompt|submit a prompt] in a cell
        show me how to [write|enter|submit] a prompt
        show me how to ask the [LLM|model] [something|a question]
        [asking|prompting] the model from a cell, how
        can I [enter|type|write] a question in a cell
        where [should|do] I enter [a|my] [query|prompt|question]
        how do I query the [LLM|model] [in Jupyter|from a notebook|in a cell]
        what must a cell [start|begin] with to ask the model
        which magic does a prompt cell need
        can I turn a [cell|question] into a prompt
        how does a cell turn into a prompt
        turn a cell into a prompt
        how to turn my cell into a [query|question] to the model
        my cell should ask the model, what do I [type|enter|write]
        I want a reply from the [model|LLM] in my notebook
        how can I get a reply from the [LLM|model] in a cell
        with which magic does a prompt [start|begin]
        explain [the %%llm magic|how %%llm works]
        explain how prompts work [in a notebook|]
        asking a question in a cell
        a prompt in a cell, how does it [start|begin]
        I have a question for the model, where do I [type|enter] it
        submit my [prompt|query|question] to the LLM
        can I get a reply to a question in a cell
        what is the cell magic for [prompts|a question|asking the model]
        how do I speak to the [LLM|model] in a notebook
        is it possible to speak to the model from a cell
        I would like to speak to the model in Jupyter
        show me how to speak to the model here
        the model should reply to my question, what do I type in the cell
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
        stop [an answer|a running answer|a reply]
        how to [abort|terminate|kill] [a reply|a generation|the response|an answer]
        what is the [key|shortcut] to [stop|abort|quit] an answer
        which [key|button] [stops|ends|interrupts] the [answer|reply|response]
        which button do I press to [end|quit|halt] a reply
        is it possible to [stop|terminate|interrupt] [a reply|a response|an answer] before it is finished
        what is the way to [cancel|kill|abort] a running [prompt|answer]
        I would like to [abort|stop|interrupt] the [response|answer|generation]
        show me how to [stop|interrupt|cancel|terminate] [a response|the model|a running prompt]
        does Ctrl-C [stop|interrupt|end] the [answer|model|response]
        can I [press|use] Ctrl-C to [quit|stop|abort] an answer
        I have read enough, how do I [stop|end|halt] the answer
        that is enough, how do I [interrupt|quit|stop] you
        this is enough, can I [end|stop|terminate] the answer
        the [reply|response|answer] goes on and on, how do I [end|kill|stop] it
        it keeps [writing|talking|generating], how can I [stop|halt|terminate] it
        the model keeps [generating|writing|going], how to [abort|quit|end] that
        you keep [talking|writing], how do I stop you
        how do I [kill|quit|terminate] [the answer|a long reply|the generation|this prompt]
        can I end [an answer|the reply|a response] before it is [finished|done]
        the answer is not finished, can I [halt|kill|cancel] it
        is there a [key|shortcut|button] for [stopping|interrupting]
        what is the [stop button|stop key|shortcut Ctrl-C] for
        what does [the stop button|the shortcut Ctrl-C|Ctrl-C] do
        is the text kept when I [stop|interrupt|cancel|abort] an answer
        is an answer that I [stop|interrupt|cancel] kept
        is the answer kept when I press [stop|Ctrl-C]
        how do I get it to [stop|halt|quit]
        [abort|halt|cancel|kill] the running [answer|generation|response]
        enough, how do I halt [the model|this|you]
        it has not finished, how do I [abort|interrupt] the answer
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
        I want to assign the answer to a name
        how to get the answer as a Python value
        how does the answer get into a variable
        how to [store|capture] [a reply|the response|an answer] in a variable
        is it possible to [capture|save|store|keep] [the output|an answer|the response] in a Python variable
        what is the way to get [a reply|the response|the answer] into a [variable|Python variable|string]
        I would like to [reuse|use] [an answer|the reply|the output] in [my code|another cell|the next cell|Python]
        can I reuse [an answer|the response|a reply] in [Python|another cell|code]
        show me how to [assign|bind] [the answer|a reply|the result] to a variable
        show me how to capture [an answer|the output|the reply] in Python
        how do I read [the answer|the reply|the response] as a [string|Python string]
        can I have the [answer|response|text] as a [string|Python object]
        how to get the [reply|answer|output] as a string
        I need the [answer|result|response] as a [string|variable|Python object]
        which variable has the [answer|reply|output]
        what variable does the [answer|response|reply] go into
        what is the option to [store|capture|save] [an answer|the output] in a variable
        is there an option to [keep|store|assign] [the answer|a reply] as a variable
        [capturing|storing|keeping] [the output|an answer|a response] in a variable
        the answer into a variable, how
        an answer as a [variable|string|Python object], how
        I want to process the [answer|reply|output] in Python
        how can I process [the answer|a response|the output] [in|with] Python
        is it possible to process an answer in my code
        how do I name the variable [of|for] an answer
        can I choose the name of the variable for the [answer|output|result]
        my code needs the [text of an answer|answer|reply], how do I get it
        what Python object is [the answer|an answer]
        how to reuse the [answer|reply|result] in the next cell
        put the [answer|output|response] [in|into] a variable
        my Python code should process the answer, how
        is the answer a [string|Python object|variable] that I can reuse
        assign the [answer|result|output] to a [variable|name]
        bind [an answer|the reply] to a name in Python
        can the next cell [use|reuse|bind] the answer
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
        is it possible to [include|insert|embed] [a DataFrame|a variable|a table|a Python value] in a prompt
        what is the way to [pass|give] [my data|a DataFrame|a variable] to the model
        I would like to [embed|include|insert] my [table|DataFrame|data] in a prompt
        show me how to [pass|give] a [DataFrame|variable|table] to the model
        can I embed [Python|Python code|an expression] in a prompt
        how to embed [a table|the value of a variable|data] in the prompt
        what do I write to [insert|include] a [variable|value|DataFrame] in the prompt
        how do I refer to [a variable|my DataFrame|a Python value] in [a|the] prompt
        can a prompt refer to [a DataFrame|my variables|a table]
        is there a way to refer to my [variables|data] in a prompt
        I want to refer to a [DataFrame|variable] in my question
        does the model [see|read|know] my [variables|table|DataFrame]
        does the model see the [columns|rows] of my [DataFrame|table]
        how can I show the [columns|rows] of [my table|a DataFrame] to the model
        how to send [rows|columns|a few rows] of a [DataFrame|table] to the model
        I want the model to read [my DataFrame|my data|my table|the columns of my data]
        can a prompt have the [rows|columns] of a table in it
        my data is in a [DataFrame|pandas table|variable], how can the model [read|see] it
        there is a [table|DataFrame] in my notebook, how do I ask about it
        how do [placeholders|double braces] work in a prompt
        is there a placeholder for [a variable|a value|my data]
        what is the placeholder for a [DataFrame|variable]
        can I put a placeholder [in|into] a prompt
        how do I use [curly braces|braces|double braces] in a prompt
        what goes [in|between] the [braces|curly braces|double braces]
        a [DataFrame|variable|Python expression] in a prompt, how
        can I ask a question about my [DataFrame|pandas data|table]
        which expressions can I write in the [braces|curly braces]
        how do I use {df} in a prompt
        can I write {df} in a prompt
        what is {df} for
        can I pass [a variable|an expression|Python values|a pandas table] to the model
        how do I pass my [variables|table|data] into a prompt
        """,
    ),
    "pull": wordings(
        "question",
        """
        how do I [get|pull|download|fetch|install] [a|another|a bigger|a better] [real|large|proper|full|good] model
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
        is it possible to [download|pull|get] [a stronger|a bigger|another real|a new] model
        what is the way to [get|obtain|download|fetch] a [stronger|powerful|real|larger] model
        I would like to [download|pull|fetch] a [bigger|better|new|stronger] model
        show me how to [download|pull|fetch|obtain] [a model|a real model|gemma|an LLM]
        how to [obtain|fetch|get] a [more powerful|smarter|stronger] [model|LLM]
        where can I [download|get|obtain] a [good model|bigger LLM|real LLM|new model|GGUF model]
        can I [download|pull|get] [llama|qwen|mistral|gemma] [here|]
        how do I [pull|download|fetch] [llama|qwen|mistral] [from Hugging Face|]
        I want to [download|get|pull] [qwen|llama|mistral|gemma]
        download [a model|gemma|llama|qwen|mistral|an LLM]
        pull [a|another|a new] model
        fetch a model from [Hugging Face|the hub]
        do the models come from [Hugging Face|the hub]
        is it possible to get models from [Hugging Face|the hub]
        you are too [weak|simple], how do I get a [better|stronger|bigger] model
        the demo is too [weak|simple], where do I get a real [model|LLM]
        this model is too [weak|simple], how do I download a better one
        I need a more [powerful|capable] model
        is there a [better|bigger|stronger|more capable|more powerful] model [than you|than the demo]
        what do I type to [pull|download|fetch] a model
        which command [downloads|pulls] [a model|a real model|an LLM]
        [downloading|pulling|fetching] [a model|models|an LLM], how
        upgrade [to a better model|the demo model|to a bigger model]
        can I replace the demo with a [real|bigger|larger|capable] model
        how to upgrade to a [more capable|larger|stronger] model
        I have no real model, how do I get one
        how to [download|pull] a GGUF model
        a GGUF model from [Hugging Face|the hub], how do I get it
        can I replace you with [gemma|qwen|llama|mistral]
        are there [smarter|larger|more capable] models that I can [download|pull|get]
        a simple demo is too weak for me, can I [obtain|upgrade to|pull] a [capable|powerful] model
        how do I obtain a new model
        can I replace this weak, simple model
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
        is it possible to [switch|change|choose|swap] [the model|models]
        what is the way to [select|pick|choose|specify] a model
        I would like to [use|switch to|change to] [another|a different|the other] model
        show me how to [switch|swap|change|select] models
        how to [swap|change|switch] the model [in this notebook|in a notebook|for a cell|]
        can I swap the model for [another|a different one]
        how do I [specify|name] the model [for a cell|for one cell|to use]
        can I specify [a|the|which] model [in a cell|for one prompt|]
        where do I specify the model
        which option [specifies|picks|changes|switches] the model
        how do I make [another|a different] model answer [a cell|this prompt|]
        I want [another|a different] model [for this cell|to answer here]
        I have two models, how do I [choose|pick|switch|select] one
        I have several models, which [option|setting|command] [picks|selects] one
        switch to [another|a different|the other] model
        [select|pick|choose] a model
        change the model [of|for] [this|a] [cell|notebook]
        [swapping|switching|changing] models, how does that work
        use [another|a different] model [for this cell|here|in this notebook]
        a different model for one cell, how
        can [each|every] cell use a different model
        what is the -m option for
        what is -m
        which model does -m [choose|select]
        can I use -m to [pick|change] the model
        which command [switches|changes|selects] the model
        I do not want to use this model, how do I [select|pick|choose] another
        how can I run this prompt [with|on] [another|a different] model
        the model I [pulled|downloaded] does not answer, how do I [switch to it|select it]
        how do I use the model I just [downloaded|pulled]
        can I activate [a different|a downloaded|another] model
        activate the [model I pulled|downloaded model|other model]
        how to activate [another|a downloaded] model
        swap the [model|models] in this notebook
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
        please list models
        models
        how to list models
        what models does it find
        is it possible to [list|see|view] [the|all|my] [installed|available|local|] models
        what is the way to [list|see|view] [all models|my models|the installed models]
        I would like to [see|view|have] a list of [the|my|all] models
        show me how to list [the|my|local|installed] models
        how to [see|view|show|display] [all|my|the available|the installed] models
        which command [lists|shows|displays|prints] [the|my|all] models
        can I [see|view|print|display] [all my models|the names of the models|the available models]
        [print|display|view] [the|my|all|available] models
        what [local|installed|available] models [do I have|are there]
        which [local|installed|downloaded] models are there
        how many models [do I have|are installed|are there|are on this computer]
        give me [a|the] list of [models|the available models|installed models|model names]
        a list of [all|my|the local|downloaded] models
        [model list|list of models|models on this machine]
        is there an overview of [my|all|the downloaded] models
        can I get an overview of the [installed|local] models
        an overview of the models
        I would like an overview of my models
        what are the names of [the|my|the available] models
        how do I look up the names of my models
        can I look up [my models|which models I have]
        where do I look up [the models|model names]
        look up the [available|installed] models
        where do I find the [names|list] of [the models|my models|available models]
        which models does it [know|find|see]
        are there [any|more] models on [this machine|this computer|my computer]
        do I have [any|other|more] models [here|on this computer|installed]
        can it [see|find|list] [the|my] [Ollama|LM Studio] models
        does it list [Ollama|LM Studio] models
        which [Ollama|LM Studio] models are available
        how do I find out which models are [installed|available|downloaded]
        what is installed on [this machine|this computer]
        print the names of the [local|installed] models
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
        how to [lower|raise|adjust|increase|reduce] the temperature
        is it possible to [set|change|adjust|raise|lower] the temperature
        what is the way to [raise|lower|set] the temperature
        I would like to [lower|raise|adjust|change] the temperature
        show me how to [set|adjust|change|tune] [the temperature|the sampling temperature]
        can I make [the answers|an answer|you] more [creative|random|varied|predictable]
        I want [more creative|less random|more varied|more predictable|deterministic] answers
        how to get [creative|varied|predictable|deterministic] answers
        how do I [control|adjust|tune] the [randomness|creativity|temperature]
        which [setting|option] [controls|tunes] the [randomness|creativity]
        is there a setting for [randomness|creativity|the temperature]
        the answers are too [random|wild|predictable|creative], what can I [change|set]
        the model is too [wild|random|creative], how do I [lower|reduce] that
        can answers be less [wild|random]
        how to make it less [wild|creative|random]
        [temperature setting|temperature option|temperature for a cell|sampling temperature]
        what does a [low|high|higher|lower] temperature [do|mean]
        what does temperature [0|zero] [do|mean]
        a [high|low] temperature, how do I set it
        what temperature [should I use|is good|can I set]
        which temperature [is good|should I choose|gives creative answers]
        how do I set a [low|high|higher] temperature [for a cell|in the notebook]
        raise the temperature
        [increase|reduce|control|tune] the [temperature|creativity|randomness]
        can I [increase|reduce|control] the [creativity|randomness] of the answers
        how does [sampling|the sampling|the temperature] work
        how do I take the likeliest token
        I want the likeliest [token|answer]
        can the model [always|] take the likeliest token
        how to get the likeliest answer with temperature [0|zero]
        what is the -t option for
        how do I make it more [varied|predictable]
        can I use -t for the temperature
        is -t the option for the temperature
        is temperature [0|zero] deterministic
        I want temperature [0|zero]
        a [low|high|higher] temperature for one cell
        can I control the temperature
        deterministic sampling, how do I set that
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
        is it possible to [get the same answer twice|set a seed|reproduce an answer|fix the seed]
        what is the way to [get|have] [identical|reproducible|repeatable] [answers|results]
        I would like [identical|the same|reproducible|repeatable] [answers|results] [each time|every time|]
        show me how to [set|fix|use] [a|the] seed
        can I get [identical|repeatable|reproducible] [answers|results|output]
        how to [fix|choose|give|use] [a|the] [seed|random seed]
        is there a random seed
        how do I set the random seed [for a cell|]
        can I [choose|fix] the [random seed|seed]
        I run my cell [again|twice] and the answer [is different|changes|differs], why
        the answer [changes|differs|is different] when I run the cell again
        why does the [answer|result|output] [change|differ] [each time|every time]
        why do I get [a different answer|another answer|different results] [each time|every time]
        how do I get the same [output|result|text] when I rerun [a|the] cell
        a rerun should give the same [answer|result|output]
        I rerun my notebook and the answers [differ|change]
        how can a rerun [give|have] identical results
        the same answer [every time|each time|again], how
        does the same prompt [always|] give the same answer
        can my [results|notebook|prompt] be [reproducible|repeatable|reproduced]
        can I run a prompt twice and get the same [answer|results]
        do two runs differ
        how can I run it again and the answer does not [change|differ]
        [seed option|seed setting|random seed|fixed seed]
        what seed [should|can] I [use|choose|give]
        I want to reproduce [an answer|my results|the output]
        the result must be [the same|identical|reproducible] [each time|every time]
        what does --seed do
        what is --seed [for|]
        how do I use --seed
        is --seed the option for repeatable answers
        [reproducible|repeatable] [answers|results|notebooks]
        how can two runs give [the same|an identical] answer
        fix the seed
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
        is it possible to [limit|restrict|cap] [the length|the answer|the tokens]
        what is the way to [limit|shorten|restrict] [answers|an answer|the reply]
        I would like [shorter|short] [answers|replies|responses]
        show me how to [limit|cap|restrict] the [length|tokens|answer]
        how to [restrict|reduce|limit] the [length|number of tokens]
        can [answers|replies|responses] be [shorter|shortened|limited]
        can I [cap|restrict|reduce] the [number of tokens|tokens|length of an answer]
        how to get [shorter|short] [replies|responses|answers]
        your [answers|replies|responses] are too long for me
        the [reply|response] is too long, can I [limit|shorten|reduce] its length
        how do I keep [answers|replies|responses] short
        keep the [answers|replies] short
        I want [answers|replies|responses] of at most [100|50|200] tokens
        what is the maximum length [of a reply|of a response|]
        is there a [token limit|maximum length|limit for answers|maximum for an answer]
        [token limit|max tokens|maximum tokens|max_tokens|length of the answer]
        where do I set [the token limit|max_tokens|the maximum length]
        which [setting|option] [caps|restricts|sets] the [length|number of tokens]
        how do I [raise|increase|change] [the token limit|max_tokens|the maximum length]
        how do I allow longer [answers|replies]
        I want longer [answers|responses]
        can [answers|replies] be longer
        how to get longer [answers|replies] with more tokens
        the answer is cut off, how do I allow more tokens
        why [is|was] the [answer|reply] cut off
        can I allow more tokens [in|for] an answer
        after how many tokens is an answer cut off
        how do I cut answers after [50|100|200] tokens
        what is the -n option for
        can I use -n to limit the answer
        is -n the maximum number of tokens
        how can I reduce the [output|text|length] of the answers
        can the model [write|say] less
        how do I get less [text|output] in an answer
        less text in the answers, how
        how to make it [say|write] less
        can the answer end after [50|100|200] tokens
        allow at most [50|100|200] tokens
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
        is it possible to [set|give|add|change] a system [prompt|message|text]
        what is the way to [set|give|write] [a system message|system instructions|a system prompt]
        I would like to [set|give|add] a [system prompt|system text|role for the model|persona]
        show me how to [set|write|change] [a|the] system [prompt|text|message]
        can I [add|change|write] [a|the] system message
        how to [instruct|tell] the model [how to answer|how to behave|what role to play]
        can I instruct [you|the model] to [behave in a certain way|follow rules|play a role]
        I want to instruct the model how to [answer|behave]
        how do I instruct the model for [every cell|all answers|the notebook]
        how do I give the model a [persona|role|style|tone]
        can the model have a [persona|role|certain style|certain tone]
        is there a way to set a [role|persona|style|tone]
        how do I [change|set|define] the [tone|style|behaviour] of [the answers|the model|your answers]
        I want the model to [play a role|follow rules|follow instructions|have a persona]
        the model should always [answer in a certain style|follow my instructions|follow my rules|behave in a certain way]
        where do [the instructions|my instructions|my rules] for the model go
        how do I set rules for the [model|answers]
        can I give [rules|instructions] to the model
        [system message|system text|system instructions|system option]
        what is the -s option for
        can I use -s for a system [text|prompt]
        is -s the option for the system [text|prompt]
        how to define [rules|the tone|a role] for the model
        the model should always behave in one way, how
        how does [a|the] system [prompt|text|message] work
        which [setting|option] [gives|changes] the system [prompt|message|text]
        [instructions|rules] for [every cell|all prompts|the whole notebook|the model]
        define [a role|the behaviour|a persona] for the model
        how can I change how [the model|it] behaves
        can the system prompt be [set|changed] for [one cell|the notebook]
        how to change the [tone|style|behaviour] of the model
        a certain [tone|style|role] for all answers, how
        add a system [prompt|text|message] to [a cell|the notebook]
        explain the system [prompt|text|message]
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
        is it possible to [start over|begin afresh|clear the chat|reset the conversation]
        what is the way to [start a new chat|clear the context|begin anew|reset the chat]
        I would like to [start over|begin a new conversation|start afresh|erase the chat]
        show me how to [reset|clear|wipe|erase] the [chat|conversation|history|context]
        can I [erase|discard|wipe|empty|reset] the [whole chat|chat|conversation|history]
        how to [erase|discard|empty|restart] the [chat|conversation]
        which command [clears|resets|erases|wipes] the [chat|conversation|context|history]
        how do I clear the [history|whole history|session]
        erase the [chat|whole conversation|history]
        begin [a new chat|afresh|anew|a fresh conversation]
        start [over|afresh|anew|from scratch]
        [new chat|new conversation|fresh start|new session]
        how do I get a [blank|fresh|empty] [chat|conversation|context]
        I want a [blank|fresh|clean] [chat|conversation|session]
        can I have a [blank|clean|fresh] [chat|context]
        how to begin with a [blank|clean|empty] [chat|context]
        a [blank|empty|clean] chat, how
        I have a new topic, how do I [start over|clear the chat]
        how do I begin a new topic
        a new topic, how do I [reset the chat|start afresh]
        can I start a new [topic|session]
        can I begin from scratch
        I want to [wipe|empty|discard] the [session|chat|context]
        the model should forget [everything|the whole chat|the whole conversation], how
        make [it|the model] forget [everything|the whole conversation]
        how do I make you forget [everything|the whole chat]
        discard the [chat|whole conversation|session]
        how can I discard everything
        how do I start from scratch with an empty chat
        how do I [clear|empty|reset|restart] the context
        what does %llm reset do
        what is [%llm reset|--new] for
        is --new for a fresh chat
        can I use --new to [start over|begin afresh]
        how does %llm reset work
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
        how do I [display|print|read] the [history|transcript|conversation so far]
        can I [read|reread|view] the [previous|earlier|past] [turns|messages|prompts]
        is it possible to [see|inspect|display] the [past|previous] [turns|messages]
        what is the way to [look back at|read|inspect] [the chat|our conversation]
        I would like to [see|read|look at] [the transcript|our conversation|the previous turns]
        does the model get the whole [chat|transcript|history]
        show me how to [view|display|inspect] the [context|history|chat]
        show me [everything|all that] we said [so far|before]
        the [transcript|log] of [the chat|our conversation], where is it
        where can I [read|find|look at] the [log|transcript] of this chat
        [print|display|list] the [chat|conversation|turns|messages] so far
        let me scroll [back|up] in the chat
        [chat|conversation] [log|transcript|history]
        is there a [log|transcript|record] of [what we said|the conversation|this chat]
        I want to [look back|scroll back|look at the past messages|reread the chat]
        how to [look back|scroll back] [in the chat|to earlier messages|to the previous turns]
        can I look back at [what was said|what I asked before|past turns]
        how do I get the whole [record|transcript|log] of the chat
        how do I [inspect|check] what the model [sees|gets|is sent] before my prompt
        which [earlier|previous|past] turns does the model see
        what [messages|turns] are [in the context|in the history]
        how long is the [history|conversation|chat] [by now|already]
        how [big|long|full] is the [context|context window] [by now|]
        is the context window full
        is there a command [to inspect|to print|to display] the [history|transcript|context]
        what was [said|asked] [so far|earlier] in this [chat|conversation]
        what have we [said|talked about|asked] so far
        can I [inspect|print|check] the context [window|]
        how do I scroll [back|up] through [the history|our chat|the messages]
        how long is the context window
        how can I [check|reread] [the log|what I asked earlier|the record of this chat]
        I cannot see the [earlier|previous] [turns|messages], where are they
        what does the [context|context window] [hold|contain] [now|]
        the [history|record] of [this notebook|this conversation], please
        let me [see|reread|check] [the record of our chat|the whole transcript|the log]
        what does the history [hold|contain]
        does the [context|history] [contain|hold] [all turns|the earlier prompts]
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
        how do I [erase|drop|strike] [one|a single|the last|the previous] [turn|message|exchange]
        is it possible to [erase|undo|take back|remove] [a single turn|the last turn|one message]
        what is the way to [undo|drop|erase] the last [exchange|message|turn]
        can I [take back|undo|erase|withdraw] [my last prompt|the last message|what I just asked]
        I would like to [take back|forget|withdraw|erase] the last [turn|prompt|exchange]
        the last prompt was a mistake, undo it
        show me how to [remove|erase|cut] [a turn|single turns|a few turns]
        [erase|drop|delete] the [last|latest] [turn|exchange|message]
        how to [drop|erase|strike] [turns 2 to 4|turn 3|the latest turn]
        [take back|withdraw] [the last|my last|the latest] prompt
        my last prompt [was a mistake|was wrong], how do I [take it back|undo it|remove it from the chat]
        [turns|turn] 3 and 4 should be dropped
        the last [answer|turn] was [wrong|bad|a mistake], can I [drop|erase|undo] it
        I made a mistake in the [last|latest] prompt, how do I [undo|withdraw] it
        there is a [bad|wrong] [turn|message|answer] in the [chat|history], how do I get it out
        how can I [delete|forget|cut] only [one turn|some of the turns|the last message]
        how to get a [bad|wrong|single] [turn|answer|exchange] out of the history
        can I get turns 2 to 4 out of the chat
        which command [undoes|drops|erases] the last turn
        is there [an undo|a way to undo] [for the last turn|for the last prompt|in the chat]
        undo [my last prompt|the latest turn|the previous turn]
        can [a turn|a message|single turns|an exchange] be [removed|deleted|taken out|undone]
        can the [last|latest|previous] [turn|message] be [undone|forgotten|dropped|erased]
        go a step back
        [cut|drop|strike] turns 2 to 4 [from the chat|out of the history]
        how do I [strike|cut] a [message|bad answer|turn] [from|out of] the conversation
        [forget|drop] turn 3
        forget [the last|the previous|the latest] [turn|message|exchange]
        make the model forget [the last turn|one turn|the previous exchange|a single message]
        can one turn be erased
        [forget|undo|remove] what I [just asked|asked last]
        I do not want [the last turn|this turn|that message] in the chat
        go back one [turn|exchange|step] in the chat
        how do I go [one turn|one step|a step] back
        can I go a step back and [undo|drop] the last answer
        should a turn be [dropped|undone|erased], how do I do it
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
        is it possible to ask [without|outside] the [history|chat|conversation|context]
        what is the way to [ask|prompt|run a cell] without [the conversation|the context|earlier turns]
        I would like to ask [alone|without history|something outside the conversation]
        show me how to [run|send] a [standalone|single|separate] prompt
        how do I [write|send|run] a [standalone|stateless|one-off] [prompt|question]
        can I exclude the previous turns
        a [standalone|one-off|stateless] [prompt|question], how
        can I ask a [one-off|stateless|standalone] question
        can one [cell|prompt] [skip|ignore|leave out] the [history|context|chat]
        how to [skip|ignore|leave out|exclude] the [history|context|earlier turns]
        how do I [skip|exclude|leave out] [earlier|previous] turns [for one prompt|in one cell|]
        a separate prompt that is not added to the chat
        which option ignores the [history|chat|context]
        is there an option [to ignore|to skip|to exclude] the history
        [ignore|skip|leave out] the history [for this cell|for one prompt|this time]
        I want [one prompt|a cell|this question] to [ignore|skip] the [chat|history|conversation]
        the model should [ignore|not see|not read] the [chat|earlier turns|previous turns] [for one prompt|this time]
        one prompt that stays out of the chat, how
        can the model answer without [the chat|reading the history|seeing earlier turns]
        can a question stay [outside|out of] the [chat|history|conversation]
        this prompt should [stand alone|stay out of the chat|not be remembered|not be added to the chat]
        my question should not be [kept|added|remembered] in the [history|chat]
        how do I ask without [adding to|changing|touching] the [chat|history|conversation]
        can a separate question be kept out of the chat
        a prompt that is not [added to|kept in] the [chat|conversation|history]
        can I ask something [separate|off the record] that the chat does not [keep|remember]
        how to ask [off the record|on the side]
        ask [off the record|on the side|on its own]
        is there a way to ask [on the side|off the record|a side question]
        should a prompt stand alone, how do I send it
        a side question [off the record|that the chat does not see|], how do I ask it
        can I run a [stateless|single|one-off] prompt with no [history|context]
        [no context|without context|no history], just [this prompt|one question]
        how do I prompt with no [memory|earlier turns] of the chat
        how do I ask with [no context|no memory of the chat], only this time
        a cell without [memory|context] of the [earlier|previous] turns
        can a prompt run with no memory of the conversation
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
        is it possible to have [two|several|multiple|parallel] [chats|conversations]
        what is the way to [have|keep|run] [multiple|parallel|several] chats
        I would like [two|several|multiple|parallel] [chats|conversations|threads] [in one notebook|]
        can I split a long chat by topic
        show me how to [name a chat|keep chats apart|use several chats|run parallel chats]
        how do I [run|hold] [parallel|multiple|two] [chats|conversations|threads]
        can I [hold|run] [multiple|two|parallel] conversations [at once|at the same time|side by side]
        which chat does this cell belong to
        multiple [chats|conversations|threads] in one notebook
        [several|parallel|separate] [chats|conversations|threads]
        how to [keep|hold] [two chats|several conversations|different chats] [apart|separate|side by side]
        two topics, two chats, how do I keep them apart
        how do I [separate|split] [chats|conversations|two topics]
        can I split [the notebook|my notebook] into [several|two|separate] chats
        how do I [give|set] the name of a chat
        how to select a chat by its name
        how do I [choose|select|say] which chat a [prompt|cell] [goes to|belongs to]
        can a cell [go to|belong to|use] [another|a different|a named] chat
        which option is for the chat
        can I choose the chat for a cell
        which chat does a [cell|prompt] belong to, how do I [choose|select] it
        how to [change|move|jump] [between|from one chat to another in] [chats|conversations]
        how do I [jump|move|change] to [the other|a different|a second|another] [chat|conversation]
        how do I return to a named chat
        [switch|jump|change] to another chat
        how can I go [from one chat to another|back to the first chat|to the other chat]
        how do I return to [the notebook's own chat|the first chat|my other chat]
        move to the [second|other] thread
        can I [switch|jump|move] between [two|different|several] [chats|conversations|threads]
        can I return to [the first|my other|a named] chat
        I need [two|separate|different] [chats|conversations|threads] [for two topics|side by side|]
        a thread for each topic
        I want a [separate|different|parallel] [chat|conversation|thread] for another topic
        one chat for each topic, how
        one notebook, [two|several|many] [chats|conversations]
        how do I split the topics between chats
        a [second|separate|parallel|named] [chat|conversation] beside [this one|the first]
        how many chats can [a|one] notebook [have|hold]
        does each topic [need|get] its own chat
        select another chat for a cell
        can [each|every] chat have [a|its own] name
        named chats
        does a chat have a name
        how to [make|open] a [second|named|parallel] [chat|thread]
        go on in [the other|a second|a different] chat
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
        is it possible to [keep|hold] the model [loaded|warm|in memory|in RAM]
        what is the way to [keep the model warm|load the model ahead of time|preload a model]
        I would like the model to [stay loaded|stay warm|stay in memory|be ready]
        the model times out, how do I prevent that
        show me how to [preload|warm up|load] the model
        can I [load|warm up|preload] the model [ahead of time|in advance|before the first prompt|early]
        how to [preload|warm up] [a|the] model [in advance|ahead of time|]
        is an unused model dropped after some minutes
        [preload|warm up|load] the model
        load the model [now|ahead of time|in advance|early]
        keep the model [warm|ready|in RAM|in memory]
        can I set the idle timeout
        [hold|keep] a model in [memory|RAM] [all day|for an hour|for longer|forever]
        how do I [hold|leave] a model in [memory|RAM]
        how do I keep the model loaded [forever|for longer|for an hour|all day|the whole day]
        how many minutes does a model stay loaded
        how long [will|does] the model [remain|stay] [loaded|in RAM|in memory|ready]
        can the model [remain|stay] [loaded|warm|ready] [all day|forever|longer|]
        does the model [remain|stay] in RAM [after an answer|after its last use|when I do nothing|]
        does a model stay in memory for a pause of an hour
        after [how many minutes|what time|how long] is the model [unloaded|dropped]
        when does the model [time out|go out of memory|leave the memory] [by itself|]
        does an [idle|unused] model [stay|remain] [loaded|in memory|warm]
        load the model early, before the wait
        when is an [idle|unused] model [unloaded|dropped]
        what happens to [an idle|an unused|the idle] model after [a while|five minutes]
        what is the [idle time|idle timeout|timeout] [of a model|for a loaded model|]
        how do I hold the model in RAM the whole day
        how do I [set|change] the [keep alive|idle|loading] [time|timeout]
        is there a timeout after which the model is unloaded
        keep alive [setting|time]
        can keep alive be forever
        [keep_alive|keep alive], what does [it|that] do
        what does keep_alive [mean|do|set]
        why does the model [load|get loaded] [again|each time|anew]
        I pause for many minutes, is the model still loaded
        the model is loaded [again and again|each time|anew], how do I [avoid|prevent] that
        how do I [avoid|prevent] [loading the model again|a reload|that the model is unloaded]
        can I [avoid|prevent] the [loading time|reload|wait before the first answer]
        how do I prevent a reload after a pause
        why do I [wait|have to wait] [for the first answer|before the first prompt]
        I do not want the model to [be unloaded|time out|be dropped|reload]
        does the model reload [each time|after a restart|after a pause]
        I want to [have the model ready|load the model early|avoid the wait for the first answer]
        is the model still [ready|warm|loaded] after [a pause|an hour|a while]
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
        is it possible to [unload|free|release|evict] [the|a] model
        what is the way to [unload a model|free the memory|release the RAM]
        I would like to [unload|release|free] the [model|model's memory]
        can I empty the RAM
        I would like [my memory|my RAM|the RAM|the memory] back
        show me how to [unload a model|free the RAM|clear the RAM]
        [release|free|clear|empty] the RAM
        my memory is low, can I unload the model
        [unload|release|evict|eject] the model [now|]
        how do I [evict|eject|close|offload] [the|a] model
        how to [eject|evict|close|offload] [a loaded|the|a] model
        the model eats memory
        can I [eject|close|evict|offload] the model [when I am done|]
        can I [clear|empty|free] the [RAM|memory] [again|by hand|]
        how do I [clear|empty] the RAM
        the model fills my RAM, unload it
        which command is there to [release|clear|empty] the RAM
        which command is there to [eject|close|evict|offload] the model
        my RAM is [full|low], how do I [free|clear|release] it
        offload it by hand
        the [memory|RAM] is full, what [now|can I do]
        I am [out of|low on] [memory|RAM], what now
        there is not enough [memory|RAM], how do I [free some|unload the model]
        close the model, I am done
        the model [eats|fills] [my RAM|my memory], how do I unload it
        the model [eats|fills] too much [RAM|memory]
        I need [more|some|the] [RAM|memory] for something else
        RAM is low, how do I unload
        I am done with the model, how do I [unload|close|release] it
        I [do not need|no longer need] the model in memory
        the model is no longer needed, how do I [unload|eject] it
        can I free a full memory
        how do I make the model [give back|leave] the [memory|RAM]
        give back [the memory|my RAM|the model's memory]
        can the model give [the memory|my RAM] back
        the model eats RAM and fills memory
        can [the model|a model] be [unloaded|released|closed|evicted]
        is there a way to [unload|get the memory back|free the RAM|close the model]
        how to [unload|take a model out of RAM|release the memory] [by hand|]
        unloading [a|the] model, how
        unloading the model by hand
        does unloading [free|release|give back] the memory
        take the model [out of memory|out of RAM]
        get the model out of [memory|my RAM]
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
        is it possible to see [what is loaded|which model is running|the memory use]
        what is the way to [see|check|find out] [which model is loaded|what is running]
        I would like to [know|see] [which model is loaded|what is loaded|which model is in use]
        show me how to [see|check] [the status|which model is loaded|what is running]
        show me [which model is loaded|what is loaded|the running model|the memory usage]
        what does %llm ps mean
        what is the [current|active|running] model
        which is the [current|active] model [here|in this notebook|]
        which model is [currently|now|right now] [loaded|active|in use|running]
        which model [runs|answers] [here|now|currently|in this notebook]
        [current|active|loaded|running] model
        %llm ps, what is that
        show the [current|active|running] model
        what is [currently|right now] [loaded|in memory|running]
        how do I see the [current|active|running] model
        how do I [view|display|get] the [status|current state|memory usage]
        [status|state] of the [model|loaded model|kernel]
        how to list the loaded models with %llm ps
        [check|display|view] the [status|state]
        what [state|status] is the model in
        what is the [state|current state] of the model
        how big is the loaded model [in memory|in RAM]
        how much [RAM|memory] does the [loaded|current|running|active] model [use|take|need]
        how big is the running model
        how much [RAM|memory] is [in use|taken|used] [now|currently|right now]
        memory [use|usage] [of the model|of the loaded models]
        what is the memory [use|usage|consumption]
        how to [display|view] the [memory usage|memory consumption|loaded models]
        can I [check|see|view] the [memory consumption|RAM usage|status]
        is a big model loaded
        can I [see|know|find out] which model [is in use|is loaded|answers]
        RAM [use|usage|consumption] of the model
        is [a model|some model|any model] [running|active|in memory] [right now|currently|]
        are [any|some] models [loaded|running|active] [now|currently|]
        list [the|all] [loaded|running|active] models
        [list|display|show] [what is loaded|what is running|the loaded models]
        is there a command [for the status|that shows what is loaded|to list the loaded models]
        which command [shows|lists] [the loaded models|the status|what is running]
        what does %llm ps [do|show|list]
        how do I know [if|whether] a model is [loaded|active|running]
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
        is it possible that [my data|my text|a prompt] [leaves|goes out of] [this computer|my machine]
        I would like to know [where my data goes|if this is private|who sees my prompts]
        can third parties see my data
        is [my text|what I ask|my prompt] [kept private|confidential|secret|shared with anyone]
        is [this|it|the chat|what I write] [confidential|secret|secure]
        do you share data with third parties
        are my [prompts|data|questions|files] [confidential|secret|secure|private]
        how [private|secure|safe|confidential] is [this|it|ThreadRunner|my data]
        does it collect what I type
        can I [use|write] [confidential|secret|private|sensitive] [data|text] here
        can I trust [you|this] with [sensitive|secret|confidential|private] data
        I do not trust the cloud, is my data safe
        is [sensitive|secret|private] data [safe|secure] [here|with you]
        my data is [sensitive|confidential|secret], does it leave this [machine|computer]
        can I trust this with my data
        [are|is] my [data|text] [shared|collected|sent away]
        do you [share|collect|track] [my data|what I write|anything|my prompts]
        do strangers see what I write
        does [ThreadRunner|this|it] [collect|share|track] [data|anything|my prompts]
        does it [phone home|call home|track me|spy on me]
        is data protection taken care of
        are you [spying on|tracking] me
        is there [any|] [telemetry|tracking|spying]
        no phone home, right
        does ThreadRunner [have telemetry|send telemetry|phone home|spy on me]
        [no telemetry|no tracking], right
        does it ever phone home
        what about [telemetry|security|data protection|tracking]
        [privacy|data protection|security|telemetry]
        can other people get my data
        what about [privacy|security|my data|data protection]
        how about [privacy|security]
        do you spy on me
        does it [contact|talk to|call] [a server|a cloud|the outside|someone's server]
        does the model [contact|call|talk to] the [internet|cloud|outside]
        do you trust the cloud with my data
        does any data go [out|outside|to a server|to a third party]
        do [third parties|others|other people|strangers] [see|get|read] my [prompts|data]
        do you contact anyone
        can [others|other people|a third party|OpenAI|strangers] [see|read] [my prompts|what I ask]
        can anyone [else|] [see|read|get] what I [type|write|ask]
        do you collect and share my data
        is a [cloud|server|internet connection|network connection] needed
        do I need [an internet connection|to be online|a network connection]
        is it ever in contact with a server
        does it need [a connection|an internet connection|the cloud|to be online]
        does it work [offline|without internet|without a connection|without the network]
        is anything collected, shared or uploaded
        does everything [run|stay] [locally|on my computer|on this machine]
        does [my data|what I type|my text] stay [here|local|on my computer|private]
        is [the model|everything|this] [local|run locally|offline]
        will my [data|prompts|text] be [uploaded|shared|sent to the cloud]
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
        is it possible to [use|run|ask] it [in|from] [a|the] [terminal|shell|console|command line]
        what is the way to [ask|chat] [in|from] [a|the] [terminal|shell|console]
        I would like to run ThreadRunner [in|from] [a|the] [terminal|console|command line|shell]
        I would like to chat [in the terminal|in the console|outside Jupyter|in bash]
        is there a script for the shell
        show me how to [ask|chat|use the model] [in a terminal|in the shell|on the command line]
        [terminal|console|shell|command line] [use|usage]
        [terminal|CLI|shell|console] [chat|version]
        how do I [start|open] a chat [in|from] [the terminal|the shell|my console]
        can I ask in a shell script
        how to [start|open] a [terminal|console|shell] chat
        can I [start|open] a chat [in a terminal|from the command line|in bash]
        [start|open] a chat in the [terminal|console|shell]
        how do I ask [from|in] [bash|zsh|PowerShell|a console|my shell]
        a command line interface, is there one
        does it [run|work] [in|from] [bash|zsh|PowerShell|a console|the shell]
        can I use it [in|from] [bash|zsh|PowerShell]
        ThreadRunner in [bash|zsh|PowerShell|a terminal|the console]
        does it have a [CLI|command line interface|terminal version|console version]
        does it have an interface for the terminal
        is there a [CLI|shell version|console version|command line interface]
        what does the [CLI|command line version|shell command] do
        what does threadrunner chat do
        what do I [type|enter] in [a|the] [terminal|shell|console] [to ask|to chat]
        what do I enter in bash
        which command do I [type|enter] in the [terminal|shell|console]
        what is the [shell|command line|console] command
        do I need [a notebook|Jupyter|JupyterLab] [to ask|to chat|]
        do I have to use [Jupyter|a notebook|JupyterLab]
        in which console do I enter the command
        can I [work|ask|chat] without [Jupyter|JupyterLab|a notebook]
        I [do not have|do not want|do not use] [Jupyter|a notebook|JupyterLab], can I still ask
        I do not want a notebook, only a [terminal|shell|command line]
        I work in a [terminal|shell], how do I [ask|chat]
        how do I use it in a script
        how do I [talk to|ask|chat with] [you|the model] [line by line|outside the notebook|outside Jupyter]
        how to chat [line by line|without a notebook|from the command line]
        can I chat line by line
        one [question|prompt] from the [command line|shell|terminal], how
        how to run a [question|prompt] [in|from] the [shell|terminal|command line]
        can a shell [command|script] ask the model
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
        is it possible to [attach|include|add|read] a [file|document|text file]
        what is the way to [attach|include|send] a [file|document]
        I would like to [attach|upload|include|send] [a file|a document|my notes]
        do you accept a document
        I would like to ask about [a file|my notes|a document|the content of a file]
        show me how to [attach|include|add] a [file|document|text file]
        [attach|upload|include] a [file|document]
        can I drop notes.txt here
        [attach|send|upload] [my notes|notes.txt|this document]
        [attach|upload] [a file|files|a document], how
        file [attachment|upload]
        paste my document into the prompt
        can I add an attachment
        is there [an attachment|a file upload|an attach option]
        how do attachments work
        how do I feed notes.txt to the model
        how do I add an attachment to [a prompt|my question]
        how do I [upload|drop|paste|insert] [a document|a file|my notes] [into a prompt|]
        can I [upload|drop|insert] [a file|a document|my notes] [here|into the prompt|]
        insert a text file into the prompt
        how to [insert|paste] [a file|the content of a file|a document] into [a|my] prompt
        how to [send|pass|hand] a file to [you|the model]
        how do I [pass|hand|show|feed] [a file|a document|my notes] to [you|the model]
        can I feed it a file
        can I [pass|feed|hand|show] [you|the model] [a file|a document|my notes]
        how do I let [you|the model] [read|see|open] [a file|a document|my notes]
        can the model [open|read|see] [my notes|a document|a text file]
        does it take attachments
        how do I make you [read|open|look at] a [file|document]
        can you [open|look at|see] [my file|a document|notes.txt|my notes]
        do you [read|open|accept|take] [files|documents|text files]
        how do I pass notes.txt
        does it [accept|take|read] [files|documents|attachments]
        does a prompt [accept|take] [a file|files|an attachment]
        I have [notes|a document|a text file], can [you|the model] [read|see|open] it
        drop a file into the prompt
        I want to [ask about|send you|show you] [a file|my document|my notes]
        the [text|content] of a [file|document] in [a|my] prompt, how
        how do I use [the content of a file|a document|a text file] in a prompt
        paste the content of a file
        how do I ask a question about [the content of a document|my notes|notes.txt]
        can I ask about [the content of a file|a document|notes.txt|a text file]
        can I attach [several|two|many] [files|documents]
        how do I [attach|add] [several|two|more] documents
        is there an option [to attach|to add|for] [a file|files|documents]
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
        is it possible to [make|have|define|create] [a profile|profiles|several profiles]
        what is the way to [make|create|define|add] a profile
        I would like [a profile|two profiles|my own profile]
        I would like to [create|define|set up|use] a profile
        can I edit my coder profile
        show me how to [create|make|write|use] a profile
        [create|add|define|make] a profile
        a [new|second|coder|coding] profile, how
        how do I [set up|configure] a profile
        what does the coder profile contain
        how to [set up|define|write|configure] [a profile|profiles|my own profile]
        can I [set up|configure] [my own|a new|a second] profile
        how do I [activate|apply|select|choose] a profile
        can I [activate|apply|select|switch] a profile [for one cell|in a cell|in the notebook|]
        does a profile hold several options
        how to [activate|apply|select|choose] [a|another|my] profile
        [activate|apply|use|select] [my|a|the coder|another] profile
        how do I [change|edit] [a|my|the] profile
        can I [change|edit] a profile [later|]
        can one profile hold different settings
        where do I [edit|change|define|configure] [a profile|profiles|my profile]
        where are [profiles|my profiles] [kept|defined|stored]
        where is a profile [kept|stored|defined]
        in which file are profiles [kept|defined|stored]
        which tasks need a profile
        how do I run [a cell|one cell|one prompt] with [a|another|the coder] profile
        can one cell [use|have] [another|its own|a different] profile
        which option is there to [select|apply|choose] a profile
        what is -p for
        where are the options of a profile stored
        what is %llm use for
        what does a profile [do|hold|contain]
        what can a profile [hold|contain|set]
        what does a profile mean [here|]
        switch to my new profile
        explain [profiles|what a profile is|how profiles work]
        what are [profiles|named settings|presets|named presets]
        can I [save|keep|group|bundle] [settings|several settings] [under a name|as a profile|as a preset]
        how do I [group|bundle] [settings|several settings|options] [in a profile|under a name|in a preset]
        what do profiles contain
        is there a way to [bundle|group] [settings|options] [under one name|in a preset]
        is there a preset [for code|of settings|]
        how do I [make|use] [a preset|presets]
        can I have presets
        how do I edit a new profile
        I want to [group|bundle|name] my settings
        I want different [profiles|presets|named settings] for different tasks
        profiles for different tasks, how
        do I need a profile for different tasks
        switch to [another|a different|the coder|my] profile
        switching [profiles|the profile]
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
        is it possible to [skip|drop|omit|leave out] %%llm
        what is the way to [turn on|activate|enter|leave] prompt mode
        I would like [every cell|all cells|bare cells] to be [a prompt|prompts]
        I would like to [skip|omit|leave out|drop] %%llm
        can cells be sent as prompts automatically
        show me how to [turn on|enter|switch to|leave] prompt mode
        [turn on|switch on|activate|enable|enter] prompt mode
        [leave|exit|quit|disable|turn off] prompt mode
        how do I [activate|go into|get into] prompt mode
        is there a difference between the modes
        how do I [exit|quit|disable|get out of] prompt mode
        how to [exit|quit|leave|disable|turn off] prompt mode
        how to [enable|activate|enter] prompt mode
        can I [activate|enable|exit|disable] prompt mode [in this notebook|]
        is it necessary to write %%llm
        I am in prompt mode, how do I [get out|exit|run Python|go back to Python]
        how do I [omit|skip|drop] %%llm [in a cell|]
        can I [omit|skip|drop] [the %%llm|%%llm] [in every cell|each time|]
        can cells [be prompts|work as prompts] without %%llm
        why is %%llm necessary
        prompts without [%%llm|typing %%llm]
        I do not like typing %%llm [all the time|in each cell|]
        must I [type|write|repeat] %%llm [every time|in each cell|in all cells]
        do I need [%%llm|to type %%llm|to repeat %%llm] in [each|every] cell
        %%llm is not necessary every time, right
        is %%llm necessary in [each|every] cell
        I must repeat %%llm [each time|in every cell]
        I do not want to repeat %%llm
        make [every cell|all cells|bare cells|plain cells] [a prompt|prompts]
        quit the mode where cells are prompts
        can [plain|bare|all|normal] cells be prompts
        can a [plain|normal] cell be a prompt [by default|automatically|]
        how do I make cells prompts [by default|automatically]
        should [every|each|a plain] cell be a prompt by default, how do I set that
        which modes can I change between
        how do I make plain cells go to the model [automatically|by default|]
        [bare|normal|plain|all] cells as prompts
        how do I [return|switch back|change back] to [Python|Python mode|normal cells]
        how to [return|go back|switch back|get back] to [Python mode|Python cells|normal Python cells]
        must every cell start with %%llm
        [return|switch back|go back|back] to Python [mode|cells]
        can I [return|switch back|go back] to [Python mode|normal cells]
        can I still run Python [code|] in prompt mode
        how do I run [code|a Python cell|normal Python] [in|while in] prompt mode
        must I write %%llm
        what does %%py do
        what is %%py for
        how do I use %%py
        when do I need %%py
        how do I switch between [prompt mode and Python mode|the modes|modes]
        what modes are there
        which modes [are there|does a notebook have]
        how do I change the mode [of the notebook|]
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
        is it possible to [save|export|store|keep] [a|the|this] [chat|conversation]
        what is the way to [save|export|store|resume] [a|the] [chat|conversation]
        I would like to [save|keep|store|export] [this|our|the] [chat|conversation]
        is the chat gone when I close the notebook
        I would like to [continue|resume|reload|go on with] [a saved|an old|yesterday's] [chat|conversation]
        show me how to [save|export|store|resume|restore] [a|the] [chat|conversation]
        [export|store|back up|archive] [the|this|our] [chat|conversation]
        can I write the chat to disk
        [save|store|write] [this|the|our] [chat|conversation] [to|in|into] a file
        [resume|reopen|restore|continue] [a|the|my] [saved|old|stored] [chat|conversation]
        how do I [back up|archive] [a|the|my] [chat|conversation]
        the chat on disk, how
        how to [back up|archive|store] [a|the|our] [chat|conversation]
        can I [back up|archive|store] [the|a|this] [chat|conversation] [on disk|in a file|]
        can I [reload|reopen|restore|resume] [a|the] [saved|old|stored] [chat|conversation]
        does the chat get lost
        how do I [reload|get back|pick up] [a|my|the] [saved|old|stored|earlier] [chat|conversation]
        how to [reload|restore|reopen|continue] [a saved|an old|a stored] [chat|conversation]
        can I [pick up|continue] [a saved|yesterday's|an old] [chat|conversation] [again|later|tomorrow|]
        do I lose the old chat
        how do I pick up [where we stopped|where we left off|yesterday's chat]
        can we go on [tomorrow|later|another day] where we [stopped|left off]
        continue [yesterday's chat|a saved conversation|where we left off|where we stopped]
        go on where we left off
        I want to [continue|pick up] this [chat|conversation] [tomorrow|later|another day]
        I want to [back up|save|export] [the|our] [chat|conversation]
        I [closed|restarted] the [notebook|kernel], how do I get [the chat|the conversation] back
        we stopped yesterday, how do I go on with that chat
        is the [chat|conversation] [lost|gone|kept] when I [close|restart] the [notebook|kernel]
        will the [chat|conversation] be [lost|gone] after a restart
        do I lose the [chat|conversation] when I [close the notebook|restart]
        can I export the chat as JSON
        I do not want to lose [the chat|our conversation]
        how do I not lose the [chat|conversation] [after a restart|when I close the notebook|]
        my chat is [lost|gone] after a restart, how do I keep it
        yesterday we left off, can I get the chat back
        [chat|conversation] [export|backup|file]
        a backup of the [chat|conversation], how
        how do I make a backup of [the|this] [chat|conversation]
        a chat on disk, how do I resume it
        is there a backup of the chat
        can a [chat|conversation] be [saved|exported|resumed|restored|stored]
        is there a command [to save|to resume|to export] [a|the] [chat|conversation]
        which command is there to [resume|reload|restore|export|continue] a [chat|conversation]
        the chat as [a file|a JSON file|JSON], how
        how do I [write|export] the conversation [to disk|as a JSON file|to JSON]
        what does %llm save do
        what does %llm resume do
        what is %llm resume for
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
        can I prompt the model from a Python script
        how to send a prompt from a script
        I would like to ask [the model|you] from a Python script
        I want to call the model in my own code
        is it possible to call the model from code
        is it possible to use the model programmatically
        what is the way to ask from Python code
        what is the way to call the model [in a loop|from a loop]
        show me how to call the llm function
        show me how to ask the model in Python
        how to send many prompts in a loop
        I have many prompts, how do I ask them all in Python
        can I run a list of prompts in a for loop
        how to ask a list of questions from Python
        a list of prompts to run from code, how
        many questions in one loop, how do I ask them
        questions from a script, can I ask them
        how to stream an answer from Python [code|]
        can I stream the answer in my [script|code]
        what does llm.stream do
        how do I use llm.stream [in a loop|]
        llm.stream, what is that for
        show me llm.stream
        is there a function that [asks the model|sends a prompt]
        which Python function sends a prompt
        what does the llm function return
        what does llm("prompt") return
        can a Python function return [an|the model's] answer
        my function should return what the model says, how
        calling the model from code
        how do I get the answer in pieces from Python
        can an answer come in pieces in my code
        pieces of an answer in Python, how do I get them
        does llm.stream give pieces
        can I prompt programmatically
        is there a list of questions I can send in code
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
        how fast was that
        what do the numbers mean
        what is written below the answer
        what are the figures at the end
        what is written in the line below
        what does the line at the end say
        explain the line with the tokens
        how to read the footer
        what do the figures mean
        what do the statistics below the answer mean
        where are the statistics of an answer
        explain the statistics under an answer
        how do I read the statistics at the end
        what are the stats [below|under] the answer
        explain the stats of an answer
        where do I see the stats of an answer
        the stats at the bottom, what do they mean
        what does the line at the bottom mean
        what is written at the bottom of an answer
        the numbers at the bottom, what are they
        what are the numbers beneath [an|the] answer
        what does the text beneath an answer [say|mean]
        beneath each answer there is a line, what is that
        the little line beneath the answer, what is it
        what does the little line [under|below] the answer mean
        explain the little numbers under the answer
        what is that little footer for
        where is the token count of an answer
        how do I see the token count
        can I see the token count [below an answer|]
        is the token count shown anywhere
        how to see how many tokens an answer took
        show me how to read the line under the answer
        I would like to know how many tokens [that was|the answer took]
        where can I see how fast the answer was
        how to see the speed of an answer
        can I see the speed below the answer
        is the speed of the answer shown
        meaning of the footer
        what is the meaning of the numbers below an answer
        the meaning of the small line under the answer
        meaning of the figures at the end of an answer
        I do not understand the footer
        I do not understand the numbers [below|under] the answer
        help me understand the line below the answer
        how do I understand the figures under an answer
        is the speed written anywhere
        can I read anywhere how many tokens it took
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
        why so slow
        how to get full speed
        can I make it faster
        can it be faster
        your speed is low
        can you type faster
        how to lift the pace
        is it always this slow
        why is your speed held
        why are you throttled
        is the demo [model|] throttled
        why is the speed throttled
        you are throttled, how do I lift that
        how do I turn off the throttle
        can I remove the throttle
        is there a throttle on the demo
        what is the throttle for
        can I accelerate [you|the demo|it]
        how to accelerate the demo model
        is it possible to accelerate you
        I would like to accelerate the answers
        can you hurry [up|]
        hurry up
        how do I make you hurry
        I am in a hurry, go faster
        is there a speed limit
        how to remove the limit on the speed
        why is the speed [of the demo|] limited
        what limits your speed
        why do I have to wait so long
        I do not want to wait so long
        can I wait less for an answer
        I wait too long for an answer
        what is the way to make you quicker
        can you be quicker
        is it possible to be quicker
        I would like you to be quicker
        how to change the pace
        the pace setting
        set the pace
        can I set the pace to 0
        how to turn the pacing off
        without pacing, how
        the text comes so slowly
        why does the answer come so slowly
        you type so slowly
        show me how to speed it up
        can I have full speed
        run at full speed, how
        I want you to be faster
        is it possible to lift the pace
        is the speed of the model limited
        can the limit be lifted
        is the pace a setting
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
        is everything [as it should be|set up right]
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
        I get an error
        there is an error, what do I do
        how do I fix an error
        how to solve an error [in my setup|]
        I have an issue with the kernel
        how to find an issue
        how to fix an issue with ThreadRunner
        there is an issue, what now
        I have trouble with the setup
        trouble with ThreadRunner, what do I do
        what if there is trouble
        what can I do when I have trouble
        how to troubleshoot [ThreadRunner|it]
        can I troubleshoot my setup
        is there a command to troubleshoot
        I want to troubleshoot a problem
        how to diagnose an error
        can it diagnose problems
        diagnose my setup
        is there a command to diagnose the installation
        how to verify my setup
        can I verify that everything works
        is it possible to verify the installation
        what is the way to verify that it works
        is there a health check
        run a health check
        how to do a health check
        show me how to run a health check
        how to repair my setup
        can I repair the installation
        I want to repair it
        the setup needs repair, what do I do
        it is not working
        ThreadRunner is not working, what can I do
        why is it not working
        nothing is working
        is everything working
        I would like to check my setup
        show me how to check the setup
        can it fix my setup
        nothing works, what now
        how to repair a broken installation
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
        is there an endpoint for programs
        what is the endpoint
        how to use the OpenAI endpoint
        which endpoint do I give my app
        can I ask with curl
        how to send a prompt with curl
        is it possible to use curl
        curl and the model, how
        which URL does a client need
        what is the URL of the endpoint
        base URL for the OpenAI client
        I need the URL of the server
        which port does the server use
        on what port is the API
        where do I find the API key
        I need an API key
        how to get a key for the API
        does the API need a key
        how to connect an app to the model
        I want to connect a client
        is it possible to connect other programs
        can I connect my application
        start the server
        how to run it as a server
        I would like to run a server
        can ThreadRunner be a server
        show me how to use the API
        what is the way to use the API
        is there a REST endpoint
        can I use REST
        REST API, how
        I would like to use REST
        can external programs ask the model
        an external client, how does it connect
        is it open to external programs
        how do external apps ask the model
        how can my application ask the model
        can another application use the model
        an application of mine should ask you
        how to expose the model over HTTP
        can I expose an API
        I want to expose the model to other programs
        expose it as a server
        is the API like that of OpenAI
        how to print the API token
        the API token, where is it printed
        another application needs the address
        where is the API key printed
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
        the kernel is missing [in Jupyter|]
        why is the ThreadRunner kernel missing
        ThreadRunner is missing from the list of kernels
        in JupyterLab the kernel is missing, how do I add it
        how to install the kernelspec
        where is the kernelspec [of ThreadRunner|]
        register a kernelspec for Jupyter
        is there a kernelspec
        ThreadRunner is not in the launcher
        how do I get the kernel into the launcher
        the launcher does not show the kernel
        add it to the launcher of JupyterLab
        the kernel does not appear in Jupyter
        how to make the kernel appear [in JupyterLab|]
        ThreadRunner does not appear in the list of kernels
        why does the kernel not appear
        how to enable the extension
        enable ThreadRunner in my own kernel
        can I enable it in an IPython kernel
        is it possible to enable the extension in Jupyter
        how to set up the kernel
        how to set up ThreadRunner
        I would like to set it up in JupyterLab
        is it possible to set it up for Jupyter
        show me how to install ThreadRunner
        what is the way to install ThreadRunner
        is it possible to use ThreadRunner in another kernel
        I want to install it in Jupyter
        can I load the magics in another kernel
        how to get the magics into my own kernel
        load the magics in an ordinary Python kernel
        do the magics work in my own kernel
        what does threadrunner install do
        which command installs the kernel
        which command adds the kernel to Jupyter
        I want to register the kernel in JupyterLab
        can I install ThreadRunner as a kernel
        installing the kernel, how
        how to get it into the ordinary kernel
        can the ordinary kernel load the extension
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
        where are my preferences
        how to change preferences
        can I set preferences
        I want to see my preferences
        how to adjust a setting
        can I adjust the settings
        I would like to adjust the configuration
        what can I adjust
        what is config.toml [for|]
        where is config.toml
        how to write a setting into config.toml
        what goes into config.toml
        can I edit config.toml
        how to edit the settings
        edit the config file
        can I edit the configuration by hand
        how to make a setting permanent
        can a setting be permanent
        I want a permanent setting
        permanent settings, how
        how to see the value of a setting
        which value does a setting have
        give a setting a new value
        how to change the value of a setting
        how to change the defaults
        what are the defaults
        where are the defaults
        I would like to set a default
        can I customize ThreadRunner
        how to customize the settings
        I want to customize it
        what can I customize
        what is the way to change a setting
        is it possible to change the settings
        show me how to change settings
        list the settings
        show my settings
        the configuration file, where is it
        how to set something for all notebooks
        which settings are in force
        a config file for defaults
        what is my default
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
        how to uninstall a model
        can I uninstall a model
        uninstall a downloaded model
        I would like to uninstall a model
        how to erase a model
        erase a model file
        can a model file be erased
        I want to erase a model from the disk
        how to discard a downloaded model
        discard a model
        can I discard a model that I pulled
        I want to discard a model file
        how to clean up old models
        clean up the models folder
        can I clean up models I do not need
        clean up downloaded models
        remove old models
        how to delete an old model
        I want to get rid of old models
        delete unused models
        an unused model takes disk space, how do I remove it
        can I remove unused models
        how to get rid of an unused model
        my disk is full of models
        the disk is full, how to delete a model
        the disk is full, which model can I delete
        full disk, how do I remove a model
        is it possible to delete a model
        what is the way to delete a model
        show me how to delete a model
        I do not need a model any more
        I would like to delete a model file
        what does %llm rm do
        what is %llm rm for
        how to use %llm rm
        does %llm rm delete the file
        remove gemma from the disk
        delete gemma
        how to delete the gemma model
        can I get rid of gemma
        can it be erased from the disk
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
        is there a manual
        where is the manual
        where do I find the manual
        I want to read the manual
        where is the documentation
        is there documentation of the commands
        show me the documentation
        how to open the documentation
        where are the docs
        docs for the options
        can I read the docs
        I would like to read the docs
        an overview of the commands
        is there an overview of the options
        give me an overview of all commands
        I would like an overview of the magics
        what flags are there
        which flags does %%llm have
        a list of the flags
        how to see all flags
        is there a cheat sheet
        a cheat sheet of the commands
        can I have a cheat sheet
        where is the cheat sheet
        show me how to get help
        help on the options
        help for the magics
        what is the way to see all commands
        is it possible to list the commands
        what commands does %llm know
        which magics can I use
        all the magics, where are they listed
        what does each option do
        explain the options [of %%llm|]
        explain the commands
        I would like to see all commands
        I forgot a command
        I forgot the name of an option
        I forgot which commands there are
        I forgot what an option does, where do I read it
        the list of commands
        where is it explained what I can type
        explain all flags
        which manual explains the commands
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
        how to render an answer as Markdown
        can it render HTML
        render the answer as HTML
        can you render Markdown
        I want the answer rendered as Markdown
        is Markdown rendered
        how is an answer rendered
        can an answer be rendered as code
        how to show the raw text of an answer
        can I have the raw output
        raw text, how do I get that
        I want to see the raw answer
        show the answer in Markdown
        can I get Markdown
        how to get Markdown output
        can I display an answer as code
        display the answer as plain text
        how to change how an answer is displayed
        which formats does -f take
        what formats does -f know
        what is -f for
        is it possible to get JSON output
        what is the way to get JSON output
        show me how to get HTML
        I would like an answer as code
        make the answer JSON
        an answer in JSON format, how
        can answers be shown as code
        switch the format to JSON
        how to switch the output format
        can I switch to plain text
        switch to HTML output
        how to change the look of an answer
        can an answer look different
        I want the answer to look like code
        the look of the output, where do I set that
        formatting an answer, how
        is it possible to change the format
        I would like another output format
        a different format for the answer
        the answer in a different format
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
        where is a pulled model
        where to put a GGUF file
        which directory are the models in
        what is the models directory
        directory of the GGUF files
        in which directory does pull put a model
        what is the location of the model files
        location of the models on disk
        the location of a pulled model, where is it
        how do I find the location of my models
        where is a downloaded model located
        where are the GGUF files located
        in which folder is a model located
        where is the models folder located
        can I copy a GGUF file into the folder
        where do I copy my GGUF file
        how to copy a model file into the models folder
        I want to copy a GGUF file by hand
        where do I move a GGUF file
        can I move my own model file into the folder
        how to move a GGUF file into the right folder
        I want to move my own GGUF file to the models
        where do I place a GGUF file
        in what place are models stored
        can I place my own model in the folder
        the right place for GGUF files
        what is the path of the models folder
        on which path are the models
        I need the path of a model file
        path to the GGUF files
        show me where the models are
        is it possible to use my own GGUF file
        I would like to use my own GGUF file
        what is the way to add a GGUF file
        where are GGUF files stored
        where did the model go that I pulled
        on disk, where are the models
        where on the disk is a model file
        what is in ~/.threadrunner/models
        the models folder, which one is it
        the right folder for a downloaded model
        where is my model stored
        by hand, where do I put a model file
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
        what kind of tool is ThreadRunner
        is ThreadRunner a tool for Jupyter
        what is this tool
        what does this tool do
        what sort of software is ThreadRunner
        what software is this
        what is this software for
        explain this software
        what is the purpose of ThreadRunner
        the purpose of this kernel
        what is the purpose of this program
        explain the purpose of ThreadRunner
        a short introduction to ThreadRunner
        I would like an introduction to ThreadRunner
        is there an introduction to this kernel
        give me an introduction to this program
        what is the idea of ThreadRunner
        the idea behind this kernel
        explain the idea of this program
        I have no idea what ThreadRunner is
        a summary of ThreadRunner
        can I have a summary of what ThreadRunner does
        give me a short summary of this program
        I would like a summary of ThreadRunner
        describe this kernel
        describe this program
        describe what ThreadRunner does
        can you describe this tool
        can you explain ThreadRunner
        I want to know what ThreadRunner is
        what does this kernel do
        why would I use ThreadRunner
        ThreadRunner in one sentence
        what is ThreadRunner, in short
        show me what ThreadRunner does
        how does this kernel work
        I am new to ThreadRunner, what is it
        ThreadRunner, what is that
        describe ThreadRunner in one sentence
        say in one sentence what this kernel is
        what does this program do, in short
        what sort of program is this
        what sort of kernel is this
        """,
    ),
}
