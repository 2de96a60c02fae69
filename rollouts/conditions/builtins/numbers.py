"""Builtins on numbers, and the conversions to them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from rollouts.conditions import arithmetic, conversions
from rollouts.conditions.builtins.signatures import Builtin, Check, Signature, one_of, overloads, shown
from rollouts.conditions.errors import ConditionError
from rollouts.golang import values
from rollouts.golang.text import quote
from rollouts.golang.times import Duration, Named
from rollouts.golang.types import ANY, FLOAT, INT, Kind, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_NUMBERS = (Kind.INT, Kind.FLOAT)
_INTEGERS_TO_GO = (Kind.DURATION, Kind.NAMED)  # though expr does not compute with them
# A text that was measured is matched against these: no digit may belong to more than one part of a pattern, or Python's
# `re` takes a time that grows with the square of the text.
_INTEGER = re.compile(r"[+-]?[0-9]+")
_TOO_MANY_DIGITS = 20  # for 64 bits
_DIGITS = "[0-9](?:_?[0-9])*"
_DECIMAL = re.compile(
    rf"[+-]?(?:(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:e[+-]?[0-9]+)?|inf|infinity)|nan", re.IGNORECASE
)
_HEXADECIMAL = re.compile(r"[+-]?0x(?:[0-9a-f]+(?:\.[0-9a-f]*)?|\.[0-9a-f]+)p[+-]?[0-9]+", re.IGNORECASE)


def parse_int(text: str) -> int:
    """strconv.ParseInt(text, 10, 64); ConditionError with Go's text."""
    if _INTEGER.fullmatch(text) is None:
        raise ConditionError(f"strconv.ParseInt: parsing {quote(text)}: invalid syntax")
    digits = text.lstrip("+-").lstrip("0") or "0"
    number = int(f"-{digits}" if text[0] == "-" else digits) if len(digits) < _TOO_MANY_DIGITS else None
    if number is None or number != values.wrap(number):
        raise ConditionError(f"strconv.ParseInt: parsing {quote(text)}: value out of range")
    return number


def parse_float(text: str) -> float:
    """strconv.ParseFloat(text, 64); ConditionError with Go's text."""
    if _HEXADECIMAL.fullmatch(text):
        number = _from_hexadecimal(text)
    elif _DECIMAL.fullmatch(text):
        number = float(text)
    else:
        raise ConditionError(f"strconv.ParseFloat: parsing {quote(text)}: invalid syntax")
    if math.isinf(number) and "inf" not in text.lower():
        raise ConditionError(f"strconv.ParseFloat: parsing {quote(text)}: value out of range")
    return number


def _from_hexadecimal(text: str) -> float:
    try:
        return float.fromhex(text)
    except OverflowError:
        return math.inf


def _absolute(value: object) -> object:
    if not values.is_number(value):
        raise ConditionError(f"invalid argument for abs (type {values.type_name(value)})")
    return arithmetic.negate(value) if value < 0 else value


def _half_away_from_zero(number: float) -> float:
    whole = math.trunc(number)
    return whole + math.copysign(1, number) if abs(number - whole) >= 0.5 else whole


def _rounding(name: str, compute: Callable[[float], float]) -> Builtin:
    def run(value: object) -> float:
        if not values.is_number(value):
            raise ConditionError(f"invalid argument for {name} (type {values.type_name(value)})")
        number = float(value)
        return math.copysign(compute(number), number) if math.isfinite(number) else number

    check = one_of(_NUMBERS, f"invalid argument for {name} (type {{}})", lambda _: FLOAT)
    return Builtin(check, run)


def _to_int(value: object) -> int:
    if isinstance(value, str):
        try:
            return parse_int(value)
        except ConditionError:
            raise ConditionError(f"invalid operation: int({value})") from None
    if isinstance(value, Duration | Named):
        return value.nanoseconds if isinstance(value, Duration) else value.number
    if value is None:
        raise ConditionError("reflect: call of reflect.Value.Type on zero Value")
    return conversions.as_int(value)


def _to_float(value: object) -> float:
    if isinstance(value, str):
        try:
            return parse_float(value)
        except ConditionError:
            raise ConditionError(f"invalid operation: float({value})") from None
    return conversions.as_float(value)


