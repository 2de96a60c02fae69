"""How the catalogue's entries are written: what all bad ones share."""

from collections.abc import Mapping
from typing import Any

from seam.releases import FaultPlan, Outcome, PodChange, Release, Scene

Faults = Mapping[str, Any]
SMILEY = Scene()


def caught(
    name: str,
    summary: str,
    felt: str,
    unseen: str,
    seen_by: str | tuple[str, ...],
    *faults: Faults | FaultPlan,
    pods: PodChange = PodChange(),  # noqa: B008 - a frozen value
    scene: Scene = SMILEY,
) -> Release:
    """A bad one that the shipped analyses roll back, by one of these metrics."""
    metrics = (seen_by,) if isinstance(seen_by, str) else seen_by
    return Release(name, summary, Outcome.ROLLED_BACK, _plans(faults), metrics, pods, felt, unseen, scene)


def missed(
    name: str,
    summary: str,
    felt: str,
    unseen: str,
    *faults: Faults | FaultPlan,
    pods: PodChange = PodChange(),  # noqa: B008
    scene: Scene = SMILEY,
) -> Release:
    """A bad one that the shipped analyses promote, because no signal of a network shows it, or not this threshold."""
    return Release(name, summary, Outcome.PROMOTED, _plans(faults), (), pods, felt, unseen, scene)


def stuck(name: str, summary: str, felt: str, unseen: str, *faults: Faults, pods: PodChange = PodChange()) -> Release:  # noqa: B008
    """A bad one that never serves. It is rolled back only where spec.progressDeadlineAbort says so; everywhere else it
    is stuck, and stable serves on.
    """
    return Release(name, summary, Outcome.UNDECIDED, _plans(faults), (), pods, felt, unseen)


def good(
    name: str,
    summary: str,
    *faults: Faults | FaultPlan,
    scene: Scene = SMILEY,
    tolerated: float = 0.0,
) -> Release:
    """One that has to be promoted, however odd it looks."""
    return Release(name, summary, Outcome.PROMOTED, _plans(faults), scene=scene, tolerated=tolerated)


def _plans(faults: tuple[Faults | FaultPlan, ...]) -> tuple[FaultPlan, ...]:
    return tuple(one if isinstance(one, FaultPlan) else FaultPlan(one) for one in faults)
