"""One pass of the controller as a pure function: spec, status and world in, status and orders out.

Argo: rollout/controller.go, rollout/context.go, rollout/canary.go, rollout/sync.go. The order of a pass
is Argo's, and so is its early end: what is left waits for the next pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.actions import Action, CreateReplicaSet, Emit, Event, SetRevision
from rollouts.bluegreen import advancing as blue_green_advancing
from rollouts.bluegreen import one_pass as blue_green
from rollouts.canary import advancing as canary_advancing
from rollouts.canary import one_pass as canary
from rollouts.canary.sizes import reconcile_sizes
from rollouts.errors import Invalid
from rollouts.pausing import PauseDecisions
from rollouts.persisting import persisted
from rollouts.phase import calculate_phase
from rollouts.progress import (
    ABORTED_REASON,
    PAUSED,
    PAUSED_REASON,
    PROGRESSING,
    RESUMED_REASON,
    RETRY_REASON,
    Conditions,
    by_type,
    is_completed,
    set_condition,
)
from rollouts.replica_sets import find_new, find_stable, next_revision
from rollouts.scaling import is_scaling_event
from rollouts.single_pass import Pass
from rollouts.status import CanaryStatus, RolloutStatus
from rollouts.value import Value

if TYPE_CHECKING:
    from rollouts.model import Rollout
    from rollouts.world import Observed, ReplicaSet


class Decision(Value, frozen=True):
    """What a pass came to.

    The shell carries out `actions` in order, keeps `status`, and calls again: at once while a pass
    changed the status or ordered something, else when the world changes, at the latest at `requeue_at`.

    `trouble` is why the pass came to nothing: Argo logs it, tries again for ever, and the Rollout stands still.
    """

    status: RolloutStatus
    actions: tuple[Action, ...] = ()
    requeue_at: float | None = None
    trouble: str = ""


def decide(rollout: Rollout, status: RolloutStatus, observed: Observed, now: float) -> Decision:
    """One reconcile pass. `now` is in seconds since the epoch."""
    new = find_new(rollout, observed)
    if new is None:
        return _create_replica_set(rollout, status, observed, now)
    conditions = by_type(status.conditions)
    if _set_paused(rollout, status, conditions, now):
        # Only the conditions in this pass: they must not be behind the status that they explain.
        return Decision(_with_conditions(rollout, status, conditions))
    work = _begin(rollout, status, conditions, observed, new, now)
    whole = _blue_green if rollout.is_blue_green else _canary
    try:
        draft = _scaled_only(work) if is_scaling_event(work) else whole(work)
    except Invalid as problem:  # of an AnalysisRun that cannot be made
        return Decision(status, trouble=str(problem))
    draft = status if draft is None else persisted(work, draft)
    return Decision(draft, tuple(work.actions), min(work.wake_ups, default=None))


def _create_replica_set(rollout: Rollout, status: RolloutStatus, observed: Observed, now: float) -> Decision:
    template, hashed = rollout.spec.bare_template, rollout.spec.template_hash
    name, revision = f"{rollout.name}-{hashed}", next_revision(observed, None)
    conditions = by_type(status.conditions)
    set_condition(conditions, PROGRESSING, "True", "NewReplicaSetCreated", f'Created new replica set "{name}"', now)
    return Decision(
        replace(status, conditions=tuple(conditions.values())),
        (
            CreateReplicaSet(name, hashed, revision, template, rollout.spec.replicas),
            Emit(Event("Normal", "RolloutUpdated", f"Rollout updated to revision {revision}")),
            Emit(Event("Normal", "NewReplicaSetCreated", f"Created ReplicaSet {name} (revision {revision})")),
        ),
    )


def _set_paused(rollout: Rollout, status: RolloutStatus, conditions: Conditions, now: float) -> bool:
    """Whether there is news after a pause, a resume or a retry that the previous pass left in the status.

    Argo: rollout/sync.go (checkPausedConditions).
    """
    progressing, noted = conditions.get(PROGRESSING), conditions.get(PAUSED)
    paused = bool(status.pause_conditions) or rollout.spec.paused
    reason = "" if progressing is None else progressing.reason
    if reason == ABORTED_REASON:
        message = "Retrying Rollout after abort"
        return not status.abort and set_condition(conditions, PROGRESSING, "Unknown", RETRY_REASON, message, now)
    news = False
    if paused != (reason == PAUSED_REASON) and not is_completed(status):
        reason = PAUSED_REASON if paused else RESUMED_REASON
        message = "Rollout is paused" if paused else "Rollout is resumed"
        news = set_condition(conditions, PROGRESSING, "Unknown", reason, message, now)
    if paused != (noted is not None and noted.status == "True"):
        value = "True" if paused else "False"
        news = set_condition(conditions, PAUSED, value, PAUSED_REASON, "Rollout is paused", now) or news
    return news


def _with_conditions(rollout: Rollout, status: RolloutStatus, conditions: Conditions) -> RolloutStatus:
    phase, message = calculate_phase(rollout, status, conditions.values())
    return replace(
        status,
        phase=phase,
        message=message,
        conditions=tuple(conditions.values()),
        observed_generation=str(rollout.generation),
    )


def _begin(
    rollout: Rollout, status: RolloutStatus, conditions: Conditions, observed: Observed, found: ReplicaSet, now: float
) -> Pass:
    new, revision = found, next_revision(observed, found)
    if revision > found.revision:
        new = replace(found, revision=revision)
        observed = replace(observed, replica_sets=tuple(new if one is found else one for one in observed.replica_sets))
    if PROGRESSING not in conditions:
        set_condition(conditions, PROGRESSING, "True", "FoundNewReplicaSet", f'Found new replica set "{new.name}"', now)
        status = replace(status, conditions=tuple(conditions.values()))
    stable = find_stable(status, observed)
    work = Pass(
        rollout=rollout,
        status=status,
        conditions=conditions,
        observed=observed,
        now=now,
        new=new,
        stable=stable,
        others=tuple([one for one in observed.replica_sets if one is not new and one is not stable]),
        # An abort of what is already stable means nothing. Argo: rollout/controller.go.
        pausing=PauseDecisions(status.abort, abort_removed=status.abort and status.fully_promoted),
        canary=CanaryStatus(weights=status.canary.weights),
        services=status.services,
    )
    if new is not found:
        work.actions.append(SetRevision(new.name, revision))
        work.emit("RolloutUpdated", f"Rollout updated to revision {revision}")
    return work


def _scaled_only(work: Pass) -> RolloutStatus:
    """`spec.replicas` changed: sizes, and nothing else. Argo: rollout/sync.go (syncReplicasOnly)."""
    if work.rollout.is_blue_green:
        return blue_green.scaled_only(work)
    reconcile_sizes(work)
    running = sum(one.replicas for one in work.replica_sets)
    return replace(work.status, available_replicas=work.available, hpa_replicas=running)


def _canary(work: Pass) -> RolloutStatus | None:
    """None: nothing of this pass is to be kept."""
    return canary_advancing.advanced(work, _base(work)) if canary.reconcile(work) else None


def _blue_green(work: Pass) -> RolloutStatus | None:
    blue_green.reconcile(work)
    return blue_green_advancing.advanced(work, _base(work))


def _base(work: Pass) -> RolloutStatus:
    """A status from scratch: what is not carried over here is forgotten."""
    running = sum([one.replicas for one in work.replica_sets])
    return RolloutStatus(
        promote_full=work.status.promote_full,
        stable_rs=work.status.stable_rs,
        current_pod_hash=work.new.pod_template_hash,
        current_step_hash=work.rollout.steps_hash,
        current_step_index=work.index,
        replicas=running,
        updated_replicas=work.new.replicas,
        ready_replicas=sum([one.ready for one in work.replica_sets]),
        available_replicas=work.available,
        hpa_replicas=running,
        selector=work.rollout.spec.selector_text,
        conditions=work.status.conditions,
        canary=work.canary,
        blue_green=work.blue_green,
        services=work.services,
        restarted_at=work.restarted_at,
    )
