"""The seconds of a pause step, and points in time.

Argo: pkg/apis/rollouts/v1alpha1/types.go (RolloutPause.DurationSeconds).
"""

from __future__ import annotations

import re
from datetime import datetime

from rollouts.golang.durations import parse_duration

_WHOLE_NUMBER = re.compile(r"[-+]?\d+", re.ASCII)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[-+]\d\d:\d\d)", re.ASCII)
_MAX_INT32 = 2**31 - 1
INVALID = -1


def pause_seconds(duration: int | str) -> int:
    """Whole seconds of a pause; -1 (INVALID) when the text cannot be read.

    A string of digits means seconds, a Go duration is cut to whole seconds (`500ms` is 0).
    """
    if isinstance(duration, int):
        return duration
    if _WHOLE_NUMBER.fullmatch(duration) and abs(int(duration)) <= _MAX_INT32:
        return int(duration)
    try:
        return int(parse_duration(duration))
    except ValueError:
        return INVALID


def rfc3339_seconds(text: str) -> float:
    """Seconds since the epoch of a time as Kubernetes writes it (`2026-01-31T12:00:00Z`). ValueError for others."""
    if not _RFC3339.fullmatch(text):
        raise ValueError(f"{text!r} is not a time such as 2026-01-31T12:00:00Z")
    return datetime.fromisoformat(text.upper()).timestamp()
