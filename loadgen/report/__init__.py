"""The visitor report: what visitors really saw, before, during and after a release.

Pure: samples and the phases of a release go in, numbers come out. A sample belongs to the phase in which it was SENT,
because that is when the data plane chose a version for it; the answer may come back phases later.

    python -m loadgen.report SAMPLES.ndjson [--json]
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeVar

from loadgen.figures import SLOW_MS, Figures, figures, is_bad
from loadgen.samples import Sample

Workload = Literal["face", "smiley", "color"]
WORKLOADS: Final[tuple[Workload, ...]] = ("face", "smiley", "color")
UNKNOWN: Final = "unknown"
"""The version of a tile that did not name one, as when its backend gave no answer."""
NO_RELEASE: Final = frozenset({"before", "after"})

Key = TypeVar("Key", bound="str | int | None")


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the timeline, from `start` up to but not including `end`, in seconds since the epoch.

    A phase whose `end` is None lasts until the next one begins; the last one has no end. Where phases overlap, the one
    that started later counts. Names need not be unique: a release that is retried passes "weight 30" twice.
    """

    name: str
    start: float
    end: float | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"phase {self.name!r} ends at {self.end}, before it starts at {self.start}.")

    @property
    def is_release(self) -> bool:
        """Whether bad requests in it are blamed on the release: in every phase but "before" and "after"."""
        return self.name not in NO_RELEASE

    def holds(self, t: float) -> bool:
        return self.start <= t and (self.end is None or t < self.end)


@dataclass(frozen=True, slots=True)
class PhaseFigures:
    phase: Phase
    figures: Figures


@dataclass(frozen=True, slots=True)
class SecondFigures:
    """Requests sent in the second that begins at `t`, in whole seconds since the epoch."""

    t: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class VersionFigures:
    """The tiles that one version of one workload had a part in."""

    workload: Workload
    version: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """What the release cost: of all requests in its phases, how many failed or were slow.

    `share` is `requests` divided by `of_requests`, None without requests. `users` counts the visitors who saw a bad
    request, and means little: a visitor is a worker that sends up to eight requests a second (five of them make 40/s),
    so within a second or two a canary with 30 % of the traffic has met every one of them. What people read counts
    requests; `users` is kept for programs that read it.
    """

    requests: int
    of_requests: int
    users: int
    of_users: int

    @property
    def share(self) -> float | None:
        return self.requests / self.of_requests if self.of_requests else None


@dataclass(frozen=True, slots=True)
class VisitorReport:
    """Every sample is either in exactly one of `phases` or in `outside`; `seconds` has those in which one was sent.

    `by_version` has, for each workload, every tile exactly once; `errors` counts failed requests by reason.
    """

    slow_ms: float
    totals: Figures
    phases: tuple[PhaseFigures, ...]
    outside: Figures
    seconds: tuple[SecondFigures, ...]
    by_version: tuple[VersionFigures, ...]
    errors: tuple[tuple[str, int], ...]
    blast_radius: BlastRadius


def build(samples: Sequence[Sample], phases: Sequence[Phase] = (), slow_ms: float = SLOW_MS) -> VisitorReport:
    """The report on `samples`, divided by `phases`, both in any order; longer than `slow_ms` is slow."""
    timeline = sorted(phases, key=lambda phase: phase.start)
    by_phase = _group(samples, lambda sample: _phase_index(timeline, sample.t))
    in_release = [sample for index, phase in enumerate(timeline) if phase.is_release for sample in by_phase[index]]
    by_second = _group(samples, lambda sample: int(sample.t // 1))
    return VisitorReport(
        slow_ms=slow_ms,
        totals=figures(samples, slow_ms),
        phases=tuple(PhaseFigures(p, figures(by_phase[i], slow_ms)) for i, p in enumerate(timeline)),
        outside=figures(by_phase[None], slow_ms),
        seconds=tuple(SecondFigures(t, figures(by_second[t], slow_ms)) for t in sorted(by_second)),
        by_version=tuple(_by_version(samples, slow_ms)),
        errors=_errors(samples),
        blast_radius=_blast_radius(in_release, slow_ms),
    )


def _group(samples: Iterable[Sample], key: Callable[[Sample], Key]) -> defaultdict[Key, list[Sample]]:
    groups: defaultdict[Key, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[key(sample)].append(sample)
    return groups


def _phase_index(timeline: Sequence[Phase], t: float) -> int | None:
    later_first = range(len(timeline) - 1, -1, -1)
    return next((index for index in later_first if timeline[index].holds(t)), None)


def _by_version(samples: Sequence[Sample], slow_ms: float) -> Iterable[VersionFigures]:
    tiles = [sample for sample in samples if sample.kind == "tile"]
    for workload in WORKLOADS:
        versions = _group(tiles, lambda tile, w=workload: getattr(tile, w) or UNKNOWN)  # type: ignore[misc]
        for version in sorted(versions):
            yield VersionFigures(workload, version, figures(versions[version], slow_ms))


def _errors(samples: Sequence[Sample]) -> tuple[tuple[str, int], ...]:
    counts = Counter(sample.error or UNKNOWN for sample in samples if not sample.ok)
    return tuple(sorted(counts.items(), key=lambda reason: (-reason[1], reason[0])))


def _blast_radius(in_release: Sequence[Sample], slow_ms: float) -> BlastRadius:
    bad = [sample for sample in in_release if is_bad(sample, slow_ms)]
    return BlastRadius(
        requests=len(bad),
        of_requests=len(in_release),
        users=len({sample.user for sample in bad}),
        of_users=len({sample.user for sample in in_release}),
    )


def to_json(report: VisitorReport) -> dict[str, Any]:
    """The report in plain types, ready for `json.dumps`: no NaN, None where there is no number."""
    return {
        "slow_ms": report.slow_ms,
        "totals": _plain(report.totals),
        "phases": [
            {"name": p.phase.name, "start": p.phase.start, "end": p.phase.end, **_plain(p.figures)}
            for p in report.phases
        ],
        "outside": _plain(report.outside),
        "seconds": [{"t": second.t, **_plain(second.figures)} for second in report.seconds],
        "by_version": [{"workload": v.workload, "version": v.version, **_plain(v.figures)} for v in report.by_version],
        "errors": [{"reason": reason, "requests": count} for reason, count in report.errors],
        "blast_radius": {"share": report.blast_radius.share, **asdict(report.blast_radius)},
    }


def _plain(counted: Figures) -> dict[str, Any]:
    return {**asdict(counted), "failed_share": counted.failed_share}
