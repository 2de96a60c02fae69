"""One implementation: the demo, `faces release --watch` and a scenario tell the same of the same release."""

from pathlib import Path
from typing import Any

import pytest

from e2e.embedded.commands import faces, report_in
from e2e.manifests import write
from e2e.stage import StartStage

# What is alike whenever and wherever it ran: not the times, and not how many visitors came.
_SAME = ("platform", "engine", "outcome", "expected", "ok", "ended", "unmeasured", "interrupted", "release", "metrics")


@pytest.mark.timeout(180)
async def test_demo_release_watch_and_scenario_give_the_same_report(stage: StartStage, tmp_path: Path) -> None:
    manifests = write(tmp_path / "mine")
    demo, watched, scenario = (tmp_path / name for name in ("demo", "watched", "scenario"))
    words = ("--auto", "--as", "errors-40", "--rate", 40, "--link", "build 42")
    beside = ("--compare", demo / "report.json")
    told = await faces("demo", *words, "--manifests", manifests, "--out", demo)
    assert told.code == 0, told.said

    assert (await faces("up", "--name", "same-report", "--manifests", manifests)).code == 0
    try:
        told = await faces("release", "smiley", "--watch", *words, *beside, "--out", watched, "--name", "same-report")
        assert told.code == 0, told.said
    finally:
        await faces("down", "--name", "same-report")

    async with stage(rate=40) as on:
        release = await on.release("errors-40")
        await on.well_again(release)
        await on.keep_reports(scenario)

    assert "build 42" in (watched / "report.html").read_text()
    assert "Beside another release" in (watched / "report.html").read_text()
    reports = [report_in(folder) for folder in (demo, watched, scenario / "v2")]
    assert [report.pop("link") for report in reports] == ["build 42", "build 42", None]
    first, *others = reports
    for other in others:
        assert {key: other[key] for key in _SAME} == {key: first[key] for key in _SAME}
        assert shape(other) == shape(first)


def shape(value: Any) -> Any:
    """The keys and kinds of a document, whatever its figures are; None may stand for any of them."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return "list"
    return "figure" if value is None or isinstance(value, int | float) else type(value).__name__
