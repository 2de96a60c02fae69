"""Go's durations (package time, ParseDuration)."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from rollouts.golang.text import quote

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
_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)"
_TERM = re.compile(rf"({_NUMBER})({'|'.join(_NANOSECONDS)})", re.ASCII)
_DURATION = re.compile(rf"([-+]?)((?:{_TERM.pattern})+)", re.ASCII)
_MAX_NANOSECONDS = 2**63 - 1


@lru_cache(maxsize=256)
def parse_duration(text: str) -> Fraction:
    """Seconds of a Go duration (`90s`, `1h30m`, `1.5m`); ValueError for anything else (`10`, `1d`)."""
    if text in ("0", "+0", "-0"):
        return Fraction(0)
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 30s, 1m30s or 2h")
    nanoseconds = sum(Fraction(number) * _NANOSECONDS[unit] for number, unit in _TERM.findall(match[2]))
    if nanoseconds > _MAX_NANOSECONDS:
        raise ValueError(f"{text!r} is too long: a duration is at most 292 years")
    seconds = Fraction(nanoseconds) / 1_000_000_000
    return -seconds if match[1] == "-" else seconds


def duration_problem(text: str) -> str:
    """The error of time.ParseDuration for a text that is not a duration; `10` and `1d` are the usual mistakes."""
    if re.fullmatch(rf"[-+]?{_NUMBER}", text, re.ASCII):
        return f"time: missing unit in duration {quote(text)}"
    unit = re.match(rf"[-+]?(?:{_NUMBER}(?:{'|'.join(_NANOSECONDS)}))*{_NUMBER}([^\d.]+)", text, re.ASCII)
    if unit is not None and unit[1] not in _NANOSECONDS:
        return f"time: unknown unit {quote(unit[1])} in duration {quote(text)}"
    return f"time: invalid duration {quote(text)}"
