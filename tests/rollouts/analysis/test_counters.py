"""Counters and limits of one metric, measured on a virtual clock."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from rollouts.analysis import MetricResult, Outcome, Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.rollouts.analysis.conftest import Laboratory

S, F, UNSURE, E = Phase.SUCCESSFUL, Phase.FAILED, Phase.INCONCLUSIVE, Phase.ERROR
LETTERS = {"S": S, "F": F, "I": UNSURE, "E": E}


def scripted(letters: str, then: Phase = S) -> Callable[[str, int], Phase]:
    """The phases of a metric's measurements, one letter each; whatever follows is `then`."""
    return lambda _metric, nth: LETTERS[letters[nth]] if nth < len(letters) else then


@pytest.mark.parametrize(
    ("limits", "letters", "phase", "measured", "message"),
    [
        ({"failureLimit": 0}, "F", F, 1, "failed (1) > failureLimit (0)"),
        ({}, "SSF", F, 3, "failed (1) > failureLimit (0)"),
        ({"failureLimit": 1}, "FSSF", F, 4, "failed (2) > failureLimit (1)"),
        ({"failureLimit": "1"}, "FF", F, 2, "failed (2) > failureLimit (1)"),
        ({"failureLimit": 2}, "FFF", F, 3, "failed (3) > failureLimit (2)"),
        ({"failureLimit": "two"}, "F", F, 1, "failed (1) > failureLimit (0)"),
        ({}, "I", UNSURE, 1, "inconclusive (1) > inconclusiveLimit (0)"),
        ({"inconclusiveLimit": 2}, "ISII", UNSURE, 4, "inconclusive (3) > inconclusiveLimit (2)"),
        ({}, "EEEEE", E, 5, "consecutiveErrors (5) > consecutiveErrorLimit (4)"),
        ({}, "EEEESEEEEE", E, 10, "consecutiveErrors (5) > consecutiveErrorLimit (4)"),
        ({"consecutiveErrorLimit": 0}, "SE", E, 2, "consecutiveErrors (1) > consecutiveErrorLimit (0)"),
        (
            {"consecutiveErrorLimit": 1, "failureLimit": 5},
            "EFEE",
            E,
            4,
            "consecutiveErrors (2) > consecutiveErrorLimit (1)",
        ),
    ],
)
def test_a_limit_is_exceeded_not_reached(
    lab: Laboratory, limits: dict[str, Any], letters: str, phase: Phase, measured: int, message: str
) -> None:
    run = lab.drive(lab.run({"name": "success-rate", "interval": "5s", **limits}), scripted(letters))
    assert len(lab.taken) == measured
    assert run.status.phase is phase
    assert run.status.message == f'Metric "success-rate" assessed {phase} due to {message}'


def test_the_message_of_the_last_measurement_is_quoted(lab: Laboratory) -> None:
    outcome = Outcome(E, message="no route to host")
    run = lab.drive(lab.run({"name": "success-rate", "interval": "5s"}), lambda _metric, _nth: outcome)
    assert run.status.message == (
        'Metric "success-rate" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): '
        '"Error Message: no route to host"'
    )


@pytest.mark.parametrize(("fields", "measured"), [({}, 1), ({"count": 0}, 1), ({"count": 1}, 1), ({"count": "x"}, 1)])
def test_a_metric_without_interval_is_measured_once(lab: Laboratory, fields: dict[str, Any], measured: int) -> None:
    run = lab.drive(lab.run({"name": "metric", **fields}), scripted(""))
    assert run.status.phase is S
    assert len(lab.taken) == measured


@pytest.mark.parametrize("count", [2, "3", 7])
def test_a_metric_ends_with_its_count(lab: Laboratory, count: int | str) -> None:
    run = lab.drive(lab.run({"name": "metric", "interval": "5s", "count": count}), scripted(""))
    assert run.status.phase is S
    assert len(lab.taken) == int(count)


def test_without_a_count_a_metric_goes_on_until_it_is_stopped(
    lab: Laboratory, result_of: Callable[..., MetricResult], start: float
) -> None:
    run = lab.drive(lab.run({"name": "metric", "interval": "10s"}), scripted(""), stop_at=start + 605)
    assert run.status.phase is S
    assert run.status.message == "Run Terminated"
    assert result_of(run).count == 61


