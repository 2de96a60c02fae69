"""One line of a story: a sentence, and whether it is good or bad news. The words say it; mark and colour repeat it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from seam.values import number, text_in_words
from seam.views import MeasurementView, RolloutView


class Tone(Enum):
    """(mark, style in the terminal)."""

    PLAIN = ("·", "")
    GOOD = ("✓", "bold green")
    BAD = ("✗", "bold red")


@dataclass(frozen=True, slots=True)
class Line:
    sentence: str
    tone: Tone = Tone.PLAIN


# So many names are listed; of more, the first two and how many others there are.
_FEW = 3
_TONES = {"Successful": Tone.GOOD, "Failed": Tone.BAD, "Error": Tone.BAD}


def measurement_line(measurement: MeasurementView, view: RolloutView) -> Line:
    """`success-rate 62.1 %, at least 95 % demanded: Failed`, or what an empty or failed measurement means."""
    return Line(_in_words(measurement, view), _TONES.get(measurement.phase, Tone.PLAIN))


def measurement_lines(measurements: Sequence[MeasurementView], view: RolloutView) -> Iterator[Line]:
    """Of those that were taken at the same time: a line for each, and one for all that say nothing for one reason."""
    said: dict[str, list[MeasurementView]] = {}
    for one in measurements:
        said.setdefault(_why_nothing(one) or f"{one.run} {one.metric} {one.t}", []).append(one)
    for why, together in said.items():
        names = list(dict.fromkeys(one.metric for one in together))
        line = measurement_line(together[0], view)
        yield line if len(names) == 1 else replace(line, sentence=f"{_listed(names)}: {why}")


def _listed(names: Sequence[str]) -> str:
    """`a and b`, `a, b and 5 others`."""
    first, more = (names[:-1], names[-1]) if len(names) <= _FEW else (names[:2], f"{len(names) - 2} others")
    return f"{', '.join(first)} and {more}"


def _why_nothing(one: MeasurementView) -> str:
    """Why a measurement has no number; empty where it has one."""
    if one.phase == "Error":
        return f"could not be measured ({one.message or 'no reason given'})"
    if number(one.value) is None and one.phase == "Inconclusive":
        return f"too few requests to judge: {one.phase}"
    return ""


def _in_words(measurement: MeasurementView, view: RolloutView) -> str:
    name, metric = measurement.metric, view.metric(measurement.metric, measurement.run)
    if why := _why_nothing(measurement):
        return f"{name}: {why}"
    unit, bound = (metric.unit, metric.bound) if metric is not None else ("", None)
    demanded = f", {metric.demands} demanded" if metric is not None and metric.demands else ""
    return f"{name} {text_in_words(measurement.value, unit, bound)}{demanded}: {measurement.phase}"
