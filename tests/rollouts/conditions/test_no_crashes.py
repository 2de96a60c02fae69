"""Whatever is written and measured: an answer, or a ConditionError."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rollouts.conditions import ConditionError, Floats, evaluate

_NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
_TEXTS = st.text(max_size=5)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
_RESULTS = _JSON | st.lists(_NUMBERS, max_size=3).map(Floats)
_LEAVES = st.sampled_from(
    """result result.a result[0] # .b #index #acc 0 1 2.5 1e3 "a" '1' `x` true false nil [] {} [1,2] 1..3 {a:1,"b":nil}
    unknown""".split()  # noqa: SIM905 - words are read more easily than a list of strings
)
_OPERATORS = st.sampled_from(
    "+ - * / % ** ^ == != < > <= >= && || and or in matches contains startsWith .. ??".split()  # noqa: SIM905
)
_FUNCTIONS = st.sampled_from(
    """len type abs ceil round int float string trim upper split join first last get take keys values reverse uniq
    concat flatten sort min max mean median toJSON fromJSON bitand asInt asFloat isNaN isInf isNil
    default""".split()  # noqa: SIM905
)
_CLOSURES = st.sampled_from(
    "all any none one count filter find findIndex map sum groupBy sortBy reduce".split()  # noqa: SIM905
)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, _OPERATORS, inner).map(lambda parts: "({} {} {})".format(*parts)),
        st.tuples(inner, _OPERATORS, inner).map(" ".join),
        st.tuples(st.sampled_from(["!", "-", "not ", "+"]), inner).map("".join),
        st.tuples(_FUNCTIONS, st.lists(inner, max_size=2)).map(lambda parts: f"{parts[0]}({', '.join(parts[1])})"),
        st.tuples(_CLOSURES, inner, inner).map(lambda parts: "{}({}, {})".format(*parts)),
        st.tuples(inner, st.sampled_from(["[0]", "[-1]", "[1:]", ".a", "?.a.b", "?.[0]"])).map(
            lambda p: f"({p[0]}){p[1]}"
        ),
        st.tuples(inner, inner, inner).map(lambda parts: "({} ? {} : {})".format(*parts)),
        st.tuples(inner, inner).map(lambda parts: f"(let v = {parts[0]}; v == {parts[1]})"),
    )


_EXPRESSIONS = st.recursive(_LEAVES, _larger, max_leaves=8)
_SCRAPS = [*"()[]{}#.,:;?|&!=<>+-*/%^\"'`$ \n1a_é", "result", " in ", "not", "let ", "??", "//", "/*"]
_SOUP = st.lists(st.sampled_from(_SCRAPS), max_size=12).map("".join)


def _answered_or_explained(expression: str, result: object) -> bool | str:
    try:
        return evaluate(expression, result)
    except ConditionError as error:
        text = str(error)
    assert text
    return text


@settings(max_examples=300, deadline=None)
@given(_EXPRESSIONS, _RESULTS)
def test_a_generated_condition_is_answered_or_has_an_error_text(expression: str, result: object) -> None:
    _answered_or_explained(expression, result)


@settings(max_examples=300, deadline=None)
@given(_SOUP | st.text(max_size=20))
def test_any_text_is_read_or_has_an_error_text(expression: str) -> None:
    _answered_or_explained(expression, 1.0)


@given(_NUMBERS, _NUMBERS)
def test_numbers_compare_as_floats_do(value: float, bound: float) -> None:
    ask = _answered_or_explained
    assert ask("result[0] < result[1]", Floats([value, bound])) is (value < bound)
    assert ask("result[0] >= result[1]", Floats([value, bound])) is (value >= bound)
    assert ask("result[0] == result[1]", Floats([value, bound])) is (value == bound)


@given(st.integers(-(2**62), 2**62), st.integers(-(2**63), 2**63 - 1))
def test_integers_overflow_into_64_bits(left: int, right: int) -> None:
    result = {"left": str(left), "right": str(right)}
    total = (left + right + 2**63) % 2**64 - 2**63
    assert _answered_or_explained(f'string(int(result.left) + int(result.right)) == "{total}"', result) is True


@given(st.recursive(_TEXTS, lambda inner: st.lists(inner, max_size=3), max_leaves=5))
def test_json_is_read_back_as_it_was_written(value: object) -> None:
    assert _answered_or_explained("fromJSON(toJSON([result]))[0] == result", value) is True