def test_errors_do_not_count(lab: Laboratory, result_of: Callable[..., MetricResult]) -> None:
    run = lab.drive(lab.run({"name": "metric", "interval": "5s", "count": 3}), scripted("SEESES"))
    result = result_of(run)
    assert run.status.phase is S
    assert (result.count, result.successful, result.error, result.consecutive_error) == (3, 3, 3, 0)


def test_failures_up_to_the_limit_are_forgiven(lab: Laboratory) -> None:
    run = lab.drive(lab.run({"name": "metric", "interval": "5s", "count": 4, "failureLimit": 2}), scripted("FSFS"))
    assert run.status.phase is S
    assert not run.status.message


class TestConsecutiveSuccesses:
    def run(self, lab: Laboratory, letters: str, **fields: Any) -> tuple[Phase, int]:
        metric = {"name": "metric", "interval": "5s", "consecutiveSuccessLimit": 3, **fields}
        run = lab.drive(lab.run(metric), scripted(letters))
        return run.status.phase, len(lab.taken)

    def test_a_row_of_successes_ends_the_metric(self, lab: Laboratory) -> None:
        assert self.run(lab, "SSS") == (S, 3)

    @pytest.mark.parametrize("breaker", "FIE")
    def test_anything_else_breaks_the_row(self, lab: Laboratory, breaker: str) -> None:
        letters = f"SS{breaker}SSS"
        assert self.run(lab, letters, failureLimit=1, inconclusiveLimit=1) == (S, 6)

    def test_the_count_without_the_row_is_inconclusive(self, lab: Laboratory) -> None:
        assert self.run(lab, "SSFSS", count=5, failureLimit=2) == (UNSURE, 5)

    def test_the_count_without_the_row_and_without_a_failure_limit_is_failed(self, lab: Laboratory) -> None:
        assert self.run(lab, "SSFSS", count=5, failureLimit=-1) == (F, 5)

    def test_without_a_failure_limit_failures_are_endured(self, lab: Laboratory) -> None:
        assert self.run(lab, "FFFFFSSS", failureLimit=-1) == (S, 8)

    def test_a_verdict_without_an_exceeded_limit_has_no_message(self, lab: Laboratory) -> None:
        metric = {"name": "metric", "interval": "5s", "count": 3, "consecutiveSuccessLimit": 3, "failureLimit": -1}
        run = lab.drive(lab.run(metric), scripted("SFS"))
        assert (run.status.phase, run.status.message) == (F, "")
        assert run.status.run_summary.successful == 1  # as Argo counts it


def _expected(letters: Sequence[str], count: int, failures: int, inconclusives: int, errors: int) -> tuple[str, int]:
    """The rules once more, as plainly as they can be put: the verdict, and after how many measurements."""
    counters = dict.fromkeys("SFIE", 0)
    row_of_errors = 0
    for taken, letter in enumerate(letters, start=1):
        counters[letter] += 1
        row_of_errors = row_of_errors + 1 if letter == "E" else 0
        if row_of_errors > errors:
            return "E", taken
        if counters["I"] > inconclusives:
            return "I", taken
        if counters["F"] > failures:
            return "F", taken
        if counters["S"] + counters["F"] + counters["I"] >= count:
            return "S", taken
    raise AssertionError("the letters should have sufficed")


@pytest.mark.parametrize(("failures", "inconclusives", "errors"), [*itertools.product((0, 1, 2), (0, 1), (0, 1))])
def test_every_sequence_of_outcomes_follows_the_rules(
    lab: Laboratory, failures: int, inconclusives: int, errors: int
) -> None:
    metric = {
        "name": "metric",
        "interval": "1s",
        "count": 3,
        "failureLimit": failures,
        "inconclusiveLimit": inconclusives,
        "consecutiveErrorLimit": errors,
    }
    fresh = lab.run(metric)
    for letters in itertools.product("SFIE", repeat=4):
        lab.taken.clear()
        run = lab.drive(fresh, scripted("".join(letters)))
        verdict, taken = _expected([*letters, *"SSSS"], 3, failures, inconclusives, errors)
        assert (run.status.phase, len(lab.taken)) == (LETTERS[verdict], taken), letters
