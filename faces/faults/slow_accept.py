"""slow_accept: connections are accepted slowly, as by a process that is too busy for it.

A client believes to be connected long before, because the kernel is; it waits for the first byte.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.condition import Condition, Phase
from faces.faults.fault import HTTP_ONLY, LastingFault, Milliseconds, Protocol


class SlowAccept(LastingFault):
    """Takes `ms` to accept each connection to the workload's port, one after the other; others wait in the kernel.

    Each connection ends with its answer: one that stays open is accepted only once.
    """

    kind: ClassVar[str] = "slow_accept"
    example: ClassVar[str] = '{"slow_accept": {"ms": 300}}'
    protocols: ClassVar[tuple[Protocol, ...]] = HTTP_ONLY

    ms: Annotated[Milliseconds, Field(gt=0, description="How long it takes to accept one connection.")]

    def course(self, asked: Callable[[], int], rng: Random) -> Iterator[Phase]:
        del asked, rng
        yield Phase(Condition(accept_s=self.ms / 1000))
