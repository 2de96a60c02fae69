"""The metrics of a report, and what was measured of each under one demand."""

from chaos.report.shape import MeasuredDict, MetricDict, Report
from seam.values import PLAIN


def metrics_of(report: Report) -> list[MetricDict]:
    """Those whose demands are known, then those of which only measurements were seen; in order of appearance."""
    keys = dict.fromkeys((one["metric"], one["demands"]) for one in report["measurements"])
    known = {(metric["name"], metric["demands"]) for metric in report["metrics"]}
    return report["metrics"] + [_unknown(name, demands) for name, demands in keys if (name, demands) not in known]


def measurements_of(report: Report, metric: MetricDict) -> list[MeasuredDict]:
    key = (metric["name"], metric["demands"])
    return [one for one in report["measurements"] if (one["metric"], one["demands"]) == key]


def _unknown(name: str, demands: str) -> MetricDict:
    return MetricDict(
        name=name,
        unit=PLAIN,
        demands=demands,
        bound=None,
        failure_limit=0,
        inconclusive_limit=0,
        consecutive_error_limit=0,
        count=None,
        query="",
    )
