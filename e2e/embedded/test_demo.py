"""`faces demo --auto`, as CI runs it: the story, the report, the exit code; and two of them side by side."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from e2e.embedded.commands import faces, report_in
from e2e.manifests import write


async def auto(folder: Path, *words: str) -> tuple[int, str, dict[str, Any]]:
    """(exit code, the story, report.json) of a hurried demo."""
    out = folder / "report"
    told = await faces("demo", "--auto", "--out", out, "--manifests", write(folder / "manifests"), *words)
    return told.code, told.said, report_in(out) if (out / "report.json").exists() else {}


@pytest.mark.timeout(120)
async def test_a_bad_and_a_good_demo_side_by_side_both_end_as_they_should(tmp_path: Path) -> None:
    for name in ("bad", "good"):
        (tmp_path / name).mkdir()
    bad, good = await asyncio.gather(
        auto(tmp_path / "bad", "--rate", "30"), auto(tmp_path / "good", "--as", "good", "--rate", "30")
    )
    for (code, said, report), outcome in ((bad, "rolled_back"), (good, "promoted")):
        assert code == 0, said
        assert report["outcome"] == outcome
        assert report["ok"]
        assert report["platform"] == "embedded"
        assert {"workload": "smiley", "version": "v2"}.items() <= report["release"].items()
        assert report["visitors"]["requests"] > 200
        assert report["visitors"]["phases"][0]["name"] == "before"
        assert report["measurements"]
        html = (tmp_path / ("bad" if outcome == "rolled_back" else "good") / "report" / "report.html").read_text()
        assert "<svg" in html
    assert 3 < bad[2]["time_to_rollback_s"] < 30
    assert bad[2]["release"]["fault"] == "errors-40"
    assert bad[2]["visitors"]["failed"] > 0
    assert {point["weight"] for point in bad[2]["timeline"]} >= {0, 30}
    assert good[2]["time_to_rollback_s"] is None
    assert good[2]["visitors"]["failed"] == 0


@pytest.mark.timeout(90)
async def test_a_bad_version_that_the_analysis_misses_is_told_and_is_exit_code_1(tmp_path: Path) -> None:
    """Analysis and gates are taken out, so nobody but the visitors notices."""

    def blind(document: dict[str, Any]) -> None:
        if document["kind"] == "Rollout" and "analysis" in document["spec"]["strategy"]["canary"]:
            canary = document["spec"]["strategy"]["canary"]
            del canary["analysis"]
            canary["steps"] = [step for step in canary["steps"] if "analysis" not in step]

    folder = write(tmp_path / "blind", blind)
    out = tmp_path / "report"
    told = await faces("demo", "--auto", "--as", "errors-40", "--out", out, "--manifests", folder)
    assert told.code == 1, told.said
    report = report_in(out)
    assert report["outcome"] == "promoted"
    assert not report["ok"]
