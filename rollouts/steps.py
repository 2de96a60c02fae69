"""The current step, and the weight that the steps so far ask for. Argo: utils/replicaset/canary.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.status import MAX_WEIGHT, RolloutStatus

if TYPE_CHECKING:
    from rollouts.model import Rollout


def current_index(rollout: Rollout, status: RolloutStatus) -> int | None:
    """The index of the current step; len(steps) after the last one; None when there are no steps."""
    if not rollout.steps:
        return None
    return status.current_step_index or 0


def current_set_weight(rollout: Rollout, status: RolloutStatus) -> int:
    """The weight that the steps ask for now: nothing once aborted, everything after the last step."""
    if status.abort:
        return 0
    index = current_index(rollout, status)
    if index is None or index >= len(rollout.steps):
        return MAX_WEIGHT
    return rollout.canary.weights_after[index + 1]


def before_starting_step(rollout: Rollout, status: RolloutStatus) -> bool:
    """Whether background analysis has to wait for a later step."""
    analysis = rollout.canary.analysis
    index = current_index(rollout, status)
    if analysis is None or analysis.starting_step is None or index is None:
        return False
    return index < analysis.starting_step
