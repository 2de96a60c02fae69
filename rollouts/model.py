"""A Rollout as its author wrote it: Argo's fields under Argo's names.

Fields that Argo Rollouts knows and this engine does not are declared too, as `Absent(...)`: whoever sets
one learns which feature is missing (rollouts/validation), and Argo's own rules about them still hold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from rollouts.analysis.spec import (  # noqa: TC001 - pydantic reads them
    AnalysisTemplateRef,
    DryRun,
    MeasurementRetention,
)
from rollouts.durations import pause_seconds, rfc3339_seconds
from rollouts.hashing import pod_template_hash, steps_hash, without_hash_label
from rollouts.selectors import Selector, selector_text
from rollouts.value import Part


@dataclass(frozen=True, slots=True)
class Absent:
    """Marks a field that must not be set, and names the feature that it would ask for."""

    feature: str


class FieldRef(Part):
    field_path: str


class ArgumentValueFrom(Part):
    pod_template_hash_value: str | None = None
    field_ref: FieldRef | None = None


class AnalysisArgument(Part):
    name: str
    value: str = ""
    value_from: ArgumentValueFrom | None = None


# Go writes the keys of a map in their order, and the hash of the steps is one of what Go writes.
_Texts = Annotated[Mapping[str, str], AfterValidator(lambda texts: dict(sorted(texts.items())))]


class AnalysisRunMetadata(Part):
    labels: _Texts = Field(default_factory=dict)
    annotations: _Texts = Field(default_factory=dict)


class RolloutAnalysis(Part):
    templates: Annotated[tuple[AnalysisTemplateRef, ...], Field(strict=False)] = ()
    args: Annotated[tuple[AnalysisArgument, ...], Field(strict=False)] = ()
    dry_run: Annotated[tuple[DryRun, ...], Field(strict=False)] = ()
    measurement_retention: Annotated[tuple[MeasurementRetention, ...], Field(strict=False)] = ()
    analysis_run_metadata: AnalysisRunMetadata = Field(default_factory=AnalysisRunMetadata)


class BackgroundAnalysis(RolloutAnalysis):
    starting_step: int | None = None


class Pause(Part):
    duration: int | str | None = None

    @cached_property
    def seconds(self) -> int | None:
        """Whole seconds, -1 for what cannot be read, None for a pause without an end."""
        return None if self.duration is None else pause_seconds(self.duration)


class SetCanaryScale(Part):
    """The canary's size apart from its traffic: exactly one of the three."""

    weight: int | None = None
    replicas: int | None = None
    match_traffic_weight: bool = False

    def __str__(self) -> str:
        if self.weight is not None:
            return f"setCanaryScale{{weight: {self.weight}}}"
        if self.match_traffic_weight:
            return "setCanaryScale{matchTrafficWeight: true}"
        return f"setCanaryScale{{replicas: {self.replicas}}}"


class CanaryStep(Part):
    set_weight: int | None = None
    pause: Pause | None = None
    experiment: Annotated[Any, Absent("experiment steps")] = None
    analysis: RolloutAnalysis | None = None
    set_canary_scale: SetCanaryScale | None = None
    set_header_route: Annotated[Any, Absent("setHeaderRoute steps")] = None
    set_mirror_route: Annotated[Any, Absent("setMirrorRoute steps")] = None
    plugin: Annotated[Any, Absent("step plugins")] = None

    def __str__(self) -> str:
        """The step as Argo names it in events. Argo: utils/rollout/rolloututil.go (CanaryStepString)."""
        if self.set_weight is not None:
            return f"setWeight: {self.set_weight}"
        if self.pause is not None:
            return "pause" if self.pause.duration is None else f"pause: {self.pause.duration}"
        return "analysis" if self.analysis is not None else str(self.set_canary_scale)


class TraefikRouting(Part):
    weighted_traefik_service_name: str


class NamedRoute(Part):
    name: str


class GatewayApiRouting(Part):
    """The configuration of the plugin argoproj-labs/gatewayAPI."""

    http_route: str | None = Field(None, alias="httpRoute")
    grpc_route: str | None = Field(None, alias="grpcRoute")
    http_routes: Annotated[tuple[NamedRoute, ...], Field(strict=False, alias="httpRoutes")] = ()
    grpc_routes: Annotated[tuple[NamedRoute, ...], Field(strict=False, alias="grpcRoutes")] = ()
    namespace: str | None = None
    tcp_route: Annotated[Any, Absent("TCPRoutes")] = None
    tls_route: Annotated[Any, Absent("TLSRoutes")] = None


class Plugins(Part):
    """Each by its name. Of another than the one that is named here nothing is known."""

    model_config = ConfigDict(extra="allow")

    gateway_api: GatewayApiRouting | None = Field(None, alias="argoproj-labs/gatewayAPI")


class TrafficRouting(Part):
    plugins: Plugins | None = None
    traefik: TraefikRouting | None = None
    istio: Annotated[Any, Absent("Istio as a traffic router")] = None
    nginx: Annotated[Any, Absent("NGINX as a traffic router")] = None
    alb: Annotated[Any, Absent("ALB as a traffic router")] = None
    smi: Annotated[Any, Absent("SMI as a traffic router")] = None
    ambassador: Annotated[Any, Absent("Ambassador as a traffic router")] = None
    app_mesh: Annotated[Any, Absent("App Mesh as a traffic router")] = None
    apisix: Annotated[Any, Absent("APISIX as a traffic router")] = None
    managed_routes: Annotated[Any, Absent("managed routes")] = None
    max_traffic_weight: Annotated[Any, Absent("weights that sum to something else than 100")] = None

    @property
    def other_plugins(self) -> Collection[str]:
        return () if self.plugins is None else (self.plugins.model_extra or {}).keys()

    @property
    def has_plugins(self) -> bool:
        return self.plugins is not None and (self.plugins.gateway_api is not None or bool(self.other_plugins))


