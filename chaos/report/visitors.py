"""What visitors saw, cut along the phases of the release, with times relative to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from chaos.record import Progress, Record
from chaos.record.progress import SETTLING_S
from chaos.report.shape import BlastRadiusDict, PhaseDict, SecondDict, TallyDict, VisitorsDict
from loadgen.figures import Figures, figures
from loadgen.report import PhaseFigures, VisitorReport, build

BEFORE = "before"
AFTER = "after"  # the phase in which visitors have to be as well as before


@dataclass(frozen=True, slots=True)
class Visitors:
    """`afterwards` counts what was sent once the release had come to rest; None if it never did."""

    report: VisitorReport
    released_at: float
    afterwards: Figures | None

    @property
    def totals(self) -> Figures:
        return self.report.totals

    @property
    def slow_ms(self) -> float | None:
        """Slow is longer than this; None where nobody visited."""
        return self.report.slow_ms if self.totals.requests else None

    @property
    def before(self) -> Figures | None:
        """What was sent before the release."""
        return next((phase.figures for phase in self.report.phases if phase.phase.name == BEFORE), None)

    @property
    def hurt_seconds(self) -> list[int]:
        """The seconds in which a request was sent that failed or was slow, in order of time."""
        return [second.t for second in self.report.seconds if is_hurt(second.figures)]

    def to_json(self) -> VisitorsDict:
        phases = [self._phase(phase) for phase in self.report.phases]
        return VisitorsDict(phases=phases, **_tally(self.totals))

    def seconds_to_json(self) -> list[SecondDict]:
        return [SecondDict(t=self._since(second.t), **_tally(second.figures)) for second in self.report.seconds]

    def blast_radius_to_json(self) -> BlastRadiusDict | None:
        radius = self.report.blast_radius
        if not self.totals.requests:
            return None
        return BlastRadiusDict(requests=radius.requests, of_requests=radius.of_requests, share=radius.share)

    def _phase(self, seen: PhaseFigures) -> PhaseDict:
        start, end = seen.phase.start, seen.phase.end
        assert end is not None  # Progress.phases closes each
        return PhaseDict(
            name=seen.phase.name,
            start=self._since(start),
            end=self._since(end),
            failed_share=seen.figures.failed_share,
            **_tally(seen.figures),
        )

    def _since(self, t: float) -> float:
        return round(t - self.released_at, 3)


def visitors_of(record: Record, progress: Progress) -> Visitors:
    report = build(record.samples, progress.phases(record.began_at, record.ended_at))
    return Visitors(report, record.released_at, _afterwards(record, progress, report.phases))


def _afterwards(record: Record, progress: Progress, phases: Sequence[PhaseFigures]) -> Figures | None:
    after = next((phase.figures for phase in reversed(phases) if phase.phase.name == AFTER), None)
    if after is not None or not (progress.stuck or progress.waits_for_a_person):
        return after
    # It never settled, but nothing more happens by itself: from then on visitors are as well as they will be.
    at_rest = progress.timeline[-1].t + SETTLING_S
    return figures([sample for sample in record.samples if sample.t >= at_rest])


def is_hurt(seen: Figures) -> bool:
    return seen.failed > 0 or seen.slow > 0


def _tally(seen: Figures) -> TallyDict:
    return TallyDict(requests=seen.requests, failed=seen.failed, slow=seen.slow, p50_ms=seen.p50_ms, p99_ms=seen.p99_ms)
