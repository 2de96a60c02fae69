from dataclasses import replace

import pytest

from faces.cli.drawing.going import (
    bad_words,
    completed_steps,
    ended_at,
    going_on,
    in_words,
    next_words,
    pause_words,
    released_at,
    weights_told,
)
from seam.views import EventView, MetricView
from tests.chaos.report.releases import METRICS, RELEASED_AT, RUN
from tests.cli.drawing.releases import NEW, resting, view_at

PAUSED = EventView(RELEASED_AT + 1.6, "RolloutPaused", "Rollout is paused (CanaryPauseStep)")
WAITING = replace(METRICS[0], next_at=RELEASED_AT + 14)


def test_the_first_and_the_next_measurement_are_counted_down() -> None:
    first = replace(view_at(2), metrics=(WAITING,), measurements=())
    assert next_words(first, RELEASED_AT + 2) == "first measurement in 12 s"
    assert next_words(first, RELEASED_AT + 13.2) == "first measurement in 1 s"
    assert next_words(first, RELEASED_AT + 15) == "measuring now"
    assert next_words(replace(view_at(7), metrics=(WAITING,)), RELEASED_AT + 7) == "next measurement in 7 s"
    # What is not being measured by any run yet is not waited for.
    assert next_words(replace(first, metrics=(replace(WAITING, run=""),)), RELEASED_AT) == ""
    assert next_words(replace(first, metrics=(replace(WAITING, next_at=None),)), RELEASED_AT) == "measuring now"
    assert next_words(replace(first, metrics=(replace(WAITING, phase="Successful"),)), RELEASED_AT) == ""


def test_a_pause_is_counted_down_since_its_event() -> None:
    paused = replace(view_at(2), events=(PAUSED,))
    assert pause_words(paused, RELEASED_AT + 2) == "pause: 7 s left"
    assert pause_words(paused, RELEASED_AT + 99) == "pause: 0 s left"
    assert pause_words(replace(paused, events=()), RELEASED_AT) == ""
    assert pause_words(replace(paused, steps=({"setWeight": 30}, {"pause": {}})), RELEASED_AT) == ""
    assert pause_words(replace(paused, phase="Progressing"), RELEASED_AT) == ""


def test_what_goes_on_is_said_in_a_few_words() -> None:
    paused = replace(view_at(2), events=(PAUSED,), metrics=(WAITING,), measurements=())
    assert going_on(paused, RELEASED_AT + 2) == ["watching v4 at 30 %", "first measurement in 12 s", "pause: 7 s left"]
    starting = replace(view_at(0.3), metrics=(), replica_sets=(NEW,))
    assert going_on(starting, RELEASED_AT) == ["v4 is starting: 1 of 2 ready"]
    checked = replace(paused, phase="Progressing", steps=({"setWeight": 30}, {"analysis": {}}), metrics=())
    assert going_on(checked, RELEASED_AT) == ["v4 is checked before it may go on"]
    waits = replace(paused, pause_reason="InconclusiveAnalysisRun", metrics=())
    assert going_on(waits, RELEASED_AT)[0] == "v4 waits for a person: promote it, or send it back"


@pytest.mark.parametrize("t", [13.8, 20])
def test_of_a_release_that_was_given_up_nothing_is_waited_for(t: float) -> None:
    assert going_on(view_at(t), RELEASED_AT + t) == []
    assert going_on(resting(), RELEASED_AT) == []


def test_how_often_a_metric_was_bad_is_said_where_failures_count() -> None:
    assert bad_words(replace(METRICS[0], failed=1)) == "bad 1 of 2"
    assert bad_words(MetricView("m", RUN, failure_limit=-1, failed=4)) == ""
    assert bad_words(None) == ""


def test_how_far_it_got_and_since_when_is_in_its_events() -> None:
    completed = EventView(RELEASED_AT + 9, "RolloutStepCompleted", "Rollout step 3/6 completed (pause: 7s)")
    long_ago = EventView(RELEASED_AT - 99, "RolloutStepCompleted", "Rollout step 6/6 completed (pause: 7s)")
    updated = EventView(RELEASED_AT + 0.3, "RolloutUpdated", "Rollout updated to revision 4")
    view = replace(view_at(20), events=(long_ago, updated, completed))
    assert released_at(view, 5) == RELEASED_AT + 0.3
    assert completed_steps(view, RELEASED_AT + 0.3) == 3
    nothing = replace(view, events=())
    assert (completed_steps(nothing, RELEASED_AT), released_at(nothing, 5)) == (0, 5)
    assert completed_steps(replace(view_at(9), events=()), RELEASED_AT) == 3


def test_when_it_ended_is_in_its_events_too() -> None:
    back = EventView(RELEASED_AT + 14, "TrafficWeightUpdated", "Traffic weight updated from 50 to 0")
    view = replace(view_at(20), events=(*view_at(20).events, back))
    assert weights_told(view, RELEASED_AT)[-2:] == [(RELEASED_AT + 8.7, 50), (RELEASED_AT + 14, 0)]
    assert weights_told(view, RELEASED_AT + 14.1) == []
    assert (ended_at(view, RELEASED_AT, 5), ended_at(view_at(20), RELEASED_AT, 5)) == (RELEASED_AT + 14, 5)
    completed = EventView(RELEASED_AT + 60, "RolloutCompleted", "Rollout completed update to revision 3")
    assert ended_at(resting(events=(completed,)), RELEASED_AT, 5) == RELEASED_AT + 60
    assert ended_at(resting(), RELEASED_AT, 5) == 5


@pytest.mark.parametrize(("seconds", "words"), [(22.68, "22.7 s"), (22.0, "22 s"), (80.9, "1 min 20 s")])
def test_how_long_something_took(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
