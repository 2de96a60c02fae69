"""From the text of a condition to its tree: lark parses, this builds."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TypeAlias, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, v_args
from lark.exceptions import LarkError

from rollouts.conditions.errors import ConditionError
from rollouts.conditions.gotext import quote
from rollouts.conditions.grammar import GRAMMAR
from rollouts.conditions.literals import number, text
from rollouts.conditions.precedence import Infix, Item, Pipe, Prefix, climb
from rollouts.conditions.tree import (
    Array,
    Block,
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
)

Postfix: TypeAlias = Callable[[Node], Node]

_OPERATOR_WORDS = frozenset(
    ("not", "in", "or", "and", "matches", "contains", "startsWith", "endsWith", "let", "if", "else")
)
_MAX_LENGTH = 20_000  # expr stops at 10,000 nodes; a condition has a dozen


@lru_cache(maxsize=256)
def parse(expression: str) -> Node:
    """The tree of an expression; ConditionError when it has none."""
    if len(expression) > _MAX_LENGTH:
        raise ConditionError("compilation failed: expression exceeds maximum allowed nodes")
    try:
        return cast("Node", _parser().parse(expression))
    except UnexpectedToken as error:
        raise ConditionError(f"unexpected token {_named(error.token)}") from None
    except UnexpectedEOF:
        raise ConditionError("unexpected token EOF") from None
    except UnexpectedCharacters as error:
        raise ConditionError(_unreadable(error.char)) from None
    except LarkError as error:
        raise ConditionError(str(error).partition("\n")[0]) from None


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False, transformer=_Builder())


def _named(token: Token) -> str:
    """A token as expr names it: `Operator("+")`, `Bracket(")")`, `EOF`."""
    if token.type == "$END":
        return "EOF"
    if token.type == "STRING":
        return f"String({quote(text(token))})"
    if token.type == "NUMBER":
        return f"Number({quote(token)})"
    if token in tuple("()[]{}"):
        return f"Bracket({quote(token)})"
    is_name = re.fullmatch(r"[\w$]+", token) and token not in _OPERATOR_WORDS
    return f"{'Identifier' if is_name else 'Operator'}({quote(token)})"


def _unreadable(character: str) -> str:
    if character in "\"'`":
        return "literal not terminated"
    if character.isdigit():
        return f"bad number syntax: {quote(character)}"
    return f"unrecognized character: U+{ord(character):04X} '{character}'"


def _name(token: Token) -> str:
    """A name where operators such as `in` are not allowed to be one."""
    if token in _OPERATOR_WORDS:
        raise ConditionError(f"unexpected token Operator({quote(token)})")
    return str(token)


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """One method for each rule of the grammar."""

    def start(self, body: Node) -> Node:
        return body

    def sequence(self, *nodes: Node) -> Node:
        return nodes[0] if len(nodes) == 1 else Sequence(nodes)

    def let(self, _let: Token, name: Token, value: Node, body: Node) -> Node:
        return Let(_name(name), value, body)

    def choice(self, _if: Token, condition: Node, then: Node, _else: Token, otherwise: Node) -> Node:
        return Conditional(condition, then, otherwise)

    def ternary(self, condition: Node, then: Node, otherwise: Node) -> Node:
        return Conditional(condition, then, otherwise)

    def otherwise(self, condition: Node, otherwise: Node) -> Node:
        return Conditional(condition, condition, otherwise)

    def operation(self, *items: Item) -> Node:
        return climb(items)

    def prefix(self, token: Token) -> Prefix:
        return Prefix(str(token))

    def infix(self, *tokens: Token) -> Infix:
        return Infix(str(tokens[-1]), negated=len(tokens) > 1)

    def pipe(self, name: Token, arguments: tuple[Node, ...]) -> Pipe:
        return Pipe(_name(name), arguments)

    def number(self, token: Token) -> Node:
        return Literal(number(token))

    def true(self, _: Token) -> Node:
        return Literal(value=True)

    def false(self, _: Token) -> Node:
        return Literal(value=False)

    def nil(self, _: Token) -> Node:
        return Literal(None)

    def string(self, token: Token) -> Node:
        return Literal(text(token))

    def name(self, token: Token) -> Node:
        return Name(_name(token))

    def call(self, name: Token, arguments: tuple[Node, ...]) -> Node:
        return Call(_name(name), arguments)

    def bracketed(self, body: Node) -> Node:
        return body

    def array(self, *nodes: Node) -> Node:
        return Array(nodes)

    def mapping(self, *pairs: tuple[Node, Node]) -> Node:
        return Mapping(pairs)

    def named_pair(self, key: Token, value: Node) -> tuple[Node, Node]:
        return Literal(_name(key)), value

    def quoted_pair(self, key: Token, value: Node) -> tuple[Node, Node]:
        return Literal(text(key)), value

    def computed_pair(self, key: Node, value: Node) -> tuple[Node, Node]:
        return key, value

    def pointer(self, *name: Token) -> Node:
        return Pointer(_name(name[0]) if name else "")

    def field_of_pointer(self, name: Token) -> Node:
        return self.field(name)(Pointer("", written="."))

    def method_of_pointer(self, name: Token, arguments: tuple[Node, ...]) -> Node:
        return self.method(name, arguments)(Pointer("", written="."))

    def arguments(self, *nodes: Node) -> tuple[Node, ...]:
        return nodes

    def block(self, body: Node) -> Node:
        return Block(body)

    def postfixed(self, node: Node, *postfixes: Postfix) -> Node:
        for postfix in postfixes:
            node = postfix(node)
        return node

    def field(self, name: Token) -> Postfix:
        return lambda base: _chained(base, lambda inner: Member(inner, Literal(str(name)), named=True))

    def optional_field(self, name: Token) -> Postfix:
        return lambda base: Chain(Member(_unchained(base), Literal(str(name)), named=True, optional=True))

    def method(self, name: Token, arguments: tuple[Node, ...]) -> Postfix:
        return lambda base: _chained(
            base, lambda inner: MethodCall(Member(inner, Literal(str(name)), named=True), arguments)
        )

    def optional_method(self, name: Token, arguments: tuple[Node, ...]) -> Postfix:
        def apply(base: Node) -> Node:
            member = Member(_unchained(base), Literal(str(name)), named=True, optional=True)
            return Chain(MethodCall(member, arguments))

        return apply

    def index(self, key: Node) -> Postfix:
        return lambda base: Member(base, key, named=False)

    def optional_index(self, key: Node) -> Postfix:
        return lambda base: Chain(Member(base, key, named=False, optional=True))

    def slice_from(self, start: Node) -> Postfix:
        return lambda base: Slice(base, start, None)

    def slice_to(self, stop: Node) -> Postfix:
        return lambda base: Slice(base, None, stop)

    def slice_between(self, start: Node, stop: Node) -> Postfix:
        return lambda base: Slice(base, start, stop)

    def slice_all(self) -> Postfix:
        return lambda base: Slice(base, None, None)


def _unchained(base: Node) -> Node:
    return base.body if isinstance(base, Chain) else base


def _chained(base: Node, build: Postfix) -> Node:
    """A further member of a chain joins it: in `a?.b.c` a nil `a` skips `.c` as well."""
    return Chain(build(base.body)) if isinstance(base, Chain) else build(base)
