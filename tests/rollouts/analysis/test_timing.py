from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from rollouts.analysis import Outcome, Phase, assess, begin, complete, measured_at_once, next_measurements

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rollouts.analysis.conftest import Laboratory

S, F, E = Phase.SUCCESSFUL, Phase.FAILED, Phase.ERROR


def always(phase: Phase) -> Callable[[str, int], Phase]:
    return lambda _metric, _nth: phase


def test_the_first_measurement_is_due_at_once(lab: Laboratory) -> None:
    assessment = assess(lab.run({"name": "metric", "interval": "5s"}), 1000.7)
    assert [metric.name for metric in assessment.due] == ["metric"]
    assert assessment.run.status.started_at == 1000.7
    assert assessment.run.status.phase is Phase.RUNNING


def test_an_initial_delay_is_waited_for(lab: Laboratory) -> None:
    lab.drive(lab.run({"name": "metric", "initialDelay": "1m30s"}), always(S))
    assert lab.times() == [90.0]


def test_the_delay_counts_from_the_second_in_which_the_run_started(lab: Laboratory) -> None:
    assessment = assess(lab.run({"name": "metric", "initialDelay": "10s"}), 1000.9)
    assert assessment.due == ()
    assert assessment.next_at == 1010.0


@pytest.mark.parametrize(("interval", "times"), [("5s", [0, 5, 10]), ("1m", [0, 60, 120]), ("1.5s", [0, 1.5, 2.5])])
def test_measurements_are_an_interval_apart(lab: Laboratory, interval: str, times: list[float]) -> None:
    lab.drive(lab.run({"name": "metric", "interval": interval, "count": 3}), always(S))
    assert lab.times() == times


def test_the_interval_counts_from_the_end_of_the_measurement(lab: Laboratory) -> None:
    lab.drive(lab.run({"name": "metric", "interval": "10s", "count": 3}), always(S), takes=4.0)
    assert lab.times() == [0.0, 14.0, 28.0]


def test_fractions_of_a_second_are_cut_off(lab: Laboratory) -> None:
    lab.drive(lab.run({"name": "metric", "interval": "10s", "count": 3}), always(S), takes=0.9)
    assert lab.times() == [0.0, 10.0, 20.0]


@pytest.mark.parametrize(("interval", "times"), [("250ms", [0, 0.25, 0.5]), ("0s", [0, 0.1, 0.2])])
def test_intervals_below_a_second_are_exact_and_never_nothing(
    lab: Laboratory, interval: str, times: list[float]
) -> None:
    lab.drive(lab.run({"name": "metric", "interval": interval, "count": 3}), always(S))
    assert lab.times() == pytest.approx(times)


@pytest.mark.parametrize("interval", ["1s", "5m", None])
def test_an_error_is_retried_after_ten_seconds_whatever_the_interval(lab: Laboratory, interval: str | None) -> None:
    fields = {"interval": interval} if interval else {}
    run = lab.drive(lab.run({"name": "metric", **fields}), always(E))
    assert run.status.phase is E
    assert lab.times() == [0.0, 10.0, 20.0, 30.0, 40.0]


def test_metrics_keep_their_own_time(lab: Laboratory) -> None:
    run = lab.run({"name": "quick", "interval": "2s", "count": 4}, {"name": "slow", "interval": "5s", "count": 2})
    lab.drive(run, always(S))
    assert lab.times("quick") == [0, 2, 4, 6]
    assert lab.times("slow") == [0, 5]


def test_a_missed_measurement_is_not_made_up_for(lab: Laboratory) -> None:
    run = assess(lab.run({"name": "metric", "interval": "10s"}), 1000.0).run
    run = complete(begin(run, "metric", 1000.0), "metric", Outcome(S), 1000.0)
    late = assess(run, 1055.0)
    assert len(late.due) == 1
    run = complete(begin(late.run, "metric", 1055.0), "metric", Outcome(S), 1055.0)
    assert assess(run, 1055.0).next_at == 1065.0


