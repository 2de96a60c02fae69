"""The project's own report of each release that a scenario watched to its end, and its few figures for the summary."""

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TypedDict

from chaos.report import Event, Point, ReleaseStory, Report, build_report
from chaos.report.writing import to_json
from e2e.watched import Watched, weights
from faces.cli.demo import THRESHOLD
from loadgen import report as visitor_report
from loadgen.samples import Sample
from seam.platform import Platform
from seam.views import PlatformView


class Figures(TypedDict):
    """One release in a line of the summary, and as a property in the JUnit XML."""

    release: str
    workload: str
    version: str
    outcome: str
    weights: list[int]
    time_to_rollback_s: float | None
    time_to_promotion_s: float | None
    requests: int
    failed: int


async def reports_of(platform: Platform, releases: Sequence[Watched], samples: Sequence[Sample]) -> list[Report]:
    """Of each release that came to its end, in order; each ends where the next begins."""
    everything = await platform.view()
    begins = [0.0, *(one.settled_at or one.released_at for one in releases)]
    ends = [*(one.released_at for one in releases[1:]), float("inf")]
    return [
        build_report(_story(everything, one, await _events(platform, one), samples, (begin, end)))
        for one, begin, end in zip(releases, begins, ends, strict=False)
        if one.settled_at is not None
    ]


def figures(report: Report) -> Figures:
    points = [Point(**point) for point in report["timeline"]]
    return Figures(
        release=report["release"]["fault"],
        workload=report["release"]["workload"],
        version=report["release"]["version"],
        outcome=report["outcome"],
        weights=weights(points),
        time_to_rollback_s=report["time_to_rollback_s"],
        time_to_promotion_s=report["time_to_promotion_s"],
        requests=report["visitors"]["requests"],
        failed=report["visitors"]["failed"],
    )


def write(report: Report, folder: Path) -> None:
    """FOLDER/v2/report.json; no page, because nobody draws a plot for every release of every scenario."""
    directory = folder / report["release"]["version"]
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "report.json").write_text(to_json(report))


def read(folder: Path) -> list[Report]:
    """What `write` left of one scenario, in the order of the releases."""
    found: list[Report] = [json.loads(file.read_text()) for file in folder.glob("*/report.json")]
    return sorted(found, key=lambda report: report["started_at"])


async def _events(platform: Platform, watched: Watched) -> tuple[Event, ...]:
    events = await platform.events(watched.workload)
    return tuple(Event(event.t, event.reason, event.message, event.type) for event in events)


def _story(
    everything: PlatformView,
    watched: Watched,
    events: Sequence[Event],
    samples: Sequence[Sample],
    span: tuple[float, float],
) -> ReleaseStory:
    begin, end = span
    mine = [sample for sample in samples if begin <= sample.t < end]
    times = [sample.t for sample in mine] or [watched.released_at]
    phases = watched.phases(min(times), min(max(times) + 1, end))
    return ReleaseStory(
        platform=everything.platform,
        engine=everything.engine,
        workload=watched.workload,
        version=watched.version,
        release=watched.release,
        released_at=watched.released_at,
        timeline=tuple(watched.timeline),
        new_is_stable=watched.promoted,
        faces_version=version("faces"),
        measurements=tuple(watched.measurements),
        events=tuple(event for event in events if watched.released_at <= event.t < end),
        visitors=visitor_report.to_json(visitor_report.build(mine, phases)),
        threshold=THRESHOLD,
    )
