"""A checked piece of a condition: the type it will have, and how to compute it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec import field as member

from rollouts.conditions.errors import ConditionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rollouts.conditions.tree import Node
    from rollouts.golang.types import Type

MEMORY_BUDGET = 1_000_000
NOT_CONSTANT: Final = object()


@dataclass(slots=True)
class Loop:
    """One closure at work. `take` is what is kept of an item, where that is not all of it."""

    items: list[Any]
    index: int = 0
    accumulator: object = None
    take: Callable[[Frame], Any] | None = None

    @property
    def item(self) -> Any:
        """`#`."""
        if self.index < len(self.items):
            return self.items[self.index]
        raise ConditionError("reflect: slice index out of range")


class Frame(Struct):
    """The memory of one evaluation."""

    result: object
    variables: dict[str, object] = member(default_factory=dict)
    loops: list[Loop] = member(default_factory=list)
    spent: int = 0

    def spend(self, elements: int) -> None:
        """Charge a list or map that is about to be built to the memory budget."""
        self.spent += elements
        if self.spent >= MEMORY_BUDGET:
            raise ConditionError("memory budget exceeded")


@dataclass(frozen=True, slots=True)
class Code:
    """`constant` is the value where it is known before any measurement. `origin` is what it was made of, for what
    stands around it: expr computes some things together that are written apart.
    """

    type: Type
    run: Callable[[Frame], object]
    constant: object = NOT_CONSTANT
    origin: Looped | Listed | Spread | Computed | None = None

    @property
    def is_constant(self) -> bool:
        return self.constant is not NOT_CONSTANT


@dataclass(frozen=True, slots=True)
class Looped:
    """A builtin with a closure. `over` is the collection as it was written; `taken` is what is kept of each item."""

    name: str
    over: Node
    collection: Code
    closure: Code | None = None
    extra: Code | None = None
    taken: Code | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """`[a, b]`, if not all of it is constant."""

    items: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """`a..b`."""

    first: Code
    last: Code


@dataclass(frozen=True, slots=True)
class Computed:
    """`a + b`, `-a`."""

    symbol: str
    operands: tuple[Code, ...]


def constant(type_: Type, value: object) -> Code:
    return Code(type_, lambda _: value, value)


@dataclass(frozen=True, slots=True)
class Closure:
    """What a closure sees: the type of `#`, and of its further pointers."""

    collection: Type
    pointers: Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class Scope:
    """The names at one place of the condition. Where it is not `checked`, nothing has a type, and names that nobody
    knows are nil: expr does not look at what belongs to something of an unknown type, until it gets there.
    """

    result: Type
    variables: Mapping[str, Type] = field(default_factory=dict)
    closures: tuple[Closure, ...] = ()
    checked: bool = True

    def declaring(self, name: str, type_: Type) -> Scope:
        return replace(self, variables={**self.variables, name: type_})

    def inside(self, closure: Closure) -> Scope:
        return replace(self, closures=(*self.closures, closure))
