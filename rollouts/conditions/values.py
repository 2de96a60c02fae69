"""Values as Go has them: types by name, 64-bit integers, numbers that divide by zero, strict comparison.

nil, bool, float64 and string are None, bool, float and str; int is int, and int64 (which asInt makes) is
Int64. JSON lists and maps are list and dict; Go's typed slices are subclasses of list, for their names.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard

from rollouts.conditions.errors import ConditionError
from rollouts.conditions.gotext import display
from rollouts.conditions.types import (
    ANY_MAP,
    ANYS,
    BOOL,
    FLOAT,
    FLOATS,
    GROUPS,
    INT,
    INT64,
    INTS,
    MAP,
    NIL,
    PAIR,
    PAIRS,
    STRING,
    STRINGS,
    Type,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

_MIN_INT = -(2**63)
_BITS = 2**64


class Int64(int):
    """Go's int64, which is not its int."""

    __slots__ = ()


class Ints(list[int]):
    """[]int: a range."""


class Floats(list[float]):
    """[]float64: the samples of a Prometheus vector."""


class Strings(list[str]):
    """[]string: what `split` gives."""


class Pair(list[Any]):
    """[2]interface {}: one entry of a map."""


class Pairs(list[Pair]):
    """[][2]interface {}: what `toPairs` gives; equal to nothing but its like."""


class AnyMap(dict[Any, Any]):
    """map[interface {}]interface {}: what `fromPairs` gives."""


class Groups(dict[Any, Any]):
    """map[interface {}][]interface {}: what `groupBy` gives."""


_TYPES: dict[type, Type] = {
    type(None): NIL, bool: BOOL, int: INT, Int64: INT64, float: FLOAT, str: STRING,
    list: ANYS, Ints: INTS, Floats: FLOATS, Strings: STRINGS, Pair: PAIR, Pairs: PAIRS,
    dict: MAP, AnyMap: ANY_MAP, Groups: GROUPS,
}  # fmt: skip


def type_of(value: object) -> Type:
    return _TYPES[type(value)]


def type_name(value: object) -> str:
    """What fmt prints for %T."""
    return "<nil>" if value is None else type_of(value).name


def is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def wrap(number: int) -> int:
    """64 bits, as Go's arithmetic overflows."""
    return (number - _MIN_INT) % _BITS + _MIN_INT


def truncate(number: float) -> int:
    """int(x) of a Go float on amd64: towards zero, and the least integer for all that does not fit."""
    if math.isfinite(number) and _MIN_INT <= number < -_MIN_INT:
        return int(number)
    return _MIN_INT


def wants(value: object, wanted: str) -> NoReturn:
    """The text of a failed Go type assertion."""
    given = "nil" if value is None else type_name(value)
    raise ConditionError(f"interface conversion: interface {{}} is {given}, not {wanted}")


def as_bool(value: object) -> bool:
    return value if isinstance(value, bool) else wants(value, "bool")


def as_string(value: object) -> str:
    return value if isinstance(value, str) else wants(value, "string")


def as_int(value: object) -> int:
    """runtime.ToInt: any number, cut to an integer."""
    if not is_number(value):
        raise ConditionError(f"invalid operation: int({type_name(value)})")
    return truncate(value) if isinstance(value, float) else int(value)


def as_float(value: object) -> float:
    if not is_number(value):
        raise ConditionError(f"invalid operation: float({type_name(value)})")
    return float(value)


def _mismatch(symbol: str, left: object, right: object) -> NoReturn:
    raise ConditionError(f"invalid operation: {type_name(left)} {symbol} {type_name(right)}")


def equal(left: object, right: object) -> bool:
    """Numbers by value whatever their type; lists and maps by their members; nothing else across types."""
    if is_number(left) and is_number(right):
        return left == right
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
    types = {type(left), type(right)}
    return len(types) == 1 or (list in types and not types & {Pair, Pairs})


def same(left: object, right: object) -> bool:
    """reflect.DeepEqual, which compares the values of maps: here 1 is not 1.0."""
    if isinstance(left, list | dict):
        return type(left) is type(right) and equal(left, right)
    return type(left) is type(right) and left == right


def _ordering(symbol: str, compare: Callable[[Any, Any], bool]) -> Callable[[object, object], bool]:
    def ordered(left: object, right: object) -> bool:
        if (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return compare(left, right)
        return _mismatch(symbol, left, right)

    return ordered


less = _ordering("<", operator.lt)
more = _ordering(">", operator.gt)
less_or_equal = _ordering("<=", operator.le)
more_or_equal = _ordering(">=", operator.ge)


def add(left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    return _arithmetic("+", operator.add, left, right)


def subtract(left: object, right: object) -> object:
    return _arithmetic("-", operator.sub, left, right)


def multiply(left: object, right: object) -> object:
    return _arithmetic("*", operator.mul, left, right)


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
    return type(value)(wrap(-value))


def fetch(base: object, key: object) -> object:
    """`base[key]`: negative indexes count from the end, a missing key of a map is nil."""
    if isinstance(base, list):
        index = position = as_int(key)
        if index < 0:
            position = len(base) + index
        if not 0 <= position < len(base):
            raise ConditionError(f"index out of range: {position} (array length is {len(base)})")
        return base[position]
    if isinstance(base, dict):
        return base.get(map_key(base, key))
    if isinstance(base, str):
        raise ConditionError("an index into a string is a byte in expr; this engine does not know bytes")
    raise ConditionError(f"cannot fetch {display(key)} from {type_name(base)}")


def map_key(mapping: dict[Any, Any], key: object) -> object:
    """A key as the map takes it; maps of strings take nil for ""."""
    if type(mapping) is not dict:
        if isinstance(key, list | dict):
            raise ConditionError(f"runtime error: hash of unhashable type {type_name(key)}")
        return key
    if key is not None and not isinstance(key, str):
        raise ConditionError(f"reflect.Value.MapIndex: value of type {type_name(key)} is not assignable to type string")
    return key or ""


def contains(needle: object, haystack: object) -> bool:
    """`needle in haystack`."""
    if haystack is None:
        return False
    if isinstance(haystack, list):
        return any(equal(item, needle) for item in haystack)
    if isinstance(haystack, dict):
        return map_key(haystack, needle) in haystack
    raise ConditionError(f'operator "in" not defined on {type_name(haystack)}')


def cut(base: object, start: object, stop: object) -> object:
    """`base[start:stop]`; indexes beyond the ends are moved to the ends. Strings are cut between bytes."""
    if not isinstance(base, list | str):
        raise ConditionError(f"cannot slice {start}")
    content = base.encode() if isinstance(base, str) else base
    low, high = as_int(start), as_int(stop)
    high = min(max(high + len(content), 0) if high < 0 else high, len(content))
    low = min(max(low + len(content), 0) if low < 0 else low, high)
    piece = content[low:high]
    return piece.decode(errors="replace") if isinstance(piece, bytes) else type(base)(piece)
