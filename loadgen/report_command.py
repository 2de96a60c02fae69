"""`python -m loadgen.report`: the visitor report of a log, for people who ran the visitors by themselves."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from loadgen.arguments import OneSentence, milliseconds
from loadgen.figures import SLOW_MS, Figures
from loadgen.report import VisitorReport, build, to_json
from loadgen.samples import read_samples


def rows(report: VisitorReport) -> Iterable[tuple[str, Figures]]:
    """The lines of the table: all, then the phases, then what each version had a part in."""
    yield "all requests", report.totals
    yield from ((p.phase.name, p.figures) for p in report.phases)
    yield from ((f"{v.workload} {v.version}", v.figures) for v in report.by_version)


def table(report: VisitorReport) -> Table:
    shown = Table(title=f"What the visitors saw (slow: above {report.slow_ms:g} ms)", title_justify="left")
    shown.add_column("")
    for heading in ("requests", "failed", "slow", "p50 ms", "p99 ms"):
        shown.add_column(heading, justify="right")
    for name, counted in rows(report):
        share = "" if not counted.failed_share else f" ({counted.failed_share:.1%})"
        shown.add_row(
            name,
            str(counted.requests),
            f"{counted.failed}{share}",
            str(counted.slow),
            *(("–" if ms is None else f"{ms:.0f}") for ms in (counted.p50_ms, counted.p99_ms)),
        )
    return shown


def main() -> None:
    parser = OneSentence(prog="python -m loadgen.report", description=__doc__, allow_abbrev=False)
    parser.add_argument("samples", type=Path, help="a log written by python -m loadgen --out")
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    parser.add_argument("--slow-ms", type=milliseconds, default=SLOW_MS, help="limit of patience (default: 500)")
    given = parser.parse_args()
    try:
        samples = read_samples(given.samples)
    except OSError as error:
        parser.error(f"argument samples: {given.samples} cannot be read ({error.strerror}); give a sample log")
    except ValueError as error:
        parser.error(f"argument samples: {error}")
    report = build(samples, slow_ms=given.slow_ms)
    if given.json:
        json.dump(to_json(report), sys.stdout, indent=2)
        print()
    else:
        _show(report)


def _show(report: VisitorReport) -> None:
    console = Console()
    console.print(table(report))
    for reason, count in report.errors:
        console.print(f"{count} × {reason}", markup=False, highlight=False)
