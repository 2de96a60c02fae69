"""The conditions of a Rollout: Progressing, Available, Healthy, Completed, Paused.

Argo: utils/conditions/conditions.go (what they mean), rollout/sync.go (calculateRolloutConditions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.bluegreen.progress import is_available, serves_current, was_switched
from rollouts.status import Condition, RolloutStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rollouts.model import Rollout
    from rollouts.single_pass import Pass

PROGRESSING = "Progressing"
PAUSED = "Paused"
ABORTED_REASON = "RolloutAborted"
PAUSED_REASON = "RolloutPaused"
RESUMED_REASON = "RolloutResumed"
RETRY_REASON = "RolloutRetry"
TIMED_OUT_REASON = "ProgressDeadlineExceeded"

# By type, and the latest news last.
Conditions = dict[str, Condition]
_NOT_AVAILABLE = "Rollout does not have minimum availability"


def by_type(conditions: Iterable[Condition]) -> Conditions:
    return {condition.type: condition for condition in conditions}


def set_condition(conditions: Conditions, kind: str, status: str, reason: str, message: str, now: float) -> bool:
    """Set a condition, moving it to the end, unless it has this status and reason already; returns whether it changed.

    So the first message for a reason is kept, for example that of an abort.
    """
    current = conditions.get(kind)
    if current is None or current.status != status:
        since = int(now)
    elif current.reason == reason:
        return False
    else:
        since = current.last_transition_time
    _put(conditions, Condition(kind, status, reason, message, int(now), since))
    return True


def _put(conditions: Conditions, condition: Condition) -> None:
    conditions.pop(condition.type, None)
    conditions[condition.type] = condition


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


def has_timed_out(rollout: Rollout, conditions: Mapping[str, Condition], now: float) -> bool:
    """Whether progressDeadlineSeconds went by since the last sign of progress."""
    condition = conditions.get(PROGRESSING)
    if condition is None or condition.reason in (ABORTED_REASON, PAUSED_REASON):
        return False
    if condition.reason == TIMED_OUT_REASON:
        return True
    return condition.last_update_time + rollout.spec.progress_deadline_seconds < now


def waits_legitimately(work: Pass) -> bool:
    """Steps without an end, pauses, and old pods that are kept on purpose do not time out."""
    return is_indefinite(work) or any(other.scale_down_deadline is not None for other in work.others)


def is_indefinite(work: Pass) -> bool:
    step = work.step
    if step is not None and (step.analysis is not None or step.pause is not None):
        return True
    paused = work.conditions.get(PAUSED)
    return paused is not None and paused.status == "True"


def timed_out_message(work: Pass) -> str:
    return f'ReplicaSet "{work.new.name}" has timed out progressing.'


def updated_conditions(work: Pass, draft: RolloutStatus) -> Conditions:
    """The conditions that follow from a draft, whose abort and pause fields must be final."""
    conditions, healthy = dict(work.conditions), is_healthy(work.rollout, work.status, draft)
    became_unhealthy = _set_health(work, draft, conditions, healthy=healthy)
    if work.pausing.aborted:
        _set_abort(work, conditions)
    elif healthy:
        _set_success(work, draft, conditions)
    else:
        _set_progress(work, draft, conditions, became_unhealthy=became_unhealthy)
    _set_availability(work, draft, conditions)
    _set_completion(work, draft, conditions)
    return conditions


def _stepped(previous: RolloutStatus, draft: RolloutStatus) -> bool:
    indexes = (previous.current_step_index, draft.current_step_index)
    return (
        draft.stable_rs != previous.stable_rs
        or (None not in indexes and indexes[0] != indexes[1])
        or draft.current_step_hash != previous.current_step_hash
    )


def _set_health(work: Pass, draft: RolloutStatus, conditions: Conditions, *, healthy: bool) -> bool:
    """Whether a healthy Rollout became unhealthy; the condition exists once it was True."""
    paused = bool(draft.pause_conditions) or work.rollout.spec.paused
    if healthy and not paused:
        set_condition(conditions, "Healthy", "True", "RolloutHealthy", "Rollout is healthy", work.now)
        return False
    if "Healthy" not in conditions:
        return False
    return set_condition(conditions, "Healthy", "False", "RolloutHealthy", "Rollout is not healthy", work.now)


def _set_abort(work: Pass, conditions: Conditions) -> None:
    message = f"Rollout aborted update to revision {work.new.revision}"
    if work.pausing.abort_message:
        message += f": {work.pausing.abort_message}"
    if set_condition(conditions, PROGRESSING, "False", ABORTED_REASON, message, work.now):
        work.emit(ABORTED_REASON, message, kind="Warning")


def _set_success(work: Pass, draft: RolloutStatus, conditions: Conditions) -> None:
    if (draft.pause_conditions or work.rollout.spec.paused) and not is_completed(draft):
        # Blue-green after the switch. Argo says paused and progressed by turns here, pass after pass, for ever.
        return
    message = f'ReplicaSet "{work.new.name}" has successfully progressed.'
    set_condition(conditions, PROGRESSING, "True", "NewReplicaSetAvailable", message, work.now)


def _set_progress(work: Pass, draft: RolloutStatus, conditions: Conditions, *, became_unhealthy: bool) -> None:
    if made_progress(work.rollout, work.status, draft) or became_unhealthy:
        if draft.fully_promoted and became_unhealthy:
            _stamp(work, conditions, "ReplicaSetNotAvailable", _NOT_AVAILABLE)
        else:
            _stamp(work, conditions, "ReplicaSetUpdated", f'ReplicaSet "{work.new.name}" is progressing.')
    elif not waits_legitimately(work) and has_timed_out(work.rollout, conditions, work.now):
        set_condition(conditions, PROGRESSING, "False", TIMED_OUT_REASON, timed_out_message(work), work.now)


def _stamp(work: Pass, conditions: Conditions, reason: str, message: str) -> None:
    """Progress is recorded even if nothing else changed, because the deadline counts from it."""
    current, since = conditions.get(PROGRESSING), int(work.now)
    if current is not None and current.status == "True":
        since = current.last_transition_time
    _put(conditions, Condition(PROGRESSING, "True", reason, message, int(work.now), since))


def _set_availability(work: Pass, draft: RolloutStatus, conditions: Conditions) -> None:
    enough = is_available(work, draft) if work.rollout.is_blue_green else work.available >= work.replicas
    if enough:
        set_condition(conditions, "Available", "True", "AvailableReason", "Rollout has minimum availability", work.now)
    else:
        set_condition(conditions, "Available", "False", "AvailableReason", _NOT_AVAILABLE, work.now)


def _set_completion(work: Pass, draft: RolloutStatus, conditions: Conditions) -> None:
    completed, reason = is_completed(draft), "RolloutCompleted"
    news = set_condition(conditions, "Completed", "True" if completed else "False", reason, reason, work.now)
    if news and not completed:
        update = f"revision {work.new.revision} ({draft.current_pod_hash})"
        work.emit("RolloutNotCompleted", f"Rollout not completed, started update to {update}")
