"""The whole of `faces watch`, fitted into a terminal: 80 columns and 24 rows are enough.

From the top: what is released, the verdict, what is waited for, the traffic, the steps, what was measured; below these
the tiles, and beside them the success rate over time.
"""

import math
from collections.abc import Iterable, Sequence

from rich.text import Text

from faces.cli.drawing.chart import CANARY, STABLE, Dot, axis, chart, width_of
from faces.cli.drawing.going import going_on, in_words
from faces.cli.drawing.marks import ELLIPSIS, cropped, mark, style
from faces.cli.drawing.metrics import metric_lines, success_metric
from faces.cli.drawing.steps import Reached, Step, is_out, stepper
from faces.cli.drawing.tiles import CANARY_STYLE, STABLE_STYLE, legend
from faces.cli.drawing.watched import Release, Watched
from seam.values import RATIO, number, text_in_words
from seam.verdict import verdict
from seam.views import RolloutView

END = "q or Ctrl-C ends it."
# Rows of the tiles and the chart; a chart that is higher says no more.
_LEAST_BLOCK, _MOST_CHART = 6, 16
_GAP = 3
# The chart begins a little before the release, and goes on a little after its end.
_BEFORE_S, _AFTER_S = 8, 12
_STEPS = {
    Reached.DONE: ("✓", "green"),
    Reached.NOW: ("▸", "bold cyan"),
    Reached.LATER: ("·", "dim"),
    Reached.ENDED_HERE: ("✗", "bold red"),
    Reached.NEVER: ("·", "dim strike"),
}


def screen(watched: Watched, name: str, now: float, width: int, height: int) -> list[Text]:
    """At most `height` lines of at most `width` columns. `name` is the run's."""
    view = watched.shown
    if view is None or watched.platform is None:
        return [cropped(Text(f"Asking the run {name} how its Rollouts stand. {END}"), width)]
    top = head(watched, view, name, now, width)
    bottom = [_legend(watched, view, width)]
    room = height - len(top) - len(bottom)
    metrics = metric_lines(view, width, max(1, room - _LEAST_BLOCK - 2)) if room > 1 else []
    middle = [Text(), *metrics] if metrics else []
    left = room - len(middle) - 1
    block = [Text(), *tiles_and_chart(watched, view, now, width, left)] if left >= _LEAST_BLOCK else []
    return [cropped(line, width) for line in [*top, *middle, *block][: height - len(bottom)] + bottom]


def head(watched: Watched, view: RolloutView, name: str, now: float, width: int) -> list[Text]:
    lines = [_title(watched, view, name, width), Text(verdict(view), _verdict_style(view))]
    lines.append(Text(" · ".join(going_on(view, now)) or _over(watched, view), "cyan"))
    lines.append(_traffic(view, width))
    if view.steps and watched.release is not None:
        lines += steps_lines(stepper(view, watched.release.reached), width)
    if watched.others:
        lines.append(Text("Also: " + " ".join(f"{one.name}: {verdict(one)}" for one in watched.others)))
    return lines


def _legend(watched: Watched, view: RolloutView, width: int) -> Text:
    if watched.wall is None:
        return Text(END, "dim")
    return Text(f"{legend(view, small=watched.wall.is_small(_grid_width(width)))}   {END}", "dim")


def _grid_width(width: int) -> int:
    """The tiles have so much of the width, and the chart the rest."""
    return width * 2 // 5


def _title(watched: Watched, view: RolloutView, name: str, width: int) -> Text:
    assert watched.platform is not None
    versions = f"{view.stable_version} → {view.current_version}" if is_out(view) else view.stable_version
    released = f", {view.release}" if view.release and is_out(view) else ""
    left, right = Text(f"{view.name}: {versions}{released}", "bold"), f"{name} on {watched.platform.platform}"
    gap = width - left.cell_len - len(right)
    return Text.assemble(left, " " * gap, (right, "dim")) if gap > 1 else left


def _verdict_style(view: RolloutView) -> str:
    bad = view.aborted or view.phase == "Degraded" or any(one.phase == "Failed" for one in view.measurements)
    return "bold red" if bad else "bold green" if view.settled else "bold"


def _over(watched: Watched, view: RolloutView) -> str:
    """What came of the release; between two of them, what the next one has to go through."""
    release = watched.release
    if release is None or release.ended_at is None:
        if view.aborted:
            return "Rolling back."
        weights = [f"{step['setWeight']} %" for step in view.steps if "setWeight" in step]
        return f"The next release: {' → '.join([*weights, 'everybody'])}" if view.steps else ""
    return outcome(view, release, release.ended_at, watched.rates.count(release.began_at))


def outcome(view: RolloutView, release: Release, ended_at: float, tiles: tuple[int, int]) -> str:
    """`v2 got to 50 %; all traffic was back after 22.4 s. 35 of 900 tiles failed.`"""
    took, requests, failed = in_words(ended_at - release.began_at), *tiles
    hurt = f" {failed:,} of {requests:,} tiles failed." if requests else ""
    if not view.aborted:
        return f"{view.current_version} reached everybody after {took}.{hurt}"
    new = view.current_version
    far = f"got to {release.furthest} %; all traffic was back after {took}."
    return f"{new} {far}{hurt}" if release.furthest else f"{new} got no traffic."


