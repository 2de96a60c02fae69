"""What is decided for one request: values alone. The fault middlewares carry a plan out, and nobody else does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

Cell = Literal["center", "edge"]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as far as faults may look at it.

    `request_id` is the same for all attempts of one request, empty where nobody gave one. `attempt` is what whoever
    repeats requests says: 2 for the first retry, 1 where nothing is said.
    """

    cell: Cell
    user: str
    request_id: str = ""
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds to hold the request back; None means until somebody lets it go."""

    kind: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Failure:
    """The answer given instead of a healthy one. `status` is HTTP's; gRPC maps it, unless `grpc_status` says more."""

    kind: str
    status: int
    message: str
    grpc_status: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Other values in a healthy answer, which stays well-formed."""

    kind: str
    of: Callable[[Values], Values]


@dataclass(frozen=True, slots=True)
class Garbling:
    """Other bytes in the body of any answer. HTTP only."""

    kind: str
    of: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Drip:
    """Seconds from the first byte of the body to its last. HTTP only."""

    kind: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends in the middle of an answer, by a RST or by a FIN. HTTP only.

    `after` is the share of the body that is sent before, more than 0 and less than 1; None sends nothing, not even
    the headers.
    """

    kind: str
    how: Literal["reset", "fin"]
    after: float | None = None


Effect = Wait | Failure | Change | Garbling | Drip | Cut


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with one request, in this order: all waits; the failure, or the healthy answer with its changes;
    other bytes; then sending them, slowly or not, to their end or not.
    """

    waits: tuple[Wait, ...] = ()
    failure: Failure | None = None
    changes: tuple[Change, ...] = ()
    garblings: tuple[Garbling, ...] = ()
    drip: Drip | None = None
    cut: Cut | None = None

    def delayed(self, wait: Wait) -> Self:
        return replace(self, waits=(*self.waits, wait))

    def failed(self, failure: Failure) -> Self:
        return replace(self, failure=failure)

    def changed(self, change: Change) -> Self:
        return replace(self, changes=(*self.changes, change))

    def garbled(self, garbling: Garbling) -> Self:
        return replace(self, garblings=(*self.garblings, garbling))

    def dripping(self, drip: Drip) -> Self:
        return replace(self, drip=drip)

    def cut_off(self, cut: Cut) -> Self:
        """A connection ends once: the first fault that cuts it wins."""
        return self if self.cut is not None else replace(self, cut=cut)


HEALTHY_PLAN = Plan()
