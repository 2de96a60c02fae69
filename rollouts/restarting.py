"""Pods that are older than spec.restartAt are evicted, as many at a time as may be missing. Argo: rollout/restart.go.

Argo has a notion of the stable pods first, but looks at them in the order in which the API lists them: by name.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from rollouts.actions import EvictPod
from rollouts.replica_limits import max_unavailable, share

if TYPE_CHECKING:
    from rollouts.model import Rollout
    from rollouts.single_pass import Pass

# How often Argo looks after pods that are still to be restarted, in seconds.
_CHECK_PERIOD = 30


def restart_pods(work: Pass) -> bool:
    """Whether pods were evicted. Once none is left that is too old, the restart is noted as done."""
    restart_at = work.rollout.spec.restart_time
    if restart_at is None:
        return False
    work.wake_after(restart_at)
    if work.now <= restart_at or restart_at == work.status.restarted_at:
        return False
    pods = sorted((pod.name, one.name, pod) for one in work.replica_sets for pod in one.pods)
    old = [(name, replica_set, pod) for name, replica_set, pod in pods if int(pod.created_at) < restart_at]
    evictable = [EvictPod(replica_set, name) for name, replica_set, pod in old if not pod.leaving]
    evicted = evictable[: max(0, _spare(work))]
    work.actions += evicted
    if len(evicted) < len(old):
        work.wake_at(work.now + _CHECK_PERIOD)
    else:
        work.restarted_at = int(restart_at)
    return bool(evicted)


def _spare(work: Pass) -> int:
    """How many available pods may go now; one at a time may even where none should be missing."""
    available = sum(pod.available and not pod.leaving for one in work.replica_sets for pod in one.pods)
    wanted = max(work.replicas, sum(one.desired for one in work.replica_sets))
    return available - (wanted - max(1, _max_unavailable(work.rollout)))


def _max_unavailable(rollout: Rollout) -> int:
    replicas = rollout.spec.replicas
    if rollout.is_blue_green:
        return min(replicas, share(rollout.blue_green.max_unavailable, replicas, floor))
    return max_unavailable(rollout.canary, replicas)
