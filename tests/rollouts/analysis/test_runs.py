"""Several metrics in one run: the worst of them, fail-fast, dry runs, termination."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from rollouts.analysis import MetricResult, Outcome, Phase, RunSummary, assess, begin, complete

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rollouts.analysis.conftest import Laboratory

S, F, UNSURE, E = Phase.SUCCESSFUL, Phase.FAILED, Phase.INCONCLUSIVE, Phase.ERROR
WORST_FIRST = (F, E, UNSURE, S)


def by_metric(**phases: Phase) -> Callable[[str, int], Phase]:
    return lambda metric, _nth: phases[metric]


@pytest.mark.parametrize(("left", "right"), [*itertools.product(WORST_FIRST, repeat=2)])
def test_the_run_is_as_bad_as_its_worst_metric(lab: Laboratory, left: Phase, right: Phase) -> None:
    once = {"consecutiveErrorLimit": 0}
    run = lab.drive(lab.run({"name": "left", **once}, {"name": "right", **once}), by_metric(left=left, right=right))
    assert run.status.phase is min(left, right, key=WORST_FIRST.index)


def test_the_message_is_that_of_the_worst_metric(lab: Laboratory) -> None:
    run = lab.drive(lab.run({"name": "vague"}, {"name": "bad"}), by_metric(vague=UNSURE, bad=F))
    assert run.status.message == 'Metric "bad" assessed Failed due to failed (1) > failureLimit (0)'
    assert run.status.run_summary == RunSummary(count=2, failed=1, inconclusive=1)


def test_of_two_equally_bad_metrics_the_first_is_named(lab: Laboratory) -> None:
    run = lab.drive(lab.run({"name": "first"}, {"name": "second"}), by_metric(first=F, second=F))
    assert run.status.message.startswith('Metric "first"')


@pytest.mark.parametrize("bad", [F, UNSURE])
def test_one_bad_metric_ends_the_run_before_the_others_are_done(
    lab: Laboratory, result_of: Callable[..., MetricResult], bad: Phase
) -> None:
    run = lab.run({"name": "long", "interval": "3s"}, {"name": "bad", "interval": "5s"})
    run = lab.drive(run, lambda metric, nth: bad if metric == "bad" and nth == 1 else S)
    assert run.status.phase is bad
    assert lab.times("long") == [0, 3]
    assert lab.times("bad") == [0, 5]
    assert result_of(run, "long").phase is S


def test_a_metric_that_never_began_is_left_out(lab: Laboratory) -> None:
    run = lab.drive(lab.run({"name": "bad"}, {"name": "later", "initialDelay": "1m"}), by_metric(bad=F, later=S))
    assert run.status.phase is F
    assert [result.name for result in run.status.metric_results] == ["bad"]


def test_a_good_metric_waits_for_the_others(lab: Laboratory) -> None:
    run = lab.run({"name": "quick"}, {"name": "long", "interval": "10s", "count": 3})
    run = lab.drive(run, by_metric(quick=S, long=S))
    assert run.status.phase is S
    assert lab.times("long") == [0, 10, 20]
    assert run.status.run_summary == RunSummary(count=2, successful=2)


def test_a_running_run_says_nothing(lab: Laboratory) -> None:
    run = lab.drive(lab.run({"name": "metric", "interval": "5s"}), by_metric(metric=S), seconds=20)
    assert (run.status.phase, run.status.message) == (Phase.RUNNING, "")


class TestDryRun:
    def test_a_dry_metric_never_decides(self, lab: Laboratory, result_of: Callable[..., MetricResult]) -> None:
        run = lab.run(
            {"name": "trial", "interval": "2s", "count": 3}, {"name": "real"}, dryRun=[{"metricName": "trial"}]
        )
        run = lab.drive(run, by_metric(trial=F, real=S))
        trial = result_of(run, "trial")
        assert (run.status.phase, run.status.message) == (S, "")
        assert (trial.phase, trial.dry_run) == (F, True)
        assert trial.message == "Metric assessed Failed due to failed (1) > failureLimit (0)"
        assert run.status.dry_run_summary == RunSummary(count=1, failed=1)
        assert run.status.run_summary == RunSummary(count=1, successful=1)

    def test_a_bad_dry_metric_does_not_stop_the_others(self, lab: Laboratory) -> None:
        run = lab.run(
            {"name": "trial"}, {"name": "real", "interval": "5s", "count": 3}, dryRun=[{"metricName": "trial"}]
        )
        run = lab.drive(run, by_metric(trial=F, real=S))
        assert lab.times("real") == [0, 5, 10]
        assert run.status.phase is S

    def test_the_run_waits_for_its_dry_metrics(self, lab: Laboratory) -> None:
        run = lab.run(
            {"name": "trial", "interval": "5s", "count": 4}, {"name": "real"}, dryRun=[{"metricName": "trial"}]
        )
        lab.drive(run, by_metric(trial=S, real=S))
        assert lab.times("trial") == [0, 5, 10, 15]

    def test_a_run_of_dry_metrics_only_is_successful(self, lab: Laboratory) -> None:
        run = lab.drive(lab.run({"name": "trial"}, dryRun=[{"metricName": ".*"}]), by_metric(trial=F))
        assert run.status.phase is S


class TestTermination:
    def test_a_run_stopped_before_its_first_measurement_is_successful(self, lab: Laboratory) -> None:
        run = assess(replace(lab.run({"name": "metric"}), terminate=True), 1000.0).run
        assert (run.status.phase, run.status.message, run.status.metric_results) == (S, "Run Terminated", ())
        assert run.status.completed_at == 1000.0

    def test_no_measurement_is_taken_after_the_stop(self, lab: Laboratory, start: float) -> None:
        run = lab.run({"name": "metric", "interval": "10s"})
        run = lab.drive(run, by_metric(metric=S), stop_at=start + 15)
        assert lab.times() == [0, 10]
        assert (run.status.phase, run.status.completed_at) == (S, start + 15)

    def test_forgiven_failures_do_not_count_against_a_stopped_run(self, lab: Laboratory, start: float) -> None:
        run = lab.run({"name": "metric", "interval": "10s", "failureLimit": 5})
        run = lab.drive(run, by_metric(metric=F), stop_at=start + 25)
        assert (run.status.phase, run.status.message) == (S, "Run Terminated")

    def test_a_measurement_under_way_is_awaited_and_counts(self, lab: Laboratory) -> None:
        run = begin(assess(lab.run({"name": "metric", "interval": "1s"}), 1000.0).run, "metric", 1000.0)
        stopped = assess(replace(run, terminate=True), 1001.0)
        assert stopped.run.status.phase is Phase.RUNNING
        ended = assess(complete(stopped.run, "metric", Outcome(F), 1002.0), 1002.0).run
        assert ended.status.phase is F
        assert ended.status.message == 'Metric "metric" assessed Failed due to failed (1) > failureLimit (0)'
