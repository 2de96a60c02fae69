"""Numbers in words: the same everywhere, and never rounded across what is demanded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seam.values import Bound, demand_in_words, in_words, number, text_in_words


@pytest.mark.parametrize(
    ("value", "unit", "bound", "words"),
    [
        (0.6382978723404255, "ratio", None, "63.8 %"),
        (0.98, "ratio", None, "98 %"),
        (1.0, "ratio", None, "100 %"),
        (0.9996, "ratio", Bound(">=", 1.0), "99.96 %"),
        (0.94996, "ratio", Bound(">=", 0.95), "94.996 %"),
        (0.1004, "ratio", Bound("<=", 0.1), "10.04 %"),
        (0.0, "ratio", Bound("<=", 0.1), "0 %"),
        (812.4, "ms", None, "812 ms"),
        (500.3, "ms", Bound("<=", 500), "500.3 ms"),
        (12345.0, "ms", None, "12,345 ms"),
        (1.234, "s", None, "1.2 s"),
        (17.0, "", None, "17"),
        (0.62, "", None, "0.62"),
        (0.62, "", Bound(">=", 0.95), "0.62"),
        (1234567.0, "", None, "1,234,567"),
    ],
)
def test_a_value_in_words(value: float, unit: str, bound: Bound | None, words: str) -> None:
    assert in_words(value, unit, bound) == words


@pytest.mark.parametrize(
    ("bound", "unit", "words"),
    [
        (Bound(">=", 0.99), "ratio", "at least 99 %"),
        (Bound("<=", 0.1), "ratio", "at most 10 %"),
        (Bound("<=", 200), "ms", "at most 200 ms"),
        (Bound("<", 0.9995), "ratio", "less than 99.95 %"),
        (Bound(">", 3), "", "more than 3"),
        (Bound("==", 0), "", "exactly 0"),
        (Bound(">=", 0.95), "", "at least 0.95"),
    ],
)
def test_a_demand_in_words(bound: Bound, unit: str, words: str) -> None:
    assert demand_in_words(bound, unit) == words


@given(
    value=st.floats(0, 2, allow_nan=False),
    unit=st.sampled_from(["ratio", ""]),
    bound=st.builds(Bound, st.sampled_from([">=", "<="]), st.floats(0.01, 1).map(lambda x: round(x, 3))),
)
def test_the_words_are_on_the_same_side_of_the_bound_as_the_value(value: float, unit: str, bound: Bound) -> None:
    if abs(value - bound.value) < 1e-6:
        return
    shown = float(in_words(value, unit, bound).removesuffix(" %").replace(",", ""))
    assert bound.holds(round(shown / 100 if unit == "ratio" else shown, 9)) == bound.holds(value)


@pytest.mark.parametrize(
    ("text", "found"),
    [("[0.98]", 0.98), ("[0.98,1]", 0.98), ("0.98", 0.98), ("[]", None), ("[NaN]", None), ("ok", None)],
)
def test_the_number_of_a_measurement(text: str, found: float | None) -> None:
    assert number(text) == found


def test_what_is_no_number_is_shown_as_it_is_and_nothing_as_no_data() -> None:
    assert text_in_words('"ok"', "ratio") == '"ok"'
    assert text_in_words("[]", "ratio") == "no data"
    assert text_in_words("[NaN]", "ms") == "no data"
    assert text_in_words("[0.5]", "ratio") == "50 %"
