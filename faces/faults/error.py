"""error: a share of the requests fails at once."""

from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.fault import Failure, FailureStatus, Fault, Percent, Plan, strikes


class Error(Fault):
    """Answers `fraction` percent of the requests with `status`, at once."""

    kind: ClassVar[str] = "error"
    example: ClassVar[str] = '{"error": {"fraction": 40}}'

    fraction: Annotated[Percent, Field(description="The share of the requests that fail.")]
    status: FailureStatus = 500

    def act(self, draft: Plan, memory: object, now: float, rng: Random) -> tuple[Plan, object]:
        del now
        # A rate-limited request is turned away before any work is done: nothing is left that could fail.
        if draft.failure is not None or not strikes(self.fraction, rng):
            return draft, memory
        message = f"injected error (error fraction {self.fraction:g} %)"
        return draft.failed(Failure(self.kind, self.status, message)), memory
