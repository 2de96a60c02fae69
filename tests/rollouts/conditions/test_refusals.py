"""What expr knows and this engine does not: refused with its name, never answered wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("name", ["now", "date", "duration", "timezone", "$env"])
@pytest.mark.parametrize("expression", ["{name}() > 1", "{name} == nil", "1 | {name}()"])
def test_what_needs_a_clock_is_refused_by_name(
    ask: Callable[[str, object], bool | str], name: str, expression: str
) -> None:
    asked = expression.format(name=name)
    assert ask(asked, None) == f"unknown name {name} (expr has it, this engine does not)"


@pytest.mark.parametrize("name", ["isNaN", "len", "all", "default"])
def test_a_function_is_no_value(ask: Callable[[str, object], bool | str], name: str) -> None:
    assert ask(f"{name} != nil", None) == f"{name} is a function: call it as {name}(...)"


def test_a_byte_of_a_string_is_refused(ask: Callable[[str, object], bool | str]) -> None:
    answer = ask('result.name[0] == "a"', {"name": "abc"})
    assert answer == "an index into a string is a byte in expr; this engine does not know bytes"


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(?=x)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=x)`"),
        ("(?<!x)y", "error parsing regexp: invalid or unsupported Perl syntax: `(?<!x)y`"),
        ("(a)\\\\1", "error parsing regexp: invalid escape sequence: `(a)\\1`"),
        ("a++", "error parsing regexp: invalid nested repetition operator: `a++`"),
        ("[[:alpha:]]", "this engine does not know [:class:] in the regular expression `[[:alpha:]]`"),
        ("(?x) a", "error parsing regexp: invalid or unsupported Perl syntax: `(?x) a`"),
        ("a{,3}", "error parsing regexp: invalid or unsupported Perl syntax: `a{,3}`"),
    ],
)
def test_a_regular_expression_that_means_something_else_in_python_is_refused(
    ask: Callable[[str, object], bool | str], pattern: str, problem: str
) -> None:
    assert ask(f'result matches "{pattern}"', "text") == problem


def test_a_condition_too_deep_to_read_is_an_error_and_no_crash(ask: Callable[[str, object], bool | str]) -> None:
    assert ask("!" * 5000 + "true", None) == "the expression is nested too deeply"


def test_a_condition_too_long_is_refused_as_expr_refuses_it(ask: Callable[[str, object], bool | str]) -> None:
    assert ask(" + ".join(["1"] * 20_000), None) == "compilation failed: expression exceeds maximum allowed nodes"


def test_a_condition_cannot_eat_the_memory(ask: Callable[[str, object], bool | str]) -> None:
    assert ask("len(map(1..2000, 1..1000)) > 0", None) == "memory budget exceeded"
