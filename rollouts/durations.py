"""Go's durations, and the seconds of a pause step.

Argo: pkg/apis/rollouts/v1alpha1/types.go (RolloutPause.DurationSeconds).
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_TERM = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_DURATION = re.compile(rf"([-+]?)((?:{_TERM.pattern})+)", re.ASCII)
_WHOLE_NUMBER = re.compile(r"[-+]?\d+", re.ASCII)
_MAX_INT32 = 2**31 - 1
INVALID = -1


@lru_cache(maxsize=256)
def parse_go_duration(text: str) -> Fraction:
    """Seconds of a Go duration (`90s`, `1h30m`, `1.5m`); ValueError for anything else (`10`, `1d`)."""
    if text in ("0", "+0", "-0"):
        return Fraction(0)
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 30s, 1m30s or 2h")
    nanoseconds = sum(Fraction(number) * _NANOSECONDS[unit] for number, unit in _TERM.findall(match[2]))
    seconds = Fraction(nanoseconds) / 1_000_000_000
    return -seconds if match[1] == "-" else seconds


def pause_seconds(duration: int | str) -> int:
    """Whole seconds of a pause; -1 (INVALID) when the text cannot be read.

    A string of digits means seconds, a Go duration is cut to whole seconds (`500ms` is 0).
    """
    if isinstance(duration, int):
        return duration
    if _WHOLE_NUMBER.fullmatch(duration) and abs(int(duration)) <= _MAX_INT32:
        return int(duration)
    try:
        return int(parse_go_duration(duration))
    except ValueError:
        return INVALID
