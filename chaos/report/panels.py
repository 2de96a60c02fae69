"""The panels of the plot, each drawn from the report alone."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from chaos.report.measured import drawn_as_rate
from chaos.report.palette import BLUE, GREY, INK, LIGHT_BLUE, RED, YELLOW, verdict_mark
from chaos.report.shape import MeasuredDict, Report, SecondDict
from chaos.report.spans import Span, phases_of, plateaus
from chaos.report.wording import percent, seconds
from seam.values import RATIO

WIDTH_OF_A_LETTER = 0.0105  # of the panel's


def _title(panel: Axes, text: str, pad: float = 8) -> None:
    panel.set_title(text, loc="left", fontsize=13, fontweight="bold", pad=pad)


def label_phases(panel: Axes, report: Report, span: Span) -> None:
    for name, phase in phases_of(report):
        if phase.length < WIDTH_OF_A_LETTER * len(name) * span.length:
            continue  # no room for the name
        middle = (max(phase.start, span.start) + min(phase.end, span.end)) / 2
        panel.text(
            middle,
            1.03,
            short(name, 24),
            transform=panel.get_xaxis_transform(),
            ha="center",
            fontsize=12,
            style="italic",
        )


def draw_weight(panel: Axes, report: Report, span: Span) -> None:
    _title(panel, "Canary's share of the traffic", pad=26)
    panel.set_ylim(0, 138)
    panel.set_yticks([0, 50, 100], labels=["0 %", "50 %", "100 %"])
    points = report["timeline"]
    if not points:
        _nothing(panel, "the rollout was not watched")
        return
    # What was last seen holds: a rollout that does nothing sends no news.
    times = [*(point["t"] for point in points), span.end]
    weights = [*(point["weight"] for point in points), points[-1]["weight"]]
    panel.step(times, weights, where="post", color=BLUE, linewidth=2.6, zorder=3)
    panel.fill_between(times, weights, step="post", color=LIGHT_BLUE, linewidth=0, zorder=2)
    for weight, plateau in plateaus(points, span.end):
        if weight > 0 and plateau.length >= 0.035 * span.length:
            panel.text((plateau.start + plateau.end) / 2, weight + 5, f"{weight} %", ha="center", fontsize=12)
    _label_moments(panel, report, span)


def _label_moments(panel: Axes, report: Report, span: Span) -> None:
    for text, moment in (
        ("rolled back", report["time_to_rollback_s"]),
        ("promoted", report["time_to_promotion_s"]),
    ):
        if moment is not None:
            _beside(panel, span, moment, f"{text}: {seconds(moment)}")
    _beside(panel, span, 0.0, "released")


def _beside(panel: Axes, span: Span, moment: float, text: str) -> None:
    """A word at the right of a moment's line, or at its left where the plot ends."""
    ends_here = moment > span.start + 0.8 * span.length
    panel.annotate(
        text,
        (moment, 127),
        xytext=(-5 if ends_here else 5, 0),
        textcoords="offset points",
        va="center",
        fontsize=12,
        ha="right" if ends_here else "left",
    )


def draw_rate(panel: Axes, report: Report) -> None:
    _title(panel, "Measured success rate")
    points = drawn_as_rate(report)
    bounds = (metric["bound"] for metric in report["metrics"] if metric["unit"] == RATIO)
    threshold = next((bound["value"] for bound in bounds if bound is not None), None)
    values = [value for _, value in points] + ([threshold] if threshold is not None else [])
    low, high = rate_limits(values)
    panel.set_ylim(low, high)
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value) if value <= 1.0 else ""))
    if threshold is not None:
        _draw_threshold(panel, threshold)
    panel.plot([one["t"] for one, _ in points], [value for _, value in points], color=GREY, linewidth=1.5, zorder=2)
    for one, value in points:
        _mark(panel, one, value)
    if not points:
        _nothing(panel, "no success rate was measured")
    _legend(panel, _verdict_keys(report["measurements"]))


def rate_limits(values: Sequence[float]) -> tuple[float, float]:
    """The axis of a success rate: up to 100 %, down to the next 10 % below the worst, with some room."""
    lowest, highest = min([*values, 0.92]), max([*values, 1.0])
    low = math.floor((lowest - 0.02) * 10) / 10
    if lowest >= 0:
        low = max(low, 0.0)
    room = (highest - low) * 0.09
    return (low - room if low == lowest else low), highest + room


