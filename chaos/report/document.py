"""The report of one release as a JSON document: its shape, and how it is built from what was watched.

`t`, `start` and `end` are seconds relative to the release (negative: before it). The page and the summary are
made from this document alone, so whoever keeps report.json keeps everything.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypedDict, TypeVar

from chaos.report.outcome import checks, decide_ending, verdict
from chaos.report.story import Event, Measured, Point, ReleaseStory
from chaos.report.visitors import Tally, VisitorPhase, Visitors, read_visitors

MomentT = TypeVar("MomentT", Point, Measured, Event)


class ReleaseDict(TypedDict):
    workload: str
    version: str
    fault: str
    summary: str
    faults: dict[str, Any]


class PointDict(TypedDict):
    t: float
    weight: int
    step: int | None
    steps: int
    phase: str
    message: str


class MeasuredDict(TypedDict):
    t: float
    metric: str
    value: str
    phase: str


class EventDict(TypedDict):
    t: float
    type: str
    reason: str
    message: str


class TallyDict(TypedDict):
    requests: int
    failed: int
    slow: int
    p50_ms: float | None
    p99_ms: float | None


class PhaseDict(TallyDict):
    name: str
    start: float
    end: float
    failed_share: float | None


class SecondDict(TallyDict):
    t: float


class VisitorsDict(TallyDict):
    phases: list[PhaseDict]


class BlastRadiusDict(TypedDict):
    requests: int
    of_requests: int
    users: int
    of_users: int
    share: float | None


class CheckDict(TypedDict):
    name: str
    ok: bool
    detail: str


class Report(TypedDict):
    """report.json. `outcome` and `expected` are values of `seam.releases.Outcome`; shares are 0 to 1."""

    platform: str
    engine: str
    outcome: str
    expected: str
    ok: bool
    verdict: str
    started_at: str
    faces_version: str
    release: ReleaseDict
    time_to_rollback_s: float | None
    time_to_promotion_s: float | None
    threshold: float | None
    slow_ms: float | None
    checks: list[CheckDict]
    visitors: VisitorsDict
    blast_radius: BlastRadiusDict | None
    timeline: list[PointDict]
    measurements: list[MeasuredDict]
    events: list[EventDict]
    seconds: list[SecondDict]


def build_report(story: ReleaseStory) -> Report:
    """The report of what was watched; raises ReportError if the visitor report does not fit."""
    timeline = _since(story.released_at, story.timeline)
    visitors = read_visitors(story.visitors).since(story.released_at)
    ending = decide_ending(timeline, new_is_stable=story.new_is_stable)
    ended, well = checks(story.release, ending, visitors)
    last = timeline[-1] if timeline else None
    return Report(
        platform=story.platform,
        engine=story.engine,
        outcome=ending.outcome.value,
        expected=story.release.expected.value,
        ok=ended.ok and well.ok,
        verdict=verdict(story.release, ending, last, visitors, well),
        started_at=_iso(story.released_at),
        faces_version=story.faces_version,
        release=_release(story),
        time_to_rollback_s=ending.rollback_s,
        time_to_promotion_s=ending.promotion_s,
        threshold=story.threshold,
        slow_ms=visitors.slow_ms,
        checks=[CheckDict(name=check.name, ok=check.ok, detail=check.detail) for check in (ended, well)],
        visitors=_visitors(visitors),
        blast_radius=_blast_radius(visitors),
        timeline=[_point(point) for point in timeline],
        measurements=[_measured(one) for one in _since(story.released_at, story.measurements)],
        events=[_event(event) for event in _since(story.released_at, story.events)],
        seconds=[SecondDict(t=second.t, **_tally(second)) for second in visitors.seconds],
    )


def _since(epoch: float, moments: Iterable[MomentT]) -> list[MomentT]:
    """The same counted from `epoch`, in order of time: a watch may be told an old thing late."""
    shifted = (replace(moment, t=round(moment.t - epoch, 3)) for moment in moments)
    return sorted(shifted, key=lambda moment: moment.t)


def _iso(epoch: float) -> str:
    moment = datetime.fromtimestamp(epoch, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _release(story: ReleaseStory) -> ReleaseDict:
    return ReleaseDict(
        workload=story.workload,
        version=story.version,
        fault=story.release.name,
        summary=story.release.summary,
        faults={kind: fault for plan in story.release.faults for kind, fault in plan.faults.items()},
    )


def _tally(tally: Tally) -> TallyDict:
    return TallyDict(
        requests=tally.requests,
        failed=tally.failed,
        slow=tally.slow,
        p50_ms=tally.p50_ms,
        p99_ms=tally.p99_ms,
    )


def _visitors(visitors: Visitors) -> VisitorsDict:
    return VisitorsDict(phases=[_phase(phase) for phase in visitors.phases], **_tally(visitors.totals))


def _phase(phase: VisitorPhase) -> PhaseDict:
    assert phase.end is not None  # closed when it was shifted
    return PhaseDict(
        name=phase.name,
        start=phase.start,
        end=phase.end,
        failed_share=phase.failed_share,
        **_tally(phase),
    )


def _blast_radius(visitors: Visitors) -> BlastRadiusDict | None:
    radius = visitors.blast_radius
    if radius is None:
        return None
    return BlastRadiusDict(
        requests=radius.requests,
        of_requests=radius.of_requests,
        users=radius.users,
        of_users=radius.of_users,
        share=radius.share,
    )


def _point(point: Point) -> PointDict:
    return PointDict(
        t=point.t,
        weight=point.weight,
        step=point.step,
        steps=point.steps,
        phase=point.phase,
        message=point.message,
    )


def _measured(one: Measured) -> MeasuredDict:
    return MeasuredDict(t=one.t, metric=one.metric, value=one.value, phase=one.phase)


def _event(event: Event) -> EventDict:
    return EventDict(t=event.t, type=event.type, reason=event.reason, message=event.message)
