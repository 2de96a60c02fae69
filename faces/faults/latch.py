"""latch: an error that sticks until nobody asks any more.

It models a service that loses its database connection and finds it again only after a rest. A latch makes
no errors of its own: some share of what `error` injects latches.
"""

from dataclasses import dataclass
from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.error import Error
from faces.faults.fault import Failure, FailureStatus, Fault, Percent, Plan, strikes


@dataclass(frozen=True, slots=True)
class Latched:
    """`last_request` counts every covered request, also one that is rate limited: it must rest fully."""

    latched: bool
    last_request: float


class Latch(Fault):
    """`fraction` percent of the errors latch: all answers are `status` until `idle_s` seconds of rest."""

    kind: ClassVar[str] = "latch"

    fraction: Percent
    status: FailureStatus = 599
    idle_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 30

    def act(self, draft: Plan, memory: object, now: float, rng: Random) -> tuple[Plan, object]:
        latched = isinstance(memory, Latched) and memory.latched and now - memory.last_request <= self.idle_s
        error = draft.failure is not None and draft.failure.kind == Error.kind
        if not latched and error:
            latched = strikes(self.fraction, rng)
        if latched and (draft.failure is None or error):
            draft = draft.failed(Failure(self.kind, self.status, "latched into the error state"))
        return draft, Latched(latched, now)
