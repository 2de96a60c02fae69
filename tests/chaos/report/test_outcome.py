from dataclasses import replace

import pytest

from chaos.catalogue import Outcome
from chaos.record import End, Point, Record
from chaos.report import build_report
from chaos.report.outcome import Ending, decide_ending
from seam.views import AnalysisRunView
from tests.chaos.report.releases import seen

ABORTED = "RolloutAborted: Rollout aborted update to revision 4"


def at(t: float, weight: int, phase: str, *, aborted: bool = False) -> Point:
    return Point(t, weight, 0, 6, phase, ABORTED if aborted else "", aborted)


HEALTHY_BEFORE = at(-5, 0, "Healthy")
ON_ITS_WAY = at(1, 30, "Paused")


def ending(*timeline: Point, promoted: bool = False, waits: bool = False) -> Ending:
    return decide_ending(timeline, promoted=promoted, waits=waits)


def test_an_abort_is_a_rollback_only_when_the_data_plane_has_taken_the_weight_away() -> None:
    aborted = at(13.8, 50, "Degraded", aborted=True)
    assert ending(HEALTHY_BEFORE, ON_ITS_WAY, aborted) == Ending(Outcome.UNDECIDED)
    back = ending(HEALTHY_BEFORE, ON_ITS_WAY, aborted, at(14.2, 0, "Degraded", aborted=True))
    assert back == Ending(Outcome.ROLLED_BACK, rollback_s=14.2)


def test_the_time_to_rollback_ends_at_the_first_sight_of_no_canary_not_at_the_last() -> None:
    back = ending(ON_ITS_WAY, at(9, 0, "Degraded", aborted=True), at(30, 0, "Degraded", aborted=True))
    assert back.rollback_s == 9


def test_a_weight_that_was_0_before_the_abort_does_not_make_the_rollback_earlier() -> None:
    assert ending(at(1, 0, "Progressing"), at(6, 0, "Degraded", aborted=True)).rollback_s == 6


def test_after_a_retry_the_last_rollback_counts() -> None:
    first, retried = at(5, 0, "Degraded", aborted=True), at(8, 30, "Progressing")
    assert ending(ON_ITS_WAY, first, retried, at(12, 0, "Degraded", aborted=True)).rollback_s == 12


def test_a_retry_that_is_under_way_is_undecided() -> None:
    assert ending(at(5, 0, "Degraded", aborted=True), at(8, 0, "Progressing")).outcome is Outcome.UNDECIDED


def test_a_rollout_that_is_degraded_without_an_abort_is_not_rolled_back() -> None:
    assert ending(at(600, 0, "Degraded")).outcome is Outcome.UNDECIDED


def test_promoted_is_when_it_became_healthy() -> None:
    timeline = (HEALTHY_BEFORE, ON_ITS_WAY, at(60, 100, "Healthy"), at(61, 0, "Healthy"))
    assert ending(*timeline, promoted=True) == Ending(Outcome.PROMOTED, promotion_s=60)


def test_a_rollout_that_waits_for_a_person_is_paused_and_one_in_a_timed_pause_is_undecided() -> None:
    assert ending(HEALTHY_BEFORE, ON_ITS_WAY, waits=True) == Ending(Outcome.PAUSED)
    assert ending(HEALTHY_BEFORE, ON_ITS_WAY) == Ending(Outcome.UNDECIDED)


def test_what_was_seen_before_the_release_decides_nothing() -> None:
    assert ending(at(-1, 0, "Degraded", aborted=True)).outcome is Outcome.UNDECIDED
    assert ending().outcome is Outcome.UNDECIDED


def test_a_rollback_as_it_should_be_is_ok_and_tells_the_whole_story(record: Record) -> None:
    report = build_report(record)
    assert (report["outcome"], report["ok"], report["time_to_rollback_s"]) == ("rolled_back", True, 14.2)
    assert report["headline"] == "Rolled back, as expected"
    assert report["verdict"] == (
        "errors-40 was rolled back after 14.2 s; 55 of 1,191 requests failed and 12 were slow, "
        "all within 13 s; visitors have recovered."
    )


