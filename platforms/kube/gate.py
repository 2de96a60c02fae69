"""What the analyses of a Rollout demand, and where they stand. Pure.

An AnalysisRun holds its metrics as its templates have them: the values of their arguments stand beside them.
An analysis without a run is shown all the same: by its metrics as the Rollout and its AnalysisTemplates plan them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from platforms.kube.objects import HASH, label, seconds
from platforms.kube.resources import Object
from platforms.kube.templates import Analysis, Templates, analyses_of, argument_of, metric_of
from platforms.metrics import Counts, counted, planned_view, with_known_arguments
from rollouts.analysis import AnalysisRun, Measurement, Metric, MetricResult, Phase, RunKind, next_measurements
from rollouts.analysis.model import HIDDEN, AnalysisRunStatus
from rollouts.analysis.spec import Argument
from seam.views import MetricView

RUN_KIND, _STEP = "rollout-type", "step-index"
# `metadata.namespace`, and `metadata.labels['a.b/c']`
_PATH = re.compile(r"\['([^']+)'\]|([^.\[\]]+)")


def metric_views(rollout: Object, runs: Iterable[Object], templates: Templates) -> tuple[MetricView, ...]:
    """The metrics of each analysis: as its runs have counted them, or as they are planned if it has no run yet.

    `runs` are those of the present attempt, in the order of their creation.
    """
    begun: dict[tuple[str, str], list[Object]] = {}
    for run in runs:
        begun.setdefault((label(run, RUN_KIND), label(run, _STEP)), []).append(run)
    views: list[MetricView] = []
    for analysis in analyses_of(rollout):
        units, own_runs = templates.units(analysis), begun.pop((analysis.kind, analysis.step), [])
        views += [view for run in own_runs for view in _in_run(run, units)]
        if not own_runs:
            views += _planned(rollout, analysis, templates, units)
    for of_a_step_that_is_gone in begun.values():
        views += [view for run in of_a_step_that_is_gone for view in _in_run(run, {})]
    return tuple(views)


def was_measured(runs: Iterable[Object]) -> bool:
    """Whether any measurement in any of the runs was Successful."""
    results = (result for run in runs for result in (run.get("status") or {}).get("metricResults") or ())
    return any(result.get("successful", 0) > 0 for result in results)


def _in_run(run: Object, units: Mapping[str, str]) -> Iterator[MetricView]:
    arguments = [argument_of(one) for one in run["spec"].get("args") or ()]
    documents = run["spec"].get("metrics") or ()
    metrics = tuple(_with_values(metric_of(one), arguments, _values(arguments)) for one in documents)
    begun = _engine_run(run, metrics)
    next_at = _next_at(begun, seconds(run["metadata"]["creationTimestamp"]))
    for metric in metrics:
        result = begun.status.result_of(metric.name) or MetricResult(metric.name)
        counts = Counts(result.successful, result.failed, result.inconclusive, result.error, result.consecutive_error)
        planned = _planned_view(metric.text, units.get(metric.name, ""))
        yield counted(planned, begun.name, str(result.phase), counts, next_at.get(metric.name))


def _next_at(run: AnalysisRun, created: float) -> Mapping[str, float]:
    """As far as it can be known. A run that no controller has looked at is taken to begin when it was created."""
    try:
        return next_measurements(run, created)
    except ValueError:  # no duration: the run will end as an error that says so
        return {}


def _engine_run(run: Object, metrics: tuple[Metric, ...]) -> AnalysisRun:
    """The run as the engine has it, as far as that decides when each metric is measured next."""
    status = run.get("status") or {}
    results = tuple(_result(one) for one in status.get("metricResults") or ())
    return AnalysisRun(
        name=run["metadata"]["name"],
        kind=RunKind.BACKGROUND,
        pod_template_hash=label(run, HASH),
        metrics=metrics,
        terminate=bool(run["spec"].get("terminate")),
        dry_run=frozenset(result.name for result in results if result.dry_run),
        status=AnalysisRunStatus(
            phase=_phase(status),
            metric_results=results,
            started_at=seconds(status["startedAt"]) if status.get("startedAt") else None,
        ),
    )


def _result(document: Object) -> MetricResult:
    return MetricResult(
        name=document["name"],
        phase=_phase(document),
        measurements=tuple(_measurement(one) for one in document.get("measurements") or ()),
        count=document.get("count", 0),
        successful=document.get("successful", 0),
        failed=document.get("failed", 0),
        inconclusive=document.get("inconclusive", 0),
        error=document.get("error", 0),
        consecutive_error=document.get("consecutiveError", 0),
        consecutive_success=document.get("consecutiveSuccess", 0),
        dry_run=bool(document.get("dryRun")),
    )


def _measurement(document: Object) -> Measurement:
    started, finished = document.get("startedAt"), document.get("finishedAt")
    return Measurement(
        phase=_phase(document) if finished else Phase.RUNNING,
        started_at=seconds(started or finished or "1970-01-01T00:00:00Z"),
        finished_at=seconds(finished) if finished else None,
    )


def _phase(document: Object) -> Phase:
    return Phase(document.get("phase") or Phase.PENDING)


# --- what is planned --------------------------------------------------------------------------------------------


def _planned(
    rollout: Object, analysis: Analysis, templates: Templates, units: Mapping[str, str]
) -> Iterator[MetricView]:
    merged = templates.merged(analysis)
    if merged is None:
        return
    values = _values(merged.args) | _given(rollout, analysis.args)
    for metric in merged.metrics:
        with_values = _with_values(metric, merged.args, values)
        yield _planned_view(with_values.text, units.get(metric.name, ""))


def _given(rollout: Object, args: Iterable[Object]) -> dict[str, str]:
    """What the Rollout's arguments would be now, as far as anybody knows before the run is made."""
    status = rollout.get("status") or {}
    hashes = {"Latest": status.get("currentPodHash"), "Stable": status.get("stableRS")}
    given: dict[str, Any] = {}
    for arg in args:
        source = arg.get("valueFrom") or {}
        if source.get("podTemplateHashValue"):
            given[arg["name"]] = hashes.get(source["podTemplateHashValue"])
        elif source.get("fieldRef"):
            given[arg["name"]] = _field(rollout, source["fieldRef"]["fieldPath"])
        else:
            given[arg["name"]] = arg.get("value")
    return {name: str(value) for name, value in given.items() if value not in (None, "")}


def _field(rollout: Object, path: str) -> Any:
    value: Any = rollout
    for quoted, plain in _PATH.findall(path):
        value = value.get(quoted or plain) if isinstance(value, Mapping) else None
    return None if isinstance(value, Mapping) else value


def _values(arguments: Iterable[Argument]) -> dict[str, str]:
    """Without those that have no value yet."""
    values = {one.name: HIDDEN if one.secret else one.value for one in arguments}
    return {name: value for name, value in values.items() if value is not None}


def _with_values(metric: Metric, arguments: Iterable[Argument], values: Mapping[str, str]) -> Metric:
    return with_known_arguments(metric, [one.name for one in arguments], values)


@lru_cache(maxsize=512)
def _planned_view(metric: str, unit: str) -> MetricView:
    """Of a metric as JSON: its conditions are parsed once, and there is a view for each change in the cluster."""
    return planned_view(Metric.model_validate_json(metric), unit)
