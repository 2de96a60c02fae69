"""The vocabulary in which the shapes of Argo's objects are written down.

It is that of a CustomResourceDefinition, as far as Argo's make use of it: `fields("name", name=STRING, port=INT32)` is
an object that knows two fields and wants the first of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, a number, or a truth value. `types` are JSON's; `bits` is the room that a number has in Argo's memory."""

    types: tuple[str, ...]
    format: str = ""
    bits: int = 64
    enum: tuple[str, ...] = ()
    pattern: str = ""
    default: Any = None

    def by_default(self, value: Any) -> Scalar:
        return replace(self, default=value)


@dataclass(frozen=True, slots=True)
class Fields:
    known: Mapping[str, Shape]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapped:
    """An object with any keys, and values of one shape."""

    value: Shape


@dataclass(frozen=True, slots=True)
class Listed:
    """`keys` are the fields that tell one item from the others; a set is a list of scalars without repetition."""

    item: Shape
    keys: tuple[str, ...] = ()
    is_set: bool = False


@dataclass(frozen=True, slots=True)
class Anything:
    """What is kept as it is; if `types` is empty, of whatever type. `read` is what Argo reads it as, if it does."""

    types: tuple[str, ...] = ()
    read: Shape | None = None

    def read_as(self, shape: Shape) -> Anything:
        return replace(self, read=shape)


Shape: TypeAlias = "Scalar | Fields | Mapped | Listed | Anything"

STRING = Scalar(("string",))
BOOLEAN = Scalar(("boolean",))
INT32 = Scalar(("integer",), "int32", 32)
INT64 = Scalar(("integer",), "int64")
TIME = Scalar(("string",), "date-time")
INT_OR_STRING = Scalar(("integer", "string"), bits=32)
QUANTITY = Scalar(
    ("integer", "string"),
    pattern=r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$",
)
ANYTHING = Anything()
OBJECT = Anything(("object",))
EMPTY = Fields({})


def fields(required: str = "", /, **known: Shape) -> Fields:
    return Fields(known, tuple(required.split()))


def mapped(value: Shape) -> Mapped:
    return Mapped(value)


def listed(item: Shape) -> Listed:
    return Listed(item)


def keyed(keys: str, item: Shape) -> Listed:
    return Listed(item, tuple(keys.split()))


def a_set(item: Shape) -> Listed:
    return Listed(item, is_set=True)


def one_of(*values: str) -> Scalar:
    return Scalar(("string",), enum=values)
