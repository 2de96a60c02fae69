"""What the views of one release come to, one after the other. Pure: whoever watches passes the time.

The terminal's story, the report and the visitors' phases are all made from this, so they can never disagree.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

from chaos.record.lines import Line, Tone, measurement_lines
from chaos.record.record import Record
from loadgen.report import Phase
from seam.values import Bound, text_in_words
from seam.verdict import promoted_unmeasured, verdict
from seam.views import MeasurementView, RolloutView

# Requests that were under way, and connections that were open, when the weight went back.
SETTLING_S = 3.0
# As many metrics are told of each time that they are measured.
_FEW = 3


def as_installed(words: str) -> str:
    return f"faces {words}"


@dataclass(frozen=True, slots=True)
class Point:
    """The rollout as seen at `t`, in seconds since the epoch.

    `weight` is the canary's percentage at the data plane, `step` the current step's index (None: past the last, or no
    steps) of `steps`; `phase` and `message` are those of Argo's `.status`.
    """

    t: float
    weight: int
    step: int | None
    steps: int
    phase: str
    message: str = ""
    aborted: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement, with what it demanded. `value` is Argo's own text (`[0.98]`), `words` the same for people."""

    t: float
    metric: str
    run: str
    value: str
    words: str
    phase: str
    message: str = ""
    unit: str = ""
    demands: str = ""
    bound: Bound | None = None


