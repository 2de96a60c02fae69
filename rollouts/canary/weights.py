"""The traffic weight of this pass. Argo: rollout/trafficrouting.go (reconcileTrafficRouting)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from rollouts.actions import SetWeights
from rollouts.canary.counts import at_desired_counts, progressed
from rollouts.canary.routed_counts import desired_canary_weight, rolls_back_dynamically
from rollouts.status import MAX_WEIGHT, WeightDestination, Weights
from rollouts.steps import current_set_weight

if TYPE_CHECKING:
    from rollouts.single_pass import Pass


def reconcile_weights(work: Pass) -> None:
    """Order the weights of this pass, if they changed and stable has the pods to carry its share."""
    if not work.rollout.routes_traffic:
        work.canary = replace(work.canary, weights=None)
        return
    weight = _desired_weight(work)
    if not _stable_can_carry(work, MAX_WEIGHT - weight):
        return
    previous, weights = work.status.canary.weights, _weights(work, weight)
    if previous == weights:
        return
    work.emit("TrafficWeightUpdated", f"Traffic weight updated {_difference(previous, weights)}")
    work.canary = replace(work.canary, weights=weights)
    work.actions.append(SetWeights(weights))


def _desired_weight(work: Pass) -> int:
    """First match wins, as in Argo."""
    status = work.status
    if rolls_back_dynamically(work) or (work.pausing.aborted and not status.fully_promoted):
        return weight_on_the_way_back(work)
    if status.fully_promoted or work.new.available == 0:
        return 0
    if status.promote_full:
        return _weight_of_full_promotion(work)
    return _weight_of_steps(work)


def _weight_of_steps(work: Pass) -> int:
    if work.index is None:
        return 0
    if not at_desired_counts(work):
        # Pods first, then traffic: the step is still being prepared.
        return work.rollout.canary.weights_after[min(work.index, len(work.rollout.steps))]
    return current_set_weight(work.rollout, work.status)


def weight_on_the_way_back(work: Pass) -> int:
    """The canary's weight after an abort, or after stable was asked for again: none.

    With dynamicStableScale stable has to get its pods back first, and takes the traffic as it gets them.
    Argo: calculateDesiredWeightOnAbortOrStableRollback.
    """
    if not work.rollout.canary.dynamic_stable_scale or work.stable is None or work.replicas == 0:
        return 0
    carried = MAX_WEIGHT * work.stable.available // work.replicas
    wanted, left = desired_canary_weight(work), max(0, MAX_WEIGHT - carried)
    if work.status.canary.weights is None:
        return max(wanted, left)
    present = work.status.canary.weights.canary.weight
    if wanted <= 0:
        return min(left, present)  # never up again, however stable's availability flaps
    return present if carried < MAX_WEIGHT - wanted else min(wanted, present)


def _weight_of_full_promotion(work: Pass) -> int:
    """All traffic follows only with the promotion itself; with dynamicStableScale as the pods come."""
    if work.rollout.canary.dynamic_stable_scale:
        return MAX_WEIGHT * work.new.available // max(1, work.replicas)
    weights = work.status.canary.weights
    return 0 if weights is None else weights.canary.weight


def _stable_can_carry(work: Pass, weight: int) -> bool:
    if work.stable is None:
        return False
    needed = weight * work.replicas // MAX_WEIGHT
    return work.stable.available >= needed or progressed(work, work.stable, needed)


def _weights(work: Pass, weight: int) -> Weights:
    canary, before = work.rollout.canary, work.status.canary.weights
    stable_hash = "" if work.stable is None else work.stable.pod_template_hash
    canary_hash = work.new.pod_template_hash
    if before is not None and rolls_back_dynamically(work):
        canary_hash = before.canary.pod_template_hash  # the traffic is split with the version that is given up
    return Weights(
        canary=WeightDestination(weight, canary_hash, canary.canary_service),
        stable=WeightDestination(MAX_WEIGHT - weight, stable_hash, canary.stable_service),
    )


def _difference(previous: Weights | None, weights: Weights) -> str:
    if previous is None:
        return f"to {weights.canary.weight}"
    if previous.canary.weight == weights.canary.weight:
        return ""  # only the hashes moved; Argo says no more than that
    return f"from {previous.canary.weight} to {weights.canary.weight}"
