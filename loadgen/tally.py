"""What the visitors have seen so far: enough for a live line and a summary, however long they stay."""

from array import array
from collections import Counter
from typing import Final

from loadgen.figures import SLOW_MS, Figures, is_slow, percentile
from loadgen.samples import Sample

UNNAMED: Final = "unknown"


class Tally:
    """Counts samples as they come and keeps of each one only how long it took: eight bytes."""

    def __init__(self, slow_ms: float = SLOW_MS) -> None:
        self.slow_ms = slow_ms
        self.answered = 0
        """Requests that got an answer, good or bad; the others timed out, or found nobody."""
        self._times = array("d")
        self._failed = self._slow = 0
        self._errors: Counter[str] = Counter()
        self._last = (0, 0, 0)

    def add(self, sample: Sample) -> None:
        self._times.append(sample.ms)
        self.answered += sample.status != 0
        self._slow += is_slow(sample, self.slow_ms)
        if not sample.ok:
            self._failed += 1
            self._errors[sample.error or UNNAMED] += 1

    @property
    def errors(self) -> tuple[tuple[str, int], ...]:
        """(reason, failed requests), the most frequent reason first."""
        return tuple(sorted(self._errors.items(), key=lambda one: (-one[1], one[0])))

    def total(self) -> Figures:
        return self._figures_since((0, 0, 0))

    def since_last_call(self) -> Figures:
        """The figures of the samples that were added since the last call."""
        last, self._last = self._last, (len(self._times), self._failed, self._slow)
        return self._figures_since(last)

    def _figures_since(self, then: tuple[int, int, int]) -> Figures:
        requests, failed, slow = then
        times = sorted(self._times[requests:])
        return Figures(
            requests=len(times),
            failed=self._failed - failed,
            slow=self._slow - slow,
            p50_ms=percentile(times, 50),
            p99_ms=percentile(times, 99),
        )
