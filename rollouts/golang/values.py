"""Values as Go has them, by the names of their types.

nil, bool, float64 and string are None, bool, float and str; int is int, and int64 (which asInt makes) is
Int64. JSON lists and maps are list and dict; Go's typed slices are subclasses of list, for their names.
A string of Go's is a row of bytes: those that are no UTF-8 are Python's surrogate escapes.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeGuard

from rollouts.golang.types import (
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
    UINT8,
    Kind,
    Type,
)

_MIN_INT = -(2**63)
_BITS = 2**64


class Int64(int):
    """Go's int64; its int is another type."""

    __slots__ = ()


class Byte(int):
    """uint8: what an index into a string gives."""

    __slots__ = ()


class NilList(list[Any]):
    """A nil []interface {}: empty, and equal to nil."""


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


class Key(NamedTuple):
    """A key of an AnyMap or of Groups: there 1, 1.0 and true are three."""

    type: type
    value: Any


class AnyMap(dict[Any, Any]):
    """map[interface {}]interface {}: what `fromPairs` gives, by Keys."""


class Groups(dict[Any, Any]):
    """map[interface {}][]interface {}: what `groupBy` gives, by Keys."""


_TYPES: dict[type, Type] = {
    type(None): NIL, bool: BOOL, int: INT, Int64: INT64, Byte: UINT8, float: FLOAT, str: STRING,
    list: ANYS, NilList: ANYS, Ints: INTS, Floats: FLOATS, Strings: STRINGS, Pair: PAIR, Pairs: PAIRS,
    dict: MAP, AnyMap: ANY_MAP, Groups: GROUPS,
}  # fmt: skip


_KINDS = {Kind.NIL: "invalid", Kind.BOOL: "bool", Kind.STRING: "string", Kind.ARRAY: "slice", Kind.MAP: "map"}


def type_of(value: object) -> Type:
    """Functions and times carry their own type."""
    known = _TYPES.get(type(value))
    return known if known is not None else value.go_type  # type: ignore[attr-defined]


def type_name(value: object) -> str:
    """What fmt prints for %T."""
    return "<nil>" if value is None else type_of(value).name


def kind_name(value: object) -> str:
    """The name of a type's kind, as reflect prints it."""
    type_ = type_of(value)
    if isinstance(value, Pair):
        return "array"
    return type_.name if type_.number else _KINDS.get(type_.kind, type_.name)


def is_nil(value: object) -> bool:
    return value is None or isinstance(value, NilList)


def raw(text: str) -> bytes:
    """The bytes of a string."""
    return text.encode(errors="surrogateescape")


def text_of(content: bytes) -> str:
    return content.decode(errors="surrogateescape")


def joined(*pieces: str) -> str:
    """Concatenated as bytes: two halves of a character become one character again."""
    whole = "".join(pieces)
    return whole if whole.isascii() else text_of(raw(whole))


def is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


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
