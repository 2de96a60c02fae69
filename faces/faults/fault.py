"""What every fault is made of: the settings it is given, and the small interfaces of which it has one or more.

`RequestFault` decides about single requests: when they are answered, what the answer is, how it is sent.
`LastingFault` decides what the replica is like meanwhile: its port, its process. A fault decides and does nothing
else; sleeping, counting, answering and all that touches a socket or a process belong to others. CREATING_FAULTS.md has
the whole contract.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from faces.faults.condition import Phase
from faces.faults.plan import Call, Cell, Plan

Protocol = Literal["HTTP", "gRPC"]
BOTH: tuple[Protocol, ...] = ("HTTP", "gRPC")
HTTP_ONLY: tuple[Protocol, ...] = ("HTTP",)

# The units are for people: `faces faults` shows them.
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False, json_schema_extra={"unit": "%"})]
FailureStatus = Annotated[int, Field(ge=400, le=599, description="The HTTP status of the answer; gRPC maps it.")]
# Ten minutes: longer than any client waits, short enough that a slip of the keyboard is noticed.
Milliseconds = Annotated[float, Field(ge=0, le=600_000, allow_inf_nan=False, json_schema_extra={"unit": "ms"})]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False, json_schema_extra={"unit": "s"})]
PerSecond = Annotated[float, Field(gt=0, allow_inf_nan=False, json_schema_extra={"unit": "requests/s"})]


class Fault(BaseModel):
    """The settings of one fault.

    A subclass says in the first paragraph of its docstring what a request meets, in the `description` of each field
    what it sets, in `example` how a person switches it on, and in `protocols` what it can be made over. `faces faults`
    prints all of it.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)
    kind: ClassVar[str]
    example: ClassVar[str]
    protocols: ClassVar[tuple[Protocol, ...]] = BOTH

    after_s: Seconds | None = Field(
        None, description="Begins so many seconds after the first request it could meet, or after being switched on."
    )

    def impossible(self, protocol: Protocol) -> tuple[str, str] | None:
        """The field and the reason why these settings cannot be met over a protocol; the field is "" for all of it."""
        if protocol in self.protocols:
            return None
        return "", f"cannot be made over {protocol}, which this workload speaks; it works over {self.protocols[0]}"


class RequestFault(Fault):
    """A fault that meets single requests."""

    cells: Cell | None = Field(None, description="Only requests for the tiles in the center, or those at the edge.")
    user: Annotated[str, Field(min_length=1)] | None = Field(None, description="Only requests of this user.")

    def covers(self, call: Call) -> bool:
        return self.cells in (None, call.cell) and self.user in (None, call.user)

    def meet(self, draft: Plan, memory: object, call: Call, now: float, rng: Random) -> tuple[Plan, object]:
        """`act`, but only from `after_s` on, counted from the first request that the fault covers."""
        if self.after_s is None:
            return self.act(draft, memory, call, now, rng)
        begun = memory if isinstance(memory, _Begun) else _Begun(now, None)
        if now - begun.first < self.after_s:
            return draft, begun
        plan, own = self.act(draft, begun.own, call, now, rng)
        return plan, _Begun(begun.first, own)

    def act(self, draft: Plan, memory: object, call: Call, now: float, rng: Random) -> tuple[Plan, object]:
        """Give the plan for a covered call, and what to remember until the next one.

        `memory` is what the last call returned, None at first and whenever the settings change.
        `now` is in seconds of a monotonic clock.
        """
        raise NotImplementedError


class ShareFault(RequestFault):
    """A fault that strikes a share of the requests, whatever came before: it says what that does to the plan."""

    fraction: Annotated[Percent, Field(description="The share of the requests that it strikes.")]

    def act(self, draft: Plan, memory: object, call: Call, now: float, rng: Random) -> tuple[Plan, object]:
        del call, now
        return (self.strike(draft) if strikes(self.fraction, rng) else draft), memory

    def strike(self, draft: Plan) -> Plan:
        raise NotImplementedError


class LastingFault(Fault):
    """A fault of the port or the process, which is there whether somebody asks or not."""

    def course(self, asked: Callable[[], int], rng: Random) -> Iterator[Phase]:
        """What the replica is like, one phase after the other, from switching on. After the last one it is healthy.

        `asked()` is the number of requests that the replica has got since it started.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _Begun:
    """The memory of a fault that begins later: when it was asked first, and what it remembers itself."""

    first: float
    own: object


def strikes(fraction: float, rng: Random) -> bool:
    """True for exactly `fraction` percent of the draws: never at 0, always at 100.

    random() lies in [0, 1), so the comparison has to be `<`; `<=` would strike at 0 % now and then.
    """
    return rng.random() * 100 < fraction
