"""The metrics of a release, a line each: what was measured last, what is demanded, and how often it was bad."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from faces.cli.drawing.going import bad_words
from faces.cli.drawing.marks import cropped, mark, style
from seam.values import RATIO, text_in_words
from seam.views import MeasurementView, MetricView, RolloutView

_LAST = 8
_BAD = ("Failed", "Error")
_NAME, _VALUE, _DEMANDS, _COUNT = 18, 12, 24, 11
# What no metric demands in milliseconds is slow from here on: what visitors call so as well.
_SLOW_MS = 500.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric, of one run or of several that demand the same, and its measurements, oldest first."""

    metric: MetricView
    measurements: tuple[MeasurementView, ...]

    @property
    def last(self) -> MeasurementView | None:
        return self.measurements[-1] if self.measurements else None

    @property
    def bad(self) -> bool:
        return any(one.phase in _BAD for one in self.measurements)


def measured(view: RolloutView) -> list[Measured]:
    """In the order in which the analyses name them."""
    groups: dict[tuple[str, str, str], list[MetricView]] = {}
    for metric in view.metrics:
        groups.setdefault((metric.name, metric.demands, metric.unit), []).append(metric)
    return [_measured(group, view.measurements) for group in groups.values()]


def _measured(group: Sequence[MetricView], measurements: Sequence[MeasurementView]) -> Measured:
    runs = {metric.run for metric in group}
    own = tuple(one for one in measurements if one.metric == group[0].name and one.run in runs)
    present = [metric for metric in group if metric.run and metric.phase == "Running"]
    present += [metric for metric in group if own and metric.run == own[-1].run]
    present += [metric for metric in reversed(group) if metric.run]
    return Measured((present or list(group))[0], own)


def metric_lines(view: RolloutView, width: int, most: int) -> list[Text]:
    """At most `most` lines: where they do not all fit, those that were bad and the first ones."""
    every = measured(view)
    if len(every) <= most:
        return [_line(one, width) for one in every]
    chosen = sorted(range(len(every)), key=lambda at: (not every[at].bad, at))[: max(0, most - 1)]
    hidden = [one for at, one in enumerate(every) if at not in chosen]
    names = ", ".join(one.metric.name for one in hidden)
    rest = Text(f"  and {len(hidden)} more{'' if any(one.bad for one in hidden) else ', none bad'}: {names}", "dim")
    return [*(_line(every[at], width) for at in sorted(chosen)), cropped(rest, width)][:most]


def _line(one: Measured, width: int) -> Text:
    metric, last = one.metric, one.last
    phase = last.phase if last is not None else ""
    value = text_in_words(last.value, metric.unit, metric.bound) if last is not None else "not yet"
    history = Text("").join(Text(mark(each.phase), style(each.phase)) for each in one.measurements[-_LAST:])
    line = Text.assemble(
        (f"{mark(phase)} ", style(phase)),
        f"{_fitted(metric.name, _NAME)} ",
        (f"{_fitted(value, _VALUE)} ", style(phase) if last is not None else "dim"),
        f"{_fitted(metric.demands, _DEMANDS)} ",
        (f"{bad_words(metric):{_COUNT}} ", "bold red" if metric.failed else ""),
        history,
    )
    return cropped(line, width)


def _fitted(words: str, width: int) -> str:
    return words.ljust(width) if len(words) <= width else f"{words[: width - 1]}…"


def slow_ms(view: RolloutView | None) -> float:
    """From how many milliseconds on an answer is slow: what the metrics demand at most, of several the least."""
    metrics = view.metrics if view is not None else ()
    bounds = [one.bound.value for one in metrics if one.unit == "ms" and one.bound and one.bound.op in ("<", "<=")]
    return min((bound for bound in bounds if bound > 0), default=_SLOW_MS)


def success_metric(view: RolloutView) -> MetricView | None:
    """The metric of which the chart shows what is demanded: a ratio of which a lot is wanted."""
    for metric in view.metrics:
        if metric.unit == RATIO and metric.bound and metric.bound.op in (">", ">=") and metric.bound.value >= 0.5:
            return metric
    return None
