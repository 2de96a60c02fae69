"""Begin and complete measurements, and count their outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.analysis.model import HIDDEN, AnalysisRun, Measurement, MetricResult, Outcome, Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rollouts.analysis.spec import Metric

RESOLVED_QUERY = "ResolvedPrometheusQuery"


def begin(run: AnalysisRun, metric_name: str, now: float) -> AnalysisRun:
    """Note that a measurement of the metric begins. ValueError if one is under way, or the run has no such metric."""
    result = run.status.result_of(metric_name) or _new_result(run, metric_name)
    if result.measurements and not result.measurements[-1].phase.completed:
        raise ValueError(f"a measurement of metric {metric_name!r} is already under way")
    measurement = Measurement(Phase.RUNNING, started_at=now)
    return _with_results(run, [replace(result, measurements=(*result.measurements, measurement))])


def complete(run: AnalysisRun, metric_name: str, outcome: Outcome, now: float) -> AnalysisRun:
    """Note the outcome of the measurement under way. ValueError if there is none, or the outcome is not final."""
    result = run.status.result_of(metric_name)
    if result is None or not result.measurements or result.measurements[-1].phase.completed:
        raise ValueError(f"no measurement of metric {metric_name!r} is under way")
    if not outcome.phase.completed:
        raise ValueError(f"{outcome.phase} is no outcome of a measurement")
    *earlier, begun = result.measurements
    measurement = _completed(run, outcome, begun.started_at, now)
    return _with_results(run, [_counted(result, outcome.phase, (*earlier, measurement))])


def measured_at_once(run: AnalysisRun, outcomes: Mapping[str, Outcome], now: float) -> AnalysisRun:
    """begin() and complete() for each of these metrics, where measuring takes no time."""
    results = []
    for metric_name, outcome in outcomes.items():
        result = run.status.result_of(metric_name) or _new_result(run, metric_name)
        measurement = _completed(run, outcome, now, now)
        results.append(_counted(result, outcome.phase, (*result.measurements, measurement)))
    return _with_results(run, results)


def _completed(run: AnalysisRun, outcome: Outcome, started_at: float, now: float) -> Measurement:
    shown = _redacted(outcome, run.secrets.values) if run.secrets.values else outcome
    return Measurement(shown.phase, started_at, now, shown.value, shown.message, shown.metadata)


def _counted(result: MetricResult, phase: Phase, measurements: tuple[Measurement, ...]) -> MetricResult:
    """An Error does not count as a measurement, but it interrupts consecutive successes."""
    if phase is Phase.ERROR:
        return replace(
            result,
            measurements=measurements,
            error=result.error + 1,
            consecutive_error=result.consecutive_error + 1,
            consecutive_success=0,
        )
    return replace(
        result,
        measurements=measurements,
        count=result.count + 1,
        successful=result.successful + (phase is Phase.SUCCESSFUL),
        failed=result.failed + (phase is Phase.FAILED),
        inconclusive=result.inconclusive + (phase is Phase.INCONCLUSIVE),
        consecutive_error=0,
        consecutive_success=result.consecutive_success + 1 if phase is Phase.SUCCESSFUL else 0,
    )


def _new_result(run: AnalysisRun, metric_name: str) -> MetricResult:
    metric = next((metric for metric in run.metrics if metric.name == metric_name), None)
    if metric is None:
        raise ValueError(f"the run has no metric {metric_name!r}")
    return MetricResult(
        name=metric_name,
        phase=Phase.RUNNING,
        dry_run=metric_name in run.dry_run,
        metadata=_metadata(metric),
    )


def _metadata(metric: Metric) -> dict[str, str]:
    prometheus = metric.provider.prometheus
    return {RESOLVED_QUERY: prometheus.query} if prometheus and prometheus.query else {}


def _with_results(run: AnalysisRun, changed: Iterable[MetricResult]) -> AnalysisRun:
    results = {result.name: result for result in (*run.status.metric_results, *changed)}
    return replace(run, status=replace(run.status, metric_results=tuple(results.values())))


def _redacted(outcome: Outcome, secrets: Iterable[str]) -> Outcome:
    value, message, metadata = outcome.value, outcome.message, dict(outcome.metadata)
    for secret in secrets:
        value, message = value.replace(secret, HIDDEN), message.replace(secret, HIDDEN)
        metadata = {name: text.replace(secret, HIDDEN) for name, text in metadata.items()}
    return Outcome(outcome.phase, value, message, metadata)
