"""The Go types that values in conditions can have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


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
ANYS = Type(Kind.ARRAY, "[]interface {}", ANY)
INTS = Type(Kind.ARRAY, "[]int", INT)
FLOATS = Type(Kind.ARRAY, "[]float64", FLOAT)
STRINGS = Type(Kind.ARRAY, "[]string", STRING)
PAIR = Type(Kind.ARRAY, "[2]interface {}", ANY)
PAIRS = Type(Kind.ARRAY, "[][2]interface {}", PAIR)
MAP = Type(Kind.MAP, "map[string]interface {}", ANY)
ANY_MAP = Type(Kind.MAP, "map[interface {}]interface {}", ANY)
GROUPS = Type(Kind.MAP, "map[interface {}][]interface {}", ANYS)


def assignable(value: Type, target: Type) -> bool:
    """Go's rule for `target = value`; what is unknown is assignable only to interfaces."""
    if value.kind is Kind.NIL:
        return target.kind in (Kind.ARRAY, Kind.MAP) or target.name == ANY.name
    if UNKNOWN.name in {value.name, target.name}:
        return False
    return target.name in (ANY.name, value.name)
