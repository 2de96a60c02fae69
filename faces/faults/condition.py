"""What a replica is like beside its answers: how it takes connections in, what it does with its process.

A lasting fault says what the replica is like, one phase after the other. Conditions of several faults add up.
"""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Condition:
    """The defaults are those of a healthy replica.

    `refuses`: the ports of the workload refuse connections, and each connection that is open ends with its next answer.
    `accept_s`: each connection is accepted so many seconds later than it could be, one after the other.
    `ready`: what /readyz says.
    """

    refuses: bool = False
    accept_s: float = 0.0
    ready: bool = True

    def __or__(self, other: "Condition") -> "Condition":
        """Both at once: the worse of each."""
        return Condition(
            refuses=self.refuses or other.refuses,
            accept_s=max(self.accept_s, other.accept_s),
            ready=self.ready and other.ready,
        )

    @property
    def ends_connections(self) -> bool:
        """Whether each answer says `Connection: close`: a port that is reached by old connections alone is no fault."""
        return self.refuses or self.accept_s > 0


HEALTHY = Condition()


@dataclass(frozen=True, slots=True)
class Phase:
    """One condition and the seconds for which it lasts; None means until the fault is switched off."""

    condition: Condition
    seconds: float | None = None

    @classmethod
    def rest(cls, seconds: float) -> Self:
        return cls(HEALTHY, seconds)
