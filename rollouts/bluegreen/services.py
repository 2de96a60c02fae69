"""Which pods the preview and the active Service select. Argo: rollout/service.go.

Neither is touched while the spec pauses the Rollout, or an inconclusive analysis waits for a human.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.actions import SwitchService
from rollouts.bluegreen.fast_track import is_fast_tracked
from rollouts.bluegreen.pausing import pause_is_over, pre_promotion_passed
from rollouts.bluegreen.saturation import is_saturated
from rollouts.bluegreen.sizes import has_wanted_pods, is_halted

if TYPE_CHECKING:
    from rollouts.single_pass import Pass


def point_preview(work: Pass) -> None:
    """Point the preview Service to the new ReplicaSet at once, even without pods, and even after an abort."""
    service, target = work.rollout.blue_green.preview_service, work.new.pod_template_hash
    if not service or is_halted(work) or work.blue_green.preview_selector == target:
        return
    _switch(work, service, work.blue_green.preview_selector, target)
    work.blue_green = replace(work.blue_green, preview_selector=target)


def point_active(work: Pass) -> None:
    """To the new ReplicaSet once all of its pods are there and nothing holds the promotion back; or back to stable.

    Back, too, only while the new ReplicaSet has all its pods: an abort after the promotion counts on them being kept.
    """
    if is_halted(work) or not has_wanted_pods(work) or not is_saturated(work.new, work.replicas):
        return
    current = target = work.blue_green.active_selector
    if is_fast_tracked(work) or (pause_is_over(work) and pre_promotion_passed(work)):
        target = work.new.pod_template_hash
    if work.status.abort:
        target = work.status.stable_rs
    if target != current:
        _switch(work, work.rollout.blue_green.active_service, current, target)
        work.blue_green = replace(work.blue_green, active_selector=target)


def _switch(work: Pass, service: str, current: str, target: str) -> None:
    work.actions.append(SwitchService(service, target))
    work.emit("SwitchService", f"Switched selector for service '{service}' from '{current}' to '{target}'")
