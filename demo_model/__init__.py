"""How the model `demo` is made: its dialogues, its training, its file, its evaluation. No user ever runs this."""
