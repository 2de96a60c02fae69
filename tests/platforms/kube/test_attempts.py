from typing import Any

import pytest

from platforms.kube.attempts import of_present_attempt
from tests.platforms.kube.objects import aborted, healthy, rollout, run, under_way

TERMINATED = {"terminate": True}


def made(name: str, created: int, phase: str = "Running", completed: int | None = None, **more: Any) -> dict[str, Any]:
    """A run that was made and ended at these seconds."""
    times = {"completedAt": f"2026-01-01T00:00:{completed:02}Z"} if completed is not None else {}
    return run(name, created=f"2026-01-01T00:00:{created:02}Z", status={"phase": phase, **times}, **more)


def present(status: dict[str, Any], *runs: dict[str, Any]) -> list[str]:
    one = rollout("v2", generation=2, revision=2, status=status)
    return [run["metadata"]["name"] for run in of_present_attempt(one, runs)]


BACKGROUND, STEP = made("background", 10), made("gate", 15, "Successful", 16, kind="Step", step="4")
FAILED = made("background", 10, "Failed", 20)
AGAIN = made("background.1", 30)
CURRENT = {"currentBackgroundAnalysisRunStatus": {"name": "background", "status": "Failed"}}


def test_the_runs_of_one_attempt_are_all_there_in_the_order_of_their_creation() -> None:
    assert present(under_way(), STEP, BACKGROUND) == ["background", "gate"]
    assert present(healthy(2, "bbb"), STEP, BACKGROUND) == ["background", "gate"]


def test_an_aborted_attempt_has_the_run_that_aborted_it_and_those_before() -> None:
    assert present(aborted(), FAILED, STEP) == ["background", "gate"]


def test_a_failure_that_the_rollout_has_not_reacted_to_yet_is_of_this_attempt() -> None:
    assert present(under_way(canary=CURRENT), FAILED, STEP) == ["background", "gate"]


@pytest.mark.parametrize("phase", ["Failed", "Error"])
def test_after_a_retry_nothing_of_the_attempt_before_counts(phase: str) -> None:
    before = made("background", 10, phase, 20)
    assert present(under_way(), before, STEP) == []
    assert present(under_way(), before, STEP, AGAIN) == ["background.1"]
    assert present(aborted(), before, STEP, AGAIN) == ["background.1"]
    assert present(healthy(2, "bbb"), before, AGAIN) == ["background.1"]


def test_each_retry_begins_anew() -> None:
    second = made("background.1", 30, "Failed", 40)
    third = made("background.2", 50)
    assert present(aborted(), FAILED, second) == ["background.1"]
    assert present(under_way(), FAILED, second) == []
    assert present(under_way(), FAILED, second, third) == ["background.2"]


def test_a_background_run_that_a_persons_abort_ended_is_of_the_attempt_before() -> None:
    ended = made("background", 10, "Successful", 20, spec=TERMINATED)
    assert present(aborted(), ended) == ["background"]
    assert present(under_way(), ended) == []
    assert present(under_way(), ended, AGAIN) == ["background.1"]


@pytest.mark.parametrize("status", [healthy(2, "bbb"), under_way(promoteFull=True)])
def test_a_background_run_that_a_promotion_ended_is_of_this_attempt(status: dict[str, Any]) -> None:
    assert present(status, made("background", 10, "Successful", 20, spec=TERMINATED)) == ["background"]


def test_a_steps_run_that_was_skipped_is_of_this_attempt() -> None:
    skipped = made("gate", 15, "Successful", 16, kind="Step", step="4", spec=TERMINATED)
    later = made("gate-2", 25, kind="Step", step="7")
    assert present(under_way(), BACKGROUND, skipped, later) == ["background", "gate", "gate-2"]


def test_a_run_that_could_not_begin_has_no_end_and_is_of_the_attempt_in_which_it_was_made() -> None:
    unresolved = made("background", 10, "Error")
    assert present(aborted(), unresolved) == ["background"]
    assert present(under_way(), unresolved) == []
    assert present(under_way(), unresolved, AGAIN) == ["background.1"]


def test_a_run_of_the_second_in_which_another_failed_is_of_the_same_attempt() -> None:
    step = made("gate", 20, kind="Step", step="4")
    assert present(aborted(), FAILED, step) == ["background", "gate"]
