"""What became of one release, for people (report.html), programs (report.json) and a CI job (Markdown, JUnit XML).

A report is made from a `chaos.record.Record` alone: `write_report(build_report(record), directory)`.
"""

from chaos.report.document import build_report, make_again
from chaos.report.errors import ReportError
from chaos.report.junit import junit
from chaos.report.reading import read_report
from chaos.report.shape import Report
from chaos.report.summary import markdown_summary
from chaos.report.writing import to_json, write_report

__all__ = [
    "Report",
    "ReportError",
    "build_report",
    "junit",
    "make_again",
    "markdown_summary",
    "read_report",
    "to_json",
    "write_report",
]
