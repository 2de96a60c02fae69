from typing import Any

import pytest

from platforms.kube.consistency import is_ahead_of_runs, named_runs
from tests.platforms.kube.objects import aborted, healthy, rollout, run, under_way

ENDED = ("Successful", "Failed", "Error", "Inconclusive")
PLACES = [
    ("canary", "currentBackgroundAnalysisRunStatus"),
    ("canary", "currentStepAnalysisRunStatus"),
    ("blueGreen", "prePromotionAnalysisRunStatus"),
    ("blueGreen", "postPromotionAnalysisRunStatus"),
]


def naming(phase: str, place: tuple[str, str] = PLACES[0], **more: Any) -> dict[str, Any]:
    strategy, field = place
    status = under_way(**more)
    status[strategy] = {**status.get(strategy, {}), field: {"name": "smiley-bbb-2", "status": phase}}
    return rollout("v2", generation=2, status=status)


BEFORE = rollout("v2", generation=2, status=under_way())


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("phase", ENDED)
def test_a_run_that_is_named_as_ended_has_to_be_known_as_ended(phase: str, place: tuple[str, str]) -> None:
    one = naming(phase, place)
    assert list(named_runs(one)) == [("smiley-bbb-2", phase)]
    assert is_ahead_of_runs(one, BEFORE, [])
    assert is_ahead_of_runs(one, BEFORE, [run()])
    assert is_ahead_of_runs(one, BEFORE, [run(status={"phase": "Running"})])
    assert is_ahead_of_runs(one, BEFORE, [run("another", status={"phase": phase})])
    assert not is_ahead_of_runs(one, BEFORE, [run(status={"phase": phase})])


@pytest.mark.parametrize("phase", ["", "Pending", "Running"])
def test_a_run_that_goes_on_is_not_waited_for(phase: str) -> None:
    assert not is_ahead_of_runs(naming(phase), BEFORE, [])


@pytest.mark.parametrize("status", [aborted(), healthy(2, "bbb")])
def test_what_ended_an_update_has_to_be_known_once(status: dict[str, Any]) -> None:
    ended = rollout("v2", generation=2, status=status)
    assert is_ahead_of_runs(ended, BEFORE, [])
    assert is_ahead_of_runs(ended, None, [])
    assert not is_ahead_of_runs(ended, ended, [])
    assert not is_ahead_of_runs(BEFORE, ended, [])


def test_a_rollout_without_a_status_reacts_to_nothing() -> None:
    assert not is_ahead_of_runs(rollout(status={}), None, [])
