"""How an update moves on: reset, promotion, abort, one step. Argo: rollout/canary.go, rollout/sync.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.analysis.model import Phase
from rollouts.canary.counts import at_desired_counts, progressed
from rollouts.status import CanaryStatus, PauseReason, RolloutStatus

if TYPE_CHECKING:
    from rollouts.model import Pause
    from rollouts.single_pass import Pass


def template_or_steps_changed(work: Pass) -> bool:
    """Whether the previous status speaks of another update than the spec does."""
    status = work.status
    if status.current_step_hash != work.rollout.canary.steps_hash:
        return True
    return bool(status.current_pod_hash) and status.current_pod_hash != work.new.pod_template_hash


def advanced(work: Pass, draft: RolloutStatus) -> RolloutStatus:
    """The draft with the step index, and the stable hash, that this pass leads to.

    At most one step is completed in a pass.
    """
    if template_or_steps_changed(work):
        return _reset(work, draft)
    if work.status.promote_full or work.rolls_back_within_window:
        work.pausing.clear()
    reason = _promotion_reason(work)
    if reason:
        return _promoted(work, draft, reason)
    return _stepped(work, draft)


def reconcile_pause(work: Pass) -> None:
    """Begin a pause step once nothing is left to scale, and wake up when its time is over."""
    step = work.step
    if work.rollout.spec.paused or work.status.promote_full or step is None or step.pause is None:
        return
    pause = work.status.paused_because(PauseReason.CANARY_PAUSE_STEP)
    if pause is None:
        if not work.status.controller_pause:
            work.pausing.added.append(PauseReason.CANARY_PAUSE_STEP)
    elif step.pause.seconds is not None:
        work.wake_after(pause.start_time + step.pause.seconds)


def _reset(work: Pass, draft: RolloutStatus) -> RolloutStatus:
    """The beginning of another update: steps from 0, or none at all when it goes back to stable."""
    work.pausing.clear()
    steps = work.rollout.steps
    index = 0 if steps else None
    if steps and work.status.stable_rs == work.new.pod_template_hash:
        work.emit("SkipSteps", "Rollback to stable ReplicaSets")
        index = len(steps)
    elif steps and work.rolls_back_within_window and work.new.desired > 0:
        work.emit("SkipSteps", "Rollback to active ReplicaSets within RollbackWindow")
        index = len(steps)
    return replace(
        draft,
        promote_full=False,
        current_step_index=index,
        canary=CanaryStatus(weights=draft.canary.weights),
    )


def _promotion_reason(work: Pass) -> str:
    """Why the new ReplicaSet becomes the stable one in this pass; "" if it does not."""
    if work.stable is None:
        return "Initial deploy"
    too_few = work.new.available < work.replicas and not progressed(work, work.new, work.replicas)
    if work.pausing.aborted or too_few:
        return ""
    if work.status.promote_full:
        return "Full promotion requested"
    if work.rolls_back_within_window:
        return "Rollback within window"
    steps = work.rollout.steps
    completed = work.index in (None, len(steps))
    through = f"Completed all {len(steps)} canary steps" if completed else ""
    return "Fast rollback" if work.rolls_back_to_stable else through


def _promoted(work: Pass, draft: RolloutStatus, reason: str) -> RolloutStatus:
    work.pausing.clear()
    steps = work.rollout.steps
    if draft.stable_rs != draft.current_pod_hash:
        update = f"revision {work.new.revision} ({draft.current_pod_hash})"
        work.emit("RolloutCompleted", f"Rollout completed update to {update}: {reason}")
    return replace(
        draft,
        promote_full=False,
        current_step_index=len(steps) if steps else None,
        stable_rs=draft.current_pod_hash,
    )


def _stepped(work: Pass, draft: RolloutStatus) -> RolloutStatus:
    steps = work.rollout.steps
    if not steps:
        return draft
    if work.pausing.aborted:
        return replace(draft, current_step_index=len(steps) if draft.fully_promoted else 0)
    if work.status.promote_full or work.rolls_back_within_window:
        draft = replace(draft, current_step_index=len(steps))
    # Argo's quirk: a step that is done counts on top of all those that are skipped. The next pass sets the index right.
    return _after_step(work, draft) if _completed_step(work) else draft


def _completed_step(work: Pass) -> bool:
    step = work.step
    if work.rollout.spec.paused or step is None:
        return False
    if step.pause is not None:
        return _pause_is_over(work, step.pause)
    if step.set_weight is not None or step.set_canary_scale is not None:
        return at_desired_counts(work, work.canary.weights)
    return work.step_run is not None and work.step_run.status.phase is Phase.SUCCESSFUL


def _pause_is_over(work: Pass, pause: Pause) -> bool:
    """A human took the pause away, or its time is over. Argo: rollout/pause.go."""
    condition = work.status.paused_because(PauseReason.CANARY_PAUSE_STEP)
    if condition is None:
        return work.status.controller_pause
    return pause.seconds is not None and work.now > condition.start_time + pause.seconds


def _after_step(work: Pass, draft: RolloutStatus) -> RolloutStatus:
    index = (draft.current_step_index or 0) + 1
    message = f"Rollout step {index}/{len(work.rollout.steps)} completed ({work.step})"
    work.emit("RolloutStepCompleted", message)
    work.pausing.removed.add(PauseReason.CANARY_PAUSE_STEP)
    canary = replace(draft.canary, current_step_analysis_run_status=None)
    return replace(draft, current_step_index=index, canary=canary)
