"""Dates and durations; what needs a clock or the rules of a time zone is refused by name."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from rollouts.conditions.builtins.signatures import Builtin, Signature, overloads
from rollouts.conditions.errors import ConditionError
from rollouts.conditions.gotext import quote
from rollouts.conditions.layouts import USUAL, parse
from rollouts.conditions.times import UTC, Duration, Location, Time
from rollouts.conditions.types import DURATION, LOCATION, STRING, TIME, Type
from rollouts.conditions.values import as_string
from rollouts.durations import parse_go_duration

if TYPE_CHECKING:
    from collections.abc import Sequence


_TERM = r"(?:\d+\.?\d*|\.\d+)"
_UNITS = ("ns", "us", "µs", "μs", "ms", "s", "m", "h")


def duration_problem(text: str) -> str:
    """time.ParseDuration's words, `10` and `1d` being the usual mistakes."""
    if re.fullmatch(rf"[-+]?{_TERM}", text, re.ASCII):
        return f"time: missing unit in duration {quote(text)}"
    unit = re.match(rf"[-+]?(?:{_TERM}(?:{'|'.join(_UNITS)}))*{_TERM}([^\d.]+)", text, re.ASCII)
    if unit is not None and unit[1] not in _UNITS:
        return f"time: unknown unit {quote(unit[1])} in duration {quote(text)}"
    return f"time: invalid duration {quote(text)}"


def _duration(text: object) -> Duration:
    written = as_string(text)
    try:
        nanoseconds = int(parse_go_duration(written) * 1_000_000_000)
    except ValueError:
        raise ConditionError(duration_problem(written)) from None
    if not -(2**63) <= nanoseconds < 2**63:
        raise ConditionError(f"time: invalid duration {quote(written)}")
    return Duration(nanoseconds)


def _timezone(name: object) -> Location:
    if as_string(name) not in ("", "UTC"):
        raise ConditionError(f"this engine knows no time zone but UTC, not {name}")
    return UTC


def _date_type(arguments: Sequence[Type]) -> Type:
    if not arguments:
        raise ConditionError("invalid number of arguments (expected at least 1, got 0)")
    count = len(arguments) - (arguments[0] == LOCATION)
    if count > 3:
        raise ConditionError(f"invalid number of arguments (expected at most 3, got {count})")
    return TIME


def _date(*arguments: object) -> Time:
    given = arguments[1:] if isinstance(arguments[0], Location) else arguments
    if not given:
        raise ConditionError("runtime error: index out of range [0] with length 0")
    text = as_string(given[0])
    if len(given) > 1:
        layout, *place = map(as_string, given[1:])
        if place:
            _timezone(place[0])
        return parse(text, layout)
    for layout in USUAL:
        with suppress(ConditionError):
            return parse(text, layout)
    raise ConditionError(f"invalid date {text}")


TIMES: dict[str, Builtin] = {
    "duration": Builtin(overloads("duration", Signature((STRING,), DURATION)), _duration),
    "timezone": Builtin(overloads("timezone", Signature((STRING,), LOCATION)), _timezone),
    "date": Builtin(_date_type, _date),
}
