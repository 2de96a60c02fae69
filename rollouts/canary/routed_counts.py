"""How many pods stable and canary should have where a router splits the traffic.

Argo: utils/replicaset/canary.go (CalculateReplicaCountsForTrafficRoutedCanary and what it calls).
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from rollouts.single_pass import Split
from rollouts.status import MAX_WEIGHT, Weights
from rollouts.steps import current_set_weight

if TYPE_CHECKING:
    from rollouts.model import SetCanaryScale
    from rollouts.single_pass import Pass


def routed_counts(work: Pass, weights: Weights | None) -> Split:
    """The counts to order. `weights` are those that the traffic has; only dynamicStableScale looks at them.

    Without it stable keeps every pod, so that an abort can move all traffic back at once.
    """
    scale = _set_canary_scale(work)
    explicit, weight = None if scale is None else scale.replicas, 0
    if explicit is None:
        weight = _weight_with(work, scale)
        explicit = _at_least(work, _pods(work, weight))
    if not work.rollout.canary.dynamic_stable_scale:
        return Split(explicit, work.replicas)
    # Neither side loses pods before it has lost the traffic.
    stable, canary = _pods(work, MAX_WEIGHT - weight), explicit
    if weights is not None:
        stable = max(stable, _pods(work, weights.stable.weight))
        if work.status.abort:
            canary = max(canary, _pods(work, weights.canary.weight))
    return Split(_at_least(work, canary), _at_least(work, stable))


def scale_weight(work: Pass) -> int:
    """The weight that sizes the canary: all of it without a stable to compare with, or once promoted."""
    return _weight_with(work, _set_canary_scale(work))


def _weight_with(work: Pass, scale: SetCanaryScale | None) -> int:
    if _takes_all(work):
        return MAX_WEIGHT
    if scale is not None and scale.weight is not None:
        return scale.weight
    return desired_canary_weight(work)


def desired_canary_weight(work: Pass) -> int:
    """The weight of the current step. With dynamicStableScale an abort goes down the steps as it went up, each time
    stable has the pods for one.
    """
    if not work.status.abort or not work.rollout.canary.dynamic_stable_scale or work.stable is None:
        return current_set_weight(work.rollout, work.status)
    pods = max(work.replicas - work.stable.available, work.new.available)
    weights = (step.set_weight for step in reversed(work.rollout.steps) if step.set_weight is not None)
    return next((weight for weight in weights if _pods(work, weight) < pods), 0)


def rolls_back_dynamically(work: Pass) -> bool:
    """Whether the update was given up for stable, which has not all its pods back yet: dynamicStableScale took them.

    The canary's weights still name the version that was given up. Argo: IsDynamicallyRollingBackToStable.
    """
    weights = work.status.canary.weights
    if not work.rollout.canary.dynamic_stable_scale or not work.status.fully_promoted or weights is None:
        return False
    return weights.canary.pod_template_hash != work.new.pod_template_hash and work.new.available < work.replicas


def _takes_all(work: Pass) -> bool:
    status = work.status
    return status.promote_full or not status.stable_rs or status.fully_promoted


def _set_canary_scale(work: Pass) -> SetCanaryScale | None:
    """What the last setCanaryScale step so far asks for; None where the traffic's weight counts.

    Of an aborted rollout only if its canary is to stay (abortScaleDownDelaySeconds: 0).
    """
    if _takes_all(work):
        return None
    if work.status.abort and work.rollout.canary.abort_scale_down_delay_seconds != 0:
        return None
    if work.index is None or work.step is None:
        return None
    scale = work.rollout.canary.scales_after[work.index + 1]
    return None if scale is None or scale.match_traffic_weight else scale


def _pods(work: Pass, weight: int) -> int:
    return ceil(work.replicas * weight / MAX_WEIGHT)


def _at_least(work: Pass, pods: int) -> int:
    """minPodsPerReplicaSet, for whoever has pods at all."""
    least = work.rollout.canary.min_pods_per_replica_set
    return pods if pods == 0 or least is None else max(pods, min(least, work.replicas))
