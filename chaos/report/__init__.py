"""What became of one release, for people (report.html), machines (report.json) and a CI job's summary.

The caller fills in a `ReleaseStory`; the rest is `write_report(build_report(story), directory)`.
"""

from chaos.report.document import Report, build_report
from chaos.report.errors import ReportError
from chaos.report.story import Event, Measured, Point, ReleaseStory
from chaos.report.summary import markdown_summary
from chaos.report.writing import write_report

__all__ = [
    "Event",
    "Measured",
    "Point",
    "ReleaseStory",
    "Report",
    "ReportError",
    "build_report",
    "markdown_summary",
    "write_report",
]
