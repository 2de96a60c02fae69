"""What is drawn of the measurements, and on which axis. A metric's unit decides; nothing is guessed from its name.

Ratios share an axis in percent and times of one order share one in milliseconds; each other metric has its own. What
has no number is drawn as a verdict alone. Of more metrics than one can follow on an axis, and of times of another order
(what a certificate has left, beside a latency), those that went on being good are a line of words each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from chaos.report.measured import measurements_of, metrics_of
from chaos.report.shape import MeasuredDict, MetricDict, Report
from seam.values import MILLISECONDS, PLAIN, RATIO, SECONDS, number

_ON_THE_AXIS: dict[str, Callable[[float], float]] = {SECONDS: lambda value: value * 1000}
_TITLES = {RATIO: "Ratios", MILLISECONDS: "Times"}
_FOLLOWED = 3  # curves of one axis that can be told apart where they cross
_OF_ONE_ORDER = 50  # times the smaller one: what is smaller still would lie on the axis

Row = tuple[str, list[MeasuredDict]]
"""What stands above a line of verdicts, and the verdicts."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One metric under one demand: its measurements that have a number, and its bound, both in the axis' unit.

    `name` is the metric's own; `demands` is empty where nothing is known of the metric but its name.
    """

    name: str
    demands: str
    points: tuple[tuple[MeasuredDict, float], ...]
    bound: float | None
    op: str
    always_good: bool

    @property
    def order(self) -> float:
        """How far from 0 it goes, its bound included."""
        return max(abs(value) for value in (*(value for _, value in self.points), self.bound or 0.0))


@dataclass(frozen=True, slots=True)
class Chart:
    """The curves of one axis, whose unit is ratio, ms or none."""

    unit: str
    curves: tuple[Curve, ...]

    @property
    def followed(self) -> "Chart":
        """The curves that are drawn: all, or of many those that were not always good, or else the first."""
        if len(self.names) <= _FOLLOWED:
            return self
        shown = {curve.name for curve in self.curves if not curve.always_good} or {self.names[0]}
        return Chart(self.unit, tuple(curve for curve in self.curves if curve.name in shown))

    @property
    def title(self) -> str:
        return f"Measured {self.curves[0].name}" if len(self.names) == 1 else _TITLES[self.unit]

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(curve.name for curve in self.curves))

    @property
    def values(self) -> list[float]:
        """Everything that has to fit on the axis."""
        bounds = [curve.bound for curve in self.curves if curve.bound is not None]
        return [value for curve in self.curves for _, value in curve.points] + bounds


def charts(report: Report) -> list[Chart]:
    """Ratios, then times, then whatever has no unit."""
    by_unit = {unit: list(same) for unit, same in groupby(_axes(report), key=lambda chart: chart.unit)}
    return [chart.followed for unit, same in by_unit.items() for chart in (same if unit == PLAIN else _followed(same))]


def _followed(axes: list[Chart]) -> list[Chart]:
    """Of axes of one unit those with a curve that was not always good, or else the first."""
    return [chart for chart in axes if not all(curve.always_good for curve in chart.curves)] or axes[:1]


def steady_rows(report: Report) -> list[Row]:
    """The metrics that are in no chart because they were good throughout: demand and values in words, in order."""
    rest = _left_out(report)
    measured = ((metric, measurements_of(report, metric)) for metric in metrics_of(report) if metric["name"] in rest)
    return [(_steady(metric, measurements), measurements) for metric, measurements in measured if measurements]


def _steady(metric: MetricDict, measurements: list[MeasuredDict]) -> str:
    """As in `denied, at most 5 %: 0 %` or `canary-share, at least 5 %: 33.9 % to 38.2 %`."""
    by_value = sorted((value, one["words"]) for one in measurements if (value := number(one["value"])) is not None)
    words = dict.fromkeys(words for _, words in (by_value[0], by_value[-1])) if by_value else ("no number",)
    subject = f"{metric['name']}, {metric['demands']}" if metric["demands"] else metric["name"]
    return f"{subject}: {' to '.join(words)}"


def _left_out(report: Report) -> set[str]:
    drawn = {curve.name for chart in charts(report) for curve in chart.curves}
    return {curve.name for chart in _axes(report) for curve in chart.curves} - drawn


def _axes(report: Report) -> list[Chart]:
    by_unit = [(metric["unit"], curve) for metric in metrics_of(report) if (curve := _curve(report, metric)).points]
    found = [Chart(RATIO, tuple(curve for unit, curve in by_unit if unit == RATIO))]
    found += _by_order([curve for unit, curve in by_unit if unit in (MILLISECONDS, SECONDS)])
    plain = dict.fromkeys(curve.name for unit, curve in by_unit if unit == PLAIN)
    found += [
        Chart(PLAIN, tuple(curve for unit, curve in by_unit if unit == PLAIN and curve.name == name)) for name in plain
    ]
    return [chart for chart in found if chart.curves]


def _by_order(times: list[Curve]) -> list[Chart]:
    """Each time on the first axis on which it would be seen beside those that are there."""
    axes: list[list[Curve]] = []
    for curve in times:
        for axis in axes:
            orders = [one.order for one in [*axis, curve] if one.order > 0]
            if not orders or max(orders) <= _OF_ONE_ORDER * min(orders):
                axis.append(curve)
                break
        else:
            axes.append([curve])
    return [Chart(MILLISECONDS, tuple(axis)) for axis in axes]


def verdict_rows(report: Report) -> list[Row]:
    """The measurements without a number, by their metric's name, in order of appearance."""
    rows: dict[str, list[MeasuredDict]] = {}
    told = _left_out(report)
    for one in report["measurements"]:
        if number(one["value"]) is None and one["metric"] not in told:
            rows.setdefault(one["metric"], []).append(one)
    return list(rows.items())


def _curve(report: Report, metric: MetricDict) -> Curve:
    scale, bound = _ON_THE_AXIS.get(metric["unit"], float), metric["bound"]
    measurements = measurements_of(report, metric)
    numbers = ((one, number(one["value"])) for one in measurements)
    return Curve(
        name=metric["name"],
        demands=metric["demands"],
        points=tuple((one, scale(value)) for one, value in numbers if value is not None),
        bound=scale(bound["value"]) if bound is not None else None,
        op=bound["op"] if bound is not None else "",
        always_good=all(one["phase"] == "Successful" for one in measurements),
    )
