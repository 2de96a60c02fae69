"""The pods of a ReplicaSet where nothing runs: ready after a while, available after another. Pure: time is passed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple


class Counts(NamedTuple):
    """As in a ReplicaSet's status."""

    replicas: int
    ready: int
    available: int


@dataclass(slots=True)
class Pods:
    """`ready_at` are times in seconds; infinity is a pod that never becomes ready."""

    ready_at: list[float] = field(default_factory=list)

    def scale(self, replicas: int, now: float, startup: float | None) -> None:
        """So many from now on; new ones are ready after `startup` seconds, None is never. The latest ones go first."""
        latest = math.inf if startup is None else now + startup
        self.ready_at = sorted(self.ready_at)[:replicas] + [latest] * (replicas - len(self.ready_at))

    def counts(self, min_ready_seconds: int, now: float) -> Counts:
        ready = sum([at <= now for at in self.ready_at])
        available = sum([at + min_ready_seconds <= now for at in self.ready_at])
        return Counts(len(self.ready_at), ready, available)

    def next_change(self, min_ready_seconds: int, now: float) -> float | None:
        """When the counts change by themselves."""
        waits = (0, min_ready_seconds)
        return min([at + wait for at in self.ready_at for wait in waits if now < at + wait < math.inf], default=None)
