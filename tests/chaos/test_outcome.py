from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chaos.catalogue import Outcome, find
from chaos.report import Point, ReleaseStory, build_report
from chaos.report.outcome import Ending, decide_ending

ABORTED = "RolloutAborted: Rollout aborted update to revision 4"


def at(t: float, weight: int, phase: str, message: str = "") -> Point:
    return Point(t, weight, 0, 6, phase, message)


HEALTHY_BEFORE = at(-5, 0, "Healthy")
ON_ITS_WAY = at(1, 30, "Paused")


def ending(*timeline: Point, new_is_stable: bool = False) -> Ending:
    return decide_ending(timeline, new_is_stable=new_is_stable)


@pytest.fixture
def with_after(story: ReleaseStory) -> Callable[..., ReleaseStory]:
    """The story with other figures in the visitors' last phase."""

    def change(**figures: Any) -> ReleaseStory:
        *others, after = story.visitors["phases"]
        return replace(story, visitors={**story.visitors, "phases": [*others, after | figures]})

    return change


def test_an_abort_is_a_rollback_only_when_the_data_plane_has_taken_the_weight_away() -> None:
    aborted = at(13.8, 50, "Degraded", ABORTED)
    assert ending(HEALTHY_BEFORE, ON_ITS_WAY, aborted) == Ending(Outcome.UNDECIDED, None, None)
    back = ending(HEALTHY_BEFORE, ON_ITS_WAY, aborted, at(14.2, 0, "Degraded", ABORTED))
    assert back == Ending(Outcome.ROLLED_BACK, 14.2, None)


def test_the_time_to_rollback_ends_at_the_first_sight_of_no_canary_not_at_the_last() -> None:
    back = ending(ON_ITS_WAY, at(9, 0, "Degraded", ABORTED), at(30, 0, "Degraded", ABORTED))
    assert back.rollback_s == 9


def test_a_weight_that_was_0_before_the_abort_does_not_make_the_rollback_earlier() -> None:
    assert ending(at(1, 0, "Progressing"), at(6, 0, "Degraded", ABORTED)).rollback_s == 6


def test_after_a_retry_the_last_rollback_counts() -> None:
    first, retried = at(5, 0, "Degraded", ABORTED), at(8, 30, "Progressing")
    assert ending(ON_ITS_WAY, first, retried, at(12, 0, "Degraded", ABORTED)).rollback_s == 12


def test_a_retry_that_is_under_way_is_undecided() -> None:
    assert ending(at(5, 0, "Degraded", ABORTED), at(8, 0, "Progressing")).outcome is Outcome.UNDECIDED


def test_an_aborted_rollout_that_was_undone_is_still_a_rollback() -> None:
    undone = ending(ON_ITS_WAY, at(9, 0, "Degraded", ABORTED), at(20, 0, "Healthy"))
    assert undone == Ending(Outcome.ROLLED_BACK, 9, None)


@pytest.mark.parametrize("reason", ["ProgressDeadlineExceeded", "InvalidSpec"])
def test_a_stuck_rollout_is_degraded_but_not_rolled_back(reason: str) -> None:
    assert ending(at(600, 0, "Degraded", f"{reason}: no progress")).outcome is Outcome.UNDECIDED


def test_promoted_is_healthy_with_the_new_version_stable() -> None:
    timeline = (HEALTHY_BEFORE, ON_ITS_WAY, at(60, 100, "Healthy"), at(61, 0, "Healthy"))
    assert ending(*timeline, new_is_stable=True) == Ending(Outcome.PROMOTED, None, 60)


def test_healthy_with_the_old_version_stable_is_not_promoted() -> None:
    assert ending(HEALTHY_BEFORE, at(0, 0, "Healthy")).outcome is Outcome.UNDECIDED


def test_a_rollout_that_waits_is_paused() -> None:
    assert ending(HEALTHY_BEFORE, ON_ITS_WAY) == Ending(Outcome.PAUSED, None, None)


def test_what_was_seen_before_the_release_decides_nothing() -> None:
    earlier = at(-1, 0, "Degraded", ABORTED)
    assert ending(earlier).outcome is Outcome.UNDECIDED
    assert ending().outcome is Outcome.UNDECIDED


