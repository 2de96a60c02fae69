"""The headline, and the whole story in one sentence."""

from dataclasses import dataclass
from typing import NamedTuple

from chaos.record import End, Progress, Record
from chaos.report.outcome import Ending, is_missed
from chaos.report.visitors import Visitors, is_hurt
from chaos.report.wording import SHOULD, counted, ms, seconds
from seam.releases import Outcome
from seam.verdict import why_unmeasured
from seam.views import RolloutView


@dataclass(frozen=True, slots=True)
class Told:
    """What the sentences are made of. `well` says whether visitors were well afterwards, `ok` whether all was."""

    record: Record
    progress: Progress
    ending: Ending
    visitors: Visitors
    well: bool
    ok: bool


def reason_unmeasured(progress: Progress) -> str:
    """`every measurement was an error`; empty for a release that was measured, or not promoted."""
    return why_unmeasured(progress.last) if progress.last is not None and progress.unmeasured else ""


def headline(told: Told) -> str:
    """The ending and whether it was right, in a few words."""
    record, state = told.record, _state(told).headline
    interrupted = record.ended is End.INTERRUPTED
    if interrupted and told.ending.outcome not in (Outcome.PROMOTED, Outcome.ROLLED_BACK):
        return state
    if told.ending.outcome is not record.release.expected:
        return f"{state}, but it {SHOULD[record.release.expected]}"
    if told.ok:
        missed = is_missed(record.release, told.ending)
        return f"{state}, as expected{': no analysis can see how it is bad' if missed else ''}"
    if interrupted:
        return f"{state}, but interrupted before visitors were seen to recover"
    if told.well:
        return state
    after = told.visitors.afterwards
    known = after is not None and after.requests > 0
    return f"{state}, but {'visitors have not' if known else 'nobody knows whether visitors have'} recovered"


def verdict(told: Told) -> str:
    """The whole story in one sentence."""
    what, expected = f"{told.record.release.name} {_state(told).sentence}", told.record.release.expected
    if told.ending.outcome is not expected and told.record.ended is not End.INTERRUPTED:
        what += f", although it {SHOULD[expected]}"
    return f"{'; '.join([what, _who_was_hurt(told.visitors), *_how_they_are_now(told)])}."


class _State(NamedTuple):
    """How it ended, in a headline and as the rest of a sentence that begins with the release's name."""

    headline: str
    sentence: str


def _state(told: Told) -> _State:
    ending, unmeasured = told.ending, reason_unmeasured(told.progress)
    if unmeasured:
        return _State(f"Promoted unmeasured: {unmeasured}", f"was promoted unmeasured: {unmeasured}")
    if ending.promotion_s is not None:
        return _State("Promoted", f"was promoted after {seconds(ending.promotion_s)}")
    if ending.rollback_s is not None:
        return _State("Rolled back", f"was rolled back after {seconds(ending.rollback_s)}")
    last = told.progress.last
    return _State("Never started", "was never seen to start") if last is None else _not_over(told, last)


def _not_over(told: Told, last: RolloutView) -> _State:
    ended, where = told.record.ended, f"last seen {last.phase} at {last.canary_weight} %"
    if ended is End.INTERRUPTED:
        return _State("Interrupted before it ended", f"was interrupted before it ended ({where})")
    after = _version_after(told.record)
    if after:
        return _State(f"Replaced by {after}", f"was replaced by {after} before it ended ({where})")
    if told.ending.outcome is Outcome.PAUSED:
        return _State("Waits for a person", f"waits for a person at {last.canary_weight} %")
    if last.aborted:
        still = f"{last.canary_weight} % of the traffic still on {last.current_version}"
        return _State(f"Aborted, with {still}", f"was aborted, with {still}")
    if told.progress.stuck:
        return _State("Stuck", f"is stuck at {last.canary_weight} %: {last.message or 'no reason given'}")
    in_time = " in time" if ended is End.TIMED_OUT else ""
    return _State(f"Not over{in_time}", f"has not ended{in_time} ({where})")


def _version_after(record: Record) -> str:
    """The version that was released before this one ended; empty if there is none."""
    last = record.views[-1].view.current_version if record.views else record.version
    return "" if last == record.version else last


def _who_was_hurt(visitors: Visitors) -> str:
    totals = visitors.totals
    if totals.requests == 0:
        return "there were no visitors"
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
    hurt_seconds = visitors.hurt_seconds
    return f"{hurt}, all within {hurt_seconds[-1] - hurt_seconds[0] + 1:,} s"


def _how_they_are_now(told: Told) -> list[str]:
    """Nothing is said of visitors who were never hurt, or never there."""
    after, totals = told.visitors.afterwards, told.visitors.totals
    if not is_hurt(totals):
        return []
    if is_missed(told.record.release, told.ending):
        return ["visitors are hurt unseen"]
    if told.well:
        return ["visitors have recovered"]
    if after is None or after.requests == 0:
        return ["nobody knows whether visitors have recovered"]
    if after.failed:
        failed = f"{after.failed:,} of {counted(after.requests, 'request')} failed"
        return [f"visitors have not recovered: {failed} afterwards"]
    return [f"visitors have not recovered: P99 is {ms(after.p99_ms)} afterwards"]
