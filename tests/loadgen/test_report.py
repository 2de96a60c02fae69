import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.figures import Figures, figures, percentile
from loadgen.report import Phase, VisitorReport, build, to_json
from loadgen.samples import Kind, Sample, SampleWriter

Span = tuple[str, float, float | None]


def sample(
    t: float,
    *,
    ms: float = 10.0,
    error: str | None = None,
    user: str = "visitor-1",
    kind: Kind = "tile",
    smiley: str | None = "v1",
) -> Sample:
    return Sample(t=t, ms=ms, kind=kind, ok=error is None, status=200, user=user, error=error, smiley=smiley, face="v1")


samples = st.builds(
    sample,
    t=st.floats(0, 100),
    ms=st.floats(0, 2000),
    error=st.sampled_from((None, None, "timeout", "HTTP 503")),
    user=st.sampled_from(("visitor-1", "visitor-2", "visitor-3")),
    kind=st.sampled_from(("tile", "tile", "page")),
    smiley=st.sampled_from((None, "v1", "v2")),
)
phases = st.builds(
    lambda name, start, length: Phase(name, start, None if length is None else start + length),
    st.sampled_from(("before", "weight 30", "weight 50", "rollback", "after")),
    st.floats(0, 100),
    st.none() | st.floats(0, 50),
)
reports = st.builds(build, st.lists(samples, max_size=40), st.lists(phases, max_size=6))


def total(parts: Sequence[Figures]) -> tuple[int, int, int]:
    return (sum(p.requests for p in parts), sum(p.failed for p in parts), sum(p.slow for p in parts))


@given(reports)
def test_every_sample_is_in_exactly_one_phase_or_outside(report: VisitorReport) -> None:
    parts = [part.figures for part in report.phases]
    assert total([*parts, report.outside]) == total([report.totals])


@given(reports)
def test_the_seconds_add_up_to_the_totals(report: VisitorReport) -> None:
    assert total([second.figures for second in report.seconds]) == total([report.totals])


@given(st.lists(samples, max_size=40))
def test_each_workload_has_every_tile_under_exactly_one_version(chosen: list[Sample]) -> None:
    report = build(chosen)
    tiles = sum(sample.kind == "tile" for sample in chosen)
    for workload in ("face", "smiley", "color"):
        parts = [part.figures for part in report.by_version if part.workload == workload]
        assert sum(part.requests for part in parts) == tiles


@given(reports)
def test_the_errors_add_up_to_the_failed_requests(report: VisitorReport) -> None:
    assert sum(number for _, number in report.errors) == report.totals.failed


@given(reports)
def test_the_blast_radius_is_what_went_bad_in_the_phases_of_the_release(report: VisitorReport) -> None:
    release = [part.figures for part in report.phases if part.phase.is_release]
    requests, failed, slow = total(release)
    radius = report.blast_radius
    assert (radius.requests, radius.of_requests) == (failed + slow, requests)
    assert radius.users <= min(radius.requests, radius.of_users)


@given(reports)
def test_the_json_is_plain_and_without_nan(report: VisitorReport) -> None:
    plain = to_json(report)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


