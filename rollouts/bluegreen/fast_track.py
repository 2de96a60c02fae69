"""Updates that need no pause and no analysis: back to what was there a moment ago, and where nobody is served yet.

Argo: rollout/sync.go (isFastRollback), rollout/bluegreen.go (isBlueGreenFastTracked).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollouts.single_pass import Pass


def is_fast_rollback(work: Pass) -> bool:
    """Whether the wanted version is stable, or was so lately that its pods are still kept.

    Only in the one pass that finds the scale-down deadline: that pass takes it away. A version that is stable already
    counts as well, so this holds in every pass of a rollout at rest.
    """
    return work.rolls_back_to_stable or work.rolls_back_within_window or _is_kept_from_before_stable(work)


def is_fast_tracked(work: Pass) -> bool:
    active = work.blue_green.active_selector
    return is_fast_rollback(work) or work.status.promote_full or not active or active == work.new.pod_template_hash


def _is_kept_from_before_stable(work: Pass) -> bool:
    deadline = work.new.scale_down_deadline
    if work.stable is None or deadline is None or deadline <= work.now:
        return False
    return int(work.new.created_at) < int(work.stable.created_at)