def _traffic(view: RolloutView, width: int) -> Text:
    """`v2 ██████░░░░░░░░░░░░░░ 30 %`: the canary's share, as the data plane has acknowledged it."""
    if not is_out(view):
        return Text.assemble(f"{view.stable_version} has all of the traffic.")
    words = f" {view.canary_weight} % of the traffic"
    room = min(40, width - len(view.current_version) - len(words) - 1)
    filled = round(room * view.canary_weight / 100)
    bar = Text.assemble(("█" * filled, CANARY_STYLE), ("░" * (room - filled), STABLE_STYLE))
    return Text.assemble((f"{view.current_version} ", CANARY_STYLE), bar, words)


def steps_lines(steps: Sequence[Step], width: int, most: int = 2) -> list[Text]:
    """`✓ 30 %  ▸ watch 20 s  · 50 %`: closer together if that makes it one line, and at most `most` lines."""
    said = [Text(f"{shape} {step.words}", colour) for step in steps for shape, colour in (_STEPS[step.reached],)]
    for gap in ("  ", " "):
        line = Text(gap).join(said)
        if line.cell_len <= width:
            return [line]
    lines = [said[0]]
    for words in said[1:]:
        if lines[-1].cell_len + 2 + words.cell_len > width:
            lines.append(words)
        else:
            lines[-1] = Text("  ").join([lines[-1], words])
    if len(lines) > most:
        lines[most - 1] = cropped(Text.assemble(lines[most - 1], f"  {ELLIPSIS}"), width)
    return lines[:most]


def tiles_and_chart(watched: Watched, view: RolloutView, now: float, width: int, height: int) -> list[Text]:
    """Side by side: the grid with its summary above it, and the chart with its legend."""
    if watched.wall is None:
        grid = [Text(f"No tiles: {watched.no_tiles}", "yellow")]
        # Without tiles the chart has the measurements alone.
        return [cropped(grid[0], width), *_chart(watched, view, now, width, min(height - 1, _MOST_CHART))]
    grid = [Text(watched.wall.summary(), "bold"), *watched.wall.lines(_grid_width(width), height - 1)]
    wide = max(line.cell_len for line in grid) + _GAP
    beside = _chart(watched, view, now, width - wide, min(height, _MOST_CHART))
    return list(_side_by_side(grid, beside, wide))


def _side_by_side(left: Sequence[Text], right: Sequence[Text], wide: int) -> Iterable[Text]:
    for row in range(max(len(left), len(right))):
        one = left[row] if row < len(left) else Text()
        other = right[row] if row < len(right) else Text()
        yield Text.assemble(one, " " * (wide - one.cell_len), other)


def _chart(watched: Watched, view: RolloutView, now: float, width: int, height: int) -> list[Text]:
    columns = width_of(width)
    span = span_of(watched.release, now, columns)
    metric = success_metric(view)
    stable, canary = (watched.rates.shares((t + span.step - 1 for t in span), canary=one) for one in (False, True))
    dots = [] if metric is None else _dots(view, metric.name, span)
    rows = max(4, height - 2)
    bound, demands = (metric.bound.value, metric.demands) if metric is not None and metric.bound else (None, "")
    began = watched.release.began_at if watched.release is not None else None
    return [_names(watched, view, now), *chart(stable, canary, dots, rows, bound, demands), axis(span, began)]


def _names(watched: Watched, view: RolloutView, now: float) -> Text:
    """`success  ─ v1 100 %  ■ v2 61.5 %`."""

    def said(*, canary: bool) -> str:
        share = watched.rates.latest(now, canary=canary)
        return "" if share is None else f" {text_in_words(str(share), RATIO)}"

    line = Text.assemble("success  ", (f"{STABLE} {view.stable_version}{said(canary=False)}", STABLE_STYLE))
    if is_out(view):
        line.append(f"  {CANARY} {view.current_version}{said(canary=True)}", CANARY_STYLE)
    measured = Text.assemble("  ", (mark("Successful"), style("Successful")), (mark("Failed"), style("Failed")))
    return Text.assemble(line, measured, " measured")


def span_of(release: Release | None, now: float, columns: int) -> range:
    """From when to when the chart goes, and how many seconds a column has."""
    if release is None:
        return range(int(now) - columns + 1, int(now) + 1)
    start = int(release.began_at) - _BEFORE_S
    end = int(now) if release.ended_at is None else min(int(now), int(release.ended_at) + _AFTER_S)
    step = max(1, math.ceil((end - start + 1) / columns))
    return range(start, start + step * columns, step)


def _dots(view: RolloutView, metric: str, span: range) -> list[Dot]:
    measured = [(one, number(one.value)) for one in view.measurements if one.metric == metric]
    return [
        Dot(int((one.t - span.start) // span.step), value, one.phase) for one, value in measured if value is not None
    ]
