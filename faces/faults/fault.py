"""What every fault is made of: the call it looks at, the plan it adds to, the settings it is given.

A fault decides and does nothing else. It gets the plan made so far and gives a new one back; sleeping,
counting and answering belong to `faces.faults.injection`. CREATING_FAULTS.md has the whole contract.
"""

from dataclasses import dataclass, replace
from random import Random
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

Cell = Literal["center", "edge"]

# The units are for people: `faces faults` shows them.
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False, json_schema_extra={"unit": "%"})]
FailureStatus = Annotated[int, Field(ge=400, le=599, description="The HTTP status of the answer; gRPC maps it.")]
# Ten minutes: longer than any client waits, short enough that a slip of the keyboard is noticed.
Milliseconds = Annotated[float, Field(ge=0, le=600_000, allow_inf_nan=False, json_schema_extra={"unit": "ms"})]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False, json_schema_extra={"unit": "s"})]
PerSecond = Annotated[float, Field(gt=0, allow_inf_nan=False, json_schema_extra={"unit": "requests/s"})]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as far as faults may look at it."""

    cell: Cell
    user: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds to hold the request back; None means until somebody lets it go."""

    kind: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Failure:
    """The answer given instead of a healthy one; `status` is an HTTP status (gRPC maps it)."""

    kind: str
    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with one request: first all waits, then the failure, or a healthy answer without one."""

    waits: tuple[Wait, ...] = ()
    failure: Failure | None = None

    def delayed(self, wait: Wait) -> Self:
        return replace(self, waits=(*self.waits, wait))

    def failed(self, failure: Failure) -> Self:
        return replace(self, failure=failure)


class Fault(BaseModel):
    """The settings of one fault.

    A subclass says in the first paragraph of its docstring what a request meets, in the `description` of each field
    what it sets, and in `example` how a person switches it on. `faces faults` prints all three.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    kind: ClassVar[str]
    example: ClassVar[str]

    cells: Cell | None = Field(None, description="Only requests for the tiles in the center, or those at the edge.")
    user: Annotated[str, Field(min_length=1)] | None = Field(None, description="Only requests of this user.")

    def covers(self, call: Call) -> bool:
        return self.cells in (None, call.cell) and self.user in (None, call.user)

    def act(self, draft: Plan, memory: object, now: float, rng: Random) -> tuple[Plan, object]:
        """Give the plan for a covered call, and what to remember until the next one.

        `memory` is what the last call returned, None at first and whenever the settings change.
        `now` is in seconds of a monotonic clock.
        """
        raise NotImplementedError


def strikes(fraction: float, rng: Random) -> bool:
    """True for exactly `fraction` percent of the draws: never at 0, always at 100.

    random() lies in [0, 1), so the comparison has to be `<`; `<=` would strike at 0 % now and then.
    """
    return rng.random() * 100 < fraction
