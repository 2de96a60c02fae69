from __future__ import annotations

import math

import pytest

from rollouts.analysis import evaluate_result
from rollouts.analysis.model import Phase
from rollouts.conditions import Floats

_NO_DATA = "metric result is nil or empty: no data returned from the metric provider"


@pytest.mark.parametrize(
    ("success", "failure", "phase"),
    [
        (None, None, Phase.SUCCESSFUL),
        ("", "", Phase.SUCCESSFUL),
        ("true", None, Phase.SUCCESSFUL),
        ("false", None, Phase.FAILED),
        (None, "true", Phase.FAILED),
        (None, "false", Phase.SUCCESSFUL),
        ("true", "false", Phase.SUCCESSFUL),
        ("false", "true", Phase.FAILED),
        ("true", "true", Phase.FAILED),
        ("false", "false", Phase.INCONCLUSIVE),
    ],
)
def test_two_conditions_make_one_phase(success: str | None, failure: str | None, phase: Phase) -> None:
    assert evaluate_result(success, failure, 1.0) == (phase, "")


@pytest.mark.parametrize(
    ("success", "failure", "phase"),
    [
        ("result[0] >= 0.95", None, Phase.FAILED),
        (None, "result[0] < 0.95", Phase.SUCCESSFUL),
        ("result[0] >= 0.95", "result[0] < 0.95", Phase.INCONCLUSIVE),
    ],
)
def test_not_a_number_fails_a_success_condition_and_passes_a_failure_condition(
    success: str | None, failure: str | None, phase: Phase
) -> None:
    assert evaluate_result(success, failure, Floats([math.nan])) == (phase, "")


def test_no_traffic_under_guarded_conditions_is_inconclusive() -> None:
    success, failure = "len(result) > 0 && result[0] >= 0.95", "len(result) > 0 && result[0] < 0.95"
    assert evaluate_result(success, failure, Floats()) == (Phase.INCONCLUSIVE, "")


@pytest.mark.parametrize("result", [Floats(), [], None])
def test_an_error_over_nothing_says_that_there_was_no_data(result: object) -> None:
    phase, message = evaluate_result("result[0] >= 0.95", None, result)
    assert phase is Phase.ERROR
    assert message == f'could not evaluate successCondition "result[0] >= 0.95": {_NO_DATA}'


def test_an_empty_map_is_data() -> None:
    assert evaluate_result("result > 1", None, {}) == (
        Phase.ERROR,
        (
            'could not evaluate successCondition "result > 1": '
            "invalid operation: > (mismatched types map[string]interface {} and int)"
        ),
    )


def test_an_error_names_the_condition_and_its_problem() -> None:
    assert evaluate_result("true", "result > 0.9", Floats([0.5])) == (
        Phase.ERROR,
        (
            'could not evaluate failureCondition "result > 0.9": '
            "invalid operation: > (mismatched types []float64 and float64)"
        ),
    )


def test_the_success_condition_is_asked_first() -> None:
    _phase, message = evaluate_result("nonsense(", "rubbish(", 1.0)
    assert message == 'could not evaluate successCondition "nonsense(": unexpected token EOF'


def test_an_error_in_one_condition_hides_what_the_other_says() -> None:
    phase, _message = evaluate_result("false", "result[5] > 1", Floats([1.0]))
    assert phase is Phase.ERROR


def test_a_condition_that_is_no_question_is_an_error() -> None:
    assert evaluate_result("result[0]", None, Floats([1.0])) == (
        Phase.ERROR,
        'could not evaluate successCondition "result[0]": expected bool, but got float64',
    )
