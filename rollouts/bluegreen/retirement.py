"""Old ReplicaSets: kept for scaleDownDelaySeconds after the switch, then emptied.

Argo: rollout/bluegreen.go (scaleDownOldReplicaSetsForBlueGreen), rollout/replicaset.go (scaleDownDelayHelper).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.analysis.model import Phase
from rollouts.bluegreen.skipping import skips_post_promotion
from rollouts.scaling import DEFAULT_DELAY, add_deadline, resize
from rollouts.status import PauseReason

if TYPE_CHECKING:
    from rollouts.single_pass import Pass
    from rollouts.world import ReplicaSet


def retire_others(work: Pass) -> None:
    """Newest revision first; none while a verdict is still awaited, be it an analysis' or a human's."""
    if work.status.paused_because(PauseReason.INCONCLUSIVE_ANALYSIS_RUN) or _awaits_verdict(work):
        return
    kept = 0
    for other in sorted(work.others, key=lambda one: one.revision, reverse=True):
        if other.desired == 0 or _is_referenced(work, other):
            continue
        limit = work.rollout.blue_green.scale_down_delay_revision_limit
        if other.scale_down_deadline is not None:
            kept += 1
            resize(work, other, _after_deadline(work, other, allowed=limit is None or kept <= limit))
        elif limit is None or kept < limit:
            kept += 1
            delay = work.rollout.blue_green.scale_down_delay_seconds
            add_deadline(work, other, DEFAULT_DELAY if delay is None else delay)
        else:
            resize(work, other, 0)


def _after_deadline(work: Pass, other: ReplicaSet, *, allowed: bool) -> int:
    """The pods of an old ReplicaSet that has a deadline: before it as many as the Rollout has, even if it had fewer
    (a preview that was replaced).
    """
    assert other.scale_down_deadline is not None
    if not allowed or other.scale_down_deadline <= work.now:
        return 0
    work.wake_at(other.scale_down_deadline)
    return work.replicas


def _awaits_verdict(work: Pass) -> bool:
    """Whether post-promotion analysis has to pass first; only where the author gave no delay."""
    blue_green = work.rollout.blue_green
    if blue_green.post_promotion_analysis is None or blue_green.scale_down_delay_seconds is not None:
        return False
    if skips_post_promotion(work, work.post_run):
        return False
    return work.post_run is None or work.post_run.status.phase is not Phase.SUCCESSFUL


def _is_referenced(work: Pass, other: ReplicaSet) -> bool:
    """Whether requests may still reach these pods: by what the last status says, or by the Services as they are."""
    status = work.status
    return other.pod_template_hash in {
        status.stable_rs,
        status.current_pod_hash,
        status.blue_green.active_selector,
        status.blue_green.preview_selector,
        work.blue_green.active_selector,
        work.blue_green.preview_selector,
    }
