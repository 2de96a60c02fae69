"""Orders for the size of a ReplicaSet, and the deadlines after which its pods may go.

Argo: rollout/replicaset.go, rollout/sync.go. Which sizes: canary/sizes.py and bluegreen/sizes.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.actions import ScaleReplicaSet, SetScaleDownDeadline

if TYPE_CHECKING:
    from rollouts.single_pass import Pass
    from rollouts.world import ReplicaSet

DEFAULT_DELAY = 30
# How often Argo looks at every Rollout, in seconds.
RESYNC_PERIOD = 15 * 60


def is_scaling_event(work: Pass) -> bool:
    """Whether `spec.replicas` changed since the serving ReplicaSets were last sized."""
    return _is_to_be_resized(work, work.new) or (work.stable is not None and _is_to_be_resized(work, work.stable))


def resize(work: Pass, replica_set: ReplicaSet, replicas: int) -> bool:
    """Order `replicas` pods; False when the ReplicaSet already has that order."""
    if replica_set.desired == replicas and not _noted_size_is_old(work, replica_set):
        return False
    work.actions.append(ScaleReplicaSet(replica_set.name, replicas, work.replicas))
    if replicas == 0 and not delays_scale_down_on_abort(work):
        remove_deadline(work, replica_set)
    if replica_set.desired == replicas:
        return False
    direction = "up" if replica_set.desired < replicas else "down"
    work.emit(
        "ScalingReplicaSet",
        f"Scaled {direction} ReplicaSet {replica_set.name} (revision {replica_set.revision}) "
        f"from {replica_set.desired} to {replicas}",
    )
    return True


def delays_scale_down_on_abort(work: Pass) -> bool:
    """Whether an aborted canary keeps its pods for a while: with a router, unless the delay is 0.

    With dynamicStableScale they go as their traffic does, unless a delay is asked for. A preview (blue-green) keeps
    them as a canary does.
    """
    if not work.pausing.aborted or work.stable is None:
        return False
    if work.rollout.is_blue_green:
        return work.rollout.blue_green.abort_scale_down_delay_seconds != 0
    if not work.rollout.routes_traffic:
        return False
    delay = work.rollout.canary.abort_scale_down_delay_seconds
    return delay != 0 and not (delay is None and work.rollout.canary.dynamic_stable_scale)


def remove_deadline(work: Pass, replica_set: ReplicaSet) -> None:
    if replica_set.scale_down_deadline is not None:
        work.actions.append(SetScaleDownDeadline(replica_set.name, None))


def add_deadline(work: Pass, replica_set: ReplicaSet, delay: int) -> None:
    if delay > 0:
        deadline = int(work.now + delay)
        work.actions.append(SetScaleDownDeadline(replica_set.name, float(deadline)))
        work.wake_at(deadline)


def _is_to_be_resized(work: Pass, replica_set: ReplicaSet) -> bool:
    return replica_set.desired > 0 and _noted_size_is_old(work, replica_set)


def _noted_size_is_old(work: Pass, replica_set: ReplicaSet) -> bool:
    return replica_set.rollout_replicas not in (None, work.replicas)


def remove_deadlines(work: Pass) -> None:
    """A ReplicaSet that is new or stable (again) is there to stay."""
    if not delays_scale_down_on_abort(work):
        remove_deadline(work, work.new)
    if work.stable is not None and work.stable.name != work.new.name:
        remove_deadline(work, work.stable)


def scale_new(work: Pass, replicas: int, abort_delay: int | None) -> bool:
    """Whether the new ReplicaSet was resized: to `replicas`, once aborted only after `abort_delay` seconds."""
    if not delays_scale_down_on_abort(work):
        return resize(work, work.new, replicas)
    deadline = work.new.scale_down_deadline
    if deadline is None:
        resize(work, work.new, work.new.desired)  # keeps the size, notes the Rollout's
        if work.stable is not None and work.stable.available >= work.replicas:
            add_deadline(work, work.new, DEFAULT_DELAY if abort_delay is None else abort_delay)
        return False
    if deadline > work.now:
        work.wake_at(deadline)
        # Argo leaves the canary alone only if the deadline is near; a far one ends at once.
        if deadline - work.now < RESYNC_PERIOD:
            resize(work, work.new, work.new.desired)
            return False
        return resize(work, work.new, replicas)
    return resize(work, work.new, 0)
