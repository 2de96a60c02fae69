from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts.analysis import Demand, Metric, demand_of
from rollouts.analysis.spec import Provider
from rollouts.conditions import Floats, evaluate

if TYPE_CHECKING:
    from tests.rollouts.analysis.conftest import Laboratory

AT_LEAST_95 = Demand("at least 0.95", ">=", 0.95)
BOUNDS = [
    ("result[0] >= 0.95", ">=", 0.95),
    ("0.95 <= result[0]", ">=", 0.95),
    ("!(result[0] < 0.95)", ">=", 0.95),
    ("not (0.95 > result[0])", ">=", 0.95),
    ("result[0] > 0.95", ">", 0.95),
    ("result[0] <= 500", "<=", 500.0),
    ("500 > result[0]", "<", 500.0),
    ("result[0] == 0", "==", 0.0),
    ("!(result[0] != 0)", "==", 0.0),
    ("result[0] >= -1.5", ">=", -1.5),
    ("result >= 1_000", ">=", 1000.0),
    ("(result[0]) >= (0.95)", ">=", 0.95),
    ("result[0] >= 0.95 && 0.95 <= result[0]", ">=", 0.95),
]
GUARDED = [
    "len(result) > 0 && result[0] >= 0.95",
    "len(result) == 0 || result[0] >= 0.95",
    "0 < len(result) and result[0] >= 0.95",
    "len(result) == 1 && result[0] >= 0.95",
    "len(result) < 2 && result[0] >= 0.95",
    "len(result) > 2 && result[0] >= 0.95",
    "!(len(result) == 0 || result[0] < 0.95)",
    "result != nil && result[0] >= 0.95",
    "result == nil or result[0] >= 0.95",
    "nil != result[0] && result[0] >= 0.95",
    "isNil(result) || result[0] >= 0.95",
    "!isNaN(result[0]) && !isInf(result[0]) && result[0] >= 0.95",
    "isNaN(result[0]) || (len(result) > 0 && result[0] >= 0.95)",
    "asFloat(result[0]) >= 0.95",
    "asFloat(result) >= 0.95",
    "default(result, 0) >= 0.95",
    "default(result, [0])[0] >= 0.95",
    "result?.[0] >= 0.95",
    "(result[0] ?? 1) >= 0.95",
    "true && result[0] >= 0.95",
]
NO_BOUNDS = [
    "result[0] >= 0.9 && result[1] < 5",
    "result[0] >= 0.9 && result[0] < 1",
    "0.9 <= result[0] < 1",
    "result[0] < 0.1 || result[0] > 0.9",
    "result[1] >= 0.95",
    "result[-1] >= 0.95",
    "result.rate >= 0.95",
    "result[0] * 100 >= 95",
    "result[0] >= 95 / 100",
    "asInt(result[0]) >= 95",
    "result[0] != 0",
    "result[0] >= result[1]",
    "all(result, # >= 0.95)",
    "result == true",
    'result == "ok"',
    "len(result) > 0",
    "len(result) == 0 && result[0] >= 0.95",
    "!isNaN(result[0]) || result[0] >= 0.95",
    "len(result.items) > 0 && result[0] >= 0.95",
    "true",
    "result[0] >= {{args.bound}}",
    "result[0] >=",
    "result[0] > " + "-" * 3000 + "1",
]


@pytest.mark.parametrize(("condition", "op", "value"), BOUNDS)
def test_a_condition_with_one_bound_demands_it(lab: Laboratory, condition: str, op: str, value: float) -> None:
    demand = demand_of(lab.metric(successCondition=condition))
    assert (demand.op, demand.value) == (op, value)


@pytest.mark.parametrize("condition", GUARDED)
def test_what_asks_whether_there_is_a_number_is_no_part_of_the_bound(lab: Laboratory, condition: str) -> None:
    assert demand_of(lab.metric(successCondition=condition)) == AT_LEAST_95


@pytest.mark.parametrize("condition", NO_BOUNDS)
def test_what_says_more_than_one_bound_is_shown_as_it_stands(lab: Laboratory, condition: str) -> None:
    assert demand_of(lab.metric(successCondition=condition)) == Demand(condition)
    assert demand_of(lab.metric(failureCondition=condition)).words in (f"not: {condition}", "exactly 0")


@pytest.mark.parametrize(
    ("success", "failure", "demand"),
    [
        ("", "", Demand()),
        ("", "result[0] < 0.95", AT_LEAST_95),
        ("", "len(result) > 0 && result[0] < 0.95", AT_LEAST_95),
        ("", "len(result) == 0 || result[0] < 0.95", AT_LEAST_95),
        ("", "result[0] != 0", Demand("exactly 0", "==", 0.0)),
        ("", "result[0] == 0", Demand("not: result[0] == 0")),
        ("", "any(result, # > 5)", Demand("not: any(result, # > 5)")),
        ("result[0] >= 0.95", "result[0] < 0.95", AT_LEAST_95),
        ("result[0] >= 0.95", "result[0] < 0.5", AT_LEAST_95),
        ("result[0] >= 0.95", "result[0] < 0.5 || result[1] > 3", AT_LEAST_95),
        ("len(result) > 0", "result[0] < 0.95", AT_LEAST_95),
        ("all(result, # >= 1)", "any(result, # < 1)", Demand("all(result, # >= 1)")),
    ],
)
def test_success_is_what_is_demanded(lab: Laboratory, success: str, failure: str, demand: Demand) -> None:
    assert demand_of(lab.metric(successCondition=success, failureCondition=failure)) == demand


def test_a_condition_of_several_lines_is_shown_on_one(lab: Laboratory) -> None:
    metric = lab.metric(successCondition="result[0] >= 0.9 &&\n  result[1] < 5\n")
    assert demand_of(metric).words == "result[0] >= 0.9 && result[1] < 5"


@pytest.mark.parametrize(
    ("value", "words"),
    [("1000000", "at least 1000000"), ("0.1", "at least 0.1"), ("0.30000000000000004", "at least 0.3")],
)
def test_a_bound_is_said_in_words(lab: Laboratory, value: str, words: str) -> None:
    assert demand_of(lab.metric(successCondition=f"result[0] >= {value}")).words == words


NUMBERS = st.sampled_from((0.0, 0.5, 0.95, 1.0, 2.0))
OPERATORS = ("<", ">", "<=", ">=", "==", "!=")
COMPARISONS = st.builds("result[0] {} {}".format, st.sampled_from(OPERATORS), NUMBERS)
GUARDS = st.sampled_from(("len(result) > 0", "len(result) == 0", "isNaN(result[0])", "true", "false"))
CONDITIONS = st.recursive(
    COMPARISONS | GUARDS,
    lambda inner: (
        st.builds("!({})".format, inner) | st.builds("({} {} {})".format, inner, st.sampled_from(("&&", "||")), inner)
    ),
    max_leaves=5,
)


@given(CONDITIONS, NUMBERS)
def test_a_number_is_within_the_bound_exactly_where_the_condition_holds(condition: str, number: float) -> None:
    demand = demand_of(Metric(name="metric", success_condition=condition, provider=Provider()))
    if demand.op is not None:
        assert evaluate(condition, Floats([number])) is evaluate(f"result {demand.op} {demand.value}", number)
