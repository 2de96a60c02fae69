"""Argo's rules about a Rollout, in Argo's order, and then what this engine does not know.

Argo: pkg/apis/rollouts/validation/validation.go. Only the first problem is reported, as Argo does.
Whether Services and AnalysisTemplates exist is for the shell to check: it holds them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from rollouts.errors import Invalid, SpecError, Unsupported
from rollouts.fields import metadata_path, of_metadata
from rollouts.hashing import POD_TEMPLATE_HASH_LABEL
from rollouts.model import (
    Absent,
    AnalysisArgument,
    CanaryStrategy,
    Rollout,
    RolloutAnalysis,
    RolloutSpec,
)
from rollouts.validation.blue_green import of_blue_green
from rollouts.validation.canary import of_canary
from rollouts.validation.pods import of_pod_template
from rollouts.validation.selection import of_selector, selects

if TYPE_CHECKING:
    from collections.abc import Iterator

STEP_INDEX_LABEL = "step-index"


def first_problem(rollout: Rollout) -> SpecError | None:
    """The first problem of a Rollout that fits its schema."""
    return next(_problems(rollout), None)


def _problems(rollout: Rollout) -> Iterator[SpecError]:
    yield from _of_spec(rollout.spec)
    yield from _of_strategy(rollout.spec)
    yield from _absent_features(rollout.spec, "spec")
    if rollout.spec.strategy.canary is not None:
        yield from _unsupported_in(rollout.canary)


def _of_spec(spec: RolloutSpec) -> Iterator[SpecError]:
    yield from _not_negative("spec.replicas", spec.replicas)
    if spec.workload_ref is None:
        yield from of_selector(spec.selector)
        if spec.selector is not None and not selects(spec.selector, spec.template_labels):
            yield Invalid("spec.template.metadata.labels", "`selector` does not match template `labels`")
        yield from of_pod_template(spec.template)
    yield from _not_negative("spec.minReadySeconds", spec.min_ready_seconds)
    yield from _not_negative("spec.revisionHistoryLimit", spec.revision_history_limit)
    yield from _not_negative("spec.progressDeadlineSeconds", spec.progress_deadline_seconds)
    if spec.progress_deadline_seconds <= spec.min_ready_seconds:
        yield Invalid("spec.progressDeadlineSeconds", "must be greater than minReadySeconds")


def _not_negative(field: str, value: int) -> Iterator[SpecError]:
    if value < 0:
        yield Invalid(field, f"Invalid value: {value}: must be greater than or equal to 0")


def _of_strategy(spec: RolloutSpec) -> Iterator[SpecError]:
    strategy = spec.strategy
    if strategy.canary is None and strategy.blue_green is None:
        missing = ".spec.strategy.canary or .spec.strategy.blueGreen"
        yield Invalid("spec.strategy.strategy", f"Rollout has missing field '{missing}'")
    elif strategy.canary is not None and strategy.blue_green is not None:
        yield Invalid("spec.strategy.strategy", "Multiple Strategies can not be listed")
    elif strategy.canary is not None:
        yield from of_canary(strategy.canary)
    elif strategy.blue_green is not None:
        yield from of_blue_green(spec, strategy.blue_green, _unsupported_arguments)


def _absent_features(part: BaseModel, at: str) -> Iterator[SpecError]:
    """Every field marked Absent that was set after all, wherever it stands."""
    for name, (path, absent) in _fields(type(part)).items():
        if name not in part.model_fields_set:
            continue
        value = getattr(part, name)
        if absent and value is not None and value is not False:
            yield Unsupported.feature(at + path, absent)
        yield from _absent_features_within(value, at + path)


@lru_cache(maxsize=256)
def _fields(part: type[BaseModel]) -> dict[str, tuple[str, str]]:
    """By name: how a field goes on in a path, and the feature that it asks for if it is marked Absent."""
    return {
        name: (
            f"[{field.alias}]" if "/" in (field.alias or "") else f".{field.alias or name}",
            next((mark.feature for mark in field.metadata if isinstance(mark, Absent)), ""),
        )
        for name, field in part.model_fields.items()
    }


def _absent_features_within(value: Any, path: str) -> Iterator[SpecError]:
    if isinstance(value, BaseModel):
        yield from _absent_features(value, path)
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _absent_features_within(item, f"{path}[{i}]")


def _unsupported_in(canary: CanaryStrategy) -> Iterator[SpecError]:
    at = "spec.strategy.canary"
    routing = canary.traffic_routing
    if routing is not None:
        for name in routing.other_plugins:
            path = f"{at}.trafficRouting.plugins[{name}]"
            yield Unsupported(path, "this engine supports no router plugin but argoproj-labs/gatewayAPI")
        plugin = routing.plugins.gateway_api if routing.plugins is not None else None
        if (plugin is None) == (routing.traefik is None):
            yield Unsupported(f"{at}.trafficRouting", "this engine needs exactly one router: gatewayAPI or traefik")
        if not (canary.stable_service and canary.canary_service):
            yield Unsupported(f"{at}.trafficRouting", "name a stableService and a canaryService to split between")
    if canary.analysis is not None:
        yield from _unsupported_arguments(canary.analysis, f"{at}.analysis")
    for i, step in enumerate(canary.steps):
        if step.analysis is not None:
            yield from _unsupported_arguments(step.analysis, f"{at}.steps[{i}].analysis")


def _unsupported_arguments(analysis: RolloutAnalysis, at: str) -> Iterator[SpecError]:
    for label in (POD_TEMPLATE_HASH_LABEL, STEP_INDEX_LABEL):
        # Argo asks a run's labels to which ReplicaSet and to which step it belongs, and would look in vain.
        if label in analysis.analysis_run_metadata.labels:
            field = f"{at}.analysisRunMetadata.labels.{label}"
            yield Unsupported(field, "this engine sets the label itself on every run; remove it")
    for i, argument in enumerate(analysis.args):
        yield from _of_argument(argument, f"{at}.args[{i}]")


def _of_argument(argument: AnalysisArgument, at: str) -> Iterator[SpecError]:
    problem = _path_problem(argument)
    if problem is not None:
        # Argo would try again and again to make such a run, and the Rollout would stand still.
        yield Unsupported(f"{at}.valueFrom.fieldRef.fieldPath", f"{problem.field} {problem.message}")


def _path_problem(argument: AnalysisArgument) -> Invalid | None:
    """Why the downward API has no such path, where an argument has one of metadata."""
    source = argument.value_from
    if source is None or source.field_ref is None or not of_metadata(source.field_ref.field_path):
        return None
    try:
        metadata_path(source.field_ref.field_path)
    except Invalid as problem:
        return problem
    return None
