"""What the conditions ask of a blue-green Rollout. Argo: utils/conditions/conditions.go, rollout/sync.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.bluegreen.saturation import is_saturated

if TYPE_CHECKING:
    from rollouts.model import Rollout
    from rollouts.single_pass import Pass
    from rollouts.status import RolloutStatus


def serves_current(rollout: Rollout, draft: RolloutStatus) -> bool:
    """Whether both Services select what the spec asks for; old pods, and a verdict still to come, do not matter."""
    selectors, current = draft.blue_green, draft.current_pod_hash
    previewed = not rollout.blue_green.preview_service or selectors.preview_selector == current
    return previewed and selectors.active_selector == current


def was_switched(previous: RolloutStatus, draft: RolloutStatus) -> bool:
    before, now = previous.blue_green, draft.blue_green
    return (before.active_selector, before.preview_selector) != (now.active_selector, now.preview_selector)


def is_available(work: Pass, draft: RolloutStatus) -> bool:
    """Whether the active ReplicaSet has all its pods."""
    active = draft.blue_green.active_selector
    return any(
        is_saturated(one, work.replicas) for one in work.replica_sets if active and one.pod_template_hash == active
    )
