"""Counting samples: how many, how many bad, how long they took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from loadgen.samples import Sample

SLOW_MS: Final = 500.0
"""A tile that takes longer is one that a person notices."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of samples adds up to.

    No request is counted as both failed and slow: a slow one was served well, but late. The percentiles are over all
    requests, failed ones included (somebody waited for a timeout, too), and None when there are none.
    """

    requests: int
    failed: int
    slow: int
    p50_ms: float | None
    p99_ms: float | None

    @property
    def failed_share(self) -> float | None:
        """The share of failed requests, 0.0 to 1.0; None when there are no requests."""
        return self.failed / self.requests if self.requests else None


def is_slow(sample: Sample, slow_ms: float) -> bool:
    return sample.ok and sample.ms > slow_ms


def is_bad(sample: Sample, slow_ms: float) -> bool:
    """Failed or slow: a person in front of the page noticed."""
    return not sample.ok or sample.ms > slow_ms


def figures(samples: Iterable[Sample], slow_ms: float = SLOW_MS) -> Figures:
    chosen = list(samples)
    times = sorted(sample.ms for sample in chosen)
    return Figures(
        requests=len(chosen),
        failed=sum(not sample.ok for sample in chosen),
        slow=sum(is_slow(sample, slow_ms) for sample in chosen),
        p50_ms=percentile(times, 50),
        p99_ms=percentile(times, 99),
    )


def percentile(ascending: Sequence[float], percent: int) -> float | None:
    """Nearest rank: the smallest value that at least `percent` % of the values do not exceed; None without values.

    Always a time that was measured, never one in between: definition 1 of Hyndman and Fan, "Sample Quantiles in
    Statistical Packages" (1996). `percent` is an integer from 1 to 100, so that the rank is exact.
    """
    if not ascending:
        return None
    rank = -(-len(ascending) * percent // 100)  # rounded up
    return ascending[rank - 1]
