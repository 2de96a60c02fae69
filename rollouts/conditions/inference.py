"""What is known of a value before it is computed.

expr checks a condition against the Go types of this very measurement before it evaluates anything: in
`len(result) > 0 && result > 0.9` the second half is an error even where the first half is false.
Inside of JSON maps and lists all is unknown, and the questions wait until run time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollouts.golang.types import ANY, ANYS, FLOAT, INT, MAP, STRING, Kind, Type, assignable

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of a builtin that is not called: nothing is behind it.
BUILTIN = Type(Kind.FUNCTION, "func(...interface {}) (interface {}, error)")


@dataclass(frozen=True, slots=True)
class Signature:
    """Of a function: what it takes and gives."""

    parameters: tuple[Type, ...]
    result: Type


def array_of(element: Type) -> Type:
    """What expr makes of a list it built itself: Go's []interface {}, with remembered elements."""
    return Type(Kind.ARRAY, ANYS.name, element)


def forgotten(array: Type) -> Type:
    """The Go type alone: builtins hand lists on without what expr remembered of the elements."""
    return ANYS if array.name == ANYS.name else array


def key_of(mapping: Type) -> Type:
    return STRING if mapping.name == MAP.name else ANY


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
