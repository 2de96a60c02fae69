"""All that was watched of one release, from the first visitor until nobody watched any more.

All times are seconds since the epoch.
"""

from dataclasses import dataclass
from enum import StrEnum

from loadgen.samples import Sample
from seam.releases import Release
from seam.views import EventView, RolloutView


class End(StrEnum):
    """Why nobody watched the release any longer."""

    SETTLED = "settled"  # promoted, or back on stable with no traffic left for the canary
    STUCK = "stuck"  # Degraded without an abort: nothing more happens by itself
    WAITING = "waiting"  # it waits for a person, and the run is unattended
    TIMED_OUT = "timed_out"
    INTERRUPTED = "interrupted"  # by a signal, or by Ctrl-C


@dataclass(frozen=True, slots=True)
class Seen:
    """The released Rollout as it was seen at `t`."""

    t: float
    view: RolloutView


@dataclass(frozen=True, slots=True)
class FaultCount:
    """How many faults of one kind a pod had injected by `t`, by its own count; those never injected are left out."""

    t: float
    workload: str
    version: str
    pod: str
    fault: str
    count: int


@dataclass(frozen=True, slots=True)
class Record:
    """One release. `views` are the changes of its Rollout since the release, `samples` the visitors' requests since
    `began_at`. `ended` says why watching ended at `ended_at`, `reason` the same in a sentence.
    """

    platform: str
    engine: str
    faces_version: str
    workload: str
    version: str
    release: Release
    began_at: float
    released_at: float
    ended_at: float
    ended: End
    reason: str = ""
    views: tuple[Seen, ...] = ()
    events: tuple[EventView, ...] = ()
    samples: tuple[Sample, ...] = ()
    injected: tuple[FaultCount, ...] = ()
