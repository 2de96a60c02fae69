"""How many pods stable and canary should have now, and whether they have them.

Argo: utils/replicaset/canary.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.canary.basic_counts import Limits, closest_split, next_counts
from rollouts.canary.routed_counts import routed_counts, scale_weight
from rollouts.replica_limits import max_surge, max_unavailable
from rollouts.single_pass import Split

if TYPE_CHECKING:
    from rollouts.single_pass import Pass
    from rollouts.status import Weights
    from rollouts.world import ReplicaSet

# What floating point may be off by.
_EPSILON = 1e-10


def desired_counts(work: Pass, weights: Weights | None = None) -> Split:
    """The counts to order in this pass; `weights` are those that the traffic has (see routed_counts)."""
    if work.rollout.canary.dynamic_stable_scale:
        return routed_counts(work, weights)
    if work.counts is None:
        work.counts = routed_counts(work, None) if work.rollout.routes_traffic else _basic_counts(work)
    return work.counts


def _basic_counts(work: Pass) -> Split:
    canary, replicas = work.rollout.canary, work.replicas
    limits = Limits(replicas, max_surge(canary, replicas), max_unavailable(canary, replicas))
    stable = None if work.rolls_back_to_stable else work.stable
    if stable is None:
        wanted = Split(replicas, 0)
    else:
        wanted = closest_split(replicas, scale_weight(work), may_surge=limits.surge > 0)
    return next_counts(wanted, work.new, stable, work.others, limits)


def at_desired_counts(work: Pass, weights: Weights | None = None) -> bool:
    """Whether the pods of the current step are there: canary available, stable in full number."""
    desired = desired_counts(work, weights)
    if not progressed(work, work.new, desired.canary):
        return False
    if work.rollout.routes_traffic and work.rollout.canary.dynamic_stable_scale:
        return True
    stable = work.stable
    if stable is None or not desired.stable == stable.desired == stable.replicas:
        return False
    if work.rollout.routes_traffic:
        return True
    return not any(other.available for other in work.others)  # without a router they still serve


def progressed(work: Pass, replica_set: ReplicaSet, desired: int) -> bool:
    """Whether so many pods are available that the update may go on: all, if replicaProgressThreshold does not say."""
    threshold = work.rollout.canary.replica_progress_threshold
    if threshold is None or threshold.value < 0:
        return desired == replica_set.desired == replica_set.available
    if threshold.type != "Percent":
        return replica_set.available >= threshold.value
    return desired == 0 or replica_set.available / desired * 100 >= threshold.value - _EPSILON
