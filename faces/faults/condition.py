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
    `exits`: the process ends at once, with this exit code; whatever it was doing is lost.
    `leaks_mb_per_s`, `leaks_mb`: its memory grows so fast, by so much.
    `burns_cores`: so many cores are busy with nothing.
    `drops`: at TERM it ends at once instead of draining.
    """

    refuses: bool = False
    accept_s: float = 0.0
    ready: bool = True
    exits: int | None = None
    leaks_mb_per_s: float = 0.0
    leaks_mb: float = 0.0
    burns_cores: float = 0.0
    drops: bool = False

    def __or__(self, other: "Condition") -> "Condition":
        """Both at once: the worse of each."""
        return Condition(
            refuses=self.refuses or other.refuses,
            accept_s=max(self.accept_s, other.accept_s),
            ready=self.ready and other.ready,
            exits=other.exits if self.exits is None else self.exits,
            leaks_mb_per_s=max(self.leaks_mb_per_s, other.leaks_mb_per_s),
            leaks_mb=max(self.leaks_mb, other.leaks_mb),
            burns_cores=max(self.burns_cores, other.burns_cores),
            drops=self.drops or other.drops,
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
