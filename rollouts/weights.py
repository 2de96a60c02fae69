"""The traffic weight of this pass. Argo: rollout/trafficrouting.go (reconcileTrafficRouting)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rollouts.actions import SetWeights
from rollouts.counts import at_desired_counts
from rollouts.status import MAX_WEIGHT, WeightDestination, Weights
from rollouts.steps import current_index, current_set_weight, last_set_weight

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
    if status.fully_promoted or work.pausing.aborted or work.new.available == 0:
        return 0
    if status.promote_full:
        # All traffic follows only with the promotion itself, when every pod is there.
        return 0 if status.canary.weights is None else status.canary.weights.canary.weight
    index = current_index(work.rollout, status)
    if index is None:
        return 0
    if not at_desired_counts(work):
        # Pods first, then traffic: the step is still being prepared.
        return last_set_weight(work.rollout.steps[:index])
    return current_set_weight(work.rollout, status)


def _stable_can_carry(work: Pass, weight: int) -> bool:
    return work.stable is not None and work.stable.available >= weight * work.replicas // MAX_WEIGHT


def _weights(work: Pass, weight: int) -> Weights:
    canary = work.rollout.canary
    stable_hash = "" if work.stable is None else work.stable.pod_template_hash
    return Weights(
        canary=WeightDestination(weight, work.new.pod_template_hash, canary.canary_service),
        stable=WeightDestination(MAX_WEIGHT - weight, stable_hash, canary.stable_service),
    )


def _difference(previous: Weights | None, weights: Weights) -> str:
    if previous is None:
        return f"to {weights.canary.weight}"
    if previous.canary.weight == weights.canary.weight:
        return ""  # only the hashes moved; Argo says no more than that
    return f"from {previous.canary.weight} to {weights.canary.weight}"
