"""The ReplicaSets of a Rollout: which is which. Argo: utils/replicaset/replicaset.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.hashing import without_hash_label

if TYPE_CHECKING:
    from rollouts.model import Rollout
    from rollouts.status import RolloutStatus
    from rollouts.world import Observed, ReplicaSet


def find_new(rollout: Rollout, observed: Observed) -> ReplicaSet | None:
    """The ReplicaSet of the current template, by hash, else by the template itself."""
    wanted = rollout.spec.template_hash
    equal = [one for one in observed.replica_sets if one.pod_template_hash == wanted]
    if not equal:
        template = rollout.spec.bare_template
        equal = [one for one in observed.replica_sets if without_hash_label(one.template) == template]
    return equal[0] if len(equal) == 1 else min(equal, key=lambda one: one.created_at, default=None)


def find_stable(status: RolloutStatus, observed: Observed) -> ReplicaSet | None:
    if not status.stable_rs:
        return None
    for one in observed.replica_sets:
        if one.pod_template_hash == status.stable_rs:
            return one
    return None


def next_revision(observed: Observed, new: ReplicaSet | None) -> int:
    """One more than any other ReplicaSet has; rolling back raises the number as well."""
    others = [one.revision for one in observed.replica_sets if one is not new]
    return max(others, default=0) + 1
