"""The syntax tree of a condition. Sugar is gone: pipes are calls, `.a` in a closure is `#.a`."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Literal:
    value: object


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """`#`, `#index` or `#acc` of a closure."""

    name: str


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Member:
    """`a.b` and `a[b]`. Optional (`?.`) gives up the chain when `a` is nil."""

    base: Node
    key: Node
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """The reach of a `?.`: the whole of it is nil when one of its optional members has a nil base."""

    body: Node


@dataclass(frozen=True, slots=True)
class Slice:
    base: Node
    start: Node | None
    stop: Node | None


@dataclass(frozen=True, slots=True)
class Call:
    """Of a builtin that takes a closure the second argument is the closure's body."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MethodCall:
    method: Member
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Let:
    name: str
    value: Node
    body: Node


@dataclass(frozen=True, slots=True)
class Sequence:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Array:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    pairs: tuple[tuple[Node, Node], ...]


Node: TypeAlias = (
    Literal
    | Name
    | Pointer
    | Unary
    | Binary
    | Member
    | Chain
    | Slice
    | Call
    | MethodCall
    | Conditional
    | Let
    | Sequence
    | Array
    | Mapping
)


def nodes_of(node: Node) -> Iterator[Node]:
    """The node and all its descendants."""
    yield node
    for part in fields(node):
        yield from _inside(getattr(node, part.name))


def _inside(value: Any) -> Iterator[Node]:
    if isinstance(value, tuple):
        for one in value:
            yield from _inside(one)
    elif is_dataclass(value):
        yield from nodes_of(cast("Node", value))
