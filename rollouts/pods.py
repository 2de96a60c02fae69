"""The simulated pods of a ReplicaSet: ready after a while, then available. Pure: the time is an argument."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple


class Counts(NamedTuple):
    """As in a ReplicaSet's status."""

    replicas: int
    ready: int
    available: int


class _Pod(NamedTuple):
    """`ready_at` and `created_at` are in seconds; infinity is a pod that never becomes ready."""

    ready_at: float
    created_at: float
    number: int


@dataclass(slots=True)
class Pods:
    """`pods` come in the order in which they became ready; `ready_at` are their times alone."""

    pods: list[_Pod] = field(default_factory=list)
    ready_at: list[float] = field(default_factory=list)
    _created: int = 0

    def scale(self, replicas: int, now: float, startup: float | None) -> None:
        """Have this many pods. New ones are ready after `startup` seconds (None: never); the latest go first."""
        self._become(sorted(self.pods)[:replicas])
        self._add(replicas - len(self.pods), now, startup)

    def evict(self, number: int, now: float, startup: float | None) -> None:
        """Replace that pod by a new one; do nothing if it is gone already."""
        staying = [pod for pod in self.pods if pod.number != number]
        missing = len(self.pods) - len(staying)
        self._become(staying)
        self._add(missing, now, startup)

    def _add(self, replicas: int, now: float, startup: float | None) -> None:
        ready_at = math.inf if startup is None else now + startup
        numbers = range(self._created, self._created + replicas)
        self._created += len(numbers)
        self._become(self.pods + [_Pod(ready_at, now, number) for number in numbers])

    def _become(self, pods: list[_Pod]) -> None:
        self.pods, self.ready_at = pods, [pod.ready_at for pod in pods]

    def counts(self, min_ready_seconds: int, now: float) -> Counts:
        ready = sum([at <= now for at in self.ready_at])
        available = sum([at + min_ready_seconds <= now for at in self.ready_at])
        return Counts(len(self.ready_at), ready, available)

    def next_change(self, min_ready_seconds: int, now: float) -> float | None:
        """When the counts change next without a command."""
        waits = (0, min_ready_seconds)
        return min([at + wait for at in self.ready_at for wait in waits if now < at + wait < math.inf], default=None)