def test_a_good_release_that_was_promoted_is_ok(promoted: Record) -> None:
    report = build_report(promoted)
    assert (report["outcome"], report["ok"], report["unmeasured"]) == ("promoted", True, False)
    assert report["time_to_promotion_s"] == 62
    assert report["verdict"] == "good was promoted after 62.0 s; none of 83 requests failed or was slow."
    assert report["checks"][2]["detail"] == "4 of 4 measurements were Successful."


def test_a_bad_release_that_was_promoted_is_not_ok(promoted: Record, record: Record) -> None:
    report = build_report(replace(promoted, release=record.release))
    assert (report["outcome"], report["ok"], report["time_to_rollback_s"]) == ("promoted", False, None)
    assert report["headline"] == "Promoted, but it should have been rolled back"
    assert report["verdict"].startswith(
        "errors-40 was promoted after 62.0 s, although it should have been rolled back; "
    )


def without_a_verdict(record: Record, phase: str | None) -> Record:
    """The same, each measurement of it being of `phase`; None: nothing was measured."""
    views = []
    for one in record.views:
        measured = tuple(replace(m, phase=phase or "", value="[]") for m in one.view.measurements) if phase else ()
        views.append(replace(one, view=replace(one.view, measurements=measured, measured=False)))
    return replace(record, views=tuple(views))


@pytest.mark.parametrize(
    ("phase", "why"),
    [
        ("Error", "every measurement was an error"),
        ("Inconclusive", "every measurement was inconclusive"),
        (None, "its analyses took no measurement"),
    ],
)
def test_a_release_that_nobody_measured_is_promoted_unmeasured_and_not_ok(
    promoted: Record, phase: str | None, why: str
) -> None:
    report = build_report(without_a_verdict(promoted, phase))
    assert (report["outcome"], report["ok"], report["unmeasured"]) == ("promoted", False, True)
    assert report["headline"] == f"Promoted unmeasured: {why}"
    assert report["verdict"].startswith(f"good was promoted unmeasured: {why}; none of 83 requests")
    assert report["checks"][2] == {
        "name": "measured before promotion",
        "ok": False,
        "detail": f"Nothing says that it is good: {why}.",
        "required": True,
    }


def test_a_release_without_any_analysis_is_promoted_unmeasured(promoted: Record) -> None:
    bare = without_a_verdict(promoted, None)
    views = tuple(replace(one, view=replace(one.view, analysis_runs=(), metrics=())) for one in bare.views)
    assert build_report(replace(bare, views=views))["headline"] == "Promoted unmeasured: no analysis ran"


def test_an_aborted_canary_that_still_has_traffic_is_not_rolled_back(record: Record) -> None:
    report = build_report(replace(record, views=record.views[:-1], ended=End.TIMED_OUT, reason="Not over in 600 s."))
    assert (report["outcome"], report["ok"], report["time_to_rollback_s"]) == ("undecided", False, None)
    assert report["headline"] == "Aborted, with 50 % of the traffic still on v4, but it should have been rolled back"
    assert report["verdict"].startswith("errors-40 was aborted, with 50 % of the traffic still on v4, although")
    assert {"name": "watched to the end", "ok": False, "detail": "Not over in 600 s.", "required": True} in report[
        "checks"
    ]


def test_an_interrupted_release_says_so_and_is_not_ok(record: Record) -> None:
    report = build_report(replace(record, views=record.views[:5], ended=End.INTERRUPTED, reason="SIGTERM."))
    assert (report["outcome"], report["ok"], report["interrupted"]) == ("undecided", False, True)
    assert report["ended"] == "interrupted"
    assert report["headline"] == "Interrupted before it ended"
    assert report["verdict"].startswith("errors-40 was interrupted before it ended (last seen Paused at 50 %); ")


