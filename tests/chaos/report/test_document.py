import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.catalogue import RELEASES, Outcome
from chaos.record import End, FaultCount, Record, Seen, write_record
from chaos.report import Report, build_report, make_again
from chaos.report.page import render_page
from chaos.report.shape import (
    BlastRadiusDict,
    CheckDict,
    EventDict,
    LineDict,
    MeasuredDict,
    MetricDict,
    PhaseDict,
    PointDict,
    ReleaseDict,
    SecondDict,
    VisitorsDict,
)
from chaos.report.writing import to_json
from loadgen.samples import Sample
from seam.errors import UserError
from seam.values import UNITS, Bound
from seam.views import AnalysisRunView, EventView, MeasurementView, MetricView, RolloutView


def test_the_keys_are_those_of_the_type(record: Record) -> None:
    report = json.loads(to_json(build_report(record)))
    assert report.keys() == Report.__annotations__.keys()
    for part, of_type in (
        (report["release"], ReleaseDict),
        (report["visitors"], VisitorsDict),
        (report["blast_radius"], BlastRadiusDict),
        (report["timeline"][0], PointDict),
        (report["metrics"][0], MetricDict),
        (report["measurements"][0], MeasuredDict),
        (report["events"][0], EventDict),
        (report["seconds"][0], SecondDict),
        (report["checks"][0], CheckDict),
        (report["story"][0], LineDict),
        (report["visitors"]["phases"][0], PhaseDict),
    ):
        assert part.keys() == of_type.__annotations__.keys()


def test_all_times_are_relative_to_the_release(record: Record) -> None:
    report = build_report(record)
    assert report["started_at"] == "2026-05-28T20:26:40.000Z"
    assert [point["t"] for point in report["timeline"]] == [0.3, 1.6, 8.7, 13.8, 14.2]
    assert report["measurements"][0]["t"] == 3.1
    assert report["events"][-1]["t"] == 13.8
    assert [second["t"] for second in report["seconds"]] == [float(t) for t in range(-8, 28)]
    assert report["story"][0] == {"t": 1.6, "sentence": "30 % of the traffic goes to v4.", "tone": "plain"}


def test_the_visitors_are_cut_along_the_phases_of_the_release(record: Record) -> None:
    report = build_report(record)
    assert [(phase["name"], phase["start"], phase["end"]) for phase in report["visitors"]["phases"]] == [
        ("before", -8, 0),
        ("starting", 0, 1.6),
        ("weight 30", 1.6, 8.7),
        ("weight 50", 8.7, 13.8),
        ("rollback", 13.8, 17.2),
        ("after", 17.2, 28),
    ]
    assert sum(phase["requests"] for phase in report["visitors"]["phases"]) == report["visitors"]["requests"] == 1191
    assert report["blast_radius"] == {"requests": 67, "of_requests": 561, "share": 67 / 561}


def test_a_metric_is_told_with_what_it_demands(record: Record) -> None:
    assert build_report(record)["metrics"] == [
        {
            "name": "success-rate",
            "unit": "ratio",
            "demands": "at least 95 %",
            "bound": {"op": ">=", "value": 0.95},
            "failure_limit": 1,
            "inconclusive_limit": 0,
            "consecutive_error_limit": 4,
            "count": None,
            "query": "sum(...)",
        },
        {
            "name": "latency-p99-ms",
            "unit": "ms",
            "demands": "at most 500 ms",
            "bound": {"op": "<=", "value": 500},
            "failure_limit": 1,
            "inconclusive_limit": 0,
            "consecutive_error_limit": 4,
            "count": None,
            "query": "",
        },
    ]


