"""How the tiles went, second by second, for stable and for canary. Times in seconds since the epoch."""

from collections.abc import Iterable
from dataclasses import dataclass, field

# A point of the line is of so many seconds before it: a single one has too few requests of a canary.
WINDOW_S = 5
# Two hours: a terminal that is left alone does not grow.
_MOST_SECONDS = 7200


@dataclass(slots=True)
class _Second:
    ok: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})
    all: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})
    requests: int = 0
    failed: int = 0


@dataclass(slots=True)
class Rates:
    """What was answered in each second; `canary` says whose an answer is, None where it does not tell."""

    _seconds: dict[int, _Second] = field(default_factory=dict)

    def add(self, t: float, *, ok: bool, canary: bool | None) -> None:
        second = self._seconds.setdefault(int(t), _Second())
        if len(self._seconds) > _MOST_SECONDS:
            del self._seconds[next(iter(self._seconds))]
        second.requests += 1
        second.failed += not ok
        if canary is not None:
            second.all[canary] += 1
            second.ok[canary] += ok

    def share(self, t: int, *, canary: bool) -> float | None:
        """Of the answers of the five seconds up to `t`, how many went well; None without one in the last of them."""
        if not (last := self._seconds.get(t)) or not last.all[canary]:
            return None
        window = [second for at in range(t - WINDOW_S + 1, t + 1) if (second := self._seconds.get(at))]
        return sum(one.ok[canary] for one in window) / sum(one.all[canary] for one in window)

    def shares(self, times: Iterable[int], *, canary: bool) -> list[float | None]:
        return [self.share(t, canary=canary) for t in times]

    def latest(self, now: float, *, canary: bool) -> float | None:
        """The last second is not over yet: the one before it is told of as well."""
        for t in (int(now), int(now) - 1):
            if (share := self.share(t, canary=canary)) is not None:
                return share
        return None

    def count(self, since: float) -> tuple[int, int]:
        """(requests, failed) from then on."""
        shown = [second for t, second in self._seconds.items() if t >= int(since)]
        return sum(one.requests for one in shown), sum(one.failed for one in shown)
