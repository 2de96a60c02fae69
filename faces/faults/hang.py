"""hang: a share of the requests is never answered.

No answer is no failed answer: a ratio of bad to all answers stays green while users stare at nothing.
"""

from random import Random
from typing import ClassVar

from faces.faults.fault import Fault, Percent, Plan, Wait, strikes


class Hang(Fault):
    """`fraction` percent of the requests wait until the client goes, the fault ends or the drain."""

    kind: ClassVar[str] = "hang"

    fraction: Percent

    def act(self, draft: Plan, memory: object, now: float, rng: Random) -> tuple[Plan, object]:
        del now
        if not strikes(self.fraction, rng):
            return draft, memory
        return draft.delayed(Wait(self.kind, None)), memory
