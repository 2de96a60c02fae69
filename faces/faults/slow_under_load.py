"""slow_under_load: the more is asked, the slower it answers.

It models a pool that is too small: with few visitors all is well, and no test without load finds it.
"""

import math
from dataclasses import dataclass
from random import Random
from typing import Annotated, ClassVar, Self

from pydantic import Field

from faces.faults.fault import Milliseconds, PerSecond, RequestFault
from faces.faults.plan import Call, Plan, Wait

# The rate follows the load within a few of these.
MEMORY_S = 2.0


@dataclass(frozen=True, slots=True)
class Load:
    """Requests a second, where older ones count less and less. `weight` is what is left of them."""

    weight: float
    last: float

    def marked(self, now: float) -> Self:
        left = self.weight * math.exp(-(now - self.last) / MEMORY_S)
        return type(self)(left + 1, now)

    @property
    def rate(self) -> float:
        # Half of the newest is taken away: a steady load then has exactly its own rate.
        return (self.weight - 0.5) / MEMORY_S


class SlowUnderLoad(RequestFault):
    """Delays every request by `ms` for each request a second above `above`, and by no more than `max_ms`."""

    kind: ClassVar[str] = "slow_under_load"
    example: ClassVar[str] = '{"slow_under_load": {"above": 10, "ms": 100}}'

    above: Annotated[PerSecond, Field(description="The rate that does no harm, for each replica.")]
    ms: Annotated[Milliseconds, Field(gt=0, description="How much longer requests take for each one above.")]
    max_ms: Annotated[Milliseconds, Field(description="The longest delay.")] = 10_000

    def act(self, draft: Plan, memory: object, call: Call, now: float, rng: Random) -> tuple[Plan, object]:
        del call, rng
        load = (memory if isinstance(memory, Load) else Load(0.0, now)).marked(now)
        milliseconds = min((load.rate - self.above) * self.ms, self.max_ms)
        if milliseconds <= 0:
            return draft, load
        return draft.delayed(Wait(self.kind, milliseconds / 1000)), load
