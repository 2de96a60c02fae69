"""What was watched of one release, as plain values: all that a report is made of.

Whoever watched (the command line, an e2e test) fills these in; nothing here knows a platform. All times are
epoch seconds; the report shifts them, so that the release is at 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seam.releases import Release


@dataclass(frozen=True, slots=True)
class Point:
    """The rollout as seen at `t`.

    `weight` is the canary's percentage at the data plane, `step` the current step's index (None: past the
    last or no steps) of `steps`; `phase` and `message` are those of Argo's `.status`.
    """

    t: float
    weight: int
    step: int | None
    steps: int
    phase: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of an AnalysisRun. `value` is Argo's own text (`[0.98]`, `0.98`, `[]`), `phase` its
    verdict.
    """

    t: float
    metric: str
    value: str
    phase: str


@dataclass(frozen=True, slots=True)
class Event:
    """A Kubernetes event: its reason (`TrafficWeightUpdated`) and its sentence."""

    t: float
    reason: str
    message: str
    type: str = "Normal"


@dataclass(frozen=True, slots=True)
class ReleaseStory:
    """One release from before it was pushed until it was no longer watched.

    `new_is_stable` says whether the released version is the stable one at the end (Argo: `.status.stableRS`
    equals `.status.currentPodHash`): the phase alone cannot tell, as the old version was Healthy, too.
    `visitors` is the visitor report as JSON (see `visitors.py`), empty when nobody visited. `threshold` is
    the success rate (0 to 1) that the analysis demands, None if it is not known.
    """

    platform: str
    engine: str
    workload: str
    version: str
    release: Release
    released_at: float
    timeline: tuple[Point, ...]
    new_is_stable: bool
    faces_version: str
    measurements: tuple[Measured, ...] = ()
    events: tuple[Event, ...] = ()
    visitors: Mapping[str, Any] = field(default_factory=dict)
    threshold: float | None = None
