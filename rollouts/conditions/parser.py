"""From the text of a condition to its tree (expr: parser/parser.go)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from rollouts.conditions.errors import ConditionError
from rollouts.conditions.lexer import WORDS, Kind, Token, tokens
from rollouts.conditions.literals import number
from rollouts.conditions.precedence import CLOSURES, COALESCE, COMPARISONS, INFIX, NEGATED, PREFIX, RIGHT_TO_LEFT
from rollouts.conditions.tree import (
    Array,
    Binary,
    Call,
    Chain,
    Conditional,
    Let,
    Literal,
    Mapping,
    Member,
    MethodCall,
    Name,
    Node,
    Pointer,
    Sequence,
    Slice,
    Unary,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Part = TypeVar("Part")

_MAX_LENGTH = 20_000  # expr stops at 10,000 nodes; a condition has a dozen
_CONSTANTS = {"true": True, "false": False, "nil": None}


@lru_cache(maxsize=256)
def parse(expression: str) -> Node:
    """The syntax tree of an expression. Raises ConditionError for a syntax error."""
    if len(expression) > _MAX_LENGTH:
        raise ConditionError("compilation failed: expression exceeds maximum allowed nodes")
    parser = _Parser(expression)
    tree = parser.sequence()
    if parser.current.kind is not Kind.END:
        raise parser.unexpected()
    return tree


class _Parser:
    """One method for each kind of thing that may stand at `current`."""

    def __init__(self, expression: str) -> None:
        self._tokens = tokens(expression)
        self._put_back: Token | None = None
        self._closures = 0  # how many are open
        self.current = next(self._tokens)

    def advance(self) -> Token:
        token, following, self._put_back = self.current, self._put_back, None
        if following is None and token.kind is Kind.END:
            raise ConditionError("unexpected end of expression")
        self.current = following or next(self._tokens)
        return token

    def at(self, value: str, kind: Kind = Kind.OPERATOR) -> bool:
        return self.current.kind is kind and self.current.value == value

    def skip(self, value: str, kind: Kind = Kind.OPERATOR) -> bool:
        """Consume the current token if it is this one; whether it was."""
        found = self.at(value, kind)
        if found:
            self.advance()
        return found

    def expect(self, value: str, kind: Kind = Kind.OPERATOR) -> None:
        if not self.skip(value, kind):
            raise self.unexpected()

    def name(self) -> str:
        if self.current.kind is not Kind.IDENTIFIER:
            raise self.unexpected()
        return self.advance().value

    def unexpected(self) -> ConditionError:
        return ConditionError(f"unexpected token {self.current}")

    def sequence(self) -> Node:
        nodes = [self.expression()]
        while self.skip(";") and self.current.kind is not Kind.END:
            nodes.append(self.expression())
        return nodes[0] if len(nodes) == 1 else Sequence(tuple(nodes))

    def expression(self, minimum: int = 0) -> Node:
        """Everything from here that binds at least as tightly as `minimum`."""
        if minimum == 0 and self.skip("let"):
            return self.declaration()
        if minimum == 0 and self.skip("if"):
            return self.choice()
        left = self.operations(self.primary(), minimum)
        while minimum == 0 and self.skip("?"):
            left = self.alternatives(left)
        return left

    def declaration(self) -> Node:
        name = self.name()
        self.expect("=")
        value = self.expression()
        self.expect(";")
        return Let(name, value, self.sequence())

    def choice(self) -> Node:
        condition = self.expression()
        then = self.braced()
        self.expect("else")
        return Conditional(condition, then, self.choice() if self.skip("if") else self.braced())

    def braced(self) -> Node:
        self.expect("{", Kind.BRACKET)
        body = self.sequence()
        self.expect("}", Kind.BRACKET)
        return body

    def alternatives(self, condition: Node) -> Node:
        if self.skip(":"):
            return Conditional(condition, condition, self.expression())
        then = self.expression()
        self.expect(":")
        return Conditional(condition, then, self.expression())

    def operations(self, left: Node, minimum: int) -> Node:
        previous = ""
        while self.current.kind is Kind.OPERATOR:
            negation = self.current if self.at("not") else None
            if negation is not None:
                self.advance()
                if self.current.value not in NEGATED:
                    raise self.unexpected()
            symbol = self.current.value
            if INFIX.get(symbol, -1) < minimum:
                if negation is not None:
                    self._put_back, self.current = self.current, negation
                break
            self.advance()
            left = self.operation(left, symbol, previous)
            left = left if negation is None else Unary("not", left)
            previous = symbol
        return left

    def operation(self, left: Node, symbol: str, previous: str) -> Node:
        if symbol == "|":
            return self.call(self.name(), (left,))
        if previous == COALESCE and symbol != COALESCE:
            raise ConditionError(
                f"Operator ({symbol}) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses."
            )
        if symbol in COMPARISONS:
            return self.comparison(left, symbol)
        return Binary(symbol, left, self.expression(INFIX[symbol] + (symbol not in RIGHT_TO_LEFT)))

    def comparison(self, left: Node, symbol: str) -> Node:
        """`0.9 < x <= 1` asks both questions about the same `x`."""
        right = self.expression(INFIX[symbol] + 1)
        tree: Node = Binary(symbol, left, right)
        while self.current.kind is Kind.OPERATOR and self.current.value in COMPARISONS:
            symbol = self.advance().value
            left, right = right, self.expression(INFIX[symbol] + 1)
            tree = Binary("&&", tree, Binary(symbol, left, right))
        return tree

    def primary(self) -> Node:
        if self.current.kind is Kind.OPERATOR and self.current.value in PREFIX:
            symbol = self.advance().value
            return self.postfixed(Unary(symbol, self.expression(PREFIX[symbol])))
        if self.skip("(", Kind.BRACKET):
            body = self.sequence()
            self.expect(")", Kind.BRACKET)
            return self.postfixed(body)
        if self._closures and self.at("."):
            return self.postfixed(Pointer(""))
        if self._closures and self.skip("#"):
            return self.postfixed(Pointer(self.advance().value if self.current.kind is Kind.IDENTIFIER else ""))
        if self.skip("::"):
            return self.postfixed(self.call(self.name(), ()))
        return self.secondary()

    def secondary(self) -> Node:
        """Constants that are words or numbers take nothing after them: `5[0]` is no expression, `"a"[0]` is one."""
        kind, value = self.current.kind, self.current.value
        if kind is Kind.NUMBER or (kind is Kind.IDENTIFIER and value in _CONSTANTS):
            self.advance()
            return Literal(number(value) if kind is Kind.NUMBER else _CONSTANTS[value])
        return self.postfixed(self.operand(kind, value))

    def operand(self, kind: Kind, value: str) -> Node:
        if kind is Kind.STRING:
            self.advance()
            return Literal(value)
        if kind is Kind.IDENTIFIER:
            self.advance()
            return self.call(value, ()) if self.at("(", Kind.BRACKET) else Name(value)
        if self.skip("[", Kind.BRACKET):
            return Array(tuple(self.listed("]", self.expression)))
        if self.skip("{", Kind.BRACKET):
            return Mapping(tuple(self.listed("}", self.pair)))
        raise self.unexpected()

    def listed(self, end: str, part: Callable[[], Part]) -> list[Part]:
        """With commas between them, and perhaps one after the last."""
        parts: list[Part] = []
        while not self.skip(end, Kind.BRACKET):
            if parts:
                self.expect(",")
                if self.skip(end, Kind.BRACKET):
                    break
            parts.append(part())
        return parts

    def pair(self) -> tuple[Node, Node]:
        if self.current.kind in (Kind.NUMBER, Kind.STRING, Kind.IDENTIFIER):
            key: Node = Literal(self.advance().value)
        elif self.at("(", Kind.BRACKET):
            key = self.expression()
        else:
            raise ConditionError(
                "a map key must be a quoted string, a number, a identifier, or an expression enclosed in parentheses "
                f"(unexpected token {self.current})"
            )
        self.expect(":")
        return key, self.expression()

    def call(self, name: str, given: tuple[Node, ...]) -> Node:
        self.expect("(", Kind.BRACKET)
        if name in CLOSURES:
            return Call(name, self.closing(given, *CLOSURES[name]))
        return Call(name, (*given, *self.listed(")", self.expression)))

    def closing(self, given: tuple[Node, ...], least: int, most: int) -> tuple[Node, ...]:
        arguments = [*given]
        for place in range(len(given), most):
            if self.at(")", Kind.BRACKET):
                if place >= least:
                    break
                raise ConditionError(f"expected at least {most - len(given)} arguments")
            if place > len(given):
                self.expect(",")
            arguments.append(self.closure() if place == 1 else self.expression())
        self.skip(",")
        self.expect(")", Kind.BRACKET)
        return tuple(arguments)

    def closure(self) -> Node:
        self._closures += 1
        if self.at("{", Kind.BRACKET):
            body = self.braced()
        else:
            body = self.expression()
            if self.at(";"):
                raise ConditionError("wrap predicate with brackets { and }")
        self._closures -= 1
        return body

    def postfixed(self, node: Node) -> Node:
        while True:
            if self.skip("[", Kind.BRACKET):
                node = self.bracketed(node, optional=False)
            elif self.at(".") or self.at("?."):
                optional = self.advance().value == "?."
                if optional and self.skip("[", Kind.BRACKET):
                    node = self.bracketed(node, optional=True)
                else:
                    node = self.named(node, optional=optional)
            else:
                return node

    def named(self, base: Node, *, optional: bool) -> Node:
        """A further member of a chain joins it: in `a?.b.c` a nil `a` skips `.c` as well."""
        name = self.advance()
        if name.kind is not Kind.IDENTIFIER and not (name.kind is Kind.OPERATOR and name.value in WORDS):
            raise ConditionError("expected name")
        chained = isinstance(base, Chain)
        member = Member(base.body if isinstance(base, Chain) else base, Literal(name.value), optional)
        node: Node = member
        if self.skip("(", Kind.BRACKET):
            node = MethodCall(member, tuple(self.listed(")", self.expression)))
        return Chain(node) if chained or optional else node

    def bracketed(self, base: Node, *, optional: bool) -> Node:
        start = stop = None
        if not self.at(":"):
            start = self.expression()
            if self.skip("]", Kind.BRACKET):
                member = Member(base, start, optional)
                return Chain(member) if optional else member
        self.expect(":")
        if not self.at("]", Kind.BRACKET):
            stop = self.expression()
        self.expect("]", Kind.BRACKET)
        return Slice(base, start, stop)