def test_at_next_at_something_is_due_and_not_before(lab: Laboratory) -> None:
    run = assess(lab.run({"name": "metric", "interval": "7s"}), 1000.3).run
    run = complete(begin(run, "metric", 1000.3), "metric", Outcome(S), 1000.4)
    waiting = assess(run, 1000.4)
    assert waiting.next_at == 1007.0
    assert assess(waiting.run, 1006.999).due == ()
    assert len(assess(waiting.run, 1007.0).due) == 1


def test_nothing_is_judged_or_due_while_a_measurement_is_under_way(lab: Laboratory) -> None:
    run = assess(lab.run({"name": "a", "interval": "1s"}, {"name": "b", "interval": "1s"}), 1000.0).run
    run = begin(begin(run, "a", 1000.0), "b", 1000.0)
    run = complete(run, "a", Outcome(F), 1000.5)
    waiting = assess(run, 1020.0)
    assert (waiting.run.status.phase, waiting.due, waiting.next_at) == (Phase.RUNNING, (), None)
    done = assess(complete(waiting.run, "b", Outcome(S), 1020.0), 1020.0)
    assert done.run.status.phase is F


def test_looking_more_often_changes_nothing(lab: Laboratory) -> None:
    once = assess(lab.run({"name": "metric", "interval": "5s"}), 1000.0)
    assert assess(once.run, 1000.0) == once
    measured = complete(begin(once.run, "metric", 1000.0), "metric", Outcome(S), 1000.0)
    settled = assess(measured, 1001.0)
    assert assess(settled.run, 1001.0) == settled


def test_an_ended_run_stays_as_it_is(lab: Laboratory) -> None:
    run = lab.drive(lab.run({"name": "metric"}), always(F))
    assert run.status.completed_at is not None
    later = assess(run, 99_999.0)
    assert (later.run, later.due, later.next_at) == (run, (), None)


def test_ten_measurements_are_kept_and_all_are_counted(lab: Laboratory) -> None:
    run = lab.drive(lab.run({"name": "metric", "interval": "1s", "count": 25}), always(S))
    (result,) = run.status.metric_results
    assert (len(result.measurements), result.count) == (10, 25)
    assert result.measurements[-1].started_at - 1000.0 == 24.0


def test_retention_keeps_more_or_fewer(lab: Laboratory) -> None:
    rules = [{"metricName": "^few$", "limit": 2}, {"metricName": "^many$", "limit": 20}]
    metrics = [{"name": name, "interval": "1s", "count": 15} for name in ("few", "many", "other")]
    run = lab.drive(lab.run(*metrics, measurementRetention=rules), always(S))
    assert [len(result.measurements) for result in run.status.metric_results] == [2, 15, 10]


class TestMisuse:
    def test_a_second_measurement_at_the_same_time_is_refused(self, lab: Laboratory) -> None:
        run = begin(assess(lab.run({"name": "metric"}), 0.0).run, "metric", 0.0)
        with pytest.raises(ValueError, match="a measurement of metric 'metric' is already under way"):
            begin(run, "metric", 1.0)

    def test_an_outcome_without_a_measurement_is_refused(self, lab: Laboratory) -> None:
        run = assess(lab.run({"name": "metric"}), 0.0).run
        with pytest.raises(ValueError, match="no measurement of metric 'metric' is under way"):
            complete(run, "metric", Outcome(S), 1.0)

    def test_a_metric_of_another_run_is_refused(self, lab: Laboratory) -> None:
        with pytest.raises(ValueError, match="the run has no metric 'other'"):
            begin(lab.run({"name": "metric"}), "other", 0.0)

    def test_an_outcome_that_is_none_is_refused(self, lab: Laboratory) -> None:
        run = begin(lab.run({"name": "metric"}), "metric", 0.0)
        with pytest.raises(ValueError, match="Running is no outcome of a measurement"):
            complete(run, "metric", Outcome(Phase.RUNNING), 1.0)


