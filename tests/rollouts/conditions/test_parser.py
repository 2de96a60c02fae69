"""How a condition is read: what stands where, and the first thing that does not belong where it stands."""

from __future__ import annotations

import pytest

from rollouts.conditions import ConditionError, closures
from rollouts.conditions.parser import CLOSURES, parse
from rollouts.conditions.tree import Binary, Call, Chain, Literal, Member, Name, Node, Unary

ONE, TWO = Literal(1), Literal(2)
RESULT = Name("result")


def problem(expression: str) -> str:
    with pytest.raises(ConditionError) as raised:
        parse(expression)
    return str(raised.value)


@pytest.mark.parametrize(
    ("expression", "tree"),
    [
        ("not result == 1", Binary("==", Unary("not", RESULT), ONE)),
        ("-result ** 2", Unary("-", Binary("**", RESULT, TWO))),
        ("result not in 1", Unary("not", Binary("in", RESULT, ONE))),
        ("1 < 2 <= 1", Binary("&&", Binary("<", ONE, TWO), Binary("<=", TWO, ONE))),
        ("result + 1 | string() * 2", Binary("*", Call("string", (Binary("+", RESULT, ONE),)), TWO)),
        ("result?.a.b", Chain(Member(Member(RESULT, Literal("a"), optional=True), Literal("b")))),
        ("result?.a[1]", Member(Chain(Member(RESULT, Literal("a"), optional=True)), ONE)),
        ("result.in", Member(RESULT, Literal("in"))),
        ("::len(1)", Call("len", (ONE,))),
        ("-1[2]", Member(Unary("-", ONE), TWO)),
    ],
)
def test_what_binds_to_what(expression: str, tree: Node) -> None:
    assert parse(expression) == tree


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("5[0]", 'unexpected token Bracket("[")'),
        ("nil?.a", 'unexpected token Operator("?.")'),
        ("result.", "unexpected end of expression"),
        ("result.[0]", "expected name"),
        ("result.1", 'unexpected token Number(".1")'),
        ("result not 1", 'unexpected token Number("1")'),
        ("true and and true", 'unexpected token Operator("and")'),
        ("1 + if true { 1 } else { 2 }", 'unexpected token Operator("if")'),
        ("let x == 1; true", 'unexpected token Operator("==")'),
        ("1 & 1", 'unexpected token Operator("&")'),
        ("1 =! 1", 'unexpected token Operator("=")'),
        ('1 ""', "unexpected token String"),
        ("[1] | all()", "expected at least 1 arguments"),
        ("sortBy([1])", "expected at least 3 arguments"),
        ("sum([1],)", 'unexpected token Bracket(")")'),
        ("all([1], # > 0, 1)", 'unexpected token Number("1")'),
        ("all([1], # > 0; true)", "wrap predicate with brackets { and }"),
        ("map([1], ##)", 'unexpected token Operator("##")'),
        ("# > 1", 'unexpected token Operator("#")'),
        (
            "{in: 1}",
            (
                "a map key must be a quoted string, a number, a identifier, or an expression enclosed in parentheses "
                '(unexpected token Operator("in"))'
            ),
        ),
    ],
)
def test_what_does_not_belong_where_it_stands(expression: str, text: str) -> None:
    assert problem(expression) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("12abc", 'bad number syntax: "12a"'),
        ("0b2", 'bad number syntax: "0b2"'),
        ("5.a", 'bad number syntax: "5.a"'),
        ("0x", 'invalid hex literal: strconv.ParseInt: parsing "0x": invalid syntax'),
        ("0x1.8", 'invalid hex literal: strconv.ParseInt: parsing "0x1.8": invalid syntax'),
        ("1e", 'invalid float literal: strconv.ParseFloat: parsing "1e": invalid syntax'),
        (r'"\q"', "invalid char escape"),
        (r'"\'"', "invalid char escape"),
        (r'"\18"', "invalid char escape"),
        (r'"\400"', "unable to unescape string"),
        (r'"\u{110000}"', "unable to unescape string"),
        ('"a\\', "invalid char escape"),
        ('"a\nb"', "literal not terminated"),
        ("`a", "literal not terminated"),
        ("true /* no", "unclosed comment"),
        ("true\ufeff", "unrecognized character: U+FEFF"),
        ("1 @", "unrecognized character: U+0040 '@'"),
        ("1 2 @", 'unexpected token Number("2")'),
    ],
)
def test_what_is_no_token(expression: str, text: str) -> None:
    assert problem(expression) == text


def test_a_surrogate_is_no_character() -> None:
    assert parse(r'"\ud83d\ude00"') == Literal("\ufffd\ufffd")


def test_the_parser_knows_each_builtin_that_takes_a_closure() -> None:
    assert set(CLOSURES) == set(closures.CLOSURES)


def test_a_map_in_parentheses_is_no_body_of_a_closure() -> None:
    assert parse('map([1], ({"a": #}))') == parse('map([1], {{"a": #}})')
