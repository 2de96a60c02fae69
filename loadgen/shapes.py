"""How many visitors there are at each moment: pure functions of the time since the start.

Locust asks once a second. No shape exceeds the `rate` of the command line: a ramp climbs to it, and a burst jumps
to it from a quarter, so that the machine never gets more than was asked for.
"""

import math
from typing import Final, Literal

ShapeName = Literal["steady", "ramp", "burst"]

SMOOTH_USERS: Final = 4
"""A shape that changes has at least this many visitors, each slower if need be: one visitor has no quarter."""
RAMP_S: Final = 60.0
"""How long a ramp climbs when the run has no `--duration`."""
BURST_PERIOD_S: Final = 15.0
BURST_LENGTH_S: Final = 5.0
QUIET_SHARE: Final = 0.25
FASTEST_SPAWN: Final = 100.0
"""Visitors per second; Locust itself warns above it."""


def steady(elapsed_s: float, users: int) -> int:  # noqa: ARG001 - the shapes share one signature
    """All visitors, at all times."""
    return users


def ramp(elapsed_s: float, users: int, *, over_s: float = RAMP_S) -> int:
    """From one visitor to all of them in a straight line over `over_s` seconds, then all of them."""
    climbed = 1.0 if elapsed_s >= over_s else elapsed_s / over_s
    return max(1, math.floor(1 + (users - 1) * climbed))


def burst(elapsed_s: float, users: int) -> int:
    """A quarter of the visitors, and all of them in the last 5 of every 15 seconds."""
    if elapsed_s % BURST_PERIOD_S >= BURST_PERIOD_S - BURST_LENGTH_S:
        return users
    return max(1, math.ceil(users * QUIET_SHARE))


def users_at(shape: ShapeName, elapsed_s: float, users: int, duration_s: float | None) -> int | None:
    """Visitors wanted `elapsed_s` seconds after the start, None when the run is over."""
    if duration_s is not None and elapsed_s >= duration_s:
        return None
    if shape == "ramp":
        return ramp(elapsed_s, users, over_s=duration_s or RAMP_S)
    return (burst if shape == "burst" else steady)(elapsed_s, users)


def spawn_rate(users: int) -> float:
    """Visitors that come or go per second: a change takes effect at once, within Locust's limit."""
    return min(max(float(users), 1.0), FASTEST_SPAWN)
