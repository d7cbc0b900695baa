"""A runner: one process for one loaded model, with the OpenAI chat API on a private socket."""
