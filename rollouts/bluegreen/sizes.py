"""How many pods the stable, the new and the old ReplicaSets get.

Argo: rollout/bluegreen.go (reconcileBlueGreenReplicaSets), utils/replicaset/replicaset.go (NewRSNewReplicas).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.bluegreen.retirement import retire_others
from rollouts.history import collect_garbage
from rollouts.scaling import remove_deadlines, resize, scale_new
from rollouts.status import PauseReason

if TYPE_CHECKING:
    from rollouts.single_pass import Pass


def reconcile_sizes(work: Pass) -> None:
    """Stable in full number, the new one in full number or as a preview, the old ones down; all in one pass.

    A pause does not hold pods back: a preview is there to be looked at.
    """
    remove_deadlines(work)
    resized = work.stable is not None and resize(work, work.stable, work.replicas)
    if not (resized and work.rolls_back_to_stable):
        scale_new(work, wanted_replicas(work), work.rollout.blue_green.abort_scale_down_delay_seconds)
    retire_others(work)
    collect_garbage(work)


def wanted_replicas(work: Pass) -> int:
    """All replicas, but previewReplicaCount before the promotion: until the check point, and while it is paused."""
    count, status = work.rollout.blue_green.preview_replica_count, work.status
    new, active = work.new.pod_template_hash, status.blue_green.active_selector
    is_known = any(one.pod_template_hash == active for one in work.replica_sets)
    if count is None or not is_known or active == new or status.promote_full:
        return work.replicas
    paused = work.rollout.spec.paused or bool(status.pause_conditions)
    past_check_point = status.blue_green.scale_up_preview_check_point and status.current_pod_hash == new
    return work.replicas if past_check_point and not paused else count


def has_wanted_pods(work: Pass) -> bool:
    """Argo: utils/replicaset/bluegreen.go (ReadyForPause)."""
    return wanted_replicas(work) == work.new.desired == work.new.available


def is_halted(work: Pass) -> bool:
    """Argo: rollout/context.go (haltProgress)."""
    inconclusive = work.status.paused_because(PauseReason.INCONCLUSIVE_ANALYSIS_RUN)
    return work.rollout.spec.paused or inconclusive is not None
