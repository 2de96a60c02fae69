"""Whether a ReplicaSet has all the pods of the Rollout. Argo: utils/annotations/annotations.go (IsSaturated)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollouts.world import ReplicaSet


def is_saturated(replica_set: ReplicaSet, replicas: int) -> bool:
    """All `replicas` of them ordered, available, and ordered for a Rollout of this size."""
    noted = replica_set.rollout_replicas in (None, replicas)
    return noted and replica_set.desired == replica_set.available == replicas
