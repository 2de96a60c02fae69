"""crash: the process ends by itself: after a while, after so many requests, or under load.

Whoever runs it starts it again, later and later: a pod that crashes under load comes back to even more of it, because
its neighbours had its share meanwhile.
"""

from collections import deque
from collections.abc import Callable, Iterator
from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.condition import Condition, Phase
from faces.faults.fault import LastingFault, PerSecond

# How often it looks how much was asked. The first look comes after the control API has answered who switched it on.
LOOK_S = 0.1
# The rate is that of the last seconds: one visitor who clicks twice is no load.
WINDOW_S = 2.0


class Crash(LastingFault):
    """Ends the process with `exit_code`, once it gets more than `above` requests a second or has got `after_requests`;
    with neither of them at once, or after `after_s`. Whatever it was answering is lost.
    """

    kind: ClassVar[str] = "crash"
    example: ClassVar[str] = '{"crash": {"above": 20}}'

    above: PerSecond | None = Field(
        None, description=f"The rate that it still bears, over {WINDOW_S:g} s and for each replica."
    )
    after_requests: Annotated[int, Field(gt=0)] | None = Field(
        None, description="The number of requests, counted from being switched on."
    )
    exit_code: Annotated[int, Field(ge=0, le=255, description="The exit code of the process.")] = 1

    def course(self, asked: Callable[[], int], rng: Random) -> Iterator[Phase]:
        del rng
        before = asked()
        seen = deque([before], maxlen=round(WINDOW_S / LOOK_S) + 1)
        while True:
            yield Phase.rest(LOOK_S)
            seen.append(asked())
            if self._has_come((seen[-1] - seen[0]) / WINDOW_S, seen[-1] - before):
                yield Phase(Condition(exits=self.exit_code))

    def _has_come(self, rate: float, requests: int) -> bool:
        if self.above is None and self.after_requests is None:
            return True
        too_many = self.after_requests is not None and requests >= self.after_requests
        return too_many or (self.above is not None and rate > self.above)
