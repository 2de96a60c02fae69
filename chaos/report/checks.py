"""What has to hold for a release to count as handled well, each in a sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chaos.record import End, Measured, Record
from chaos.report.outcome import Ending, is_missed
from chaos.report.visitors import Visitors, is_hurt
from chaos.report.wording import ENDED, SHOULD, counted, ms, seconds
from seam.releases import Outcome, Release


@dataclass(frozen=True, slots=True)
class Check:
    """A check that is not required is information: a release may be handled well without it."""

    name: str
    ok: bool
    detail: str
    required: bool = True


# Of a share that always fails, a small sample may by chance have this many times as much.
_BY_CHANCE = 4


def checks(
    record: Record, ending: Ending, visitors: Visitors, measurements: Sequence[Measured], why_unmeasured: str
) -> Iterator[Check]:
    """`why_unmeasured` is empty for a release that was measured, or not promoted."""
    release = record.release
    yield _ended_as_expected(release, ending)
    yield _hurt_unseen(release, visitors) if is_missed(release, ending) else _recovered(visitors, release.tolerated)
    if ending.outcome is Outcome.PROMOTED:
        yield _measured(measurements, why_unmeasured)
    if record.ended in (End.INTERRUPTED, End.TIMED_OUT):
        yield Check("watched to the end", ok=False, detail=record.reason or f"Watching ended: {record.ended.value}.")
    if release.bad:
        yield from (_seen_by(metric, record, measurements) for metric in release.seen_by)


def _ended_as_expected(release: Release, ending: Ending) -> Check:
    as_expected = ending.outcome is release.expected
    then = ", as expected" if as_expected else f"; it {SHOULD[release.expected]}"
    return Check("ended as expected", as_expected, f"{release.name} {ENDED[ending.outcome]}{then}.")


def _hurt_unseen(release: Release, visitors: Visitors) -> Check:
    """No analysis could have spared them, so this is told and not demanded."""
    hurt = is_hurt(visitors.totals)
    seen = "Visitors were hurt, and no analysis could tell." if hurt else "No visitor met it while it was watched."
    return Check("hurts visitors unseen", ok=not hurt, detail=f"{seen} {release.unseen}", required=False)


def _recovered(visitors: Visitors, tolerated: float) -> Check:
    name, after, slow_ms = "visitors recovered", visitors.afterwards, visitors.slow_ms
    if after is None or after.requests == 0:
        return Check(name, ok=False, detail="No request was sent afterwards, so nobody knows.")
    # Where everything was slow before (a busy machine), the release did no harm that is left.
    before_ms = visitors.before.p99_ms if visitors.before is not None else None
    limits = [limit for limit in (slow_ms, before_ms) if limit is not None]
    fast = after.p99_ms is not None and after.p99_ms <= max(limits, default=after.p99_ms)
    detail = (
        f"{after.failed:,} of {counted(after.requests, 'request')} failed afterwards, "
        f"P99 {ms(after.p99_ms)} (before {ms(before_ms)}, slow above {ms(slow_ms)})."
    )
    well = after.failed <= _BY_CHANCE * tolerated * after.requests
    return Check(name, ok=well and fast, detail=detail)


def _measured(measurements: Sequence[Measured], why_unmeasured: str) -> Check:
    name = "measured before promotion"
    if why_unmeasured:
        return Check(name, ok=False, detail=f"Nothing says that it is good: {why_unmeasured}.")
    good = sum(one.phase == "Successful" for one in measurements)
    return Check(name, ok=True, detail=f"{good:,} of {counted(len(measurements), 'measurement')} were Successful.")


def _seen_by(metric: str, record: Record, measurements: Sequence[Measured]) -> Check:
    """Whether the metric that is there for this kind of fault is the one that noticed it."""
    name = f"seen by {metric}"
    of_metric = [one for one in measurements if one.metric == metric]
    failed = [one for one in of_metric if one.phase == "Failed"]
    if failed:
        first = seconds(failed[0].t - record.released_at)
        detail = f"{metric} Failed {len(failed):,} of {counted(len(of_metric), 'time')}, first after {first}."
        return Check(name, ok=True, detail=detail, required=False)
    others = ", ".join(dict.fromkeys(one.metric for one in measurements if one.phase == "Failed"))
    if of_metric:
        detail = f"{metric} never Failed; {others} did." if others else f"{metric} never Failed."
    else:
        detail = f"{metric} was not measured; {others} did Fail." if others else f"{metric} was not measured."
    return Check(name, ok=False, detail=detail, required=False)
