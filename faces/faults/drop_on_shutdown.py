"""drop_on_shutdown: the process does not drain.

As a program does that has never heard of TERM. It is harmless until its pods go: when it is rolled back, scaled down or
followed by the next version.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import ClassVar

from faces.faults.condition import Condition, Phase
from faces.faults.fault import LastingFault


class DropOnShutdown(LastingFault):
    """Ends at once when it gets TERM: requests that it is answering are lost, and new ones find nobody."""

    kind: ClassVar[str] = "drop_on_shutdown"
    example: ClassVar[str] = '{"drop_on_shutdown": {}}'

    def course(self, asked: Callable[[], int], rng: Random) -> Iterator[Phase]:
        del asked, rng
        yield Phase(Condition(drops=True))
