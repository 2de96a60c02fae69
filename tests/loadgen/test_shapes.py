from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.shapes import FASTEST_SPAWN, ShapeName, burst, ramp, spawn_rate, steady, users_at

moments = st.floats(0, 1e6)
crowds = st.integers(1, 2000)
shapes = st.sampled_from(("steady", "ramp", "burst"))


@given(moments, crowds)
def test_steady_is_everybody_at_all_times(elapsed_s: float, users: int) -> None:
    assert steady(elapsed_s, users) == users


@given(moments, moments, crowds)
def test_a_ramp_never_goes_down(one: float, other: float, users: int) -> None:
    earlier, later = sorted((one, other))
    assert ramp(earlier, users) <= ramp(later, users)


@pytest.mark.parametrize(("elapsed_s", "expected"), [(0, 1), (15, 3), (30, 5), (59.9, 8), (60, 9), (600, 9)])
def test_a_ramp_is_a_straight_line_from_one_visitor_to_all_in_a_minute(elapsed_s: float, expected: int) -> None:
    assert ramp(elapsed_s, 9) == expected


def test_a_ramp_with_an_end_reaches_everybody_there() -> None:
    assert [users_at("ramp", second, 5, 4.0) for second in range(5)] == [1, 2, 3, 4, None]


@pytest.mark.parametrize(("elapsed_s", "expected"), [(0, 2), (9.9, 2), (10, 8), (14.9, 8), (15, 2), (25, 8), (30, 2)])
def test_a_burst_is_everybody_in_the_last_5_of_15_seconds_and_a_quarter_otherwise(
    elapsed_s: float, expected: int
) -> None:
    assert burst(elapsed_s, 8) == expected


@given(shapes, moments, crowds)
def test_no_shape_is_ever_empty_or_above_what_was_asked_for(shape: ShapeName, elapsed_s: float, users: int) -> None:
    at = users_at(shape, elapsed_s, users, None)
    assert at is not None
    assert 1 <= at <= users


@given(shapes, moments, crowds, st.floats(0.1, 1e6))
def test_a_run_is_over_exactly_from_its_duration_on(
    shape: ShapeName, elapsed_s: float, users: int, duration_s: float
) -> None:
    over = users_at(shape, elapsed_s, users, duration_s) is None
    assert over == (elapsed_s >= duration_s)


@pytest.mark.parametrize(("users", "expected"), [(1, 1.0), (40, 40.0), (500, FASTEST_SPAWN)])
def test_a_change_takes_effect_at_once_within_locusts_limit(users: int, expected: float) -> None:
    assert spawn_rate(users) == expected


@pytest.mark.parametrize("shape", [ramp, burst])
def test_one_visitor_alone_stays_one(shape: Callable[[float, int], int]) -> None:
    assert {shape(float(second), 1) for second in range(100)} == {1}
