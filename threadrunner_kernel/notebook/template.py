"""``{{ expression }}`` in a prompt, from the notebook's variables. Nothing else in a prompt is active."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from typing import Any

import jinja2
import jinja2.meta

from threadrunner_kernel.config import nearest
from threadrunner_kernel.errors import TemplateError

# Jinja wants delimiters for statements and comments; these cannot be typed, so `{%` and `{#` are plain text.
_UNTYPEABLE = "\x00\x01"
_environment = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    block_start_string=f"{_UNTYPEABLE}%",
    block_end_string=f"%{_UNTYPEABLE}",
    comment_start_string=f"{_UNTYPEABLE}#",
    comment_end_string=f"#{_UNTYPEABLE}",
)
_environment.globals = {name: value for name, value in vars(builtins).items() if not name.startswith("_")}


def render(text: str, namespace: Mapping[str, Any], as_text: Callable[[Any], str] = str) -> str:
    """The prompt with its expressions replaced by ``as_text`` of their values, which are not rendered again.

    Raises:
        TemplateError: an unknown name, a mistake in an expression, or what an expression raised.
    """
    if "{{" not in text:
        return text
    try:
        tree = _environment.parse(text)
        _check_names(jinja2.meta.find_undeclared_variables(tree), namespace)
        if any(name.name == "self" for name in tree.find_all(jinja2.nodes.Name)):
            raise TemplateError("The prompt uses {{ self }}, which templates keep: give the variable another name.")
        return _environment.overlay(finalize=as_text).from_string(tree).render(dict(namespace))
    except jinja2.TemplateSyntaxError as exc:
        message = f"Line {exc.lineno} of the prompt has a mistake in {{{{ … }}}}: {(exc.message or '').rstrip('.')}."
        raise TemplateError(f"{message} With --no-template braces are plain text.") from exc
    except TemplateError:
        raise
    except Exception as exc:  # whatever the user's own expression raises
        raise TemplateError(f"An expression in the prompt failed: {type(exc).__name__}: {exc}") from exc


def _check_names(used: set[str], namespace: Mapping[str, Any]) -> None:
    for name in sorted(used):
        if name not in namespace and name not in _environment.globals:
            known = [key for key in namespace if not key.startswith("_")]
            close = nearest(name, known).split(" Known:")[0]
            raise TemplateError(f"The prompt uses {{{{ {name} }}}}, and the notebook has no variable {name!r}.{close}")
