import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chaos.record import Record
from chaos.report import Report, ReportError, build_report, read_report
from chaos.report.comparison import compare
from chaos.report.page import render_page
from chaos.report.writing import to_json, write_report
from seam.values import Bound


def stricter(record: Record) -> Record:
    """The same under a demand of 99 %, rolled back 3 s sooner."""

    def demanding(one: Any) -> Any:
        metrics = tuple(
            replace(metric, demands="at least 99 %", bound=Bound(">=", 0.99)) if metric.unit == "ratio" else metric
            for metric in one.view.metrics
        )
        t = one.t - 3 if one.view.aborted else one.t
        return replace(one, t=t, view=replace(one.view, metrics=metrics))

    return replace(record, views=tuple(demanding(one) for one in record.views))


def rows(this: Report, other: Report) -> dict[str, tuple[str, str]]:
    return {row.name: (row.this, row.other) for row in compare(this, other).rows}


def test_two_reports_are_held_side_by_side(record: Record, promoted: Record) -> None:
    found = rows(build_report(record, link="abc123"), build_report(promoted))
    assert found["Release"] == ("smiley v4, errors-40", "smiley v4, good")
    assert found["Commit or build"] == ("abc123", "–")
    assert found["Outcome"] == ("Rolled back, as expected", "Promoted, as expected")
    assert found["Time to rollback"] == ("14.2 s", "–")
    assert found["Time to promotion"] == ("–", "62.0 s")
    assert found["Requests hurt"] == ("67 of 561 (11.9 %)", "0 of 66 (0 %)")
    assert found["P99 during"] == ("640 ms", "21 ms")
    assert found["success-rate"] == ("at least 95 %; 2 of 4 bad, 1 not judged", "at least 95 %; 0 of 2 bad")


def test_differences_are_told_in_words(record: Record, promoted: Record) -> None:
    assert compare(build_report(record), build_report(promoted)).differences == (
        "This one: Rolled back, as expected. The other one: Promoted, as expected.",
        "67 more requests were hurt: 67 of 561 (11.9 %) instead of 0 of 66 (0 %).",
        "P99 before was 33 ms higher: 54 ms instead of 21 ms.",
        "P99 during was 619 ms higher: 640 ms instead of 21 ms.",
        "P99 after was 34 ms higher: 55 ms instead of 21 ms.",
        "success-rate was bad twice instead of never.",
        "success-rate came to no verdict once instead of never.",
        "latency-p99-ms came to no verdict once instead of never.",
    )


def test_another_demand_and_another_time_are_told(record: Record) -> None:
    differences = compare(build_report(stricter(record)), build_report(record)).differences
    assert "It was rolled back 3.0 s sooner: after 11.2 s instead of 14.2 s." in differences
    assert "success-rate demanded at least 99 % instead of at least 95 %." in differences


def test_a_metric_of_one_release_alone_is_told(record: Record) -> None:
    views = tuple(replace(one, view=replace(one.view, metrics=(), measurements=())) for one in record.views)
    without = build_report(replace(record, views=views))
    assert rows(without, build_report(record))["success-rate"] == (
        "not measured",
        "at least 95 %; 2 of 4 bad, 1 not judged",
    )
    assert "success-rate was measured only in the other release." in compare(without, build_report(record)).differences
    assert "success-rate was measured only in this release." in compare(build_report(record), without).differences


def test_the_same_report_twice_does_not_differ(record: Record) -> None:
    report = build_report(record)
    same = compare(report, report)
    assert same.differences == ()
    assert not any(row.differs for row in same.rows)
    assert "Both went alike in everything that is compared here." in render_page(
        build_report(record), build_report(record)
    )


def test_a_report_is_read_again_and_written_beside_another(record: Record, promoted: Record, tmp_path: Path) -> None:
    json_path, _ = write_report(build_report(promoted), tmp_path / "other")
    other = read_report(json_path)
    assert other == build_report(promoted)
    _, page = write_report(build_report(record), tmp_path / "this", compare=other)
    assert "67 more requests were hurt: 67 of 561 (11.9 %) instead of 0 of 66 (0 %)." in page.read_text()
    _, alone = write_report(build_report(record), tmp_path / "alone")
    assert "Beside another release" not in alone.read_text()


def changed(report: Report, *path: str | int, value: Any = None) -> str:
    """The report as JSON without the field at that path, or with another value there."""
    document = json.loads(to_json(report))
    *parents, last = path
    place = document
    for part in parents:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("metrics",), None, "metrics: is missing"),
        (("visitors", "phases", 0, "name"), None, "visitors.phases[0].name: is missing"),
        (("ok",), "yes", "ok: expected `bool`, got `str`"),
        (("metrics", 0, "bound", "value"), "0.95", "metrics[0].bound.value: expected `float`, got `str`"),
    ],
)
def test_a_report_of_another_version_is_refused_by_file_and_field(
    record: Record, tmp_path: Path, path: tuple[str | int, ...], value: Any, problem: str
) -> None:
    file = tmp_path / "report.json"
    file.write_text(changed(build_report(record), *path, value=value))
    with pytest.raises(ReportError) as caught:
        read_report(file)
    assert str(caught.value) == (
        f"{file}: {problem}. It is no report.json of this version of faces; "
        "make it again from its record with this version, or run the release again."
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"{", "is no JSON: "), (b"\xff", "is no JSON: "), (b"[]", "Expected `object`, got `array`")],
)
def test_a_file_that_is_no_report_is_refused_by_name(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(content)
    with pytest.raises(ReportError) as caught:
        read_report(file)
    assert str(caught.value).startswith(f"{file}: {problem}")


def test_a_report_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"nowhere\.json: cannot be read: No such file or directory\. Name"):
        read_report(tmp_path / "nowhere.json")
