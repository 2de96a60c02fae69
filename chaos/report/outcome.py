"""How a release ended, when, whether that is well, and the sentence that says so. Pure: times are seconds
since it.

Argo has no field that says "rolled back": an aborted rollout is Degraded, and stays so. It is back once no
traffic goes to the canary any more, so the data plane's weight decides, not the moment at which the abort was
decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from chaos.report.story import Point
from chaos.report.visitors import Second, Tally, Visitors
from chaos.report.wording import counted, ms, seconds
from seam.releases import Outcome, Release

# Degraded for another reason than an abort: the rollout is stuck, and its canary still has traffic coming.
NOT_ABORTED = ("ProgressDeadlineExceeded", "InvalidSpec")

ENDINGS = {
    Outcome.PROMOTED: "promoted",
    Outcome.ROLLED_BACK: "rolled back",
    Outcome.PAUSED: "left paused",
    Outcome.UNDECIDED: "left undecided",
}


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Ending:
    """The outcome, and the seconds until it was reached at the data plane (None unless it ended that way)."""

    outcome: Outcome
    rollback_s: float | None
    promotion_s: float | None


def is_aborted(point: Point) -> bool:
    return point.phase == "Degraded" and not point.message.startswith(NOT_ABORTED)


def decide_ending(timeline: Sequence[Point], *, new_is_stable: bool) -> Ending:
    """The ending of a timeline in order of time, of which what is before the release does not count."""
    seen = [point for point in timeline if point.t >= 0]
    outcome = _outcome(seen, new_is_stable=new_is_stable)
    rollback_s = _rolled_back_at(seen) if outcome is Outcome.ROLLED_BACK else None
    promotion_s = _trailing(seen, "Healthy")[0].t if outcome is Outcome.PROMOTED else None
    return Ending(outcome, rollback_s, promotion_s)


def _outcome(seen: Sequence[Point], *, new_is_stable: bool) -> Outcome:
    if not seen:
        return Outcome.UNDECIDED
    last = seen[-1]
    if last.phase == "Paused":
        return Outcome.PAUSED
    if last.phase == "Healthy" and new_is_stable:
        return Outcome.PROMOTED
    # An aborted rollout that was then reset to the old version is Healthy: that is still a rollback.
    back = is_aborted(last) or (last.phase == "Healthy" and any(map(is_aborted, seen)))
    if back and last.weight == 0 and not new_is_stable:
        return Outcome.ROLLED_BACK
    return Outcome.UNDECIDED


def _trailing(seen: Sequence[Point], phase: str) -> list[Point]:
    """The points of the unbroken run of `phase` at the end, oldest first."""
    return list(takewhile(lambda point: point.phase == phase, reversed(seen)))[::-1]


def _rolled_back_at(seen: Sequence[Point]) -> float:
    """When the canary's weight became 0 for good, but not before the abort: it is 0 before the first step,
    too.
    """
    without_canary = list(takewhile(lambda point: point.weight == 0, reversed(seen)))[-1]
    until_abort = takewhile(lambda point: not is_aborted(point), reversed(seen))
    last_abort = len(seen) - len(list(until_abort))
    aborted = list(takewhile(is_aborted, reversed(seen[:last_abort])))[-1]
    return max(without_canary.t, aborted.t)


def checks(release: Release, ending: Ending, visitors: Visitors) -> tuple[Check, Check]:
    """What must hold for the release to count as handled well."""
    return (_ended_as_it_should(release, ending), _well_again(visitors))


def _ended_as_it_should(release: Release, ending: Ending) -> Check:
    as_expected = ending.outcome is release.expected
    detail = f"{release.name} was {ENDINGS[ending.outcome]}"
    detail += ", as expected." if as_expected else f"; expected was: {ENDINGS[release.expected]}."
    return Check("ended as it should", as_expected, detail)


def _well_again(visitors: Visitors) -> Check:
    after, slow_ms = visitors.after, visitors.slow_ms
    name = "visitors well again afterwards"
    if after is None or after.requests == 0:
        return Check(name, ok=False, detail="No request was watched afterwards, so nobody knows.")
    figures = (
        f"{after.failed:,} of {counted(after.requests, 'request')} failed afterwards, "
        f"P99 {ms(after.p99_ms)} (slow above {ms(slow_ms)})"
    )
    fast = after.p99_ms is not None and (slow_ms is None or after.p99_ms <= slow_ms)
    return Check(name, ok=after.failed == 0 and fast, detail=f"{figures}.")


def verdict(
    release: Release,
    ending: Ending,
    last: Point | None,
    visitors: Visitors,
    well: Check,
) -> str:
    """The whole story in one sentence."""
    what = _what_happened(release, ending, last)
    if ending.outcome is not release.expected:
        what += f", although it should have been {ENDINGS[release.expected]}"
    return f"{what}; {_who_was_hurt(visitors)}; {_how_they_are_now(visitors, well)}."


def _what_happened(release: Release, ending: Ending, last: Point | None) -> str:
    if ending.rollback_s is not None:
        return f"{release.name} was rolled back after {seconds(ending.rollback_s)}"
    if ending.promotion_s is not None:
        return f"{release.name} was promoted after {seconds(ending.promotion_s)}"
    if last is None:
        return f"{release.name} was never seen to start"
    where = f"{last.phase} at {last.weight} %"
    if ending.outcome is Outcome.PAUSED:
        return f"{release.name} is still {where}"
    return f"{release.name} is undecided (last seen {where})"


def _who_was_hurt(visitors: Visitors) -> str:
    totals = visitors.totals
    if totals.requests == 0:
        return "no visitors were watched"
    of_all = f"of {counted(totals.requests, 'request')}"
    if not is_hurt(totals):
        return f"none {of_all} failed or was slow"
    were_slow = f"{'was' if totals.slow == 1 else 'were'} slow"
    if totals.slow == 0:
        hurt = f"{totals.failed:,} {of_all} failed"
    elif totals.failed == 0:
        hurt = f"{totals.slow:,} {of_all} {were_slow}"
    else:
        hurt = f"{totals.failed:,} {of_all} failed and {totals.slow:,} {were_slow}"
    return hurt + _within([second for second in visitors.seconds if is_hurt(second)])


def is_hurt(tally: Tally) -> bool:
    return tally.failed > 0 or tally.slow > 0


def _within(hurt: Sequence[Second]) -> str:
    return f", all within {hurt[-1].t - hurt[0].t + 1:,.0f} s" if hurt else ""


def _how_they_are_now(visitors: Visitors, well: Check) -> str:
    if well.ok:
        return "visitors are well again" if is_hurt(visitors.totals) else "visitors are well"
    after = visitors.after
    if after is None or after.requests == 0:
        return "whether visitors are well now was not watched"
    if after.failed:
        failed = f"{after.failed:,} of {counted(after.requests, 'request')} failed"
        return f"visitors are not well: {failed} afterwards"
    return f"visitors are not well: P99 is {ms(after.p99_ms)} afterwards"
