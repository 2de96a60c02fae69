"""The language of conditions, feature by feature.

Every row was answered by expr-lang/expr 1.17.7 under the names that Argo Rollouts v1.10.1 gives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Row: TypeAlias = tuple[str, object, bool | str]

NOTHING = None

LITERALS: list[Row] = [
    ("1_000 == 1000 and 0x10 == 16 and 0b11 == 3 and 0o17 == 15", NOTHING, True),
    ("1e3 == 1000 and .5 == 0.5 and 1. == 1", NOTHING, True),
    ('"a\\tb" == \'a\tb\' and \'\\\'\' == "\'" and "\\u0041\\x42\\u{43}" == "ABC"', NOTHING, True),
    ('`a\\n"b"` == "a\\\\n\\"b\\"" and `a``b` == "a`b"', NOTHING, True),
    ('[1, 2, 3,][2] == 3 and {a: 1, "b": 2, ("c" + "d"): 3,}.cd == 3', NOTHING, True),
    ('{1: "one"}["1"] == "one"', NOTHING, True),
    ("true // and that is all", NOTHING, True),
    ("/* yes */ true", NOTHING, True),
    ("true;", NOTHING, True),
]

ARITHMETIC: list[Row] = [
    ("1 / 2 == 0.5", NOTHING, True),
    ("7 % 3 == 1 and -7 % 3 == -1 and 7 % -3 == 1", NOTHING, True),
    ("2 ** 3 == 8 and 2 ^ -1 == 0.5 and 2 ** 3 ** 2 == 512", NOTHING, True),
    ("-2 ** 2 == -4", NOTHING, True),
    ("1 + 2 * 3 == 7 and (1 + 2) * 3 == 9", NOTHING, True),
    ("1 - -1 == 2 and - - 1 == 1", NOTHING, True),
    ("1 / 0 > 1e300 and -1 / 0 < 0 and isNaN(0 / 0)", NOTHING, True),
    ("9223372036854775807 + 1 < 0", NOTHING, True),
    ('"a" + "b" == "ab"', NOTHING, True),
    ("round(2.5) == 3 and round(-2.5) == -3 and ceil(1.2) == 2 and floor(-1.2) == -2", NOTHING, True),
    ("max(1, 2.5) == 2.5 and min([3, [1, 2]]) == 1", NOTHING, True),
    ("bitand(6, 3) == 2 and bitshl(1, 4) == 16 and bitushr(-1, 60) == 15", NOTHING, True),
]

LOGIC: list[Row] = [
    ("not 1 == 2", NOTHING, "invalid operation: not (mismatched type int)"),
    ("not (1 == 2)", NOTHING, True),
    ("!true or true", NOTHING, True),
    ("true and not false", NOTHING, True),
    ("1 == 1.0 and 1 != 2", NOTHING, True),
    ('"1" == 1', NOTHING, "invalid operation: == (mismatched types string and int)"),
    ("nil == nil and not (nil == 1)", NOTHING, True),
    ("3 > 2 >= 2 > 1", NOTHING, True),
    ('"a" < "b" and "B" < "a"', NOTHING, True),
    ("true ? 1 > 0 : 1 > 2", NOTHING, True),
    ("false ? true : false ? true : true", NOTHING, True),
    ("nil ?? false ?? true", NOTHING, False),
    ("(nil ?? false) || true", NOTHING, True),
    (
        "nil ?? 1 == 1",
        NOTHING,
        "Operator (==) and coalesce expressions (??) cannot be mixed. Wrap either by parentheses.",
    ),
    ("false && 1 % 0 == 1", NOTHING, "integer divide by zero"),
    ("[1][5] == 1 && false", NOTHING, False),
    ("true || [1][5] == 1", NOTHING, True),
    ("1 in [1, 2] and 3 not in [1, 2] and not (3 in 1..2)", NOTHING, True),
    ('"a" in {"a": 1} and "b" not in {"a": 1}', NOTHING, True),
]

SEQUENCES: list[Row] = [
    ("1..3 == [1, 2, 3] and 3..1 == []", NOTHING, True),
    ("sum(1..10) == 55 and sum([]) == 0", NOTHING, True),
    ("[1, 2, 3][-1] == 3 and [1, 2, 3][1:] == [2, 3]", NOTHING, True),
    ("[1, 2, 3][:-1] == [1, 2] and [1][:] == [1] and [1, 2][2:1] == []", NOTHING, True),
    ('"hello"[1:3] == "el" and "hello"[9:] == ""', NOTHING, True),
    ("reverse([1, 2]) == [2, 1] and uniq([1, 1, 2]) == [1, 2] and flatten([1, [2, [3]]]) == [1, 2, 3]", NOTHING, True),
    ("concat([1], [2]) == [1, 2] and take([1, 2, 3], 2) == [1, 2]", NOTHING, True),
    ("findIndex([1, 2, 3], # > 1) == 1 and find([1, 2, 3], # > 1) == 2", NOTHING, True),
    ("findLastIndex([1, 2, 3], # < 3) == 1 and findLast([1, 2, 3], # < 3) == 2", NOTHING, True),
    ('map(["a", "b"], #index) == [0, 1]', NOTHING, True),
    ("reduce([1, 2, 3], #acc * #) == 6", NOTHING, True),
    ("all([], false) and none([], true) and not any([], true)", NOTHING, True),
    ('keys({"a": 1}) == ["a"] and values({"a": 1}) == [1]', NOTHING, True),
    ('toPairs({"a": 1})[0][1] == 1 and fromPairs([["a", 1]]).a == 1', NOTHING, True),
    ('toPairs({"a": 1}) == [["a", 1]]', NOTHING, False),
    ("any(1..3, {let square = # * #; square == 9})", NOTHING, True),
    ("all(1..3, any([1, 2, 3], # == 2))", NOTHING, True),
    ('1 + 2 | string() == "3"', NOTHING, True),
    ("1..3 | map(# * 2) | sum() == 12", NOTHING, True),
]

TEXTS: list[Row] = [
    ('split("a,b", ",") == ["a", "b"] and split("a,b,c", ",", 2)[1] == "b,c"', NOTHING, True),
    ('join(["a", "b"], "-") == "a-b" and splitAfter("a,b", ",")[0] == "a,"', NOTHING, True),
    ('trim("  a ") == "a" and trim("xax", "x") == "a"', NOTHING, True),
    ('trimPrefix("abc", "a") == "bc" and trimSuffix("abc", "c") == "ab"', NOTHING, True),
    ('upper("a") == "A" and lower("A") == "a" and repeat("ab", 2) == "abab"', NOTHING, True),
    ('replace("aaa", "a", "b") == "bbb" and replace("aaa", "a", "b", 2) == "bba"', NOTHING, True),
    ('indexOf("abcb", "b") == 1 and lastIndexOf("abcb", "b") == 3 and indexOf("a", "z") == -1', NOTHING, True),
    ('hasPrefix("abc", "ab") and hasSuffix("abc", "bc")', NOTHING, True),
    ('len("héllo") == 5', NOTHING, True),
    ('type(1) == "int" and type(1.5) == "float" and type(nil) == "nil"', NOTHING, True),
    ('type([]) == "array" and type({}) == "map" and type("") == "string"', NOTHING, True),
    ('string(999999.5) == "999999.5" and string(1000000.0) == "1e+06"', NOTHING, True),
    ('string(1e21) == "1e+21" and string(0.00001) == "1e-05" and string(nil) == "<nil>"', NOTHING, True),
    ('string([1, 2.5, "a"]) == "[1 2.5 a]" and string({"b": 1, "a": true}) == "map[a:true b:1]"', NOTHING, True),
    (r"""toJSON({"b": [1], "a": "<"}) == "{\n  \"a\": \"\\u003c\",\n  \"b\": [\n    1\n  ]\n}" """, NOTHING, True),
    ('fromJSON(`{"a": [1]}`).a[0] == 1', NOTHING, True),
    ('toBase64("hi") == "aGk=" and fromBase64("aGk=") == "hi"', NOTHING, True),
    ('int("5") == 5 and int(1.9) == 1 and float("1.5") == 1.5', NOTHING, True),
    ('"a\\nb" matches "^a$"', NOTHING, False),
    ('"a\\nb" matches "(?m)^a$"', NOTHING, True),
    ('"5" matches "^\\\\d$" and not ("٣" matches "\\\\d")', NOTHING, True),
]


@pytest.mark.parametrize(("expression", "result", "expected"), [*LITERALS, *ARITHMETIC, *LOGIC, *SEQUENCES, *TEXTS])
def test_a_feature_means_what_it_means_in_expr(
    ask: Callable[[str, object], bool | str], expression: str, result: object, expected: object
) -> None:
    assert ask(expression, result) == expected
