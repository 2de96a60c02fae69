"""The conditions of a Rollout: Progressing, Available, Healthy, Completed, Paused.

Argo: utils/conditions/conditions.go (what they mean), rollout/sync.go (calculateRolloutConditions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.bluegreen.progress import is_available, serves_current, was_switched
from rollouts.status import Condition, RolloutStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rollouts.model import Rollout
    from rollouts.single_pass import Pass

PROGRESSING = "Progressing"
PAUSED = "Paused"
ABORTED_REASON = "RolloutAborted"
PAUSED_REASON = "RolloutPaused"
RESUMED_REASON = "RolloutResumed"
RETRY_REASON = "RolloutRetry"
TIMED_OUT_REASON = "ProgressDeadlineExceeded"

Conditions = tuple[Condition, ...]
_NOT_AVAILABLE = "Rollout does not have minimum availability"


def find(conditions: Sequence[Condition], kind: str) -> Condition | None:
    for condition in conditions:
        if condition.type == kind:
            return condition
    return None


def with_condition(conditions: Conditions, kind: str, status: str, reason: str, message: str, now: float) -> Conditions:
    """The conditions with this one at their end; the same ones if its status and reason are old news.

    So the first message of a reason stays: that of an abort does.
    """
    current, since = find(conditions, kind), int(now)
    if current is not None and current.status == status:
        if current.reason == reason:
            return conditions
        since = current.last_transition_time
    return (*_without(conditions, kind), Condition(kind, status, reason, message, int(now), since))


def is_healthy(rollout: Rollout, previous: RolloutStatus, draft: RolloutStatus) -> bool:
    """Every replica updated and available, every step done, and no old pod left (blue-green: none serves)."""
    replicas = rollout.spec.replicas
    if not draft.updated_replicas == draft.available_replicas == replicas:
        return False
    if previous.observed_generation != str(rollout.generation):
        return False
    if rollout.is_blue_green:
        return serves_current(rollout, draft)
    steps_done = not rollout.steps or draft.current_step_index in (None, len(rollout.steps))
    return draft.replicas == replicas and steps_done and is_completed(draft)


def is_completed(status: RolloutStatus) -> bool:
    return bool(status.stable_rs) and status.fully_promoted


def made_progress(rollout: Rollout, previous: RolloutStatus, draft: RolloutStatus) -> bool:
    """Any sign that the update moves: pods, and the stable hash and the step, or else the Services."""
    old_before = previous.replicas - previous.updated_replicas
    old_now = draft.replicas - draft.updated_replicas
    strategy_moved = was_switched if rollout.is_blue_green else _stepped
    return (
        draft.updated_replicas != previous.updated_replicas
        or old_now < old_before
        or draft.ready_replicas > previous.ready_replicas
        or draft.available_replicas > previous.available_replicas
        or strategy_moved(previous, draft)
    )


def has_timed_out(rollout: Rollout, conditions: Conditions, now: float) -> bool:
    """Whether progressDeadlineSeconds went by since the last sign of progress."""
    condition = find(conditions, PROGRESSING)
    if condition is None or condition.reason in (ABORTED_REASON, PAUSED_REASON):
        return False
    if condition.reason == TIMED_OUT_REASON:
        return True
    return condition.last_update_time + rollout.spec.progress_deadline_seconds < now


def waits_legitimately(work: Pass) -> bool:
    """Steps that may take for ever, a pause, and old pods that are kept on purpose don't time out."""
    return is_indefinite(work) or any(other.scale_down_deadline is not None for other in work.others)


def is_indefinite(work: Pass) -> bool:
    step = work.step
    if step is not None and (step.analysis is not None or step.pause is not None):
        return True
    paused = find(work.status.conditions, PAUSED)
    return paused is not None and paused.status == "True"


def timed_out_message(work: Pass) -> str:
    return f'ReplicaSet "{work.new.name}" has timed out progressing.'


def judged(work: Pass, draft: RolloutStatus) -> Conditions:
    """The conditions that follow from a draft, whose abort and pause fields must be final."""
    conditions, became_unhealthy = _with_health(work, draft)
    if work.pausing.aborted:
        conditions = _with_abort(work, conditions)
    else:
        conditions = _with_progress(work, draft, conditions, became_unhealthy=became_unhealthy)
    conditions = _with_availability(work, draft, conditions)
    return _with_completion(work, draft, conditions)


