"""From counted measurements to the phase of a metric, and from metrics to the phase of a run.

Argo: `analysis/analysis.go`, assessMetricStatus and assessRunStatus. Limits are exceeded, never reached: failureLimit 1
fails on the second failure. Within a metric an Error hides a Failed; between metrics a Failed hides an Error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.analysis.model import AnalysisRun, MetricResult, Phase, RunSummary
from rollouts.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rollouts.analysis.spec import Metric

_BAD = (Phase.FAILED, Phase.ERROR, Phase.INCONCLUSIVE)
# From best to worst, where metrics are compared.
_SEVERITY = (Phase.SUCCESSFUL, Phase.RUNNING, Phase.PENDING, Phase.INCONCLUSIVE, Phase.ERROR, Phase.FAILED)


class Verdict(Value, frozen=True):
    phase: Phase
    message: str
    metric_results: tuple[MetricResult, ...]
    run_summary: RunSummary
    dry_run_summary: RunSummary


def terminating(run: AnalysisRun) -> bool:
    """Whether no more measurements are to be taken: someone asked, or a metric that counts went bad."""
    return run.terminate or any(result.phase in _BAD and not result.dry_run for result in run.status.metric_results)


def exceeded(metric: Metric, result: MetricResult) -> tuple[Phase | None, str]:
    """The phase and message of the exceeded limit, if any; of several, Argo reports the last."""
    limits = metric.limits
    if result.consecutive_error > limits.consecutive_error:
        return (
            Phase.ERROR,
            f"consecutiveErrors ({result.consecutive_error}) > consecutiveErrorLimit ({limits.consecutive_error})",
        )
    if result.inconclusive > limits.inconclusive:
        return Phase.INCONCLUSIVE, f"inconclusive ({result.inconclusive}) > inconclusiveLimit ({limits.inconclusive})"
    if 0 <= limits.failure < result.failed:
        return Phase.FAILED, f"failed ({result.failed}) > failureLimit ({limits.failure})"
    return None, ""


def metric_phase(metric: Metric, result: MetricResult, *, stopping: bool) -> Phase:
    """Where a metric stands after its last measurement. A phase that has ended stays."""
    if result.phase.completed:
        return result.phase
    if not result.measurements:
        return Phase.SUCCESSFUL if stopping else Phase.PENDING
    if not result.measurements[-1].phase.completed:
        return Phase.RUNNING
    decided = _decided(metric, result)
    return decided or (Phase.SUCCESSFUL if stopping else Phase.RUNNING)


def _decided(metric: Metric, result: MetricResult) -> Phase | None:
    """The phase that the counters lead to; None while they are undecided."""
    phase, _why = exceeded(metric, result)
    if phase is not None:
        return phase
    limits = metric.limits
    if 0 < limits.consecutive_success <= result.consecutive_success:
        return Phase.SUCCESSFUL
    if limits.count is not None and result.count >= limits.count:
        return _phase_at_count(limits.failure, limits.consecutive_success)
    return None


def _phase_at_count(failure_limit: int, consecutive_success_limit: int) -> Phase:
    """All measurements taken, and no limit reached that would have decided before."""
    if consecutive_success_limit <= 0:
        return Phase.SUCCESSFUL
    return Phase.INCONCLUSIVE if failure_limit >= 0 else Phase.FAILED


def verdict_of(run: AnalysisRun) -> Verdict:
    """The phases of all metrics, and what follows for the run."""
    stopping = terminating(run)
    results = {result.name: result for result in run.status.metric_results}
    ended = []
    for metric in run.metrics:
        if metric.name in results:
            result = results[metric.name] = _with_phase(metric, results[metric.name], stopping=stopping)
            if result.phase.completed:
                ended.append((metric, result))
    worst, message = _worst(run, ended)
    if stopping:
        phase = worst or Phase.SUCCESSFUL
    elif len(ended) == len(run.metrics) and worst is not None:
        phase = worst
    else:
        phase, message = Phase.RUNNING, ""
    for metric, result in ended:
        results[metric.name] = _with_dry_run_message(metric, result)
    return Verdict(
        phase,
        message,
        tuple(results.values()),
        run_summary=_summary(run, ended, dry=False),
        dry_run_summary=_summary(run, ended, dry=True),
    )


def _with_phase(metric: Metric, result: MetricResult, *, stopping: bool) -> MetricResult:
    """The message of a metric is that of the measurement that changed its phase."""
    phase = metric_phase(metric, result, stopping=stopping)
    if phase == result.phase:
        return result
    message = result.measurements[-1].message if result.measurements else result.message
    return replace(result, phase=phase, message=message)


def _worst(run: AnalysisRun, ended: Iterable[tuple[Metric, MetricResult]]) -> tuple[Phase | None, str]:
    worst: Phase | None = None
    message = "Run Terminated" if run.terminate else ""
    for metric, result in ended:
        if metric.name in run.dry_run:
            worst = worst or Phase.SUCCESSFUL
            continue
        if worst is not None and _SEVERITY.index(result.phase) <= _SEVERITY.index(worst):
            continue
        worst = result.phase
        _phase, why = exceeded(metric, result)
        if why:
            detail = f': "Error Message: {result.message}"' if result.message else ""
            message = f'Metric "{metric.name}" assessed {result.phase} due to {why}{detail}'
    return worst, message.strip()


def _with_dry_run_message(metric: Metric, result: MetricResult) -> MetricResult:
    _phase, why = exceeded(metric, result)
    if not (result.dry_run and why):
        return result
    return replace(result, message=f"Metric assessed {result.phase} due to {why}")


def _summary(run: AnalysisRun, ended: Iterable[tuple[Metric, MetricResult]], *, dry: bool) -> RunSummary:
    """Counted by exceeded limits, so a metric that failed for want of successes counts as successful: Argo's quirk."""
    count = len(run.dry_run) if dry else len(run.metrics) - len(run.dry_run)
    phases = [exceeded(metric, result)[0] for metric, result in ended if (metric.name in run.dry_run) is dry]
    if not phases:
        return RunSummary(count)
    return RunSummary(
        count,
        successful=phases.count(None),
        failed=phases.count(Phase.FAILED),
        inconclusive=phases.count(Phase.INCONCLUSIVE),
        error=phases.count(Phase.ERROR),
    )
