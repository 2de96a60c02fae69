"""How many pods stable and canary should have now, and whether they have them.

Argo: utils/replicaset/canary.go.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from rollouts.basic_counts import Limits, Split, closest_split, next_counts
from rollouts.replica_limits import max_surge, max_unavailable
from rollouts.status import MAX_WEIGHT
from rollouts.steps import current_set_weight

if TYPE_CHECKING:
    from rollouts.single_pass import Pass


def desired_counts(work: Pass) -> Split:
    """The counts to order in this pass.

    With a router stable keeps every pod, so that an abort can move all traffic back at once.
    """
    if work.rollout.routes_traffic:
        return Split(ceil(work.replicas * _scale_weight(work) / MAX_WEIGHT), work.replicas)
    canary, replicas = work.rollout.canary, work.replicas
    limits = Limits(replicas, max_surge(canary, replicas), max_unavailable(canary, replicas))
    stable = None if work.rolls_back_to_stable else work.stable
    if stable is None:
        wanted = Split(replicas, 0)
    else:
        wanted = closest_split(replicas, _scale_weight(work), may_surge=limits.surge > 0)
    return next_counts(wanted, work.new, stable, work.others, limits)


def at_desired_counts(work: Pass) -> bool:
    """Whether the pods of the current step are there: canary available, stable in full number."""
    desired = desired_counts(work)
    if not desired.canary == work.new.desired == work.new.available:
        return False
    stable = work.stable
    if stable is None or not desired.stable == stable.desired == stable.replicas:
        return False
    if work.rollout.routes_traffic:
        return True
    return not any(other.available for other in work.others)  # without a router they still serve


def _scale_weight(work: Pass) -> int:
    """The weight that sizes the canary: all of it without a stable to compare with, or once promoted."""
    status = work.status
    if status.promote_full or not status.stable_rs or status.fully_promoted:
        return MAX_WEIGHT
    return current_set_weight(work.rollout, status)
