"""What Argo Rollouts demands of the metrics of a run (Argo: `utils/analysis/factory.go`, ValidateMetrics)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.analysis.limits import number
from rollouts.golang.durations import duration_problem, parse_duration
from rollouts.golang.regexp import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rollouts.analysis.spec import Metric


def metrics_problem(metrics: Sequence[Metric]) -> str | None:
    """The first thing that is wrong, in Argo's words."""
    if not metrics:
        return "no metrics specified"
    seen: set[str] = set()
    for index, metric in enumerate(metrics):
        if metric.name in seen:
            return f"metrics[{index}]: duplicate name '{metric.name}'"
        seen.add(metric.name)
        problem = (
            _limits_problem(metric) or _count_problem(metric) or _time_problem(metric) or _provider_problem(metric)
        )
        if problem:
            return f"metrics[{index}]: {problem}"
    return None


def _limits_problem(metric: Metric) -> str | None:
    limits = metric.limits
    if limits.consecutive_success < 0:
        return "consecutiveSuccessLimit must be >= 0"
    if limits.failure < -1:
        return "failureLimit must be >= 0, or -1 to be disabled"
    if limits.consecutive_success == 0 and limits.failure == -1:
        return "failureLimit and consecutiveSuccessLimit cannot both be disabled"
    if limits.inconclusive < 0:
        return "inconclusiveLimit must be >= 0"
    if limits.consecutive_error < 0:
        return "consecutiveErrorLimit must be >= 0"
    return None


def _count_problem(metric: Metric) -> str | None:
    count, limits = number(metric.count), metric.limits
    if count > 0:
        if limits.failure >= 0 and count < limits.failure + limits.consecutive_success:
            return (
                f"count ({count}) must be >= failureLimit + consecutiveSuccessLimit "
                f"({limits.failure} + {limits.consecutive_success}) if both >= 0"
            )
        if limits.failure < 0 and count < limits.consecutive_success:
            return "count must be >= consecutiveSuccessLimit"
        if count < limits.inconclusive:
            return "count must be >= inconclusiveLimit"
    if count > 1 and not metric.interval:
        return "interval must be specified when count > 1"
    return None


def _time_problem(metric: Metric) -> str | None:
    for text, name in ((metric.interval, "interval"), (metric.initial_delay, "startDelay")):
        if not text:
            continue
        try:
            parse_duration(text)
        except ValueError:
            return f"invalid {name} string: {duration_problem(text)}"
    return None


def _provider_problem(metric: Metric) -> str | None:
    given = [provider for provider in (metric.provider.prometheus, metric.provider.web) if provider is not None]
    if not given:
        return "no provider specified"
    return "multiple providers specified" if len(given) > 1 else None


def matching(rules: Sequence[str], metrics: Sequence[Metric], kind: str) -> tuple[dict[str, int], str | None]:
    """Metric name -> the last rule that matches it, and the complaint about a rule that matches none.

    Rules are regular expressions that match anywhere in a name. One that cannot be read matches nothing (`*`).
    """
    found: dict[str, int] = {}
    for index, rule in enumerate(rules):
        names = _matched(rule, metrics)
        if not names:
            return found, f"{kind}[{index}]: Rule didn't match any metric name(s)"
        found.update(dict.fromkeys(names, index))
    return found, None


def _matched(rule: str, metrics: Sequence[Metric]) -> list[str]:
    try:
        pattern = compile_pattern(rule)
    except ValueError:
        return []
    return [metric.name for metric in metrics if pattern.found_in(metric.name)]
