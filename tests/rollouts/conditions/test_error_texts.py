"""The texts of conditions that have no answer.

Every row was answered by expr-lang/expr 1.17.7 under the names that Argo Rollouts v1.10.1 gives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Row: TypeAlias = tuple[str, object, bool | str]

NOTHING = None

SYNTAX: list[Row] = [
    ("", NOTHING, "unexpected token EOF"),
    ("result ==", NOTHING, "unexpected token EOF"),
    ("== 1", NOTHING, 'unexpected token Operator("==")'),
    ("(true", NOTHING, "unexpected token EOF"),
    ("true)", NOTHING, 'unexpected token Bracket(")")'),
    ("a b", NOTHING, 'unexpected token Identifier("b")'),
    ("result = 1", NOTHING, 'unexpected token Operator("=")'),
    ("1 in", NOTHING, "unexpected token EOF"),
    ("let in = 1; true", NOTHING, 'unexpected token Operator("in")'),
    ('"unterminated', NOTHING, "literal not terminated"),
    ("true @ false", NOTHING, "unrecognized character: U+0040 '@'"),
    (
        "9223372036854775808 > 0",
        NOTHING,
        'invalid integer literal: strconv.ParseInt: parsing "9223372036854775808": value out of range',
    ),
    ("1 ?? 2 + 3", NOTHING, "Operator (+) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses."),
    ("# > 1", NOTHING, 'unexpected token Operator("#")'),
    ('.name == "a"', NOTHING, 'unexpected token Operator(".")'),
    ("map(1..3)", NOTHING, "expected at least 2 arguments"),
]

TYPES: list[Row] = [
    ("unknown == 1", NOTHING, "unknown name unknown"),
    ("unknown(1)", NOTHING, "unknown name unknown"),
    ('1 + "a"', NOTHING, "invalid operation: + (mismatched types int and string)"),
    ('"a" > 1', NOTHING, "invalid operation: > (mismatched types string and int)"),
    ("5.5 % 2", NOTHING, "invalid operation: % (mismatched types float64 and int)"),
    ("true and 1", NOTHING, "invalid operation: and (mismatched types bool and int)"),
    ("not 1", NOTHING, "invalid operation: not (mismatched type int)"),
    ('-"a"', NOTHING, "invalid operation: - (mismatched type string)"),
    ("1 ? true : false", NOTHING, "non-bool expression (type int) used as condition"),
    ("1 in 5", NOTHING, "invalid operation: in (mismatched types int and int)"),
    ('"a" in [1, 2]', NOTHING, "cannot use string as type int in array"),
    ('1 matches "a"', NOTHING, "invalid operation: matches (mismatched types int and string)"),
    ('[1]["a"]', NOTHING, "array elements can only be selected using an integer (got string)"),
    ('{"a": 1}[1]', NOTHING, "cannot use int to get an element from map[string]interface {}"),
    ("5[0:1]", NOTHING, 'unexpected token Bracket("[")'),
    ("true.a", NOTHING, 'unexpected token Operator(".")'),
    ("(1).a", NOTHING, "type int has no field a"),
    ("len(5)", NOTHING, "invalid argument for len (type int)"),
    ("len()", NOTHING, "invalid number of arguments (expected 1, got 0)"),
    ("all(5, true)", NOTHING, "builtin all takes only array (got int)"),
    ("all([1], # + 1)", NOTHING, "predicate should return boolean (got int)"),
    ("map([1], #foo)", NOTHING, "unknown pointer #foo"),
    ("filter([1], #index > 0)", NOTHING, "unknown pointer #index"),
    ('isNaN("a")', NOTHING, "cannot use string as argument (type float64) to call isNaN "),
    ("isNaN()", NOTHING, "not enough arguments to call isNaN"),
    ("isNaN(1, 2)", NOTHING, "too many arguments to call isNaN"),
    ("isNaN(nil)", NOTHING, "cannot use nil as argument (type float64) to call isNaN"),
    ("upper(1)", NOTHING, "cannot use int as argument (type string) to call upper "),
    ('split("a")', NOTHING, "not enough arguments to call split"),
    ('max("a", 1)', NOTHING, "invalid argument for max (type string)"),
    ("max()", NOTHING, "not enough arguments to call max"),
    ('abs("a")', NOTHING, "invalid argument for abs (type string)"),
    ('take("a", 1)', NOTHING, "cannot take from string"),
    ("keys([])", NOTHING, "cannot get keys from []interface {}"),
    ("let x = 1; let x = 2; true", NOTHING, "cannot redeclare variable x"),
    ("let result = 1; true", NOTHING, "cannot redeclare result"),
    ("let len = 1; true", NOTHING, "cannot redeclare builtin len"),
    ("1 % 0 == 1", NOTHING, "integer divide by zero"),
]

RUN_TIME: list[Row] = [
    ("1", NOTHING, "expected bool, but got int"),
    ("1.5", NOTHING, "expected bool, but got float64"),
    ('"a"', NOTHING, "expected bool, but got string"),
    ("nil", NOTHING, "expected bool, but got <nil>"),
    ("[1]", NOTHING, "expected bool, but got []interface {}"),
    ('{"a": 1}', NOTHING, "expected bool, but got map[string]interface {}"),
    ("asInt(1)", NOTHING, "expected bool, but got int64"),
    ("1..2", NOTHING, "expected bool, but got []int"),
    ("[1][3] == 1", NOTHING, "index out of range: 3 (array length is 1)"),
    ("[1][-3] == 1", NOTHING, "index out of range: -2 (array length is 1)"),
    ('asInt("1.5") == 1', NOTHING, 'strconv.ParseInt: parsing "1.5": invalid syntax'),
    (
        'asInt("99999999999999999999") == 1',
        NOTHING,
        'strconv.ParseInt: parsing "99999999999999999999": value out of range',
    ),
    ("asInt(true) == 1", NOTHING, "asInt() not supported on bool true"),
    ("asInt(nil) == 1", NOTHING, "asInt() not supported on <nil> <nil>"),
    ('asFloat("abc") == 1', NOTHING, 'strconv.ParseFloat: parsing "abc": invalid syntax'),
    ('asFloat("1e999") == 1', NOTHING, 'strconv.ParseFloat: parsing "1e999": value out of range'),
    ("asFloat([1.5]) == 1", NOTHING, "asFloat() not supported on []interface {} [1.5]"),
    ('int("x") == 1', NOTHING, "invalid operation: int(x)"),
    ("isNaN(len([]))", NOTHING, "interface conversion: interface {} is int, not float64"),
    ("len(1..1000001) > 0", NOTHING, "memory budget exceeded"),
    ('repeat("a", -1) == ""', NOTHING, "invalid argument for repeat (expected positive integer, got -1)"),
    ('{"a": {}}.a.b.c == 1', NOTHING, "cannot fetch c from <nil>"),
    ('{"a": 1}.a.b == 1', NOTHING, "cannot fetch b from int"),
    ('{"a": 1}.a() == 1', NOTHING, "invalid operation: cannot call non-function of type int"),
    ('{"a": 1}.a > "b"', NOTHING, "invalid operation: int > string"),
    ('{"a": nil}.a + 1 == 1', NOTHING, "invalid operation: <nil> + int"),
    ('sum(["a"]) == 1', NOTHING, "invalid operation: == (mismatched types string and int)"),
    ('sort(["a", 1])[0] == 1', NOTHING, "invalid operation: int < string"),
    ("count([1]) == 1", NOTHING, "interface conversion: interface {} is int, not bool"),
    ("reduce([], #acc) == 1", NOTHING, "reflect: slice index out of range"),
    ('{"a": 1}.a && true', NOTHING, "expected bool, but got int"),
]


@pytest.mark.parametrize(("expression", "result", "expected"), [*SYNTAX, *TYPES, *RUN_TIME])
def test_an_error_reads_as_in_argo(
    ask: Callable[[str, object], bool | str], expression: str, result: object, expected: object
) -> None:
    assert ask(expression, result) == expected