def _mark(panel: Axes, one: MeasuredDict, height: float) -> None:
    mark = verdict_mark(one["phase"])
    panel.plot(
        [one["t"]],
        [height],
        marker=mark.marker,
        markersize=10.5,
        color=mark.colour,
        markeredgecolor=INK,
        markeredgewidth=0.9,
        linestyle="none",
        zorder=4,
        clip_on=False,
    )


def _verdict_keys(measurements: Sequence[MeasuredDict]) -> list[Line2D]:
    phases = dict.fromkeys(one["phase"] for one in measurements)
    return [_key(short(phase, 16), verdict_mark(phase).marker, verdict_mark(phase).colour) for phase in phases]


def _key(label: str, marker: str, colour: str) -> Line2D:
    return Line2D([], [], marker=marker, color=colour, markeredgecolor=INK, markersize=9, linestyle="none", label=label)


def _draw_threshold(panel: Axes, threshold: float) -> None:
    panel.axhline(threshold, color=INK, linewidth=1.4, linestyle=(0, (1, 1.5)), zorder=2)
    panel.annotate(
        f"demanded: {percent(threshold)}",
        (1.0, threshold),
        xycoords=panel.get_yaxis_transform(),
        xytext=(-4, -4),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=11.5,
        zorder=3,
    )


def _legend(panel: Axes, keys: Sequence[Artist]) -> None:
    if keys:
        panel.legend(
            handles=list(keys),
            loc="lower right",
            bbox_to_anchor=(1.0, 0.985),
            ncols=len(keys),
            frameon=False,
            fontsize=11.5,
            handletextpad=0.3,
            columnspacing=1.2,
            borderaxespad=0.2,
        )


def draw_verdicts(panel: Axes, rows: Sequence[tuple[str, Sequence[MeasuredDict]]]) -> None:
    if not rows:
        panel.set_axis_off()
        return
    panel.set_ylim(len(rows) - 0.4, -0.6)
    panel.set_yticks(range(len(rows)), labels=[short(name, 15) for name, _ in rows], fontsize=11)
    panel.tick_params(axis="y", length=0)
    for spine in panel.spines.values():
        spine.set_visible(False)
    for row, (_, measurements) in enumerate(rows):
        panel.axhline(row, color=GREY, linewidth=1, zorder=1)
        for one in measurements:
            _mark(panel, one, row)


class Look(NamedTuple):
    """How a kind of harm is drawn: hatched, so that it is told from others in grey."""

    colour: str
    label: str
    hatch: str


def draw_harm(panel: Axes, per_second: Sequence[SecondDict]) -> None:
    _title(panel, "Visitors' requests that failed or were slow, in each second")
    if not per_second:
        _nothing(panel, "no visitors were watched")
        return
    _bars(panel, [(one["t"], one["failed"], 0) for one in per_second], Look(RED, "failed", ""))
    _bars(panel, [(one["t"], one["slow"], one["failed"]) for one in per_second], Look(YELLOW, "slow", "////"))
    highest = max(second["failed"] + second["slow"] for second in per_second)
    if highest == 0:
        _nothing(panel, "none")
        return
    panel.set_ylim(0, max(highest * 1.08, 4))
    panel.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    handles, _ = panel.get_legend_handles_labels()
    _legend(panel, handles)


def _bars(panel: Axes, bars: Sequence[tuple[float, int, int]], look: Look) -> None:
    """Bars of (second, height, bottom), without those of no height, which would draw a line."""
    seen = [bar for bar in bars if bar[1] > 0]
    if not seen:
        return
    times, heights, bottoms = zip(*seen, strict=True)
    panel.bar(
        times,
        heights,
        bottom=bottoms,
        width=1.0,
        align="edge",
        color=look.colour,
        hatch=look.hatch,
        edgecolor=INK,
        linewidth=min(0.7, 60 / len(seen)),  # in a long run, edges would hide the bars
        label=look.label,
        zorder=3,
    )


def _nothing(panel: Axes, text: str) -> None:
    panel.set_yticks([])
    panel.text(0.5, 0.5, text, transform=panel.transAxes, ha="center", va="center", fontsize=12, style="italic")


def short(text: str, length: int) -> str:
    """A name on one line that does not run out of its place."""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return line if len(line) <= length else f"{line[: length - 1]}…"
