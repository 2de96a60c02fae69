"""The Markdown summary of a session: each scenario's verdict, and what became of each release."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from e2e.evidence import RELEASE
from e2e.reports import Figures

_SIGNS = {"passed": "✅", "failed": "❌", "skipped": "⏭️", "unfinished": "⏳"}


@dataclass(slots=True)
class Scenario:
    """One test, unfinished until its body has ended. `seconds` counts set-up and tear-down, too."""

    name: str
    verdict: str = "unfinished"
    seconds: float = 0
    releases: tuple[Figures, ...] = ()
    why: str = ""


@dataclass(slots=True)
class Summary:
    """A pytest plugin that listens to every report and writes FOLDER/PLATFORM.md at the end."""

    platform: str
    folder: Path
    scenarios: dict[str, Scenario] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        scenario = self.scenarios.setdefault(report.nodeid, Scenario(_sentence(report.nodeid)))
        scenario.seconds += report.duration
        if report.outcome != "passed":
            scenario.verdict = report.outcome
            scenario.why = scenario.why or _why(report)
        elif report.when == "call" and scenario.verdict == "unfinished":
            scenario.verdict = "passed"
        if report.when == "call":
            scenario.releases = _releases(report)

    def pytest_sessionfinish(self) -> None:
        if not self.scenarios:
            return
        text = markdown(self.platform, list(self.scenarios.values()))
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{self.platform}.md").write_text(text)
        step_summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if step_summary:
            with Path(step_summary).open("a") as file:
                file.write(text)


def markdown(platform: str, scenarios: Sequence[Scenario]) -> str:
    held = [scenario for scenario in scenarios if scenario.verdict == "passed"]
    lines = [
        f"## e2e on {platform}: {len(held)} of {len(scenarios)} scenarios held",
        "",
        "| | scenario | s | why not |",
        "|---|---|---:|---|",
        *(
            f"| {_SIGNS[one.verdict]} | {_plain(one.name)} | {one.seconds:.0f} | {_plain(one.why)} |"
            for one in scenarios
        ),
        "",
        *_release_table(scenarios),
    ]
    return "\n".join(lines) + "\n"


def _release_table(scenarios: Sequence[Scenario]) -> Iterator[str]:
    if not any(scenario.releases for scenario in scenarios):
        return
    yield "| scenario | release | outcome | weights | rolled back after | failed visitor requests |"
    yield "|---|---|---|---|---:|---:|"
    for scenario in scenarios:
        for one in scenario.releases:
            back = "" if one["time_to_rollback_s"] is None else f"{one['time_to_rollback_s']:.1f} s"
            yield (
                f"| {_plain(scenario.name)} | {one['workload']} {one['version']} {_plain(one['release'])} "
                f"| {one['outcome'].replace('_', ' ')} | {' ▸ '.join(map(str, one['weights']))} "
                f"| {back} | {one['failed']:,} of {one['requests']:,} |"
            )
    yield ""


def _releases(report: pytest.TestReport) -> tuple[Figures, ...]:
    return tuple(json.loads(str(value)) for name, value in report.user_properties if name == RELEASE)


def _sentence(nodeid: str) -> str:
    """`a bad version is rolled back [hang]` of `e2e/test_x.py::test_a_bad_version_is_rolled_back[hang]`."""
    name, bracket, parameter = nodeid.rsplit("::", 1)[-1].removeprefix("test_").partition("[")
    return name.replace("_", " ") + (f" [{parameter}" if bracket else "")


def _why(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text: str = crash.message if crash is not None else report.longreprtext
    return text.strip().splitlines()[0][:200] if text.strip() else ""


def _plain(text: str) -> str:
    """On one line, and in one cell."""
    return " ".join(text.split()).replace("|", "\\|")
