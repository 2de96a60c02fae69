"""How tightly expr's operators bind, and the climb that makes a tree of a row of operands.

expr: parser/operator/operator.go. `??` binds tighter than all the rest, `not` looser than `*`: so
`not a == b` is `(not a) == b`, and `-2 ** 2` is -4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rollouts.conditions.errors import ConditionError
from rollouts.conditions.tree import Binary, Call, Node, Unary

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMPARISONS = ("<", ">", "<=", ">=")
_RIGHT_TO_LEFT = ("**", "^")
_COALESCE = "??"

PREFIX = {"not": 50, "!": 50, "-": 90, "+": 90}
INFIX = {
    **dict.fromkeys(("or", "||"), 10),
    **dict.fromkeys(("and", "&&"), 15),
    **dict.fromkeys(("==", "!=", *_COMPARISONS), 20),
    **dict.fromkeys(("in", "matches", "contains", "startsWith", "endsWith"), 20),
    "..": 25,
    **dict.fromkeys(("+", "-"), 30),
    **dict.fromkeys(("*", "/", "%"), 60),
    **dict.fromkeys(_RIGHT_TO_LEFT, 100),
    _COALESCE: 500,
}


@dataclass(frozen=True, slots=True)
class Prefix:
    operator: str


@dataclass(frozen=True, slots=True)
class Infix:
    operator: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Pipe:
    name: str
    arguments: tuple[Node, ...]


Item: TypeAlias = Prefix | Infix | Pipe | Node


def climb(items: Sequence[Item]) -> Node:
    """The tree of `prefix* operand (infix prefix* operand | pipe)*`."""
    return _Climb(items).operation(0)


@dataclass(slots=True)
class _Climb:
    items: Sequence[Item]
    at: int = 0

    def operation(self, minimum: int) -> Node:
        """Everything from here that binds at least as tightly as `minimum`."""
        left = self.operand()
        previous = ""
        while (item := self.peek()) is not None:
            if isinstance(item, Pipe):
                if minimum > 0:
                    break
                self.at += 1
                left, previous = Call(item.name, (left, *item.arguments)), "|"
                continue
            assert isinstance(item, Infix)
            if INFIX[item.operator] < minimum:
                break
            if previous == _COALESCE and item.operator != _COALESCE:
                raise ConditionError(
                    f"Operator ({item.operator}) and coalesce expressions (??) cannot be mixed. "
                    "Wrap either by parentheses."
                )
            self.at += 1
            left, previous = self.binary(left, item), item.operator
        return left

    def peek(self) -> Item | None:
        return self.items[self.at] if self.at < len(self.items) else None

    def operand(self) -> Node:
        item = self.items[self.at]
        self.at += 1
        if isinstance(item, Prefix):
            return Unary(item.operator, self.operation(PREFIX[item.operator]))
        assert not isinstance(item, Infix | Pipe)
        return item

    def binary(self, left: Node, infix: Infix) -> Node:
        if infix.operator in _COMPARISONS:
            return self.comparison(left, infix.operator)
        tighter = 0 if infix.operator in _RIGHT_TO_LEFT else 1
        node = Binary(infix.operator, left, self.operation(INFIX[infix.operator] + tighter))
        return Unary("not", node) if infix.negated else node

    def comparison(self, left: Node, operator: str) -> Node:
        """`0.9 < x <= 1` asks both questions about the same `x`."""
        tree: Node | None = None
        while True:
            right = self.operation(INFIX[operator] + 1)
            question = Binary(operator, left, right)
            tree = question if tree is None else Binary("&&", tree, question)
            following = self.peek()
            if not (isinstance(following, Infix) and following.operator in _COMPARISONS):
                return tree
            self.at += 1
            left, operator = right, following.operator
