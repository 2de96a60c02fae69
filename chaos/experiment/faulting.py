"""Which faults are on at which moment of a release. Pure: times are arguments, in seconds since the epoch."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from seam.releases import FaultPlan

Begins = Callable[[FaultPlan], float | None]
"""When a plan's faults are switched on for the first time; None while that is not known."""


def begins(released_at: float, weights: Iterable[tuple[float, int]]) -> Begins:
    """From the release's moment, and when the canary had which weight, in order of time."""
    known = tuple(weights)

    def of(plan: FaultPlan) -> float | None:
        if plan.from_weight is not None:
            wanted = plan.from_weight
            return next((t for t, weight in known if weight >= wanted), None)
        return released_at + (plan.after_s or 0.0)

    return of


def is_on(plan: FaultPlan, begin: float | None, now: float) -> bool:
    if begin is None or now < begin:
        return False
    if plan.for_s is None:
        return True
    passed = now - begin
    return (passed % plan.every_s if plan.every_s is not None else passed) < plan.for_s


@dataclass(frozen=True, slots=True)
class Pods:
    """Which pods are meant: those of the released version, or of every one."""

    workload: str
    every_version: bool


def faults_at(plans: Iterable[FaultPlan], begin: Begins, now: float, workload: str) -> dict[Pods, dict[str, Any]]:
    """All faults that are on in these pods, one entry for those that have a plan, on or not."""
    wanted: dict[Pods, dict[str, Any]] = {}
    for plan in plans:
        pods = Pods(plan.workload or workload, plan.every_version or plan.workload not in (None, workload))
        faults = wanted.setdefault(pods, {})
        if is_on(plan, begin(plan), now):
            faults.update(plan.faults)
    return wanted


def next_change(plans: Iterable[FaultPlan], begin: Begins, now: float) -> float | None:
    """The next moment at which a fault goes on or off by the clock; None: none does, as far as is known."""
    return min((at for plan in plans if (at := _next_of(plan, begin(plan), now)) is not None), default=None)


def _next_of(plan: FaultPlan, begin: float | None, now: float) -> float | None:
    if begin is None:
        return None
    if now < begin:
        return begin
    if plan.for_s is None:
        return None
    if plan.every_s is None:
        return begin + plan.for_s if now < begin + plan.for_s else None
    on = begin + (now - begin) // plan.every_s * plan.every_s
    edges = (on + plan.for_s, on + plan.every_s, on + plan.every_s + plan.for_s)
    return next(edge for edge in edges if edge > now)  # not always the first two: floats are not exact


def need_switching(plans: Iterable[FaultPlan]) -> bool:
    """Whether somebody has to switch faults while the release is out: the pod template cannot say it all."""
    return any(not plan.from_the_start for plan in plans)
