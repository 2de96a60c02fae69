"""The report of one release, made from its record alone: the same record gives the same report, anywhere, any time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from chaos.record import End, FaultCount, Line, Measured, Point, Progress, Record, read_record
from chaos.report.checks import Check, checks
from chaos.report.outcome import ending_of
from chaos.report.sentences import Told, headline, reason_unmeasured, verdict
from chaos.report.shape import (
    BoundDict,
    CheckDict,
    DeliveryDict,
    EventDict,
    LineDict,
    MeasuredDict,
    MetricDict,
    PointDict,
    ReleaseDict,
    Report,
)
from chaos.report.visitors import visitors_of
from seam.verdict import delivered
from seam.views import EventView, MetricView, RolloutView


def build_report(record: Record, *, link: str | None = None, record_file: str | None = None) -> Report:
    """`link` is the commit or the build of the release, `record_file` where the record is kept, if it is."""
    progress, story = _watched_again(record)
    visitors, ending = visitors_of(record, progress), ending_of(progress)
    unmeasured = reason_unmeasured(progress)
    checked = list(checks(record, ending, visitors, progress.measurements, unmeasured))
    ok = all(check.ok for check in checked if check.required)
    told = Told(record, progress, ending, visitors, well=checked[1].ok, ok=ok)
    since = record.released_at
    return Report(
        platform=record.platform,
        engine=record.engine,
        outcome=ending.outcome.value,
        expected=record.release.expected.value,
        ok=ok,
        headline=headline(told),
        verdict=verdict(told),
        ended=record.ended.value,
        reason=record.reason,
        unmeasured=bool(unmeasured),
        interrupted=record.ended is End.INTERRUPTED,
        started_at=_iso(record.released_at),
        faces_version=record.faces_version,
        link=link,
        record=Path(record_file).name if record_file is not None else None,
        release=_release(record),
        delivery=_delivery(progress.last),
        time_to_rollback_s=ending.rollback_s,
        time_to_promotion_s=ending.promotion_s,
        slow_ms=visitors.slow_ms,
        checks=[_check(check) for check in checked],
        metrics=_metrics(record),
        visitors=visitors.to_json(),
        blast_radius=visitors.blast_radius_to_json(),
        injected=_injected(record.injected, since),
        timeline=[_point(point, since) for point in progress.timeline],
        measurements=[_measured(one, since) for one in sorted(progress.measurements, key=lambda one: one.t)],
        events=[_event(event, since) for event in sorted(record.events, key=lambda event: event.t)],
        seconds=visitors.seconds_to_json(),
        story=[_line(line, t, since) for t, line in story],
    )


def make_again(record_file: Path, *, link: str | None = None) -> Report:
    """The report that was made when the release was watched. UserError names the file and what is wrong with it."""
    return build_report(read_record(record_file), link=link, record_file=record_file.name)


def _watched_again(record: Record) -> tuple[Progress, list[tuple[float, Line]]]:
    progress = Progress(record.version, record.released_at)
    views = sorted(record.views, key=lambda seen: seen.t)
    return progress, [(seen.t, line) for seen in views for line in progress.observe(seen.view, seen.t)]


def _metrics(record: Record) -> list[MetricDict]:
    """One for each name and demand, in order of appearance."""
    found: dict[tuple[str, str], MetricView] = {}
    for seen in record.views:
        for metric in seen.view.metrics if seen.view.current_version == record.version else ():
            key = (metric.name, metric.demands)
            if metric.run or key not in found:  # a plan knows less than the run that was made of it
                found[key] = metric
    return [_metric(metric) for metric in found.values()]


def _metric(metric: MetricView) -> MetricDict:
    return MetricDict(
        name=metric.name,
        unit=metric.unit,
        demands=metric.demands,
        bound=BoundDict(op=metric.bound.op, value=metric.bound.value) if metric.bound is not None else None,
        failure_limit=metric.failure_limit,
        inconclusive_limit=metric.inconclusive_limit,
        consecutive_error_limit=metric.consecutive_error_limit,
        count=metric.count,
        query=metric.query,
    )


def _injected(counts: Iterable[FaultCount], since: float) -> dict[str, dict[str, dict[str, int]]]:
    """What was injected since the release. A pod's count that goes down begins anew: its container was restarted."""
    before: dict[tuple[str, str, str, str], int] = {}
    found: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for one in sorted(counts, key=lambda count: count.t):
        pod = (one.workload, one.version, one.pod, one.fault)
        seen, before[pod] = before.get(pod, 0), one.count
        if one.t >= since:
            found[one.workload][one.version][one.fault] += one.count - seen if one.count >= seen else one.count
    return {
        workload: {version: dict(faults) for version, faults in versions.items()}
        for workload, versions in found.items()
    }


def _iso(epoch: float) -> str:
    moment = datetime.fromtimestamp(epoch, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _release(record: Record) -> ReleaseDict:
    return ReleaseDict(
        workload=record.workload,
        version=record.version,
        fault=record.release.name,
        summary=record.release.summary,
        faults={kind: fault for plan in record.release.faults for kind, fault in plan.faults.items()},
    )


def _delivery(last: RolloutView | None) -> DeliveryDict | None:
    if last is None or last.delivery is None:
        return None
    seen = last.delivery
    return DeliveryDict(commit=seen.commit, sync=seen.sync, health=seen.health, words=delivered(last))


def _check(check: Check) -> CheckDict:
    return CheckDict(name=check.name, ok=check.ok, detail=check.detail, required=check.required)


def _point(point: Point, since: float) -> PointDict:
    return PointDict(
        t=round(point.t - since, 3),
        weight=point.weight,
        step=point.step,
        steps=point.steps,
        phase=point.phase,
        message=point.message,
    )


def _measured(one: Measured, since: float) -> MeasuredDict:
    return MeasuredDict(
        t=round(one.t - since, 3),
        metric=one.metric,
        value=one.value,
        words=one.words,
        phase=one.phase,
        run=one.run,
        message=one.message,
        demands=one.demands,
    )


def _event(event: EventView, since: float) -> EventDict:
    return EventDict(t=round(event.t - since, 3), type=event.type, reason=event.reason, message=event.message)


def _line(line: Line, t: float, since: float) -> LineDict:
    return LineDict(t=round(t - since, 3), sentence=line.sentence, tone=line.tone.name.lower())
