import json
from pathlib import Path
from typing import Any

import pytest

from e2e.evidence import RELEASE
from e2e.reports import Figures
from e2e.summary import Scenario, Summary, markdown

BACK: Figures = {
    "release": "errors-40",
    "workload": "smiley",
    "version": "v2",
    "outcome": "rolled_back",
    "weights": [0, 30, 0],
    "time_to_rollback_s": 9.04,
    "time_to_promotion_s": None,
    "requests": 1_200,
    "failed": 41,
}
NODE = "e2e/test_x.py::test_a_bad_version_is_rolled_back[hang]"


def report(when: str, outcome: str = "passed", longrepr: Any = None, **more: Any) -> pytest.TestReport:
    return pytest.TestReport(
        NODE,
        ("e2e/test_x.py", 1, "x"),
        {},
        outcome,  # type: ignore[arg-type]
        longrepr,
        when,  # type: ignore[arg-type]
        duration=2.0,
        **more,
    )


def test_a_scenario_is_told_as_a_sentence_with_its_time_and_its_releases(tmp_path: Path) -> None:
    summary = Summary("embedded", tmp_path)
    summary.pytest_runtest_logreport(report("setup"))
    summary.pytest_runtest_logreport(report("call", user_properties=[(RELEASE, json.dumps(BACK))]))
    summary.pytest_runtest_logreport(report("teardown"))
    summary.pytest_sessionfinish()
    told = (tmp_path / "embedded.md").read_text()
    assert told.startswith("## e2e on embedded: 1 of 1 scenarios held")
    assert "| ✅ | a bad version is rolled back [hang] | 6 |  |" in told
    assert (
        "| a bad version is rolled back [hang] | smiley v2 errors-40 | rolled back | 0 ▸ 30 ▸ 0 | 9.0 s | 41 of 1,200 |"
    ) in told


@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_a_failure_of_any_part_is_the_verdict_with_its_first_line(tmp_path: Path, when: str) -> None:
    summary = Summary("bare", tmp_path)
    for part in ("setup", "call", "teardown"):
        why = "AssertionError: a | b\nmore" if part == when else None
        summary.pytest_runtest_logreport(report(part, "failed" if part == when else "passed", why))
    (scenario,) = summary.scenarios.values()
    assert (scenario.verdict, scenario.why) == ("failed", "AssertionError: a | b")
    summary.pytest_sessionfinish()
    assert "a \\| b |" in (tmp_path / "bare.md").read_text()


def test_a_ci_that_keeps_a_summary_gets_it_appended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "summary.md"
    kept.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(kept))
    summary = Summary("embedded", tmp_path / "new")
    summary.pytest_runtest_logreport(report("call"))
    summary.pytest_sessionfinish()
    assert kept.read_text() == "before\n" + (tmp_path / "new" / "embedded.md").read_text()


def test_a_session_without_a_scenario_writes_nothing(tmp_path: Path) -> None:
    Summary("embedded", tmp_path / "new").pytest_sessionfinish()
    assert not (tmp_path / "new").exists()


def test_scenarios_without_releases_have_no_table_of_them() -> None:
    assert "rolled back after" not in markdown("embedded", [Scenario("x", "passed")])


def test_what_was_interrupted_or_left_out_has_not_held(tmp_path: Path) -> None:
    summary = Summary("embedded", tmp_path)
    summary.pytest_runtest_logreport(report("setup"))
    (begun,) = summary.scenarios.values()
    others = [Scenario("x", "passed"), Scenario("y", "failed"), Scenario("z", "skipped")]
    told = markdown("embedded", [begun, *others])
    assert "1 of 4 scenarios held" in told
    assert "| ⏳ | a bad version is rolled back [hang] |" in told