@given(st.lists(samples, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_the_samples_does_not_matter(chosen: list[Sample], random: Random) -> None:
    shuffled = list(chosen)
    random.shuffle(shuffled)
    assert build(shuffled) == build(chosen)


def names_at(spans: Sequence[Span], t: float) -> list[str]:
    report = build([sample(t)], [Phase(*span) for span in spans])
    return [part.phase.name for part in report.phases if part.figures.requests]


@pytest.mark.parametrize(
    ("t", "expected"),
    [
        (9.999, []),
        (10, ["before"]),
        (19.999, ["before"]),
        (20, ["weight 30"]),
        (30, ["after"]),
        (1e9, ["after"]),
    ],
)
def test_a_sample_belongs_to_the_phase_in_which_it_was_sent(t: float, expected: list[str]) -> None:
    assert names_at([("before", 10, 20), ("weight 30", 20, None), ("after", 30, None)], t) == expected


@pytest.mark.parametrize(("t", "expected"), [(5, "weight 30"), (15, "pause"), (25, "weight 30")])
def test_where_phases_overlap_the_later_one_holds(t: float, expected: str) -> None:
    assert names_at([("pause", 10, 20), ("weight 30", 0, 30)], t) == [expected]


def test_a_phase_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="'weight 30' ends at 1, before it starts at 2"):
        Phase("weight 30", 2, 1)


def test_a_release_as_its_visitors_saw_it() -> None:
    seen = [
        sample(1, error="HTTP 503"),  # before: not the release's fault
        sample(11, ms=100),
        sample(12, ms=900, user="visitor-2"),
        sample(13, ms=10_000, error="timeout", smiley=None),
        sample(14, ms=50, error="timeout", user="visitor-2", smiley="v2"),
        sample(21, ms=500),
    ]
    report = build(seen, [Phase("before", 0, 10), Phase("weight 30", 10, 20), Phase("after", 20)])
    assert [part.figures for part in report.phases] == [
        Figures(requests=1, failed=1, slow=0, p50_ms=10, p99_ms=10),
        Figures(requests=4, failed=2, slow=1, p50_ms=100, p99_ms=10_000),
        Figures(requests=1, failed=0, slow=0, p50_ms=500, p99_ms=500),
    ]
    assert to_json(report)["blast_radius"] == {
        "requests": 3,
        "of_requests": 4,
        "users": 2,
        "of_users": 2,
        "share": 0.75,
    }
    versions = {part.version: part.figures.failed for part in report.by_version if part.workload == "smiley"}
    assert versions == {"v1": 1, "v2": 1, "unknown": 1}
    assert report.errors == (("timeout", 2), ("HTTP 503", 1))


def test_no_samples_make_a_report_of_nulls() -> None:
    nothing = {"requests": 0, "failed": 0, "slow": 0, "p50_ms": None, "p99_ms": None, "failed_share": None}
    plain = to_json(build([], [Phase("before", 0)]))
    assert plain["totals"] == nothing
    assert plain["phases"] == [{"name": "before", "start": 0, "end": None, **nothing}]
    assert plain["blast_radius"]["share"] is None


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 50, None),
        ([7.0], 1, 7.0),
        ([7.0], 99, 7.0),
        ([1.0, 2.0], 50, 1.0),
        ([1.0, 2.0, 3.0], 50, 2.0),
        ([float(value) for value in range(1, 101)], 99, 99.0),
        ([float(value) for value in range(1, 102)], 99, 100.0),
        ([float(value) for value in range(1, 701)], 99, 693.0),
        ([1.0, 2.0, 3.0], 100, 3.0),
    ],
)
def test_a_percentile_is_the_nearest_rank(values: list[float], percent: int, expected: float | None) -> None:
    assert percentile(values, percent) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_at_least_that_share_is_not_above_a_percentile_and_less_is_below(values: list[float], percent: int) -> None:
    found = percentile(sorted(values), percent)
    assert found is not None
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


def test_slow_is_above_the_limit_and_never_counted_on_top_of_failed() -> None:
    seen = [sample(0, ms=500), sample(0, ms=500.1), sample(0, ms=9000, error="timeout")]
    assert total([figures(seen, 500)]) == (3, 1, 1)


def report_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loadgen.report", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "samples.ndjson"
    with path.open("w", encoding="utf-8") as stream:
        writer = SampleWriter(stream)
        for second in range(4):
            writer.write(sample(second, ms=300, error="[timeout]" if second == 0 else None))
    return path


def test_the_command_prints_a_table_with_the_reasons(log: Path) -> None:
    done = report_command(str(log))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 (25 %)" in done.stdout
    assert "300 ms" in done.stdout
    assert "smiley v1" in done.stdout
    assert "1 × [timeout]" in done.stdout


def test_the_command_prints_json_with_the_limit_asked_for(log: Path) -> None:
    done = report_command(str(log), "--json", "--slow-ms", "200")
    plain = json.loads(done.stdout)
    assert plain["totals"]["slow"] == 3
    assert len(plain["seconds"]) == 4


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["/no/such/log"], "/no/such/log cannot be read (No such file or directory)"),
        ([__file__], "line 1 is not a sample"),
        (["log", "--slow-ms", "soon"], "argument --slow-ms: 'soon' is not a time"),
    ],
)
def test_the_command_refuses_bad_input_in_one_sentence(arguments: list[str], named: str) -> None:
    done = report_command(*arguments)
    assert done.returncode == 2
    assert named in done.stderr
    assert len(done.stderr.splitlines()) == 1
