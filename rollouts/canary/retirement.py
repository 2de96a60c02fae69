"""What happens to ReplicaSets that are neither new nor stable: scaled down, in time.

Argo: rollout/canary.go (scaleDownOldReplicaSetsForCanary), rollout/replicaset.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.replica_limits import max_unavailable
from rollouts.scaling import DEFAULT_DELAY, add_deadline, resize

if TYPE_CHECKING:
    from rollouts.single_pass import Pass
    from rollouts.world import ReplicaSet


def reconcile_others(work: Pass) -> bool:
    """Whether a ReplicaSet was scaled down. Never below the availability that the strategy asks for."""
    active = [other for other in work.others if other.desired > 0]
    if not active:
        return False
    if any(other.available > other.desired for other in active):
        return False  # pods are still going: their number means nothing yet
    active, scaled = _without_unhealthy_pods(work, active)
    spare = work.available - (work.replicas - max_unavailable(work.rollout.canary, work.replicas))
    if spare <= 0:
        return False
    retirement = _Retirement(work, spare)
    for other in sorted(active, key=lambda one: (one.revision, one.created_at), reverse=True):
        scaled = retirement.retire(other) or scaled
    return scaled


def _without_unhealthy_pods(work: Pass, active: list[ReplicaSet]) -> tuple[list[ReplicaSet], bool]:
    """Pods that serve nobody go first: they would only block what follows."""
    left, scaled = [], False
    for other in sorted(active, key=lambda one: one.created_at):
        if other.available < other.desired:
            scaled = resize(work, other, other.available) or scaled
        left.append(replace(other, desired=other.available))
    return left, scaled


class _Retirement:
    """Walks the old ReplicaSets, newest revision first, within the pods that may go."""

    def __init__(self, work: Pass, spare: int) -> None:
        self._work = work
        self._spare = spare
        self._annotated = 0

    def retire(self, other: ReplicaSet) -> bool:
        if self._work.rollout.routes_traffic and _referenced(self._work, other):
            return False
        if self._spare <= 0 or other.desired == 0:
            return False
        wanted = self._wanted(other)
        if wanted == other.desired:
            return False
        resize(self._work, other, wanted)
        self._spare -= other.desired - wanted
        return True

    def _wanted(self, other: ReplicaSet) -> int:
        if not self._work.rollout.routes_traffic:
            return max(0, other.desired - self._spare)  # its pods still serve: down with it
        if self._work.rollout.canary.dynamic_stable_scale:
            return 0
        if self._work.status.fully_promoted or other.scale_down_deadline is not None:
            return self._delayed(other)
        return 0  # a revision that was replaced in the middle of its update, without traffic

    def _delayed(self, other: ReplicaSet) -> int:
        """The previous stable stays for scaleDownDelaySeconds, so that the data plane can let go of it."""
        canary = self._work.rollout.canary
        limit = canary.scale_down_delay_revision_limit
        allowed = limit is None or self._annotated < limit
        deadline = other.scale_down_deadline
        if deadline is None:
            if not allowed:
                return 0
            self._annotated += 1
            delay = canary.scale_down_delay_seconds
            add_deadline(self._work, other, DEFAULT_DELAY if delay is None else delay)
            return other.desired
        self._annotated += 1
        if allowed and deadline > self._work.now:
            self._work.wake_at(deadline)
            return other.desired
        return 0


def _referenced(work: Pass, other: ReplicaSet) -> bool:
    """Whether requests may still reach these pods."""
    status, weights = work.status, work.status.canary.weights
    hashes = {
        status.stable_rs,
        status.current_pod_hash,
        status.services.stable_hash,
        status.services.canary_hash,
    }
    if weights is not None:
        hashes |= {weights.canary.pod_template_hash, weights.stable.pod_template_hash}
    return other.pod_template_hash in hashes
