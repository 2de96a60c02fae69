"""The panels above and below the charts: the canary's weight, verdicts without a number, and what visitors saw."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from chaos.report.canvas import Canvas
from chaos.report.marks import FAILED, SLOW, mark, nothing, short, title
from chaos.report.palette import BLUE, GREY, INK, LIGHT_BLUE
from chaos.report.shape import MeasuredDict, Report, SecondDict
from chaos.report.spans import Span, phases_of, plateaus
from chaos.report.wording import seconds


def label_phases(panel: Axes, report: Report, span: Span, canvas: Canvas) -> None:
    for name, phase in phases_of(report):
        label = short(name, 24)
        if phase.length < canvas.share(label) * span.length:
            continue  # no room for the name
        middle = (max(phase.start, span.start) + min(phase.end, span.end)) / 2
        above = panel.get_xaxis_transform()
        panel.text(middle, 1.03, label, transform=above, ha="center", fontsize=12, style="italic")


def draw_weight(panel: Axes, report: Report, span: Span, canvas: Canvas) -> None:
    title(panel, "Canary's share of the traffic", pad=26)
    panel.set_ylim(0, 138)
    panel.set_yticks([0, 50, 100], labels=["0 %", "50 %", "100 %"])
    points = report["timeline"]
    if not points:
        nothing(panel, "the rollout was not watched")
        return
    # What was last seen holds: a rollout that does nothing sends no news.
    times = [*(point["t"] for point in points), span.end]
    weights = [*(point["weight"] for point in points), points[-1]["weight"]]
    panel.step(times, weights, where="post", color=BLUE, linewidth=2.6, zorder=3)
    panel.fill_between(times, weights, step="post", color=LIGHT_BLUE, linewidth=0, zorder=2)
    for weight, plateau in plateaus(points, span.end):
        label = f"{weight} %"
        if weight > 0 and plateau.length >= 0.8 * canvas.share(label) * span.length:
            panel.text((plateau.start + plateau.end) / 2, weight + 5, label, ha="center", fontsize=12)
    _label_moments(panel, report, span, canvas)


def _label_moments(panel: Axes, report: Report, span: Span, canvas: Canvas) -> None:
    """The release and its end, each named at the right of its line, or at the left where there is no room."""
    room_until, below = span.end, False
    for text, moment in (("rolled back", report["time_to_rollback_s"]), ("promoted", report["time_to_promotion_s"])):
        if moment is not None:
            ended = f"{text}: {seconds(moment)}"
            width = _width(ended, span, canvas)
            at_the_left = moment + width > span.end
            room_until = moment - width if at_the_left else moment
            below = room_until < 0  # it reaches back beyond the release, whose name has the first line
            _beside(panel, moment, ended, at_the_left=at_the_left, below=below)
    width = _width("released", span, canvas)
    if width < room_until or below:
        _beside(panel, 0.0, "released")
    elif span.start < -width:
        _beside(panel, 0.0, "released", at_the_left=True)


def _width(text: str, span: Span, canvas: Canvas) -> float:
    """In seconds."""
    return (canvas.share(text) + 0.02) * span.length


def _beside(panel: Axes, moment: float, text: str, *, at_the_left: bool = False, below: bool = False) -> None:
    panel.annotate(
        text,
        (moment, 113 if below else 127),
        xytext=(-5 if at_the_left else 5, 0),
        textcoords="offset points",
        va="center",
        fontsize=12,
        ha="right" if at_the_left else "left",
    )


def draw_rows(panel: Axes, name: str, rows: Sequence[tuple[str, Sequence[MeasuredDict]]], canvas: Canvas) -> None:
    """A line of verdicts for each row, below its words."""
    title(panel, name)
    panel.set_ylim(len(rows) - 0.5, -0.7)
    panel.set_yticks([])
    for spine in panel.spines.values():
        spine.set_visible(False)
    most = int(0.9 / canvas.share("x"))
    for row, (above, measurements) in enumerate(rows):
        panel.axhline(row, color=GREY, linewidth=1, zorder=1)
        words = panel.get_yaxis_transform()
        panel.text(0.004, row - 0.2, short(above, most), transform=words, fontsize=11.5, va="bottom", zorder=3)
        for one in measurements:
            mark(panel, one, row)


def draw_harm(panel: Axes, per_second: Sequence[SecondDict]) -> None:
    title(panel, "Visitors' bad requests, by second")
    if not per_second:
        nothing(panel, "no visitors were watched")
        return
    _bars(panel, [(one["t"], one["failed"], 0) for one in per_second], *FAILED)
    _bars(panel, [(one["t"], one["slow"], one["failed"]) for one in per_second], *SLOW)
    highest = max(second["failed"] + second["slow"] for second in per_second)
    if highest == 0:
        nothing(panel, "none")
        return
    panel.set_ylim(0, max(highest * 1.08, 4))
    panel.yaxis.set_major_locator(MaxNLocator(4, integer=True))


def _bars(panel: Axes, bars: Sequence[tuple[float, int, int]], colour: str, hatch: str) -> None:
    """Bars of (second, height, bottom), without those of no height, which would draw a line."""
    shown = [bar for bar in bars if bar[1] > 0]
    if not shown:
        return
    times, heights, bottoms = zip(*shown, strict=True)
    panel.bar(
        times,
        heights,
        bottom=bottoms,
        width=1.0,
        align="edge",
        color=colour,
        hatch=hatch,
        edgecolor=INK,
        linewidth=min(0.7, 60 / len(shown)),  # in a long run, edges would hide the bars
        zorder=3,
    )
