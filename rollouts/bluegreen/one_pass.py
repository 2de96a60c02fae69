"""The order of a pass. Argo: rollout/bluegreen.go (rolloutBlueGreen), rollout/sync.go (syncReplicasOnly)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.analysis_runs import observed_run
from rollouts.bluegreen.advancing import template_changed, with_counts_of_active
from rollouts.bluegreen.analysis import reconcile_analysis
from rollouts.bluegreen.pausing import reconcile_pause
from rollouts.bluegreen.services import point_active, point_preview
from rollouts.bluegreen.sizes import reconcile_sizes
from rollouts.restarting import restart_pods
from rollouts.status import BlueGreenStatus

if TYPE_CHECKING:
    from rollouts.single_pass import Pass
    from rollouts.status import RolloutStatus


def reconcile(work: Pass) -> None:
    """The whole pass: preview, pods, pause, active, analysis. Nothing ends it early, but for another template.

    Pods first, so that a pause begins only when they are there; the active Service before analysis, so that what is
    judged after promotion is judged from the very pass that promoted it.
    """
    before = work.status.blue_green
    work.pre_run = observed_run(work, before.pre_promotion_analysis_run_status)
    work.post_run = observed_run(work, before.post_promotion_analysis_run_status)
    preview = before.preview_selector if work.rollout.blue_green.preview_service else ""
    work.blue_green = BlueGreenStatus(active_selector=before.active_selector, preview_selector=preview)
    point_preview(work)
    if template_changed(work):
        return
    restart_pods(work)
    reconcile_sizes(work)
    reconcile_pause(work)
    point_active(work)
    reconcile_analysis(work)


def scaled_only(work: Pass) -> RolloutStatus:
    """`spec.replicas` changed: sizes, and nothing else."""
    work.post_run = observed_run(work, work.status.blue_green.post_promotion_analysis_run_status)
    reconcile_sizes(work)
    return with_counts_of_active(work, work.status)
