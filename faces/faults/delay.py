"""delay: every request is late, by one of a few amounts."""

from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import Fault, Milliseconds, Plan, Wait


class Delay(Fault):
    """Each request waits one of `buckets_ms`, all equally likely; a bucket of 0 ms injects nothing."""

    kind: ClassVar[str] = "delay"

    buckets_ms: Annotated[tuple[Milliseconds, ...], Field(min_length=1, max_length=1000)]

    def act(self, draft: Plan, memory: object, now: float, rng: Random) -> tuple[Plan, object]:
        del now
        milliseconds = rng.choice(self.buckets_ms)
        if milliseconds == 0:
            return draft, memory
        return draft.delayed(Wait(self.kind, milliseconds / 1000)), memory
