"""One line of a story: a sentence, and whether it is good or bad news. The words say it; mark and colour repeat it."""

from dataclasses import dataclass
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


_TONES = {"Successful": Tone.GOOD, "Failed": Tone.BAD, "Error": Tone.BAD}


def measurement_line(measurement: MeasurementView, view: RolloutView) -> Line:
    """`success-rate 62.1 %, at least 95 % demanded: Failed`, or what an empty or failed measurement means."""
    return Line(_in_words(measurement, view), _TONES.get(measurement.phase, Tone.PLAIN))


def _in_words(measurement: MeasurementView, view: RolloutView) -> str:
    name, metric = measurement.metric, view.metric(measurement.metric, measurement.run)
    if measurement.phase == "Error":
        return f"{name}: could not be measured ({measurement.message or 'no reason given'})"
    if number(measurement.value) is None and measurement.phase == "Inconclusive":
        return f"{name}: too few requests to judge: {measurement.phase}"
    unit, bound = (metric.unit, metric.bound) if metric is not None else ("", None)
    demanded = f", {metric.demands} demanded" if metric is not None and metric.demands else ""
    return f"{name} {text_in_words(measurement.value, unit, bound)}{demanded}: {measurement.phase}"
