"""What a metric demands and where it stands, from the values that every platform has of it. Pure.

A metric that no AnalysisRun measures yet is a planned one: its view has no `run` and its counts are 0. Conditions are
parsed for that view, once; a view of the metric in a run is a copy of it, with `counted`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rollouts.analysis import Demand, Metric, demand_of
from rollouts.analysis.limits import Limits
from rollouts.analysis.substitution import UnresolvedArgumentError, substitute
from seam.values import UNIT_ANNOTATION, UNITS, Bound, demand_in_words
from seam.views import MetricView


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run has counted of one metric: `status.metricResults[]`."""

    successful: int = 0
    failed: int = 0
    inconclusive: int = 0
    errors: int = 0
    consecutive_errors: int = 0


def metric_view(
    name: str,
    run: str,
    phase: str,
    unit: str,
    demand: Demand,
    limits: Limits,
    counts: Counts,
    next_at: float | None,
    query: str,
) -> MetricView:
    """A metric that demands a simple bound says so in its unit: `at least 95 %`."""
    bound = None if demand.op is None or demand.value is None else Bound(demand.op, demand.value)
    view = MetricView(
        name=name,
        unit=unit,
        demands=demand.words if bound is None else demand_in_words(bound, unit),
        bound=bound,
        failure_limit=limits.failure,
        inconclusive_limit=limits.inconclusive,
        consecutive_error_limit=limits.consecutive_error,
        count=limits.count,
        query=query,
    )
    return counted(view, run, phase, counts, next_at)


def planned_view(metric: Metric, unit: str) -> MetricView:
    """A metric, its arguments substituted, that no run measures yet."""
    return metric_view(
        metric.name, "", "Pending", unit, demand_of(metric), metric.limits, Counts(), None, query_of(metric)
    )


def counted(planned: MetricView, run: str, phase: str, counts: Counts, next_at: float | None) -> MetricView:
    """The same metric as a run has it."""
    return replace(
        planned,
        run=run,
        phase=phase,
        successful=counts.successful,
        failed=counts.failed,
        inconclusive=counts.inconclusive,
        errors=counts.errors,
        consecutive_errors=counts.consecutive_errors,
        next_at=next_at,
    )


def query_of(metric: Metric) -> str:
    """What is asked to measure it: PromQL, or the address of a web metric."""
    if metric.provider.prometheus is not None:
        return metric.provider.prometheus.query
    return metric.provider.web.url if metric.provider.web is not None else ""


def with_known_arguments(metric: Metric, names: Iterable[str], values: Mapping[str, str]) -> Metric:
    """The metric with those of its arguments that have a value; the others stay as they are written, `{{args.x}}`."""
    try:
        return substitute(metric, {name: values.get(name, f"{{{{args.{name}}}}}") for name in names})
    except UnresolvedArgumentError:  # the run will end as an error that says so
        return metric


def units_of(annotations: Mapping[str, str]) -> dict[str, str]:
    """The unit of each metric for which an AnalysisTemplate's annotations name one."""
    return {
        name.removeprefix(UNIT_ANNOTATION): unit
        for name, unit in annotations.items()
        if name.startswith(UNIT_ANNOTATION)
    }


def unit_problem(units: Mapping[str, str], metrics: Iterable[str]) -> tuple[str, str] | None:
    """(annotation, what is wrong with it) of the first that names an unknown unit or a metric that is not there."""
    known = list(metrics)
    for metric, unit in units.items():
        annotation = UNIT_ANNOTATION + metric
        if metric not in known:
            return annotation, f"this template has no metric {metric!r}; it has {', '.join(known) or 'none'}."
        if unit not in UNITS:
            return annotation, f"{unit!r} is not a unit; use {', '.join(filter(None, UNITS))}, or leave it out."
    return None
