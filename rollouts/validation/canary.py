"""The rules about a canary strategy, in Argo's order. Argo: pkg/apis/rollouts/validation/validation.go.

They hold for what this engine does not know as well (other routers, experiments): a broken rule is
reported before the missing feature is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rollouts.analysis.limits import number
from rollouts.errors import Invalid
from rollouts.fields import metadata_path, of_metadata
from rollouts.status import MAX_WEIGHT
from rollouts.validation.anti_affinity import of_anti_affinity
from rollouts.validation.routes import of_header_route, of_mirror_route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rollouts.model import AnalysisArgument, CanaryStep, CanaryStrategy

_AT = "spec.strategy.canary"
_INVALID_STEP = "Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause"
_NO_ROUTER_SERVICES = "Canary service and Stable service must to be set to use Traffic Routing"
_SAME_SERVICE = (
    "This rollout uses the same service for the {} and {} services, but two different services are required."
)
_NO_WEIGHTS = "Experiment template weight cannot be set unless TrafficRouting is enabled"
_OTHER_WEIGHTS = (
    "Experiment template weight is only available for TrafficRouting with SMI, ALB, Istio and Plugins at this time"
)
_NO_METADATA = "Analyses arguments must refer to valid object metadata supported by downwardAPI"


def of_canary(canary: CanaryStrategy) -> Iterator[Invalid]:
    if _number(canary.max_surge) == 0 == _number(canary.max_unavailable):
        yield Invalid(f"{_AT}.maxSurge", "MaxSurge and MaxUnavailable both can not be zero")
    if canary.canary_service and canary.canary_service == canary.stable_service:
        yield Invalid(f"{_AT}.stableService", _SAME_SERVICE.format("stable", "canary"))
    yield from _of_ping_pong(canary)
    if _wants_services(canary):
        for field, service in (("stableService", canary.stable_service), ("canaryService", canary.canary_service)):
            if not service:
                yield Invalid(f"{_AT}.{field}", _NO_ROUTER_SERVICES)
    yield from _of_scaling(canary)
    for i, step in enumerate(canary.steps):
        yield from _of_step(step, canary, f"{_AT}.steps[{i}]")
    yield from of_anti_affinity(canary.anti_affinity, _AT)


def _number(value: int | str) -> int:
    """As this rule reads it: text without a number counts as nothing."""
    if isinstance(value, str) and re.fullmatch(r"\d+%", value, re.ASCII):
        return int(value[:-1])
    return number(value)


def _of_ping_pong(canary: CanaryStrategy) -> Iterator[Invalid]:
    services, routing, at = canary.ping_pong, canary.traffic_routing, f"{_AT}.pingPong"
    if services is None:
        return
    if routing is not None and routing.alb is routing.istio is None and not routing.has_plugins:
        text = "Ping-pong feature works with the ALB, Istio, and plugin-based traffic routers only"
        yield Invalid(f"{_AT}.trafficRouting.alb", text)
    for field in ("pingService", "pongService"):
        if not services[field]:
            yield Invalid(f"{at}.{field}", "Ping service and Pong service must to be set to use Ping-Pong feature")
    if services["pingService"] == services["pongService"]:
        yield Invalid(f"{at}.pingService", _SAME_SERVICE.format("ping", "pong"))
    if routing is not None and routing.alb is not None and not routing.alb.get("rootService"):
        text = "Root service field is required for the configuration with ALB and ping-pong feature enabled"
        yield Invalid(f"{_AT}.trafficRouting.alb.rootService", text)


def _wants_services(canary: CanaryStrategy) -> bool:
    """Whether the router splits between two Services (a plugin says that for itself)."""
    routing = canary.traffic_routing
    if routing is None:
        return False
    by_host = routing.istio is not None and "destinationRule" not in routing.istio
    splitting = (routing.smi, routing.apisix, routing.ambassador, routing.nginx, routing.app_mesh, routing.traefik)
    return any(router is not None for router in splitting) or (
        canary.ping_pong is None and (routing.alb is not None or by_host)
    )


def _of_scaling(canary: CanaryStrategy) -> Iterator[Invalid]:
    delay, dynamic, routing = canary.scale_down_delay_seconds, canary.dynamic_stable_scale, canary.traffic_routing
    if routing is None:
        if delay is not None:
            text = "Canary scaleDownDelaySeconds can only be used with traffic routing"
            yield Invalid(f"{_AT}.scaleDownDelaySeconds", text)
        if dynamic:
            text = "Canary dynamicStableScale can only be used with traffic routing"
            yield Invalid(f"{_AT}.dynamicStableScale", text)
        return
    if delay is not None and dynamic:
        text = "Canary dynamicStableScale cannot be used with scaleDownDelaySeconds"
        yield Invalid(f"{_AT}.dynamicStableScale", text)
    if routing.max_traffic_weight is not None and routing.nginx is None and not routing.has_plugins:
        text = "Canary maxTrafficWeight in traffic routing only supported in Nginx and Plugins"
        yield Invalid(f"{_AT}.trafficRouting.maxTrafficWeight", text)


def _of_step(step: CanaryStep, canary: CanaryStrategy, at: str) -> Iterator[Invalid]:
    exclusive = (step.set_weight, step.pause, step.experiment, step.analysis)
    others = (step.set_canary_scale, step.set_header_route, step.set_mirror_route, step.plugin)
    kinds = sum(kind is not None for kind in exclusive)
    if kinds > 1 or (kinds == 0 and all(other is None for other in others)):
        yield Invalid(at, _INVALID_STEP)
    yield from _of_weight_and_pause(step, canary, at)
    routing = canary.traffic_routing
    if step.set_canary_scale is not None and routing is None:
        yield Invalid(f"{_AT}.trafficRouting", "SetCanaryScale requires TrafficRouting to be set")
    yield from of_header_route(step.set_header_route, routing, f"{at}.setHeaderRoute")
    yield from of_mirror_route(step.set_mirror_route, routing, f"{at}.setMirrorRoute")
    yield from _of_managed_routes(step, canary, at)
    yield from _of_experiment(step, canary, f"{at}.experiment")
    yield from _of_arguments(step, f"{at}.analyses")


def _of_weight_and_pause(step: CanaryStep, canary: CanaryStrategy, at: str) -> Iterator[Invalid]:
    routing = canary.traffic_routing
    most = MAX_WEIGHT if routing is None or routing.max_traffic_weight is None else routing.max_traffic_weight
    if step.set_weight is not None and not 0 <= step.set_weight <= most:
        yield Invalid(f"{at}.setWeight", f"SetWeight needs to be between 0 and {most}")
    if step.pause is not None and (step.pause.seconds or 0) < 0:
        yield Invalid(f"{at}.pause.duration", "Duration needs to be greater than 0")


def _of_managed_routes(step: CanaryStep, canary: CanaryStrategy, at: str) -> Iterator[Invalid]:
    routing = canary.traffic_routing
    routes = (("setHeaderRoute", step.set_header_route), ("setMirrorRoute", step.set_mirror_route))
    if routing is None or all(route is None for _, route in routes):
        return
    if routing.managed_routes is None:
        text = "Rollout has missing field 'spec.strategy.canary.trafficRouting.managedRoutes'"
        yield Invalid(f"{_AT}.trafficRouting.managedRoutes", text)
        return
    names = {managed["name"] for managed in routing.managed_routes}
    for field, route in routes:
        if route is not None and route.get("name", "") not in names:
            text = "Steps define a route that does not exist in spec.strategy.canary.trafficRouting.managedRoutes"
            yield Invalid(f"{at}.{field}", text)


def _of_experiment(step: CanaryStep, canary: CanaryStrategy, at: str) -> Iterator[Invalid]:
    routing = canary.traffic_routing
    for i, template in enumerate(step.experiment["templates"] if step.experiment is not None else ()):
        if "weight" not in template:
            continue
        if routing is None:
            yield Invalid(f"{at}.templates[{i}].weight", _NO_WEIGHTS)
        elif routing.alb is routing.smi is routing.istio is None and not routing.has_plugins:
            yield Invalid(f"{at}.templates[{i}].weight", _OTHER_WEIGHTS)


def _of_arguments(step: CanaryStep, at: str) -> Iterator[Invalid]:
    paths = [_field_path(argument) for argument in step.analysis.args] if step.analysis is not None else []
    for analysis in step.experiment.get("analyses", ()) if step.experiment is not None else ():
        sources = [argument.get("valueFrom", {}) for argument in analysis.get("args", ())]
        paths += [source["fieldRef"]["fieldPath"] for source in sources if "fieldRef" in source]
    for path in filter(of_metadata, paths):
        try:
            metadata_path(path)
        except Invalid:
            yield Invalid(at, _NO_METADATA)


def _field_path(argument: AnalysisArgument) -> str:
    source = argument.value_from
    return "" if source is None or source.field_ref is None else source.field_ref.field_path
