"""Operators on values: 64-bit integers, numbers that divide by zero, strict comparison."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, NoReturn

from rollouts.conditions.conversions import as_float
from rollouts.conditions.errors import ConditionError
from rollouts.golang.times import Duration, Time
from rollouts.golang.values import Byte, Pair, Pairs, is_int, is_nil, is_number, joined, raw, type_name, wrap

if TYPE_CHECKING:
    from collections.abc import Callable


def _mismatch(symbol: str, left: object, right: object) -> NoReturn:
    raise ConditionError(f"invalid operation: {type_name(left)} {symbol} {type_name(right)}")


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """An integer beside a float becomes one, and may lose digits."""
    if isinstance(left, float) or isinstance(right, float):
        return float(left), float(right)
    return left, right


def equal(left: object, right: object) -> bool:
    """Numbers by value whatever their type; lists and maps by their members; nothing else across types."""
    if is_number(left) and is_number(right):
        one, other = _alike(left, right)
        return bool(one == other)
    if is_nil(left) and is_nil(right):
        return True
    if isinstance(left, list) and isinstance(right, list):
        return _like(left, right) and len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return (
            type(left) is type(right)
            and left.keys() == right.keys()
            and all(same(left[key], right[key]) for key in left)
        )
    return type(left) is type(right) and left == right


def _like(left: list[Any], right: list[Any]) -> bool:
    """Typed slices are compared with their own type and with []interface {} only."""
    kinds = {type_name(left), type_name(right)}
    return len(kinds) == 1 or ("[]interface {}" in kinds and not {type(left), type(right)} & {Pair, Pairs})


def same(left: object, right: object) -> bool:
    """reflect.DeepEqual, which compares the values of maps: here 1 is not 1.0."""
    if isinstance(left, list | dict):
        return type(left) is type(right) and equal(left, right)
    return type(left) is type(right) and left == right


def _ordering(symbol: str, compare: Callable[[Any, Any], bool]) -> Callable[[object, object], bool]:
    def ordered(left: object, right: object) -> bool:
        kind = type(left)
        if kind is type(right) and (kind is float or kind is int):  # nearly every condition asks no more
            return compare(left, right)
        if is_number(left) and is_number(right):
            return compare(*_alike(left, right))
        if isinstance(left, str) and isinstance(right, str):
            return compare(raw(left), raw(right))
        if type(left) is type(right) and isinstance(left, Time | Duration):
            return compare(left, right)
        return _mismatch(symbol, left, right)

    return ordered


less = _ordering("<", operator.lt)
more = _ordering(">", operator.gt)
less_or_equal = _ordering("<=", operator.le)
more_or_equal = _ordering(">=", operator.ge)


def add(left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return joined(left, right)
    if isinstance(right, Time):
        left, right = right, left
    if isinstance(left, Time) and isinstance(right, Duration):
        return left.plus(right.nanoseconds)
    if isinstance(left, Duration) and isinstance(right, Duration):
        return Duration(wrap(left.nanoseconds + right.nanoseconds))
    return _arithmetic("+", operator.add, left, right)


def subtract(left: object, right: object) -> object:
    if isinstance(left, Time) and isinstance(right, Time):
        return left.since(right)
    if isinstance(left, Time) and isinstance(right, Duration):
        return left.plus(-right.nanoseconds)
    if isinstance(left, Duration) and isinstance(right, Duration):
        return Duration(wrap(left.nanoseconds - right.nanoseconds))
    return _arithmetic("-", operator.sub, left, right)


def multiply(left: object, right: object) -> object:
    """A duration times a float is a float: 1.5 hours are no duration, for all that the types say."""
    if isinstance(left, Duration) or isinstance(right, Duration):
        one, other = _factor(left), _factor(right)
        if one is None or other is None:
            return _mismatch("*", left, right)
        product = one * other
        return product if isinstance(product, float) else Duration(wrap(product))
    return _arithmetic("*", operator.mul, left, right)


def _factor(value: object) -> int | float | None:
    if isinstance(value, Duration):
        return value.nanoseconds
    return value if is_number(value) else None


def _arithmetic(symbol: str, compute: Callable[[Any, Any], Any], left: object, right: object) -> object:
    if not (is_number(left) and is_number(right)):
        return _mismatch(symbol, left, right)
    if isinstance(left, float) or isinstance(right, float):
        return compute(float(left), float(right))
    return wrap(compute(int(left), int(right)))


def divide(left: object, right: object) -> float:
    if not (is_number(left) and is_number(right)):
        return _mismatch("/", left, right)
    dividend, divisor = float(left), float(right)
    if divisor != 0:
        return dividend / divisor
    if dividend == 0 or math.isnan(dividend):
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1, divisor)


def modulo(left: object, right: object) -> int:
    if not (is_int(left) and is_int(right)):
        return _mismatch("%", left, right)
    if right == 0:
        raise ConditionError("runtime error: integer divide by zero")
    remainder = abs(int(left)) % abs(int(right))
    return wrap(-remainder if left < 0 else remainder)


def power(left: object, right: object) -> float:
    base, exponent = as_float(left), as_float(right)
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        if base != 0:
            return math.nan
        return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf


def negate(value: object) -> object:
    if not is_number(value):
        raise ConditionError(f"invalid operation: - {type_name(value)}")
    if isinstance(value, float):
        return -value
    return Byte(-value % 256) if isinstance(value, Byte) else type(value)(wrap(-value))
