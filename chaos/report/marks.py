"""What all panels draw alike: titles, marks of verdicts, words where there is nothing."""

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from chaos.report.palette import INK, RED, VERDICTS, YELLOW, verdict_mark
from chaos.report.shape import MeasuredDict, Report

FAILED, SLOW = (RED, ""), (YELLOW, "////")  # colour and hatching, so that they are told apart in grey


def title(panel: Axes, text: str, pad: float = 8) -> None:
    panel.set_title(short(text, 60), loc="left", fontsize=13, fontweight="bold", pad=pad)


def mark(panel: Axes, one: MeasuredDict, height: float) -> None:
    look = verdict_mark(one["phase"])
    panel.plot(
        [one["t"]],
        [height],
        marker=look.marker,
        markersize=10.5,
        color=look.colour,
        markeredgecolor=INK,
        markeredgewidth=0.9,
        linestyle="none",
        zorder=4,
        clip_on=False,
    )


def keys(report: Report) -> list[Artist]:
    """The legend of the whole plot: each verdict that was given, and each kind of harm that was done."""
    given = {one["phase"]: None for one in report["measurements"]}
    found: list[Artist] = [_verdict_key(phase) for phase in dict.fromkeys([*VERDICTS, *given]) if phase in given]
    for name, (colour, hatch), there in (
        ("failed", FAILED, report["visitors"]["failed"]),
        ("slow", SLOW, report["visitors"]["slow"]),
    ):
        if there:
            found.append(Patch(facecolor=colour, edgecolor=INK, hatch=hatch, linewidth=0.7, label=f"request {name}"))
    return found


def _verdict_key(phase: str) -> Line2D:
    look, label = verdict_mark(phase), short(phase, 16)
    return Line2D(
        [], [], marker=look.marker, color=look.colour, markeredgecolor=INK, markersize=9, linestyle="none", label=label
    )


def nothing(panel: Axes, text: str) -> None:
    panel.set_yticks([])
    panel.text(0.5, 0.5, text, transform=panel.transAxes, ha="center", va="center", fontsize=12, style="italic")


def short(text: str, length: int) -> str:
    """A name on one line that does not run out of its place."""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return line if len(line) <= length else f"{line[: length - 1]}…"
