"""maxSurge and maxUnavailable as numbers of pods. Argo: utils/replicaset/replicaset.go."""

from __future__ import annotations

import re
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rollouts.model import CanaryStrategy

_PERCENT = re.compile(r"(\d+)%?", re.ASCII)


def int_or_percent(value: int | str) -> int:
    """The number in `3`, `"25%"` or `"25"`; 0 when there is none."""
    if isinstance(value, int):
        return value
    match = _PERCENT.fullmatch(value)
    return int(match[1]) if match else 0


def max_surge(canary: CanaryStrategy, replicas: int) -> int:
    return _limits(canary, replicas)[0]


def max_unavailable(canary: CanaryStrategy, replicas: int) -> int:
    if replicas == 0:
        return 0
    return min(_limits(canary, replicas)[1], replicas)


def _limits(canary: CanaryStrategy, replicas: int) -> tuple[int, int]:
    surge = share(canary.max_surge, replicas, ceil)
    unavailable = share(canary.max_unavailable, replicas, floor)
    # Both may round down to nothing, and then nothing could ever move.
    return (0, 1) if surge == 0 == unavailable else (surge, unavailable)


def share(value: int | str, replicas: int, rounded: Callable[[float], int]) -> int:
    """A quoted number means percent even without its sign."""
    return value if isinstance(value, int) else rounded(int_or_percent(value) * replicas / 100)
