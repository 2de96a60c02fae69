"""rate_limit: more than so many requests a second, and they are turned away.

Turned-away requests count as well, as in the reference demo: a client that just repeats them stays limited.
"""

import math
from dataclasses import dataclass, replace
from random import Random
from typing import Annotated, ClassVar, Self

from pydantic import Field

from faces.faults.fault import PerSecond, RequestFault
from faces.faults.plan import Call, Failure, Plan

WINDOW_S = 10


@dataclass(frozen=True, slots=True)
class RateWindow:
    """Requests of the last ten seconds, one count a second, newest last; `second` is that of the newest.

    Always averaged over the whole window: a fresh replica lets a burst of ten seconds' worth through.
    """

    second: int
    counts: tuple[int, ...] = (0,) * WINDOW_S

    def marked(self, now: float) -> Self:
        passed = max(math.floor(now) - self.second, 0)
        slid = (*self.counts[passed:], *(0,) * min(passed, WINDOW_S))
        return replace(self, second=self.second + passed, counts=(*slid[:-1], slid[-1] + 1))

    @property
    def rate(self) -> float:
        return sum(self.counts) / WINDOW_S


class RateLimit(RequestFault):
    """Answers requests with status 429 while there are more than `max_rate` of them, averaged over ten seconds."""

    kind: ClassVar[str] = "rate_limit"
    example: ClassVar[str] = '{"rate_limit": {"max_rate": 20}}'

    max_rate: Annotated[PerSecond, Field(description="The rate that is still answered, for each replica.")]

    def act(self, draft: Plan, memory: object, call: Call, now: float, rng: Random) -> tuple[Plan, object]:
        del call, rng
        window = (memory if isinstance(memory, RateWindow) else RateWindow(math.floor(now))).marked(now)
        if window.rate > self.max_rate:
            message = f"rate limited ({window.rate:.1f} requests/s > max {self.max_rate:g} requests/s)"
            draft = draft.failed(Failure(self.kind, 429, message))
        return draft, window
