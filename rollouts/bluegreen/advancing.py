"""How an update moves on: reset, promotion, the check point of its preview.

Argo: rollout/bluegreen.go (syncRolloutStatusBlueGreen), rollout/sync.go (shouldFullPromote, promoteStable).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.analysis.model import Phase
from rollouts.bluegreen.fast_track import is_fast_rollback
from rollouts.bluegreen.pausing import pause_is_over, pre_promotion_passed
from rollouts.hashing import POD_TEMPLATE_HASH_LABEL
from rollouts.selectors import selector_text

if TYPE_CHECKING:
    from rollouts.single_pass import Pass
    from rollouts.status import RolloutStatus
    from rollouts.world import ReplicaSet


def template_changed(work: Pass) -> bool:
    """Whether the previous status speaks of another template than the spec does; not before the first status."""
    before = work.status.current_pod_hash
    return bool(before) and before != work.new.pod_template_hash


def advanced(work: Pass, draft: RolloutStatus) -> RolloutStatus:
    """The draft with the stable hash, and the check point, that this pass leads to."""
    if template_changed(work):
        draft = replace(draft, promote_full=False)
    if template_changed(work) or work.status.promote_full or work.rolls_back_within_window:
        work.pausing.clear()
    reason = _promotion_reason(work)
    if reason:
        draft = _promoted(work, draft, reason)
    else:
        passed = replace(draft.blue_green, scale_up_preview_check_point=_check_point(work))
        draft = replace(draft, blue_green=passed)
    return _with_active(work, with_counts_of_active(work, draft))


def with_counts_of_active(work: Pass, draft: RolloutStatus) -> RolloutStatus:
    """The draft with the pods that serve: those of the active ReplicaSet; of all as long as there is none."""
    active = _active(work, draft)
    serving = work.replica_sets if active is None else (active,)
    return replace(
        draft,
        hpa_replicas=sum(one.replicas for one in serving),
        available_replicas=sum(one.available for one in serving),
    )


def _with_active(work: Pass, draft: RolloutStatus) -> RolloutStatus:
    """What else a status says of the active ReplicaSet."""
    active = _active(work, draft)
    if active is None:
        return draft
    also = {POD_TEMPLATE_HASH_LABEL: active.pod_template_hash}
    return replace(draft, ready_replicas=active.ready, selector=selector_text(work.rollout.spec.selector, also))


def _active(work: Pass, draft: RolloutStatus) -> ReplicaSet | None:
    wanted = draft.blue_green.active_selector
    return next((one for one in work.replica_sets if wanted and one.pod_template_hash == wanted), None)


def _promotion_reason(work: Pass) -> str:
    """Why the new ReplicaSet becomes the stable one in this pass; "" if it does not."""
    active = work.blue_green.active_selector
    if work.stable is None or not active:
        return "Initial deploy"
    if active != work.new.pod_template_hash:
        return ""
    if work.status.promote_full:
        return "Full promotion requested"
    if is_fast_rollback(work):
        return "Rollback within window" if work.rolls_back_within_window else "Fast rollback"
    return "" if work.pausing.aborted or not _post_promotion_passed(work) else "Completed blue-green update"


def _post_promotion_passed(work: Pass) -> bool:
    if work.rollout.blue_green.post_promotion_analysis is None:
        return True
    return work.post_run is not None and work.post_run.status.phase is Phase.SUCCESSFUL


def _promoted(work: Pass, draft: RolloutStatus, reason: str) -> RolloutStatus:
    work.pausing.clear()
    if draft.stable_rs != draft.current_pod_hash:
        update = f"revision {work.new.revision} ({draft.current_pod_hash})"
        work.emit("RolloutCompleted", f"Rollout completed update to {update}: {reason}")
    return replace(draft, promote_full=False, stable_rs=draft.current_pod_hash)


def _check_point(work: Pass) -> bool:
    """Whether the preview may grow to full size: it had its previewReplicaCount, its analysis and its pause.

    Once passed it stays so until the promotion, whatever happens: Argo does not go back even for another template,
    which then is promoted without a pause of its own.
    """
    count = work.rollout.blue_green.preview_replica_count
    if count is None:
        return False
    if work.status.blue_green.scale_up_preview_check_point:
        return True
    return pre_promotion_passed(work) and pause_is_over(work) and work.new.available == count
