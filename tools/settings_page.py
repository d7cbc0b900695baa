"""Write docs/settings.md from the settings' own declarations."""

from __future__ import annotations

from pathlib import Path

from threadrunner_kernel import config

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
SCOPES = {
    "request": "They travel in every request: each cell and each command may have its own.",
    "host": "Read once, when the host starts. A program that asks for other values is told so; `threadrunner stop` "
    "lets the next host start with them.",
    "client": "They concern the notebook or the command itself.",
}
HEAD = """# Settings

Written by `python tools/settings_page.py` from `threadrunner_kernel/config.py`.

A value comes from the last of these that has one:

1. the default;
2. `config.toml` in the home folder: `temperature = 0.2`;
3. the environment, `THREADRUNNER_` and the name in capitals: `THREADRUNNER_TEMPERATURE=0.2`;
4. in a notebook, IPython's configuration: `%config ThreadRunner.temperature = 0.2`, or
   `c.ThreadRunner.temperature = 0.2` in `ipython_config.py`;
5. the profile, if one is chosen;
6. in a notebook, `%llm set temperature=0.2`;
7. the option of a cell, of a command or of `llm()`: `--temperature 0.2` (`--max-tokens` for `max_tokens`). Options are
   the settings of the request and the profile, and on cells `--view` and `--format`.

An unknown name or a value that does not fit is an error that says what would fit.

`%llm set` takes several at once; `name=` or `%llm unset name` puts one back; `%llm get` shows each value and where it
comes from. What `%llm set` and `%config` have set is this notebook's alone and ends with its kernel. A host setting
that is set there takes effect when the next host starts.

## Profiles

A profile is a table of request settings in `config.toml`:

```toml
[profiles.coder]
model = "qwen-coder"
system = "Answer with code alone."
temperature = 0.1
```

`%%llm -p coder` uses it for a cell, `%llm use coder` for the notebook (`%llm use` ends that), `threadrunner -p coder
"PROMPT"` in a terminal; `THREADRUNNER_PROFILE`, `profile = "coder"` in `config.toml` and `%config ThreadRunner.profile`
work as for every setting. An empty name (`-p ""`) is no profile.

## Files and older names

The home folder is `~/.threadrunner`, or `THREADRUNNER_HOME`: `config.toml`, `models/` and `logs/` are in it. Two names
of older systems work as aliases: `THREADRUNNER_BACKEND` (`llama`, `dummy`) for `engine`, `THREADRUNNER_MODEL_PATH` for
`model`.
"""
TABLE = "| name | default | what it does |\n|---|---|---|\n"


def page() -> str:
    """The page's text."""
    parts = [HEAD]
    for scope, text in SCOPES.items():
        parts.append(f"\n## {scope.capitalize()} settings\n\n{text}\n\n{TABLE}")
        parts += [_row(name) for name in config.FIELDS if config.FIELDS[name].metadata["scope"] == scope]
    return "".join(parts)


def _row(name: str) -> str:
    field = config.FIELDS[name]
    names = ", ".join(f"`{text}`" for text in (name, *field.metadata["flags"]))
    default = "" if field.default is None else f"`{field.default}`"
    return f"| {names} | {default} | {field.metadata['help']} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
