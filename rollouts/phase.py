"""The phase and its message: one line for people. Argo: utils/rollout/rolloututil.go.

The first match wins. Order matters between conditions too: the oldest bad one is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.bluegreen.phase import waiting_for
from rollouts.progress import ABORTED_REASON, TIMED_OUT_REASON, is_completed
from rollouts.status import RolloutPhase, RolloutStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rollouts.model import Rollout
    from rollouts.status import Condition


def calculate_phase(
    rollout: Rollout, status: RolloutStatus, conditions: Iterable[Condition]
) -> tuple[RolloutPhase, str]:
    """(phase, message) of a status that is to get these conditions."""
    for condition in conditions:
        if condition.reason in (ABORTED_REASON, TIMED_OUT_REASON):
            return RolloutPhase.DEGRADED, f"{condition.reason}: {condition.message}"
    if rollout.spec.paused:
        return RolloutPhase.PAUSED, "manually paused"
    if status.pause_conditions:
        return RolloutPhase.PAUSED, str(status.pause_conditions[0].reason)
    if rollout.spec.restart_time not in (None, status.restarted_at):
        return RolloutPhase.PROGRESSING, "rollout is restarting"
    waiting_for = _waiting_for(rollout, status)
    if waiting_for:
        return RolloutPhase.PROGRESSING, waiting_for
    return RolloutPhase.HEALTHY, ""


def _waiting_for(rollout: Rollout, status: RolloutStatus) -> str:
    if status.updated_replicas < rollout.spec.replicas:
        return "more replicas need to be updated"
    if status.available_replicas < status.updated_replicas:
        return "updated replicas are still becoming available"
    if rollout.is_blue_green:
        return waiting_for(rollout, status)
    if not rollout.routes_traffic and status.replicas > status.updated_replicas:
        return "old replicas are pending termination"
    if not is_completed(status):
        return "waiting for all steps to complete"
    return ""
