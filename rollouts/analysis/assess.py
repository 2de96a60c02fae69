"""One look at an AnalysisRun: what is decided, what is to be measured now, and when to look again.

Argo reconciles a run in passes: it takes all measurements that are due, in parallel, and judges once the slowest has
come back. So here too nothing is judged and nothing more is due while a measurement is under way.

Argo's timestamps come back from the API server in whole seconds, cut off. The next measurement is therefore due an
interval after the *second* in which the last one finished, up to a second early. For intervals below one second that
rule would measure without pause, so they are counted exactly, and 0.1 s is the least; it is the one place where this is
not Argo's clock. Argo wakes up just after that moment, a virtual clock may stand on it: at `next_at` the metric is due.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.analysis.model import AnalysisRun, Phase
from rollouts.analysis.verdicts import terminating, verdict_of
from rollouts.golang.durations import parse_duration
from rollouts.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rollouts.analysis.model import MetricResult
    from rollouts.analysis.spec import Metric

ERROR_RETRY_SECONDS = 10.0
SHORTEST_INTERVAL_SECONDS = 0.1
KEPT_MEASUREMENTS = 10


class Assessment(Value, frozen=True):
    """`due` and `waits` hold secrets in clear: measure them, do not show them. `next_at` is None when only the
    completion of a measurement can change something, and when the run has ended. `waits` says from when on each metric
    is to be measured that has not ended.
    """

    run: AnalysisRun
    due: tuple[Metric, ...] = ()
    next_at: float | None = None
    waits: tuple[tuple[float, Metric], ...] = ()

    def due_at(self, moment: float) -> list[Metric]:
        """What is to be measured at that moment, if nothing happens to the run until then."""
        return [metric for at, metric in self.waits if at <= moment]


def assess(run: AnalysisRun, now: float) -> Assessment:
    """Judge a run at `now` (seconds since the epoch).

    Call it at once for a new run, after each `complete`, at `next_at`, and after `terminate` was set; `begin` what is
    due before the next call. Calling it more often changes nothing.
    """
    if run.status.phase.completed:
        return Assessment(run)
    run = _started(run, now)
    if _measuring(run):
        return Assessment(run)
    run = _with_verdict(run, now)
    if terminating(run) and not run.status.phase.completed:
        # A metric has just gone bad: the next pass ends the run, and it would come at once.
        run = _with_verdict(run, now)
    run = _trimmed(run)
    if run.status.phase.completed:
        return Assessment(run)
    results = {result.name: result for result in run.status.metric_results}
    waits = []
    for metric in run.metrics:
        result = results.get(metric.name)
        if result is None or not result.phase.completed:
            waits.append((_due_at(run, metric, result), run.secrets.metrics.get(metric.name, metric)))
    due = tuple([metric for at, metric in waits if at <= now])
    return Assessment(run, due, min([at for at, _ in waits if at > now], default=None), tuple(waits))


def next_measurements(run: AnalysisRun, now: float) -> Mapping[str, float]:
    """From when on each metric is to be measured next, by name, in seconds since the epoch.

    A metric that will not be measured again, and one that is being measured, is not in it. A moment that has passed
    means: at once, or as soon as the measurements that are under way have come back.
    """
    if run.status.phase.completed:
        return {}
    run = _with_verdict(_started(run, now), now)
    if terminating(run):
        return {}
    started_at = run.status.started_at
    assert started_at is not None
    results = {result.name: result for result in run.status.metric_results}
    moments = {}
    for metric in run.metrics:
        result = results.get(metric.name)
        if result is None or not (result.phase.completed or _under_way(result)):
            moments[metric.name] = max(_due_at(run, metric, result), started_at)
    return moments


def _started(run: AnalysisRun, now: float) -> AnalysisRun:
    if run.status.started_at is not None:
        return run
    return replace(run, status=replace(run.status, started_at=now, phase=Phase.RUNNING))


def _measuring(run: AnalysisRun) -> bool:
    return any(_under_way(result) for result in run.status.metric_results)


def _under_way(result: MetricResult) -> bool:
    return bool(result.measurements) and not result.measurements[-1].phase.completed


def _with_verdict(run: AnalysisRun, now: float) -> AnalysisRun:
    verdict, before = verdict_of(run), run.status
    known = (before.phase, before.metric_results, before.run_summary, before.dry_run_summary)
    if (verdict.phase, verdict.metric_results, verdict.run_summary, verdict.dry_run_summary) == known:
        return run
    status = replace(
        before,
        phase=verdict.phase,
        message=before.message if verdict.phase is before.phase else verdict.message,
        metric_results=verdict.metric_results,
        completed_at=now if verdict.phase.completed else before.completed_at,
        run_summary=verdict.run_summary,
        dry_run_summary=verdict.dry_run_summary,
    )
    return replace(run, status=status)


def _trimmed(run: AnalysisRun) -> AnalysisRun:
    before = run.status.metric_results
    results = tuple([_shortened(result, run.retention.get(result.name, KEPT_MEASUREMENTS)) for result in before])
    return run if results == before else replace(run, status=replace(run.status, metric_results=results))


def _shortened(result: MetricResult, kept: int) -> MetricResult:
    too_many = len(result.measurements) > kept
    return replace(result, measurements=result.measurements[-kept:]) if too_many else result


def _due_at(run: AnalysisRun, metric: Metric, result: MetricResult | None) -> float:
    """When a metric that has not ended is to be measured next."""
    if result is None or not result.measurements:
        assert run.status.started_at is not None
        return math.floor(run.status.started_at) + _seconds(metric.initial_delay) if metric.initial_delay else -math.inf
    last = result.measurements[-1]
    assert last.finished_at is not None
    if last.phase is Phase.ERROR:
        return math.floor(last.finished_at) + ERROR_RETRY_SECONDS
    interval = _seconds(metric.interval) if metric.interval else ERROR_RETRY_SECONDS
    if interval >= 1:
        return math.floor(last.finished_at) + interval
    return last.finished_at + max(interval, SHORTEST_INTERVAL_SECONDS)


@lru_cache(maxsize=256)
def _seconds(duration: str) -> float:
    return float(parse_duration(duration))
