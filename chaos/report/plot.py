"""The plot: weight, measurements and what visitors saw, above one another on one time axis.

One axis is the point: one sees that the measurement went bad after visitors were hurt, and the weight after
the measurement. The SVG is the same bytes for the same report: fixed ids, no date, no font of this machine in
it.
"""

import io
import warnings
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from chaos.report.measured import drawn_as_verdict
from chaos.report.palette import DURING, GREY, INK, PHASES
from chaos.report.panels import draw_harm, draw_rate, draw_verdicts, draw_weight, label_phases
from chaos.report.shape import Report
from chaos.report.spans import Span, phases_of, time_span

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
ROW = 0.42  # inches of a row of verdicts


def render_plot(report: Report) -> str:
    """The plot as an `<svg>` element without title, for embedding in HTML."""
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()  # whatever this machine's matplotlibrc says
        mpl.rcParams.update(SETTINGS)
        warnings.simplefilter("ignore")  # a sign that this machine's font lacks: the reader's may have it
        figure = _figure(report)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata=NO_METADATA)
    svg = out.getvalue()
    return svg[svg.index("<svg") :]  # without the XML prolog and its address of a DTD


def _figure(report: Report) -> Figure:
    rows = drawn_as_verdict(report)
    # Rows that are not there keep no room: the height of each panel is in inches.
    heights = [2.2, 2.2, max(ROW * len(rows), 0.01), 1.9]
    gaps = (0.55, 0.12 if rows else 0.0, 0.6)
    top, bottom = 0.6, 0.6
    height = top + bottom + sum(heights) + sum(gaps)
    figure = Figure(figsize=(11, height), facecolor="white")
    panels = []
    above = height - top
    for size, gap in zip(heights, (*gaps, 0.0), strict=True):
        box = (0.13, (above - size) / height, 0.853, size / height)
        panels.append(figure.add_axes(box))
        above -= size + gap
    weight, rate, verdicts, harm = panels
    span = time_span(report)
    draw_weight(weight, report, span)
    draw_rate(rate, report)
    draw_verdicts(verdicts, rows)
    draw_harm(harm, report["seconds"])
    for panel in panels:
        _draw_time(panel, report, span)
    harm.tick_params(labelbottom=True)
    harm.set_xlabel("seconds since the release")
    label_phases(weight, report, span)
    return figure


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
