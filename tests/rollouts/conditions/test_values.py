"""Values as Go has them: bytes in strings, keys of maps, nil lists, numbers of two types, functions.

Every row was answered by expr-lang/expr 1.17.7 under the names that Argo Rollouts v1.10.1 gives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from rollouts.analysis import evaluate_result

if TYPE_CHECKING:
    from collections.abc import Callable

Row: TypeAlias = tuple[str, object, bool | str]

NOTHING = None
REPORT = {"status": "ok", "tags": ["blue"], "map": {"a": 1.0, "b": 2.0}, "none": {}}

BYTES: list[Row] = [
    ("result.status[0] == 111 and result.status[-1] + 1 == 108", REPORT, True),
    ('result.status[0] == "o"', REPORT, False),
    ("result.status[2] == 1", REPORT, "index out of range: 2 (array length is 2)"),
    ('type(result.status[0]) == "uint" and string(result.status[0]) == "111"', REPORT, True),
    ("-result.status[0] == 145 and abs(result.status[0]) == 111", REPORT, True),
    ("get(result.status, 0) == 111 and get(result.status, 2) == nil and first(result.status) == 111", REPORT, True),
    ("map(result.status, #) == [111, 107] and sum(result.status) == 218", REPORT, True),
    ('"é"[0:1] + "é"[1:] == "é" and len("é"[0:1]) == 1', NOTHING, True),
    ('("é" + "abc") contains "é"[1:] and "éa" endsWith "é"[1:] + "a"', NOTHING, True),
    ('len(fromBase64("/w==")) == 1', NOTHING, True),
    ('"é"[:1] < "é" and "é"[:1] > "z" and "é"[1:] < "é"', NOTHING, True),
    ('"abc" matches "a" + "é"[1:]', NOTHING, "error parsing regexp: invalid UTF-8: `\udca9`"),
    (r"""fromJSON("\"\\ud800\"") == "\ufffd" and fromJSON("\"\\ud83d\\ude00\"") == "😀" """, NOTHING, True),
]
MAPS: list[Row] = [
    ("{a: 1, a: 2}.a == 1", NOTHING, True),
    ("fromPairs([[1, 2]])[1] == 2 and fromPairs([[1, 2]])[1.0] == nil", NOTHING, True),
    ("len(groupBy([1, 1.0, true], #)) == 3", NOTHING, True),
    ('groupBy([1], #)["x"] == nil and len(groupBy([1], #)["x"]) == 0', NOTHING, True),
    ('string(groupBy([2, 1, 10], #)) == "map[1:[1] 2:[2] 10:[10]]"', NOTHING, True),
    ("len(groupBy([1], [#])) == 1", NOTHING, "hash of unhashable type: []interface {}"),
    ("toJSON(groupBy([1], #)) == nil", NOTHING, "json: unsupported type: map[interface {}][]interface {}"),
    ("count(result.map, true) == 2 and all(result.map, true) and all(result.none, false)", REPORT, True),
    ("map(result.map, #) == []", REPORT, "reflect: call of reflect.Value.Index on map Value"),
    ('map([1, 2], ({"a": #}))[0].a == 1', NOTHING, True),
]
LISTS: list[Row] = [
    ('concat([]) == nil and toJSON(concat([])) == "null" and (concat([]) ?? 1) == 1', NOTHING, True),
    ("concat([]) == [] and type(concat([])) == 'array'", NOTHING, True),
    ('sort(toPairs({"a": 1})) == nil', NOTHING, True),
    ('take(toPairs({"a": 1})[0], 1) == ["a"]', NOTHING, "reflect.Value.Slice: slice of unaddressable array"),
    ("len(0..9223372036854775807) == 0", NOTHING, True),
    ('sort([nil, 1]) == ""', NOTHING, "invalid operation: == (mismatched types []interface {} and string)"),
    ("sort([1, nil])[0] == 1", NOTHING, "invalid operation: <nil> < int"),
    ("map([2, 3], reduce([], #acc, #))[0] == 2", NOTHING, "reflect: slice index out of range"),
]
NUMBERS: list[Row] = [
    ('asInt(repeat("0", 200) + "7") == 7 and asInt("-0") == 0 and asInt("+12") == 12', NOTHING, True),
    ('asInt("-9223372036854775808") < 0 and asInt("9223372036854775807") > 0', NOTHING, True),
    (
        'asInt("9223372036854775808") > 0',
        NOTHING,
        'strconv.ParseInt: parsing "9223372036854775808": value out of range',
    ),
    ("9007199254740993 == 9007199254740992.0 and not (9007199254740993 > 9007199254740992.0)", NOTHING, True),
    ("9007199254740993 in [9007199254740992.0]", NOTHING, True),
    (
        'string(1e6) == "1e+06" and string(123456789.0) == "1.23456789e+08" and string(100000.0) == "100000"',
        NOTHING,
        True,
    ),
    ('asFloat("1_0") == 10 and isNaN(asFloat("nan"))', NOTHING, True),
    ('asFloat("-nan") == 1', NOTHING, 'strconv.ParseFloat: parsing "-nan": invalid syntax'),
    ("isNaN(1 + 2 * 3) or isNaN(-1)", NOTHING, False),
    ("isNaN(7 % 2)", NOTHING, "interface conversion: interface {} is int, not float64"),
    ("int(result.x) == 1", {"x": None}, "reflect: call of reflect.Value.Type on zero Value"),
]
FUNCTIONS: list[Row] = [
    ("asInt == nil or type(asInt) != 'func'", NOTHING, False),
    ('{"f": asInt}.f("7") == 7', NOTHING, True),
    ('let f = asInt; f("7") == 7', NOTHING, True),
    ('{"f": isNaN}.f("7") == 7', NOTHING, "reflect: Call using string as type float64"),
    ('{"f": isNaN}.f() == 7', NOTHING, "reflect: Call with too few input arguments"),
    ("isNaN", NOTHING, "expected bool, but got func(float64) bool"),
    ("len(asInt) == 0", NOTHING, "invalid argument for len (type func(interface {}) int64)"),
    ("len", NOTHING, "expected bool, but got <nil>"),
    ('let f = len; f("a") == 1', NOTHING, "invalid operation: cannot call nil"),
    ("::len('a') == 1 and ::asInt('1') == 1", NOTHING, True),
    ('$env.result == 1 and $env["result"] == 1 and "result" in $env and $env?.missing == nil', 1.0, True),
    ("$env.missing == nil", NOTHING, "unknown name missing"),
    ("result.missing?.call(nonsense) == nil", REPORT, True),
    ('result.status("a", nonsense) == 1', REPORT, "invalid operation: cannot call non-function of type string"),
    ("false and result.status[:nonsense] == ''", REPORT, False),
    ("result.status[:[1, 2.5][1.0]] == 'ok'", REPORT, True),
    ("result.status[:'a' + 1] == 'ok'", REPORT, "invalid operation: string + int"),
    ("result.status[:isNaN('a')] == 'ok'", REPORT, "reflect: Call using string as type float64"),
]


@pytest.mark.parametrize(("expression", "result", "expected"), [*BYTES, *MAPS, *LISTS, *NUMBERS, *FUNCTIONS])
def test_a_value_is_what_it_is_in_go(
    ask: Callable[[str, object], bool | str], expression: str, result: object, expected: object
) -> None:
    assert ask(expression, result) == expected


def test_a_message_can_be_written_down_whatever_is_in_it() -> None:
    _phase, message = evaluate_result('"é"[1:] + 1 == "a" + "é"[1:] && "a" matches "é"[1:] + string("(")', None, 1.0)
    message.encode()
    _phase, message = evaluate_result('"a" matches "é"[1:] + ""', None, 1.0)
    assert message.endswith("error parsing regexp: invalid UTF-8: `\ufffd`")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "unexpected end of JSON input"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("{a: 1}", "invalid character 'a' looking for beginning of object key string"),
        ("1 2", "invalid character '2' after top-level value"),
        ("'a'", r"invalid character '\'' looking for beginning of value"),
        ("[1 2]", "invalid character '2' after array element"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('"a', "unexpected end of JSON input"),
        ("NaN", "invalid character 'N' looking for beginning of value"),
        ("1e400", "json: cannot unmarshal number 1e400 into Go value of type float64"),
    ],
)
def test_what_is_no_json_is_told_in_gos_words(
    ask: Callable[[str, object], bool | str], text: str, problem: str
) -> None:
    assert ask("fromJSON(result) == nil", text) == problem


@pytest.mark.parametrize(
    ("text", "byte"), [("aGVsbG8", 4), ("!!", 0), ("aGVsbG8==", 8), ("a", 0), ("_-8=", 0), ("aGVs!G8=", 4)]
)
def test_what_is_no_base64_is_told_by_its_place(ask: Callable[[str, object], bool | str], text: str, byte: int) -> None:
    assert ask("fromBase64(result) == nil", text) == f"illegal base64 data at input byte {byte}"


@pytest.mark.parametrize("text", ["1" * 1_000_000 + "x", "0x" + "1" * 1_000_000 + "x", "1h" * 300_000 + "x"])
@pytest.mark.parametrize("read", ["asFloat", "float", "asInt", "int", "duration"])
def test_a_long_text_that_is_no_number_is_refused_in_linear_time(
    ask: Callable[[str, object], bool | str], read: str, text: str
) -> None:
    assert isinstance(ask(f"{read}(result) == nil", text), str)
