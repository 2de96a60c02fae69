"""How a release ended, and when. Pure: times are seconds since the release.

Argo has no field that says "rolled back": an aborted rollout is Degraded, and stays so. It is rolled back once no
traffic goes to the canary any more, so the data plane's weight decides, not the moment of the abort.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from chaos.record import Point, Progress
from seam.releases import Outcome, Release


@dataclass(frozen=True, slots=True)
class Ending:
    """The outcome, and the seconds until it was reached at the data plane (None unless it ended that way)."""

    outcome: Outcome
    rollback_s: float | None = None
    promotion_s: float | None = None


def ending_of(progress: Progress) -> Ending:
    points = [replace(point, t=round(point.t - progress.released_at, 3)) for point in progress.timeline]
    return decide_ending(points, promoted=progress.promoted, waits=_waits(progress))


def decide_ending(timeline: Sequence[Point], *, promoted: bool, waits: bool = False) -> Ending:
    """The ending of a timeline in order of time, of which what is before the release does not count.

    `promoted` says whether the released version is Healthy and stable at the end (the phase alone cannot tell, as the
    old version was Healthy, too), `waits` whether it is paused until somebody decides.
    """
    seen = [point for point in timeline if point.t >= 0]
    if not seen:
        return Ending(Outcome.UNDECIDED)
    if promoted:
        healthy = list(takewhile(lambda point: point.phase == "Healthy", reversed(seen)))
        return Ending(Outcome.PROMOTED, promotion_s=healthy[-1].t if healthy else seen[-1].t)
    if seen[-1].aborted and seen[-1].weight == 0:
        back = list(takewhile(lambda point: point.aborted and point.weight == 0, reversed(seen)))
        return Ending(Outcome.ROLLED_BACK, rollback_s=back[-1].t)
    return Ending(Outcome.PAUSED if waits else Outcome.UNDECIDED)


def is_missed(release: Release, ending: Ending) -> bool:
    """Whether it is bad, and was promoted, as it had to be: the analyses cannot see it."""
    return release.bad and release.expected is Outcome.PROMOTED and ending.outcome is Outcome.PROMOTED


def _waits(progress: Progress) -> bool:
    """Whether it is paused and no clock ends the pause: by its analysis, by its steps, or by somebody's hand."""
    last = progress.last
    if last is None or last.phase != "Paused":
        return False
    return progress.waits_for_a_person or last.pause_reason != "CanaryPauseStep"
