"""memory: a leak. The process grows until somebody kills it, its memory limit for one."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.condition import Condition, Phase
from faces.faults.fault import LastingFault

Rate = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False, json_schema_extra={"unit": "MB/s"})]
# Without a limit nobody kills it, so it has one of its own: a leak must not take the whole machine.
Amount = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False, json_schema_extra={"unit": "MB"})]


class Memory(LastingFault):
    """Grows by `mb_per_s` of memory, and by no more than `up_to_mb`. What was taken is given back once it is off."""

    kind: ClassVar[str] = "memory"
    example: ClassVar[str] = '{"memory": {"mb_per_s": 20}}'

    mb_per_s: Annotated[Rate, Field(description="How fast the memory grows.")]
    up_to_mb: Annotated[Amount, Field(description="How much it takes at most, if nobody kills it before.")] = 512

    def course(self, asked: Callable[[], int], rng: Random) -> Iterator[Phase]:
        del asked, rng
        yield Phase(Condition(leaks_mb_per_s=self.mb_per_s, leaks_mb=self.up_to_mb))
