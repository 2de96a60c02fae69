"""What a pass orders the shell to do, in this order, before the next pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rollouts.analysis.model import AnalysisRunRequest
    from rollouts.status import Weights


class Event(Struct, frozen=True):
    """A Kubernetes event of the Rollout; `type` is Normal or Warning."""

    type: str
    reason: str
    message: str


class CreateReplicaSet(Struct, frozen=True):
    """A new ReplicaSet without replicas. Its pods carry the label `rollouts-pod-template-hash`."""

    name: str
    pod_template_hash: str
    revision: int
    template: Mapping[str, Any]
    rollout_replicas: int | None = None


class SetRevision(Struct, frozen=True):
    name: str
    revision: int


class ScaleReplicaSet(Struct, frozen=True):
    """Order `replicas` pods, and note the Rollout's size on the ReplicaSet (see world.ReplicaSet)."""

    name: str
    replicas: int
    rollout_replicas: int | None = None


class SetScaleDownDeadline(Struct, frozen=True):
    """Annotate the ReplicaSet, or remove the annotation (None)."""

    name: str
    deadline: float | None


class EvictPod(Struct, frozen=True):
    """Take a pod away, gently; its ReplicaSet makes another one."""

    replica_set: str
    pod: str


class DeleteReplicaSet(Struct, frozen=True):
    name: str


class SetWeights(Struct, frozen=True):
    weights: Weights


class PointServices(Struct, frozen=True):
    """Which pods the stable and the canary Service select; "" leaves a Service as it is."""

    stable_hash: str
    canary_hash: str


class SwitchService(Struct, frozen=True):
    """Let the Service of that name select the pods of one ReplicaSet, all at once (blue-green)."""

    service: str
    pod_template_hash: str


class CreateAnalysisRun(Struct, frozen=True):
    request: AnalysisRunRequest


class TerminateAnalysisRun(Struct, frozen=True):
    name: str


class DeleteAnalysisRun(Struct, frozen=True):
    name: str


class Emit(Struct, frozen=True):
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
