"""delay: every request is late, by one of a few amounts."""

from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import Milliseconds, RequestFault
from faces.faults.plan import Call, Plan, Wait


class Delay(RequestFault):
    """Delays every request by one of `buckets_ms`, chosen at random; 0 ms is no delay."""

    kind: ClassVar[str] = "delay"
    example: ClassVar[str] = '{"delay": {"buckets_ms": [0, 50, 200]}}'

    buckets_ms: Annotated[
        tuple[Milliseconds, ...], Field(min_length=1, max_length=1000, description="The delays, all equally likely.")
    ]

    def act(self, draft: Plan, memory: object, call: Call, now: float, rng: Random) -> tuple[Plan, object]:
        del call, now
        milliseconds = rng.choice(self.buckets_ms)
        if milliseconds == 0:
            return draft, memory
        return draft.delayed(Wait(self.kind, milliseconds / 1000)), memory