def _stepped(previous: RolloutStatus, draft: RolloutStatus) -> bool:
    indexes = (previous.current_step_index, draft.current_step_index)
    return (
        draft.stable_rs != previous.stable_rs
        or (None not in indexes and indexes[0] != indexes[1])
        or draft.current_step_hash != previous.current_step_hash
    )


def _without(conditions: Conditions, kind: str) -> Conditions:
    return tuple(condition for condition in conditions if condition.type != kind)


def _with_health(work: Pass, draft: RolloutStatus) -> tuple[Conditions, bool]:
    """Also tells whether a healthy Rollout became unhealthy; the condition exists once it was True."""
    paused = bool(draft.pause_conditions) or work.rollout.spec.paused
    if not paused and is_healthy(work.rollout, work.status, draft):
        message = "Rollout is healthy"
        return with_condition(draft.conditions, "Healthy", "True", "RolloutHealthy", message, work.now), False
    if find(work.status.conditions, "Healthy") is None:
        return draft.conditions, False
    message = "Rollout is not healthy"
    conditions = with_condition(draft.conditions, "Healthy", "False", "RolloutHealthy", message, work.now)
    return conditions, conditions != draft.conditions


def _with_abort(work: Pass, conditions: Conditions) -> Conditions:
    message = f"Rollout aborted update to revision {work.new.revision}"
    if work.pausing.abort_message:
        message += f": {work.pausing.abort_message}"
    after = with_condition(conditions, PROGRESSING, "False", ABORTED_REASON, message, work.now)
    if after != conditions:
        work.emit(ABORTED_REASON, message, kind="Warning")
    return after


def _with_progress(work: Pass, draft: RolloutStatus, conditions: Conditions, *, became_unhealthy: bool) -> Conditions:
    name = work.new.name
    if is_healthy(work.rollout, work.status, draft):
        if (draft.pause_conditions or work.rollout.spec.paused) and not is_completed(draft):
            # Blue-green after the switch. Argo says paused and progressed by turns here, pass after pass, for ever.
            return conditions
        message = f'ReplicaSet "{name}" has successfully progressed.'
        return with_condition(conditions, PROGRESSING, "True", "NewReplicaSetAvailable", message, work.now)
    if made_progress(work.rollout, work.status, draft) or became_unhealthy:
        if draft.fully_promoted and became_unhealthy:
            return _stamped(work, conditions, "ReplicaSetNotAvailable", _NOT_AVAILABLE)
        return _stamped(work, conditions, "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
    if not waits_legitimately(work) and has_timed_out(work.rollout, conditions, work.now):
        return with_condition(conditions, PROGRESSING, "False", TIMED_OUT_REASON, timed_out_message(work), work.now)
    return conditions


def _stamped(work: Pass, conditions: Conditions, reason: str, message: str) -> Conditions:
    """Progress is news each time: the deadline counts from it."""
    current, since = find(work.status.conditions, PROGRESSING), int(work.now)
    if current is not None and current.status == "True":
        since = current.last_transition_time
    new = Condition(PROGRESSING, "True", reason, message, int(work.now), since)
    return (*_without(conditions, PROGRESSING), new)


def _with_availability(work: Pass, draft: RolloutStatus, conditions: Conditions) -> Conditions:
    enough = is_available(work, draft) if work.rollout.is_blue_green else work.available >= work.replicas
    if enough:
        message = "Rollout has minimum availability"
        return with_condition(conditions, "Available", "True", "AvailableReason", message, work.now)
    return with_condition(conditions, "Available", "False", "AvailableReason", _NOT_AVAILABLE, work.now)


def _with_completion(work: Pass, draft: RolloutStatus, conditions: Conditions) -> Conditions:
    reason = "RolloutCompleted"
    status = "True" if is_completed(draft) else "False"
    after = with_condition(conditions, "Completed", status, reason, reason, work.now)
    if after != conditions and status == "False":
        update = f"revision {work.new.revision} ({draft.current_pod_hash})"
        work.emit("RolloutNotCompleted", f"Rollout not completed, started update to {update}")
    return after
