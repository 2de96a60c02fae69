"""Builtins that expr computes together: it shows where something is wrong with an item.

Every row was answered by expr-lang/expr 1.17.7 under the names that Argo Rollouts v1.10.1 gives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from rollouts.conditions import Floats

if TYPE_CHECKING:
    from collections.abc import Callable

Row: TypeAlias = tuple[str, object, bool | str]

NOTHING = None
SAMPLES = Floats([120.0, 480.0, 510.5])
PODS = {"pods": [{"name": "a", "ms": 120.0, "up": True}, {"name": "b", "ms": 640.0, "up": False}]}
NO_MEMBER = "cannot fetch more from <nil>"
NO_INDEX = "index out of range: 120 (array length is 1)"

QUESTIONS_ABOUT_EACH: list[Row] = [
    ("all(result.pods, .ms < 200) && all(result.pods, .missing.more == 1)", PODS, NO_MEMBER),
    ("all(result.pods, .ms < 100) && all(result.pods, .missing.more == 1)", PODS, False),
    ("any(result.pods, .ms > 600) || any(result.pods, .missing.more == 1)", PODS, NO_MEMBER),
    ("none(result, # > 500) and none(result, {[1][int(#)] == 1})", SAMPLES, NO_INDEX),
    ("all(result.pods, .ms < 200) || all(result.pods, .missing.more == 1)", PODS, NO_MEMBER),
    ("all(result.pods, .ms < 200) && all(result.pods[0:1], .missing.more == 1)", PODS, False),
]
FIRST_AND_LAST: list[Row] = [
    ("filter(result, # == 120 || [1][int(#)] == 1)[0] == 120", SAMPLES, True),
    ("filter(result, # == 120 || [1][int(#)] == 1)[1] == 120", SAMPLES, "index out of range: 480 (array length is 1)"),
    ("first(filter(result, # == 120 || [1][int(#)] == 1)) == 120", SAMPLES, True),
    ("last(filter(result, # == 510.5 || [1][int(#)] == 1)) == 510.5", SAMPLES, True),
    ('filter(result.pods, .name == "z")[0].ms == 1', PODS, "reflect: slice index out of range"),
    ("filter([nil, 1], # == nil)[0] == nil", NOTHING, True),
    ('first(filter(result.pods, .name == "z")) == nil', PODS, True),
    ('map(filter(result.pods, .up), .name)[-1] == "a"', PODS, True),
]
FILTERS: list[Row] = [
    ("filter(filter(result, # > 200), # < 500) == [480]", SAMPLES, True),
    ("map(filter(result, # > 200), # / 10) == [48, 51.05]", SAMPLES, True),
    ("map(filter(result, # > 200), #index) == [0, 1]", SAMPLES, True),
    ("len(filter(result.pods, .up)) == 1", PODS, True),
    ("len(map(filter(result.pods, .up), .missing.more)) == 1", PODS, True),
    ("len(filter(1..600000, true)) > 0", NOTHING, True),
]
SUMS: list[Row] = [
    ("sum(map(result, # / 10)) == 111.05", SAMPLES, True),
    ("sum(map(result, #index)) == 3", SAMPLES, True),
    ('sum([string(1), "b", "c"]) == "1bc"', NOTHING, True),
    ('sum([string(1)]) == "1"', NOTHING, "invalid operation: string + int"),
    ('sum(["a", "b"]) == "ab"', NOTHING, "invalid operation: string + int"),
]
MEMBERSHIP: list[Row] = [
    ("5 in 1..100000000", NOTHING, True),
    ("5.5 in 1..100000000", NOTHING, "memory budget exceeded"),
    ("findIndex([1], # > 5) in [0, 1]", NOTHING, True),
    ("findIndex([1], # > 5) in [1, 2.5]", NOTHING, False),
    ("findIndex([1], # > 5) in 0..1", NOTHING, "invalid operation: <nil> >= int"),
    ('result.missing in ["a", ""]', {}, True),
]


@pytest.mark.parametrize(
    ("expression", "result", "expected"), [*QUESTIONS_ABOUT_EACH, *FIRST_AND_LAST, *FILTERS, *SUMS, *MEMBERSHIP]
)
def test_what_is_written_together_is_computed_together(
    ask: Callable[[str, object], bool | str], expression: str, result: object, expected: object
) -> None:
    assert ask(expression, result) == expected


def test_what_is_nested_is_compiled_once(ask: Callable[[str, object], bool | str]) -> None:
    """Else this would take until the end of time."""
    nested = "[1, 2]"
    for _ in range(40):
        nested = f"map(filter({nested}, # > 0), #)"
    assert ask(f"{nested} == [1, 2]", None) is True
    nested = "1"
    for _ in range(40):
        nested = f"len([isNaN(1 + {nested})])"
    assert ask(f"{nested} == 1", None) is True
