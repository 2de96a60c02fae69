"""Argo's rules about a Rollout, in Argo's order, and then what this engine does not know.

Argo: pkg/apis/rollouts/validation/validation.go. Only the first problem is told, as Argo does.
Whether Services and AnalysisTemplates exist is for the shell to check: it holds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from rollouts.bluegreen.validation import of_blue_green
from rollouts.canary.replica_limits import int_or_percent
from rollouts.errors import Invalid, SpecError, Unsupported
from rollouts.fields import metadata_path, of_metadata
from rollouts.hashing import POD_TEMPLATE_HASH_LABEL
from rollouts.model import (
    Absent,
    AnalysisArgument,
    CanaryStep,
    CanaryStrategy,
    Rollout,
    RolloutAnalysis,
    RolloutSpec,
    Selector,
    SelectorRequirement,
)
from rollouts.status import MAX_WEIGHT

_INVALID_STEP = "Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause"
_NO_ROUTER_SERVICES = "Canary service and Stable service must to be set to use Traffic Routing"
_SAME_SERVICE = (
    "This rollout uses the same service for the stable and canary services, but two different services are required."
)
STEP_INDEX_LABEL = "step-index"
_INVALID_ANALYSIS_ARGS = "Analyses arguments must refer to valid object metadata supported by downwardAPI"


def first_problem(rollout: Rollout) -> SpecError | None:
    """The first thing wrong with a Rollout of the right shape."""
    return next(_problems(rollout), None)


def _problems(rollout: Rollout) -> Iterator[SpecError]:
    yield from _of_restart(rollout.spec)
    yield from _of_spec(rollout.spec)
    yield from _of_strategy(rollout.spec)
    yield from _absent_features(rollout.spec, "spec")
    if rollout.spec.strategy.canary is not None:
        yield from _unsupported_in(rollout.canary)


def _of_spec(spec: RolloutSpec) -> Iterator[SpecError]:
    yield from _not_negative("spec.replicas", spec.replicas)
    if spec.workload_ref is None:
        yield from _of_selector(spec)
    yield from _not_negative("spec.minReadySeconds", spec.min_ready_seconds)
    yield from _not_negative("spec.revisionHistoryLimit", spec.revision_history_limit)
    yield from _not_negative("spec.progressDeadlineSeconds", spec.progress_deadline_seconds)
    if spec.progress_deadline_seconds <= spec.min_ready_seconds:
        yield Invalid("spec.progressDeadlineSeconds", "must be greater than minReadySeconds")


def _of_restart(spec: RolloutSpec) -> Iterator[SpecError]:
    try:
        _ = spec.restart_time
    except ValueError:
        text = f'spec.restartAt in body must be of type date-time: "{spec.restart_at}"'
        yield Invalid("spec.restartAt", f'Invalid value: "{spec.restart_at}": {text}')


def _not_negative(field: str, value: int) -> Iterator[SpecError]:
    if value < 0:
        yield Invalid(field, "must be greater than or equal to 0")


def _of_selector(spec: RolloutSpec) -> Iterator[SpecError]:
    if spec.selector is None:
        yield Invalid("spec.selector", "Rollout has missing field '.spec.selector'")
        return
    if not spec.selector.match_labels and not spec.selector.match_expressions:
        yield Invalid("spec.selector", "empty selector is invalid for deployment")
    for i, requirement in enumerate(spec.selector.match_expressions):
        if requirement.operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            field = f"spec.selector.matchExpressions[{i}].operator"
            yield Invalid(field, "not a valid selector operator")
    metadata = spec.template.get("metadata") or {}
    labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
    if not _selects(spec.selector, labels if isinstance(labels, Mapping) else {}):
        yield Invalid("spec.template.metadata.labels", "`selector` does not match template `labels`")


def _selects(selector: Selector, labels: Mapping[str, str]) -> bool:
    return all(labels.get(name) == value for name, value in selector.match_labels.items()) and all(
        _matches(requirement, labels) for requirement in selector.match_expressions
    )


def _matches(requirement: SelectorRequirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
    return value is None


def _of_strategy(spec: RolloutSpec) -> Iterator[SpecError]:
    strategy = spec.strategy
    if strategy.canary is None and strategy.blue_green is None:
        missing = ".spec.strategy.canary or .spec.strategy.blueGreen"
        yield Invalid("spec.strategy.strategy", f"Rollout has missing field '{missing}'")
    elif strategy.canary is not None and strategy.blue_green is not None:
        yield Invalid("spec.strategy.strategy", "Multiple Strategies can not be listed")
    elif strategy.canary is not None:
        yield from _of_canary(strategy.canary)
    elif strategy.blue_green is not None:
        yield from of_blue_green(spec, strategy.blue_green, _unsupported_arguments)


def _of_canary(canary: CanaryStrategy) -> Iterator[SpecError]:
    at = "spec.strategy.canary"
    if int_or_percent(canary.max_surge) == 0 == int_or_percent(canary.max_unavailable):
        yield Invalid(f"{at}.maxSurge", "MaxSurge and MaxUnavailable both can not be zero")
    if canary.canary_service and canary.canary_service == canary.stable_service:
        yield Invalid(f"{at}.stableService", _SAME_SERVICE)
    if canary.traffic_routing is not None and canary.traffic_routing.traefik is not None:
        for field, service in (
            ("stableService", canary.stable_service),
            ("canaryService", canary.canary_service),
        ):
            if not service:
                yield Invalid(f"{at}.{field}", _NO_ROUTER_SERVICES)
    yield from _of_scaling(canary, at)
    for i, step in enumerate(canary.steps):
        yield from _of_step(step, canary, f"{at}.steps[{i}]")


def _of_scaling(canary: CanaryStrategy, at: str) -> Iterator[SpecError]:
    delay, dynamic = canary.scale_down_delay_seconds, canary.dynamic_stable_scale
    if canary.traffic_routing is not None:
        if delay is not None and dynamic:
            text = "Canary dynamicStableScale cannot be used with scaleDownDelaySeconds"
            yield Invalid(f"{at}.dynamicStableScale", text)
        return
    if delay is not None:
        text = "Canary scaleDownDelaySeconds can only be used with traffic routing"
        yield Invalid(f"{at}.scaleDownDelaySeconds", text)
    if dynamic:
        text = "Canary dynamicStableScale can only be used with traffic routing"
        yield Invalid(f"{at}.dynamicStableScale", text)


def _of_step(step: CanaryStep, canary: CanaryStrategy, at: str) -> Iterator[SpecError]:
    exclusive = (step.set_weight, step.pause, step.experiment, step.analysis)
    others = (step.set_canary_scale, step.set_header_route, step.set_mirror_route, step.plugin)
    kinds = sum(kind is not None for kind in exclusive)
    if kinds > 1 or (kinds == 0 and all(other is None for other in others)):
        yield Invalid(at, _INVALID_STEP)
    if step.set_weight is not None and not 0 <= step.set_weight <= MAX_WEIGHT:
        yield Invalid(f"{at}.setWeight", f"SetWeight needs to be between 0 and {MAX_WEIGHT}")
    if step.pause is not None and (step.pause.seconds or 0) < 0:
        yield Invalid(f"{at}.pause.duration", "Duration needs to be greater than 0")
    if step.set_canary_scale is not None and canary.traffic_routing is None:
        yield Invalid("spec.strategy.canary.trafficRouting", "SetCanaryScale requires TrafficRouting to be set")
    if step.analysis is not None and any(map(_path_problem, step.analysis.args)):
        yield Invalid(f"{at}.analyses", _INVALID_ANALYSIS_ARGS)


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
        plugin = routing.plugins.gateway_api if routing.plugins is not None else None
        if (plugin is None) == (routing.traefik is None):
            yield Unsupported(f"{at}.trafficRouting", "this engine wants exactly one router: gatewayAPI or traefik")
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