def test_who_interrupts_after_the_rollback_does_not_know_how_visitors_are(record: Record) -> None:
    report = build_report(replace(record, ended=End.INTERRUPTED, ended_at=record.released_at + 15))
    assert (report["outcome"], report["ok"], report["interrupted"]) == ("rolled_back", False, True)
    assert report["headline"] == ("Rolled back, but interrupted before visitors were seen to recover")


@pytest.mark.parametrize("pause_reason", ["InconclusiveAnalysisRun", "CanaryPauseStep"])
def test_a_release_that_waits_for_a_person_is_not_ok_unless_that_was_expected(
    record: Record, pause_reason: str
) -> None:
    waiting = replace(
        record,
        views=(seen(2, 30, 1, "Paused", pause_reason=pause_reason, steps=({}, {"pause": {}})),),
        ended=End.WAITING,
    )
    report = build_report(waiting)
    assert (report["outcome"], report["ok"]) == ("paused", False)
    assert report["headline"] == "Waits for a person, but it should have been rolled back"
    assert report["verdict"].startswith("errors-40 waits for a person at 30 %, although")
    expected = replace(waiting, release=replace(record.release, expected=Outcome.PAUSED))
    assert build_report(expected)["checks"][0]["ok"]


def test_a_release_that_times_out_in_a_timed_pause_is_undecided(record: Record) -> None:
    report = build_report(replace(record, views=record.views[:5], ended=End.TIMED_OUT, reason="Not over in 600 s."))
    assert (report["outcome"], report["ok"], report["interrupted"]) == ("undecided", False, False)
    assert report["headline"] == "Not over in time, but it should have been rolled back"
    assert report["verdict"].startswith("errors-40 has not ended in time (last seen Paused at 50 %)")


def test_a_release_that_is_stuck_as_expected_is_ok_if_visitors_are_well(record: Record) -> None:
    message = "ProgressDeadlineExceeded: no progress"
    stuck = replace(
        record,
        release=replace(record.release, name="crash-loop", expected=Outcome.UNDECIDED, seen_by=()),
        views=(seen(1, 0, 0, "Progressing"), seen(12, 0, 0, "Degraded", message)),
        samples=tuple(sample for sample in record.samples if sample.ok and sample.ms < 500),
        ended=End.STUCK,
    )
    report = build_report(stuck)
    assert (report["outcome"], report["ok"], report["headline"]) == ("undecided", True, "Stuck, as expected")
    assert report["verdict"].startswith(f"crash-loop is stuck at 0 %: {message}; none of")
    hurt = replace(
        stuck, samples=tuple(replace(sample, ok=sample.t < record.released_at + 20) for sample in stuck.samples)
    )
    assert not build_report(hurt)["ok"]


def test_a_release_that_another_one_replaced_says_which(record: Record) -> None:
    later = seen(5, 0, 0, "Progressing", current_version="v5")
    report = build_report(replace(record, views=(*record.views[:3], later), ended=End.TIMED_OUT))
    assert report["verdict"].startswith("errors-40 was replaced by v5 before it ended (last seen Paused at 30 %)")


def test_a_rollback_after_which_requests_fail_is_not_ok(record: Record) -> None:
    samples = list(record.samples)
    samples[-3:] = [replace(sample, ok=False) for sample in samples[-3:]]
    report = build_report(replace(record, samples=tuple(samples)))
    assert (report["outcome"], report["ok"]) == ("rolled_back", False)
    assert report["headline"] == "Rolled back, but visitors have not recovered"
    assert report["verdict"].endswith("; visitors have not recovered: 3 of 370 requests failed afterwards.")
    assert (
        report["checks"][1]["detail"]
        == "3 of 370 requests failed afterwards, P99 55 ms (before 54 ms, slow above 500 ms)."
    )


