"""What expr knows and this engine does not: refused with its name, never answered wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("expression", ["now() > 1", "now == nil", "1 | now()"])
def test_what_needs_a_clock_is_refused_by_name(ask: Callable[[str, object], bool | str], expression: str) -> None:
    assert ask(expression, None) == "unknown name now (expr has it, this engine does not)"


def test_what_needs_the_rules_of_a_time_zone_is_refused_by_name(ask: Callable[[str, object], bool | str]) -> None:
    problem = "this engine supports no time zone but UTC: Europe/Zurich"
    assert ask('timezone("Europe/Zurich") == nil', None) == problem
    assert ask('date("2024-05-06", "2006-01-02", "Europe/Zurich") == nil', None) == problem


def test_methods_that_are_left_out_are_refused_by_name(ask: Callable[[str, object], bool | str]) -> None:
    answer = ask('date("2024-05-06").Format("2006") == "2024"', None)
    assert answer == "this engine does not support the method Format of time.Time"


@pytest.mark.parametrize("name", ["{greek}", "{Letter}", "{ASCII}", "l"])
def test_a_class_of_characters_that_go_finds_under_another_spelling_is_refused_by_name(
    ask: Callable[[str, object], bool | str], name: str
) -> None:
    answer = ask(rf'"α" matches "\\p{name}"', None)
    assert answer == rf"error parsing regexp: this engine does not know the character class: `\p{name}`"


def test_a_pattern_too_large_for_re2_is_refused_as_go_refuses_larger_ones(
    ask: Callable[[str, object], bool | str],
) -> None:
    answer = ask(r'"α" matches "\\pL{1000}"', None)
    assert answer == r"error parsing regexp: expression too large: `\pL{1000}`"


def test_a_condition_too_deep_to_read_is_an_error_and_no_crash(ask: Callable[[str, object], bool | str]) -> None:
    assert ask("!" * 5000 + "true", None) == "the expression is nested too deeply"


def test_a_condition_too_long_is_refused_as_expr_refuses_it(ask: Callable[[str, object], bool | str]) -> None:
    assert ask(" + ".join(["1"] * 20_000), None) == "compilation failed: expression exceeds maximum allowed nodes"


def test_a_condition_cannot_eat_the_memory(ask: Callable[[str, object], bool | str]) -> None:
    assert ask("len(map(1..2000, 1..1000)) > 0", None) == "memory budget exceeded"
