"""readiness: the process serves, and says that it is not ready: never, or now and then.

A pod that is not ready gets no requests. Never ready: the release does not get on, and no visitor notices. Flapping:
each time the others have to bear its share.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.condition import Condition, Phase
from faces.faults.fault import LastingFault, Percent, Seconds


class Readiness(LastingFault):
    """Says that it is not ready for `fraction` percent of each `period_s`, the last part of it: always, unless less is
    given. A probe notices what lasts longer than its own period and threshold.
    """

    kind: ClassVar[str] = "readiness"
    example: ClassVar[str] = '{"readiness": {"fraction": 50, "period_s": 10}}'

    fraction: Annotated[Percent, Field(description="The share of the time in which it is not ready.")] = 100
    period_s: Annotated[Seconds, Field(ge=0.1, description="How often it is ready once and not ready once.")] = 10

    def course(self, asked: Callable[[], int], rng: Random) -> Iterator[Phase]:
        del asked, rng
        not_ready = self.period_s * self.fraction / 100
        if self.fraction == 100:
            yield Phase(Condition(ready=False))
        while self.fraction > 0:
            yield Phase.rest(self.period_s - not_ready)
            yield Phase(Condition(ready=False), not_ready)
