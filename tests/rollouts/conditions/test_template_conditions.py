"""The conditions that people write in AnalysisTemplates.

Every row was answered by expr-lang/expr 1.17.7 under the names that Argo Rollouts v1.10.1 gives it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import pytest

from rollouts.conditions import Floats

if TYPE_CHECKING:
    from collections.abc import Callable

Row: TypeAlias = tuple[str, object, bool | str]

# What a provider measured: a vector, a scalar, or JSON.
GOOD = Floats([0.98])
BAD = Floats([0.5])
EMPTY = Floats()
NAN = Floats([math.nan])
INF = Floats([math.inf])
MANY = Floats([120.0, 480.0, 510.5])
SCALAR = 0.95
NAN_SCALAR = math.nan
NOTHING = None
TEXT = "healthy"
TRUE = True
NUMBER = 42.0
NUMERAL = "42"
LIST = [1.0, 2.0, 3.0]
MIXED = [1.0, "x", None]
REPORT = {
    "status": "ok",
    "errors": 3.0,
    "ratio": 0.97,
    "ready": True,
    "note": None,
    "tags": ["blue", "green"],
    "pods": [{"name": "a", "ms": 120.0}, {"name": "b", "ms": 640.0}],
    "deep": {"er": {"value": 7.0}},
}

SUCCESS_RATES: list[Row] = [
    ("result[0] >= 0.95", GOOD, True),
    ("result[0] >= 0.95", BAD, False),
    ("result[0] >= 0.95", EMPTY, "index out of range: 0 (array length is 0)"),
    ("result[0] >= 0.95", NAN, False),
    ("result[0] >= 0.95", INF, True),
    ("result[0] < 0.95", GOOD, False),
    ("result[0] < 0.95", BAD, True),
    ("result[0] < 0.95", NAN, False),
    ("len(result) > 0 && result[0] >= 0.95", GOOD, True),
    ("len(result) > 0 && result[0] >= 0.95", BAD, False),
    ("len(result) > 0 && result[0] >= 0.95", EMPTY, False),
    ("len(result) > 0 && result[0] >= 0.95", NAN, False),
    ("len(result) > 0 && result[0] < 0.95", GOOD, False),
    ("len(result) > 0 && result[0] < 0.95", BAD, True),
    ("len(result) > 0 && result[0] < 0.95", EMPTY, False),
    ("len(result) > 0 && result[0] < 0.95", NAN, False),
    ("len(result) == 0 || result[0] >= 0.95", EMPTY, True),
    ("len(result) == 0 || result[0] >= 0.95", GOOD, True),
    ("len(result) > 0 and result[0] >= 0.95 and not isNaN(result[0])", GOOD, True),
    ("isNaN(result[0]) || result[0] >= 0.95", NAN, True),
    ("isNaN(result[0]) || result[0] >= 0.95", GOOD, True),
    ("isNaN(result[0]) || result[0] >= 0.95", EMPTY, "index out of range: 0 (array length is 0)"),
    ("len(result) == 0 || isNaN(result[0]) || result[0] >= 0.95", EMPTY, True),
    ("!isNaN(result[0]) && result[0] >= 0.95", NAN, False),
    ("isInf(result[0])", INF, True),
    ("isInf(result[0])", GOOD, False),
    ("result[0] >= 0.95 && result[0] <= 1", GOOD, True),
    ("0.95 <= result[0] <= 1", GOOD, True),
    ("0.95 <= result[0] <= 1", BAD, False),
    ("(1 - result[0]) * 100 < 5", GOOD, True),
    ("(1 - result[0]) * 100 < 5", BAD, False),
    ("result[-1] >= 0.95", GOOD, True),
    ("result[0] > 1 ? false : true", GOOD, True),
]

LATENCIES: list[Row] = [
    ("all(result, # < 500)", MANY, False),
    ("all(result, # < 500)", GOOD, True),
    ("all(result, # < 500)", EMPTY, True),
    ("all(result, {# < 600})", MANY, True),
    ("any(result, # > 500)", MANY, True),
    ("any(result, {# > 500})", EMPTY, False),
    ("none(result, # > 1000)", MANY, True),
    ("one(result, # > 500)", MANY, True),
    ("max(result) < 600", MANY, True),
    ("min(result) < 100", MANY, False),
    ("max(result) < 600", EMPTY, "invalid operation: <nil> < int"),
    ("sum(result) / len(result) < 400", MANY, True),
    ("mean(result) < 400", MANY, True),
    ("mean(result) < 400", EMPTY, True),
    ("median(result) == 480", MANY, True),
    ("count(result, # > 400) <= 1", MANY, False),
    ("len(filter(result, # > 400)) == 2", MANY, True),
    ("filter(result, # > 500)[0] == 510.5", MANY, True),
    ("filter(result, # > 500)[0] == 510.5", GOOD, "reflect: slice index out of range"),
    ("first(result) < 200 && last(result) > 500", MANY, True),
    ("first(result) == nil", EMPTY, True),
    ('sort(result, "desc")[0] == 510.5', MANY, True),
    ("reduce(result, #acc + #, 0) == sum(result)", MANY, True),
    ("len(result) == 3 and result[2] > 500", MANY, True),
    ("result[3] > 0", MANY, "index out of range: 3 (array length is 3)"),
    ("result[1:] == [480, 510.5]", MANY, True),
    ("all(result[:2], # < 500)", MANY, True),
    ("map(result, # / 1000)[0] == 0.12", MANY, True),
    ("result | all(# < 1000)", MANY, True),
    ("result | filter(# > 400) | len() == 2", MANY, True),
]

SCALARS: list[Row] = [
    ("result >= 0.95", SCALAR, True),
    ("result > 0.95", SCALAR, False),
    ("result >= 0.95", NAN_SCALAR, False),
    ("isNaN(result) || result >= 0.95", NAN_SCALAR, True),
    ("isNaN(result)", SCALAR, False),
    ("result == 0.95", SCALAR, True),
    ("result[0] >= 0.95", SCALAR, "type float64[int] is undefined"),
    ("len(result) > 0", SCALAR, "invalid argument for len (type float64)"),
    ("asInt(result) == 0", SCALAR, True),
    ("asFloat(result) > 0.9", SCALAR, True),
    ("round(result) == 1", SCALAR, True),
    ("abs(result - 1) < 0.1", SCALAR, True),
    ("result >= 0.95", GOOD, "invalid operation: >= (mismatched types []float64 and float64)"),
    ("result == 0.98", GOOD, "invalid operation: == (mismatched types []float64 and float64)"),
    ("isNaN(result)", GOOD, "cannot use []float64 as argument (type float64) to call isNaN "),
    ("result > 0.9", EMPTY, "invalid operation: > (mismatched types []float64 and float64)"),
    ("len(result) > 0 && result > 0.9", EMPTY, "invalid operation: > (mismatched types []float64 and float64)"),
    ("asFloat(result) > 0.9", GOOD, "asFloat() not supported on []float64 [0.98]"),
    ("asInt(result[0]) == 0", GOOD, True),
    ("result == 42", NUMBER, True),
    ("result % 2 == 0", NUMBER, "invalid operation: % (mismatched types float64 and int)"),
    ("int(result) % 2 == 0", NUMBER, True),
    ("asInt(result) % 2 == 0", NUMBER, True),
    ("result / 4 == 10.5", NUMBER, True),
    ("result in [41, 42]", NUMBER, True),
    ("result in 40..45", NUMBER, True),
    ("asInt(result) > 40", NUMERAL, True),
    ("asFloat(result) > 40", NUMERAL, True),
    ("int(result) > 40", NUMERAL, True),
    ("float(result) == 42", NUMERAL, True),
    ("result > 40", NUMERAL, "invalid operation: > (mismatched types string and int)"),
    ("result == 42", NUMERAL, "invalid operation: == (mismatched types string and int)"),
    ("asInt(result) > 40", TEXT, 'strconv.ParseInt: parsing "healthy": invalid syntax'),
    ("asFloat(result) > 40", TEXT, 'strconv.ParseFloat: parsing "healthy": invalid syntax'),
]

ABSENCE: list[Row] = [
    ("default(result, 0) == 0", EMPTY, False),
    ("default(result, 0) == 0", GOOD, False),
    ("default(result, 0) == 0", NOTHING, True),
    ("default(result, 0) < 1", NOTHING, True),
    ("default(result, 0) > 0.5", SCALAR, True),
    ("default(result.missing, 0) == 0", REPORT, False),
    ("isNil(result)", EMPTY, False),
    ("isNil(result)", NOTHING, True),
    ("isNil(result)", SCALAR, False),
    ("isNil(result.missing)", REPORT, False),
    ("result == nil", NOTHING, True),
    ("result == nil", EMPTY, False),
    ("result ?? true", NOTHING, True),
    ("result > 1", NOTHING, "invalid operation: > (mismatched types unknown and int)"),
    ('result.status == "ok"', NOTHING, "type nil has no field status"),
    ('result?.status == "ok"', NOTHING, "type nil has no field status"),
    ("result?.status == nil", NOTHING, "type nil has no field status"),
    ("len(result) == 0", NOTHING, "invalid argument for len (type %!s(<nil>))"),
    ("len(result) == 0", EMPTY, True),
    ("result == []", EMPTY, True),
    ("result == []", GOOD, False),
    ("sum(result) == 0", EMPTY, True),
    ("count(result, # > 0) == 0", EMPTY, True),
    ("get(result, 0) == nil", EMPTY, True),
    ("get(result, 0) ?? true", EMPTY, True),
]

REPORTS: list[Row] = [
    ('result.status == "ok"', REPORT, True),
    ('result["status"] == "ok"', REPORT, True),
    ('result.status in ["ok", "warn"]', REPORT, True),
    ('result.status not in ["failed"]', REPORT, True),
    (
        'result.errors in ["ok"]',
        REPORT,
        "reflect.Value.MapIndex: value of type float64 is not assignable to type string",
    ),
    ("result.errors < 5", REPORT, True),
    ("result.errors == 3", REPORT, True),
    ("result.ratio >= 0.95 and result.ready", REPORT, True),
    ("result.ready", REPORT, True),
    ("!result.ready", REPORT, False),
    ("result.note == nil", REPORT, True),
    ("result.missing == nil", REPORT, True),
    ("result.missing > 0", REPORT, "invalid operation: <nil> > int"),
    ('result.note.text == "x"', REPORT, "cannot fetch text from <nil>"),
    ("result.note?.text == nil", REPORT, True),
    ("result?.note?.text?.more == nil", REPORT, True),
    ('(result.note ?? "none") == "none"', REPORT, True),
    (
        "result.missing ?? 5 == 5",
        REPORT,
        "Operator (==) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses.",
    ),
    ("(result.missing ?? 5) == 5", REPORT, True),
    ("result.deep.er.value == 7", REPORT, True),
    ('result.deep.er.value > "6"', REPORT, "invalid operation: float64 > string"),
    ("result.status > 5", REPORT, "invalid operation: string > int"),
    ("result.status == 5", REPORT, False),
    ('result.status + 1 == "ok1"', REPORT, "invalid operation: string + int"),
    ('result.status contains "o"', REPORT, True),
    ('result.status startsWith "o" and result.status endsWith "k"', REPORT, True),
    ('result.status matches "^(ok|warn)$"', REPORT, True),
    ('result.errors matches "3"', REPORT, "interface conversion: interface {} is float64, not []uint8"),
    ('"blue" in result.tags', REPORT, True),
    ('"red" not in result.tags', REPORT, True),
    ('"status" in result', REPORT, True),
    ('"missing" in result', REPORT, False),
    ("len(result.tags) == 2", REPORT, True),
    ('result.tags[0] == "blue"', REPORT, True),
    ('result.tags[7] == "blue"', REPORT, "index out of range: 7 (array length is 2)"),
    ('result.tags == ["blue", "green"]', REPORT, True),
    ('join(result.tags, ",") == "blue,green"', REPORT, True),
    ("all(result.pods, .ms < 1000)", REPORT, True),
    ("all(result.pods, {.ms < 500})", REPORT, False),
    ('any(result.pods, #.name == "b" && #.ms > 600)', REPORT, True),
    ('filter(result.pods, .name == "a")[0].ms == 120', REPORT, True),
    ('find(result.pods, .name == "z") == nil', REPORT, True),
    ("sum(result.pods, .ms) == 760", REPORT, True),
    ('map(result.pods, .name) == ["a", "b"]', REPORT, True),
    ('sortBy(result.pods, -.ms)[0].name == "b"', REPORT, True),
    ('groupBy(result.pods, .ms > 500)[true][0].name == "b"', REPORT, True),
    ("let bad = result.errors / 100; bad < 0.05", REPORT, True),
    ("let slow = filter(result.pods, .ms > 500); len(slow) == 1", REPORT, True),
    ("if result.ready { result.errors < 5 } else { false }", REPORT, True),
    ("len(result) > 5", REPORT, True),
    ("result[0] == 1", REPORT, "cannot use int to get an element from map[string]interface {}"),
    ("result > 1", REPORT, "invalid operation: > (mismatched types map[string]interface {} and int)"),
    ("result", REPORT, "expected bool, but got map[string]interface {}"),
    ("result.status", REPORT, "expected bool, but got string"),
    ("result.errors", REPORT, "expected bool, but got float64"),
    ("result.tags", REPORT, "expected bool, but got []interface {}"),
    ("result[0] == 1", LIST, True),
    ("all(result, # > 0)", LIST, True),
    ("result == [1, 2, 3]", LIST, True),
    ("result == 1..3", LIST, True),
    ("result.a", LIST, "array elements can only be selected using an integer (got string)"),
    ("all(result, # > 0)", MIXED, "invalid operation: string > int"),
    ('any(result, # == "x")', MIXED, True),
    ("result[2] == nil", MIXED, True),
    ("sum(result) > 0", MIXED, "invalid operation: string + float64"),
    ('result == "healthy"', TEXT, True),
    ('result matches "^health"', TEXT, True),
    ('result contains "sick"', TEXT, False),
    ("len(result) == 7", TEXT, True),
    ("result > 1", TEXT, "invalid operation: > (mismatched types string and int)"),
    ('upper(result) == "HEALTHY"', TEXT, True),
    ("result", TRUE, True),
    ("result == true", TRUE, True),
    ("not result", TRUE, False),
    ("result > 0", TRUE, "invalid operation: > (mismatched types bool and int)"),
]


@pytest.mark.parametrize(
    ("expression", "result", "expected"), [*SUCCESS_RATES, *LATENCIES, *SCALARS, *ABSENCE, *REPORTS]
)
def test_a_condition_answers_what_argo_answers(
    ask: Callable[[str, object], bool | str], expression: str, result: object, expected: object
) -> None:
    assert ask(expression, result) == expected