def test_two_metrics_of_one_name_with_different_demands_are_two(record: Record) -> None:
    plan = MetricView("gate", unit="ratio", demands="at least 90 %", bound=Bound(">=", 0.9))
    run = replace(plan, run="gate-1", query="filled in")
    other = replace(run, run="gate-2", demands="at least 99 %", bound=Bound(">=", 0.99))
    views = tuple(
        replace(one, view=replace(one.view, metrics=metrics))
        for one, metrics in zip(record.views, ((plan,), (run,), (run, other)), strict=False)
    )
    told = build_report(replace(record, views=views))["metrics"]
    assert [(metric["name"], metric["demands"], metric["query"]) for metric in told] == [
        ("gate", "at least 90 %", "filled in"),
        ("gate", "at least 99 %", "filled in"),
    ]


def test_a_measurement_is_told_in_words_with_its_demand_and_its_run(record: Record) -> None:
    measurements = build_report(record)["measurements"]
    assert [one["words"] for one in measurements[:4]] == ["no data", "88 ms", "95.8 %", "92 ms"]
    assert measurements[5] == {
        "t": 10.1,
        "metric": "latency-p99-ms",
        "value": "",
        "words": "no data",
        "phase": "Error",
        "run": "smiley-7d9f-4",
        "message": "connection refused",
        "demands": "at most 500 ms",
    }


def test_what_is_of_another_version_is_left_out(record: Record) -> None:
    other = MetricView("of-v5", "run", demands="at least 1")
    later = replace(record.views[-1], t=record.released_at + 20)
    later = replace(later, view=replace(later.view, current_version="v5", metrics=(other,), canary_weight=70))
    before, after = build_report(record), build_report(replace(record, views=(*record.views, later)))
    assert after["metrics"] == before["metrics"]
    assert after["timeline"] == before["timeline"]
    assert after["verdict"] == before["verdict"]


def test_injected_faults_are_counted_since_the_release_and_over_restarts(record: Record) -> None:
    def count(t: float, pod: str, number: int, fault: str = "error", version: str = "v4") -> FaultCount:
        return FaultCount(record.released_at + t, "smiley", version, pod, fault, number)

    injected = (
        count(-5, "a", 7, version="v3"),
        count(20, "a", 9, version="v3"),
        count(5, "b", 10),
        count(10, "b", 30),
        count(15, "b", 4),  # its container was restarted
        count(20, "c", 6),
        count(20, "c", 2, "hang"),
    )
    assert build_report(replace(record, injected=injected))["injected"] == {
        "smiley": {"v3": {"error": 2}, "v4": {"error": 40, "hang": 2}}
    }


def test_link_and_record_are_told(record: Record) -> None:
    report = build_report(record, link="https://ci.example/builds/7", record_file="out/record.ndjson.gz")
    assert (report["link"], report["record"]) == ("https://ci.example/builds/7", "record.ndjson.gz")
    assert (build_report(record)["link"], build_report(record)["record"]) == (None, None)


def test_what_was_seen_late_is_put_in_order(record: Record) -> None:
    shuffled = replace(record, views=record.views[::-1], events=record.events[::-1], samples=record.samples[::-1])
    assert build_report(shuffled) == build_report(record)


def test_a_report_made_again_from_the_record_is_the_same(record: Record, tmp_path: Path) -> None:
    file = tmp_path / "record.ndjson.gz"
    write_record(record, file)
    assert to_json(make_again(file)) == to_json(build_report(record, record_file="record.ndjson.gz"))
    assert render_page(make_again(file)) == render_page(build_report(record, record_file="record.ndjson.gz"))


def test_a_file_that_is_no_record_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("{}")
    with pytest.raises(UserError, match=r"report\.json: is no record of this version of faces"):
        make_again(tmp_path / "report.json")


