"""refuse: the replica is ready, and its port refuses connections."""

from collections.abc import Callable, Iterator
from random import Random
from typing import ClassVar

from faces.faults.condition import Condition, Phase
from faces.faults.fault import LastingFault


class Refuse(LastingFault):
    """Refuses all connections to the workload's port, while the replica says that it is ready.

    Connections that are open end with their next answer.
    """

    kind: ClassVar[str] = "refuse"
    example: ClassVar[str] = '{"refuse": {}}'

    def course(self, asked: Callable[[], int], rng: Random) -> Iterator[Phase]:
        del asked, rng
        yield Phase(Condition(refuses=True))
