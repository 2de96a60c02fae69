"""What visitors saw, second by second, as the page draws it. Pure: samples in, figures out.

A sample comes when it has ended and counts in the second in which it was sent: what has been said of a second changes
as long as requests of it are under way.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from loadgen.figures import SLOW_MS, figures
from loadgen.samples import Sample

# A point of the line is of so many seconds before it: a single one has too few requests of a canary.
_WINDOW_S = 5


class Seconds:
    """Of one release: `version` of `workload` is the canary. Without one, everybody is stable."""

    def __init__(self, workload: str = "", version: str | None = None) -> None:
        self.workload, self.version = workload, version
        self._samples: dict[int, list[Sample]] = {}
        self._made: dict[int, dict[str, Any]] = {}

    def add(self, samples: Iterable[Sample]) -> None:
        for sample in samples:
            second = int(sample.t)
            self._samples.setdefault(second, []).append(sample)
            for at in range(second, second + _WINDOW_S):
                self._made.pop(at, None)

    def released(self, workload: str, version: str | None) -> None:
        """From now on this is the release that is told of, in what was seen before as well."""
        if (workload, version) != (self.workload, self.version):
            self.workload, self.version = workload, version
            self._made.clear()

    def forget(self, before: float) -> None:
        """What was sent before that time is not asked for any more."""
        for kept in (self._samples, self._made):
            for second in [second for second in kept if second < int(before)]:
                del kept[second]

    def between(self, first: float, last: float) -> list[dict[str, Any]]:
        """A line for each second from `first` to `last`, as the page's requests.js takes them:
        {t, all, failed, slow, stable: [requests, share that went well, P99 in ms], canary: the same}.
        """
        return [self._second(t) for t in range(int(first), int(last) + 1)]

    def _second(self, t: int) -> dict[str, Any]:
        if t not in self._made:
            self._made[t] = self._make(t)
        return self._made[t]

    def _make(self, t: int) -> dict[str, Any]:
        here = figures(self._samples.get(t, ()))
        made: dict[str, Any] = {"t": t, "all": here.requests, "failed": here.failed, "slow": here.slow}
        now = self._tiles(t, t)
        window = self._tiles(t - _WINDOW_S + 1, t)
        for role, canary in (("stable", False), ("canary", True)):
            if any(self._is_canary(sample) is canary for sample in now):
                made[role] = _line([sample for sample in window if self._is_canary(sample) is canary])
        return made

    def _tiles(self, first: int, last: int) -> list[Sample]:
        every = (sample for at in range(first, last + 1) for sample in self._samples.get(at, ()))
        return [sample for sample in every if sample.kind == "tile"]

    def _is_canary(self, sample: Sample) -> bool | None:
        """None where the answer does not say which version of the released workload had a part in it."""
        if self.version is None:
            return False
        version = {"smiley": sample.smiley, "color": sample.color, "face": sample.face}.get(self.workload)
        return None if version is None else version == self.version


def _line(samples: Sequence[Sample]) -> list[float]:
    """[requests, the share that went well, P99 in ms]."""
    seen = figures(samples, SLOW_MS)
    return [seen.requests, 1 - seen.failed / seen.requests, round(seen.p99_ms or 0.0, 1)]
