"""`python -m loadgen.report`: the visitor report of a sample log, for people who ran the visitors by themselves."""

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
from seam.values import MILLISECONDS, RATIO, in_words


def rows(report: VisitorReport) -> Iterable[tuple[str, Figures]]:
    """The lines of the table: all requests, then each phase, then the tiles of each version."""
    yield "all requests", report.totals
    yield from ((p.phase.name, p.figures) for p in report.phases)
    yield from ((f"{v.workload} {v.version}", v.figures) for v in report.by_version)


def table(report: VisitorReport) -> Table:
    shown = Table(title=f"What the visitors saw (slow: above {report.slow_ms:g} ms)", title_justify="left")
    shown.add_column("")
    for heading in ("requests", "failed", "slow", "P50", "P99"):
        shown.add_column(heading, justify="right")
    for name, counted in rows(report):
        share = "" if not counted.failed_share else f" ({in_words(counted.failed_share, RATIO)})"
        shown.add_row(
            name,
            str(counted.requests),
            f"{counted.failed}{share}",
            str(counted.slow),
            *(("–" if ms is None else in_words(ms, MILLISECONDS)) for ms in (counted.p50_ms, counted.p99_ms)),
        )
    return shown


def main() -> None:
    parser = OneSentence(prog="python -m loadgen.report", description=__doc__, allow_abbrev=False)
    parser.add_argument("samples", type=Path, help="a sample log, as python -m loadgen --out writes it")
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    parser.add_argument("--slow-ms", type=milliseconds, default=SLOW_MS, help="a longer request is slow (default: 500)")
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


if __name__ == "__main__":
    main()
