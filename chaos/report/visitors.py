"""The visitor report, as it comes in: JSON from another room, so it is checked here and nowhere else.

Keys that a release report does not show are let through: the visitor report holds more than is told here.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt, ValidationError

from chaos.report.errors import ReportError

AFTER = "after"  # the phase in which visitors must be well again

AsArray = Field(strict=False)  # a JSON array comes in as a list and is kept as a tuple
Milliseconds = Annotated[FiniteFloat, Field(ge=0)] | None  # None: nothing was answered


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


PartT = TypeVar("PartT", bound=_Part)


class Tally(_Part):
    """`failed` and `slow` never count the same request twice. The percentiles are None of no requests."""

    requests: NonNegativeInt
    failed: NonNegativeInt
    slow: NonNegativeInt
    p50_ms: Milliseconds
    p99_ms: Milliseconds


class VisitorPhase(Tally):
    """A stretch of time; `end` None lasts until the next begins, the last one until the last request."""

    name: str
    start: FiniteFloat
    end: FiniteFloat | None
    failed_share: FiniteFloat | None


class Second(Tally):
    t: FiniteFloat


class BlastRadius(_Part):
    """Requests that the release made bad of all during it, and the users who saw one of all of those."""

    requests: NonNegativeInt
    of_requests: NonNegativeInt
    users: NonNegativeInt
    of_users: NonNegativeInt
    share: FiniteFloat | None


class Visitors(_Part):
    """What visitors saw. Times are epoch seconds until `since` is called. Slow is longer than `slow_ms`."""

    slow_ms: Milliseconds
    totals: Tally
    phases: Annotated[tuple[VisitorPhase, ...], AsArray]
    seconds: Annotated[tuple[Second, ...], AsArray]
    blast_radius: BlastRadius | None

    @property
    def after(self) -> VisitorPhase | None:
        """The phase in which visitors must be well again."""
        return next((phase for phase in reversed(self.phases) if phase.name == AFTER), None)

    def since(self, epoch: float) -> "Visitors":
        """The same with all times counted from `epoch`, in order of time, and every phase with an end."""
        seconds = sorted((_at(second, t=second.t - epoch) for second in self.seconds), key=lambda one: one.t)
        phases = sorted(self.phases, key=lambda phase: phase.start)
        last = max([phase.start for phase in phases] + [second.t + 1 for second in self.seconds], default=0.0)
        ends = [*(phase.start for phase in phases[1:]), last]
        closed = [
            _at(phase, start=phase.start - epoch, end=(end if phase.end is None else phase.end) - epoch)
            for phase, end in zip(phases, ends, strict=False)  # of no phases, `last` is left over
        ]
        return self.model_copy(update={"phases": tuple(closed), "seconds": tuple(seconds)})


NOBODY = Visitors(
    slow_ms=None,
    totals=Tally(requests=0, failed=0, slow=0, p50_ms=None, p99_ms=None),
    phases=(),
    seconds=(),
    blast_radius=None,
)


def read_visitors(report: Mapping[str, Any]) -> Visitors:
    """The visitor report checked, an empty one being nobody's; raises ReportError, which names the field."""
    if not report:
        return NOBODY
    try:
        return Visitors.model_validate(report)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(["visitors", *map(str, first["loc"])])
        raise ReportError(
            f"The visitor report does not fit: {field}: {first['msg']} (got {first['input']!r}). "
            "Check that it was made by this version of faces."
        ) from error


def _at(part: PartT, **times: float) -> PartT:
    return part.model_copy(update={name: round(time, 3) for name, time in times.items()})