def test_a_rollback_as_it_should_be_is_ok_and_tells_the_whole_story(story: ReleaseStory) -> None:
    report = build_report(story)
    assert report["outcome"] == "rolled_back"
    assert report["ok"]
    assert report["time_to_rollback_s"] == 14.2
    assert report["verdict"] == (
        "errors-40 was rolled back after 14.2 s; 55 of 1,191 requests failed and 12 were slow, "
        "all within 13 s; visitors are well again."
    )
    assert [check["ok"] for check in report["checks"]] == [True, True]


def test_a_bad_release_that_was_promoted_is_not_ok(story: ReleaseStory, point: Callable[..., Point]) -> None:
    promoted = replace(story, timeline=(point(62, 100, 6, "Healthy"),), new_is_stable=True)
    report = build_report(promoted)
    assert (report["outcome"], report["ok"], report["time_to_rollback_s"]) == ("promoted", False, None)
    assert report["verdict"].startswith(
        "errors-40 was promoted after 62.0 s, although it should have been rolled back; 55 of"
    )
    assert [check["ok"] for check in report["checks"]] == [False, True]


def test_a_good_release_that_was_promoted_is_ok(story: ReleaseStory, point: Callable[..., Point]) -> None:
    nobody_hurt = story.visitors | {"totals": story.visitors["totals"] | {"failed": 0, "slow": 0}}  # type: ignore[operator]
    promoted = replace(
        story,
        release=find("good"),
        timeline=(point(62, 100, 6, "Healthy"),),
        new_is_stable=True,
        visitors=nobody_hurt,
    )
    report = build_report(promoted)
    assert report["ok"]
    assert report["verdict"] == (
        "good was promoted after 62.0 s; none of 1,191 requests failed or was slow; visitors are well."
    )


def test_a_release_that_is_still_paused_is_not_ok(story: ReleaseStory, point: Callable[..., Point]) -> None:
    report = build_report(replace(story, timeline=(point(2, 30, 1, "Paused"),)))
    assert (report["outcome"], report["ok"]) == ("paused", False)
    assert report["verdict"].startswith("errors-40 is still Paused at 30 %, although")


def test_a_rollback_after_which_requests_fail_is_not_ok(with_after: Callable[..., ReleaseStory]) -> None:
    report = build_report(with_after(failed=3))
    assert (report["outcome"], report["ok"]) == ("rolled_back", False)
    assert report["verdict"].endswith("; visitors are not well: 3 of 449 requests failed afterwards.")
    assert report["checks"][1]["detail"] == ("3 of 449 requests failed afterwards, P99 78 ms (slow above 500 ms).")


@pytest.mark.parametrize(("p99_ms", "well"), [(499.9, True), (500.0, True), (500.1, False), (None, False)])
def test_visitors_are_well_only_up_to_the_limit_of_slow(
    with_after: Callable[..., ReleaseStory], *, p99_ms: float | None, well: bool
) -> None:
    report = build_report(with_after(p99_ms=p99_ms))
    assert report["ok"] is well
    assert ("visitors are not well: P99 is" in report["verdict"]) is not well


@pytest.mark.parametrize("changed", [{"requests": 0}, {"name": "late"}])
def test_without_a_request_afterwards_nobody_says_that_visitors_are_well(
    with_after: Callable[..., ReleaseStory], changed: dict[str, Any]
) -> None:
    report = build_report(with_after(**changed))
    assert not report["ok"]
    assert report["checks"][1]["detail"] == "No request was watched afterwards, so nobody knows."


@pytest.mark.parametrize(
    ("failed", "slow", "words"),
    [
        (1, 0, "; 1 of 1,191 requests failed, all within"),
        (0, 1, "; 1 of 1,191 requests was slow, all within"),
        (0, 9, "; 9 of 1,191 requests were slow, all within"),
        (2, 1, "; 2 of 1,191 requests failed and 1 was slow, all within"),
    ],
)
def test_the_verdict_counts_who_was_hurt_in_plain_words(
    story: ReleaseStory, failed: int, slow: int, words: str
) -> None:
    totals = story.visitors["totals"] | {"failed": failed, "slow": slow}
    report = build_report(replace(story, visitors={**story.visitors, "totals": totals}))
    assert words in report["verdict"]
