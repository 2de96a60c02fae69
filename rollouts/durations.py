"""Go's durations, the seconds of a pause step, and points in time.

Argo: pkg/apis/rollouts/v1alpha1/types.go (RolloutPause.DurationSeconds).
"""

from __future__ import annotations

import re
from datetime import datetime
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
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[-+]\d\d:\d\d)", re.ASCII)
_MAX_INT32 = 2**31 - 1
_MAX_NANOSECONDS = 2**63 - 1
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
    if nanoseconds > _MAX_NANOSECONDS:
        raise ValueError(f"{text!r} is longer than any duration, which ends after 292 years")
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


def rfc3339_seconds(text: str) -> float:
    """Seconds since the epoch of a time as Kubernetes writes it (`2026-01-31T12:00:00Z`). ValueError for another."""
    if not _RFC3339.fullmatch(text):
        raise ValueError(f"{text!r} is not a time such as 2026-01-31T12:00:00Z")
    return datetime.fromisoformat(text.upper()).timestamp()
