"""Charts drawn: each measurement a mark, joined by metric, and each metric's own bound with its words."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from chaos.report.canvas import Canvas
from chaos.report.charts import Chart, Curve
from chaos.report.marks import mark, short, title
from chaos.report.palette import BLUE, GREEN, GREY, INK, PURPLE, RED
from seam.values import MILLISECONDS, RATIO, SECONDS, in_words

_BELOW = (">=", ">")  # a bound's words stand on the side on which a measurement fails
_DOTS = (0, (1, 1.5))
# Line after line of one chart: told apart in grey, too.
_LINES: tuple[tuple[str, tuple[float, Sequence[float]] | None], ...] = (
    (GREY, None),  # a line without a gap
    (BLUE, (0, (6, 2))),
    (PURPLE, (0, (3, 1.5, 1, 1.5))),
    (INK, (0, (2, 2))),
    (GREEN, (0, (8, 2, 2, 2))),
    (RED, (0, (1, 1))),
)
_NAMES_IN_A_ROW = 2


def draw_chart(panel: Axes, chart: Chart, canvas: Canvas) -> None:
    title(panel, short(chart.title, int(0.85 / canvas.share("x"))))
    panel.set_ylim(*limits(chart))
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, chart)))
    for index, curve in enumerate(chart.curves):
        colour, style = _LINES[index % len(_LINES)]
        times, values = [one["t"] for one, _ in curve.points], [value for _, value in curve.points]
        panel.plot(times, values, color=colour, linestyle=style, linewidth=1.6, zorder=2)
        for one, value in curve.points:
            mark(panel, one, value)
    _draw_bounds(panel, chart, canvas)
    if len(chart.names) > 1:
        _name_curves(panel, chart.curves, int(0.36 / canvas.share("x")))


def name_rows(chart: Chart) -> int:
    """How many rows the names of its curves take, above the panel."""
    return -(-len(chart.curves) // _NAMES_IN_A_ROW) if len(chart.names) > 1 else 0


def limits(chart: Chart) -> tuple[float, float]:
    """The axis: percent up to 100, times from 0 on, others as they come; with some room, and for words as well."""
    if chart.unit == RATIO:
        return rate_limits(chart.values)
    low, high = min(chart.values), max(chart.values)
    if chart.unit == MILLISECONDS:
        low = min(low, 0.0)
    room = (high - low) * 0.2 or max(abs(high) * 0.2, 1.0)
    below = 0.0 if chart.unit == MILLISECONDS and low == 0 else room
    return low - below, high + room


def rate_limits(values: Sequence[float]) -> tuple[float, float]:
    """The axis of ratios: up to 100 %, down to the next 10 % below the worst, with some room."""
    lowest, highest = min([*values, 0.92]), max([*values, 1.0])
    low = math.floor((lowest - 0.02) * 10) / 10
    if lowest >= 0:
        low = max(low, 0.0)
    room = (highest - low) * 0.09
    return (low - room if low == lowest else low), highest + room


def _tick(value: float, chart: Chart) -> str:
    if chart.unit == RATIO:
        return in_words(value, RATIO) if value <= 1 or max(chart.values) > 1 else ""
    if chart.unit == MILLISECONDS and max(chart.values) >= 10_000:
        return in_words(value / 1000, SECONDS)
    return in_words(value, chart.unit)


def _draw_bounds(panel: Axes, chart: Chart, canvas: Canvas) -> None:
    bounds: dict[tuple[float, str, str], list[str]] = {}
    for curve in chart.curves:
        if curve.bound is not None:
            bounds.setdefault((curve.bound, curve.op, curve.demands), []).append(curve.name)
    for index, ((value, op, demands), names) in enumerate(bounds.items()):
        words = f"{', '.join(names)}: {demands}" if len(chart.names) > 1 else demands
        panel.axhline(value, color=INK, linewidth=1.4, linestyle=_DOTS, zorder=2)
        at_the_left = index % 2 == 1  # the next one's words are out of the way
        panel.annotate(
            short(words, int(0.9 / canvas.share("x"))),
            (0.0 if at_the_left else 1.0, value),
            xycoords=panel.get_yaxis_transform(),
            xytext=(4 if at_the_left else -4, -4 if op in _BELOW else 3),
            textcoords="offset points",
            ha="left" if at_the_left else "right",
            va="top" if op in _BELOW else "bottom",
            fontsize=11.5,
            zorder=3,
        )


def _name_curves(panel: Axes, curves: Sequence[Curve], longest: int) -> None:
    lines = []
    for index, curve in enumerate(curves):
        colour, style = _LINES[index % len(_LINES)]
        lines.append(Line2D([], [], color=colour, linestyle=style, linewidth=1.6, label=short(curve.name, longest)))
    panel.legend(
        handles=lines,
        loc="lower right",
        bbox_to_anchor=(1.0, 0.985),
        ncols=_NAMES_IN_A_ROW,
        frameon=False,
        fontsize=11.5,
        handletextpad=0.5,
        columnspacing=1.2,
        borderaxespad=0.2,
    )
