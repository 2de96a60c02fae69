"""What is drawn of the measurements, and on which axis. A metric's unit decides; nothing is guessed from its name.

Ratios share an axis in percent and times share one in milliseconds; each other metric has its own. What has no number
is drawn as a verdict alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from chaos.report.measured import measurements_of, metrics_of
from chaos.report.shape import MeasuredDict, MetricDict, Report
from seam.values import MILLISECONDS, PLAIN, RATIO, SECONDS, number

_ON_THE_AXIS: dict[str, Callable[[float], float]] = {SECONDS: lambda value: value * 1000}
_TITLES = {RATIO: "Ratios", MILLISECONDS: "Times"}


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


@dataclass(frozen=True, slots=True)
class Chart:
    """The curves of one axis, whose unit is ratio, ms or none."""

    unit: str
    curves: tuple[Curve, ...]

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
    by_unit = [(metric["unit"], curve) for metric in metrics_of(report) if (curve := _curve(report, metric)).points]
    found = [
        Chart(axis, tuple(curve for unit, curve in by_unit if unit in units))
        for axis, units in ((RATIO, {RATIO}), (MILLISECONDS, {MILLISECONDS, SECONDS}))
    ]
    plain = dict.fromkeys(curve.name for unit, curve in by_unit if unit == PLAIN)
    found += [
        Chart(PLAIN, tuple(curve for unit, curve in by_unit if unit == PLAIN and curve.name == name)) for name in plain
    ]
    return [chart for chart in found if chart.curves]


def verdict_rows(report: Report) -> list[tuple[str, list[MeasuredDict]]]:
    """The measurements without a number, by their metric's name, in order of appearance."""
    rows: dict[str, list[MeasuredDict]] = {}
    for one in report["measurements"]:
        if number(one["value"]) is None:
            rows.setdefault(one["metric"], []).append(one)
    return list(rows.items())


def _curve(report: Report, metric: MetricDict) -> Curve:
    scale, bound = _ON_THE_AXIS.get(metric["unit"], float), metric["bound"]
    numbers = ((one, number(one["value"])) for one in measurements_of(report, metric))
    return Curve(
        name=metric["name"],
        demands=metric["demands"],
        points=tuple((one, scale(value)) for one, value in numbers if value is not None),
        bound=scale(bound["value"]) if bound is not None else None,
        op=bound["op"] if bound is not None else "",
    )
