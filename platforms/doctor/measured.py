"""What Prometheus was seen to have, and clocks that were read. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from platforms.doctor.checking import Look, NotSeen, NotThere
from seam.views import EventView, RolloutView

# Long enough for some requests, short enough that one sees what is the case now.
_LONGEST_WINDOW_S = 60
# Until every caller's side has a new weight, and every counter what came before it.
_SETTLES_S = 2
WEIGHT_CHANGED = "TrafficWeightUpdated"
"""The reason of the event by which Argo Rollouts tells that it has set a weight."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Somebody else's clock. It was asked at `sent` of ours, had answered at `received`, and said that it is between
    `earliest` and `latest`; all in seconds since the epoch.
    """

    whose: str
    sent: float
    received: float
    earliest: float
    latest: float

    @property
    def ahead_s(self) -> float:
        """By how much it is ahead of ours at least; negative if it is behind; 0 if the two may be the same."""
        least, most = self.earliest - self.received, self.latest - self.sent
        return least if least > 0 else min(most, 0.0)


@dataclass(frozen=True, slots=True)
class Certificate:
    """An X.509 certificate, by whose it is; times in seconds since the epoch."""

    whose: str
    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class Certificates:
    """Those that were read, and why others could not be; empty if all were."""

    found: Sequence[Certificate]
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Target:
    """What Prometheus scrapes: its labels after relabelling, and the `error` of the last scrape, empty if it is up."""

    job: str
    url: str
    labels: Mapping[str, str]
    up: bool
    error: str = ""

    @property
    def pod(self) -> tuple[str, str]:
        return self.labels.get("namespace", ""), self.labels.get("pod", "")


@dataclass(frozen=True, slots=True)
class Splitting:
    """A Rollout whose traffic is split: under which names its two sides are counted, and since when so."""

    rollout: str
    weight: int
    canary: frozenset[str]
    stable: frozenset[str]
    since: float

    def window_s(self, now: float) -> int:
        """The whole seconds, up to now, in which all requests were split by this weight; 1 at least."""
        return max(1, min(_LONGEST_WINDOW_S, int(now - self.since) - _SETTLES_S))


@dataclass(frozen=True, slots=True)
class Counted:
    """Requests that came to the pods of a Rollout's two sides in the last `window_s` seconds."""

    window_s: int
    canary: float
    stable: float


@dataclass(frozen=True, slots=True)
class SeriesSeen:
    """How many series the AnalysisTemplates ask for, and which of them Prometheus has not, each as (AnalysisTemplate,
    metric, series), the first of them empty where it is not known; or why they cannot ask.
    """

    total: int
    missing: Sequence[tuple[str, str, str]] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """One Prometheus. `counted` is by Rollout. `callers` are requests of the last five minutes, refused ones included,
    by the called pods' hash and by `tls`; `certificates` the seconds that each pod's has left.
    """

    where: str
    version: Look[str]
    clock: Look[Clock]
    targets: Look[Sequence[Target]]
    series: Look[SeriesSeen]
    counted: Look[Mapping[str, Counted]]
    callers: Look[Sequence[Sample]]
    certificates: Look[Sequence[Sample]]


def nothing_measured(where: str, hidden: str) -> Measured:
    """Of a Prometheus that does not answer."""
    return Measured(
        where,
        *(Look(hidden=hidden), Look(hidden=hidden), Look(hidden=hidden), Look(hidden=hidden)),
        *(Look(hidden=hidden), Look(hidden=hidden), Look(hidden=hidden)),
    )


def splitting(view: RolloutView) -> Splitting | None:
    """None: all its traffic goes to one version."""
    if not view.current_hash or view.current_hash == view.stable_hash or not 0 < view.canary_weight < 100:
        return None
    canary, stable = frozenset({view.current_hash}), frozenset({view.stable_hash})
    return Splitting(view.name, view.canary_weight, canary, stable, _last_change(view.events))


def _last_change(events: Iterable[EventView]) -> float:
    return max((event.t for event in events if event.reason == WEIGHT_CHANGED), default=0.0)


def readable(looks: Iterable[Look[Clock]]) -> tuple[list[Clock], list[str]]:
    """Those that were found, and why the others were not."""
    found, hidden = [], []
    for look in looks:
        try:
            found.append(look.value())
        except (NotThere, NotSeen) as reason:
            hidden.append(str(reason))
    return found, hidden
