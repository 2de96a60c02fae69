"""What a pass orders the shell to do, in this order, before the next pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rollouts.analysis.model import AnalysisRunRequest
    from rollouts.status import Weights


@dataclass(frozen=True, slots=True)
class Event:
    """A Kubernetes event of the Rollout; `type` is Normal or Warning."""

    type: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class CreateReplicaSet:
    """A new ReplicaSet without replicas. Its pods carry the label `rollouts-pod-template-hash`."""

    name: str
    pod_template_hash: str
    revision: int
    template: Mapping[str, Any] = field(repr=False)
    rollout_replicas: int | None = None


@dataclass(frozen=True, slots=True)
class SetRevision:
    name: str
    revision: int


@dataclass(frozen=True, slots=True)
class ScaleReplicaSet:
    """Order `replicas` pods, and note the Rollout's size on the ReplicaSet (see world.ReplicaSet)."""

    name: str
    replicas: int
    rollout_replicas: int | None = None


@dataclass(frozen=True, slots=True)
class SetScaleDownDeadline:
    """Annotate the ReplicaSet, or remove the annotation (None)."""

    name: str
    deadline: float | None


@dataclass(frozen=True, slots=True)
class EvictPod:
    """Take a pod away, gently; its ReplicaSet makes another one."""

    replica_set: str
    pod: str


@dataclass(frozen=True, slots=True)
class DeleteReplicaSet:
    name: str


@dataclass(frozen=True, slots=True)
class SetWeights:
    weights: Weights


@dataclass(frozen=True, slots=True)
class PointServices:
    """Which pods the stable and the canary Service select; "" leaves a Service as it is."""

    stable_hash: str
    canary_hash: str


@dataclass(frozen=True, slots=True)
class SwitchService:
    """Let the Service of that name select the pods of one ReplicaSet, all at once (blue-green)."""

    service: str
    pod_template_hash: str


@dataclass(frozen=True, slots=True)
class CreateAnalysisRun:
    request: AnalysisRunRequest


@dataclass(frozen=True, slots=True)
class TerminateAnalysisRun:
    name: str


@dataclass(frozen=True, slots=True)
class DeleteAnalysisRun:
    name: str


@dataclass(frozen=True, slots=True)
class Emit:
    event: Event


Action: TypeAlias = (
    CreateReplicaSet
    | SetRevision
    | ScaleReplicaSet
    | SetScaleDownDeadline
    | EvictPod
    | DeleteReplicaSet
    | SetWeights
    | PointServices
    | SwitchService
    | CreateAnalysisRun
    | TerminateAnalysisRun
    | DeleteAnalysisRun
    | Emit
)
