"""slow_start: a cold start. The replica is ready late, and its first requests are slow.

Caches are empty, code is not compiled yet, connections are not open: harmless, unless it is judged like everything
after it.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.condition import Condition, Phase
from faces.faults.fault import LastingFault, Milliseconds, RequestFault, Seconds
from faces.faults.plan import Call, Plan, Wait


class SlowStart(RequestFault, LastingFault):
    """Makes the replica ready only after `ready_after_s`, and delays all requests by `ms` for `for_s` seconds, counted
    from the first one.
    """

    kind: ClassVar[str] = "slow_start"
    example: ClassVar[str] = '{"slow_start": {"ready_after_s": 3, "ms": 500, "for_s": 5}}'

    ready_after_s: Annotated[Seconds, Field(description="How long /readyz says 503.")] = 0
    ms: Annotated[Milliseconds, Field(description="How much longer the first requests take.")] = 0
    for_s: Annotated[Seconds, Field(description="For how long they do.")] = 5

    def act(self, draft: Plan, memory: object, call: Call, now: float, rng: Random) -> tuple[Plan, object]:
        del call, rng
        first = memory if isinstance(memory, float) else now
        if self.ms == 0 or now - first >= self.for_s:
            return draft, first
        return draft.delayed(Wait(self.kind, self.ms / 1000)), first

    def course(self, asked: Callable[[], int], rng: Random) -> Iterator[Phase]:
        del asked, rng
        yield Phase(Condition(ready=False), self.ready_after_s)