EPOCH = st.floats(1.7e9, 1.9e9)
PHASES = st.sampled_from(["Healthy", "Degraded", "Paused", "Progressing", "Unheard-of", ""])
VERDICTS = st.sampled_from(["Successful", "Failed", "Inconclusive", "Error", "?"])
TEXT = st.text(max_size=20)
VALUES = st.sampled_from(["[0.9]", "[]", "NaN", "12", "[-3e300]", "nothing"]) | TEXT
NAMES = st.sampled_from(["success-rate", "latency"]) | TEXT
BOUNDS = st.none() | st.builds(Bound, st.sampled_from([">=", ">", "<=", "<", "=="]), st.floats(-1e9, 1e9))
METRICS = st.builds(MetricView, NAMES, TEXT, unit=st.sampled_from(UNITS), demands=TEXT, bound=BOUNDS, query=TEXT)
MEASURED = st.builds(MeasurementView, EPOCH, NAMES, VALUES, VERDICTS, TEXT, TEXT)
VIEWS = st.builds(
    RolloutView,
    name=TEXT,
    namespace=TEXT,
    phase=PHASES,
    message=TEXT,
    revision=st.integers(1, 9),
    stable_hash=st.sampled_from(["a", "b"]),
    current_hash=st.sampled_from(["a", "b"]),
    stable_version=st.sampled_from(["v1", "v2"]),
    current_version=st.sampled_from(["v1", "v2"]),
    current_step_index=st.none() | st.integers(0, 3),
    steps=st.sampled_from([(), ({"setWeight": 30}, {"pause": {}})]),
    canary_weight=st.integers(0, 100),
    stable_weight=st.integers(0, 100),
    aborted=st.booleans(),
    pause_reason=st.sampled_from(["", "InconclusiveAnalysisRun", "CanaryPauseStep", "?"]),
    analysis_runs=st.lists(st.builds(AnalysisRunView, TEXT, TEXT, VERDICTS, TEXT), max_size=2).map(tuple),
    measurements=st.lists(MEASURED, max_size=4).map(tuple),
    metrics=st.lists(METRICS, max_size=3).map(tuple),
)
SAMPLES = st.builds(
    Sample,
    t=EPOCH,
    ms=st.floats(0, 1e6),
    kind=st.just("tile"),
    ok=st.booleans(),
    status=st.integers(0, 599),
    user=TEXT,
)
FAULT_COUNTS = st.builds(FaultCount, EPOCH, TEXT, TEXT, TEXT, TEXT, st.integers(0, 99))
RECORDS = st.builds(
    Record,
    platform=TEXT,
    engine=TEXT,
    faces_version=TEXT,
    workload=TEXT,
    version=st.sampled_from(["v1", "v2"]),
    release=st.sampled_from(RELEASES),
    began_at=EPOCH,
    released_at=EPOCH,
    ended_at=EPOCH,
    ended=st.sampled_from(End),
    reason=TEXT,
    views=st.lists(st.builds(Seen, EPOCH, VIEWS), max_size=5).map(tuple),
    events=st.lists(st.builds(EventView, EPOCH, TEXT, TEXT), max_size=3).map(tuple),
    samples=st.lists(SAMPLES, max_size=8).map(tuple),
    injected=st.lists(FAULT_COUNTS, max_size=3).map(tuple),
)


def refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is not JSON")


@settings(max_examples=50, deadline=None)
@given(RECORDS)
def test_every_odd_record_has_a_report_in_strict_json(odd: Record) -> None:
    report = build_report(odd)
    assert json.loads(to_json(report), parse_constant=refuse) == report
    assert report["outcome"] in set(Outcome)
    assert (report["time_to_rollback_s"] is not None) == (report["outcome"] == "rolled_back")
    assert not report["ok"] or report["outcome"] == report["expected"]
    assert not (report["ok"] and (report["interrupted"] or report["unmeasured"] or report["ended"] == "timed_out"))
    assert report["verdict"].endswith(".")


@settings(max_examples=5, deadline=None)  # a page takes a fifth of a second
@given(RECORDS)
def test_every_odd_record_has_a_page(odd: Record) -> None:
    html = render_page(build_report(odd))
    assert html.rstrip().endswith("</html>")
    assert html.count("<svg") == html.count("</svg>") == 2
