"""The shape of report.json.

`t`, `start` and `end` are seconds relative to the release (negative: before it); shares are 0 to 1. The page, the
summary and the JUnit XML are made from this document alone, so whoever keeps report.json keeps everything.
"""

from typing import Any, TypedDict


class ReleaseDict(TypedDict):
    workload: str
    version: str
    fault: str
    summary: str
    faults: dict[str, Any]


class CheckDict(TypedDict):
    """`ok` of the report is that of all required checks; the others are there to be known."""

    name: str
    ok: bool
    detail: str
    required: bool


class BoundDict(TypedDict):
    """`op` is one of >=, >, <=, < and ==."""

    op: str
    value: float


class MetricDict(TypedDict):
    """What a metric of the release's analyses demands. `demands` says in words what `bound` says in numbers.

    `unit` is one of seam.values.UNITS, and a limit of -1 is switched off. Two metrics may have one name, with different
    demands.
    """

    name: str
    unit: str
    demands: str
    bound: BoundDict | None
    failure_limit: int
    inconclusive_limit: int
    consecutive_error_limit: int
    count: int | None
    query: str


class MeasuredDict(TypedDict):
    """`value` is Argo's own text (`[0.98]`), `words` the same for people; `demands` is that of its metric."""

    t: float
    metric: str
    value: str
    words: str
    phase: str
    run: str
    message: str
    demands: str


class PointDict(TypedDict):
    t: float
    weight: int
    step: int | None
    steps: int
    phase: str
    message: str


class EventDict(TypedDict):
    t: float
    type: str
    reason: str
    message: str


class LineDict(TypedDict):
    """One sentence of the story that the terminal shows; `tone` is plain, good or bad."""

    t: float
    sentence: str
    tone: str


class TallyDict(TypedDict):
    requests: int
    failed: int
    slow: int
    p50_ms: float | None
    p99_ms: float | None


class PhaseDict(TallyDict):
    name: str
    start: float
    end: float
    failed_share: float | None


class SecondDict(TallyDict):
    t: float


class VisitorsDict(TallyDict):
    phases: list[PhaseDict]


class BlastRadiusDict(TypedDict):
    """Requests that failed or were slow because of the release, of all that were sent during it."""

    requests: int
    of_requests: int
    share: float | None


class DeliveryDict(TypedDict):
    """How Argo CD had it when it was seen last: `commit` is what the cluster was compared with; `words` is all that in
    a sentence.
    """

    commit: str
    sync: str
    health: str
    words: str


class Report(TypedDict):
    """`outcome` and `expected` are values of seam.releases.Outcome, `ended` of chaos.record.End.

    `record` names the file from which the report can be made again. `injected` counts what the pods injected by their
    own count: by workload, version and fault. `delivery` None: the release did not come as a commit.
    """

    platform: str
    engine: str
    outcome: str
    expected: str
    ok: bool
    headline: str
    verdict: str
    ended: str
    reason: str
    unmeasured: bool
    interrupted: bool
    started_at: str
    faces_version: str
    link: str | None
    record: str | None
    release: ReleaseDict
    delivery: DeliveryDict | None
    time_to_rollback_s: float | None
    time_to_promotion_s: float | None
    slow_ms: float | None
    checks: list[CheckDict]
    metrics: list[MetricDict]
    visitors: VisitorsDict
    blast_radius: BlastRadiusDict | None
    injected: dict[str, dict[str, dict[str, int]]]
    timeline: list[PointDict]
    measurements: list[MeasuredDict]
    events: list[EventDict]
    seconds: list[SecondDict]
    story: list[LineDict]
