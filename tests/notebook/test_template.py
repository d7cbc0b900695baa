"""``{{ expression }}`` in a prompt: what is filled in, what stays plain text, and what is said of a mistake."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadrunner_kernel.errors import TemplateError
from threadrunner_kernel.notebook.template import render


class Table:
    """Something of the user's that prints itself."""

    rows = 3

    def __str__(self) -> str:
        return "a | b"


NAMESPACE: dict[str, Any] = {"name": "Ada", "table": Table(), "prices": {"tea": 2.5}, "row": [1, 2], "_hidden": "h"}


@pytest.mark.parametrize(
    ("prompt", "rendered"),
    [
        ("Hello {{ name }}!", "Hello Ada!"),
        ("{{name}}{{ name }}", "AdaAda"),
        ("{{ table }} of {{ table.rows }}", "a | b of 3"),
        ("{{ prices['tea'] }} {{ prices.tea }} {{ row[-1] }}", "2.5 2.5 2"),
        ("{{ name.upper() + '?' }}", "ADA?"),
        ("{{ len(row) }} {{ sum(row) }} {{ sorted(row, reverse=True) }}", "2 3 [2, 1]"),
        ("{{ row | join(', ') }}", "1, 2"),
        ("{{ 1 if row else 2 }}", "1"),
        ("{{ _hidden }}", "h"),
        ("{{ None }}", "None"),
        ("{{ '{{' }} and {{ '}}' }}", "{{ and }}"),
        ("two\nlines {{ name }}\n\n", "two\nlines Ada\n\n"),
    ],
)
def test_expressions_are_filled_in_from_the_notebooks_variables(prompt: str, rendered: str) -> None:
    assert render(prompt, NAMESPACE) == rendered


@pytest.mark.parametrize(
    "prompt",
    [
        "{% for x in y %} {{ name }}",
        "{# no comment #} {{ name }}",
        "{%- raw %} {{ name }} {% endraw -%}",
        "# for x in y\n## {{ name }}",
        "{ name } } { {{ name }} $name ${name} %(name)s {name}",
        "<b>&amp; {{ name }}</b>",
        "`{x: 1}` {{ name }} }}",
    ],
)
def test_only_double_braces_are_active(prompt: str) -> None:
    assert render(prompt, NAMESPACE) == prompt.replace("{{ name }}", "Ada")


def test_the_braces_of_json_are_plain_text() -> None:
    prompt = '{"a": {"b": [{"c": 1}]}} {} {x} }}'
    assert render(f"{prompt} {{{{ name }}}} {prompt}", NAMESPACE) == f"{prompt} Ada {prompt}"


def test_each_value_becomes_text_by_the_given_function_and_filters_see_the_value() -> None:
    shown = render("{{ row }} {{ row | length }} {{ 'x' }} plain", NAMESPACE, lambda value: f"<{value}>")
    assert shown == "<[1, 2]> <2> <x> plain"


def test_a_mistake_names_the_way_to_send_braces() -> None:
    with pytest.raises(TemplateError, match="--no-template"):
        render("{{ }}", {})


@given(st.text().filter(lambda text: "{{" not in text))
def test_a_prompt_without_double_braces_is_sent_as_it_is(prompt: str) -> None:
    assert render(prompt, {}) == prompt


@given(st.text())
def test_what_a_variable_brings_in_is_not_rendered_nor_changed(value: str) -> None:
    assert render("<{{ x }}>", {"x": value, "name": "Ada"}) == f"<{value}>"
    assert render("<{{ x }}>", {"x": f"{{{{ name }}}}{value}", "name": "Ada"}) == f"<{{{{ name }}}}{value}>"


def test_a_variable_wins_over_a_builtin_of_its_name() -> None:
    assert render("{{ max }} {{ min(1, 2) }}", {"max": "mine"}) == "mine 1"


def test_the_namespace_is_not_changed() -> None:
    namespace = dict(NAMESPACE)
    render("{{ name }} {{ len(row) }}", namespace)
    assert namespace == NAMESPACE


@pytest.mark.parametrize("prompt", ["{{ nme }}", "{{ 1 + nme }}", "{{ nme.upper() }}", "{{ 'x' if False else nme }}"])
def test_an_unknown_name_is_an_error_with_the_nearest_variable(prompt: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(prompt, NAMESPACE)
    assert caught.value.message == (
        "The prompt uses {{ nme }}, and the notebook has no variable 'nme'. Did you mean 'name'?"
    )


def test_an_unknown_name_far_from_all_variables_is_an_error_without_a_guess() -> None:
    with pytest.raises(TemplateError) as caught:
        render("{{ zzz }}", NAMESPACE)
    assert caught.value.message.endswith("no variable 'zzz'.")


def test_pythons_hidden_builtins_are_no_names() -> None:
    with pytest.raises(TemplateError, match="no variable '__import__'"):
        render("{{ __import__('os') }}", NAMESPACE)


@pytest.mark.parametrize(
    "prompt", ["{{ name", "{{ name }", "{{ }}", "{{ 1 + }}", "{{ name | no_filter }}", "{{ a b }}"]
)
def test_a_mistake_in_an_expression_is_an_error_with_its_line(prompt: str) -> None:
    with pytest.raises(TemplateError, match=r"Line 2 of the prompt has a mistake in \{\{ … \}\}: .+\.$"):
        render(f"first line\n{prompt}", NAMESPACE)


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("row[9]", "UndefinedError"),
        ("prices.coffee", "UndefinedError"),
        ("table.columns", "UndefinedError"),
        ("name + 1", "TypeError"),
        ("int('x')", "ValueError"),
    ],
)
def test_what_an_expression_raises_is_told_in_one_sentence(expression: str, what: str) -> None:
    with pytest.raises(TemplateError, match=f"An expression in the prompt failed: {what}"):
        render(f"{{{{ {expression} }}}}", NAMESPACE)


def test_an_interrupt_in_an_expression_stays_an_interrupt() -> None:
    class Slow:
        def __str__(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render("{{ x }}", {"x": Slow()})


@pytest.mark.parametrize("name", ["loop", "context", "environment", "caller", "varargs", "super", "_", "x1"])
def test_a_variable_may_have_a_name_that_templates_use(name: str) -> None:
    assert render(f"{{{{ {name} }}}}", {name: "mine"}) == "mine"


def test_the_one_name_that_templates_keep_for_themselves_is_refused() -> None:
    with pytest.raises(TemplateError, match="self"):
        render("{{ self }}", {"self": "mine"})