class ReplicaProgressThreshold(Part):
    """When a step has pods enough: so many percent of those that it wants (type Percent), else so many pods."""

    type: str
    value: int


class CanaryStrategy(Part):
    canary_service: str = ""
    stable_service: str = ""
    steps: Annotated[tuple[CanaryStep, ...], Field(strict=False)] = ()
    traffic_routing: TrafficRouting | None = None
    max_unavailable: int | str = "25"
    max_surge: int | str = "25"
    analysis: BackgroundAnalysis | None = None
    scale_down_delay_seconds: int | None = None
    scale_down_delay_revision_limit: int | None = None
    abort_scale_down_delay_seconds: int | None = None
    anti_affinity: Annotated[Any, Absent("anti-affinity between revisions")] = None
    canary_metadata: Annotated[Any, Absent("metadata for canary pods")] = None
    stable_metadata: Annotated[Any, Absent("metadata for stable pods")] = None
    dynamic_stable_scale: bool = False
    ping_pong: Annotated[Any, Absent("ping-pong Services")] = None
    min_pods_per_replica_set: int | None = None
    replica_progress_threshold: ReplicaProgressThreshold | None = None

    @cached_property
    def weights_after(self) -> tuple[int, ...]:
        """The weight after so many steps, from none to all of them: that of the last one that sets it."""
        weights = (0, *(step.set_weight for step in self.steps))
        return tuple(accumulate(weights, lambda last, own: last if own is None else own))

    @cached_property
    def scales_after(self) -> tuple[SetCanaryScale | None, ...]:
        """The setCanaryScale that holds after so many steps, likewise."""
        scales = (None, *(step.set_canary_scale for step in self.steps))
        return tuple(accumulate(scales, lambda last, own: last if own is None else own))

    @cached_property
    def steps_hash(self) -> str:
        written = self.model_dump(include={"steps"}, by_alias=True, exclude_defaults=True)
        return steps_hash(written.get("steps", ()))


class BlueGreenStrategy(Part):
    active_service: str
    preview_service: str = ""
    preview_replica_count: int | None = None
    auto_promotion_enabled: bool = True
    auto_promotion_seconds: int = 0
    max_unavailable: int | str = "25"  # nothing but a restart asks for it
    scale_down_delay_seconds: int | None = None
    scale_down_delay_revision_limit: int | None = None
    abort_scale_down_delay_seconds: int | None = None
    pre_promotion_analysis: RolloutAnalysis | None = None
    post_promotion_analysis: RolloutAnalysis | None = None
    anti_affinity: Annotated[Any, Absent("anti-affinity between revisions")] = None
    preview_metadata: Annotated[Any, Absent("metadata for preview pods")] = None
    active_metadata: Annotated[Any, Absent("metadata for active pods")] = None


class Strategy(Part):
    canary: CanaryStrategy | None = None
    blue_green: BlueGreenStrategy | None = None


class RunHistory(Part):
    successful_run_history_limit: int = 5
    unsuccessful_run_history_limit: int = 5


class RollbackWindow(Part):
    """Back to a version that is not more revisions ago than these, without steps and analyses."""

    revisions: int = 0


class RolloutSpec(Part):
    replicas: int = 1
    selector: Selector | None = None
    template: Mapping[str, Any] = Field(default_factory=dict, repr=False)
    min_ready_seconds: int = 0
    strategy: Strategy = Field(default_factory=Strategy)
    revision_history_limit: int = 10
    paused: bool = False
    progress_deadline_seconds: int = 600
    progress_deadline_abort: bool = False
    analysis: RunHistory = Field(default_factory=RunHistory)
    workload_ref: Annotated[Any, Absent("a template taken from another workload")] = None
    restart_at: str | None = None
    rollback_window: RollbackWindow | None = None

    @cached_property
    def selector_text(self) -> str:
        return selector_text(self.selector)

    @cached_property
    def restart_time(self) -> float | None:
        """Seconds since the epoch. ValueError for what is no time."""
        return None if self.restart_at is None else rfc3339_seconds(self.restart_at)

    @cached_property
    def template_hash(self) -> str:
        return pod_template_hash(self.template)

    @property
    def template_labels(self) -> Mapping[str, str]:
        labels: Mapping[str, str] = self.template.get("metadata", {}).get("labels", {})
        return labels

    @cached_property
    def bare_template(self) -> Mapping[str, Any]:
        """The pod template as its author wrote it."""
        return without_hash_label(self.template)


@dataclass(frozen=True)
class Rollout:
    """A Rollout that parse_rollout() accepted: it has one strategy, every rule of Argo holds."""

    name: str
    spec: RolloutSpec
    namespace: str = "default"
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    generation: int = 1
    uid: str = ""

    @cached_property
    def canary(self) -> CanaryStrategy:
        strategy = self.spec.strategy.canary
        assert strategy is not None, "its strategy is blue-green"
        return strategy

    @cached_property
    def blue_green(self) -> BlueGreenStrategy:
        strategy = self.spec.strategy.blue_green
        assert strategy is not None, "its strategy is canary"
        return strategy

    @cached_property
    def is_blue_green(self) -> bool:
        return self.spec.strategy.blue_green is not None

    @cached_property
    def steps(self) -> tuple[CanaryStep, ...]:
        return () if self.is_blue_green else self.canary.steps

    @cached_property
    def steps_hash(self) -> str:
        return "" if self.is_blue_green else self.canary.steps_hash

    @cached_property
    def routes_traffic(self) -> bool:
        """Whether a router splits the traffic by weight (else the number of pods does)."""
        return not self.is_blue_green and self.canary.traffic_routing is not None
