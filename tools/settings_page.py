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

Order: the default, then `config.toml` in the home folder, then the environment (`THREADRUNNER_` and the name in
capitals), then the option of a cell or a command (`--max-tokens` for `max_tokens`; those of the request, and on cells
`--view`). An unknown name or a value that does not fit is an error that says what would fit.

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
