"""The plot: weight, measurements and what visitors saw, above one another on one time axis.

One axis is the point: one sees that a measurement went bad after visitors were hurt, and the weight after the
measurement. The SVG is the same bytes for the same report: fixed ids, no date, no font of this machine in it.
"""

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from chaos.report.canvas import WIDE, Canvas
from chaos.report.charts import charts, steady_rows, verdict_rows
from chaos.report.curves import draw_chart, name_rows
from chaos.report.marks import keys, nothing, title
from chaos.report.palette import DURING, GREY, INK, PHASES
from chaos.report.panels import draw_harm, draw_rows, draw_weight, label_phases
from chaos.report.shape import Report
from chaos.report.spans import Span, phases_of, time_span
from seam.values import PLAIN

SETTINGS: dict[RcKeyType, Any] = {
    "svg.fonttype": "none",  # text stays text: it is searched, read aloud, and set in the page's font
    "svg.hashsalt": "faces",
    "font.size": 12,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 1.2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.parse_math": False,  # a dollar in a metric's name is a dollar
}
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_ROW, _KEYS, _BOTTOM = 0.5, 0.3, 0.6  # inches of a row of verdicts, a row of the legend, and below the last panel
_NAMES = 0.24  # inches of a row of curves' names, above their panel


@dataclass(frozen=True, slots=True)
class _Panel:
    """`height` and the `gap` above, where its title stands, are in inches."""

    height: float
    gap: float
    draw: Callable[[Axes], None]


def render_plot(report: Report, canvas: Canvas = WIDE) -> str:
    """The plot as an `<svg>` element without title, for embedding in HTML."""
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()  # whatever this machine's matplotlibrc says
        mpl.rcParams.update(SETTINGS | {"svg.hashsalt": canvas.name})  # two in one page have no id in common
        warnings.simplefilter("ignore")  # a sign that this machine's font lacks: the reader's may have it
        figure = _figure(report, canvas)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata=NO_METADATA)
    svg = re.sub(r'<g id="[\w.]+"', "<g", out.getvalue())  # which nothing refers to
    return svg[svg.index("<svg") :]  # without the XML prolog and its address of a DTD


def _figure(report: Report, canvas: Canvas) -> Figure:
    span, legend = time_span(report), keys(report)
    panels = _panels(report, span, canvas)
    rows = -(-len(legend) // canvas.keys_in_a_row)
    height = _KEYS * rows + 0.1 + sum(panel.gap + panel.height for panel in panels) + _BOTTOM
    figure = Figure(figsize=(canvas.width, height), facecolor="white")
    above = height - _KEYS * rows - 0.1
    for panel in panels:
        above -= panel.gap + panel.height
        box = (canvas.left / canvas.width, above / height, canvas.panel / canvas.width, panel.height / height)
        axes = figure.add_axes(box)
        panel.draw(axes)
        _draw_time(axes, report, span)
    last = figure.axes[-1]
    last.tick_params(labelbottom=True)
    last.set_xlabel("seconds since the release")
    label_phases(figure.axes[0], report, span, canvas)
    if legend:
        figure.legend(
            handles=legend,
            loc="upper left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=canvas.keys_in_a_row,
            frameon=False,
            fontsize=11.5,
            handletextpad=0.4,
            columnspacing=1.4,
        )
    return figure


def _panels(report: Report, span: Span, canvas: Canvas) -> list[_Panel]:
    """What is there, from above to below."""
    found = [_Panel(2.0, 0.6, lambda panel: draw_weight(panel, report, span, canvas))]
    for chart in charts(report):
        height = 1.2 if chart.unit == PLAIN else 2.0
        gap = max(0.55, _NAMES * name_rows(chart) + 0.1)
        found.append(_Panel(height, gap, partial(draw_chart, chart=chart, canvas=canvas)))
    for name, rows in (("Good throughout", steady_rows(report)), ("Measured without a number", verdict_rows(report))):
        if rows:
            draw = partial(draw_rows, name=name, rows=rows, canvas=canvas)
            found.append(_Panel(_ROW * len(rows), 0.45, draw))
    if len(found) == 1:
        found.append(_Panel(0.7, 0.5, _nothing_measured))
    return [*found, _Panel(1.9, 0.55, lambda panel: draw_harm(panel, report["seconds"]))]


def _nothing_measured(panel: Axes) -> None:
    title(panel, "Measurements")
    nothing(panel, "nothing was measured")


def _draw_time(panel: Axes, report: Report, span: Span) -> None:
    panel.set_xlim(span.start, span.end)
    panel.tick_params(labelbottom=False)
    for name, phase in phases_of(report):
        panel.axvspan(phase.start, phase.end, color=PHASES.get(name, DURING), linewidth=0, zorder=0)
        panel.axvline(phase.start, color=GREY, linewidth=0.8, zorder=0.5)
    for moment in _moments(report):
        panel.axvline(moment, color=INK, linestyle=(0, (4, 3)), linewidth=1.2, zorder=2.5)


def _moments(report: Report) -> list[float]:
    ended = report["time_to_rollback_s"] or report["time_to_promotion_s"]
    return [0.0] if ended is None else [0.0, ended]
