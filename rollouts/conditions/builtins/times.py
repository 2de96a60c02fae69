"""Dates and durations; what needs a clock or the rules of a time zone is refused by name."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from rollouts.conditions.builtins.signatures import Builtin, Signature, overloads
from rollouts.conditions.conversions import as_string
from rollouts.conditions.errors import ConditionError
from rollouts.golang.durations import duration_problem, parse_duration
from rollouts.golang.layouts import parse
from rollouts.golang.text import quote
from rollouts.golang.times import UTC, Duration, Location, Time
from rollouts.golang.types import DURATION, LOCATION, STRING, TIME, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

# The layouts that expr tries where it is given none, in its order.
_USUAL = (
    "2006-01-02", "15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00", "02 Jan 06 15:04 MST",
    "Monday, 02-Jan-06 15:04:05 MST", "Mon, 02 Jan 2006 15:04:05 MST",
)  # fmt: skip


def _duration(text: object) -> Duration:
    written = as_string(text)
    try:
        nanoseconds = int(parse_duration(written) * 1_000_000_000)
    except ValueError:
        raise ConditionError(duration_problem(written)) from None
    if not -(2**63) <= nanoseconds < 2**63:
        raise ConditionError(f"time: invalid duration {quote(written)}")
    return Duration(nanoseconds)


def _timezone(name: object) -> Location:
    if as_string(name) not in ("", "UTC"):
        raise ConditionError(f"this engine supports no time zone but UTC: {name}")
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
        return _parsed(text, layout)
    for layout in _USUAL:
        with suppress(ConditionError):
            return _parsed(text, layout)
    raise ConditionError(f"invalid date {text}")


def _parsed(text: str, layout: str) -> Time:
    try:
        return parse(text, layout)
    except ValueError as error:
        raise ConditionError(str(error)) from None


TIMES: dict[str, Builtin] = {
    "duration": Builtin(overloads("duration", Signature((STRING,), DURATION)), _duration),
    "timezone": Builtin(overloads("timezone", Signature((STRING,), LOCATION)), _timezone),
    "date": Builtin(_date_type, _date),
}