@dataclass(slots=True)
class Progress:
    """One release of `version`, from `released_at` (seconds since the epoch) on.

    `typed` makes what a person can paste of a command's words (`promote smiley`).
    """

    version: str
    released_at: float
    typed: Callable[[str], str] = as_installed
    timeline: list[Point] = field(default_factory=list)
    measurements: list[Measured] = field(default_factory=list)
    last: RolloutView | None = None
    settled_at: float | None = None
    aborted_at: float | None = None
    _weights: list[tuple[float, int]] = field(default_factory=list)
    _measured: set[tuple[str, str, float]] = field(default_factory=set)
    _phases: dict[str, str] = field(default_factory=dict)
    _error_seen: bool = False
    _awaited: bool = False

    @classmethod
    def of(cls, record: Record) -> Self:
        """The same from a record, as if it were watched again."""
        progress = cls(record.version, record.released_at)
        for seen in record.views:
            progress.observe(seen.view, seen.t)
        return progress

    def observe(self, view: RolloutView, now: float) -> list[Line]:
        """Take in a view; returns the lines of the story. A view of another version counts for nothing."""
        if view.current_version != self.version:
            return []
        before, self.last = self.last, view
        self._note(view, now)
        lines = [*self._weight_lines(view, now), *self._awaited_lines(view, now), *self._measurement_lines(view)]
        if view.aborted and self.aborted_at is None:
            self.aborted_at = now
        if self.settled_at is None and view.settled:
            self.settled_at = now
            sentence = promoted_unmeasured(view) if self.unmeasured else verdict(view)
            lines.append(Line(sentence, Tone.GOOD if self.promoted and not self.unmeasured else Tone.BAD))
        elif view.pause_reason and (before is None or before.pause_reason != view.pause_reason):
            lines += self._pause_lines(view)
        elif self.stuck and not (before is not None and _is_stuck(before)):
            lines.append(Line(verdict(view), Tone.BAD))
        return lines

    @property
    def promoted(self) -> bool:
        last = self.last
        return last is not None and last.phase == "Healthy" and last.stable_version == self.version

    @property
    def unmeasured(self) -> bool:
        """Whether it was promoted although not one measurement was Successful."""
        seen_good = any(measured.phase == "Successful" for measured in self.measurements)
        return self.promoted and not seen_good and self.last is not None and not self.last.measured

    @property
    def waits_for_a_person(self) -> bool:
        last = self.last
        return last is not None and (last.pause_reason == "InconclusiveAnalysisRun" or last.pauses_until_promoted)

    @property
    def stuck(self) -> bool:
        """Whether it is Degraded without an abort: its canary cannot go on, and nobody sends its traffic back."""
        return self.last is not None and _is_stuck(self.last)

    @property
    def weights(self) -> list[int]:
        """The canary's weights in order, each as often as it was newly set."""
        return [weight for _, weight in self._weights]

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

    def _note(self, view: RolloutView, now: float) -> None:
        index, steps = view.current_step_index, len(view.steps)
        point = Point(now, view.canary_weight, index, steps, view.phase, view.message, view.aborted)
        if not self.timeline or _without_time(point) != _without_time(self.timeline[-1]):
            self.timeline.append(point)

    def _weight_lines(self, view: RolloutView, now: float) -> Iterator[Line]:
        if self._weights and self._weights[-1][1] == view.canary_weight:
            return
        first = not self._weights
        self._weights.append((now, view.canary_weight))
        if view.canary_weight:
            yield Line(f"{view.canary_weight} % of the traffic goes to {self.version}.")
        elif not first and view.aborted:
            yield Line(f"All traffic is back on {view.stable_version}.", Tone.GOOD)

    def _awaited_lines(self, view: RolloutView, now: float) -> Iterator[Line]:
        """Why nothing seems to happen for a while, once."""
        times = [metric.next_at for metric in view.metrics if metric.run and metric.next_at is not None]
        if self._awaited or view.measurements or not times or not view.canary_weight:
            return
        self._awaited = True
        left = math.ceil(min(times) - now)
        if left > 1:
            yield Line(f"The first measurement comes in {left} s.")

    def _measurement_lines(self, view: RolloutView) -> Iterator[Line]:
        # By run, metric and time, not by their number: a run keeps only the last ten of each metric.
        news = []
        for one in view.measurements:
            key = (one.run, one.metric, one.t)
            if key in self._measured:
                continue
            self._measured.add(key)
            metric = view.metric(one.metric, one.run)
            unit, bound = (metric.unit, metric.bound) if metric is not None else ("", None)
            demands = metric.demands if metric is not None else ""
            words = text_in_words(one.value, unit, bound)
            self.measurements.append(
                Measured(one.t, one.metric, one.run, one.value, words, one.phase, one.message, unit, demands, bound)
            )
            if self._is_news(one, view):
                news.append(one)
        yield from measurement_lines(news, view)
        error = next((one for one in news if one.phase == "Error"), None)
        if error is not None and not self._error_seen:
            self._error_seen = True
            yield Line(
                "While nothing can be measured, nothing protects visitors: check the address and the query in the "
                f"AnalysisTemplate of {error.metric}, or end the release with `{self.typed(f'abort {view.name}')}`.",
                Tone.BAD,
            )

    def _is_news(self, one: MeasurementView, view: RolloutView) -> bool:
        """Whether to tell of it: of many metrics, those that go on being good are told of once, but for the first."""
        before, self._phases[one.metric] = self._phases.get(one.metric), one.phase
        many = len({metric.name for metric in view.metrics}) > _FEW
        leads = bool(view.metrics) and view.metrics[0].name == one.metric
        return not many or leads or (before, one.phase) != ("Successful", "Successful")

    def _pause_lines(self, view: RolloutView) -> list[Line]:
        promote, abort = self.typed(f"promote {view.name}"), self.typed(f"abort {view.name}")
        if view.pause_reason == "InconclusiveAnalysisRun":
            return [Line(verdict(view)), Line(f"Decide with `{promote}` or `{abort}`.")]
        if view.pauses_until_promoted:
            return [Line(verdict(view)), Line(f"Continue with `{promote}`.")]
        return []


def _is_stuck(view: RolloutView) -> bool:
    # After a retry the abort is gone at once, and the phase speaks of it until the controller has looked.
    return view.phase == "Degraded" and not view.aborted and not view.message.startswith("RolloutAborted")


def _without_time(point: Point) -> tuple[object, ...]:
    return (point.weight, point.step, point.phase, point.message, point.aborted)
