"""What can be drawn of the measurements: Argo keeps their values as text."""

from chaos.report.shape import MeasuredDict, MetricDict, Report
from seam.values import RATIO, number


def metric_of(report: Report, one: MeasuredDict) -> MetricDict | None:
    """What the metric of a measurement demanded."""
    named = [metric for metric in report["metrics"] if metric["name"] == one["metric"]]
    return next((metric for metric in named if metric["demands"] == one["demands"]), None)


def _is_rate(report: Report, one: MeasuredDict) -> bool:
    metric = metric_of(report, one)
    return metric is not None and metric["unit"] == RATIO


def drawn_as_rate(report: Report) -> list[tuple[MeasuredDict, float]]:
    """The measurements of ratios that have a value, with it."""
    of_metric = [(one, number(one["value"])) for one in report["measurements"] if _is_rate(report, one)]
    return [(one, value) for one, value in of_metric if value is not None]


def drawn_as_verdict(report: Report) -> list[tuple[str, list[MeasuredDict]]]:
    """All others, of which only the verdict is drawn, by the name of their row, in order of appearance."""
    rows: dict[str, list[MeasuredDict]] = {}
    for one in report["measurements"]:
        if not _is_rate(report, one):
            rows.setdefault(one["metric"], []).append(one)
        elif number(one["value"]) is None:
            rows.setdefault("no value", []).append(one)
    return list(rows.items())
