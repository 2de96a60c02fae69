"""What is known of a value before it is computed.

expr checks a condition against the Go types of this very measurement before it evaluates anything: in
`len(result) > 0 && result > 0.9` the second half is an error even where the first half is false.
Inside of JSON maps and lists all is unknown, and the questions wait until run time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Kind(Enum):
    UNKNOWN = auto()
    NIL = auto()
    BOOL = auto()
    INT = auto()
    FLOAT = auto()
    STRING = auto()
    ARRAY = auto()
    MAP = auto()
    FUNCTION = auto()
    TIME = auto()
    DURATION = auto()
    NAMED = auto()  # a type of Go's that nothing is computed with


@dataclass(frozen=True, slots=True)
class Type:
    """A Go type: `name` is what messages say, `element` what an array or map holds, or a function gives."""

    kind: Kind
    name: str
    element: Type | None = None

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def unknown(self) -> bool:
        return self.kind is Kind.UNKNOWN

    @property
    def number(self) -> bool:
        return self.kind in (Kind.INT, Kind.FLOAT)

    @property
    def item(self) -> Type:
        return self.element or UNKNOWN


@dataclass(frozen=True, slots=True)
class Signature:
    """Of a function: what it takes and gives."""

    parameters: tuple[Type, ...]
    result: Type


UNKNOWN = Type(Kind.UNKNOWN, "unknown")
ANY = Type(Kind.UNKNOWN, "interface {}")
NIL = Type(Kind.NIL, "unknown")
BOOL = Type(Kind.BOOL, "bool")
INT = Type(Kind.INT, "int")
INT64 = Type(Kind.INT, "int64")
UINT8 = Type(Kind.INT, "uint8")
FLOAT = Type(Kind.FLOAT, "float64")
STRING = Type(Kind.STRING, "string")
TIME = Type(Kind.TIME, "time.Time")
DURATION = Type(Kind.DURATION, "time.Duration")
MONTH = Type(Kind.NAMED, "time.Month")
WEEKDAY = Type(Kind.NAMED, "time.Weekday")
LOCATION = Type(Kind.NAMED, "*time.Location")
# Of a builtin that is not called: nothing is behind it.
BUILTIN = Type(Kind.FUNCTION, "func(...interface {}) (interface {}, error)")
ANYS = Type(Kind.ARRAY, "[]interface {}", ANY)
INTS = Type(Kind.ARRAY, "[]int", INT)
FLOATS = Type(Kind.ARRAY, "[]float64", FLOAT)
STRINGS = Type(Kind.ARRAY, "[]string", STRING)
PAIR = Type(Kind.ARRAY, "[2]interface {}", ANY)
PAIRS = Type(Kind.ARRAY, "[][2]interface {}", PAIR)
MAP = Type(Kind.MAP, "map[string]interface {}", ANY)
ANY_MAP = Type(Kind.MAP, "map[interface {}]interface {}", ANY)
GROUPS = Type(Kind.MAP, "map[interface {}][]interface {}", ANYS)


def array_of(element: Type) -> Type:
    """What expr makes of a list it built itself: Go's []interface {}, with remembered elements."""
    return Type(Kind.ARRAY, ANYS.name, element)


def forgotten(array: Type) -> Type:
    """The Go type alone: builtins hand lists on without what expr remembered of the elements."""
    return ANYS if array.name == ANYS.name else array


def key_of(mapping: Type) -> Type:
    return STRING if mapping.name == MAP.name else ANY


def assignable(value: Type, target: Type) -> bool:
    """Go's rule for `target = value`; what is unknown is assignable only to interfaces."""
    if value.kind is Kind.NIL:
        return target.kind in (Kind.ARRAY, Kind.MAP) or target.name == ANY.name
    if UNKNOWN.name in {value.name, target.name}:
        return False
    return target.name in (ANY.name, value.name)


def comparable(left: Type, right: Type) -> bool:
    """Whether `==` may be asked."""
    kinds = {left.kind, right.kind}
    if kinds & {Kind.UNKNOWN, Kind.NIL} or (left.number and right.number):
        return True
    return kinds == {Kind.ARRAY} or assignable(left, right)


def perhaps(left: Type, right: Type, kinds: Sequence[Kind]) -> bool:
    """Whether an operator on `kinds` is left to run time, since one side is unknown."""
    if left.unknown and right.unknown:
        return True
    return (left.unknown and right.kind in kinds) or (right.unknown and left.kind in kinds)


def promoted(left: Type, right: Type) -> Type:
    """The type of `+`, `-` and `*` on numbers."""
    return FLOAT if Kind.FLOAT in (left.kind, right.kind) else INT