@pytest.mark.parametrize(("p99_ms", "well"), [(499.9, True), (500.0, True), (500.1, False)])
def test_visitors_are_well_only_up_to_the_limit_of_slow(record: Record, p99_ms: float, *, well: bool) -> None:
    after = record.released_at + 17.2
    samples = tuple(replace(sample, ms=p99_ms) if sample.t >= after else sample for sample in record.samples)
    report = build_report(replace(record, samples=samples))
    assert report["ok"] is well
    assert ("visitors have not recovered: P99 is" in report["verdict"]) is not well


@pytest.mark.parametrize(("p99_ms", "well"), [(900.0, True), (900.1, False)])
def test_where_all_was_slow_before_visitors_recover_to_that(record: Record, p99_ms: float, *, well: bool) -> None:
    released, after = record.released_at, record.released_at + 17.2
    samples = tuple(
        replace(sample, ms=900.0)
        if sample.t < released
        else replace(sample, ms=p99_ms)
        if sample.t >= after
        else sample
        for sample in record.samples
    )
    report = build_report(replace(record, samples=samples))
    assert report["ok"] is well
    assert report["checks"][1]["detail"].endswith("P99 900 ms (before 900 ms, slow above 500 ms).")


def test_without_a_request_afterwards_nobody_says_that_visitors_are_well(record: Record) -> None:
    early = tuple(sample for sample in record.samples if sample.t < record.released_at + 17)
    report = build_report(replace(record, samples=early))
    assert not report["ok"]
    assert report["checks"][1]["detail"] == "No request was sent afterwards, so nobody knows."
    assert report["verdict"].endswith("; nobody knows whether visitors have recovered.")


@pytest.mark.parametrize(
    ("failed", "slow", "words"),
    [
        (1, 0, "; 1 of 1,191 requests failed, all within 1 s;"),
        (0, 1, "; 1 of 1,191 requests was slow, all within 1 s;"),
        (0, 9, "; 9 of 1,191 requests were slow, all within 1 s;"),
        (2, 1, "; 2 of 1,191 requests failed and 1 was slow, all within 1 s;"),
    ],
)
def test_the_verdict_counts_who_was_hurt_in_plain_words(record: Record, failed: int, slow: int, words: str) -> None:
    bad = [index for index, sample in enumerate(record.samples) if sample.t >= record.released_at + 3]
    samples = [replace(sample, ok=True, ms=20.0) for sample in record.samples]
    for index in bad[:failed]:
        samples[index] = replace(samples[index], ok=False)
    for index in bad[failed : failed + slow]:
        samples[index] = replace(samples[index], ms=700.0)
    assert words in build_report(replace(record, samples=tuple(samples)))["verdict"]


def test_it_is_said_which_metric_saw_a_bad_release(record: Record) -> None:
    check = build_report(record)["checks"][-1]
    assert check == {
        "name": "seen by success-rate",
        "ok": True,
        "detail": "success-rate Failed 2 of 4 times, first after 10.1 s.",
        "required": False,
    }


@pytest.mark.parametrize(
    ("metric", "detail"),
    [
        ("latency-p99-ms", "latency-p99-ms never Failed; success-rate did."),
        ("gate", "gate was not measured; success-rate did Fail."),
    ],
)
def test_a_metric_that_did_not_see_it_is_told_and_no_more(record: Record, metric: str, detail: str) -> None:
    report = build_report(replace(record, release=replace(record.release, seen_by=(metric,))))
    assert (report["checks"][-1]["ok"], report["checks"][-1]["detail"]) == (False, detail)
    assert report["ok"]


def test_an_analysis_that_only_errs_is_no_failure_of_the_metric(record: Record) -> None:
    erring = without_a_verdict(record, "Error")
    runs = (AnalysisRunView("run", "Background", "Error", ""),)
    views = tuple(replace(one, view=replace(one.view, analysis_runs=runs)) for one in erring.views)
    report = build_report(replace(erring, views=views))
    assert report["checks"][-1]["detail"] == "success-rate never Failed."
    assert report["ok"]
