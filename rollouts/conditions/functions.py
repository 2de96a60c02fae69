"""Functions as values: Argo's, and the methods of times and durations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rollouts.conditions.errors import ConditionError
from rollouts.conditions.inference import Signature
from rollouts.golang.times import Duration, Location, Time, month
from rollouts.golang.types import (
    ANY,
    BOOL,
    DURATION,
    FLOAT,
    INT,
    INT64,
    LOCATION,
    MONTH,
    STRING,
    TIME,
    WEEKDAY,
    Kind,
    Type,
)
from rollouts.golang.values import Int64, type_name, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rollouts.conditions.code import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Equal to nothing, not even to itself: Go does not compare functions."""

    signature: Signature
    run: Callable[[Frame, Sequence[Any]], object]

    @property
    def go_type(self) -> Type:
        return self.type_with()

    def type_with(self, *receiver: Type) -> Type:
        """A method that is not called yet takes its receiver first."""
        parameters = ", ".join(type_.name for type_ in (*receiver, *self.signature.parameters))
        result = self.signature.result
        return Type(Kind.FUNCTION, f"func({parameters}) {result.name}", result)


def call(function: object, frame: Frame, arguments: Sequence[object]) -> object:
    """Call `function`. Raises ConditionError if it is not a function, or takes other arguments."""
    if function is None:
        raise ConditionError("invalid operation: cannot call nil")
    if not isinstance(function, Function):
        raise ConditionError(f"invalid operation: cannot call non-function of type {type_name(function)}")
    wanted = function.signature.parameters
    if len(arguments) != len(wanted):
        amount = "many" if len(arguments) > len(wanted) else "few"
        raise ConditionError(f"reflect: Call with too {amount} input arguments")
    for argument, parameter in zip(arguments, wanted, strict=True):
        if parameter.name not in (ANY.name, type_name(argument)):
            raise ConditionError(f"reflect: Call using {type_name(argument)} as type {parameter.name}")
    return function.run(frame, arguments)


def _method(result: Type, compute: Callable[..., object], *parameters: Type) -> Function:
    return Function(Signature(parameters, result), lambda _, arguments: compute(*arguments))


def method(owner: object, name: str) -> Function | None:
    """A method of a value. Raises ConditionError for one that Go has and this engine does not."""
    if not isinstance(owner, Time | Duration | Location):
        return None
    unbound = method_of(owner.go_type, name)
    if unbound is None:
        return None
    return Function(unbound.signature, lambda frame, arguments: unbound.run(frame, (owner, *arguments)))


def method_of(owner: Type, name: str) -> Function | None:
    """One that gets its receiver as the first argument."""
    found = METHODS.get(owner.name, {}).get(name)
    if found is None and owner.name in METHODS and name in _LEFT_OUT:
        raise ConditionError(f"this engine does not support the method {name} of {owner.name}")
    return found


def _of_duration(unit: int) -> Callable[[Duration], float]:
    return lambda duration: duration.nanoseconds / unit


def _whole(unit: int) -> Callable[[Duration], Int64]:
    def count(duration: Duration) -> Int64:
        size = abs(duration.nanoseconds) // unit
        return Int64(-size if duration.nanoseconds < 0 else size)

    return count


def _since_1970(unit: int) -> Callable[[Time], Int64]:
    return lambda time: Int64(wrap(time.nanoseconds // unit))


METHODS: dict[str, dict[str, Function]] = {
    DURATION.name: {
        "Hours": _method(FLOAT, _of_duration(3_600_000_000_000)),
        "Minutes": _method(FLOAT, _of_duration(60_000_000_000)),
        "Seconds": _method(FLOAT, _of_duration(1_000_000_000)),
        "Milliseconds": _method(INT64, _whole(1_000_000)),
        "Microseconds": _method(INT64, _whole(1_000)),
        "Nanoseconds": _method(INT64, _whole(1)),
        "Abs": _method(DURATION, lambda duration: Duration(min(abs(duration.nanoseconds), 2**63 - 1))),
        "String": _method(STRING, str),
    },
    TIME.name: {
        "Year": _method(INT, lambda time: time.date[0]),
        "Month": _method(MONTH, lambda time: month(time.date[1])),
        "Day": _method(INT, lambda time: time.date[2]),
        "Hour": _method(INT, lambda time: time.clock[0]),
        "Minute": _method(INT, lambda time: time.clock[1]),
        "Second": _method(INT, lambda time: time.clock[2]),
        "Nanosecond": _method(INT, lambda time: time.clock[3]),
        "YearDay": _method(INT, lambda time: time.year_day),
        "Weekday": _method(WEEKDAY, lambda time: time.weekday),
        "Unix": _method(INT64, _since_1970(1_000_000_000)),
        "UnixMilli": _method(INT64, _since_1970(1_000_000)),
        "UnixMicro": _method(INT64, _since_1970(1_000)),
        "UnixNano": _method(INT64, _since_1970(1)),
        "IsZero": _method(BOOL, lambda time: time == Time.zero()),
        "Before": _method(BOOL, lambda time, other: time < other, TIME),
        "After": _method(BOOL, lambda time, other: time > other, TIME),
        "Equal": _method(BOOL, lambda time, other: time == other, TIME),
        "Compare": _method(INT, lambda time, other: (time > other) - (time < other), TIME),
        "Sub": _method(DURATION, lambda time, other: time.since(other), TIME),
        "Add": _method(TIME, lambda time, duration: time.plus(duration.nanoseconds), DURATION),
        "UTC": _method(TIME, lambda time: Time(time.nanoseconds)),
        "String": _method(STRING, str),
    },
}
METHODS[LOCATION.name] = {"String": METHODS[DURATION.name]["String"]}
# Layouts, time zones, encodings.
_LEFT_OUT = frozenset(
    (
        "AddDate", "AppendBinary", "AppendFormat", "AppendText", "Clock", "Date", "Format", "GoString", "GobEncode",
        "ISOWeek", "In", "IsDST", "Local", "Location", "MarshalBinary", "MarshalJSON", "MarshalText", "Round",
        "Truncate", "Zone", "ZoneBounds",
    )
)  # fmt: skip
