"""docs/platforms.md: the same releases on two platforms, side by side, from the reports that e2e left of both.

PYTHONPATH=. .venv/bin/python docs/side_by_side.py e2e-report/embedded e2e-report/bare
"""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib.figure import Figure

from chaos.report import Report
from chaos.report.palette import BLUE, GREY, RED
from chaos.report.plot import NO_METADATA, SETTINGS
from e2e.reports import figures, read
from e2e.staging import staging
from platforms.registry import PLATFORMS

HERE = Path(__file__).parent

# Scenarios in which nobody but the analysis decides, in the order of the page.
SCENARIOS = (
    "test_every_good_release_in_a_row_is_promoted_and_no_visitor_request_fails",
    "test_a_version_that_fails_40_percent_is_rolled_back_every_time",
    "test_every_other_bad_release_is_rolled_back_by_the_metric_that_sees_it",
    "test_a_bad_color_is_rolled_back_though_grpc_hides_its_failures_in_http_200",
    "test_a_release_that_turns_bad_only_at_the_second_step_is_rolled_back_from_there",
    "test_a_release_that_cannot_be_measured_is_aborted_after_five_errors_in_a_row",
)


@dataclass(frozen=True, slots=True)
class Side:
    """One platform's column: its reports by release, in the order in which they were pushed."""

    name: str
    engine: str
    reports: dict[str, list[Report]]

    @classmethod
    def read(cls, folder: Path) -> "Side":
        """Exits with a sentence if a scenario has left no report there."""
        reports: dict[str, list[Report]] = {}
        for scenario in SCENARIOS:
            found = read(folder / scenario)
            if not found:
                sys.exit(f"{folder} has no report of {scenario}; run e2e on that platform first.")
            for report in found:
                reports.setdefault(_title(report), []).append(report)
        one = next(iter(reports.values()))[0]
        return cls(one["platform"], one["engine"], reports)

    def times(self, title: str) -> list[float]:
        times = (report["time_to_rollback_s"] for report in self.reports.get(title, ()))
        return [time for time in times if time is not None]


def page(left: Side, right: Side, plot: str) -> str:
    lines = [
        "# The same releases on two platforms",
        "",
        "Made by `docs/side_by_side.py` of the reports that the e2e suite left on both: the same scenarios, manifests",
        "and AnalysisTemplates. What decides differs:",
        "",
        f"- {left.name}: {left.engine}",
        f"- {right.name}: {right.engine}",
        "",
        "The manifests are hurried, because nobody waits minutes for a test; a cluster, whose pods start in seconds,",
        "is hurried a little less, and has less than half of the visitors:",
        "",
        *(_paced(side) for side in (left, right)),
        "",
        "## Verdicts and weights",
        "",
        f"| release | {left.name} | {right.name} | the same |",
        "|---|---|---|:---:|",
        *(_verdict_row(title, left, right) for title in left.reports),
        "",
        "## Seconds until all traffic was back on stable",
        "",
        f"Median, and from the fastest to the slowest.\n\n![Times to rollback]({plot})",
        "",
        f"| release | {left.name} | {right.name} |",
        "|---|---:|---:|",
        *(
            f"| {title} | {_times(left.times(title))} | {_times(right.times(title))} |"
            for title in left.reports
            if left.times(title) or right.times(title)
        ),
        "",
        "## Visitor requests that failed",
        "",
        f"| release | {left.name} | {right.name} |",
        "|---|---:|---:|",
        *(f"| {title} | {_failed(left, title)} | {_failed(right, title)} |" for title in left.reports),
    ]
    return "\n".join(lines) + "\n"


def draw(left: Side, right: Side, file: Path) -> None:
    """Each rollback a point: one row for each release, one colour and shape for each platform."""
    titles = [title for title in left.reports if left.times(title) or right.times(title)]
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        figure = Figure(figsize=(10, 1.2 + 0.6 * len(titles)), facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        for side, colour, marker, shift in ((left, BLUE, "o", -0.13), (right, RED, "^", 0.13)):
            points = [(time, row + shift) for row, title in enumerate(titles) for time in side.times(title)]
            times, heights = [time for time, _ in points], [height for _, height in points]
            axes.scatter(times, heights, s=46, c=colour, marker=marker, alpha=0.75, linewidth=0, label=side.name)
        axes.set_yticks(range(len(titles)), titles)
        axes.set_ylim(len(titles) - 0.5, -0.5)
        axes.set_xlim(left=0)
        axes.grid(axis="x", color=GREY, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xlabel("seconds from the release to 100 % stable")
        figure.legend(loc="outside upper right", ncols=2, frameon=False)
        figure.savefig(file, format="svg", metadata=NO_METADATA)


def _title(report: Report) -> str:
    return f"{report['release']['workload']} {report['release']['fault']}"


def _paced(side: Side) -> str:
    if side.name not in PLATFORMS:
        return f"- {side.name}"
    hurry = staging(side.name).pace.hurry
    return (
        f"- {side.name}: pauses of {hurry.pause} s where the scenario sets no other, measured every {hurry.interval} s "
        f"over {hurry.window} s, for the first time after {hurry.initial_delay} s"
    )


def _verdict_row(title: str, left: Side, right: Side) -> str:
    """The same: one verdict and one sequence of weights, every time and on both."""
    reports = [report for side in (left, right) for report in side.reports.get(title, ())]
    same = len({(report["outcome"], *figures(report)["weights"]) for report in reports}) == 1
    return f"| {title} | {_verdicts(left, title)} | {_verdicts(right, title)} | {'✓' if same else '✗'} |"


def _verdicts(side: Side, title: str) -> str:
    """`rolled back, 10 of 10: 0 ▸ 30 ▸ 0 (7 times), 0 ▸ 30 ▸ 50 ▸ 0 (3 times)`."""
    reports = side.reports.get(title, [])
    parts = []
    for outcome, count in Counter(report["outcome"] for report in reports).most_common():
        ways = Counter(
            " ▸ ".join(map(str, figures(report)["weights"])) for report in reports if report["outcome"] == outcome
        )
        told = ", ".join(way + (f" ({times} times)" if len(ways) > 1 else "") for way, times in ways.most_common())
        parts.append(f"{outcome.replace('_', ' ')}, {count} of {len(reports)}: {told}")
    return "; ".join(parts) or "not released"


def _times(times: Sequence[float]) -> str:
    if not times:
        return "-"
    span = f" ({min(times):.1f} to {max(times):.1f})" if len(times) > 1 else ""
    return f"{median(times):.1f}{span}"


def _failed(side: Side, title: str) -> str:
    reports = side.reports.get(title, [])
    failed = sum(report["visitors"]["failed"] for report in reports)
    return f"{failed:,} of {sum(report['visitors']['requests'] for report in reports):,}"


def main(left: Path, right: Path, out: Path = HERE) -> None:
    one, other = Side.read(left), Side.read(right)
    draw(one, other, out / "platforms.svg")
    (out / "platforms.md").write_text(page(one, other, "platforms.svg"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Two folders are needed, such as e2e-report/embedded e2e-report/bare.")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
