"""When there is nothing to analyse before or after the promotion. Argo: rollout/analysis.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.bluegreen.fast_track import is_fast_rollback
from rollouts.bluegreen.saturation import is_saturated

if TYPE_CHECKING:
    from rollouts.analysis.model import AnalysisRun
    from rollouts.single_pass import Pass


def skips_all(work: Pass) -> bool:
    status = work.status
    return (
        status.fully_promoted
        or work.pausing.aborted
        or status.promote_full
        or is_fast_rollback(work)
        or not status.stable_rs
    )


def skips_pre_promotion(work: Pass, run: AnalysisRun | None) -> bool:
    """After the switch, and before all pods of the preview are there; a run that began goes on without them."""
    new, active = work.new, work.status.blue_green.active_selector
    if work.status.stable_rs == new.pod_template_hash or active in ("", new.pod_template_hash):
        return True
    if run is not None:
        return False
    count = work.rollout.blue_green.preview_replica_count
    if count is not None:
        return not count == new.desired == new.available
    return not is_saturated(new, work.replicas)


def skips_post_promotion(work: Pass, run: AnalysisRun | None) -> bool:
    """Before the pass that follows the switch, and once what is active is stable."""
    new, active = work.new, work.status.blue_green.active_selector
    if work.status.stable_rs == new.pod_template_hash or active != new.pod_template_hash:
        return True
    return run is None and not is_saturated(new, work.replicas)
