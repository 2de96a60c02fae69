"""Which pods the stable and the canary Service select. Argo: rollout/service.go.

A Service that was never pointed before waits for a fully available ReplicaSet; later switches need one
available pod, so that a Service never selects nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rollouts.actions import PointServices
from rollouts.canary.routed_counts import rolls_back_dynamically
from rollouts.canary.weights import weight_on_the_way_back
from rollouts.status import Services

if TYPE_CHECKING:
    from rollouts.single_pass import Pass
    from rollouts.world import ReplicaSet


def reconcile_services(work: Pass) -> None:
    """Stable to stable, canary to new; once aborted the canary Service shows stable as well."""
    canary, before = work.rollout.canary, work.services
    stable_hash, canary_hash = before.stable_hash, before.canary_hash
    if canary.stable_service:
        stable_hash = _switched(stable_hash, work.stable)
    if canary.canary_service:
        canary_hash = _canary_target(work, canary_hash)
    if (stable_hash, canary_hash) != (before.stable_hash, before.canary_hash):
        work.services = Services(stable_hash, canary_hash)
        work.actions.append(PointServices(stable_hash, canary_hash))


def _canary_target(work: Pass, current: str) -> str:
    if not work.pausing.aborted:
        # Stable may be too small yet for whom the canary serves.
        return current if rolls_back_dynamically(work) else _switched(current, work.new)
    if not work.rollout.routes_traffic:
        return _switched(current, work.stable)
    if work.stable is None or weight_on_the_way_back(work) > 0:
        return _switched(current, work.new)
    # Argo: rollout/trafficrouting.go. No pod of the canary may be reached, whatever is available.
    return work.stable.pod_template_hash


def _switched(current: str, target: ReplicaSet | None) -> str:
    if target is None or target.pod_template_hash == current:
        return current
    adopted = bool(current)
    fully_available = 0 < target.desired <= target.available
    if target.available == 0 or not (adopted or fully_available):
        return current
    return target.pod_template_hash
