"""What the analyses of a Rollout demand, and where they stand. Pure.

An analysis without a run is shown all the same: by its metrics as the Rollout and its AnalysisTemplates plan them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from platforms.embedded.manifests import Manifests
from platforms.metrics import Counts, counted, planned_view, with_known_arguments
from rollouts.analysis import AnalysisRun, MetricResult, next_measurements
from rollouts.analysis.merging import chosen, merge
from rollouts.analysis.model import HIDDEN
from rollouts.errors import SpecError
from rollouts.fields import field_of
from rollouts.model import AnalysisArgument, Rollout, RolloutAnalysis
from rollouts.status import RolloutStatus
from seam.views import MetricView

_NOT_COUNTED = MetricResult("")


@dataclass(frozen=True, slots=True)
class StoredRun:
    """An AnalysisRun, the revision that it judges, and its metrics before anything was counted, by name."""

    run: AnalysisRun
    revision: int
    planned: Mapping[str, MetricView]


@dataclass(frozen=True, slots=True)
class PlannedAnalysis:
    """An analysis of a Rollout: of the step with that index, or in the background (None)."""

    step_index: int | None
    metrics: tuple[MetricView, ...]


def stored(run: AnalysisRun, revision: int, templates: Iterable[str], manifests: Manifests) -> StoredRun:
    """A new run. `templates` are the keys of those that it was made from."""
    if not run.metrics:  # its templates are not there, or do not fit together
        return StoredRun(run, revision, {})
    units = _units(templates, manifests)
    return StoredRun(run, revision, {one.name: planned_view(one, units.get(one.name, "")) for one in run.metrics})


def planned_analyses(
    rollout: Rollout, manifests: Manifests, status: RolloutStatus, revision: int
) -> tuple[PlannedAnalysis, ...]:
    """Every analysis of a canary: the background one first, then those of the steps, in order."""
    found: list[tuple[int | None, RolloutAnalysis | None]] = [(None, rollout.canary.analysis)]
    found += [(index, step.analysis) for index, step in enumerate(rollout.steps)]
    return tuple(
        PlannedAnalysis(index, _planned(rollout, analysis, manifests, status, revision))
        for index, analysis in found
        if analysis is not None and analysis.templates
    )


def metric_views(planned: Iterable[PlannedAnalysis], runs: Iterable[StoredRun], now: float) -> tuple[MetricView, ...]:
    """The metrics of each analysis: as its runs have counted them, or as they are planned if it has no run yet."""
    by_step: dict[int | None, list[StoredRun]] = {}
    for stored_run in runs:
        by_step.setdefault(stored_run.run.step_index, []).append(stored_run)
    views: list[MetricView] = []
    for analysis in planned:
        begun = by_step.pop(analysis.step_index, None)
        views += analysis.metrics if begun is None else _in_runs(begun, now)
    for of_a_step_that_is_gone in by_step.values():
        views += _in_runs(of_a_step_that_is_gone, now)
    return tuple(views)


def _in_runs(runs: Iterable[StoredRun], now: float) -> list[MetricView]:
    views = []
    for stored_run in runs:
        run, next_at = stored_run.run, next_measurements(stored_run.run, now)
        results = {result.name: result for result in run.status.metric_results}
        for name, planned in stored_run.planned.items():
            result = results.get(name, _NOT_COUNTED)
            counts = Counts(
                result.successful, result.failed, result.inconclusive, result.error, result.consecutive_error
            )
            views.append(counted(planned, run.name, str(result.phase), counts, next_at.get(name)))
    return views


def _planned(
    rollout: Rollout, analysis: RolloutAnalysis, manifests: Manifests, status: RolloutStatus, revision: int
) -> tuple[MetricView, ...]:
    keys = [template.key for template in analysis.templates]
    try:
        merged = merge(keys, manifests.templates)
    except SpecError:  # these templates were refused when they were applied, or are changed while a release is out
        return ()
    values = {argument.name: HIDDEN if argument.secret else argument.value for argument in merged.args}
    values |= {argument.name: _value(argument, rollout, status, revision) for argument in analysis.args}
    known = {name: value for name, value in values.items() if value is not None}
    units = _units(keys, manifests)
    metrics = [with_known_arguments(metric, values, known) for metric in merged.metrics]
    return tuple(planned_view(metric, units.get(metric.name, "")) for metric in metrics)


def _value(argument: AnalysisArgument, rollout: Rollout, status: RolloutStatus, revision: int) -> str | None:
    """The argument's value as it would be now; None if it is known only when the run is made."""
    source = argument.value_from
    if source is None:
        return argument.value
    if source.pod_template_hash_value is not None:
        hashes = {"Latest": status.current_pod_hash, "Stable": status.stable_rs}
        return hashes.get(source.pod_template_hash_value) or None
    if source.field_ref is None:
        return None
    try:
        return field_of(rollout, source.field_ref.field_path, status, revision)
    except SpecError:
        return None


def _units(templates: Iterable[str], manifests: Manifests) -> dict[str, str]:
    units: dict[str, str] = {}
    for template in chosen(templates, manifests.templates):
        units |= manifests.units.get(template.key, {})
    return units
