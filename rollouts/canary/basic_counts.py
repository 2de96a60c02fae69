"""How many pods stable and canary get when pods alone split the traffic.

Argo: utils/replicaset/canary.go (CalculateReplicaCountsForBasicCanary). First the split that comes
closest to the weight, then one move towards it that keeps to maxSurge and maxUnavailable.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from rollouts.single_pass import Split
from rollouts.status import MAX_WEIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rollouts.world import ReplicaSet


@dataclass(frozen=True, slots=True)
class Limits:
    """The pods asked for, and how far the number of running ones may stray from it."""

    replicas: int
    surge: int
    unavailable: int

    @property
    def most(self) -> int:
        return self.replicas + self.surge

    @property
    def least_available(self) -> int:
        return self.replicas - self.unavailable


def closest_split(replicas: int, weight: int, *, may_surge: bool) -> Split:
    """The split nearest to `weight`; it may use one pod more than `replicas` when surging is allowed.

    Neither side falls to nothing for weights from 1 to 99, unless one single pod has to do, or where Argo Rollouts
    itself finds no split (two pods at 75 % without a surge: one and two are equally near, and two are all).
    """
    if replicas == 0:
        return Split(0, 0)
    up, down = ceil(replicas * weight / MAX_WEIGHT), replicas * weight // MAX_WEIGHT
    none_allowed = weight in (0, MAX_WEIGHT) or (replicas == 1 and not may_surge)
    options = []
    if up < replicas or none_allowed:
        options.append((up, replicas))
    if not _tied(weight, replicas) and (down or none_allowed):
        options.append((down, replicas))
    if may_surge:
        options.append((up, replicas + 1))
        if not _tied(weight, replicas + 1) and (down or none_allowed):
            options.append((down, replicas + 1))
    if not options:
        return Split(0, replicas)
    canary, total = min(options, key=lambda option: abs(option[0] * MAX_WEIGHT / option[1] - weight))
    return Split(canary, total - canary)


def next_counts(
    wanted: Split,
    new: ReplicaSet,
    stable: ReplicaSet | None,
    others: Sequence[ReplicaSet],
    limits: Limits,
) -> Split:
    """The next move towards `wanted`; `stable` is None when the new ReplicaSet is the only one to fill."""
    counts = _grown(wanted, new, stable, others, limits)
    if any(other.desired for other in others):
        return counts  # what nobody wants any more goes first
    canary_grows = wanted.canary >= new.desired
    running = _counted(new, ignore_availability=not canary_grows) + (
        0 if stable is None else _counted(stable, ignore_availability=canary_grows)
    )
    spare = running - limits.least_available
    if spare <= 0:
        return counts
    if not canary_grows:
        canary = _drained(new, wanted.canary, spare, counts.canary)
        canary, stable_count = _within(new, stable, canary, counts.stable, limits)
        return Split(canary, stable_count)
    if stable is None:
        return counts
    stable_count = _drained(stable, wanted.stable, spare, counts.stable)
    stable_count, canary = _within(stable, new, stable_count, counts.canary, limits)
    return Split(canary, stable_count)


def _tied(weight: int, total: int) -> bool:
    """Whether rounding up and down miss the weight by the same; then the canary gets the pod."""
    return (total * (weight / MAX_WEIGHT)) % 1 == 0.5


def _grown(
    wanted: Split, new: ReplicaSet, stable: ReplicaSet | None, others: Sequence[ReplicaSet], limits: Limits
) -> Split:
    """Stable first, then canary, as far as the surge lets them."""
    counts = Split(new.desired, 0 if stable is None else stable.desired)
    room = limits.most - counts.canary - counts.stable - sum(other.desired for other in others)
    if stable is not None and counts.stable < wanted.stable and room > 0:
        added = min(room, wanted.stable - counts.stable)
        counts = counts._replace(stable=counts.stable + added)
        room -= added
    if counts.canary < wanted.canary and room > 0:
        counts = counts._replace(canary=counts.canary + min(room, wanted.canary - counts.canary))
    return counts


def _counted(replica_set: ReplicaSet, *, ignore_availability: bool) -> int:
    """Pods that may be counted on: never more than ordered, as the surplus is about to go."""
    if ignore_availability:
        return replica_set.desired
    return min(replica_set.desired, replica_set.available)


def _drained(replica_set: ReplicaSet, wanted: int, spare: int, count: int) -> int:
    if replica_set.desired <= wanted:
        return count
    return max(wanted, replica_set.desired - spare)


def _within(
    draining: ReplicaSet, growing: ReplicaSet | None, drained: int, grown: int, limits: Limits
) -> tuple[int, int]:
    """Both counts cut to the surge, without giving up availability that is needed."""
    if growing is None:
        return drained, grown
    over = max(0, grown + drained - limits.most)
    cut = grown - over
    available = min(draining.available, drained) + min(growing.available, cut)
    lost = max(0, growing.available - cut)
    cut += min(lost, max(0, limits.least_available - available))
    return drained - max(0, cut + drained - limits.most), cut
