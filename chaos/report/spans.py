"""The time axis: what it spans, its phases, and the stretches of one weight. All in seconds since the
release.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chaos.report.shape import MeasuredDict, PointDict, Report, SecondDict


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the time axis, in seconds since the release."""

    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


def time_span(report: Report) -> Span:
    """All that was seen, and the release itself."""
    times = [0.0, *_times(report)]
    start, end = min(times), max(times)
    # With some room after the last, which would else be drawn on the edge.
    return Span(start, end + max(0.02 * (end - start), 0.5))


def phases_of(report: Report) -> list[tuple[str, Span]]:
    """The phases to shade: the visitors' own, or else before and after the release."""
    phases = report["visitors"]["phases"]
    seen = time_span(report)
    if phases:
        # The last is shaded up to the edge: what follows the last request is no phase of its own.
        ends = [*(phase["end"] for phase in phases[:-1]), seen.end]
        return [(phase["name"], Span(phase["start"], end)) for phase, end in zip(phases, ends, strict=True)]
    return [("before", Span(seen.start, 0.0)), ("since the release", Span(0.0, seen.end))]


def _times(report: Report) -> Iterator[float]:
    moments: Sequence[PointDict | MeasuredDict | SecondDict]
    for moments in (report["timeline"], report["measurements"], report["seconds"]):
        yield from (moment["t"] for moment in moments)
    for phase in report["visitors"]["phases"]:
        yield from (phase["start"], phase["end"])


def plateaus(points: Sequence[PointDict], end: float) -> list[tuple[int, Span]]:
    """The stretches of one weight, in order of time."""
    found: list[tuple[int, Span]] = []
    ends = [*(point["t"] for point in points[1:]), end]
    for point, until in zip(points, ends, strict=False):  # of no points, `end` is left over
        if found and found[-1][0] == point["weight"]:
            found[-1] = (point["weight"], Span(found[-1][1].start, until))
        else:
            found.append((point["weight"], Span(point["t"], until)))
    return found
