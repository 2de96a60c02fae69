import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.catalogue import RELEASES, Outcome
from chaos.report import Event, Measured, Point, ReleaseStory, Report, ReportError, build_report
from chaos.report.document import (
    BlastRadiusDict,
    CheckDict,
    EventDict,
    MeasuredDict,
    PhaseDict,
    PointDict,
    ReleaseDict,
    SecondDict,
    VisitorsDict,
)
from chaos.report.page import render_page
from chaos.report.writing import to_json
from loadgen.report import Phase, build
from loadgen.report import to_json as visitors_to_json
from loadgen.samples import Sample

PROMISED = {
    "platform",
    "engine",
    "outcome",
    "release",
    "timeline",
    "measurements",
    "time_to_rollback_s",
    "visitors",
    "expected",
    "ok",
    "verdict",
    "started_at",
    "faces_version",
    "seconds",
    "blast_radius",
    "events",
    "checks",
}


def test_the_keys_are_the_promised_ones_and_those_of_the_type(story: ReleaseStory) -> None:
    report = json.loads(to_json(build_report(story)))
    assert report.keys() == Report.__annotations__.keys()
    assert report.keys() >= PROMISED
    for part, of_type in (
        (report["release"], ReleaseDict),
        (report["visitors"], VisitorsDict),
        (report["blast_radius"], BlastRadiusDict),
        (report["timeline"][0], PointDict),
        (report["measurements"][0], MeasuredDict),
        (report["events"][0], EventDict),
        (report["seconds"][0], SecondDict),
        (report["checks"][0], CheckDict),
        (report["visitors"]["phases"][0], PhaseDict),
    ):
        assert part.keys() == of_type.__annotations__.keys()
    assert report["release"].keys() >= {"workload", "version", "fault"}
    assert report["timeline"][0].keys() >= {"t", "weight", "step", "phase", "message"}
    assert report["measurements"][0].keys() == {"t", "metric", "value", "phase"}
    assert report["visitors"].keys() >= {"requests", "failed", "slow", "phases"}


def test_all_times_are_relative_to_the_release(story: ReleaseStory) -> None:
    report = build_report(story)
    assert report["started_at"] == "2026-05-28T20:26:40.000Z"
    assert [point["t"] for point in report["timeline"]] == [-8.0, 0.3, 1.6, 8.7, 13.8, 14.2]
    assert report["measurements"][0]["t"] == 3.1
    assert report["events"][-1]["t"] == 13.8
    assert [second["t"] for second in report["seconds"]] == [float(t) for t in range(-8, 28)]


def test_a_phase_without_end_lasts_until_the_next_and_the_last_until_the_last_request(
    story: ReleaseStory,
) -> None:
    phases = build_report(story)["visitors"]["phases"]
    assert [(phase["start"], phase["end"]) for phase in phases] == [(-8, 0), (0, 15), (15, 28)]


def test_what_was_told_late_is_put_in_order(story: ReleaseStory) -> None:
    shuffled = replace(
        story,
        timeline=story.timeline[::-1],
        measurements=story.measurements[::-1],
        visitors={**story.visitors, "seconds": story.visitors["seconds"][::-1]},
    )
    assert build_report(shuffled)["timeline"] == build_report(story)["timeline"]
    assert build_report(shuffled)["seconds"] == build_report(story)["seconds"]
    assert build_report(shuffled)["verdict"] == build_report(story)["verdict"]


