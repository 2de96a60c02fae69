"""latch: an error that sticks until nobody asks any more.

It models a service that loses its database connection and finds it again only after a rest. A latch makes
no errors of its own: some share of what `error` injects latches.
"""

from dataclasses import dataclass
from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.error import Error
from faces.faults.fault import FailureStatus, Percent, RequestFault, Seconds, strikes
from faces.faults.plan import Call, Failure, Plan


@dataclass(frozen=True, slots=True)
class Latched:
    """`last_request` counts every covered request, also one that is rate limited: it must rest fully."""

    latched: bool
    last_request: float


class Latch(RequestFault):
    """Makes `fraction` percent of the errors from the fault `error` stick: from then on every request is answered
    with `status`, until none has come for `idle_s` seconds.
    """

    kind: ClassVar[str] = "latch"
    example: ClassVar[str] = '{"error": {"fraction": 5}, "latch": {"fraction": 20}}'

    fraction: Annotated[Percent, Field(description="The share of the errors that stick.")]
    status: FailureStatus = 599
    idle_s: Annotated[Seconds, Field(description="How long nobody may ask before it recovers.")] = 30

    def act(self, draft: Plan, memory: object, call: Call, now: float, rng: Random) -> tuple[Plan, object]:
        del call
        latched = isinstance(memory, Latched) and memory.latched and now - memory.last_request <= self.idle_s
        error = draft.failure is not None and draft.failure.kind == Error.kind
        if not latched and error:
            latched = strikes(self.fraction, rng)
        if latched and (draft.failure is None or error):
            draft = draft.failed(Failure(self.kind, self.status, "latched into the error state"))
        return draft, Latched(latched, now)
