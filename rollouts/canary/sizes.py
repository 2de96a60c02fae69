"""The sizes of a canary's ReplicaSets, in the order of a pass. Argo: rollout/canary.go (reconcileCanaryReplicaSets)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.canary.counts import desired_counts
from rollouts.canary.retirement import reconcile_others
from rollouts.scaling import remove_deadlines, resize, scale_new
from rollouts.status import PauseReason

if TYPE_CHECKING:
    from rollouts.single_pass import Pass


def reconcile_sizes(work: Pass) -> bool:
    """Whether a ReplicaSet was resized: stable, else new, else the others; one group per pass.

    Nothing is while the spec pauses the Rollout, or an inconclusive analysis waits for a human.
    """
    if work.rollout.spec.paused or work.status.paused_because(PauseReason.INCONCLUSIVE_ANALYSIS_RUN):
        return False
    return _scale_stable_or_new(work) or reconcile_others(work)


def _scale_stable_or_new(work: Pass) -> bool:
    """Whether one of the two serving ReplicaSets was resized; stable comes first."""
    remove_deadlines(work)
    return _scale_stable(work) or _scale_canary(work)


def _scale_stable(work: Pass) -> bool:
    if work.stable is None or work.rolls_back_to_stable:
        return False
    # Before its traffic has gone, in this pass, its pods may not go either.
    return resize(work, work.stable, desired_counts(work, work.status.canary.weights).stable)


def _scale_canary(work: Pass) -> bool:
    replicas = desired_counts(work, work.canary.weights).canary
    return scale_new(work, replicas, work.rollout.canary.abort_scale_down_delay_seconds)