def test_a_look_says_what_will_be_due(lab: Laboratory) -> None:
    slow, quick = {"name": "slow", "initialDelay": "1m", "interval": "1m"}, {"name": "quick", "interval": "7s"}
    run = lab.run(slow, quick)
    for now in (1000.0, 1007.0, 1014.0, 1060.0, 1061.0):
        look = assess(run, now)
        look = assess(measured_at_once(look.run, {metric.name: Outcome(S) for metric in look.due}, now), now)
        for later in range(70):
            assert tuple(look.due_at(now + later)) == assess(look.run, now + later).due
        run = look.run


def test_what_has_ended_is_never_due(lab: Laboratory) -> None:
    run = lab.drive(lab.run({"name": "metric", "count": 1}), always(S))
    assert assess(run, 2000.0).due_at(1e9) == []


@pytest.mark.parametrize("phase", [S, F, E, Phase.INCONCLUSIVE])
def test_measured_at_once_is_begun_and_completed_at_the_same_moment(lab: Laboratory, phase: Phase) -> None:
    run = assess(lab.run({"name": "one"}, {"name": "other"}), 1000.0).run
    outcomes = {name: Outcome(phase, "[1]", "why", {"warnings": "w"}) for name in ("one", "other")}
    expected = run
    for name, outcome in outcomes.items():
        expected = complete(begin(expected, name, 1001.0), name, outcome, 1001.0)
    assert measured_at_once(run, outcomes, 1001.0) == expected


class TestNextMeasurements:
    def test_a_run_that_has_not_begun_is_measured_at_once_or_after_the_initial_delay(self, lab: Laboratory) -> None:
        run = lab.run({"name": "first"}, {"name": "later", "initialDelay": "18s"})
        assert next_measurements(run, 1000.7) == {"first": 1000.7, "later": 1018.0}

    def test_it_is_when_the_metric_is_due(self, lab: Laboratory) -> None:
        run = assess(lab.run({"name": "slow", "interval": "1m"}, {"name": "quick", "interval": "7s"}), 1000.3).run
        run = measured_at_once(run, {"slow": Outcome(S), "quick": Outcome(E)}, 1000.4)
        moments = next_measurements(run, 1002.0)
        assert moments == {"slow": 1060.0, "quick": 1010.0}
        assert [metric.name for metric in assess(run, moments["quick"]).due] == ["quick"]

    def test_what_is_being_measured_has_no_next_time_and_the_others_keep_theirs(self, lab: Laboratory) -> None:
        run = assess(lab.run({"name": "slow", "interval": "1m"}, {"name": "quick", "interval": "7s"}), 1000.0).run
        run = begin(measured_at_once(run, {"slow": Outcome(S)}, 1000.0), "quick", 1000.0)
        assert next_measurements(run, 1002.0) == {"slow": 1060.0}

    def test_a_metric_that_has_ended_is_not_measured_again(self, lab: Laboratory) -> None:
        run = assess(lab.run({"name": "once"}, {"name": "often", "interval": "5s"}), 1000.0).run
        run = measured_at_once(run, {"once": Outcome(S), "often": Outcome(S)}, 1000.0)
        assert next_measurements(run, 1000.0) == {"often": 1005.0}

    @pytest.mark.parametrize("last", [Outcome(F), Outcome(Phase.INCONCLUSIVE)])
    def test_nothing_is_measured_once_a_limit_is_exceeded(self, lab: Laboratory, last: Outcome) -> None:
        run = assess(lab.run({"name": "bad", "interval": "5s"}, {"name": "good", "interval": "5s"}), 1000.0).run
        run = measured_at_once(run, {"bad": last, "good": Outcome(S)}, 1000.0)
        assert next_measurements(run, 1000.0) == {}
        ended = assess(run, 1000.0).run
        assert next_measurements(ended, 1000.0) == {}

    def test_nothing_is_measured_in_a_run_that_is_terminated(self, lab: Laboratory) -> None:
        run = assess(lab.run({"name": "metric", "interval": "5s"}), 1000.0).run
        assert next_measurements(replace(run, terminate=True), 1000.0) == {}