def _aggregate(name: str) -> Check:
    def check(arguments: Sequence[Type]) -> Type:
        if not arguments:
            raise ConditionError(f"not enough arguments to call {name}")
        for argument in arguments:
            if argument.unknown or argument.kind is Kind.ARRAY:
                return ANY
            if not argument.number and argument.kind is not Kind.DURATION:
                raise ConditionError(f"invalid argument for {name} (type {shown(argument)})")
        return arguments[0]

    return check


def _extreme(name: str, replaces: Callable[[object, object], bool]) -> Builtin:
    def run(*arguments: object) -> object:
        best: object = None
        for argument in arguments:
            if not isinstance(argument, list | Duration) and not values.is_number(argument):
                if len(arguments) == 1:
                    return argument
                raise ConditionError(f"invalid argument for {name} (type {values.type_name(argument)})")
            for item in map(run, argument) if isinstance(argument, list) else (argument,):
                if isinstance(argument, list) and not values.is_number(item):
                    raise ConditionError(f"invalid argument for {name} (type {values.type_name(item)})")
                if best is None or replaces(best, item):
                    best = item
        return best

    return Builtin(_aggregate(name), run)


def _numbers(name: str, arguments: Sequence[object]) -> Iterator[float]:
    for argument in arguments:
        if isinstance(argument, list):
            yield from _numbers(name, argument)
        elif values.is_number(argument):
            yield float(argument)
        elif isinstance(argument, Duration):
            yield float(argument.nanoseconds)
        else:
            raise ConditionError(f"invalid argument for {name} (type {values.type_name(argument)})")


def _mean(*arguments: object) -> float:
    numbers = list(_numbers("mean", arguments))
    return sum(numbers) / len(numbers) if numbers else 0.0


def _median(*arguments: object) -> float:
    numbers = sorted(_numbers("median", arguments), key=lambda number: (not math.isnan(number), number))
    if not numbers:
        return 0.0
    middle = len(numbers) // 2
    return numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2


def _bits(name: str, compute: Callable[[int, int], int]) -> Builtin:
    def run(left: object, right: object) -> int:
        return values.wrap(compute(_bit_operand(name, left), _bit_operand(name, right)))

    return Builtin(overloads(name, Signature((INT, INT), INT)), run)


def _bit_operand(name: str, value: object) -> int:
    if not values.is_int(value):
        raise ConditionError(f"cannot use {values.type_name(value)} as argument (type int) to call {name}")
    return int(value)


def _shift(compute: Callable[[int, int], int]) -> Callable[[int, int], int]:
    def shift(number: int, count: int) -> int:
        if count < 0:
            raise ConditionError(f"invalid operation: negative shift count {count} (type int)")
        return compute(number, min(count, 64))

    return shift


def _convertible(complaint: str, type_: Type) -> Check:
    return one_of((*_NUMBERS, *_INTEGERS_TO_GO, Kind.STRING), complaint, lambda _: type_)


NUMBERS: dict[str, Builtin] = {
    "abs": Builtin(one_of(_NUMBERS, "invalid argument for abs (type {})", lambda type_: type_), _absolute),
    "ceil": _rounding("ceil", math.ceil),
    "floor": _rounding("floor", math.floor),
    "round": _rounding("round", _half_away_from_zero),
    "int": Builtin(_convertible("invalid argument for int (type {})", INT), _to_int),
    "float": Builtin(_convertible("invalid argument for float (type {})", FLOAT), _to_float),
    "max": _extreme("max", arithmetic.less),
    "min": _extreme("min", arithmetic.more),
    "mean": Builtin(_aggregate("mean"), _mean),
    "median": Builtin(_aggregate("median"), _median),
    "bitand": _bits("bitand", lambda x, y: x & y),
    "bitor": _bits("bitor", lambda x, y: x | y),
    "bitxor": _bits("bitxor", lambda x, y: x ^ y),
    "bitnand": _bits("bitnand", lambda x, y: x & ~y),
    "bitshl": _bits("bitshl", _shift(lambda x, y: x << y)),
    "bitshr": _bits("bitshr", _shift(lambda x, y: x >> y)),
    "bitushr": _bits("bitushr", _shift(lambda x, y: (x % 2**64) >> y)),
    "bitnot": Builtin(overloads("bitnot", Signature((INT,), INT)), lambda x: ~_bit_operand("bitnot", x)),
}
