"""What a pass orders the shell to do, in this order, before the next pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from rollouts.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rollouts.analysis.model import AnalysisRunRequest
    from rollouts.status import Weights


class Event(Value, frozen=True):
    """A Kubernetes event of the Rollout; `type` is Normal or Warning."""

    type: str
    reason: str
    message: str


class CreateReplicaSet(Value, frozen=True):
    """A new ReplicaSet without replicas. Its pods carry the label `rollouts-pod-template-hash`."""

    name: str
    pod_template_hash: str
    revision: int
    template: Mapping[str, Any]
    rollout_replicas: int | None = None


class SetRevision(Value, frozen=True):
    name: str
    revision: int


class ScaleReplicaSet(Value, frozen=True):
    """Order `replicas` pods, and note the Rollout's size on the ReplicaSet (see world.ReplicaSet)."""

    name: str
    replicas: int
    rollout_replicas: int | None = None


class SetScaleDownDeadline(Value, frozen=True):
    """Annotate the ReplicaSet, or remove the annotation (None)."""

    name: str
    deadline: float | None


class EvictPod(Value, frozen=True):
    """Take a pod away, gently; its ReplicaSet makes another one."""

    replica_set: str
    pod: str


class DeleteReplicaSet(Value, frozen=True):
    name: str


class SetWeights(Value, frozen=True):
    weights: Weights


class PointServices(Value, frozen=True):
    """Which pods the stable and the canary Service select; "" leaves a Service as it is."""

    stable_hash: str
    canary_hash: str


class SwitchService(Value, frozen=True):
    """Let the Service of that name select the pods of one ReplicaSet, all at once (blue-green)."""

    service: str
    pod_template_hash: str


class CreateAnalysisRun(Value, frozen=True):
    request: AnalysisRunRequest


class TerminateAnalysisRun(Value, frozen=True):
    name: str


class DeleteAnalysisRun(Value, frozen=True):
    name: str


class Emit(Value, frozen=True):
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
