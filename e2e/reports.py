"""The project's own report of each release that a scenario watched to its end, and its few figures for the summary."""

import json
from itertools import pairwise
from pathlib import Path
from typing import TypedDict

from chaos.experiment import Session
from chaos.record import Record, write_record
from chaos.report import Report, build_report
from chaos.report.writing import to_json

RECORD = "record.ndjson.gz"


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


async def records_of(session: Session) -> list[Record]:
    """Of each release that settled, in order; each ends where the next begins."""
    ends = [*(run.released_at for run in session.runs[1:]), None]
    return [
        await session.record(run, end)
        for run, end in zip(session.runs, ends, strict=False)
        if run.progress.settled_at is not None
    ]


def figures(report: Report) -> Figures:
    weights = [point["weight"] for point in report["timeline"]]
    return Figures(
        release=report["release"]["fault"],
        workload=report["release"]["workload"],
        version=report["release"]["version"],
        outcome=report["outcome"],
        weights=[*weights[:1], *(now for before, now in pairwise(weights) if now != before)],
        time_to_rollback_s=report["time_to_rollback_s"],
        time_to_promotion_s=report["time_to_promotion_s"],
        requests=report["visitors"]["requests"],
        failed=report["visitors"]["failed"],
    )


def keep(record: Record, folder: Path) -> Report:
    """FOLDER/v2/report.json and its record; no page, because nobody looks at one for every release of every scenario.

    `faces report FOLDER/v2/record.ndjson.gz` makes one.
    """
    report = build_report(record, record_file=RECORD)
    directory = folder / report["release"]["version"]
    write_record(record, directory / RECORD)
    (directory / "report.json").write_text(to_json(report))
    return report


def read(folder: Path) -> list[Report]:
    """What `keep` left of one scenario, in the order of the releases."""
    found: list[Report] = [json.loads(file.read_text()) for file in folder.glob("*/report.json")]
    return sorted(found, key=lambda report: report["started_at"])
