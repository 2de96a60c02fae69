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
    oldest_first = sorted(observed.replica_sets, key=lambda one: one.created_at)
    for replica_set in oldest_first:
        if replica_set.pod_template_hash == wanted:
            return replica_set
    template = rollout.spec.bare_template
    return next((one for one in oldest_first if without_hash_label(one.template) == template), None)


def find_stable(status: RolloutStatus, observed: Observed) -> ReplicaSet | None:
    if not status.stable_rs:
        return None
    named = (one for one in observed.replica_sets if one.pod_template_hash == status.stable_rs)
    return next(named, None)


def next_revision(observed: Observed, new: ReplicaSet | None) -> int:
    """One more than any other ReplicaSet has; rolling back raises the number as well."""
    others = (one.revision for one in observed.replica_sets if new is None or one.name != new.name)
    return max(others, default=0) + 1
