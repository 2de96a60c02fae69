"""What was watched of one release, gathered view by view. Pure: whoever watches passes the time.

It turns views into the timeline and measurements of the report, into the visitors' phases, and into the lines of the
story, so that the terminal, report.json and report.html can never tell different tales.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from chaos.report import Measured, Point
from chaos.report.measured import number
from faces.cli.telling import Telling, Tone
from loadgen.report import Phase
from seam.verdict import verdict
from seam.views import MeasurementView, RolloutView

# Requests that were under way, and connections that were open, when the weight went back.
SETTLING_S = 3.0
_TONES = {"Successful": Tone.GOOD, "Failed": Tone.BAD, "Error": Tone.BAD}


@dataclass(slots=True)
class Recorder:
    """One release, from `released_at` (seconds since the epoch) on."""

    version: str
    released_at: float
    timeline: list[Point] = field(default_factory=list)
    measurements: list[Measured] = field(default_factory=list)
    last: RolloutView | None = None
    settled_at: float | None = None
    aborted_at: float | None = None
    _weights: list[tuple[float, int]] = field(default_factory=list)
    _measured: set[tuple[str, str, float]] = field(default_factory=set)

    def observe(self, view: RolloutView, now: float) -> list[Telling]:
        """Take in a view; returns what there is to tell, a sentence each."""
        before, self.last = self.last, view
        point = Point(now, view.canary_weight, view.current_step_index, len(view.steps), view.phase, view.message)
        if not self.timeline or _differs(point, self.timeline[-1]):
            self.timeline.append(point)
        told = list(self._weight_told(view, now))
        told += self._measurements_told(view)
        if view.aborted and self.aborted_at is None:
            self.aborted_at = now
        if self.settled_at is None and self.is_over(view):
            self.settled_at = now
            told.append(Telling(verdict(view), Tone.GOOD if self.promoted else Tone.BAD))
        elif view.pause_reason and (before is None or before.pause_reason != view.pause_reason):
            told += _pause_told(view)
        return told

    def is_over(self, view: RolloutView) -> bool:
        """Whether this release has come to its end: promoted, or back on stable with nothing left for the canary."""
        return view.current_version == self.version and view.settled

    @property
    def promoted(self) -> bool:
        last = self.last
        return last is not None and last.phase == "Healthy" and last.stable_version == self.version

    @property
    def waits_for_a_person(self) -> bool:
        last = self.last
        return last is not None and last.pause_reason == "InconclusiveAnalysisRun"

    def phases(self, visitors_since: float, until: float) -> list[Phase]:
        """The visitors' phases: before, starting, each weight, rollback, after; one begins where another ends."""
        marks = [(visitors_since, "before"), (self.released_at, "starting")]
        marks += [(t, f"weight {weight}") for t, weight in self._weights if weight]
        if self.aborted_at is not None:
            marks.append((self.aborted_at, "rollback"))
        if self.settled_at is not None:
            marks.append((self.settled_at + SETTLING_S, "after"))
        marks.sort(key=lambda mark: mark[0])  # a release that was retried goes on after its rollback
        ends = [start for start, _ in marks[1:]] + [until]
        return [Phase(name, start, max(start, end)) for (start, name), end in zip(marks, ends, strict=True)]

    def _weight_told(self, view: RolloutView, now: float) -> Iterator[Telling]:
        if self._weights and self._weights[-1][1] == view.canary_weight:
            return
        first = not self._weights
        self._weights.append((now, view.canary_weight))
        if view.canary_weight:
            yield Telling(f"{view.canary_weight} % of the traffic goes to {self.version}.")
        elif not first and view.aborted:
            yield Telling(f"All traffic is back on {view.stable_version}.", Tone.GOOD)

    def _measurements_told(self, view: RolloutView) -> list[Telling]:
        # Not by their number: a run keeps only the last ten of each metric.
        shown = view.measurements if view.current_version == self.version else ()
        fresh = [m for m in shown if (m.run, m.metric, m.t) not in self._measured]
        self._measured.update((m.run, m.metric, m.t) for m in fresh)
        self.measurements += [Measured(m.t, m.metric, m.value, m.phase) for m in fresh]
        return [Telling(measurement_in_words(m), _TONES.get(m.phase, Tone.PLAIN)) for m in fresh]


def measurement_in_words(measurement: MeasurementView) -> str:
    """`success-rate 62.1 %: Failed`, and what an empty or unreadable answer means."""
    name, value = measurement.metric, number(measurement.value)
    if measurement.phase == "Error":
        return f"{name}: could not be measured ({measurement.message or 'no reason given'})"
    if value is None and measurement.phase == "Inconclusive":
        return f"{name}: too few requests to judge: {measurement.phase}"
    words = _value_in_words(name, value, measurement.value)
    return f"{name.removesuffix('-ms')} {words}: {measurement.phase}"


def _value_in_words(metric: str, value: float | None, text: str) -> str:
    """A metric's unit is nowhere written down: one that is called a latency is in ms, one from 0 to 1 a share."""
    if value is None:
        return text
    if "latency" in metric:
        return f"{value:.0f} ms"
    return f"{value * 100:.1f} %" if 0 <= value <= 1 else f"{value:g}"


def _pause_told(view: RolloutView) -> list[Telling]:
    if view.pause_reason == "InconclusiveAnalysisRun":
        advice = f"Decide with `faces promote {view.name}` or `faces abort {view.name}`."
        return [Telling(verdict(view)), Telling(advice)]
    index = view.current_step_index
    pause = view.steps[index].get("pause") if index is not None and index < len(view.steps) else None
    if pause is not None and not pause.get("duration"):
        return [Telling(verdict(view)), Telling(f"Go on with `faces promote {view.name}`.")]
    return []


def _differs(point: Point, other: Point) -> bool:
    return (point.weight, point.step, point.phase, point.message) != (
        other.weight,
        other.step,
        other.phase,
        other.message,
    )
