"""What a blue-green update waits for once its pods are there. Argo: utils/rollout/rolloututil.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollouts.model import Rollout
    from rollouts.status import RolloutStatus


def waiting_for(rollout: Rollout, status: RolloutStatus) -> str:
    """A message, "" when all is done."""
    active = status.blue_green.active_selector
    if not active or active != status.current_pod_hash:
        return "active service cutover pending"
    if status.stable_rs and status.fully_promoted:
        return ""
    if rollout.blue_green.post_promotion_analysis is not None:
        run = status.blue_green.post_promotion_analysis_run_status
        if run is None or not run.status.completed:
            return "waiting for analysis to complete"
    return "waiting for post-promotion verification to complete"
