"""error: a share of the requests fails at once."""

from random import Random
from typing import ClassVar

from faces.faults.fault import Failure, FailureStatus, Fault, Percent, Plan, strikes


class Error(Fault):
    """`fraction` percent of the requests are answered with `status`."""

    kind: ClassVar[str] = "error"

    fraction: Percent
    status: FailureStatus = 500

    def act(self, draft: Plan, memory: object, now: float, rng: Random) -> tuple[Plan, object]:
        del now
        # A rate-limited request is turned away before any work is done: nothing is left that could fail.
        if draft.failure is not None or not strikes(self.fraction, rng):
            return draft, memory
        message = f"injected error (error fraction {self.fraction:g} %)"
        return draft.failed(Failure(self.kind, self.status, message)), memory