def test_the_visitor_report_of_real_samples_fits(story: ReleaseStory) -> None:
    start = story.released_at
    samples = [Sample(t=start + t, ms=40.0, kind="tile", ok=t != 3, status=200, user=f"u{t % 5}") for t in range(20)]
    phases = [Phase("before", start - 5), Phase("weight 30", start), Phase("after", start + 14)]
    visited = visitors_to_json(build(samples, phases))
    report = build_report(replace(story, visitors=visited))
    assert report["visitors"]["failed"] == 1
    assert [phase["name"] for phase in report["visitors"]["phases"]] == ["before", "weight 30", "after"]
    assert report["blast_radius"] == {
        "requests": 1,
        "of_requests": 14,
        "users": 1,
        "of_users": 5,
        "share": 1 / 14,
    }
    assert report["ok"]


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"totals": {}}, "visitors.totals.requests"),
        ({"slow_ms": math.nan}, "visitors.slow_ms"),
        ({"seconds": [{"t": "now"}]}, "visitors.seconds.0.requests"),
        ({"phases": 7}, "visitors.phases"),
    ],
)
def test_a_visitor_report_that_does_not_fit_is_refused_by_field(
    story: ReleaseStory, broken: dict[str, Any], field: str
) -> None:
    with pytest.raises(ReportError, match=rf"does not fit: {field}: .*Check that it was made by this version"):
        build_report(replace(story, visitors={**story.visitors, **broken}))


EPOCH = st.floats(1.7e9, 1.9e9)
PHASES = st.sampled_from(["Healthy", "Degraded", "Paused", "Progressing", "Unheard-of", ""])
POINTS = st.builds(
    Point, EPOCH, st.integers(0, 100), st.none() | st.integers(0, 9), st.integers(0, 9), PHASES, st.text()
)
MEASURED = st.builds(Measured, EPOCH, st.text(), st.text(), st.sampled_from(["Successful", "Failed", "?"]))
TALLY = {
    "requests": st.integers(0, 10**9),
    "failed": st.integers(0, 10**9),
    "slow": st.integers(0, 10**9),
    "p50_ms": st.none() | st.floats(0, 1e6),
    "p99_ms": st.none() | st.floats(0, 1e6),
}
VISITED_PHASE = st.fixed_dictionaries(
    TALLY
    | {
        "name": st.sampled_from(["before", "after", "weight 30"]) | st.text(),
        "start": EPOCH,
        "end": st.none() | EPOCH,
        "failed_share": st.none() | st.floats(0, 1),
    }
)
VISITORS: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.fixed_dictionaries(
    {
        "slow_ms": st.none() | st.floats(0, 1e6),
        "totals": st.fixed_dictionaries(TALLY),
        "phases": st.lists(VISITED_PHASE, max_size=4),
        "seconds": st.lists(st.fixed_dictionaries(TALLY | {"t": st.integers(17 * 10**8, 19 * 10**8)}), max_size=4),
        "blast_radius": st.none(),
    }
)
STORIES = st.builds(
    ReleaseStory,
    platform=st.text(),
    engine=st.text(),
    workload=st.text(),
    version=st.text(),
    release=st.sampled_from(RELEASES),
    released_at=EPOCH,
    timeline=st.lists(POINTS, max_size=5).map(tuple),
    new_is_stable=st.booleans(),
    faces_version=st.text(),
    measurements=st.lists(MEASURED, max_size=5).map(tuple),
    events=st.lists(st.builds(Event, EPOCH, st.text(), st.text()), max_size=3).map(tuple),
    visitors=VISITORS,
    threshold=st.none() | st.floats(0, 1),
)


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


@settings(max_examples=50)
@given(STORIES)
def test_every_odd_story_has_a_report_in_strict_json(odd: ReleaseStory) -> None:
    report = build_report(odd)
    again = json.loads(to_json(report), parse_constant=refuse)
    assert again == report
    assert report["outcome"] in set(Outcome)
    assert (report["time_to_rollback_s"] is not None) == (report["outcome"] == "rolled_back")
    assert not report["ok"] or report["outcome"] == report["expected"]
    assert report["verdict"].endswith(".")


@settings(max_examples=5, deadline=None)  # a page takes a fifth of a second
@given(STORIES)
def test_every_odd_story_has_a_page(odd: ReleaseStory) -> None:
    html = render_page(build_report(odd))
    assert html.rstrip().endswith("</html>")
    assert html.count("<svg") == html.count("</svg>") == 1
