"""The end of a pass: abort and pauses, conditions, phase, in this order. Argo: rollout/sync.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.phase import calculate_phase
from rollouts.progress import (
    ABORTED_REASON,
    PROGRESSING,
    TIMED_OUT_REASON,
    has_timed_out,
    is_completed,
    is_healthy,
    is_indefinite,
    made_progress,
    timed_out_message,
    updated_conditions,
    waits_legitimately,
)

if TYPE_CHECKING:
    from rollouts.single_pass import Pass
    from rollouts.status import RolloutStatus


def persisted(work: Pass, draft: RolloutStatus) -> RolloutStatus:
    """The draft as the next status: with its abort, pauses, conditions, phase and message."""
    _abort_when_too_slow(work, draft)
    draft = work.pausing.applied_to(draft, work.status, work.now)
    conditions = updated_conditions(work, draft)
    phase, message = calculate_phase(work.rollout, draft, conditions.values())
    generation = str(work.rollout.generation)
    draft = replace(
        draft, phase=phase, message=message, conditions=tuple(conditions.values()), observed_generation=generation
    )
    _emit_pauses(work, draft)
    _wake_at_deadline(work, draft)
    return draft


def _abort_when_too_slow(work: Pass, draft: RolloutStatus) -> None:
    """progressDeadlineAbort: abort an update that has made no progress for too long."""
    if not work.rollout.spec.progress_deadline_abort or work.pausing.aborted:
        return
    if is_completed(draft) or made_progress(work.rollout, work.status, draft) or waits_legitimately(work):
        return
    if has_timed_out(work.rollout, work.conditions, work.now):
        message = timed_out_message(work)
        work.pausing.add_abort(message)
        work.emit(ABORTED_REASON, message, kind="Warning")


def _emit_pauses(work: Pass, draft: RolloutStatus) -> None:
    before, after = work.status.pause_conditions, draft.pause_conditions
    if not before and after:
        work.emit("RolloutPaused", f"Rollout is paused ({after[0].reason})")
    elif before and not after and draft.aborted_at is None:
        work.emit("RolloutResumed", "Rollout is resumed")


def _wake_at_deadline(work: Pass, draft: RolloutStatus) -> None:
    """Wake up when the progress deadline passes (requeueStuckRollout)."""
    progressing = work.conditions.get(PROGRESSING)
    paused = bool(work.status.pause_conditions) or work.rollout.spec.paused
    if progressing is None or progressing.reason == TIMED_OUT_REASON:
        return
    if paused or work.status.abort or is_indefinite(work):
        return
    if not is_healthy(work.rollout, work.status, draft):
        work.wake_at(progressing.last_update_time + work.rollout.spec.progress_deadline_seconds + 1)
