"""cpu: cores that are busy with nothing. Whoever shares them gets slow, other pods on the same machine as well."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Annotated, ClassVar

from pydantic import Field

from faces.faults.condition import Condition, Phase
from faces.faults.fault import LastingFault

Cores = Annotated[float, Field(gt=0, le=64, allow_inf_nan=False)]


class CPU(LastingFault):
    """Keeps `cores` of the machine busy, as far as others leave them to it; less than 1 is a share of one."""

    kind: ClassVar[str] = "cpu"
    example: ClassVar[str] = '{"cpu": {"cores": 1}}'

    cores: Annotated[Cores, Field(description="How many cores each replica burns.")]

    def course(self, asked: Callable[[], int], rng: Random) -> Iterator[Phase]:
        del asked, rng
        yield Phase(Condition(burns_cores=self.cores))
